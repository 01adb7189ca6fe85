"""Files made to harm a reader, from raw XML and raw zip bytes: what strangers can send. Each with what has to come of it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import NamedTuple

from tests.support import xlsb

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
TABLE = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>指标</t></is></c><c r="B1" t="inlineStr"><is><t>目标值</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>人数</t></is></c><c r="B2"><v>5</v></c></row>'
)


def sheet(rows: str = TABLE, after: str = "", before: str = "") -> str:
    return f'{_XML}<worksheet xmlns="{_MAIN}" xmlns:r="{_RELATION}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def book(*sheets: str, strings: str = "", styles: str = "", names: tuple[str, ...] = (), extra: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """Parts of a workbook."""
    titles = names or tuple(f"表{i}" for i in range(1, len(sheets) + 1))
    entries = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(titles, 1))
    targets = [(f"rId{i}", "worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)]
    parts = {
        "[Content_Types].xml": f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'.encode(),
        "_rels/.rels": xlsb.relations(("rId1", "officeDocument", "xl/workbook.xml")).encode(),
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets>{entries}</sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": xlsb.relations(
            *targets, *([("s", "sharedStrings", "sharedStrings.xml")] if strings else []), *([("t", "styles", "styles.xml")] if styles else [])
        ).encode(),
    }
    if strings:
        parts["xl/sharedStrings.xml"] = strings.encode()
    if styles:
        parts["xl/styles.xml"] = styles.encode()
    for i, content in enumerate(sheets, 1):
        parts[f"xl/worksheets/sheet{i}.xml"] = content.encode("utf-8", "surrogatepass")
    return {**parts, **(extra or {})}


def zipped(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def with_lying_part(parts: dict[str, bytes], name: str, packed: bytes, claimed: int) -> bytes:
    """A zip whose directory claims a size for a part that its packed bytes do not have."""
    out, directory = io.BytesIO(), b""
    for part, content in parts.items():
        body = packed if part == name else zlib.compress(content)[2:-4]
        size = claimed if part == name else len(content)
        crc = zlib.crc32(content)
        fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(body), size, len(part.encode()), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, out.tell()) + part.encode()
        out.write(b"PK\x03\x04" + fields + part.encode() + body)
    at, count = out.tell(), len(parts)
    out.write(directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), at, 0))
    return out.getvalue()


def deflated_zeros(megabytes: int, head: bytes = b"", fill: bytes = b" ") -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = fill * (1_000_000 // len(fill))
    return packer.compress(head) + b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


def strings(*items: str, count: int | None = None) -> str:
    number = len(items) if count is None else count
    body = "".join(f"<si><t>{i}</t></si>" for i in items)
    return f'{_XML}<sst xmlns="{_MAIN}" count="{number}" uniqueCount="{number}">{body}</sst>'


def cell(reference: str, value: str = "7", kind: str = "") -> str:
    return f'<c r="{reference}"{kind}><v>{value}</v></c>'


def shared_rows(rows: int, columns: int = 1) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:columns]
    return "".join(f'<row r="{r}">' + "".join(f'<c r="{x}{r}" t="s"><v>0</v></c>' for x in letters) + "</row>" for r in range(1, rows + 1))


def directory_flood(count: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for i in range(count):
            archive.writestr(f"x{i}", b"")
    return stream.getvalue()


def doubled(name: str) -> bytes:
    import warnings  # noqa: PLC0415

    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
        warnings.simplefilter("ignore")
        for part, content in [*book(sheet()).items(), (name, book(sheet(TABLE.replace("<v>5</v>", "<v>6</v>")))["xl/worksheets/sheet1.xml"])]:
            archive.writestr(part, content)
    return stream.getvalue()


def with_changed_byte() -> bytes:
    data = bytearray(zipped(book(sheet())))
    data[data.index(b"sheet1.xml") + 60] ^= 0x55
    return bytes(data)


class Attack(NamedTuple):
    """make: the bytes. kind: of the finding that must name it; where it is readable, cell B2 keeps its text. says: part of the message."""

    make: Callable[[], bytes]
    kind: str
    says: str
    kept: bool = False


_ROW3 = '<row r="3">{}</row>'
_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
_STRAY = TABLE + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
_EMPTY_STYLES = f'{_XML}<styleSheet xmlns="{_MAIN}"/>'


def _part(name: str, change: Callable[[bytes], bytes], **more: str) -> Callable[[], bytes]:
    def make() -> bytes:
        parts = book(sheet(), **more)  # type: ignore[arg-type]
        parts[name] = change(parts[name])
        return zipped(parts)

    return make


def _one(rows: str, after: str = "", **more: str) -> Callable[[], bytes]:
    return lambda: zipped(book(sheet(rows, after), **more))  # type: ignore[arg-type]


def _ods(body: str, **more: bytes) -> bytes:
    names = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    content = f'{_XML}<office:document-content {names}><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>'
    return zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content.encode(), **more})


def _xlsb_far() -> bytes:
    rows = xlsb.row_head(1_048_576) + xlsb.record(5, struct.pack("<IId", 16_383, 0, 1.0))
    first = xlsb.row_head(1) + xlsb.record(5, struct.pack("<IId", 0, 0, 1.0))
    return xlsb.package([("表", False, xlsb.sheet(first + rows))], b"", b"")


_TABLE_ODS = '<table:table table:name="表">{}</table:table>'
_CELL_ODS = '<table:table-cell office:value-type="string" {}><text:p>字</text:p></table:table-cell>'

ATTACKS: dict[str, Attack] = {
    # what would be laid out over millions of blank cells
    "cell at the last corner": Attack(_one(_STRAY), "unreadable-part", "XFD1048576", kept=True),
    "cell at the last row": Attack(_one(TABLE + '<row r="1048576"><c r="B1048576"><v>1</v></c></row>'), "unreadable-part", "B1048576", kept=True),
    "reference beyond the sheet": Attack(_one(TABLE + _ROW3.format(cell("D99999999999"))), "unreadable-part", "D99999999999", kept=True),
    "reference of no sense": Attack(_one(TABLE + _ROW3.format(cell("3C"))), "unreadable-part", "3C", kept=True),
    "column beyond XFD": Attack(_one(TABLE + _ROW3.format(cell("ZZZ3"))), "unreadable-part", "ZZZ3", kept=True),
    "row zero": Attack(_one(TABLE + '<row r="0"><c r="A0"><v>1</v></c></row>'), "unreadable-part", "A0", kept=True),
    "merge over the whole sheet": Attack(_one(TABLE, '<mergeCells count="1"><mergeCell ref="A3:XFD1048576"/></mergeCells>'), "", "", kept=True),
    "merge of no sense": Attack(_one(TABLE, '<mergeCells count="1"><mergeCell ref="A3:QQQQ99999999"/></mergeCells>'), "unreadable-part", "QQQQ", kept=True),
    "200,000 merges": Attack(
        lambda: zipped(book(sheet(TABLE, "<mergeCells>" + "".join(f'<mergeCell ref="A{i}:B{i}"/>' for i in range(3, 200_003)) + "</mergeCells>"))),
        "unreadable-part", "合并区域超过", kept=True,
    ),
    "wrong dimension": Attack(
        lambda: zipped(book(sheet(before='<dimension ref="A1:XFD1048576"/>'))), "", "", kept=True,
    ),
    "hidden columns without end": Attack(lambda: zipped(book(sheet(before='<cols><col min="1" max="99999" hidden="1"/></cols>'))), "", "", kept=True),
    # texts
    "uniqueCount of four thousand million": Attack(_one(TABLE, strings=strings("字", count=4_294_967_295)), "", "", kept=True),
    "one megabyte of text 20,000 times": Attack(_one(shared_rows(20_000), strings=strings("字" * 350_000)), "unreadable-part", "32767"),
    "thirty thousand characters 60,000 times": Attack(_one(shared_rows(20_000, 3), strings=strings("字" * 30_000)), "", ""),
    "text that is not there": Attack(_one(TABLE + _ROW3.format(cell("A3", "99", ' t="s"')), strings=strings("字")), "unreadable-part", "不存在", kept=True),
    # numbers
    "not a number": Attack(_one(TABLE + _ROW3.format(cell("A3", "NaN"))), "unreadable-part", "NaN", kept=True),
    "a number without end": Attack(_one(TABLE + _ROW3.format(cell("A3", "1e999"))), "unreadable-part", "1e999", kept=True),
    "digits with a low line": Attack(_one(TABLE + _ROW3.format(cell("A3", "1_000"))), "unreadable-part", "1_000", kept=True),
    "digits of another script": Attack(_one(TABLE + _ROW3.format(cell("A3", "٣"))), "unreadable-part", "٣", kept=True),
    "error of newer versions": Attack(_one(TABLE + _ROW3.format(cell("A3", "#SPILL!", ' t="e"'))), "", "", kept=True),
    # XML
    "sheet cut off": Attack(_part("xl/worksheets/sheet1.xml", lambda b: b[:-30]), "not-a-workbook", "sheet1.xml"),
    "tags crossed": Attack(_part("xl/worksheets/sheet1.xml", lambda b: b.replace("人数</t></is>".encode(), "人数</is></t>".encode())), "not-a-workbook", "sheet1.xml"),
    "bare ampersand": Attack(_part("xl/worksheets/sheet1.xml", lambda b: b.replace("人数".encode(), b"a & b")), "not-a-workbook", "sheet1.xml"),
    "attribute twice": Attack(_part("xl/worksheets/sheet1.xml", lambda b: b.replace(b'r="B2"', b'r="B2" r="B3"')), "not-a-workbook", "sheet1.xml"),
    "control characters": Attack(_part("xl/worksheets/sheet1.xml", lambda b: b.replace("人数".encode(), b"a\x00b")), "not-a-workbook", "sheet1.xml"),
    "no UTF-8": Attack(_part("xl/worksheets/sheet1.xml", lambda b: b.replace("人数".encode(), b"\xc8\xcb\xca\xfd")), "not-a-workbook", "sheet1.xml"),
    "entities": Attack(_part("xl/worksheets/sheet1.xml", lambda b: b.replace(b"<worksheet", _BOMB.encode() + b"<worksheet").replace(b"<v>5</v>", b"<v>&b;</v>")), "not-a-workbook", "sheet1.xml"),
    "entities in the texts": Attack(
        _part("xl/sharedStrings.xml", lambda b: b.replace(b"<sst", _BOMB.encode() + b"<sst"), strings=strings("字")), "not-a-workbook", "sharedStrings.xml"
    ),
    "texts cut off": Attack(_part("xl/sharedStrings.xml", lambda b: b[:-8], strings=strings("字")), "not-a-workbook", "sharedStrings.xml"),
    "styles cut off": Attack(_part("xl/styles.xml", lambda b: b[:-5] + b"<", styles=_EMPTY_STYLES), "not-a-workbook", "XML"),
    "workbook part cut off": Attack(_part("xl/workbook.xml", lambda b: b[:-20]), "not-a-workbook", "XML"),
    "nesting without end": Attack(_part("xl/worksheets/sheet1.xml", lambda b: b.replace(b"<sheetData>", b"<x>" * 100_000 + b"<sheetData>")), "not-a-workbook", "sheet1.xml"),
    "one good sheet, one cut off": Attack(
        lambda: zipped({**book(sheet(), sheet()), "xl/worksheets/sheet2.xml": sheet().encode()[:-30]}), "unreadable-part", "sheet2.xml", kept=True
    ),
    "sheet part missing": Attack(lambda: zipped({n: c for n, c in book(sheet(), sheet()).items() if "sheet2" not in n}), "unreadable-part", "sheet2.xml", kept=True),
    "sheet outside the file": Attack(
        _part("xl/_rels/workbook.xml.rels", lambda b: b.replace(b'Target="worksheets/sheet1.xml"', b'Target="file:///etc/passwd" TargetMode="External"')),
        "not-a-workbook", "没有工作表",
    ),
    # zip
    "ten gigabytes announced": Attack(lambda: with_lying_part(book(sheet()), "xl/worksheets/sheet1.xml", deflated_zeros(1), 4_000_000_000), "unsafe-workbook", "倍"),
    "a gigabyte behind a small number": Attack(
        lambda: with_lying_part(book(sheet()), "xl/worksheets/sheet1.xml", deflated_zeros(1_000), 5_000), "unsafe-workbook", "大于压缩包目录"
    ),
    "three hundred megabytes in one part": Attack(
        lambda: with_lying_part(book(sheet()), "xl/worksheets/sheet1.xml", deflated_zeros(300, fill=bytes(range(32, 127)) * 3), 300_000_000), "unsafe-workbook", ""
    ),
    "the same part twice": Attack(lambda: doubled("xl/worksheets/sheet1.xml"), "unsafe-workbook", "同名"),
    "the same part twice in other letters": Attack(lambda: doubled("xl/worksheets/SHEET1.xml"), "unsafe-workbook", "同名"),
    "a name that climbs": Attack(lambda: zipped(book(sheet(), extra={"../../x": b"1"})), "unsafe-workbook", "越界"),
    "an absolute name": Attack(lambda: zipped(book(sheet(), extra={"/etc/x": b"1"})), "unsafe-workbook", "越界"),
    "twenty thousand members": Attack(lambda: directory_flood(20_000), "unsafe-workbook", "文件过多"),
    "directory cut off": Attack(lambda: zipped(book(sheet()))[:-40], "not-a-workbook", "损坏"),
    "a byte changed": Attack(with_changed_byte, "not-a-workbook", "损坏"),
    # other kinds
    "binary workbook, cell at the last corner": Attack(_xlsb_far, "unsafe-workbook", "远离表格"),
    "ods, a text in every cell": Attack(
        lambda: _ods(_TABLE_ODS.format(f'<table:table-row table:number-rows-repeated="1048576">{_CELL_ODS.format("table:number-columns-repeated=" + chr(34) + "16384" + chr(34))}</table:table-row>')),
        "unreadable-part", "重复",
    ),
    "ods, entities": Attack(lambda: zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": (_XML + _BOMB + "<a>&b;</a>").encode()}), "not-a-workbook", "content.xml"),
    "ods with a password": Attack(lambda: _ods("", **{"META-INF/manifest.xml": b"<manifest><encryption-data/></manifest>"}), "encrypted-workbook", "密码"),
    "html, a cell over everything": Attack(lambda: b"<html><table>" + b'<tr><td rowspan="60000" colspan="60000">a</td></tr>' * 500 + b"</table></html>", "unreadable-part", "过大"),
    "html, tables in tables": Attack(lambda: b"<html>" + b"<table><tr><td>" * 5_000 + b"x", "", ""),
    "xml 2003, entities": Attack(
        (_BOMB + '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>').encode, "unsafe-workbook", "实体"
    ),
    "xml 2003, a cell far off": Attack(
        lambda: b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="a"><Table>'
        b'<Row><Cell><Data ss:Type="Number">1</Data></Cell></Row><Row ss:Index="1048576"><Cell ss:Index="16384"><Data ss:Type="Number">1</Data></Cell></Row></Table></Worksheet></Workbook>',
        "unreadable-part", "XFD1048576",
    ),
    "csv, an open quote": Attack(lambda: b'a,b\n1,2\n"' + b"x" * 3_000_000, "not-a-workbook", "引号"),
    "csv, very many columns": Attack(lambda: b"a,b\n" + b"," * 3_000_000 + b"1", "unreadable-part", "未读取"),
    "compound file cut off": Attack(lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 2_000, "not-a-workbook", "损坏"),
    "bare BIFF of nothing": Attack(lambda: b"\x09\x08\x10\x00\x00\x06\x05\x00" + b"\xff" * 100, "not-a-workbook", "损坏"),
    # what is no workbook
    "nothing": Attack(lambda: b"", "not-a-workbook", "0 字节"),
    "pdf": Attack(lambda: b"%PDF-1.7\n", "not-a-workbook", "PDF"),
    "picture": Attack(lambda: b"\x89PNG\r\n\x1a\n", "not-a-workbook", "图片"),
    "word": Attack(lambda: zipped({"word/document.xml": b"<x/>", "[Content_Types].xml": b"<x/>"}), "not-a-workbook", "Word"),
    "zip of something": Attack(lambda: zipped({"a.txt": b"1"}), "not-a-workbook", "压缩包"),
    "json": Attack(lambda: b'{"a": 1}', "not-a-workbook", "JSON"),
    "prose": Attack("一段文字。\n第二段。".encode, "not-a-workbook", "纯文本"),
    "bytes": Attack(lambda: bytes(range(256)) * 10, "not-a-workbook", "不是任何一种工作簿"),
}  # fmt: skip
