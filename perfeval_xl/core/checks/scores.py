"""PE3xx: the reported score of a row beside the computed one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from perfeval_xl.core.decimals import ONE, plain, round_to
from perfeval_xl.core.findings import Finding, finding
from perfeval_xl.core.model import Direction, IndicatorScore, Status
from perfeval_xl.core.quantity import Kind


def check_reported_scores(scores: Sequence[IndicatorScore]) -> list[Finding]:
    """One finding at most per row, the most telling one."""
    differing = (s for s in scores if s.indicator.score is not None and s.indicator.score != s.score)
    return [found for score in differing if (found := _check(score)) is not None]


def _check(score: IndicatorScore) -> Finding | None:
    row, computed = score.indicator, score.score
    reported, weight = row.score, row.weight
    if reported is None or row.score_rows != 1:
        return None
    at = row.place.location("score")
    if weight is not None and reported > weight:
        return finding("score-over-weight", at, f"自评得分 {plain(reported)}，分值 {plain(weight)}", f"不高于 {plain(weight)}")
    if score.status is Status.UNSCORED:
        if reported > 0 and Kind.NONE in {score.target.kind, score.actual.kind} and not row.is_execution:
            return finding("blank-full-marks", at, f"{_blank(score)}为空，自评得分 {plain(reported)}", "填写后再计分")
        return None
    if computed is None or weight is None:
        return None
    found, expected = f"自评得分 {plain(reported)}（分值 {plain(weight)}）", f"{plain(computed)}"
    if reported == weight and computed < weight:
        rate = plain(round_to((score.completion or computed / weight) * 100, 2))
        return finding("unmet-full-marks", at, f"完成率 {rate}%，自评得满分 {plain(reported)}", expected)
    if computed == weight and reported < weight and (score.completion is None or score.completion >= ONE):
        return finding("met-but-deducted", at, found, expected)
    if score.direction in {Direction.QUALITATIVE, Direction.YES_NO}:
        return finding("qualitative-band", at, found, f"该完成等次对应的得分，如 {expected}")
    return finding("score-mismatch", at, found, expected)


def _blank(score: IndicatorScore) -> str:
    blank = [title for title, q in (("目标值", score.target), ("实现值", score.actual)) if q.kind is Kind.NONE]
    return "和".join(blank)
