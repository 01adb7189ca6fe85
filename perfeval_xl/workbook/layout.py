"""Layout: where the indicator tables of a sheet are, and which column holds what. Pure.

A table is one or more segments: a header of one to three rows and the rows under it. A header printed again on the next page,
or beside the first half of a table, opens another segment; a new title or a new form's labels open another table.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, zip_longest

from perfeval_xl.workbook import labels
from perfeval_xl.workbook.columns import EVIDENCE, NAMES, VALUES, Entry, Shape, shape_of
from perfeval_xl.workbook.funds import fund_field, heads_funds
from perfeval_xl.workbook.grid import CellValue, Grid, Merge, letter, merge_map
from perfeval_xl.workbook.headings import MAX_HEADING, field_of, field_under, heading

MAX_HEADER_HEIGHT = 3
MAX_HEADERS = 20_000
_HUNDRED = 100
_TITLE = re.compile(r"(?:自评|评价|申报|情况|绩效|评分|指标|目标)表(?:[（(].*)?\Z|自评报告表|绩效自评情况\Z")
_CONTINUED = re.compile(r"续表|续\s*[)）]|接上")
_NEW_FORM = re.compile(r"\A\s*(?:项目\s*[:：]|项目名称|单位名称|部门名称|填报单位|预算部门|实施单位|主管部门)\s*(?:[:：]|\Z)")
FIELD_TITLES = {
    "level1": "一级指标", "level2": "二级指标", "name": "指标名称", "target": "目标值", "adjusted": "调整后目标值", "actual": "实现值", "rate": "完成率", "weight": "分值",
    "score": "自评得分", "review": "复核得分", "direction": "方向", "unit": "单位", "actual_unit": "实现值单位", "reason": "偏差原因", "note": "备注", "evidence": "佐证材料",
    "core": "是否核心指标",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segment:
    """One header and the rows under it. top, header: first and last row of the header. last: last row that can belong to it."""

    top: int
    header: int
    last: int
    shape: Shape

    @property
    def columns(self) -> Mapping[str, int]:
        """Field → first column."""
        return self.shape.columns

    @property
    def rank(self) -> tuple[int, int]:
        """How sure it is: fields that are evidence, then all fields."""
        return len(self.columns.keys() & VALUES), len(self.columns)


@dataclass(frozen=True, slots=True)
class Table:
    """grid: the sheet, turned where the table runs sideways. segments: in reading order.

    start, end: first and last row that are about this table; end 0 where nothing follows it.
    """

    grid: Grid
    segments: tuple[Segment, ...]
    start: int = 1
    is_sideways: bool = False
    end: int = 0

    @property
    def top(self) -> int:
        """First header row."""
        return self.segments[0].top

    @property
    def last(self) -> int:
        """Last row that can belong to the table."""
        return max(s.last for s in self.segments)

    @property
    def rank(self) -> tuple[int, int]:
        """Of the surest segment."""
        return max(s.rank for s in self.segments)

    def described(self) -> Iterator[str]:
        """What was taken for what, a line each."""
        first = self.segments[0]
        kind = "列" if self.is_sideways else "行"
        rows = "、".join(_span(s.top, s.header, sideways=self.is_sideways) for s in self.segments)
        yield f"工作表“{self.grid.sheet}”：表头在第 {rows} {kind}"
        yield from _taken(first.shape, sideways=self.is_sideways)


@lru_cache(maxsize=1024)
def _taken(shape: Shape, *, sideways: bool) -> tuple[str, ...]:
    """What the headings were taken for."""

    def listed(pairs: Iterable[tuple[str, int]]) -> str:
        other = "行" if sideways else "列"
        return "、".join(dict.fromkeys(f"{FIELD_TITLES[n]}＝{_other(c, sideways=sideways)}{other}" for n, c in pairs if n in FIELD_TITLES))

    return (
        listed((*shape.levels, *shape.columns.items())),
        *(["未采用的同类列：" + listed(shape.unused)] if shape.unused else ()),
        *(f"{FIELD_TITLES[name]}的单位由表头注明：{unit}" for name, unit in shape.units.items()),
    )


def _span(top: int, bottom: int, *, sideways: bool) -> str:
    ends = (letter(top), letter(bottom)) if sideways else (str(top), str(bottom))
    return ends[0] if top == bottom else "至".join(ends)


def _other(column: int, *, sideways: bool) -> str:
    return str(column) if sideways else letter(column)


def find_tables(grid: Grid, wanted: frozenset[str] = EVIDENCE) -> list[Table]:
    """All indicator tables of a sheet, from the top down.

    wanted: a header must name one of these besides the indicators, and two values in all; a table of names, weights and scores alone
    (a form published without targets) is taken only where nothing better is on the sheet.
    """
    segments = _segments(grid)
    sure = [s for s in segments if s.columns.keys() & wanted or (wanted is EVIDENCE and {"weight", "score"} <= s.columns.keys())]
    return _grouped(grid, sure or segments)


def find_sideways(grid: Grid) -> list[Table]:
    """Tables whose headings run down a column."""
    turned = transposed(grid)
    return [replace(t, is_sideways=True) for t in find_tables(turned)]


def transposed(grid: Grid) -> Grid:
    """The sheet with rows and columns exchanged; addresses are turned back by whoever writes them."""

    def turned(cells: Mapping[tuple[int, int], str]) -> dict[tuple[int, int], str]:
        return {(c, r): v for (r, c), v in cells.items()}

    return Grid(
        grid.file, grid.sheet, [list(column) for column in zip_longest(*grid.rows)],
        {(c, r): Merge(m.left, m.top, m.right, m.bottom) for (r, c), m in grid.merges.items()},
        turned(grid.formats), turned(grid.errors), frozenset((c, r) for r, c in grid.uncalculated), frozenset((c, r) for r, c in grid.formulas),
        grid.hidden_columns, grid.hidden_rows, grid.is_hidden, grid.is_protected, grid.findings,
    )  # fmt: skip


def _segments(grid: Grid) -> list[Segment]:
    marks = _marks(grid)
    found: list[Segment] = []
    bottom = 0
    for row in marks:
        if row <= bottom or len(found) >= MAX_HEADERS:
            continue
        near = [n for r in range(row, row + MAX_HEADER_HEIGHT) if (n := marks.get(r))]
        if NAMES.isdisjoint(chain.from_iterable(near)) or _are_pairs(grid.rows[row - 1]):
            continue  # headings of something else: no indicators are named among them
        best: list[Segment] = []
        names: set[str] = set()
        for height in range(1, MAX_HEADER_HEIGHT + 1):
            if height > 1 and not _continues(grid, row + height - 1, row, marks):
                break
            names |= marks.get(row + height - 1, set())
            block = _header(grid, row, row + height - 1) if names & NAMES and len(names) > 2 else []
            if block and (not best or block[0].rank > best[0].rank):
                best = block
        if best:
            found += best
            bottom = max(s.header for s in best)
    return _bounded(grid, found, marks)


def _are_pairs(line: Sequence[CellValue]) -> bool:
    """预算数｜120｜执行数｜90: labels with amounts beside them head nothing."""
    count, label = 0, False
    for value in line:
        if value is None or value == "":
            continue
        is_number = type(value) is not str or labels.number(value) is not None
        count += is_number and label
        label = not is_number and bool(field_of(str(value)) or fund_field(str(value)))
    return count >= 2


def _marks(grid: Grid) -> dict[int, set[str]]:
    """Rows that hold headings, from the top down, and the fields these name."""
    marks: dict[int, set[str]] = {}
    for row, line in enumerate(grid.rows, 1):
        names = {name for value in line if type(value) is str and value and (name := field_of(value))}
        if names:
            marks[row] = names
    return marks


def _continues(grid: Grid, row: int, top: int, marks: Mapping[int, set[str]]) -> bool:
    """Whether the row goes on with the header above it: only headings, or words under a heading that spans several columns."""
    if row > grid.height:
        return False
    is_more = False
    for column, value in enumerate(grid.rows[row - 1], 1):
        if value is None or value == "":
            continue
        if type(value) is not str or len(value) > MAX_HEADING:
            return False
        above = grid.merges.get((top, column))
        is_under = (above is not None and above.right > above.left) or not grid.text(top, column)
        if not field_of(value) and (not is_under or any(c.isdigit() for c in value)):
            return False
        is_more = True
    return is_more or row in marks or any(b.top < row <= b.bottom for c in range(1, grid.width + 1) if (b := grid.merges.get((top, c))))


def _header(grid: Grid, top: int, bottom: int) -> list[Segment]:
    """The segments that rows top to bottom head; more than one where tables stand side by side."""
    entries = _entries(grid, top, bottom)
    groups: list[list[Entry]] = [[]]
    for entry in entries:
        names = {e.field for e in groups[-1]}
        if entry.field in NAMES and entry.field in names and names & EVIDENCE and names & NAMES:
            groups.append([])
        groups[-1].append(entry)
    segments = [s for g in groups if (s := _segment(top, bottom, g)) is not None]
    if len(segments) == len(groups):
        return segments
    whole = _segment(top, bottom, entries)
    return [whole] if whole is not None else []


def _entries(grid: Grid, top: int, bottom: int) -> tuple[Entry, ...]:
    """The headings of rows top to bottom. Thousands of departments send the same header: it is looked at once."""
    rows = tuple(tuple(grid.rows[row - 1]) for row in range(top, bottom + 1))
    width = max(map(len, rows))
    blocks = [m for row in range(top, bottom + 1) for c in range(1, width + 1) if (m := grid.merges.get((row, c)))] if grid.merges else []
    relative = tuple(dict.fromkeys(Merge(m.top - top + 1, m.left, m.bottom - top + 1, m.right) for m in blocks))
    return _entries_of(rows, relative, grid.hidden_columns)


@lru_cache(maxsize=1024)
def _entries_of(rows: tuple[tuple[CellValue, ...], ...], blocks: tuple[Merge, ...], hidden: frozenset[int]) -> tuple[Entry, ...]:
    head = Grid("", "", rows, merge_map([Merge(max(b.top, 0), b.left, min(b.bottom, len(rows) + 3), b.right) for b in blocks]))
    entries: list[Entry] = []
    seen: set[tuple[int, int]] = set()
    for column in range(1, head.width + 1):
        name, text, at = _heading_at(head, 1, len(rows), column)
        if not name:
            continue
        if at in seen:
            last = entries[-1]
            if last.field == name and last.column + last.width == column:
                entries[-1] = last._replace(width=last.width + 1)
            continue
        seen.add(at)
        entries.append(Entry(name, column, 1, text, column in hidden))
    return tuple(entries)


def _heading_at(grid: Grid, top: int, bottom: int, column: int) -> tuple[str, str, tuple[int, int]]:
    """Field, text and first cell of the heading of a column: the lowest that says something, with what stands above it."""
    parent, text, at = "", "", (0, 0)
    for row in range(top, bottom + 1):
        block = grid.merges.get((row, column))
        start = (block.top, block.left) if block else (row, column)
        own = grid.own(*start)
        if not own or start == at:
            continue
        if block is not None and (block.bottom >= bottom + 2 or block.top < top):
            continue  # a label at the side of the whole table (绩效指标), not a heading of a column
        name = field_under(parent, own) if parent else field_of(own)
        if name:
            parent, text, at = name, own, start
        elif parent:
            at = start  # words under a wide heading that say nothing of their own
    return parent, text, at


def _segment(top: int, bottom: int, entries: Sequence[Entry]) -> Segment | None:
    shape = shape_of(tuple(entries))
    return Segment(top, bottom, bottom, shape) if shape is not None else None


def _bounded(grid: Grid, found: Sequence[Segment], marks: Mapping[int, set[str]]) -> list[Segment]:
    """Each segment down to the next header or fund table below it."""
    funds = {row for row, names in marks.items() if "fund" in names and heads_funds(grid.line(row))}
    tops = sorted({s.top for s in found} | funds)
    return [Segment(s.top, s.header, next((t for t in tops[bisect_right(tops, s.header) :]), grid.height + 1) - 1, s.shape) for s in found]


def _grouped(grid: Grid, segments: Sequence[Segment]) -> list[Table]:
    """Segments that go on with the one above become one table; a new title or a new form's labels start another."""
    tables: list[list[Segment]] = []
    starts: list[int] = []
    for segment in segments:
        before = tables[-1][-1] if tables else None
        if before is not None and segment.top == before.top:
            tables[-1].append(segment)
            continue
        start = 1 if before is None else _new_start(grid, before.header + 1, segment.top - 1)
        if before is not None and start:
            tables[-1] = [replace(s, last=min(s.last, start - 1)) for s in tables[-1]]
        if before is not None and not start:
            tables[-1].append(segment)
        else:
            tables.append([segment])
            starts.append(start)
    ends = [*(start - 1 for start in starts[1:]), 0][: len(tables)]
    return [Table(grid, tuple(t), start, end=end) for t, start, end in zip(tables, starts, ends, strict=True)]


def _new_start(grid: Grid, first: int, last: int) -> int:
    """The first row between two headers that begins another form; 0 where the table only goes on."""
    for row in range(first, last + 1):
        for column, value in enumerate(grid.rows[row - 1], 1):
            if type(value) is not str or not value:
                continue
            if column <= 3 and _NEW_FORM.match(value):
                return row
            if len(value) <= 60 and _TITLE.search(heading(value)) and not field_of(value) and not _CONTINUED.search(value):
                return row
            if len(value) <= 20 and labels.is_grand(heading(value)) and _closes(grid, row, value):
                return row + 1
    return 0


def _closes(grid: Grid, row: int, label: str) -> bool:
    """A sum of the whole table: called a total, or making up the hundred; another header below it begins another form."""
    texts = [t for t in grid.line(row) if t]
    return "总" in label or any(labels.number(t) == _HUNDRED for t in texts)
