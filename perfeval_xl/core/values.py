"""What a cell's text means once it is read: kind, operator, exact value, unit, dates. Pure values."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from perfeval_xl.core.dates import Span
from perfeval_xl.core.decimals import plain
from perfeval_xl.core.trends import Change, Trend
from perfeval_xl.core.units import NO_UNIT, Unit


class Kind(StrEnum):
    """What a text turned out to be."""

    NUMBER = "number"
    PERCENT = "percent"
    RANGE = "range"
    DATE = "date"
    QUALITATIVE = "qualitative"
    YES_NO = "yes-no"
    NONE = "none"
    UNREADABLE = "unreadable"
    SEVERAL = "several"

    __hash__ = str.__hash__  # members equal their text, and are looked up for every row


class Operator(StrEnum):
    """Comparison written before (or, in words, around) a number."""

    NONE = ""
    AT_LEAST = "≥"
    MORE = ">"
    EQUAL = "="
    AT_MOST = "≤"
    LESS = "<"

    __hash__ = str.__hash__  # members equal their text, and are looked up for every row


# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_NUMBER, _PERCENT = Kind.NUMBER, Kind.PERCENT
NUMERIC = frozenset({_NUMBER, _PERCENT})


class Quantity(NamedTuple):
    """One text, read. A named tuple: hundreds of thousands are made in one run.

    value: exact, in `unit` as written; the lower end of a RANGE. upper: its upper end. span: of a DATE.
    parts: the quantities of a SEVERAL. is_approximate: 约, 左右. lookalike: an operator sign that only looks like one.
    change: 增长 or 下降 written beside the number; the value itself stays as written. trend: what all the words say, the change included.
    text: the cell, as it stood; two quantities are equal when they mean the same, whatever was typed.
    """

    kind: Kind
    operator: Operator = Operator.NONE
    value: Decimal | None = None
    upper: Decimal | None = None
    unit: Unit = NO_UNIT
    span: Span | None = None
    words: str = ""
    parts: tuple[Quantity, ...] = ()
    is_approximate: bool = False
    lookalike: str = ""
    text: str = ""
    change: Change = Change.NONE
    trend: Trend = Trend.NONE

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.meaning == other.meaning

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.meaning)

    @property
    def meaning(self) -> tuple[object, ...]:
        """Everything but how it was typed."""
        return (self.kind, self.operator, self.value, self.upper, self.unit, self.span, self.words, self.parts,
                self.is_approximate, self.change)  # fmt: skip

    @property
    def is_number(self) -> bool:
        """One number that can be compared: counts, money, percents."""
        return self.kind is _NUMBER or self.kind is _PERCENT

    @property
    def signed(self) -> Decimal | None:
        """The value as a change: 下降5% is -5."""
        return -self.value if self.change is Change.DOWN and self.value is not None else self.value

    def __str__(self) -> str:
        """Canonical text; reading it again gives an equal quantity.

        >>> from perfeval_xl.core.quantity import parse
        >>> str(parse("不低于１０５人")), str(parse("２.６亿元")), str(parse("±10%"))
        ('≥105人', '2.6亿元', '-10至10%')
        """
        about = "约" if self.is_approximate else ""
        if self.kind in NUMERIC and self.value is not None:
            return f"{self.change}{self.operator}{about}{plain(self.value)}{self.unit.symbol}"
        if self.kind is Kind.RANGE and self.value is not None and self.upper is not None:
            return f"{self.change}{about}{plain(self.value)}至{plain(self.upper)}{self.unit.symbol}"
        if self.kind is Kind.DATE:
            return f"{self.operator}{self.span}"
        if self.kind is Kind.SEVERAL:
            return "；".join(map(str, self.parts))
        return self.words
