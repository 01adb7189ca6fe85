"""OpenDocument sheets (.ods) with lxml: repeated rows and columns counted before they are laid out, formats from the data styles."""

from __future__ import annotations

import datetime
import io
import re
from typing import NamedTuple

from lxml import etree

from perfeval_xl.workbook.grid import CellValue, Grid, Merge
from perfeval_xl.workbook.readers.base import Book, Cells, FileKind, clean, refused
from perfeval_xl.workbook.readers.limits import MAX_AREA, MAX_COLUMNS, MAX_MERGES, MAX_ROWS, MAX_SHEETS
from perfeval_xl.workbook.readers.package import Package
from perfeval_xl.workbook.readers.styles import meaning
from perfeval_xl.workbook.readers.xml import attribute, check, forget_before, local, parse_xml, reason

ERROR_TEXT = re.compile(r"#(?:DIV/0!|REF!|VALUE!|NAME\?|N/A|NUM!|NULL!|SPILL!|CALC!)\Z|(?:Err:|错误:)[0-9]{3}\Z")
_DURATION = re.compile(r"PT([0-9]{1,6})H([0-9]{1,2})M([0-9]{1,2})(?:[.,]([0-9]{1,9}))?S\Z")
_LETTERS = {"year": "yyyy", "month": "m", "day": "d", "hours": "h", "minutes": "mm", "seconds": "ss", "am-pm": "AM/PM"}


class _Cell(NamedTuple):
    column: int
    repeated: int
    value: CellValue
    error: str
    code: str
    has_formula: bool
    is_uncalculated: bool
    span: tuple[int, int]


def read_ods(file: str, package: Package) -> Book:
    """Raises: ReadError."""
    if "meta-inf/manifest.xml" in package and b"encryption-data" in package.part("META-INF/manifest.xml"):
        raise refused(file, "encrypted-workbook", "文件设有打开密码", "没有密码的工作簿")
    content = package.part("content.xml")
    styles = _Styles()
    try:
        if "styles.xml" in package:
            styles.add(parse_xml(package.part("styles.xml")))
        grids, names = _Reader(file, styles).read(content)
    except ValueError as error:
        raise refused(file, "not-a-workbook", reason("content.xml", error), "部件完好的工作簿") from error
    if not grids:
        raise refused(file, "not-a-workbook", "工作簿中没有工作表", "至少有一张工作表")
    return Book(file, FileKind.ODS, "lxml", tuple(grids), names)


class _Styles:
    """Data styles as number formats, and which cell style has which; which table styles hide their sheet."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}
        self.of_cell: dict[str, tuple[str, str]] = {}  # its data style, its parent
        self.hidden: set[str] = set()

    def add(self, root: etree._Element) -> None:
        """All styles below an element."""
        for element in root.iter():
            self.one(element)

    def one(self, element: etree._Element) -> None:
        """A style, if the element is one."""
        name = local(element)
        if name == "style":
            own = attribute(element, "name")
            if attribute(element, "family") == "table-cell":
                self.of_cell[own] = attribute(element, "data-style-name"), attribute(element, "parent-style-name")
            elif attribute(element, "family") == "table" and any(attribute(c, "display") == "false" for c in element):
                self.hidden.add(own)
        elif name in {"number-style", "percentage-style", "date-style", "time-style", "currency-style"}:
            self.codes[attribute(element, "name")] = _code(element)

    def code(self, style: str) -> str:
        """Number format of a cell style, its parents' where it has none."""
        for _ in range(10):
            data, parent = self.of_cell.get(style, ("", ""))
            if data or not parent:
                return meaning(self.codes.get(data, ""))[0]
            style = parent
        return ""


def _code(element: etree._Element) -> str:
    parts = []
    for child in element:
        name = local(child)
        if name == "number":
            digits = attribute(child, "decimal-places")
            places = min(int(digits), 20) if digits.isascii() and digits.isdigit() and len(digits) < 4 else 0
            parts.append("0" + ("." + "0" * places if places else ""))
        elif name == "text":
            text = child.text or ""
            parts.append("%" if text == "%" else text if text in {"-", "/", ":", " "} else f'"{text}"' if text else "")
        elif name in _LETTERS:
            parts.append(_LETTERS[name])
        elif name == "currency-symbol" and parts:
            parts.append(f'"{child.text or ""}"')
    return "".join(parts)


