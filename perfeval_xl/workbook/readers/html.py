"""HTML saved as .xls, as many systems export it: tables one below the other, text between them in rows of its own. Never executed."""

from __future__ import annotations

import re

from lxml import etree

from perfeval_xl.workbook.grid import Merge
from perfeval_xl.workbook.readers.base import Book, Cells, FileKind, clean, refused
from perfeval_xl.workbook.readers.limits import MAX_MERGES, MAX_SPANNED, MAX_TAGS, MAX_TEXT_FILE
from perfeval_xl.workbook.readers.ods import ERROR_TEXT

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_ENCODINGS = {"utf-8": "utf-8", "utf8": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030"}
_SILENT = {"script", "style", "head", "title", "xml"}
_MAX_SPAN = 1_000
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


def looks_like_html(data: bytes) -> bool:
    """Whether bytes begin as HTML does, whatever the encoding."""
    head = data[:4096].replace(b"\0", b"").lower()
    return re.search(rb"<(?:!doctype html|html|table|meta|head|body|style)\b", head) is not None and head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def html_text(data: bytes) -> str | None:
    """The text in the encoding that the file announces; None where it is another."""
    from perfeval_xl.workbook.readers.text import decoded  # noqa: PLC0415

    if data[:3] == b"\xef\xbb\xbf" or data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return decoded(data)
    announced = _CHARSET.search(data[:4096])
    encoding = _ENCODINGS.get(announced[1].decode().lower(), "") if announced else ""
    if encoding:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            pass  # the announcement is wrong, as it often is
    return decoded(data)


def read_html(file: str, data: bytes) -> Book:
    """Raises: ReadError."""
    if len(data) > MAX_TEXT_FILE or data.count(b"<") > MAX_TAGS:
        raise refused(file, "unsafe-workbook", f"网页有 {len(data) // 1_000_000} MB", f"不超过 {MAX_TEXT_FILE // 1_000_000} MB")
    text = html_text(data)
    if text is None:
        raise refused(file, "not-a-workbook", "网页文件的文字编码无法识别", "UTF-8 或 GB18030 编码，或另存为 .xlsx")
    parser = etree.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(re.sub(r"\A\s*<\?xml[^>]*\?>", "", text.removeprefix("\ufeff")), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refused(file, "not-a-workbook", "网页文件无法解析") from error
    if root is None or next(root.iter("table"), None) is None:
        raise refused(file, "not-a-workbook", "这是网页，其中没有表格")
    name = re.search(r"<x:Name>([^<]{1,31})</x:Name>", text)
    cells = Cells(file, clean(name[1]) if name else "HTML")
    _Layout(cells).block(root)
    return Book(file, FileKind.HTML, "lxml", (cells.grid(),))


class _Layout:
    """Lays the document out as a sheet program does: every block one row, every table cell one cell."""

    def __init__(self, cells: Cells) -> None:
        self.cells, self.row = cells, 0
        self.taken: dict[tuple[int, int], bool] = {}
        self.budget = MAX_SPANNED

    def block(self, root: etree._Element) -> None:
        """Everything below an element, in order. Not recursive: nesting is the sender's."""
        stack: list[tuple[etree._Element, bool]] = [(root, False)]
        while stack:
            element, is_after = stack.pop()
            tag = element.tag if isinstance(element.tag, str) else ""
            if not is_after:
                stack.append((element, True))
                if tag == "table":
                    self._table(element)
                elif tag not in _SILENT:
                    self._line(element.text)
                    stack += [(child, False) for child in reversed(element)]
            elif element is not root:
                self._line(element.tail)

    def _line(self, text: str | None) -> None:
        if text and (shown := clean(text)):
            self.row += 1
            self.cells.put(self.row, 1, shown)

    def _table(self, table: etree._Element) -> None:
        start, height = self.row, 0
        self.taken = {}
        for line in table.iter("tr", "caption"):
            if self._owner(line) is not table:
                continue
            self.row += 1
            if line.tag == "caption":
                self.cells.put(self.row, 1, clean("".join(line.itertext())))
                continue
            if _HIDDEN.search(line.get("style", "")):
                self.cells.hidden_rows.add(self.row)
            column = 1
            for cell in line:
                if cell.tag not in {"td", "th"}:
                    continue
                while (self.row, column) in self.taken:
                    column += 1
                height = max(height, self.row - start + _span(cell, "rowspan") - 1)
                column = self._cell(cell, column)
        self.row = max(self.row, start)

    @staticmethod
    def _owner(element: etree._Element) -> etree._Element | None:
        return next(element.iterancestors("table"), None)

    def _cell(self, cell: etree._Element, column: int) -> int:
        down, across = _span(cell, "rowspan"), _span(cell, "colspan")
        if down * across > self.budget:
            self.cells.bad("跨行跨列的单元格过大，按一格读取")
            down = across = 1
        text = clean(_text(cell))
        if ERROR_TEXT.match(text):
            self.cells.errors[self.row, column] = text
        else:
            self.cells.put(self.row, column, text)
        if any(str(key).endswith("fmla") for key in cell.attrib):
            self.cells.formulas.add((self.row, column))
        if (down, across) != (1, 1):
            self.budget -= down * across
            if len(self.cells.merges) < MAX_MERGES:
                self.cells.merges.append(Merge(self.row, column, self.row + down - 1, column + across - 1))
            for row in range(self.row + 1, self.row + down):
                for at in range(column, column + across):
                    self.taken[row, at] = True
        return column + across


def _span(cell: etree._Element, name: str) -> int:
    text = cell.get(name, "1").strip()
    return min(max(int(text), 1), _MAX_SPAN) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _text(cell: etree._Element) -> str:
    """Text of a cell: line breaks of the source are blanks, <br> and paragraphs are line breaks."""
    parts: list[str] = []
    for element in cell.iter():
        if element is not cell and element.tag in {"br", "p", "div"} and parts:
            parts.append("\n")
        if element.tag not in _SILENT:
            parts.append(re.sub(r"[ \t\r\n]+", " ", element.text or ""))
        if element is not cell:
            parts.append(re.sub(r"[ \t\r\n]+", " ", element.tail or ""))
    return re.sub(r" ?\n ?", "\n", "".join(parts).replace("\xa0", " "))
