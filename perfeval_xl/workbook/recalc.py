"""Recalculation: which cells of a form get which value, and which are left and why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core.decimals import ZERO, plain
from perfeval_xl.core.model import Direction, Evaluation, IndicatorScore, Status, Total
from perfeval_xl.core.parameters import DateRule, InverseRatio, LinearOverrun, Proportional
from perfeval_xl.core.quantity import NUMERIC, Kind
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.workbook.grid import Grid, address, position
from perfeval_xl.workbook.manner import (
    OtherContentError,
    Scale,
    Standing,
    Written,
    left_out,
    rate_for,
    scale_of,
    score_for,
)
from perfeval_xl.workbook.sheetcells import Position

FIELD_TITLES = {"rate": "完成率", "score": "得分", "section": "分项合计", "total": "总分"}
_BY_WORDS = frozenset({Direction.QUALITATIVE, Direction.YES_NO})
_MEASURED = NUMERIC | {Kind.RANGE, Kind.DATE}
_SHARES = (Proportional, LinearOverrun, InverseRatio, DateRule)  # rules whose points are a share of the weight: the rate


class Change(NamedTuple):
    """One cell that gets a new value. old, new: as shown. is_formula: the cell's formula stays, its stored result changes."""

    sheet: str
    cell: str
    field: str
    name: str
    old: str
    new: str
    value: Written
    is_formula: bool


class Kept(NamedTuple):
    """A cell left as it is although the engine would write there, or cannot; reason in Chinese."""

    sheet: str
    cell: str
    field: str
    name: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Recalculation:
    """changes, kept: in the order of the table."""

    changes: Sequence[Change]
    kept: Sequence[Kept]

    @property
    def values(self) -> dict[str, dict[str, Written]]:
        """Sheet → cell → new value."""
        out: dict[str, dict[str, Written]] = {}
        for change in self.changes:
            out.setdefault(change.sheet, {})[change.cell] = change.value
        return out


class _Want(NamedTuple):
    """A cell the engine has something to say about. value: None where it has no number; `reason` says why."""

    sheet: str
    at: Position
    field: str
    name: str
    value: Decimal | None
    reason: str = ""
    unscored: int = 0
    rows: int = 1


Look = Callable[[Mapping[str, Sequence[str]]], Mapping[tuple[str, str], tuple[bool, bool]]]


def recalculated(evaluation: Evaluation, ruleset: Ruleset, grids: Sequence[Grid], look: Look | None = None) -> Recalculation:
    """Compares every computed cell of the form with what stands there.

    ruleset: the one the evaluation was made with.

    look: sheet → cells, to (has a formula, has a percent format) of each, where the file itself can be asked; else the grids' word.
    """
    sheets = {grid.sheet: grid for grid in grids}
    wants = [w for w in _wants(evaluation, ruleset) if w.sheet in sheets]
    places = {w: _anchored(sheets[w.sheet], w) for w in wants}
    known = look(_cells(places)) if look is not None else {}
    stands = {w: _standing(sheets[w.sheet], at, known) for w, at in places.items()}
    scale = scale_of((stands[w].value, w.value) for w in wants if w.field == "rate" and w.value is not None and not stands[w].is_percent)
    times = Counter((w.sheet, at) for w, at in places.items())
    taken = Counter(_indicator_cells(evaluation, sheets))
    changes: list[Change] = []
    kept: list[Kept] = []
    for want, at in places.items():
        stand, cell = stands[want], address(*at)
        shared = taken[want.sheet, at, want.field] > want.rows or times[want.sheet, at] > 1
        new, reason = (None, "几行共用一个合并单元格，或几个数指向同一单元格，未改写") if shared else _new(want, stand, scale)
        if reason:
            kept.append(Kept(want.sheet, cell, want.field, want.name, stand.shown, reason))
        elif new is not None:
            shown = plain(new) if isinstance(new, Decimal) else new
            if stand.is_percent and isinstance(new, Decimal):
                shown = plain(new * 100) + "%"
            changes.append(Change(want.sheet, cell, want.field, want.name, stand.shown, shown, new, stand.is_formula))
    return Recalculation(changes, kept)


def _new(want: _Want, stand: Standing, scale: Scale | None) -> tuple[Written | None, str]:
    """New value, or why the cell is left; neither where it is right."""
    try:
        if want.unscored:
            return left_out(stand, want.unscored), ""
        if want.value is None:
            return None, want.reason
        return rate_for(stand, want.value, scale) if want.field == "rate" else score_for(stand, want.value), ""
    except OtherContentError:
        if want.unscored:
            return None, f"有 {want.unscored} 项未能计分，合计未改写"
        figure = plain(want.value) if want.value is not None else ""
        return None, f"该格内容不是{FIELD_TITLES[want.field]}，未改写；计算结果为 {figure}"


def _wants(evaluation: Evaluation, ruleset: Ruleset) -> Iterator[_Want]:
    scores = evaluation.scores
    shares = {rule.id for rule in ruleset.rules if isinstance(rule, _SHARES)}
    for index, score in enumerate(scores):
        if score.status is Status.DETAIL:
            continue
        if score.indicator.is_execution or score.rule in shares:
            yield from _rate(score)
        yield from _score(score, scores[index : index + max(score.indicator.score_rows, 1)])
    yield from _totals(evaluation)


