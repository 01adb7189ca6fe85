"""Tables of a document → grids, as sheets give them: tables that go on over pages are joined first. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

from perfeval_xl.intake.chapters import is_table_line
from perfeval_xl.intake.lines import is_page_number
from perfeval_xl.intake.source import Block, Paragraph, SourceTable
from perfeval_xl.workbook.columns import NAMES
from perfeval_xl.workbook.grid import Grid, Merge, merge_map
from perfeval_xl.workbook.headings import field_of
from perfeval_xl.workbook.labels import is_first_level, is_second_level, is_total

MAX_HEADER = 3
_GOES_ON = re.compile(r"[（(]?续表.{0,10}?[)）]?|[（(]?续上[表页][)）]?|[（(]?接上[表页][)）]?")
_GOES_ON_TITLE = re.compile(r"[^。；，]{2,50}[（(]续[表]?[一二三四五六七八九十0-9]{0,2}[)）]")
"""The table's title again, above its next page."""
_OWN = re.compile(r"其中|[0-9]{1,2}[.、．)）]|[（(][0-9一二三四五六七八九十]{1,2}[)）]|[①-⑳]|★")
"""How the name of a row of its own begins."""
_OPEN = ("", "【待填】")  # not filled in


@dataclass(frozen=True, slots=True)
class PlacedGrid:
    """A table as a sheet. places: of each row. source: what it was made of."""

    grid: Grid
    places: Sequence[str]
    doubts: Sequence[tuple[int, str]] = ()
    texts: Mapping[int, str] = field(default_factory=dict)

    def place(self, row: int) -> str:
        """row: counted from 1."""
        return self.places[row - 1] if 0 < row <= len(self.places) else ""

    def text(self, row: int) -> str:
        """A whole row as it stands in the source. row: counted from 1."""
        if row in self.texts:
            return self.texts[row]
        cells = dict.fromkeys((b.top, b.left) if (b := self.grid.merges.get((row, c))) else (row, c) for c in range(1, self.grid.width + 1))
        return "｜".join(t for at in cells if (t := self.grid.own(*at)))


def joined(blocks: Sequence[Block]) -> list[Block]:
    """The same with tables that go on behind a page's end put together; a unit of money printed above a table goes into it."""
    out: list[Block] = []
    between: list[Paragraph] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            between.append(block)
            continue
        before = out[-1] if out else None
        goes_on = isinstance(before, SourceTable) and all(_may_stand_between(p.text) for p in between)
        together = _together(before, block) if goes_on and isinstance(before, SourceTable) else None
        if together is not None and isinstance(before, SourceTable):
            at = len(together.rows) - 1 if len(together.rows) == len(before.rows) else len(before.rows)
            left_out = [(at, f"表的两页之间有一行“{p.text}”，没有填入自评表") for p in between if not is_page_number(p.text) and not _GOES_ON.fullmatch(p.text)]
            out[-1] = replace(together, doubts=[*together.doubts, *left_out])
        else:
            out += [*between, block]
        between = []
    return out + list(between)


def _may_stand_between(text: str) -> bool:
    return is_page_number(text) or bool(_GOES_ON.fullmatch(text) or _GOES_ON_TITLE.fullmatch(text))


def _together(above: SourceTable, below: SourceTable) -> SourceTable | None:
    """One table of two; None where the lower one is a table of its own."""
    if above.width != below.width:
        return None
    repeated = 0
    heads = [_bare(r) for r in above.rows[: MAX_HEADER + 4]]
    while repeated < min(MAX_HEADER, len(below.rows)) and _bare(below.rows[repeated]) in heads and _names(below.rows[repeated]):
        repeated += 1
    if not repeated and any(_names(r) >= 3 for r in below.rows[:MAX_HEADER]):
        return None  # headings of its own
    rows, places = [list(r) for r in above.rows], list(above.places)
    merges = list(above.merges)
    rest = [list(r) for r in below.rows[repeated:]]
    offset = len(rows) - repeated
    why = ""
    likeness = _likeness(above, rows[-1], rest[0]) if rest else _Likeness.APART
    if likeness in {_Likeness.ONE, _Likeness.MAYBE_ONE}:
        for column, text in enumerate(rest[0]):
            rows[-1][column] += text
        why = "这一行由前一页的最后一行和后一页的第一行合成，可能是两行" if likeness is _Likeness.MAYBE_ONE else ""
        rest, repeated, offset = rest[1:], repeated + 1, offset - 1
    elif rest:
        why = "这一行与后一页的第一行之间缺少分值或得分，可能是同一行，没有合并" if likeness is _Likeness.MAYBE_APART else ""
        _join_levels(rows, rest[0])
    more = [(len(rows) - 1, why)] if why else []
    merges += [Merge(m.top + offset, m.left, m.bottom + offset, m.right) for m in below.merges if m.top > repeated]
    rows += rest
    places += below.places[repeated:]
    doubts = [*above.doubts, *more, *((row + offset, why) for row, why in below.doubts if row >= repeated)]
    texts = {**above.texts, **{row + offset: text for row, text in below.texts.items() if row >= repeated}}
    return SourceTable(rows, places, merges, doubts, texts)


