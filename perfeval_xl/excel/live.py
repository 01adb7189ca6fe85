"""Live workbooks: the cells of an open book as grids, each sheet in one call; as a file where the host can give one."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import xlwings as xw

from perfeval_xl.core.findings import Location
from perfeval_xl.excel.arguments import error_in
from perfeval_xl.excel.host import CommandError, Host
from perfeval_xl.workbook.forms import form
from perfeval_xl.workbook.grid import CellValue, Grid, column_number, position
from perfeval_xl.workbook.patch import PatchError, look, traits
from perfeval_xl.workbook.read import Book, FileKind, ReadError, read_workbook
from perfeval_xl.workbook.readers.base import Cells
from perfeval_xl.workbook.readers.limits import MAX_COLUMNS, MAX_ROWS
from perfeval_xl.workbook.recalc import Look

WITHOUT_FORMATS = "读取时得不到单元格的公式、数字格式和合并情况，已有内容的格子一律没有改写，百分比等按数值理解，请核对。"


@dataclass(frozen=True, slots=True)
class Reading:
    """A workbook as it stands on the screen. is_whole: formulas, formats and merged cells are known, as from a file."""

    book: Book
    is_whole: bool
    data: bytes = b""

    @property
    def is_own(self) -> bool:
        """Whether the workbook is a form of ours."""
        return self.book.names.get("PE_TEMPLATE", "").startswith("perfeval-")

    def look(self) -> Look | None:
        """What the file says of blank cells too, as `perfeval recalc` asks it; None where there is no file that can say it."""
        if not self.data:
            return None
        try:
            traits(self.data)
        except PatchError:
            return None
        return lambda cells: {at: (cell.is_formula, cell.is_percent) for at, cell in look(self.data, cells).items()}

    def grid(self, sheet: str) -> Grid | None:
        """The sheet of that name."""
        return next((g for g in self.book.grids if g.sheet == sheet), None)


def read(book: xw.Book, host: Host, *, only_tables: bool = False) -> Reading:
    """Every worksheet, and the names that are ours. only_tables: of a form of ours, the sheets that scores hang on.

    Raises: CommandError where there is nothing to read.
    """
    with tempfile.TemporaryDirectory(prefix="perfeval-") as folder:  # cell contents: gone as soon as they are read
        copy = host.copy_of(book, Path(folder))
        if copy is not None:
            try:
                return Reading(_named(read_workbook(copy), book.name), is_whole=True, data=copy.read_bytes())
            except ReadError:
                pass  # a password, or software that encrypts every file: the cells are read from the window
    return Reading(_from_window(book, only_tables=only_tables), is_whole=False)


def _named(read_book: Book, name: str) -> Book:
    """The book under the name that the user knows."""

    def called(grid: Grid) -> Grid:
        findings = tuple(f._replace(location=f.location._replace(file=name)) for f in grid.findings)
        return replace(grid, file=name, findings=findings)

    findings = tuple(f._replace(location=Location(name, *f.location[1:])) for f in read_book.findings)
    return replace(read_book, file=name, grids=tuple(called(g) for g in read_book.grids), findings=findings)


def _from_window(book: xw.Book, *, only_tables: bool) -> Book:
    is_own = any(n.name == "PE_TEMPLATE" for n in book.names)
    sheets = [s for s in book.sheets if not (is_own and only_tables) or s.name in _TABLES]
    if not sheets:
        raise CommandError("工作簿中没有工作表", "含有自评表的工作簿", "请打开自评表后再试。")
    grids = tuple(_as_made(_grid(book.name, s)) if is_own else _grid(book.name, s) for s in sheets)
    return Book(book.name, FileKind.XLSX, "xlwings", grids, _names(book, {g.sheet: g for g in grids}))


_TABLES = frozenset({form.FACTS, form.TABLE, form.MANAGEMENT})


def _as_made(grid: Grid) -> Grid:
    """A sheet of a form of ours, of which only values are known: its formulas and its protection are taken to be as it was made.

    Nothing is written where they are, and nothing is said to be missing that cannot be seen.
    """
    columns = {column_number(form.LETTERS[name]) for name in ("rate", "score")} if grid.sheet in {form.TABLE, form.MANAGEMENT} else set()
    formulas = frozenset((row, column) for row in range(1, grid.height + 1) for column in columns)
    return replace(grid, formulas=formulas, is_protected=True)


def _grid(file: str, sheet: xw.Sheet) -> Grid:
    """One sheet, read in one call."""
    used = sheet.used_range
    top, left = used.row, used.column
    height, width = min(used.shape[0], MAX_ROWS), min(used.shape[1], MAX_COLUMNS)
    values = used.resize(height, width).options(ndim=2, err_to_str=True, empty=None).value
    cells = Cells(file, sheet.name)
    cells.is_hidden = not sheet.visible
    for row, line in enumerate(values or (), top):
        for column, value in enumerate(line, left):
            if error_in(value):
                cells.errors[row, column] = value
            else:
                cells.put(row, column, _plain(value))
    return cells.grid()


def _plain(value: Any) -> CellValue:
    """A cell's value as the readers of files give it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.replace(tzinfo=None)
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    return value  # type: ignore[no-any-return]  # xlwings has no narrower type


def _names(book: xw.Book, grids: Mapping[str, Grid]) -> dict[str, str]:
    """The names that are ours, each with the text of its cell; PE_INDICATORS with its reference."""
    found: dict[str, str] = {}
    for name in book.names:
        if not name.name.startswith("PE_"):
            continue
        reference = (name.refers_to or "").removeprefix("=")
        sheet, _, area = reference.rpartition("!")
        at = position(area.partition(":")[0])
        grid = grids.get(sheet.strip("'").replace("''", "'"))
        if name.name == "PE_INDICATORS":
            found[name.name] = reference
        elif grid is not None and at is not None:
            found[name.name] = grid.text(*at)
    return found
