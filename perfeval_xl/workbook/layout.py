"""Layout: where the indicator tables of a sheet are, and which column holds what. Pure.

A table is one or more segments: a header of one to three rows and the rows under it. A header printed again on the next page,
or beside the first half of a table, opens another segment; a new title or a new form's labels open another table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

from perfeval_xl.workbook.grid import Grid, Merge, letter
from perfeval_xl.workbook.headings import MAX_HEADING, bracketed, field_of, field_under, heading

MAX_HEADER_HEIGHT = 3
MAX_HEADERS = 500
_LETTERS = frozenset("ABCDEFG")  # 年度指标值（A）: a name for formulas, no unit
_NAMES = frozenset({"level1", "level2", "name", "levels", "level4"})
_VALUES = frozenset({"target", "actual", "weight", "score"})
_EVIDENCE = frozenset({"target", "actual"})
_TITLE = re.compile(r"(?:自评|评价|申报|情况|绩效|评分|指标|目标)表(?:[（(].*)?\Z|自评报告表")
_CONTINUED = re.compile(r"续表|续\s*[)）]|接上")
_NEW_FORM = re.compile(r"\A\s*(?:项目名称|单位名称|部门名称|填报单位|预算部门|实施单位|主管部门)\s*(?:[:：]|\Z)")
FIELD_TITLES = {
    "level1": "一级指标", "level2": "二级指标", "name": "指标名称", "target": "目标值", "adjusted": "调整后目标值", "actual": "实现值", "rate": "完成率", "weight": "分值",
    "score": "自评得分", "review": "复核得分", "direction": "方向", "unit": "单位", "actual_unit": "实现值单位", "reason": "偏差原因", "note": "备注", "evidence": "佐证材料",
    "core": "是否核心指标",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segment:
    """One header and the rows under it.

    top, header: first and last row of the header. last: last row that can belong to it.
    columns: field → first column. widths: field → number of columns whose texts make up the field, where more than one.
    levels: field (level1, level2, name, or empty for an outer heading) and column of the headings' hierarchy, outermost first.
    units: field → unit that the heading itself names.
    """

    top: int
    header: int
    last: int
    columns: Mapping[str, int]
    widths: Mapping[str, int]
    levels: tuple[tuple[str, int], ...]
    units: Mapping[str, str]

    @property
    def rank(self) -> tuple[int, int]:
        """How sure it is: fields that are evidence, then all fields."""
        return len(self.columns.keys() & _VALUES), len(self.columns)


@dataclass(frozen=True, slots=True)
class Table:
    """grid: the sheet, turned where the table runs sideways. segments: in reading order. start: first row that is about this table."""

    grid: Grid
    segments: tuple[Segment, ...]
    start: int = 1
    is_sideways: bool = False

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
        grid, first = self.grid, self.segments[0]
        kind, other = ("列", "行") if self.is_sideways else ("行", "列")
        rows = "、".join(_span(s.top, s.header, sideways=self.is_sideways) for s in self.segments)
        yield f"工作表“{grid.sheet}”：表头在第 {rows} {kind}"
        taken = [f"{FIELD_TITLES[name]}＝{_other(column, sideways=self.is_sideways)}{other}" for name, column in (*((n, c) for n, c in first.levels if n), *first.columns.items())
                 if name in FIELD_TITLES]  # fmt: skip
        yield "、".join(dict.fromkeys(taken))
        for name, unit in first.units.items():
            yield f"{FIELD_TITLES[name]}的单位由表头注明：{unit}"


def _span(top: int, bottom: int, *, sideways: bool) -> str:
    ends = (letter(top), letter(bottom)) if sideways else (str(top), str(bottom))
    return ends[0] if top == bottom else "至".join(ends)


def _other(column: int, *, sideways: bool) -> str:
    return str(column) if sideways else letter(column)


class _Entry(NamedTuple):
    """A heading as placed: field, first column, width, the heading's text."""

    field: str
    column: int
    width: int
    text: str


def find_tables(grid: Grid, wanted: frozenset[str] = _EVIDENCE) -> list[Table]:
    """All indicator tables of a sheet, from the top down.

    wanted: a header must name one of these besides the indicators, and two values in all; a table of names, weights and scores alone
    (a form published without targets) is taken only where nothing better is on the sheet.
    """
    segments = _segments(grid)
    sure = [s for s in segments if s.columns.keys() & wanted]
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
        best: list[Segment] = []
        names: set[str] = set()
        for height in range(1, MAX_HEADER_HEIGHT + 1):
            if height > 1 and not _continues(grid, row + height - 1, row, marks):
                break
            names |= marks.get(row + height - 1, set())
            block = _header(grid, row, row + height - 1) if names & _NAMES and len(names) > 2 else []
            if block and (not best or block[0].rank > best[0].rank):
                best = block
        if best:
            found += best
            bottom = max(s.header for s in best)
    return _bounded(grid, found)


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
    groups: list[list[_Entry]] = [[]]
    for entry in entries:
        names = {e.field for e in groups[-1]}
        if entry.field in _NAMES and entry.field in names and names & _EVIDENCE and names & _NAMES:
            groups.append([])
        groups[-1].append(entry)
    segments = [s for g in groups if (s := _segment(top, bottom, g)) is not None]
    if len(segments) == len(groups):
        return segments
    whole = _segment(top, bottom, entries)
    return [whole] if whole is not None else []


