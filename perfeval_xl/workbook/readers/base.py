"""What all readers share: the book, the refusal, and how found cells become a grid. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from perfeval_xl.core.findings import Finding, Location, Severity, finding
from perfeval_xl.workbook.grid import CellValue, Grid, Merge, address, letter, merge_map
from perfeval_xl.workbook.readers.limits import MAX_CELL_TEXT, MAX_CELLS, MAX_COLUMNS, MAX_MERGES, MAX_ROWS


class FileKind(StrEnum):
    """What a file is, by its bytes; its name does not matter."""

    XLSX = "xlsx"  # and .xlsm
    XLSB = "xlsb"
    XLS = "xls"  # and .et
    ODS = "ods"
    XML = "xml"  # SpreadsheetML 2003
    HTML = "html"
    TEXT = "text"  # CSV, TSV


class ReadError(Exception):
    """A file that cannot be read as a workbook; `finding` says why and where."""

    def __init__(self, found: Finding) -> None:
        super().__init__(found)  # as it is given: what goes to another process is made again from it
        self.finding = found

    def __str__(self) -> str:
        return f"{self.finding.location}：{self.finding.message}"


@dataclass(frozen=True, slots=True)
class Book:
    """All sheets in the workbook's order, hidden ones too.

    reader: the library that read the values. names: the workbook's own names (PE_*) → text of their cell;
    PE_INDICATORS → its reference. findings: on the workbook as a whole; those on a sheet are the grid's.
    """

    file: str
    kind: FileKind
    reader: str
    grids: tuple[Grid, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def refused(file: str, kind: str, found: str, expected: str = "一个 .xlsx 工作簿") -> ReadError:
    """An error that names the file, what was found and what was expected."""
    return ReadError(finding(kind, Location(file), found, expected))


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def clean(text: str) -> str:
    """Text without blank edges, _xHHHH_ decoded, line ends as \\n: the same from every reader. Nothing is executed or dropped inside.

    >>> clean(" \\t=1+1 "), clean("一_x000D_\\n二"), clean("a_x005F_x0041_")
    ('=1+1', '一\\n二', 'a_x0041_')
    """
    if "_x" in text:
        text = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()




class Cells:
    """Cells of one sheet as they are met, in any order; what lies beyond the limits is counted, not kept.

    A stray cell far off costs nothing: rows are laid out up to the last one kept.
    """

    __slots__ = (
        "cut", "cut_first", "errors", "file", "findings", "formats", "formulas", "hidden_columns", "hidden_rows", "is_hidden", "is_protected",
        "merges", "sheet", "truncated", "uncalculated", "values",
    )  # fmt: skip

    def __init__(self, file: str, sheet: str) -> None:
        self.file, self.sheet = file, sheet
        self.values: dict[tuple[int, int], CellValue] = {}
        self.formats: dict[tuple[int, int], str] = {}
        self.errors: dict[tuple[int, int], str] = {}
        self.uncalculated: set[tuple[int, int]] = set()
        self.formulas: set[tuple[int, int]] = set()
        self.merges: list[Merge] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.is_hidden = self.is_protected = False
        self.findings: list[Finding] = []
        self.cut, self.cut_first, self.truncated = 0, (0, 0), (0, 0)

    def put(self, row: int, column: int, value: CellValue) -> bool:
        """Keeps a value; False where it is blank or lies beyond the limits."""
        if value is None or value == "":
            return False
        if row > MAX_ROWS or column > MAX_COLUMNS or len(self.values) >= MAX_CELLS:
            self.cut_first = self.cut_first if self.cut else (row, column)
            self.cut += 1
            return False
        if type(value) is str and len(value) > MAX_CELL_TEXT:
            self.note_cut(row, column)
            value = value[:MAX_CELL_TEXT]
        self.values[row, column] = value
        return True

    def note_cut(self, row: int, column: int) -> None:
        """Notes the first cell whose text was too long."""
        self.truncated = self.truncated if self.truncated[0] else (row, column)

    def bad(self, found: str, cell: str = "") -> None:
        """Notes a place that cannot be read."""
        if len(self.findings) < 100:  # a sheet of bad cells need not be listed cell by cell
            said = finding("unreadable-part", Location(self.file, self.sheet, cell), found, "完好的单元格")
            if said not in self.findings:
                self.findings.append(said)

    def grid(self) -> Grid:
        """The sheet."""
        if self.cut:
            self.findings.append(
                finding(
                    "unreadable-part", Location(self.file, self.sheet, address(*self.cut_first)),
                    f"有 {self.cut} 个单元格远离表格或数量过多，未读取，第一个为 {address(*self.cut_first)}",
                    f"表格在 {letter(MAX_COLUMNS)} 列、第 {MAX_ROWS} 行以内",
                )
            )  # fmt: skip
        if self.truncated[0]:
            self.findings.append(
                finding(
                    "unreadable-part", Location(self.file, self.sheet, address(*self.truncated)),
                    f"单元格文字超过 {MAX_CELL_TEXT} 字，只读取了前 {MAX_CELL_TEXT} 字", f"不超过 {MAX_CELL_TEXT} 字",
                )
            )  # fmt: skip
        marked = [*self.values, *self.errors, *self.uncalculated]
        height = max((r for r, _ in marked if r <= MAX_ROWS), default=0)
        widths = [0] * (height + 1)
        for row, column in self.values:
            widths[row] = max(widths[row], column)
        rows: list[list[CellValue]] = [[None] * w for w in widths[1:]]
        for (row, column), value in self.values.items():
            rows[row - 1][column - 1] = value
        return make_grid(
            self.file, self.sheet, rows, self.merges, self.formats, self.errors, self.uncalculated, self.formulas, self.hidden_rows,
            self.hidden_columns, self.findings, is_hidden=self.is_hidden, is_protected=self.is_protected,
        )  # fmt: skip


def make_grid(  # noqa: PLR0913  # one argument per field of a grid
    file: str,
    sheet: str,
    rows: Sequence[Sequence[CellValue]],
    merges: Sequence[Merge],
    formats: Mapping[tuple[int, int], str],
    errors: Mapping[tuple[int, int], str],
    uncalculated: Iterable[tuple[int, int]],
    formulas: Iterable[tuple[int, int]],
    hidden_rows: Iterable[int],
    hidden_columns: Iterable[int],
    findings: Sequence[Finding] = (),
    *,
    is_hidden: bool = False,
    is_protected: bool = False,
) -> Grid:
    """A grid whose merged blocks end where the sheet's contents end, so that a merge over the whole sheet costs nothing."""
    if merges:
        height = max(len(rows), max((r for r, _ in errors), default=0))
        width = max(max(map(len, rows), default=0), max((c for _, c in errors), default=0))
        merges = [
            block if block.bottom <= height and block.right <= width else Merge(block.top, block.left, min(block.bottom, height), min(block.right, width))
            for block in merges[:MAX_MERGES]
            if block.top <= height and block.left <= width
        ]
    return Grid(
        file, sheet, rows, merge_map(merges) if merges else {}, formats, errors, frozenset(uncalculated), frozenset(formulas),
        frozenset(hidden_rows), frozenset(hidden_columns), is_hidden, is_protected, tuple(findings),
    )  # fmt: skip


def broken(file: str, sheet: str, found: str) -> Finding:
    """A sheet that is left out because its part cannot be read: numbers are missing, so it is an error."""
    return finding("unreadable-part", Location(file, sheet), found, "完好的工作表", Severity.ERROR)