def _bare(row: Sequence[str]) -> tuple[str, ...]:
    return tuple("".join(text.split()) for text in row)


def _names(row: Sequence[str]) -> int:
    return sum(bool(field_of(text)) for text in row if text)


class _Likeness(Enum):
    """Of the last row of a page and the first of the next: whether they are one row that the page broke."""

    ONE = "one"
    MAYBE_ONE = "maybe one"
    MAYBE_APART = "maybe apart"
    APART = "apart"


def _likeness(table: SourceTable, last: Sequence[str], first: Sequence[str]) -> _Likeness:
    """One row has one name, one pair of values and one pair of points: what both pieces have of their own is not one row's."""
    columns = _columns(table)
    filled = [text for text in first if text]
    if len(columns.points) < 2 or not filled or is_total(filled[0]) or is_total(next((t for t in last if t), "")):
        return _Likeness.APART
    is_above, is_below = _has(last, columns.points), _has(first, columns.points)
    if is_above == is_below:
        return _Likeness.APART
    if is_above and len(filled) == 1 and (is_first_level(filled[0]) or is_second_level(filled[0])):
        return _Likeness.APART
    named = [next((row[c] for c in columns.names if c < len(row) and row[c]), "") for row in (last, first)]
    has_values = [_has(row, columns.values) for row in (last, first)]
    if all(named) and (all(has_values) or _OWN.match(named[1])):
        return _Likeness.MAYBE_APART
    has_more = any(text for c, text in enumerate(first) if c not in columns.names)
    is_number = any(char.isdigit() for c in columns.values if c < len(first) for char in first[c])  # 日前 goes on, 3次 may be a value of its own
    is_rest_of_text = is_above and has_values[0] and not (is_number if not named[1] else has_values[1]) and (has_more or not named[1])  # a name alone may be a row not filled in
    is_points_alone = is_below and not named[1] and not has_values[1]
    return _Likeness.ONE if named[0] and (is_rest_of_text or is_points_alone) else _Likeness.MAYBE_ONE


class _Columns(NamedTuple):
    names: Sequence[int] = ()
    values: Sequence[int] = ()
    points: Sequence[int] = ()


def _has(row: Sequence[str], columns: Sequence[int]) -> bool:
    return any(row[c] for c in columns if c < len(row))


def _columns(table: SourceTable) -> _Columns:
    """Where names of rows, targets and actuals, weights and scores stand; none where no row is a heading."""
    for row in table.rows[: MAX_HEADER + 4]:
        fields = [field_of(text) for text in row]
        points = [i for i, name in enumerate(fields) if name in {"weight", "score"}]
        if len(points) >= 2:
            names = [i for i, name in enumerate(fields) if name == "name"] or [i for i, name in enumerate(fields) if name in NAMES][-1:]
            return _Columns(names, [i for i, name in enumerate(fields) if name in {"target", "actual"}], points)
    return _Columns()


def _join_levels(rows: list[list[str]], first: list[str]) -> None:
    """A heading of the hierarchy cut by the page's end (产出指 / 标) is one heading."""
    for column in range(min(3, len(first))):
        rest = first[column]
        if not rest or is_second_level(rest) or is_first_level(rest):
            continue
        for row in range(len(rows) - 1, -1, -1):
            above = rows[row][column] if column < len(rows[row]) else ""
            if above:
                if (is_second_level(above + rest) or is_first_level(above + rest)) and not (is_second_level(above) and len(rest) > 2):
                    rows[row][column] = above + rest
                    first[column] = ""
                break


def placed_grids(file: str, blocks: Sequence[Block]) -> list[PlacedGrid]:
    """Each table as a sheet of its own (表1, 表2 …), the line that names its unit of money above it."""
    out: list[PlacedGrid] = []
    above: list[Paragraph] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            above = [*above, block][-3:]
            continue
        heads = [p for p in above if is_table_line(p.text) and len(p.text) <= 60]
        rows: list[list[str | None]] = [*(list[str | None]([p.text]) for p in heads), *([None if t in _OPEN else t for t in r] for r in block.rows)]
        offset = len(heads)
        merges = merge_map([Merge(m.top + offset, m.left, m.bottom + offset, m.right) for m in block.merges])
        grid = Grid(file, f"表{len(out) + 1}", rows, merges)
        out.append(PlacedGrid(grid, [*(p.place for p in heads), *block.places], [(r + offset + 1, why) for r, why in block.doubts], {r + offset + 1: text for r, text in block.texts.items()}))
        above = []
    return out
