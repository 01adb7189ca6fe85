"""What a recalculated form shows against what the engine says of the same cells: rows, sums, and what was left open."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from perfeval_xl.core.model import Evaluation, Indicator, IndicatorScore, Status
from perfeval_xl.workbook.forms import form
from perfeval_xl.workbook.forms.words import ALTERNATIVE_TEXT, DIRECTIONS, NOT_APPLICABLE_TEXT, NOT_SCORED_TEXT
from perfeval_xl.workbook.grid import Grid

POISON = -77777
_PLAIN = re.compile(r"[≥≤＞＜＝><=]?-?[0-9.]+%?")
_PERCENTS = {"%", "百分比", "百分点", "个百分点"}


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text.strip()))


def _is_percent(text: str, unit: str) -> bool:
    return text.strip().endswith("%") or unit in _PERCENTS


def _like_a_day(row: Indicator) -> bool:
    numbers = [float(t) for t in (row.target, row.actual) if re.fullmatch(r"[0-9]{5}", t.strip())]
    return any(36526 <= n <= 73415 for n in numbers)


def _is_extreme(row: Indicator) -> bool:
    numbers = [abs(float(t)) for t in (row.target, row.actual) if re.fullmatch(r"-?[0-9.]+", t.strip()) and t.count(".") < 2]
    return any(n >= 1e15 or 0 < n < 0.001 for n in numbers)


MAY_BE_OPEN: dict[str, Callable[[Indicator], bool]] = {
    "no direction chosen": lambda r: r.direction.strip() not in DIRECTIONS,
    "number written with a unit, words or other signs": lambda r: any(t.strip() and not _is_plain(t) for t in (r.target, r.actual)),
    "percent against a count": lambda r: _is_percent(r.target, r.unit) != _is_percent(r.actual, r.unit),
    "whole number that could be a day": _like_a_day,
    "number with more digits than spreadsheets keep": _is_extreme,
    "deadline that is a number": lambda r: r.direction == "时限",
    "unit such as 年, 月 or ‰": lambda r: r.unit in {"年", "月", "‰"},
}
"""The only kinds of rows a formula may leave to the engine; a number against a number in one unit is none of them."""


@dataclass(slots=True)
class Compared:
    """What was looked at in all forms. wrong: every difference, in words."""

    rows: int = 0
    scores: int = 0
    rates: int = 0
    silent: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    left_open: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        sums = ", ".join(f"{n} {what}" for what, n in sorted(self.sums.items()))
        opened = ", ".join(f"{n} {what}" for what, n in self.left_open.most_common()) or "none"
        return (
            f"{self.rows} rows: {self.scores} scores and {self.rates} rates equal, {self.silent} scored by neither, "
            f"left to the engine: {opened}; sums: {sums}; {len(self.wrong)} differences"
        )


PLAIN = "plain"
"""In the column 佐证材料: a row that no formula may leave open."""


def compare_form(done: Compared, name: str, evaluation: Evaluation, grids: dict[str, Grid]) -> None:
    """Adds one form."""
    opened = []
    for score in evaluation.scores:
        if _compare_row(done, name, score, grids):
            opened.append(score)
            if score.indicator.evidence == PLAIN:
                done.wrong.append(f"{name}: left open {_told(score, *_cells(score, grids))}")
    _compare_sums(done, name, evaluation, grids, opened)


def _value(grids: dict[str, Grid], sheet: str, row: int, column: str) -> Any:
    line = grids[sheet].rows[row - 1]
    index = ord(column) - 65
    value = line[index] if index < len(line) else None
    return "" if value is None else value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _agrees(shown: Any, exact: Decimal | None, places: str = "1e-9") -> bool:
    """Equal to the last digit a cell shows; a double holds 15 of a large rate."""
    return _is_number(shown) and exact is not None and abs(Decimal(repr(shown)) - exact) <= Decimal(places) * max(Decimal(1), abs(exact))


def _cells(score: IndicatorScore, grids: dict[str, Grid]) -> tuple[Any, Any]:
    place = score.indicator.place
    columns = ("J", "K") if score.indicator.is_execution else ("H", "J")
    return _value(grids, place.sheet, place.row, columns[0]), _value(grids, place.sheet, place.row, columns[1])


def _told(score: IndicatorScore, rate: Any, points: Any) -> str:
    row = score.indicator
    told = f"{row.place.sheet}!{row.place.row} {row.name} {row.direction} {row.target}|{row.unit}|{row.actual}|{row.weight}|{row.reason}: "
    return told + f"sheet {rate!r} {points!r}, engine {score.completion} {score.score} {score.status}"


_TEXTS = {Status.NOT_APPLICABLE: {NOT_APPLICABLE_TEXT, NOT_SCORED_TEXT}, Status.ALTERNATIVE: {ALTERNATIVE_TEXT}}


def _compare_row(done: Compared, name: str, score: IndicatorScore, grids: dict[str, Grid]) -> bool:
    """Whether the sheet left open what the engine scores."""
    rate, points = _cells(score, grids)
    done.rows += 1
    told = f"{name}: {_told(score, rate, points)}"
    if POISON in (rate, points):
        done.wrong.append("not recalculated " + told)
    elif _is_number(points):
        rates = _agrees(rate, score.completion, "1e-12") if _is_number(rate) else score.completion is None
        if not rates or not _agrees(points, score.score):
            done.wrong.append(told)
        done.scores += 1
        done.rates += _is_number(rate)
    elif score.status is Status.SCORED:
        kind = next((k for k, holds in MAY_BE_OPEN.items() if holds(score.indicator)), "")
        if not kind:
            done.wrong.append("left open " + told)
        done.left_open[kind] += 1
        return True
    else:
        expected = _TEXTS.get(score.status)
        is_blank = score.indicator.weight is None and points == ""  # a row with nothing in it
        if expected is not None and points not in expected and not is_blank:
            done.wrong.append(told)
        done.silent += 1
    return False


def _compare_sums(done: Compared, name: str, evaluation: Evaluation, grids: dict[str, Grid], opened: Sequence[IndicatorScore]) -> None:
    """Section sums, weights, total and grade; where rows were left open, what does not hang on them, and their number."""
    sections = {f"{s.name}小计": s for s in evaluation.sections}
    unsure = {f"{s.indicator.level1}小计" for s in opened}
    unscored = evaluation.unscored + len(opened)
    for sheet in (form.TABLE, form.MANAGEMENT):
        for row in range(1, grids[sheet].height + 1) if sheet in grids else ():
            text = grids[sheet].own(row, 1)
            weight, score = _value(grids, sheet, row, "I"), _value(grids, sheet, row, "J")
            if text in sections:
                given = _given(evaluation, sections[text].name)
                _one(done, name, "section weights", f"{text} {weight!r}", given, is_right=_agrees(weight, given))
                if text not in unsure:
                    exact = sections[text].score
                    _one(done, name, "section sums", f"{text} {score!r}", exact, is_right=_agrees(score, exact) or (score == "" and exact is None))
            elif text == "总分":
                _one(done, name, "weight sums", f"weights {weight!r}", evaluation.weight, is_right=_agrees(weight, evaluation.weight))
                if unscored:
                    _one(done, name, "counts of unscored rows", f"{text} {score!r}", unscored, is_right=score == f"有 {unscored} 项未能计分")
                else:
                    _one(done, name, "totals", f"{text} {score!r}", evaluation.total, is_right=_agrees(score, evaluation.total))
            elif text == "评定等级":
                expected = "" if unscored else evaluation.grade or ""
                _one(done, name, "grades" if expected else "withheld grades", f"{text} {weight!r}", expected, is_right=weight == expected)


def _given(evaluation: Evaluation, section: str) -> Decimal:
    """Weights of a section as they were filled in: the sheet shows those, the engine also what rows that do not apply gave away."""
    rows = [s for s in evaluation.scores if s.indicator.level1 == section and s.status is not Status.ALTERNATIVE]
    return sum((s.indicator.weight for s in rows if s.indicator.weight is not None), Decimal(0))


def _one(done: Compared, name: str, what: str, shown: str, exact: object, *, is_right: bool) -> None:
    done.sums[what] += 1
    if not is_right:
        done.wrong.append(f"{name}: {shown}, engine {exact}")
