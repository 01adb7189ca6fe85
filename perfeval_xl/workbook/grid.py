"""Grid: the cells of one sheet as a reader found them, their texts as a person sees them, merged blocks. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.findings import Finding, Location

CellValue = str | int | float | bool | Decimal | datetime.date | datetime.time | datetime.timedelta | None
MAX_MERGED = 20_000  # cells of one merged block that can belong to a table
MAX_ALL_MERGED = 200_000


class Merge(NamedTuple):
    """A merged block, both ends included, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet. Rows and columns count from 1, in the sheet's own coordinates: nothing is shifted or left out.

    rows: rows[r - 1][c - 1], blanks None or "", rows may differ in length.
    merges: every cell of a merged block → its block (`merge_map`).
    formats: number format of the cells whose format changes how the number reads: percent, date, a quoted unit.
    errors: cells that hold an error value → its text. uncalculated: formulas without a stored result.
    formulas: all cells with a formula. hidden_rows, hidden_columns: not shown on screen.
    """

    file: str
    sheet: str
    rows: Sequence[Sequence[CellValue]]
    merges: Mapping[tuple[int, int], Merge] = field(default_factory=dict)
    formats: Mapping[tuple[int, int], str] = field(default_factory=dict)
    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: frozenset[tuple[int, int]] = frozenset()
    formulas: frozenset[tuple[int, int]] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    is_hidden: bool = False
    is_protected: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def height(self) -> int:
        """Number of the last row."""
        return len(self.rows)

    @property
    def width(self) -> int:
        """Number of the last column."""
        return max(map(len, self.rows), default=0)

    def own(self, row: int, column: int) -> str:
        """Text of the cell itself, blank below or right of the first cell of a merged block."""
        if not 0 < row <= len(self.rows):
            return ""
        line = self.rows[row - 1]
        if not 0 < column <= len(line):
            return ""
        value = line[column - 1]
        if type(value) is str:
            return value.strip() if value else ""
        if value is None:
            return ""
        return shown(value, self.formats.get((row, column), "General") if self.formats else "General")

    def line(self, row: int) -> list[str]:
        """Texts of a row's own cells, from column 1 on."""
        cells = self.rows[row - 1]
        if not self.formats:
            return [v.strip() if type(v) is str else "" if v is None else shown(v) for v in cells]
        return [v.strip() if type(v) is str else "" if v is None else shown(v, self.formats.get((row, c), "General")) for c, v in enumerate(cells, 1)]

    def text(self, row: int, column: int) -> str:
        """Text of a cell; inside a merged block, the block's."""
        block = self.merges.get((row, column))
        return self.own(block.top, block.left) if block else self.own(row, column)

    def span(self, row: int, column: int) -> int:
        """Columns the cell's block spans."""
        block = self.merges.get((row, column))
        return block.right - block.left + 1 if block else 1

    def location(self, row: int, column: int) -> Location:
        """Where a cell is, for findings."""
        return Location(self.file, self.sheet, address(row, column))


def merge_map(blocks: Sequence[Merge]) -> Mapping[tuple[int, int], Merge]:
    """Every cell of every block → its block. Blocks too large to belong to a table are left out, as is what exceeds all bounds."""
    return _known_map(tuple(blocks)) if len(blocks) <= _FEW and all(m.bottom - m.top < _FEW and m.right - m.left < _FEW for m in blocks) else _merge_map(blocks)


_FEW = 64


@lru_cache(maxsize=256)  # copies of a form have the same blocks
def _known_map(blocks: tuple[Merge, ...]) -> Mapping[tuple[int, int], Merge]:
    return _merge_map(blocks)


def _merge_map(blocks: Sequence[Merge]) -> dict[tuple[int, int], Merge]:
    cells: dict[tuple[int, int], Merge] = {}
    for block in blocks:
        size = (block.bottom - block.top + 1) * (block.right - block.left + 1)
        if size > MAX_MERGED or len(cells) + size > MAX_ALL_MERGED:
            continue
        cells.update(dict.fromkeys(product(range(block.top, block.bottom + 1), range(block.left, block.right + 1)), block))
    return cells


def texts(grid: Grid) -> Iterator[tuple[int, int, str]]:
    """Row, column and text of every cell that holds one, row by row."""
    for row, line in enumerate(grid.rows, 1):
        for column, value in enumerate(line, 1):
            if value is not None and value != "":
                yield row, column, grid.own(row, column)


