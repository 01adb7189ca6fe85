"""Number formats: Excel gives a cell without one the format of the percentage that is typed into it; undo takes that back too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import xlwings as xw

from perfeval_xl.excel.changes import Cell, Changes, Percent
from perfeval_xl.excel.guards import is_desktop
from perfeval_xl.workbook.grid import address

GENERAL = "General"


def without_format(book: xw.Book, changes: Changes) -> list[tuple[str, str]]:
    """Sheets and cells that get a percentage and have no number format; [] where formats cannot be read (the server)."""
    if not is_desktop(book):
        return []
    found = []
    for name, cells in changes.cells.items():
        percents = sorted((column, row) for (row, column), value in cells.items() if isinstance(value, Percent))
        found += [(name, address(*at)) for column in dict.fromkeys(c for c, _ in percents) for at in _general(book.sheets[name], column, [r for c, r in percents if c == column])]
    return found


def _general(sheet: xw.Sheet, column: int, rows: Sequence[int]) -> Iterator[Cell]:
    """A column of one format is asked for in one call; a mixed one by halves."""
    shown = sheet.range((rows[0], column), (rows[-1], column)).number_format
    if shown is None and len(rows) > 1:
        half = len(rows) // 2
        yield from _general(sheet, column, rows[:half])
        yield from _general(sheet, column, rows[half:])
    elif shown == GENERAL:
        yield from ((row, column) for row in rows)


def take(book: xw.Book, cells: Iterable[tuple[str, str]]) -> None:
    """Gives the cells no number format again."""
    for name, cell in cells:
        book.sheets[name].range(cell).number_format = GENERAL
