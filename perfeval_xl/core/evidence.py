"""Evidence: which cells of a row hold the target and the actual, and what is remarkable about how they are written. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.findings import Finding, finding
from perfeval_xl.core.model import Indicator
from perfeval_xl.core.quantity import NUMERIC, Kind, Operator, Quantity, parse
from perfeval_xl.core.units import NO_UNIT, Relation, relation

_PERCENT = parse("100%")
_ZERO_WORDS = frozenset({"无", "未发生", "没有发生", "无发生", "零", "为零", "零发生", "0"})


class Evidence(NamedTuple):
    """target, actual: as read. field: the column the actual comes from. notes: what was assumed, for the trace."""

    target: Quantity
    actual: Quantity
    field: str
    notes: tuple[str, ...]


def evidence_of(row: Indicator, findings: list[Finding]) -> Evidence:
    """Reads both cells of a row; appends what is remarkable to `findings`."""
    target, actual = parse(row.target), parse(row.actual)
    if row.unit and (target.is_number or actual.is_number):
        target, actual = _in_unit_of_column(target, row.unit), _in_unit_of_column(actual, row.unit)
    source = "actual"
    notes: tuple[str, ...] = ()
    if row.rate:
        other = parse(row.rate)
        if _is_misplaced(other, target, actual):
            findings.append(
                finding(
                    "actual-in-rate-column",
                    row.place.location("rate"),
                    f"完成率列写的是“{row.rate.strip()}”，实现值列写的是“{row.actual.strip() or '（空）'}”",
                    f"完成率列为百分比，实现值列为“{row.rate.strip()}”",
                )
            )
            actual, source = other, "rate"
            notes = ("实现值取自“指标完成率”列",)
    if actual.operator is not Operator.NONE and actual.is_number:
        findings.append(finding("operator-in-actual", row.place.location(source), f"实现值写为“{actual.text.strip()}”",
                                f"确数，如“{plain(actual.value or Decimal(0))}{actual.unit.symbol}”"))  # fmt: skip
    for which, quantity in () if not target.lookalike and not actual.lookalike else (("target", target), (source, actual)):
        if quantity.lookalike:
            findings.append(finding("lookalike-operator", row.place.location(which),
                                    f"“{quantity.text.strip()}”中的“{quantity.lookalike}”", f"“{quantity.operator}”"))  # fmt: skip
    if target.is_number and target.value == 0 and actual.text.strip() in _ZERO_WORDS:
        actual = target._replace(operator=Operator.NONE, text=actual.text)
        notes = (*notes, f"目标值为 0，实现值“{actual.text.strip()}”读作 0")
    return Evidence(target, actual, source, notes)


def execution_evidence(row: Indicator) -> Evidence:
    """Budget and spending of a budget execution row; its rate column where the amounts are missing."""
    target, actual = parse(row.target), parse(row.actual)
    if target.kind is Kind.NONE and actual.kind is Kind.NONE:
        rate = parse(row.rate)
        if rate.kind is Kind.NUMBER and not rate.unit.symbol and rate.value is not None:
            value = rate.value * 100 if rate.value <= 1 else rate.value
            rate = _PERCENT._replace(value=value, text=row.rate)
        if rate.kind is Kind.PERCENT:
            return Evidence(_PERCENT._replace(text="100%"), rate, "rate", ("没有预算数和执行数，按填报的执行率计算",))
    return Evidence(target, actual, "actual", ())


def _in_unit_of_column(quantity: Quantity, column: str) -> Quantity:
    if not quantity.is_number or quantity.unit.dimension:
        return quantity
    unit = parse(f"1{re.sub(r'[（()）]', '', column.strip())}").unit
    if unit is NO_UNIT:
        return quantity
    kind = Kind.PERCENT if unit.dimension == "ratio" else Kind.NUMBER
    return quantity._replace(unit=unit, kind=kind)


def _is_misplaced(rate: Quantity, target: Quantity, actual: Quantity) -> bool:
    """The rate column holds an amount in the target's own kind of unit, and the actual only repeats the target."""
    if rate.kind is not Kind.NUMBER or not rate.unit.dimension or target.kind not in NUMERIC:
        return False
    if relation(rate.unit, target.unit) not in {Relation.SAME, Relation.CONVERTIBLE}:
        return False
    return actual.kind is Kind.NONE or (actual.value == target.value and actual.unit == target.unit)
