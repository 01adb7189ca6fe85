"""Points of a rule: from a measured value to the score, unrounded. Pure; one function per rule kind.

Deductions and tables are published for certain weights (5 or 8); for another weight they are scaled in proportion.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from perfeval_xl.core.decimals import ZERO
from perfeval_xl.core.model import Direction
from perfeval_xl.core.parameters import Checklist, Deduction, IntervalTable, PerPoint, PointsRow, Steps
from perfeval_xl.core.quantity import Quantity


def deduction_for(weight: Decimal, deductions: Sequence[Deduction]) -> tuple[Decimal, bool]:
    """Points to take off a row of this weight, and whether they are the published ones (not scaled)."""
    for deduction in deductions:
        if deduction.of == weight:
            return deduction.points, True
    first = deductions[0]
    return first.points * weight / first.of, False


def points_for(weight: Decimal, rows: Sequence[PointsRow]) -> tuple[tuple[Decimal, ...], bool]:
    """Points of the intervals for a row of this weight, and whether they are the published ones."""
    for row in rows:
        if row.of == weight:
            return row.points, True
    first = rows[0]
    return tuple(p * weight / first.of for p in first.points), False


def beyond(actual: Decimal, line: Decimal, direction: Direction) -> Decimal:
    """How far the actual is on the wrong side of the line, in percent points; 0 on the right side."""
    gap = actual - line if direction is Direction.LOWER else line - actual
    return max(gap, ZERO)


def steps(rule: Steps, weight: Decimal, actual: Decimal, line: Decimal, direction: Direction) -> Decimal:
    """Weight less the deduction for every whole step beyond the line, not below 0.

    Source: 湖南 2018, 预算完成率: each whole 5 % lower −2, 99.27 % keeps 8 of 8.
    """
    gap = beyond(actual, line, direction)
    count = (gap / rule.step).to_integral_value(rounding="ROUND_DOWN")
    return max(weight - count * deduction_for(weight, rule.deductions)[0], ZERO)


def per_point(rule: PerPoint, weight: Decimal, actual: Decimal, line: Decimal, direction: Direction) -> Decimal:
    """Weight less the deduction for each percent point beyond the line, fractions included, not below 0.

    Source: 湖南 2018, “三公经费”变动率: each point over −0.8 of 8; 98.31 % gives 0.
    """
    return max(weight - beyond(actual, line, direction) * deduction_for(weight, rule.deductions)[0], ZERO)


def interval(rule: IntervalTable, weight: Decimal, measure: Decimal) -> Decimal:
    """Points of the first interval whose upper end holds the measure; the last beyond all of them.

    Source: 湖南 2018, 预算控制率: 39.9 % gives 0 of 8.
    """
    points, _ = points_for(weight, rule.points)
    return next((p for end, p in zip(rule.up_to, points, strict=False) if measure <= end), points[-1])


_ALL = re.compile(r"全部(?:符合|满足|具备|达到|完成|达标)|均(?:符合|满足|具备|达到)|\A(?:符合|满足|达标|达成|完成|已完成)(?:要求)?\Z")
_NONE_OF = re.compile(r"未|没有|不(?!断|低于|少于)")


def checklist(rule: Checklist, weight: Decimal, actual: Quantity) -> tuple[Decimal, list[str]] | None:
    """Points of the items the actual names, scaled to the weight, and those items; None where it names none.

    actual: 全部符合, or a count of equal items (3项), or the items in words, each its own clause.
    """
    full = sum((item.points for item in rule.items), ZERO)
    if _ALL.search(actual.words):
        return weight, [item.text for item in rule.items]
    if actual.is_number and actual.value is not None and actual.unit.dimension in {"", "count"}:
        if len({item.points for item in rule.items}) != 1 or actual.value != int(actual.value) or actual.value < 0:
            return None
        count = min(int(actual.value), len(rule.items))
        return weight * count / len(rule.items), [f"{count}项"]
    clauses = re.split(r"[，,。；;、\n]", actual.words)
    named = [
        item for item in rule.items
        if any(word in clause and not _NONE_OF.search(clause) for word in item.words for clause in clauses)
    ]  # fmt: skip
    denied = any(word in clause for item in rule.items for word in item.words for clause in clauses)
    if not named and not denied:
        return None
    return weight * sum((item.points for item in named), ZERO) / full, [item.text for item in named]


def percent_points(quantity: Quantity) -> Decimal | None:
    """A percent's value in points (‰ converted; 下降5% is -5); a bare number is taken as points already."""
    if quantity.value is None or not quantity.is_number:
        return None
    if quantity.unit.dimension not in {"", "ratio"}:
        return None
    return (quantity.signed or ZERO) * quantity.unit.size