def _rate(score: IndicatorScore) -> Iterator[_Want]:
    row = score.indicator
    at = position(row.place.cell("rate"))
    if at is None or score.completion is None or score.direction in _BY_WORDS or score.target.kind not in _MEASURED:
        return  # a rate of words is the reported score's own share: it would feed on itself
    if score.actual_field == "rate" and row.is_execution:
        return  # no amounts: the reported rate is all there is
    if score.actual_field == "rate":
        yield _Want(row.place.sheet, at, "rate", row.name, None, "完成率栏中是实现值，计分时已采用，未改写；请将其移至实现值栏")
    elif score.status in {Status.SCORED, Status.UNSCORED}:
        yield _Want(row.place.sheet, at, "rate", row.name, score.completion)


def _score(score: IndicatorScore, members: Sequence[IndicatorScore]) -> Iterator[_Want]:
    """members: the rows that share its score cell, itself first."""
    row = score.indicator
    at = position(row.place.cell("score"))
    if at is None or row.score_rows == 0:
        return
    reason = next((r for m in members if (r := _unwritten(m))), "")
    if [m.indicator.score_rows for m in members] != [row.score_rows, *[0] * (row.score_rows - 1)]:
        reason = "共用得分单元格的各行无法对应，未改写"
    value = sum((m.score for m in members if m.score is not None), ZERO)
    yield _Want(row.place.sheet, at, "score", row.name, None if reason else value, reason, rows=row.score_rows)


def _unwritten(score: IndicatorScore) -> str:
    """Why a row's score is not written; empty where it is."""
    if score.status is Status.UNSCORED or (score.status is Status.SCORED and score.score is None):
        return "未能计分，保留原值"
    if score.status is Status.NOT_APPLICABLE:
        return "本年不适用，保留原值"
    if score.status is Status.ALTERNATIVE:
        return "二选一指标，已按另一项计分，保留原值"
    if score.weight != score.indicator.weight:
        return f"其他指标不适用，分值按比例调整后得分为 {plain(score.score or ZERO)}，与表内分值口径不同，保留原值"
    return ""


def _totals(evaluation: Evaluation) -> Iterator[_Want]:
    totals = evaluation.submission.totals
    times = Counter(t.section for t in totals)
    sections = {s.name: s for s in evaluation.sections}
    columns = {cell.rstrip("0123456789") for s in evaluation.scores if (cell := s.indicator.place.cell("score"))}
    for total in totals:
        at, section = position(total.location.cell), sections.get(total.section)
        if at is None or (total.score is None and total.location.cell.rstrip("0123456789") not in columns):
            continue  # a sum that has no cell for its score
        field = "section" if total.section else "total"
        name = f"{total.section}合计" if total.section else "合计"
        if times[total.section] > 1:
            yield _Want(total.location.sheet, at, field, name, None, "有几个同类合计，无法确定各自的范围，未改写")
        elif not total.section:
            yield _sum(total, at, name, _Figures(evaluation.weight, evaluation.total, evaluation.unscored))
        elif section is not None:
            yield _sum(total, at, name, _Figures(section.weight, section.score or ZERO, section.unscored))
        else:
            yield _Want(total.location.sheet, at, field, name, None, "找不到该合计对应的指标，未改写")


class _Figures(NamedTuple):
    """What the engine says of a sum."""

    weight: Decimal
    score: Decimal
    unscored: int


def _sum(total: Total, at: Position, name: str, figures: _Figures) -> _Want:
    field, sheet = "section" if total.section else "total", total.location.sheet
    if total.weight is not None and total.weight != figures.weight:
        reason = f"合计行的分值为 {plain(total.weight)}，各行分值之和为 {plain(figures.weight)}，范围不一致，未改写"
        return _Want(sheet, at, field, name, None, reason)
    return _Want(sheet, at, field, name, figures.score, unscored=figures.unscored)


def _anchored(grid: Grid, want: _Want) -> Position:
    """The cell that shows the value: the first of a merged block."""
    block = grid.merges.get(want.at)
    return (block.top, block.left) if block else want.at


def _indicator_cells(evaluation: Evaluation, sheets: Mapping[str, Grid]) -> Iterator[tuple[str, Position, str]]:
    """Each row's rate and score cell, that of a merged block for every row it covers."""
    for score in evaluation.scores:
        place = score.indicator.place
        for field in ("rate", "score"):
            at = position(place.cell(field))
            if at is not None and place.sheet in sheets:
                block = sheets[place.sheet].merges.get(at)
                yield place.sheet, (block.top, block.left) if block else at, field


def _cells(places: Mapping[_Want, Position]) -> dict[str, list[str]]:
    cells: dict[str, list[str]] = {}
    for want, at in places.items():
        cells.setdefault(want.sheet, []).append(address(*at))
    return cells


def _standing(grid: Grid, at: Position, known: Mapping[tuple[str, str], tuple[bool, bool]]) -> Standing:
    row, column = at
    line = grid.rows[row - 1] if row <= len(grid.rows) else ()
    value = line[column - 1] if column <= len(line) else None
    is_error = at in grid.errors
    has_formula, has_percent = known.get((grid.sheet, address(row, column)), (at in grid.formulas or at in grid.uncalculated, "%" in grid.formats.get(at, "")))
    value = None if is_error or value == "" else value
    return Standing(value, grid.errors[at] if is_error else grid.own(row, column), is_error, has_formula, has_percent)