class _Reader:
    """Sheets of one document, as its parts stream by."""

    def __init__(self, file: str, styles: _Styles) -> None:
        self.file, self.styles = file, styles
        self.budget = MAX_AREA  # cells that repetition may lay out

    def read(self, content: bytes) -> tuple[list[Grid], dict[str, str]]:
        """All sheets and names. Raises: ValueError for malformed XML."""
        check(content)
        grids: list[Grid] = []
        references: list[tuple[str, str]] = []
        cells: Cells | None = None
        row, columns, depth = 0, [], 0
        defaults: list[tuple[int, str]] = []
        try:
            for event, element in etree.iterparse(
                io.BytesIO(content), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                remove_comments=True, remove_pis=True,
            ):  # fmt: skip
                name = local(element)
                if name == "table":
                    depth += 1 if event == "start" else -1
                    if event == "start" and depth == 1:
                        cells, row, columns, defaults = Cells(self.file, attribute(element, "name")), 0, [0], []
                        cells.is_hidden = attribute(element, "style-name") in self.styles.hidden
                        cells.is_protected = attribute(element, "protected") == "true"
                    elif event == "end" and depth == 0 and cells is not None:
                        if len(grids) < MAX_SHEETS:
                            grids.append(cells.grid())
                        cells = None
                        element.clear()
                elif event == "start":
                    continue
                elif name == "table-row" and cells is not None and depth == 1:
                    row = self._row(cells, element, row, defaults)
                    element.clear()
                    forget_before(element)
                elif name == "table-column" and cells is not None and depth == 1:
                    columns[0] = self._column(cells, element, columns[0], defaults)
                elif name == "named-range" and attribute(element, "name").startswith("PE_"):
                    references.append((attribute(element, "name"), attribute(element, "cell-range-address")))
                elif cells is None:
                    self.styles.one(element)
        except etree.XMLSyntaxError as error:
            raise ValueError(str(error)) from error
        return grids, _named(grids, references)

    def _column(self, cells: Cells, element: etree._Element, before: int, defaults: list[tuple[int, str]]) -> int:
        count = _count(element, "number-columns-repeated")
        last = before + count
        if attribute(element, "visibility") in {"collapse", "filter"}:
            cells.hidden_columns.update(range(before + 1, min(last, MAX_COLUMNS) + 1))
        if len(defaults) < MAX_COLUMNS:
            defaults.append((last, attribute(element, "default-cell-style-name")))
        return last

    def _row(self, cells: Cells, element: etree._Element, before: int, defaults: list[tuple[int, str]]) -> int:
        count = _count(element, "number-rows-repeated")
        if attribute(element, "visibility") in {"collapse", "filter"}:
            cells.hidden_rows.update(range(before + 1, min(before + count, MAX_ROWS) + 1))
        found: list[_Cell] = []
        column = 0
        for child in element:
            tag = local(child)
            if tag in {"table-cell", "covered-table-cell"}:
                repeated = _count(child, "number-columns-repeated")
                cell = self._cell(child, column + 1, repeated, defaults) if tag == "table-cell" else None
                if cell is not None:
                    found.append(cell)
                column += repeated
        if not found:
            return before + count
        wanted = count * sum(c.repeated for c in found)
        if wanted > self.budget:
            cells.bad(f"第 {before + 1} 行起的内容重复 {count} 行、每行 {wanted // count} 格，只读取了第一行第一格")
            found, rows = [c._replace(repeated=1) for c in found], 1
        else:
            rows = count
        self.budget -= rows * sum(c.repeated for c in found)
        for row in range(before + 1, before + rows + 1):
            for cell in found:
                for at in range(cell.column, cell.column + cell.repeated):
                    _put(cells, row, at, cell)
        return before + count

    def _cell(self, element: etree._Element, column: int, count: int, defaults: list[tuple[int, str]]) -> _Cell | None:
        kind, formula = "", ""
        for key, text in element.attrib.items():
            leaf = str(key).rpartition("}")[2]
            if leaf == "formula":
                formula = str(text)
            elif leaf == "value-type" and kind != "error":
                kind = str(text) if "calcext" not in str(key) or text == "error" else kind
        span = _count(element, "number-rows-spanned"), _count(element, "number-columns-spanned")
        text = clean("\n".join(_text(p) for p in element if local(p) == "p"))
        error, code = "", ""
        value: CellValue = None
        if kind == "error" or (formula and ERROR_TEXT.match(text)):
            error = text or "#N/A"
        elif kind in {"float", "percentage", "currency"}:
            value = _number(attribute(element, "value"))
            style = attribute(element, "style-name") or next((s for last, s in defaults if column <= last), "")
            code = self.styles.code(style) or ("0%" if kind == "percentage" else "")
        elif kind in {"date", "time"}:
            value = _date(attribute(element, "date-value")) if kind == "date" else _time(attribute(element, "time-value"))
            code = self.styles.code(attribute(element, "style-name") or next((s for last, s in defaults if column <= last), ""))
        elif kind == "boolean":
            value = attribute(element, "boolean-value") == "true"
        else:
            value = text or None
        is_uncalculated = bool(formula) and not kind and not text
        if value is None and not error and not formula and span == (1, 1):
            return None
        return _Cell(column, count, value, error, code, bool(formula), is_uncalculated, span)


