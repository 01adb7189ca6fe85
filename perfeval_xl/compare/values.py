"""Values side by side: whether two texts mean the same, and how far two quantities are apart. Pure."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from perfeval_xl.core.completion import in_common_unit
from perfeval_xl.core.quantity import Kind, Operator, Quantity, parse
from perfeval_xl.core.units import Relation, relation

_IDLE = re.compile(r"[\s，,。；;、:：（）()“”\"]")
_NO_SIGN = frozenset({Operator.NONE, Operator.EQUAL})
_MEASURED = frozenset({Kind.NUMBER, Kind.PERCENT})


def read(text: str, unit: str = "") -> Quantity:
    """A cell's quantity, with the unit of its column where the cell names none."""
    quantity = parse(text)
    if unit and quantity.kind is Kind.NUMBER and not quantity.unit.symbol and len(unit) <= 8:
        return parse(text + unit)
    return quantity


def same_value(old: Quantity, new: Quantity) -> bool:
    """Whether two targets ask for the same; a sign that one side leaves out (100人, ≥100人) is no difference.

    >>> same_value(parse("2.6亿元"), parse("26000万元")), same_value(parse("≥95%"), parse("≥0.95")), same_value(parse("≥95%"), parse("≤95%"))
    (True, True, False)
    """
    if _bare(old.text) == _bare(new.text):
        return True
    if old.kind is Kind.DATE and new.kind is Kind.DATE:
        return _deadline(old, new) == _deadline(new, old)
    if old.kind is Kind.RANGE and new.kind is Kind.RANGE:
        return old.meaning == new.meaning
    if old.kind not in _MEASURED or new.kind not in _MEASURED:
        return old.kind is new.kind and old.meaning == new.meaning
    if old.operator is not new.operator and not _NO_SIGN & {old.operator, new.operator}:
        return False
    if old.change is not new.change:
        return False
    ratio = ratio_of(old, new)
    return ratio == 1


def _deadline(quantity: Quantity, other: Quantity) -> object:
    """The last day a date can mean; a date without its year is of the other's."""
    if quantity.span is None or other.span is None:
        return None
    return quantity.span.in_year(other.span.end.year).end if other.span.end.year > 1 else quantity.span.end


def ratio_of(old: Quantity, new: Quantity) -> Decimal | None:
    """New by old in one unit; None where they cannot be compared or the old one is 0. Two zeros: 1."""
    if old.kind not in _MEASURED or new.kind not in _MEASURED or old.value is None or new.value is None:
        return None
    a, b = old, new
    if a.kind is Kind.NUMBER and b.kind is Kind.PERCENT:
        a = _as_percent(a)
    elif a.kind is Kind.PERCENT and b.kind is Kind.NUMBER:
        b = _as_percent(b)
    if relation(b.unit, a.unit) in {Relation.DIFFERENT, Relation.COUNTED}:
        return None
    ours, theirs, _ = in_common_unit(b, a)
    if not theirs:
        return Decimal(1) if not ours else None
    return ours / theirs


def _as_percent(quantity: Quantity) -> Quantity:
    """0.95 beside a percent is 95%."""
    value = quantity.value
    if value is None or quantity.unit.symbol or not 0 < value <= 1:
        return quantity
    return parse(f"{value * 100:f}%")


def _bare(text: str) -> str:
    return _IDLE.sub("", unicodedata.normalize("NFKC", text)).lower()
