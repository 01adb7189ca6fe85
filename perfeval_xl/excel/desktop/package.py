"""The add-in's package: a workbook with the sheets the VBA reads, its VBA project, its ribbon tab. Bytes in, bytes out."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import xlsxwriter
from lxml import etree

WORKBOOK_MODULE = "ThisWorkbook"
_MADE = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)  # constant: the same add-in is the same file
_MACRO_WORKBOOK = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_ADD_IN = b"application/vnd.ms-excel.addin.macroEnabled.main+xml"
_RIBBON = "customUI/customUI14.xml"
_RIBBON_RELATION = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
_IMAGE_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


@dataclass(frozen=True, slots=True)
class Sheet:
    """name: of the sheet. module: its codeName, which is the name of its VBA module. rows: texts. is_hidden: from everyone but VBA."""

    name: str
    module: str
    rows: Sequence[Sequence[str]]
    is_hidden: bool = True


@dataclass(frozen=True, slots=True)
class Parts:
    """ribbon: customUI XML. icons: PNG by the name the ribbon has for it. title, comment: what Excel's list of add-ins shows."""

    title: str
    comment: str
    sheets: Sequence[Sheet]
    project: bytes
    ribbon: bytes
    icons: Mapping[str, bytes]


def packed(parts: Parts) -> bytes:
    """The .xlam file."""
    made, out = BytesIO(_workbook(parts)), BytesIO()
    with ZipFile(made) as source, ZipFile(out, "w") as target:
        contents = {info.filename: source.read(info) for info in source.infolist()}
        contents["[Content_Types].xml"] = _with_types(contents["[Content_Types].xml"])
        contents["_rels/.rels"] = _with_relation(contents["_rels/.rels"], "rIdRibbon", _RIBBON_RELATION, _RIBBON)
        contents[_RIBBON] = parts.ribbon
        contents["customUI/_rels/customUI14.xml.rels"] = _relations([(name, _IMAGE_RELATION, f"images/{name}.png") for name in sorted(parts.icons)])
        contents |= {f"customUI/images/{name}.png": data for name, data in sorted(parts.icons.items())}
        for name, data in contents.items():
            info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.create_system = ZIP_DEFLATED, 0  # whichever system builds
            target.writestr(info, data)
    return out.getvalue()


def _workbook(parts: Parts) -> bytes:
    """Written by XlsxWriter, as a workbook with macros: what makes an add-in of it comes after."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    book.set_properties({"title": parts.title, "comments": parts.comment, "author": "perfeval_xl", "created": _MADE})
    for of in parts.sheets:
        sheet = book.add_worksheet(of.name)
        sheet.set_vba_name(of.module)
        for row, texts in enumerate(of.rows):
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text)
        if of.is_hidden:
            sheet.very_hidden()
        else:
            sheet.set_column(0, 0, 90)
            sheet.activate()
            sheet.set_first_sheet()
    book.add_vba_project(BytesIO(parts.project), is_stream=True)
    book.set_vba_name(WORKBOOK_MODULE)
    book.close()
    return out.getvalue()


def _with_types(xml: bytes) -> bytes:
    """[Content_Types].xml of an add-in with pictures."""
    if xml.count(_MACRO_WORKBOOK) != 1:
        raise ValueError("the workbook's content type is not that of one with macros")
    root = etree.fromstring(xml.replace(_MACRO_WORKBOOK, _ADD_IN))
    known = {entry.get("Extension") for entry in root}
    for extension, kind in (("png", "image/png"), ("xml", "application/xml")):
        if extension not in known:
            root.insert(0, etree.Element(f"{{{_TYPES}}}Default", Extension=extension, ContentType=kind))
    return _serialised(root)


def _with_relation(xml: bytes, key: str, kind: str, target: str) -> bytes:
    root = etree.fromstring(xml)
    etree.SubElement(root, f"{{{_RELATIONS}}}Relationship", Id=key, Type=kind, Target=target)
    return _serialised(root)


def _relations(rows: Sequence[tuple[str, str, str]]) -> bytes:
    root = etree.Element(f"{{{_RELATIONS}}}Relationships", nsmap={None: _RELATIONS})
    for key, kind, target in rows:
        etree.SubElement(root, f"{{{_RELATIONS}}}Relationship", Id=key, Type=kind, Target=target)
    return _serialised(root)


def _serialised(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))
