"""Amounts: the rows of one table that can be brought together with those of other departments, and why the others cannot. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from perfeval_xl.compare.match import plain_name
from perfeval_xl.core.completion import in_common_unit, looks_like_fraction
from perfeval_xl.core.decimals import HUNDRED, ONE, ZERO
from perfeval_xl.core.model import Direction, Evaluation, IndicatorScore, Status
from perfeval_xl.core.quantity import Kind, Quantity
from perfeval_xl.core.rollup import Amount
from perfeval_xl.core.texts import shortened
from perfeval_xl.core.trends import Change
from perfeval_xl.core.units import PERCENT, Relation

_NO_SHARE = frozenset({Status.DETAIL, Status.ALTERNATIVE})
_PERCENT_NAME = re.compile(r"(?:率|比例|占比|比重|满意度|知晓度|认可度)\Z")
_AVERAGE_NAME = re.compile(r"人均|户均|亩均|平均|均价|单价|指数|每(?:人|户|亩|平方米|公里|次|个|月|年|天|日)|(?:率|比例|占比|比重|满意度|知晓度|认可度)(?:\Z|[（(])")
_MAX_NAME = 400
NO_NUMBER, A_CHANGE, OTHER_UNITS = "不是确数", "写的是增减变化", "目标值与实现值的单位不同"


def name_of_key(key: str) -> str:
    """What all rows of one name have in common, whatever their units."""
    return key.partition("\0")[0]


def amounts_of(evaluation: Evaluation) -> tuple[list[Amount], list[tuple[str, str]]]:
    """Rows with a number on both sides in one unit: what can be added up or averaged over departments; and the names of the others, each
    with the reason. Rows without a name, parts of other rows and budget execution are neither.
    """
    amounts: list[Amount] = []
    left: list[tuple[str, str]] = []
    for score in evaluation.scores:
        name = plain_name(score.indicator.name)
        if not name or score.indicator.is_execution or score.status in _NO_SHARE:
            continue
        amount = _amount(score, name)
        if isinstance(amount, str):
            left.append((name, amount))
        else:
            amounts.append(amount)
    return amounts, left


def _amount(score: IndicatorScore, name: str) -> Amount | str:
    target, actual, row = score.target, score.actual, score.indicator
    if not (target.is_number and actual.is_number) or target.value is None or actual.value is None:
        return NO_NUMBER
    if target.change is not Change.NONE or actual.change is not Change.NONE:
        return A_CHANGE
    if looks_like_fraction(actual, target):
        actual = actual._replace(kind=target.kind, value=actual.value * HUNDRED, unit=target.unit)  # as it is scored
    target, actual = _as_percents(name, target, actual)
    if target.kind is not actual.kind or target.value is None or actual.value is None:
        return OTHER_UNITS
    a, t, how = in_common_unit(actual, target)
    if how not in {Relation.SAME, Relation.CONVERTIBLE}:
        return OTHER_UNITS
    size = target.unit.size
    if (a, t) != (actual.value, target.value):  # counted in smallest steps: back to the target's own unit
        a, t = a / size, target.value
    if a < 0 <= t and (t or score.direction is not Direction.HIGHER):
        a = ZERO  # as it is scored
    is_rate = target.kind is Kind.PERCENT or bool(target.unit.per) or target.unit.dimension == "duration" or bool(_AVERAGE_NAME.search(name))  # such do not add up
    direction = Direction.HIGHER if score.direction is Direction.EQUAL and t > 0 else score.direction  # ＝100 is scored like ≥100
    key = "\0".join((name, target.unit.dimension, target.unit.group, target.unit.per, direction.value))
    return Amount(key, shortened(row.name.strip(), _MAX_NAME), row.level1, row.level2, target.unit.symbol, size, target.operator.value, direction.value, is_rate, t, a)


def _as_percents(name: str, target: Quantity, actual: Quantity) -> tuple[Quantity, Quantity]:
    """验收合格率 0.95 or 95, without its sign: percents, as all others of that name."""
    if not _PERCENT_NAME.search(name) or any(q.kind is not Kind.NUMBER or q.unit.symbol or q.value is None or not 0 <= q.value <= HUNDRED for q in (target, actual)):
        return target, actual
    size = HUNDRED if max(q.value or ZERO for q in (target, actual)) <= ONE else ONE
    return _percent(target, size), _percent(actual, size)


def _percent(quantity: Quantity, size: Decimal) -> Quantity:
    return quantity._replace(kind=Kind.PERCENT, value=(quantity.value or ZERO) * size, unit=PERCENT)
