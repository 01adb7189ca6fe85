"""OOXML workbooks (.xlsx, .xlsm): values by calamine, everything calamine hides by a strict scan of the same bytes.

What is not plain, or would be laid out over millions of blank cells, is read by `strict` instead, sheet by sheet.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from perfeval_xl.core.findings import Finding
from perfeval_xl.workbook.grid import CellValue, Grid, position
from perfeval_xl.workbook.readers.base import Book, Cells, FileKind, ReadError, broken, make_grid, refused
from perfeval_xl.workbook.readers.limits import MAX_ALL_TEXT, MAX_CELL_TEXT
from perfeval_xl.workbook.readers.outline import MAIN, Outline, SheetPart, main_part, outline
from perfeval_xl.workbook.readers.package import Package
from perfeval_xl.workbook.readers.scan import Scan, merges_of, scan_sheet
from perfeval_xl.workbook.readers.strict import Strings, read_sheet, read_strings
from perfeval_xl.workbook.readers.styles import NO_STYLES, Styles, read_styles
from perfeval_xl.workbook.readers.xml import is_well_formed, reason

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

def read_xlsx(file: str, data: bytes, package: Package) -> Book:
    """Raises: ReadError."""
    main = main_part(package)
    try:
        book = outline(package, main)
        styles = package.parsed(book.styles, read_styles) if book.styles else NO_STYLES
    except ValueError as error:
        raise refused(file, "not-a-workbook", "工作簿的结构部件（工作簿、关系或样式）不是完好的 XML", "部件完好的工作簿") from error
    if not book.sheets:
        raise refused(file, "not-a-workbook", "工作簿中没有工作表", "至少有一张工作表")
    source = _Source(file, book, styles, package.part(book.strings) if book.strings else b"")
    contents: list[tuple[SheetPart, bytes]] = []
    problems: list[Finding] = []
    for sheet in book.sheets:
        try:
            contents.append((sheet, package.part(sheet.part)))
        except ReadError as error:
            if error.finding.kind.kind == "unsafe-workbook":
                raise
            problems.append(broken(file, sheet.name, error.finding.found))
    # calamine opens the file only now: every part it will inflate has been inflated and counted before
    fast = _open(data, book) if main == MAIN and source.is_plain else None
    grids: list[Grid] = []
    readers: list[str] = []
    for sheet, content in contents:
        scan = scan_sheet(content, styles) if fast is not None and source.allows(content) else None
        grid = _fast(source, sheet, fast, scan, has_returns=source.has_returns(content)) if fast is not None and scan is not None else None
        readers.append("calamine" if grid is not None else "lxml")
        if grid is None:
            try:
                grid = _strict(source, sheet, content)
            except ValueError as error:
                problems.append(broken(file, sheet.name, f"{reason(sheet.part, error)}，整张工作表未读取"))
                continue
        grids.append(grid)
    if not grids:
        raise refused(file, "not-a-workbook", problems[0].found, "部件完好的工作簿")
    return Book(file, FileKind.XLSX, ", ".join(sorted(set(readers))), tuple(grids), _named(grids, book.names), tuple(problems))


class _Source:
    """What the sheets of one workbook share, and how much text they may take together."""

    __slots__ = ("_budget", "_longest", "_strings", "_texts", "book", "file", "is_plain", "styles")

    def __init__(self, file: str, book: Outline, styles: Styles, strings: bytes) -> None:
        self.file, self.book, self.styles, self._strings = file, book, styles, strings
        pieces = strings.split(b"<si") if strings else []
        self._longest = max(map(len, pieces), default=0)
        self._budget = MAX_ALL_TEXT
        self._texts: Strings | None = None
        announced = _COUNT.search(pieces[0]) if pieces else None
        self.is_plain = (
            self._longest <= 4 * MAX_CELL_TEXT
            and (announced is None or int(announced[1]) < len(pieces))  # calamine makes room for as many as are announced
            and is_well_formed(strings)
        )

    def allows(self, content: bytes) -> bool:
        """Whether calamine may copy the texts of a sheet: it copies one for each cell that refers to it."""
        if not self._strings:
            return True
        count = content.count(b't="s"')
        cost = count * self._longest
        if cost > self._budget:  # rarely: one long text makes the estimate too high
            lengths = list(map(len, self._strings.split(b"<si")))[1:]
            cost = sum(lengths[i] for i in map(int, _SHARED.findall(content)) if i < len(lengths))
        self._budget -= min(cost, self._budget + 1)
        return self._budget >= 0

    def has_returns(self, content: bytes) -> bool:
        """Whether a text of the sheet may hold carriage returns, in any way of writing them."""
        return _may_return(content) or _may_return(self._strings)

    @property
    def texts(self) -> Strings:
        """The shared texts. Raises: ReadError."""
        if self._texts is None:
            try:
                self._texts = read_strings(self._strings) if self._strings else Strings(())
            except ValueError as error:
                raise refused(self.file, "not-a-workbook", f"{reason(self.book.strings, error)}，文字无法读取", "部件完好的工作簿") from error
        return self._texts


def _may_return(part: bytes) -> bool:
    return b"\r" in part or b"&#13;" in part or b"&#x" in part or b"_x000" in part


_COUNT = re.compile(rb'uniqueCount="([0-9]{1,20})"')
_SHARED = re.compile(rb't="s"[^<>]*>(?:<f[^<>]*/>|<f[^<>]*>[^<]*</f>)?<v>([0-9]{1,9})</v>')


def _open(data: bytes, book: Outline) -> CalamineWorkbook | None:
    """calamine's view of the file; None where it fails or sees other sheets than the workbook part lists."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415  # on demand

    if len(set(book.all_names)) < len(book.all_names):
        return None  # of two sheets of one name, calamine reads the first twice, by number too
    try:
        opened = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return opened if opened.sheet_names == book.all_names else None
    except BaseException as error:  # a panic of calamine is no Exception
        if is_foreign(error):
            return None
        raise


