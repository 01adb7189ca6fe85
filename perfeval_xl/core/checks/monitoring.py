"""In-year monitoring: spending and aims on a day of the year, by the rule set's lines. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal

from perfeval_xl.core.checks.reasons import percent
from perfeval_xl.core.dates import last_day
from perfeval_xl.core.decimals import HUNDRED, ONE, ZERO, plain, round_to
from perfeval_xl.core.findings import Finding, finding
from perfeval_xl.core.model import Evaluation, IndicatorScore, Status, Submission
from perfeval_xl.core.parameters import CheckRule
from perfeval_xl.core.ruleset import Rulebook

_MONTH = "month-"


def in_year(submission: Submission, evaluation: Evaluation, book: Rulebook, as_of: datetime.date) -> Iterable[Finding]:
    """Execution behind the month's line, and aims far ahead of or behind the money. Nothing once the year is over."""
    if submission.year is not None and submission.year != as_of.year:
        return
    execution = next((s for s in evaluation.scores if s.indicator.is_execution and s.completion is not None), None)
    if execution is None or execution.completion is None:
        return
    said = f"{as_of.year}年{as_of.month}月{as_of.day}日"
    rate, at = execution.completion, execution.indicator.place.location("actual")
    line = due(book, as_of)
    if line is not None and line.value is not None and rate < line.value:
        month = line.threshold.removeprefix(_MONTH)
        yield finding("execution-behind", at, f"截至 {said}，预算执行率 {percent(rate)}，低于 {month} 月底应达到的 {percent(line.value)}（{book.cite(line)}）", f"不低于 {percent(line.value)}")
    apart, goals = book.limit("progress-apart", "apart"), progress(evaluation.scores)
    if apart is not None and apart.value is not None and goals is not None and abs(goals - rate) > apart.value:
        points = plain(round_to(abs(goals - rate) * HUNDRED, 2))
        yield finding("progress-apart", at, f"截至 {said}，绩效目标平均完成 {percent(goals)}，预算执行率 {percent(rate)}，相差 {points} 个百分点",
                      f"相差不超过 {plain(apart.value * HUNDRED)} 个百分点")  # fmt: skip


def due(book: Rulebook, day: datetime.date) -> CheckRule | None:
    """The line of the latest month whose end has come."""
    lines = {int(c.threshold.removeprefix(_MONTH)): c for c in book.limits("execution-behind") if c.threshold.startswith(_MONTH)}
    over = [m for m in lines if (day.month, day.day) >= (m, last_day(day.year, m))]
    return lines[max(over)] if over else None


def progress(scores: Iterable[IndicatorScore]) -> Decimal | None:
    """Mean completion of the aims, each at most 100 %, by weight; alike where there are no weights."""
    counted = [(s.completion, s.indicator.weight) for s in scores if s.completion is not None and s.status is Status.SCORED and not s.indicator.is_execution]
    if not counted:
        counted = [(s.completion, None) for s in scores if s.completion is not None and s.status is not Status.DETAIL and not s.indicator.is_execution]
    if not counted:
        return None
    weights = [w if w is not None and w > 0 else ZERO for _, w in counted]
    if not sum(weights, ZERO):
        weights = [ONE] * len(counted)
    return sum((min(c, ONE) * w for (c, _), w in zip(counted, weights, strict=True)), ZERO) / sum(weights, ZERO)
