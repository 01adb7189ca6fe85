"""Last year against this year: values of one indicator that are worlds apart, and files that are not last year's. Pure."""

from __future__ import annotations

from decimal import Decimal

from perfeval_xl.compare.declared import same_subject
from perfeval_xl.compare.match import Pair, match
from perfeval_xl.compare.values import ratio_of, read
from perfeval_xl.core.decimals import ONE, plain, round_to
from perfeval_xl.core.findings import Finding, Location, Severity, finding
from perfeval_xl.core.model import Submission
from perfeval_xl.core.quantity import Kind, Quantity

WIDE_JUMP = Decimal(10)
"""Where the rule set names no limit, a warning from ten times on: a slipped unit (元 for 万元) is 10,000 times, a slipped digit ten."""
_HINT = Decimal(2)
"""A hint from half of that on; programmes do double, rarely more."""
RATE_JUMP = Decimal(50)
"""Rates are bounded and drift: only half the scale, in points, is a hint."""
_SLIPS = {Decimal(10_000): "万", Decimal(100_000_000): "亿"}


def compare_with_previous(previous: Submission, current: Submission, warn_from: Decimal = WIDE_JUMP) -> list[Finding]:
    """At most one finding a row: of its actual, else of its target. warn_from: how many times as much draws a warning."""
    wrong = _wrong_file(previous, current)
    if wrong is not None:
        return [wrong]
    return [f for pair in match(previous.indicators, current.indicators).pairs if (f := _jump(pair, previous, warn_from)) is not None]


def _wrong_file(previous: Submission, current: Submission) -> Finding | None:
    at = Location(current.file, current.sheet)
    if previous.year and current.year and previous.year >= current.year:
        text = f"上年文件“{previous.file}”是 {previous.year} 年度的，本文件是 {current.year} 年度的，未作比较"
        return finding("wrong-year", at, text, f"{current.year - 1} 年度的自评表")
    if previous.year and current.year and previous.year < current.year - 1:
        text = f"上年文件“{previous.file}”是 {previous.year} 年度的，与 {current.year} 年度相隔不止一年，未作比较"
        return finding("wrong-year", at, text, f"{current.year - 1} 年度的自评表")
    if previous.department and current.department and not same_subject(previous, current):
        names = f"上年文件“{previous.file}”是“{_title(previous)}”的，本文件是“{_title(current)}”的，未作比较"
        return finding("jump-from-last-year", at, names, "同一单位、同一项目上年的自评表")
    return None


def _title(submission: Submission) -> str:
    return f"{submission.department} {submission.project}".strip()


def _jump(pair: Pair, previous: Submission, warn_from: Decimal) -> Finding | None:
    old, new = pair.old, pair.new
    year = f"{previous.year} 年" if previous.year else "上年"
    for field, title in (("actual", "实现值"), ("target", "目标值")):
        unit_before = old.actual_unit if field == "actual" else ""
        unit_now = new.actual_unit if field == "actual" else ""
        before = read(getattr(old, field), unit_before or old.unit)
        now = read(getattr(new, field), unit_now or new.unit)
        severity, why = _distance(before, now, warn_from)
        if severity is None:
            continue
        if field == "actual" and new.reason.strip() and severity is Severity.WARNING and "上年" in new.reason:
            severity, why = Severity.INFO, f"{why}；已说明：{new.reason.strip()[:60]}"
        renamed = f"；上年名称为“{old.name[:40]}”，按名称相近（{pair.likeness}%）认作同一指标" if pair.likeness < 100 else ""
        text = f"“{new.name[:40]}”的{title}为“{now.text[:40]}”，{year}为“{before.text[:40]}”，{why}{renamed}"
        return finding("jump-from-last-year", new.place.location(field), text, f"与{year}相近的数量，或在备注中说明变化的原因", severity)
    return None


def _distance(before: Quantity, now: Quantity, warn_from: Decimal) -> tuple[Severity | None, str]:
    """How far, in words; None where there is nothing to say."""
    ratio = ratio_of(before, now)
    if ratio is None or ratio <= 0 or before.value is None or now.value is None:
        return None, ""
    if Kind.PERCENT in {before.kind, now.kind}:
        points = abs(now.value - before.value)
        is_both = before.kind is now.kind
        return (Severity.INFO, f"相差 {plain(points)} 个百分点") if is_both and points >= RATE_JUMP else (None, "")
    times, way = (ratio, "倍") if ratio >= 1 else (ONE / ratio, "分之一")
    if times * _HINT < warn_from:
        return None, ""
    slip = next((name for size, name in _SLIPS.items() if times == size), "")
    far = f"是{'上年' if way == '倍' else '上年的'}{'的 ' if way == '倍' else ' '}{plain(round_to(times, 1))}{' 倍' if way == '倍' else ' 分之一'}"
    if slip:
        return Severity.WARNING, f"{far}，恰好相差“{slip}”，疑似单位填错"
    return (Severity.WARNING if times >= warn_from else Severity.INFO), far