def is_foreign(error: BaseException) -> bool:
    """Whether an error is the library's, a panic of its Rust code included, rather than ours or the user's interrupt."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def _fast(source: _Source, sheet: SheetPart, fast: CalamineWorkbook, scan: Scan, *, has_returns: bool) -> Grid | None:
    """The sheet by calamine; None where calamine fails."""
    try:
        opened = fast.get_sheet_by_index(sheet.number)
        rows: list[list[CellValue]] = opened.to_python(skip_empty_area=False)  # type: ignore[assignment]  # a list of narrower cells
        if has_returns:
            rows = [[v.replace("\r\n", "\n").replace("\r", "\n").strip() if type(v) is str else v for v in line] for line in rows]
        merges = merges_of(opened.merged_cell_ranges)
    except BaseException as error:
        if is_foreign(error):
            return None
        raise
    formats = scan.formats
    return make_grid(
        source.file, sheet.name, rows, merges, formats, scan.errors, scan.uncalculated, scan.formulas, scan.hidden_rows, scan.hidden_columns,
        is_hidden=sheet.is_hidden, is_protected=scan.is_protected,
    )  # fmt: skip


def _strict(source: _Source, sheet: SheetPart, content: bytes) -> Grid:
    """The sheet by lxml. Raises: ValueError for malformed XML, ReadError."""
    cells = Cells(source.file, sheet.name)
    cells.is_hidden = sheet.is_hidden
    read_sheet(content, cells, source.texts, source.styles, epoch_1904=source.book.epoch_1904)
    return cells.grid()


_NAMED = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!(\$?[A-Z]{1,3}\$?[0-9]{1,7})(?::\$?[A-Z]{1,3}\$?[0-9]{1,7})?\Z")


def _named(grids: list[Grid], names: list[tuple[str, str]]) -> dict[str, str]:
    """The workbook's own names with the text of their cell; PE_INDICATORS with its reference."""
    found: dict[str, str] = {}
    for name, reference in names:
        match = _NAMED.match(reference.strip())
        if name == "PE_INDICATORS":
            found[name] = reference.strip()
        elif match is not None:
            title = match[1].replace("''", "'") if match[1] else match[2]
            spot = position(match[3])
            grid = next((g for g in grids if g.sheet == title), None)
            if grid is not None and spot is not None:
                found[name] = grid.text(*spot)
    return found
