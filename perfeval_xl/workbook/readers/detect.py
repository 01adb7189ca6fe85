"""What a file is, by its bytes, and the reader for it. A name says nothing: .xls is often xlsx, HTML or text."""

from __future__ import annotations

import codecs

from perfeval_xl.workbook.readers.base import Book, ReadError, refused
from perfeval_xl.workbook.readers.outline import MAIN, main_part
from perfeval_xl.workbook.readers.package import Package
from perfeval_xl.workbook.readers.xlsx import read_xlsx

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BARE_BIFF = (b"\x09\x08\x10\x00", b"\x09\x08\x08\x00", b"\x09\x04\x06\x00", b"\x09\x02\x06\x00", b"\x09\x00\x04\x00")
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF 文档"), (b"\x89PNG", "图片"), (b"\xff\xd8\xff", "图片"), (b"GIF8", "图片"), (b"BM", "图片"), (b"II*\x00", "图片"),
    (b"MM\x00*", "图片"), (b"{\\rtf", "RTF 文档"), (b"Rar!", "RAR 压缩包"), (b"7z\xbc\xaf", "7z 压缩包"), (b"\x1f\x8b", "gzip 压缩包"),
    (b"MZ", "程序"), (b"\x7fELF", "程序"), (b"SQLite format 3", "数据库"), (b"%!PS", "PostScript 文档"), (b"{", "JSON 数据"), (b"[", "JSON 数据"),
)  # fmt: skip
_PARTS = (("word/document.xml", "Word 文档"), ("ppt/presentation.xml", "演示文稿"), ("document.xml", "Word 文档"))
HEAD = 512
"""Bytes that `may_be_read` looks at."""


def may_be_read(head: bytes) -> bool:
    """Whether a file that begins so can be a workbook, a table of text included: what is certainly none need not be read whole. head: its first HEAD bytes."""
    if head.startswith((*_ZIP, _COMPOUND, *_BARE_BIFF)):
        return True
    if not head or head.startswith(tuple(start for start, _ in _OTHERS)):
        return False
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # texts of two bytes a character
        return True
    return b"\0" not in head and any(_begins_as(head, encoding) for encoding in ("utf-8", "gb18030"))


def _begins_as(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)  # a character may be cut at the end
    except UnicodeDecodeError:
        return False
    return True


def read_any(file: str, data: bytes, password: str | None = None) -> Book:
    """Reads a workbook of any kind. Raises: ReadError."""
    if data.startswith(_ZIP):
        return _read_package(file, data)
    if not data:
        raise refused(file, "not-a-workbook", "文件是空的（0 字节）", "一个有内容的工作簿")
    if data.startswith(_COMPOUND):
        return _read_compound(file, data, password)
    if data.startswith(_BARE_BIFF):
        from perfeval_xl.workbook.readers.xls import read_xls  # noqa: PLC0415

        return read_xls(file, data)
    return _read_text(file, data)


def _read_package(file: str, data: bytes) -> Book:
    package = Package(file, data)
    if MAIN in package:
        return read_xlsx(file, data, package)
    if "xl/workbook.bin" in package:
        from perfeval_xl.workbook.readers.xlsb import read_xlsb  # noqa: PLC0415

        return read_xlsb(file, data, package)
    if "content.xml" in package:
        kind = package.part("mimetype").strip() if "mimetype" in package else b"spreadsheet"
        if b"spreadsheet" not in kind:
            raise refused(file, "not-a-workbook", "这是 OpenDocument 文字或演示文稿，不是工作簿")
        from perfeval_xl.workbook.readers.ods import read_ods  # noqa: PLC0415

        return read_ods(file, package)
    what = next((name for part, name in _PARTS if part in package), "")
    if not what and "[content_types].xml" in package and main_part(package) in package:
        return read_xlsx(file, data, package)
    if what:
        raise refused(file, "not-a-workbook", f"这是 {what}，不是工作簿")
    raise refused(file, "not-a-workbook", "这是压缩包，其中没有工作簿的内容", "工作簿本身；压缩包请先解压")


def _read_compound(file: str, data: bytes, password: str | None) -> Book:
    from perfeval_xl.workbook.readers.compound import Compound, decrypted, locked  # noqa: PLC0415
    from perfeval_xl.workbook.readers.xls import read_xls, walk  # noqa: PLC0415

    compound = Compound(file, data)
    if compound.is_encrypted_package():
        plain = decrypted(compound, password)
        if not plain.startswith(_ZIP):
            raise locked(file, password)
        return _read_package(file, plain)
    stream = compound.workbook()
    if walk(stream).is_encrypted:
        stream = Compound(file, decrypted(compound, password)).workbook()
    return read_xls(file, stream)


def _read_text(file: str, data: bytes) -> Book:
    from perfeval_xl.workbook.readers.html import looks_like_html, read_html  # noqa: PLC0415
    from perfeval_xl.workbook.readers.text import decoded, read_text  # noqa: PLC0415
    from perfeval_xl.workbook.readers.xml2003 import looks_like_xml2003, read_xml2003  # noqa: PLC0415

    if looks_like_xml2003(data):
        return read_xml2003(file, data)
    if looks_like_html(data):
        return read_html(file, data)
    what = next((name for head, name in _OTHERS if data.startswith(head)), "")
    if what:
        raise refused(file, "not-a-workbook", f"这是{what}，不是工作簿")
    text = decoded(data)
    if text is None:
        raise refused(file, "not-a-workbook", "文件内容不是任何一种工作簿，或文字编码不是 UTF-8、UTF-16、GB18030")
    if text.lstrip("\ufeff \r\n\t").startswith("<"):
        raise refused(file, "not-a-workbook", "这是 XML 文档，不是工作簿")
    return read_text(file, text)


__all__ = ["ReadError", "read_any"]
