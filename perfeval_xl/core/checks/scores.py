"""PE3xx: the reported score of a row beside the computed one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from perfeval_xl.core.checks.reasons import says_why
from perfeval_xl.core.completion import in_common_unit
from perfeval_xl.core.decimals import HUNDRED, ONE, ZERO, plain, round_to
from perfeval_xl.core.findings import Finding, Severity, finding
from perfeval_xl.core.model import Direction, IndicatorScore, Status
from perfeval_xl.core.quantity import Kind, Operator

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_DETAIL, _ALTERNATIVE, _NOT_APPLICABLE, _UNSCORED = Status.DETAIL, Status.ALTERNATIVE, Status.NOT_APPLICABLE, Status.UNSCORED


def check_reported_scores(scores: Sequence[IndicatorScore], own: Sequence[IndicatorScore] | None = None) -> list[Finding]:
    """One finding at most per row, the most telling one.

    own: the same rows before weights were redistributed. A form reports the score on the row's own weight or on the
    redistributed one; either is right, and messages speak of the row's own.
    """
    if own is None or own is scores:
        pairs = [(s, s) for s in scores if (reported := s.indicator.score) is not None and reported != s.score]
    else:
        pairs = [(one, before) for one, before in zip(scores, own, strict=True)
                 if (reported := one.indicator.score) is not None and reported not in {one.score, before.score}]  # fmt: skip
    return [found for one, before in pairs if (found := _check(before, one.weight)) is not None]


def _check(score: IndicatorScore, shared: Decimal | None) -> Finding | None:
    """shared: the weight after redistribution."""
    row, computed = score.indicator, score.score
    reported, weight = row.score, row.weight
    if reported is None or row.score_rows != 1 or score.status in {_DETAIL, _ALTERNATIVE}:
        return None
    at = row.place.location("score")
    if weight is not None and ZERO <= weight < reported and reported > (shared or ZERO):
        return finding("score-over-weight", at, f"自评得分 {plain(reported)}，分值 {plain(weight)}", f"不高于 {plain(weight)}")
    if score.status is _NOT_APPLICABLE and not row.is_execution:
        if reported > 0:
            return finding("score-mismatch", at, f"该指标本年不适用，自评得分 {plain(reported)}", "不计分，分值由其余指标分担", Severity.WARNING)
        return None
    if score.status is _UNSCORED:
        if reported > 0 and Kind.NONE in {score.target.kind, score.actual.kind} and not row.is_execution:
            return finding("blank-full-marks", at, f"{_blank(score)}为空，自评得分 {plain(reported)}", "填写后再计分")
        return None
    if computed is None or weight is None:
        return None
    found, expected = f"自评得分 {plain(reported)}（分值 {plain(weight)}）", f"{plain(computed)}"
    if reported == weight and computed < weight:
        rate = plain(round_to((score.completion if score.completion is not None else computed / weight) * HUNDRED, 2))
        return finding("unmet-full-marks", at, f"完成率 {rate}%，自评得满分 {plain(reported)}", expected)
    if computed == weight and reported < weight and (score.completion is None or score.completion >= ONE):
        return None if _just_reached(score) or says_why(row.reason) else finding("met-but-deducted", at, found, expected)
    if score.direction in {Direction.QUALITATIVE, Direction.YES_NO}:
        return finding("qualitative-band", at, found, f"该完成等次对应的得分，如 {expected}")
    return finding("score-mismatch", at, found, expected)


def _just_reached(score: IndicatorScore) -> bool:
    """＞100人 against 100人: full marks by the rule, yet the sign as written is not fulfilled; a deduction is no mistake."""
    target, actual = score.target, score.actual
    if target.operator not in {Operator.MORE, Operator.LESS} or not (target.is_number and actual.is_number):
        return False
    a, t, _ = in_common_unit(actual, target)
    return a == t


def _blank(score: IndicatorScore) -> str:
    blank = [title for title, q in (("目标值", score.target), ("实现值", score.actual)) if q.kind is Kind.NONE]
    return "和".join(blank)