def _put(cells: Cells, row: int, column: int, cell: _Cell) -> None:
    if cells.put(row, column, cell.value) and cell.code:
        cells.formats[row, column] = cell.code
    if cell.error:
        cells.errors[row, column] = cell.error
    if cell.has_formula:
        cells.formulas.add((row, column))
    if cell.is_uncalculated:
        cells.uncalculated.add((row, column))
    if cell.span != (1, 1) and len(cells.merges) < MAX_MERGES:
        cells.merges.append(Merge(row, column, row + cell.span[0] - 1, column + cell.span[1] - 1))


def _count(element: etree._Element, name: str) -> int:
    text = attribute(element, name)
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _text(element: etree._Element) -> str:
    """Text of a paragraph: blanks, tabs and line breaks are elements here; notes do not belong to it."""
    parts = [element.text or ""]
    for child in element:
        name = local(child)
        if name == "s":
            parts.append(" " * min(_count(child, "c"), 1_000))
        elif name == "tab":
            parts.append("\t")
        elif name == "line-break":
            parts.append("\n")
        elif name not in {"annotation", "note"}:
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _number(text: str) -> float | None:
    try:
        value = float(text) if text.isascii() and "_" not in text else float("nan")
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _date(text: str) -> CellValue:
    try:
        found = datetime.datetime.fromisoformat(text[:26])
    except ValueError:
        return clean(text)
    return found.date() if found.time() == datetime.time() else found


def _time(text: str) -> CellValue:
    match = _DURATION.match(text)
    if match is None:
        return clean(text)
    length = datetime.timedelta(hours=int(match[1]), minutes=int(match[2]), seconds=int(match[3]))
    return (datetime.datetime.min + length).time() if length < datetime.timedelta(days=1) else length


_ADDRESS = re.compile(r"\$?(?:'((?:[^']|'')+)'|([^'.]+))\.\$?([A-Z]{1,3})\$?([0-9]{1,7})")


def _named(grids: list[Grid], references: list[tuple[str, str]]) -> dict[str, str]:
    from perfeval_xl.workbook.grid import position  # noqa: PLC0415

    found: dict[str, str] = {}
    for name, reference in references:
        match = _ADDRESS.match(reference)
        if name == "PE_INDICATORS":
            found[name] = reference
        elif match is not None:
            title = match[1].replace("''", "'") if match[1] else match[2]
            spot = position(match[3] + match[4])
            grid = next((g for g in grids if g.sheet == title), None)
            if grid is not None and spot is not None:
                found[name] = grid.text(*spot)
    return found