def _entries(grid: Grid, top: int, bottom: int) -> list[_Entry]:
    entries: list[_Entry] = []
    if top == bottom and not any((top, c) in grid.merges for c in range(1, len(grid.rows[top - 1]) + 1)):
        for column, value in enumerate(grid.rows[top - 1], 1):
            if type(value) is str and value and (name := field_of(value)):
                entries.append(_Entry(name, column, 1, value))
        return entries
    seen: set[tuple[int, int]] = set()
    for column in range(1, grid.width + 1):
        name, text, at = _heading_at(grid, top, bottom, column)
        if not name:
            continue
        if at in seen:
            last = entries[-1]
            if last.field == name and last.column + last.width == column:
                entries[-1] = last._replace(width=last.width + 1)
            continue
        seen.add(at)
        entries.append(_Entry(name, column, 1, text))
    return entries


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


class _Shape(NamedTuple):
    """What the headings alone say of a segment, wherever it stands."""

    columns: Mapping[str, int]
    widths: Mapping[str, int]
    levels: tuple[tuple[str, int], ...]
    units: Mapping[str, str]


def _segment(top: int, bottom: int, entries: Sequence[_Entry]) -> Segment | None:
    shape = _shape(tuple(entries))
    return Segment(top, bottom, bottom, *shape) if shape is not None else None


@lru_cache(maxsize=1024)  # thousands of departments fill in the same form
def _shape(entries: tuple[_Entry, ...]) -> _Shape | None:
    first: dict[str, _Entry] = {}
    for entry in entries:
        first.setdefault(entry.field, entry)
    levels = _levels(entries)
    if not levels or len(first.keys() & _VALUES) < 2:
        return None
    columns = {e.field: e.column for e in first.values() if e.field not in _NAMES}
    widths = {e.field: e.width for e in first.values() if e.width > 1 and e.field not in _NAMES}
    units = {e.field: unit for e in first.values() if e.field in _EVIDENCE and (unit := bracketed(e.text)) and unit.upper() not in _LETTERS}
    return _Shape(columns, widths, levels, units)


def _levels(entries: Sequence[_Entry]) -> tuple[tuple[str, int], ...]:
    """Columns of the headings' hierarchy, outermost first, with the field each holds; the last is the indicator's name."""
    columns: list[tuple[str, int]] = []
    for entry in entries:
        if entry.field in _NAMES:
            columns += [(entry.field, entry.column + i) for i in range(entry.width)]
    if not columns:
        return ()
    named = {field for field, _ in columns}
    if "level4" in named and "name" not in named:
        columns = [("name" if f == "level4" else f, c) for f, c in columns]
    free = [c for f, c in columns if f == "levels"]
    if "name" in named:
        out = [(f, c) for f, c in columns if f in {"level1", "level2"}]
        open_levels = [f for f in ("level1", "level2") if f not in named]
        out = [*zip(open_levels[: len(free)], free, strict=False), *out]
        names = [(("name" if f == "name" else "level4"), c) for f, c in columns if f in {"name", "level4"}]
        return (*sorted(out, key=lambda e: e[0]), *names)
    inner: list[tuple[str, int]] = [(f, c) for f, c in columns if f != "levels"]
    if free:
        roles = ["name", "level2", "level1"]
        taken = [f for f, _ in inner]
        roles = [r for r in roles if r not in taken]
        generic = [(roles[i] if i < len(roles) else "", c) for i, c in enumerate(reversed(free))]
        return tuple(sorted([*inner, *generic], key=lambda e: e[1]))
    return (*inner[:-1], ("name", inner[-1][1]))


def _bounded(grid: Grid, found: Sequence[Segment]) -> list[Segment]:
    """Each segment down to the next header below it."""
    tops = sorted({s.top for s in found})
    out = []
    for segment in found:
        following = next((t for t in tops if t > segment.top), grid.height + 1)
        out.append(Segment(segment.top, segment.header, following - 1, segment.columns, segment.widths, segment.levels, segment.units))
    return out


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
    return [Table(grid, tuple(t), start) for t, start in zip(tables, starts, strict=True)]


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
    return 0
