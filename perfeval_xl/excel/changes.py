"""Changes: new values for cells of an open book, written in as few blocks as can be; all of them or none.

A block may run over cells between two changed ones only where writing what stands there anyway changes nothing: a blank or
a number that is known to be no formula and lies in no merged block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import xlwings as xw

from perfeval_xl.excel.live import Reading
from perfeval_xl.workbook.grid import CellValue, Grid

Cell = tuple[int, int]
_LAST_TEXT = re.compile(r',"((?:[^"]|"")*)"\)\Z')
NewValue = str | int | float | Decimal | None
MAX_GAP = 60
"""Cells between two changed ones that one block may run over."""


class Formula(str):
    """A text that is meant as a formula; every other text stays text, whatever it begins with."""

    __slots__ = ()

    @property
    def shown(self) -> str:
        """What a link of ours shows: its last text. Empty for any other formula."""
        found = _LAST_TEXT.search(self)
        return found[1].replace('""', '"') if found else ""


class Percent(str):
    """98.66% as a person types it: Excel makes a number of it, and shows it so in a cell without a format of its own."""

    __slots__ = ()

    @property
    def value(self) -> float:
        """What the cell then holds."""
        return float(Decimal(self.removesuffix("%")) / 100)


@dataclass(slots=True)
class Changes:
    """sheet → cell → new value."""

    cells: dict[str, dict[Cell, NewValue]] = field(default_factory=dict)

    def put(self, sheet: str, at: Cell, value: NewValue) -> None:
        """One more cell."""
        self.cells.setdefault(sheet, {})[at] = value

    def __bool__(self) -> bool:
        return any(self.cells.values())

    def __len__(self) -> int:
        return sum(map(len, self.cells.values()))


class Block(NamedTuple):
    """Cells one below the other or side by side, and what they get; rows of equal length."""

    top: int
    left: int
    rows: list[list[Any]]


def blocks(values: Mapping[Cell, NewValue], grid: Grid | None, *, is_whole: bool) -> list[Block]:
    """The changed cells as few blocks. grid: what stands there. is_whole: formulas and merged blocks are known."""
    runs = [run for column in sorted({c for _, c in values}) for run in _runs(column, values, grid, is_whole=is_whole)]
    joined: list[Block] = []
    for run in runs:  # columns side by side that span the same rows are one block
        last = joined[-1] if joined else None
        if last is not None and last.top == run.top and len(last.rows) == len(run.rows) and last.left + len(last.rows[0]) == run.left:
            joined[-1] = Block(last.top, last.left, [a + b for a, b in zip(last.rows, run.rows, strict=True)])
        else:
            joined.append(run)
    return joined


def _runs(column: int, values: Mapping[Cell, NewValue], grid: Grid | None, *, is_whole: bool) -> Iterator[Block]:
    rows = sorted(r for r, c in values if c == column)
    run = [rows[0]]
    for row in rows[1:]:
        between = range(run[-1] + 1, row)
        if len(between) <= MAX_GAP and all(_is_inert(grid, (r, column), is_whole=is_whole) for r in between):
            run += [*between, row]
        else:
            yield _block(column, run, values, grid)
            run = [row]
    yield _block(column, run, values, grid)


def _is_inert(grid: Grid | None, at: Cell, *, is_whole: bool) -> bool:
    if grid is None or not is_whole or at in grid.merges or at in grid.formulas or at in grid.uncalculated or at in grid.errors:
        return False
    value = _standing(grid, at)
    return value is None or value == "" or (isinstance(value, int | float) and not isinstance(value, bool))


def _block(column: int, run: Sequence[int], values: Mapping[Cell, NewValue], grid: Grid | None) -> Block:
    return Block(run[0], column, [[written(values[r, column]) if (r, column) in values else _standing(grid, (r, column))] for r in run])


def _standing(grid: Grid | None, at: Cell) -> CellValue:
    row, column = at
    line = grid.rows[row - 1] if grid is not None and row <= len(grid.rows) else ()
    return line[column - 1] if column <= len(line) else None


def written(value: NewValue) -> Any:
    """A value as Excel is to take it: exact numbers as numbers; a text with the sign before it that keeps it from becoming
    a number, a day or a formula."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Formula | Percent):
        return str(value)
    if isinstance(value, str):
        return f"'{value}" if value else None
    return value


class PartlyError(Exception):
    """A write failed, and what was there could not be put back everywhere. cells: where, as the user knows it."""

    def __init__(self, cells: Sequence[str]) -> None:
        super().__init__(cells)  # as they are given: what goes to another process is made again from them
        self.cells = cells

    def __str__(self) -> str:
        return "、".join(self.cells)


def apply(book: xw.Book, changes: Changes, reading: Reading) -> int:
    """Writes the changes; returns the number of writes. Whatever fails, what was written before is taken back and the error raised on."""
    done: list[tuple[xw.Range, list[list[Any]]]] = []
    try:
        for name, cells in changes.cells.items():
            if not cells:
                continue
            sheet, grid = book.sheets[name], reading.grid(name)
            for block in blocks(cells, grid, is_whole=reading.is_whole):
                target = sheet.range((block.top, block.left), (block.top + len(block.rows) - 1, block.left + len(block.rows[0]) - 1))
                old = [[back(grid, (block.top + r, block.left + c)) for c in range(len(line))] for r, line in enumerate(block.rows)]
                done.append((target, old))
                target.value = block.rows
    except Exception as error:
        _take_back(done, error)
        raise
    return len(done)


def _take_back(done: Sequence[tuple[xw.Range, list[list[Any]]]], error: Exception) -> None:
    """Newest first. Raises: PartlyError where a block stays written; the newest, whose writing failed, may refuse this as well."""
    left = []
    for index, (target, old) in enumerate(reversed(done)):
        try:
            target.value = old
        except Exception:  # the first failure is the one to tell
            if index:
                left.append(f"{target.sheet.name}!{target.get_address(row_absolute=False, column_absolute=False)}")
    if left:
        raise PartlyError(left) from error


def back(grid: Grid | None, at: Cell) -> Any:
    """What stands in a cell, so that writing it leaves it as it was."""
    value = _standing(grid, at)
    return f"'{value}" if isinstance(value, str) and value else value
