"""PE3xx: the reported completion rate, aims passed by far, scores left out. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from perfeval_xl.core.checks.reasons import READ, is_over, percent
from perfeval_xl.core.completion import in_common_unit
from perfeval_xl.core.decimals import HUNDRED, ONE
from perfeval_xl.core.finance import is_shown_as, places_of
from perfeval_xl.core.findings import Finding, finding
from perfeval_xl.core.model import Direction, Evaluation, IndicatorScore, Submission
from perfeval_xl.core.quantity import Kind, parse
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.core.units import PERCENT

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_LOWER, _PERCENT = Direction.LOWER, Kind.PERCENT

_MEASURED = frozenset({Direction.HIGHER, Direction.LOWER, Direction.EQUAL})


def rate_mismatch(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001  # every check takes the same
    """The rate column beside the rate itself: capped at 100 % or not, rounded or cut, in percent or as a fraction."""
    for score in evaluation.scores:
        row = score.indicator
        if not row.rate or score.completion is None or row.is_execution or score.actual_field == "rate" or score.direction not in _MEASURED:
            continue
        shown = parse(row.rate)
        if not shown.is_number or shown.value is None or shown.unit.dimension not in {"", "ratio"} or shown.operator:
            continue
        if shown.value == HUNDRED and shown.unit is PERCENT and score.completion >= ONE:
            continue  # the common case, told without arithmetic
        own = _rates(score)
        places = places_of(shown.value)
        readings = [(shown.value * shown.unit.size, places)] if shown.kind is _PERCENT else [(shown.value, places), (shown.value * HUNDRED, max(places - 2, 0))]
        if not any(is_shown_as(value, p, rate * HUNDRED, rate * HUNDRED) for value, p in readings for rate in own):
            yield finding("rate-mismatch", row.place.location("rate"), f"完成率列为“{row.rate.strip()}”，目标值“{row.target.strip()}”，实现值“{row.actual.strip()}”", percent(score.completion))


def _rates(score: IndicatorScore) -> set[Decimal]:
    """The rate, the rate capped, and the plain quotient that forms print where less is better."""
    assert score.completion is not None  # noqa: S101  # the caller's check
    rates = {score.completion, min(score.completion, ONE)}
    if score.direction is _LOWER and score.target.is_number and score.actual.is_number and score.target.value:
        a, t, _ = in_common_unit(score.actual, score.target)
        rates |= {a / t, t / a} if a and t else {a / t} if t else set()
    return rates


def over_fulfilled(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """Passed by the rule set's line: worth knowing. By the second line, the target itself was too low."""
    over = book.thresholds
    low = book.limit("target-too-low", "rate")
    for score in evaluation.scores:
        if score.completion is None or score.completion <= ONE or score.status not in READ or score.indicator.is_execution:
            continue
        row = score.indicator
        said = f"目标值“{row.target.strip()}”，实现值“{row.actual.strip()}”，完成率 {percent(score.completion)}"
        if low is not None and low.value is not None and is_over(score, low.value):
            yield finding("target-too-low", row.place.location("target"), f"{said}，达到 {percent(low.value)}", "与近年实际水平相当的目标值")
        elif over is not None and is_over(score, over.over_fulfilled):
            yield finding("over-fulfilled", row.place.location(score.actual_field), f"{said}，达到 {percent(over.over_fulfilled)}")


def missing_score(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """A weight without a score, in a form that has scores. Whole parts without any are told once, elsewhere."""
    counts = Counter(s.indicator.level1 for s in evaluation.scores if s.indicator.weight)
    scored = {s.indicator.level1 for s in evaluation.scores if s.indicator.score is not None}
    if not scored:
        return
    for score in evaluation.scores:
        row = score.indicator
        if row.score is not None or row.is_computed or not row.weight or row.score_rows != 1 or score.status not in READ:
            continue
        if row.level1 in scored or counts[row.level1] == 1:
            expected = f"得分，按规则计算为 {score.score}" if score.score is not None else "该项得分"
            yield finding("missing-score", row.place.location("score"), f"分值 {row.weight}，得分为空", expected)
