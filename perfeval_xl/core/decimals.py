"""Exact decimals: cell value to Decimal, the one rounding function, plain text. Pure."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from enum import StrEnum

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)

WIDE = Context(prec=120)  # quantize refuses what has more digits than its context: a rate of 10**36 is absurd, not a crash
_STEPS = tuple(Decimal(1).scaleb(-places) for places in range(13))


class Rounding(StrEnum):
    """How surplus decimals go: half up (四舍五入) or cut (舍去)."""

    HALF_UP = "half-up"
    CUT = "cut"


_MODES = {Rounding.HALF_UP: ROUND_HALF_UP, Rounding.CUT: ROUND_DOWN}


def to_decimal(value: object) -> Decimal | None:
    """The number a cell holds, exactly as shown, or None where it holds no finite number.

    Floats go through their shortest text, so 0.1 stays 0.1. Booleans are no numbers: a tick is not a 1.

    >>> to_decimal(0.1), to_decimal(True), to_decimal("1e3"), to_decimal(float("nan"))
    (Decimal('0.1'), None, Decimal('1000'), None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        return None
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError):
        return None
    if not number.is_finite() or abs(number.adjusted()) > 40:
        return None
    return Decimal(f"{number:f}")


def round_to(value: Decimal, places: int, mode: Rounding = Rounding.HALF_UP) -> Decimal:
    """`value` with at most `places` decimals. Fewer stay as they are: 39.9 is not padded to 39.90.

    >>> round_to(Decimal("3.9464"), 1), round_to(Decimal("3.34"), 2), round_to(Decimal("7.99"), 0, Rounding.CUT)
    (Decimal('3.9'), Decimal('3.34'), Decimal('7'))
    """
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= places:
        return value
    return value.quantize(_STEPS[places], rounding=_MODES[mode], context=WIDE)


def plain(value: Decimal) -> str:
    """Text without exponent and without idle zeros, as people write it.

    >>> plain(Decimal("1E+3")), plain(Decimal("20.00")), plain(Decimal("-0.50"))
    ('1000', '20', '-0.5')
    """
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
