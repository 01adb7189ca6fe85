"""Allotment: the full score of each section shared out evenly over its rows that have no weight yet; nothing filled in is changed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from perfeval_xl.core.checks.sections import Sections
from perfeval_xl.core.decimals import ZERO, plain
from perfeval_xl.core.model import Indicator, Status
from perfeval_xl.core.weighting import equal_split
from perfeval_xl.workbook.assess import Assessment
from perfeval_xl.workbook.grid import Grid, position
from perfeval_xl.workbook.labels import number

Cells = dict[str, dict[tuple[int, int], Decimal]]


class AllotmentError(Exception):
    """Why nothing can be shared out: what was found, what was expected, what to do, in Chinese."""

    def __init__(self, found: str, expected: str, remedy: str) -> None:
        super().__init__(found, expected, remedy)  # as they are given: what goes to another process is made again from them
        self.found, self.expected, self.remedy = found, expected, remedy

    def __str__(self) -> str:
        return f"{self.found}，应为{self.expected}。{self.remedy}"


@dataclass(frozen=True, slots=True)
class Allotment:
    """cells: new weights by sheet and position. lines: what was done for each section, in Chinese."""

    cells: Cells
    lines: Sequence[str]

    @property
    def count(self) -> int:
        """How many rows get a weight."""
        return sum(len(values) for values in self.cells.values())

    @property
    def text(self) -> str:
        """What was done, a line for each section."""
        head = f"已分配 {self.count} 项指标的分值。" if self.count else "没有需要分配的分值。"
        return "\n".join([head, *self.lines])


def allotted(done: Assessment, grids: Sequence[Grid]) -> Allotment:
    """grids: the sheets the assessment was made from. Raises: AllotmentError."""
    rows = [s.indicator for s in done.evaluation.scores if s.status is not Status.DETAIL and not s.indicator.is_execution]
    rows = [r for r in rows if r.name.strip() or r.target.strip()]
    if not rows:
        raise AllotmentError("表中还没有填写指标", "已填写名称或目标值的指标", "请先填写各项指标，再分配权重。")
    if not any(r.place.cell("weight") for r in rows):
        raise AllotmentError("表中没有“分值”或“权重”一列", "含有分值列的自评表", "请在表头中增加“分值”一列后再试。")
    sheets = {g.sheet: g for g in grids}
    _check_points(sheets, rows)
    cells: Cells = {}
    full = _full_scores(done, rows)
    lines = [f"{name or '（未分类）'}：{_share(sheets, cells, members, full.get(name))}" for name, members in _groups(done, rows).items()]
    return Allotment(cells, lines)


def stored_sums(done: Assessment, grids: Sequence[Grid]) -> Cells:
    """What the formulas that sum weights come to now: no program works them out again when it opens a file. Other cells are left alone.

    done: of the file with its new weights. A section with several sums of its own is left out, as their ranges are not known.
    """
    evaluation, sheets = done.evaluation, {g.sheet: g for g in grids}
    sections = {s.name: s.weight for s in evaluation.sections}
    times = Counter(t.section for t in evaluation.submission.totals)
    columns = {at[1] for s in evaluation.scores if (at := position(s.indicator.place.cell("weight"))) is not None}
    cells: Cells = {}
    for total in evaluation.submission.totals:
        weight = sections.get(total.section) if total.section else evaluation.weight
        row, grid = position(total.location.cell), sheets.get(total.location.sheet)
        if weight is None or row is None or grid is None or times[total.section] > 1 or len(columns) != 1:
            continue
        at = (row[0], next(iter(columns)))
        if at in grid.formulas:
            cells.setdefault(grid.sheet, {})[at] = weight
    return cells


def _check_points(sheets: Mapping[str, Grid], rows: Sequence[Indicator]) -> None:
    """Weights as fractions of the whole, or in a cell that rows share, are the user's own way of counting."""
    for row in rows:
        at, grid = position(row.place.cell("weight")), sheets.get(row.place.sheet)
        if at is None or grid is None or row.weight is None:
            continue
        if at in grid.merges and grid.merges[at].bottom > grid.merges[at].top:
            raise AllotmentError(f"{row.place.sheet}!{row.place.cell('weight')} 是几行共用的合并单元格", "每行一格分值", "请取消分值列的合并单元格后再试。")
        if number(grid.own(*at)) != row.weight:
            raise AllotmentError("分值是以比例填写的，不能与分数混用", "以分数填写的分值，如 10", "请改为分数后再试。")


def _groups(done: Assessment, rows: Sequence[Indicator]) -> Mapping[str, list[Indicator]]:
    sections = Sections(done.ruleset.at(done.evaluation.day).sections)
    groups: dict[str, list[Indicator]] = {}
    for row in rows:
        found = sections.of(row)
        groups.setdefault(found.name if found is not None else row.level1, []).append(row)
    return groups


def _full_scores(done: Assessment, rows: Sequence[Indicator]) -> dict[str, Decimal]:
    """The rule set's, else what the table's own subtotal says where it is a number that nobody works out from the rows."""
    book = done.ruleset.at(done.evaluation.day)
    full = {s.name: s.weight for s in book.sections if s.weight is not None}
    filled = {r.level1 for r in rows if r.weight is not None}
    stated = {t.section: t.weight for t in done.evaluation.submission.totals if t.section and t.weight and t.section not in filled}
    return {**stated, **full}


def _share(sheets: Mapping[str, Grid], cells: Cells, members: Sequence[Indicator], full: Decimal | None) -> str:
    given = sum((r.weight for r in members if r.weight is not None), ZERO)
    blank = [r for r in members if r.weight is None]
    if full is None:
        return f"规则集和表中都没有这一部分的满分，未分配（已填 {plain(given)}）" if blank else f"已填 {plain(given)}"
    if not blank:
        return f"已填满 {plain(given)}" if given == full else f"已填 {plain(given)}，应为 {plain(full)}，请自行调整，已填的分值没有改写"
    left = full - given
    if left <= 0:
        return f"已填 {plain(given)}，满分 {plain(full)} 没有剩余，{len(blank)} 项没有分值，请自行调整"
    places = [(r, position(r.place.cell("weight"))) for r in blank]
    if any(at is None or _is_taken(sheets, r, at) for r, at in places):
        return f"分值格中有文字、公式或合并单元格，未分配（剩余 {plain(left)}）"
    shares = equal_split(left, len(blank))
    for (row, at), share in zip(places, shares, strict=True):
        assert at is not None  # noqa: S101  # looked at above
        cells.setdefault(row.place.sheet, {})[at] = share
    return f"满分 {plain(full)}，{len(blank)} 项平均分配 {plain(left)}：" + "、".join(dict.fromkeys(plain(s) for s in shares))


def _is_taken(sheets: Mapping[str, Grid], row: Indicator, at: tuple[int, int]) -> bool:
    grid = sheets.get(row.place.sheet)
    return grid is None or bool(grid.own(*at)) or at in grid.formulas or at in grid.errors or at in grid.uncalculated or at in grid.merges
