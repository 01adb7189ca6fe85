"""A self-evaluation form with everything a department may put around it: charts, boxes, macros, pivot tables, links."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import quoteattr

import xlsxwriter

FORM = "自评表"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
HEADER = ("一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "完成率", "分值", "得分", "偏差原因分析及改进措施")
ROWS = (
    ("产出指标", "数量指标", "培训人数", "≥100人", "95人"), ("产出指标", "质量指标", "合格率", "≥90%", "96%"),
    ("效益指标", "社会效益指标", "事故", "0起", "0起"), ("满意度指标", "服务对象满意度指标", "满意度", "≥95%", "90%"),
)  # fmt: skip


def picture() -> bytes:
    """A PNG of one red dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")


def rich_form(*, macros: bool = False) -> bytes:
    """Rates in F5:F8 (a formula, a text, blanks), scores in H5:H8 (the last two wrong or blank), sums in row 9."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet(FORM)
        other = book.add_worksheet("说明 & 数据")
        percent, bold = book.add_format({"num_format": "0.00%"}), book.add_format({"bold": True, "border": 1})
        sheet.merge_range("A1:I1", "2023年度项目支出绩效自评表", bold)
        sheet.write("A2", "填报单位：某某局")
        sheet.write_row("A4", HEADER, bold)
        for line, row in enumerate(ROWS):
            sheet.write_row(4 + line, 0, row)
        sheet.write_formula("F5", "=95/100", percent, 0)
        sheet.write_string("F6", "106%", bold)
        sheet.write_blank("F7", None, percent)
        sheet.write_column("G5", (50, 20, 20, 10), bold)
        sheet.write_column("H5", (50, 20, 20), bold)
        sheet.write("A9", "总分")
        sheet.write_formula("G9", "=SUM(G5:G8)", bold, 100)
        sheet.write_formula("H9", "=SUM(H5:H8)", bold, 90)
        sheet.write_comment("H5", "请核对", {"author": "审核人"})
        sheet.insert_textbox("K2", "文本框里的话")
        sheet.insert_button("K9", {"macro": "recalc", "caption": "按钮"})
        sheet.insert_checkbox("I5", True)  # noqa: FBT003  # its own signature
        sheet.insert_image("K12", "dot.png", {"image_data": io.BytesIO(picture())})
        sheet.data_validation("D5:D8", {"validate": "list", "source": ["≥90%", "≥95%"]})
        sheet.conditional_format("H5:H8", {"type": "data_bar", "data_bar_2010": True})
        sheet.conditional_format("F5:F8", {"type": "cell", "criteria": "<", "value": 1, "format": bold})
        sheet.add_sparkline("J5", {"range": f"{FORM}!G5:H5"})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": f"={FORM}!$H$5:$H$8", "categories": f"={FORM}!$C$5:$C$8"})
        other.insert_chart("B2", chart)
        other.write_array_formula("H1:H3", "{=ROW(A1:A3)}", None, 1)
        other.write("A1", "http://example.org/", bold)
        other.write_row("A20", ("单位", "金额"))
        other.write_row("A21", ("甲", 1))
        book.define_name("PE_YEAR", f"={FORM}!$A$1")
        book.set_custom_property("来文号", "财预〔2020〕10号")
        if macros:
            book.set_vba_name("ThisWorkbook")
            sheet.set_vba_name("Sheet1")
            other.set_vba_name("Sheet2")
            book.add_vba_project(io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 3), is_stream=True)
    return _with_more(out.getvalue())


def _with_more(data: bytes) -> bytes:
    """Parts that no writing library makes: pivot table, form control, printer settings, custom XML, external link."""
    control = f'<formControlPr xmlns="{MAIN.replace("spreadsheetml/2006/main", "spreadsheetml/2009/9/main")}" objectType="CheckBox" checked="Checked" lockText="1"/>'
    cache = (f'<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{RELATIONS}" r:id="rId1" refreshOnLoad="1" recordCount="1"><cacheSource type="worksheet">'
             '<worksheetSource ref="A20:B21" sheet="说明 &amp; 数据"/></cacheSource><cacheFields count="2"><cacheField name="单位" numFmtId="0"><sharedItems count="1">'
             '<s v="甲"/></sharedItems></cacheField><cacheField name="金额" numFmtId="0"><sharedItems containsSemiMixedTypes="0" containsString="0" '
             'containsNumber="1" containsInteger="1" minValue="1" maxValue="1"/></cacheField></cacheFields></pivotCacheDefinition>')  # fmt: skip
    records = f'<pivotCacheRecords xmlns="{MAIN}" count="1"><r><x v="0"/><n v="1"/></r></pivotCacheRecords>'
    table = (f'<pivotTableDefinition xmlns="{MAIN}" name="透视表1" cacheId="1" dataCaption="值" updatedVersion="6" minRefreshableVersion="3" createdVersion="6">'
             '<location ref="D20:E22" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/><pivotFields count="2"><pivotField axis="axisRow" showAll="0">'
             '<items count="2"><item x="0"/><item t="default"/></items></pivotField><pivotField dataField="1" showAll="0"/></pivotFields><rowFields count="1">'
             '<field x="0"/></rowFields><rowItems count="2"><i><x/></i><i t="grand"><x/></i></rowItems><colItems count="1"><i/></colItems><dataFields count="1">'
             '<dataField name="求和项:金额" fld="1" baseField="0" baseItem="0"/></dataFields></pivotTableDefinition>')  # fmt: skip
    link = (f'<externalLink xmlns="{MAIN}"><externalBook xmlns:r="{RELATIONS}" r:id="rId1"><sheetNames><sheetName val="Sheet1"/></sheetNames>'
            "</externalBook></externalLink>")  # fmt: skip
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    parts = {
        "xl/ctrlProps/ctrlProp9.xml": control, "xl/pivotCache/pivotCacheDefinition1.xml": cache, "xl/pivotCache/pivotCacheRecords1.xml": records,
        "xl/pivotTables/pivotTable1.xml": table, "xl/externalLinks/externalLink1.xml": link, "customXml/item1.xml": '<b:数据 xmlns:b="urn:b">1</b:数据>',
    }  # fmt: skip
    types = {
        "xl/ctrlProps/ctrlProp9.xml": "application/vnd.ms-excel.controlproperties+xml", "xl/pivotCache/pivotCacheDefinition1.xml": kind + "pivotCacheDefinition+xml",
        "xl/pivotCache/pivotCacheRecords1.xml": kind + "pivotCacheRecords+xml", "xl/pivotTables/pivotTable1.xml": kind + "pivotTable+xml",
        "xl/externalLinks/externalLink1.xml": kind + "externalLink+xml",
    }  # fmt: skip
    relations = {
        "xl/worksheets/sheet1.xml": [("ctrlProp", "../ctrlProps/ctrlProp9.xml"), ("printerSettings", "../printerSettings/printerSettings1.bin")],
        "xl/worksheets/sheet2.xml": [("pivotTable", "../pivotTables/pivotTable1.xml")],
        "xl/pivotTables/pivotTable1.xml": [("pivotCacheDefinition", "../pivotCache/pivotCacheDefinition1.xml")],
        "xl/pivotCache/pivotCacheDefinition1.xml": [("pivotCacheRecords", "pivotCacheRecords1.xml")],
        "xl/externalLinks/externalLink1.xml": [("externalLinkPath", "file:///elsewhere.xlsx")],
        "xl/workbook.xml": [("pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml"), ("externalLink", "externalLinks/externalLink1.xml"),
                            ("customXml", "../customXml/item1.xml")],
    }  # fmt: skip
    contents = {name: (DECLARATION + text).encode() for name, text in parts.items()} | {"xl/printerSettings/printerSettings1.bin": b"\0DEV\xff" * 40}
    return with_parts(data, contents, types, relations)


def with_parts(
    data: bytes, parts: Mapping[str, bytes], types: Mapping[str, str], relations: Mapping[str, Iterable[tuple[str, str]]]
) -> bytes:
    """The package with more parts, their content types, and relations between parts (type, target)."""
    source = zipfile.ZipFile(io.BytesIO(data))
    contents = {info.filename: source.read(info) for info in source.infolist()}
    identifiers: dict[str, list[str]] = {}
    for part, wanted in relations.items():
        folder, _, name = part.rpartition("/")
        path = f"{folder}/_rels/{name}.rels"
        old = contents.get(path, (DECLARATION + f'<Relationships xmlns="{PACKAGE}"></Relationships>').encode()).decode()
        first = old.count("<Relationship ")
        for number, (kind, target) in enumerate(wanted, first + 1):
            mode = ' TargetMode="External"' if kind == "externalLinkPath" else ""
            line = f'<Relationship Id="rId{number}" Type="{RELATIONS}/{kind}" Target={quoteattr(target)}{mode}/>'
            old = old.replace("</Relationships>", line + "</Relationships>")
            identifiers.setdefault(part, []).append(f"rId{number}")
        contents[path] = old.encode()
    known = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types.items())
    known = '<Default Extension="bin" ContentType="application/octet-stream"/>' * (b'Extension="bin"' not in contents["[Content_Types].xml"]) + known
    contents["[Content_Types].xml"] = contents["[Content_Types].xml"].decode().replace("</Types>", known + "</Types>").encode()
    if "xl/workbook.xml" in identifiers:
        pivot, link, _ = identifiers["xl/workbook.xml"]
        book = contents["xl/workbook.xml"].decode()
        book = book.replace("</sheets>", f'</sheets><externalReferences><externalReference r:id="{link}"/></externalReferences>')
        book = book.replace("</workbook>", f'<pivotCaches><pivotCache cacheId="1" r:id="{pivot}"/></pivotCaches></workbook>')
        contents["xl/workbook.xml"] = book.encode()
    return zipped(contents | dict(parts))


def zipped(contents: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these members, in order, with dates and comments of their own so that a rewrite would show."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = b"as sent"
        for number, (name, content) in enumerate(contents.items()):
            info = zipfile.ZipInfo(name, (2020, 1 + number % 12, 1 + number % 28, 8, 30, 2 * (number % 30)))
            info.compress_type = method if number % 5 else zipfile.ZIP_STORED
            info.comment = f"part {number}".encode()
            info.extra = struct.pack("<2H4s", 0xCAFE, 4, b"keep")
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return out.getvalue()


def small_book(sheet: bytes, *, name: str = "表", part: str = "xl/worksheets/sheet1.xml", target: str = "worksheets/sheet1.xml", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The least package around one sheet part."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    types = (f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
             f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
             f'<Override PartName="/xl/workbook.xml" ContentType="{kind}sheet.main+xml"/><Override PartName="/{part}" ContentType="{kind}worksheet+xml"/></Types>')  # fmt: skip
    return zipped(
        {
            "[Content_Types].xml": (DECLARATION + types).encode(),
            "_rels/.rels": (DECLARATION + f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>').encode(),
            "xl/workbook.xml": (DECLARATION + f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name={quoteattr(name)} sheetId="1" r:id="rId1"/></sheets></workbook>').encode(),
            "xl/_rels/workbook.xml.rels": (DECLARATION + f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="{target}"/></Relationships>').encode(),
            part: sheet,
        },
        method=method,
    )  # fmt: skip


def members(data: bytes) -> dict[str, bytes]:
    """Each member's record as it lies in the file: local header, data, descriptor."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = sorted(archive.infolist(), key=lambda i: i.header_offset)
        ends = [*(i.header_offset for i in infos[1:]), archive.start_dir]
        return {i.filename: data[i.header_offset : end] for i, end in zip(infos, ends, strict=True)}


def directory(data: bytes) -> list[tuple[object, ...]]:
    """What the directory says of each member, but for sizes, checksum and place."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(i.filename, i.date_time, i.compress_type, i.comment, i.extra, i.create_system, i.external_attr, i.internal_attr) for i in archive.infolist()]
