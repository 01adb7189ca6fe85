"""Finding the tables of a rule set's workbook by their header rows, wherever they stand. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from perfeval_xl.core.findings import Location
from perfeval_xl.rulesets.meaning import Place
from perfeval_xl.rulesets.sheets import TABLES, Shape, Table, headings

MAX_ROWS = 3_000
MAX_COLUMNS = 60
TITLES = frozenset(table.title for table in TABLES)
RECORD = "请改正该单元格。"


class Cell(NamedTuple):
    """Where a value stands; row and column count from 1."""

    sheet: str
    row: int
    column: int
    text: str = ""

    @property
    def name(self) -> str:
        """Address such as H12."""
        letters, column = "", self.column
        while column:
            column, rest = divmod(column - 1, 26)
            letters = chr(65 + rest) + letters
        return f"{letters}{self.row}"


class Sheet(NamedTuple):
    """rows: texts as shown, rates with their percent sign. broken: cells without a usable value → why, in Chinese."""

    title: str
    rows: Sequence[Sequence[str]]
    broken: Mapping[tuple[int, int], str]


class Fault(NamedTuple):
    """One mistake in a workbook: where, what was found, what was expected, what to do."""

    location: Location
    found: str
    expected: str
    remedy: str = RECORD

    def __str__(self) -> str:
        return f"{self.location}：{self.found}；应为：{self.expected}。{self.remedy}"


class Found(NamedTuple):
    """A table where it stands. columns: heading → column number. last: its last row."""

    table: Table
    sheet: Sheet
    header: int
    columns: Mapping[str, int]
    last: int


@dataclass(slots=True)
class Work:
    """What reading gathers. places: where each value stands. spoilt: places whose cell has been reported already."""

    file: str
    faults: list[Fault] = field(default_factory=list)
    places: dict[Place, Cell] = field(default_factory=dict)
    spoilt: set[Place] = field(default_factory=set)

    def report(self, cell: Cell, found: str, expected: str, remedy: str = RECORD) -> None:
        """A mistake in a cell."""
        self.faults.append(Fault(Location(self.file, cell.sheet, cell.name), found, expected, remedy))


def find_tables(sheets: Sequence[Sheet], work: Work) -> dict[str, Found]:
    """Every table that is there, by its key; what is wrong with header rows is reported."""
    found: dict[str, Found] = {}
    for sheet in sheets:
        if len(sheet.rows) > MAX_ROWS and any(_known(row) for row in sheet.rows[:MAX_ROWS]):
            work.faults.append(Fault(Location(work.file, sheet.title), f"超过 {MAX_ROWS} 行", f"不超过 {MAX_ROWS} 行", "请删除多余的行。"))
        rows = sheet.rows[:MAX_ROWS]
        heads = [(n, table) for n, row in enumerate(rows, 1) if (table := _known(row)) is not None]
        for i, (header, table) in enumerate(heads):
            last = heads[i + 1][0] - 1 if i + 1 < len(heads) else len(rows)
            columns = _columns(table, sheet, header, last, work)
            if table.key in found:
                first = found[table.key]
                work.report(Cell(sheet.title, header, 1), f"“{table.title}”表在这里又出现一次，前一次在“{first.sheet.title}”第 {first.header} 行", "只有一张", "请删除多余的一张。")
            else:
                found[table.key] = Found(table, sheet, header, columns, last)
    return found


def _known(row: Sequence[str]) -> Table | None:
    """The table whose header row this is: at least half of its headings, so that one deleted column is seen as such."""
    texts = {text.strip() for text in row[:MAX_COLUMNS] if text}
    if not texts:
        return None
    best, most = None, 0.0
    for table in TABLES:
        names = headings(table)
        own = [h for h in names if h in texts and (len(names) < 3 or h not in _SHARED)]
        share = sum(h in texts for h in names) / len(names)
        if own and share >= 0.5 and share > most:
            best, most = table, share
    return best


_SHARED = frozenset(h for t in TABLES for h in headings(t) if sum(h in headings(other) for other in TABLES) > 1)


def _columns(table: Table, sheet: Sheet, header: int, last: int, work: Work) -> dict[str, int]:
    row = [text.strip() for text in sheet.rows[header - 1][:MAX_COLUMNS]]
    columns: dict[str, int] = {}
    names = headings(table)
    for number, text in enumerate(row, 1):
        if text in columns:
            work.report(Cell(sheet.title, header, number), f"“{text}”列重复", "每列只有一个", "请删除多余的列。")
        elif text in names:
            columns[text] = number
        elif any(len(r) >= number and r[number - 1].strip() for r in sheet.rows[header - 1 : last] if first_text(r) not in TITLES):
            work.report(Cell(sheet.title, header, number), f"表头写的是“{text}”" if text else "表头为空而下方有内容", f"“{table.title}”表的各列", "请恢复表头；自己加的内容请移到其他工作表。")
    for name in names[: 2 if table.shape is Shape.PAIRS else None]:
        if name not in columns:
            work.report(Cell(sheet.title, header, 1), f"“{table.title}”表没有“{name}”列", "导出时的各列齐全", f"请恢复表头为“{name}”的列；不需要的列只清空内容，不要删除。")
    return columns


def first_text(row: Sequence[str]) -> str:
    """Of a row's cells, the first that is filled."""
    return next((text.strip() for text in row if text.strip()), "")
