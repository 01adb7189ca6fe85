"""Reasons: whether a row's reason or note says why, or only that all is well. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from perfeval_xl.core.decimals import HUNDRED, ONE, ZERO, plain, round_to
from perfeval_xl.core.findings import Finding, finding
from perfeval_xl.core.model import Direction, Evaluation, IndicatorScore, Status, Submission
from perfeval_xl.core.ruleset import Rulebook

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_EQUAL, _HIGHER = Direction.EQUAL, Direction.HIGHER

# What stands in the column because it may not stay blank: 无, /, 已完成, 已按期完成, 100%.
_IDLE = re.compile(
    r"(?:本年度?|全年|年度|目标|指标|任务|工作|预期|项目|各项|原因|偏差|改进措施|措施|情况|分|的|已|均|全部|全面|按期|按时|按要求|按计划|如期|顺利|圆满|"
    r"无|没有|暂无|未|不|存在|不存在|不涉及|完成|达成|达到|实现|达标|合格|正常|良好|是|否|好|符合|要求|[\W_0-9a-zA-Z])*"
)
_CLAUSE = re.compile(r"[；;。\n]")
MAX_REASON = 2000
MAX_KEPT = 60
"""Longer texts are read each time: what is kept between calls must not grow with what strangers write."""
READ = frozenset({Status.SCORED, Status.UNSCORED})
"""Rows that count by themselves; a form without weights has rates all the same."""


def says_why(text: str) -> bool:
    """Whether a text gives any reason.

    >>> says_why("无"), says_why("已按期完成。"), says_why("无；受疫情影响，活动延期"), says_why("未完成")
    (False, False, True, False)
    """
    return _says_why(text) if len(text) <= MAX_KEPT else _has_cause(text[:MAX_REASON])


@lru_cache(maxsize=8192)
def _says_why(text: str) -> bool:
    return _has_cause(text)


def _has_cause(text: str) -> bool:
    return any(not _IDLE.fullmatch(clause) for clause in _CLAUSE.split(text))


def missing_reason(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:
    """Points were lost, or the aim was passed by far, and nothing says why. Silent where the form has no place for reasons."""
    over = book.thresholds.over_fulfilled if book.thresholds is not None else None
    for score in evaluation.scores:
        row = score.indicator
        if row.is_execution:
            yield from _execution(score, submission, book)
            continue
        if score.status not in READ or "reason" not in row.place.columns or (row.reason and says_why(row.reason)):
            continue
        lost = _lost(score)
        if lost > 0:
            yield finding("missing-reason", row.place.location("reason"), f"{_said(row.reason)}，该项扣 {plain(lost)} 分（分值 {plain(row.weight or ZERO)}）", "扣分的原因和改进措施")
        elif over is not None and is_over(score, over):
            yield finding("missing-reason", row.place.location("reason"), f"{_said(row.reason)}，完成率 {percent(score.completion)}，达到 {percent(over)}", "大幅超额完成的原因")


def is_over(score: IndicatorScore, rate: Decimal) -> bool:
    """Whether a counted aim was passed by that rate. Words, dates and levels cannot be passed."""
    return score.completion is not None and score.completion >= rate and score.direction in {_HIGHER, _EQUAL}


def percent(rate: Decimal | None) -> str:
    """A fraction in percent, two decimals at most."""
    return f"{plain(round_to((rate or ZERO) * HUNDRED, 2))}%"


def _said(reason: str) -> str:
    text = reason.strip()
    return f"偏差原因栏写的是“{text[:40]}”" if text else "偏差原因栏为空"


def _lost(score: IndicatorScore) -> Decimal:
    """Points below the weight in the form's own score; by the computed one where the form has no column of scores."""
    row = score.indicator
    if row.weight is None or row.score_rows != 1:
        return ZERO
    if row.score is not None:
        return row.weight - row.score
    if row.place.cell("score"):
        return ZERO  # a score left out is told by itself
    return row.weight - score.score if score.score is not None and score.completion is not None and score.completion < ONE else ZERO


def _execution(score: IndicatorScore, submission: Submission, book: Rulebook) -> Iterable[Finding]:
    """A rate of budget execution below the rule set's line needs a reason, anywhere in the form."""
    line = book.execution.reason_below if book.execution is not None else None
    if line is None or score.completion is None or score.completion >= line:
        return
    row = score.indicator
    if says_why(row.reason) or any("原因" in label and says_why(text) for label, text in submission.facts.items()):
        return
    yield finding("missing-reason", row.place.location("rate"), f"预算执行率 {percent(score.completion)}，低于 {percent(line)}，表中没有说明原因", "执行率偏低的原因")