@lru_cache(maxsize=1024)
def letter(column: int) -> str:
    """Column letters.

    >>> letter(1), letter(27), letter(16384)
    ('A', 'AA', 'XFD')
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """Address of a cell, such as H12."""
    return f"{letter(column)}{row}"


SHEET_ROWS = 1_048_576
SHEET_COLUMNS = 16_384
_REFERENCE = re.compile(r"\A\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})\Z")


def column_number(letters: str) -> int:
    """Number of a column.

    >>> column_number("A"), column_number("xfd")
    (1, 16384)
    """
    number = 0
    for character in letters.upper():
        number = number * 26 + ord(character) - 64
    return number


@lru_cache(maxsize=8192)
def position(reference: str) -> tuple[int, int] | None:
    """Row and column of an address; None where it is none or lies outside a sheet.

    >>> position("$B$12"), position("XFD1048576"), position("D99999999999"), position("XFE1")
    ((12, 2), (1048576, 16384), None, None)
    """
    found = _REFERENCE.match(reference)
    if found is None:
        return None
    row, column = int(found[2]), column_number(found[1])
    return (row, column) if row <= SHEET_ROWS and column <= SHEET_COLUMNS else None


_LITERALS = re.compile(r'"([^"]*)"')
_DIGITS = re.compile(r"[0#?]")
_TRAILING = re.compile(r"[0#?](,+)(?![0#?,])")  # commas behind the last digit: thousands left out
_SET_IN = re.compile(r"[!\\]\.([0#?]+)")  # a point set in as a sign: the digits behind it are no decimals
_COMPARES = re.compile(r"[≥≤＞＜>＜<=＝]+|不[低少高超大小]于?|至[少多]")


class _Format(NamedTuple):
    """is_percent: shown times a hundred. scale: the number is shown divided by it. prefix, tail: literal signs that belong to the quantity."""

    is_percent: bool
    scale: Decimal
    prefix: str
    tail: str


@lru_cache(maxsize=1024)
def _format(code: str) -> _Format:
    section = code.partition(";")[0]
    bare = _LITERALS.sub("", section)
    scale = Decimal(1)
    thousands = _TRAILING.search(bare)
    if thousands:
        scale *= Decimal(1000) ** len(thousands[1])
    inset = _SET_IN.search(bare)
    if inset:
        scale *= Decimal(10) ** len(inset[1])
    digits = list(_DIGITS.finditer(section))
    literals = list(_LITERALS.finditer(section))
    prefix = "".join(m[1] for m in literals if digits and m.end() <= digits[0].start())
    tail = "".join(m[1] for m in literals if digits and m.start() >= digits[-1].end())
    return _Format("%" in bare, scale, prefix if _COMPARES.fullmatch(prefix) else "", tail)


@lru_cache(maxsize=16384, typed=True)  # the same weights and scores stand in cell after cell
def shown(value: CellValue, number_format: str = "General") -> str:
    """A cell's value as text, exact: 0.9866 under 0% is 98.66%, not 99%; what the format adds or leaves out is read with it.

    >>> shown(0.9866, "0%"), shown(3, '0"人"'), shown(30, '"≤"0"天"'), shown(12345678, '0!.0,"万元"')
    ('98.66%', '3人', '≤30天', '1234.5678万元')
    >>> shown(datetime.datetime(2023, 12, 31), "yyyy-mm-dd")
    '2023年12月31日'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float, Decimal)):
        # 15 significant digits are what spreadsheets keep; the rest is noise of binary fractions
        number = Decimal(format(value, ".15g")) if isinstance(value, float) else Decimal(value)
        if not number.is_finite():
            return ""
        if number_format == "General":
            return plain(number)
        form = _format(number_format)
        if form.is_percent:
            return f"{form.prefix}{plain(number * 100)}%"
        return f"{form.prefix}{plain(number / form.scale)}{form.tail}"
    if isinstance(value, datetime.datetime | datetime.date):
        has_day = number_format == "General" or "d" in number_format.lower() or "日" in number_format
        return f"{value.year}年{value.month}月" + (f"{value.day}日" if has_day else "")
    if isinstance(value, datetime.time | datetime.timedelta):
        return str(value)
    return str(value).replace("_x000D_", "").strip()
