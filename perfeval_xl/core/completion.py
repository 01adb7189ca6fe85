"""Completion rates, by direction. Pure: quantities in, fractions out, unrounded."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum

from perfeval_xl.core.decimals import ONE, ZERO
from perfeval_xl.core.quantity import Kind, Quantity
from perfeval_xl.core.units import Relation, relation, sizes


def proportional(actual: Decimal, target: Decimal) -> Decimal:
    """A / T, uncapped: 1.20 = 120 %. A target of 0 or less has no ratio: met is 1, missed is 0.

    actual, target: in one unit.
    >>> proportional(Decimal("493.3"), Decimal("500"))
    Decimal('0.9866')
    """
    if target <= 0:
        return ONE if actual >= target else ZERO
    return actual / target


def linear_overrun(actual: Decimal, target: Decimal) -> Decimal:
    """1 up to the target, then 1 − (A − T)/T, 0 from 2T. A zero target is met by zero only.

    >>> linear_overrun(Decimal(120), Decimal(100)), linear_overrun(Decimal(200), Decimal(100))
    (Decimal('0.8'), Decimal('0'))
    """
    if actual <= target:
        return ONE
    if target <= 0 or actual >= 2 * target:
        return ZERO
    return ONE - (actual - target) / target


def inverse_ratio(actual: Decimal, target: Decimal) -> Decimal:
    """1 up to the target, then T / A.

    >>> round(inverse_ratio(Decimal(120), Decimal(100)) * 10, 2)
    Decimal('8.33')
    """
    if actual <= target:
        return ONE
    return target / actual if target > 0 else ZERO


def zero_target(actual: Decimal) -> Decimal:
    """A target of 0 (0起): met where nothing happened."""
    return ONE if actual <= 0 else ZERO


def in_common_unit(actual: Quantity, target: Quantity) -> tuple[Decimal, Decimal, Relation]:
    """Both values in one unit, and how the units stand to each other. Values stay as written where the units agree."""
    assert actual.value is not None  # noqa: S101  # callers hand over numbers
    assert target.value is not None  # noqa: S101
    if actual.unit is target.unit:
        return actual.value, target.value, Relation.SAME
    how = relation(actual.unit, target.unit)
    if how is Relation.SAME and actual.unit.size == target.unit.size:
        return actual.value, target.value, how
    a, t = sizes(actual.unit, target.unit)
    return (actual.value, target.value, how) if a == t else (actual.value * a, target.value * t, how)


def looks_like_fraction(actual: Quantity, target: Quantity) -> bool:
    """0.95 beside ≥95%: the fraction behind a percent, as cells without a percent format hold it."""
    return (
        target.kind is Kind.PERCENT
        and actual.kind is Kind.NUMBER
        and not actual.unit.symbol
        and actual.value is not None
        and target.value is not None
        and ZERO < actual.value <= ONE
        and target.value >= 10
    )


class Achievement(StrEnum):
    """Qualitative levels, as the forms name them."""

    MET = "达成"
    PARTLY = "部分达成"
    MISSED = "未达成"


_MET = re.compile(
    r"(?:已|均|全部|全面|按期|按时|及时|圆满|顺利|如期|超额|已经|均已|100%|较好地?|按要求|按计划|按规定)*(?:达成预期指标|达成预期目标|达到预期目标|达到预期效果|"
    r"达到预期|达到目标|达成目标|达成年度指标|达成|达标|完成|完成任务|完成目标|落实|落实到位|完成到位|实现|合格|符合要求|到位|执行|完成年度目标)(?:任务|指标|目标|情况良好)?"
)
_MET_LONG = re.compile(r"(?<!未)(?<!没有)(?<!基本)(?<!部分)(?:完成任务指标|完成全部|全部完成|达成预期|达到预期|圆满完成|完成年度目标)")
_PARTLY = re.compile(r"部分(?:达成|完成|达标|实现|落实|达到)|基本(?:达成|完成|达标|实现|达到|落实|满足|合格)|较?大部分(?:完成|达成)|完成(?:大)?部分|正在(?:进行|推进|实施)|进行中|推进中")
_NEGATED = re.compile(r"(?:无|未出现|未发生|没有|不存在|零|杜绝|避免)[^，,。；;]{0,4}(?:逾期|延期|滞后|超期|推迟|延迟|不合格|不达标)")
_MISSED = re.compile(r"(?:未|没有|没能|无法|不能)[^，,。；;]{0,4}(?:达成|完成|达标|实现|落实|达到)|完成不|未(?:开展|实施|启动|执行|按时|按期|能|及时|验收|通过)|没有(?:完成|达成|达到|实现|开展)|不达标|不合格|延期|逾期|滞后|尚未|不满足|不符合")
_ON_TIME = re.compile(r"按时|按期|及时|如期|规定时间内|规定时限内|计划时间内|要求时间内|时限内|提前|期限内")
_LATE = re.compile(r"未按|未及时|未如期|不及时|延期|逾期|滞后|超期|推迟|延迟|未完成|未能")
_NOT_APPLICABLE = re.compile(r"不适用|不涉及|未涉及|无此项|无该项|没有此类|没有该项|本年(?:度)?(?:未安排|无此|无该|无相关)|不纳入(?:考核|评价|自评)")


def achievement(target: Quantity, actual: Quantity) -> Achievement | None:
    """The level a qualitative actual reaches, or None where its words do not say.

    >>> from perfeval_xl.core.quantity import parse
    >>> achievement(*map(parse, ("显著提升", "显著提升"))), achievement(*map(parse, ("是", "基本达到")))
    (<Achievement.MET: '达成'>, <Achievement.PARTLY: '部分达成'>)
    """
    words = _NEGATED.sub("", actual.words)
    if target.kind is actual.kind and target.words == actual.words:
        return Achievement.MET
    if _MISSED.search(words):
        return Achievement.MISSED
    if _PARTLY.search(words):
        return Achievement.PARTLY
    if _MET.fullmatch(words) or _MET_LONG.search(words):
        return Achievement.MET
    if target.kind is Kind.YES_NO or actual.kind is Kind.YES_NO:
        return {"是": Achievement.MET, "否": Achievement.MISSED}.get(words) if target.words != "否" else None
    return Achievement.MET if _is_prefix(words, target.words) else None


def _is_prefix(one: str, other: str) -> bool:
    """全天候 of 全天候可用: the same words, cut short or drawn out, with nothing in the rest that turns them round."""
    short, long = sorted((one, other), key=len)
    rest = long[len(short) :]
    return len(short) >= 2 and long.startswith(short) and len(rest) <= 4 and not re.search(r"[不未无没非差欠低]|以下|一半", rest)


def says_on_time(actual: Quantity) -> bool | None:
    """Whether words against a deadline say it was kept; None where they do not say."""
    words = _NEGATED.sub("按时", actual.words)
    if _LATE.search(words):
        return False
    return True if _ON_TIME.search(words) else None


def says_not_applicable(*texts: str) -> bool:
    """Whether an actual or its reason says that the indicator does not apply this year."""
    return any(_NOT_APPLICABLE.search(text) for text in texts if text)


def within(actual: Decimal, target: Quantity) -> Decimal:
    """Distance of a value from the target's range, in the target's unit; 0 inside, ends included."""
    assert target.value is not None  # noqa: S101
    assert target.upper is not None  # noqa: S101
    return max(target.value - actual, actual - target.upper, ZERO)
