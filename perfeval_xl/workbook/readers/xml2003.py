"""SpreadsheetML 2003 ("XML 表格 2003"), which many systems export under the name .xls, with lxml."""

from __future__ import annotations

import datetime
import io
import re

from lxml import etree

from perfeval_xl.workbook.grid import SHEET_COLUMNS, SHEET_ROWS, Grid, Merge
from perfeval_xl.workbook.readers.base import Book, Cells, FileKind, clean, refused
from perfeval_xl.workbook.readers.limits import MAX_MERGES, MAX_SHEETS, MAX_TEXT_FILE
from perfeval_xl.workbook.readers.styles import meaning
from perfeval_xl.workbook.readers.xml import TooLargeError, attribute, check, forget_before, local

_NAMED = {"Percent": "0.00%", "Short Date": "yyyy-mm-dd", "Medium Date": "d-mmm-yy", "Long Date": "yyyy-mm-dd", "General Date": "yyyy-mm-dd h:mm"}
_REFERENCE = re.compile(r"=?(?:'((?:[^']|'')+)'|([^'!]+))!R([0-9]{1,7})C([0-9]{1,5})")


def looks_like_xml2003(data: bytes) -> bool:
    """Whether bytes are XML with the namespace of the format, whatever the encoding."""
    head = data[:4096].replace(b"\0", b"")
    return b"urn:schemas-microsoft-com:office:spreadsheet" in head and re.search(rb"<(?:[a-z]+:)?Workbook\b", head) is not None


def read_xml2003(file: str, data: bytes) -> Book:
    """Raises: ReadError."""
    if len(data) > MAX_TEXT_FILE:
        raise refused(file, "unsafe-workbook", f"文件有 {len(data) // 1_000_000} MB", f"不超过 {MAX_TEXT_FILE // 1_000_000} MB")
    try:
        check(data)
    except ValueError as error:
        what = "文件过于庞大" if isinstance(error, TooLargeError) else "文件含有实体声明"
        raise refused(file, "unsafe-workbook", what, "由 Excel 或 WPS 保存的工作簿") from error
    reader = _Reader(file)
    try:
        reader.read(data)
    except etree.XMLSyntaxError as error:
        raise refused(file, "not-a-workbook", "XML 表格不是完好的 XML", "完好的工作簿") from error
    if not reader.grids:
        raise refused(file, "not-a-workbook", "工作簿中没有工作表", "至少有一张工作表")
    return Book(file, FileKind.XML, "lxml", tuple(reader.grids), reader.names())


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.grids: list[Grid] = []
        self.formats: dict[str, str] = {}
        self.references: list[tuple[str, str]] = []
        self.cells: Cells | None = None
        self.row = self.columns = 0

    def read(self, data: bytes) -> None:
        """Raises: etree.XMLSyntaxError."""
        for event, element in etree.iterparse(
            io.BytesIO(data), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
            remove_pis=True,
        ):  # fmt: skip
            name = local(element)
            if event == "start":
                if name == "Worksheet":
                    self.cells, self.row, self.columns = Cells(self.file, attribute(element, "Name")), 0, 0
                    self.cells.is_protected = attribute(element, "Protected") == "1"
                continue
            self._end(name, element)

    def _end(self, name: str, element: etree._Element) -> None:
        cells = self.cells
        if name == "Style":
            code = next((attribute(c, "Format") for c in element if local(c) == "NumberFormat"), "")
            self.formats[attribute(element, "ID")] = meaning(_NAMED.get(code, code))[0]
        elif name == "NamedRange" and attribute(element, "Name").startswith("PE_"):
            self.references.append((attribute(element, "Name"), attribute(element, "RefersTo")))
        elif cells is None:
            return
        elif name == "Visible" and (element.text or "").strip() in {"SheetHidden", "SheetVeryHidden"}:
            cells.is_hidden = True
        elif name == "Column":
            self.columns = (_number(element, "Index") or self.columns + 1) + _number(element, "Span")
            if attribute(element, "Hidden") == "1":
                cells.hidden_columns.update(range(max(self.columns - _number(element, "Span"), 1), min(self.columns, SHEET_COLUMNS) + 1))
        elif name == "Row":
            self._row(cells, element)
            element.clear()
            forget_before(element)
        elif name == "Worksheet":
            if len(self.grids) < MAX_SHEETS:
                self.grids.append(cells.grid())
            self.cells = None
            element.clear()

    def _row(self, cells: Cells, element: etree._Element) -> None:
        self.row = _number(element, "Index") or self.row + 1
        if attribute(element, "Hidden") == "1" and self.row <= SHEET_ROWS:
            cells.hidden_rows.add(self.row)
        column = 0
        for cell in element:
            if local(cell) != "Cell":
                continue
            column = _number(cell, "Index") or column + 1
            across, down = _number(cell, "MergeAcross"), _number(cell, "MergeDown")
            if (across or down) and len(cells.merges) < MAX_MERGES:
                cells.merges.append(Merge(self.row, column, self.row + down, column + across))
            self._cell(cells, cell, (self.row, column))
            column += across
        self.row += _number(element, "Span")

    def _cell(self, cells: Cells, cell: etree._Element, spot: tuple[int, int]) -> None:
        data = next((c for c in cell if local(c) == "Data"), None)
        text = "".join(str(t) for t in data.itertext()) if data is not None else ""
        kind = attribute(data, "Type") if data is not None else ""
        if attribute(cell, "Formula"):
            cells.formulas.add(spot)
            if data is None:
                cells.uncalculated.add(spot)
        if kind == "Error":
            cells.errors[spot] = text[:40]
            return
        value: str | float | bool | datetime.datetime | datetime.date = clean(text)
        try:
            if kind == "Number" and text.isascii() and "_" not in text:
                value = float(text)
            elif kind == "Boolean":
                value = text.strip() == "1"
            elif kind == "DateTime":
                moment = datetime.datetime.fromisoformat(text.strip())
                value = moment.date() if moment.time() == datetime.time() else moment
        except ValueError:
            cells.bad(f"单元格的内容“{text[:40]}”与其类型不符，按文字读取")
        if isinstance(value, float) and not abs(value) < float("inf"):
            cells.bad(f"单元格的数值“{text[:40]}”无效，该单元格未读取")
            return
        code = self.formats.get(attribute(cell, "StyleID"), "")
        if cells.put(*spot, value) and code and not isinstance(value, str | bool):
            cells.formats[spot] = code

    def names(self) -> dict[str, str]:
        """The workbook's own names with the text of their cell."""
        found: dict[str, str] = {}
        for name, reference in self.references:
            match = _REFERENCE.match(reference)
            if name == "PE_INDICATORS":
                found[name] = reference.removeprefix("=")
            elif match is not None:
                title = match[1].replace("''", "'") if match[1] else match[2]
                grid = next((g for g in self.grids if g.sheet == title), None)
                if grid is not None:
                    found[name] = grid.text(int(match[3]), int(match[4]))
        return found


def _number(element: etree._Element, name: str) -> int:
    text = attribute(element, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
