"""Completion rates, by direction. Pure: quantities in, fractions out, unrounded."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core.decimals import ONE, ZERO, plain
from perfeval_xl.core.quantity import Kind, Quantity
from perfeval_xl.core.trends import Change, contradicts, named_change
from perfeval_xl.core.units import PERCENT, Relation, relation, sizes

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_SAME, _NUMBER, _PERCENT = Relation.SAME, Kind.NUMBER, Kind.PERCENT


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
        return actual.value, target.value, _SAME
    how = relation(actual.unit, target.unit)
    if how is _SAME and actual.unit.size == target.unit.size:
        return actual.value, target.value, how
    a, t = sizes(actual.unit, target.unit)
    return (actual.value, target.value, how) if a == t else (actual.value * a, target.value * t, how)


def looks_like_fraction(one: Quantity, other: Quantity) -> bool:
    """0.95 beside ≥95%, on either side: the fraction behind a percent, as cells without a percent format hold it."""
    return (
        other.kind is _PERCENT
        and other.unit == PERCENT  # of ‰ nobody writes the fraction so
        and one.kind is _NUMBER
        and not one.unit.symbol
        and one.value is not None
        and other.value is not None
        and ZERO < one.value <= ONE
        and other.value >= 10
    )


class Aligned(NamedTuple):
    """Target and actual counted in one sense. how: the assumption, for the trace; empty where the words say it all."""

    actual: Quantity
    target: Quantity
    how: str


def aligned(actual: Quantity, target: Quantity, name: str) -> Aligned | None:
    """Changes of one sense: 减少10% against 增加12% is -12% of decrease; None where neither side speaks of a change.

    A target that names no change takes the sense of the indicator's own name (能耗降低率), else 下降 counts as negative.
    """
    if actual.change is Change.NONE and target.change is Change.NONE:
        if not contradicts(target.trend, actual.trend):
            return None
        return Aligned(_turned(actual), target, f"目标值与实现值的升降方向相反，实现值按 -{plain(actual.value or ZERO)} 计算")
    sense = target.change if target.change is not Change.NONE else named_change(name)
    target = target._replace(change=Change.NONE)
    if sense is Change.NONE:
        how = "实现值为下降，按负数计算" if actual.change is Change.DOWN else ""
        return Aligned(actual._replace(value=actual.signed, change=Change.NONE), target, how)
    if actual.change is not Change.NONE:
        how = f"按{sense}幅度比较" + ("" if actual.change is sense else f"，实现值为{actual.change}，方向相反，按负数计算")
        value = actual if actual.change is sense else _turned(actual)
        return Aligned(value._replace(change=Change.NONE), target, how)
    if actual.value is not None and actual.value < 0:
        value = _turned(actual) if sense is Change.DOWN else actual
        return Aligned(value, target, f"按{sense}幅度比较，实现值为负数，即下降")
    return Aligned(actual, target, f"按{sense}幅度比较，实现值未写升降，按{sense}计算")


def _turned(quantity: Quantity) -> Quantity:
    return quantity._replace(value=-quantity.value) if quantity.value is not None else quantity


def within(actual: Decimal, target: Quantity) -> Decimal:
    """Distance of a value from the target's range, in the target's unit; 0 inside, ends included."""
    assert target.value is not None  # noqa: S101
    assert target.upper is not None  # noqa: S101
    return max(target.value - actual, actual - target.upper, ZERO)
