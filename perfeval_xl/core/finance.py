"""Money: growth, budget execution and the ratios of the management indicators. Pure: amounts in one unit, fractions out."""

from __future__ import annotations

from decimal import Decimal

from perfeval_xl.core.quantity import Quantity
from perfeval_xl.core.units import unit_of

_MONEY = frozenset({"元", "万元", "亿元"})


def growth(current: Decimal, previous: Decimal) -> Decimal | None:
    """(current − previous) / previous; None where last year was 0.

    Source: 元岗街道 2023: 9121 万元, +1634.28, published 21.8 %.
    >>> round(growth(Decimal("9121"), Decimal("9121") - Decimal("1634.28")), 3)
    Decimal('0.218')
    """
    return (current - previous) / previous if previous else None


def execution_rate(spent: Decimal, budget: Decimal) -> Decimal | None:
    """spent / budget; None without a budget."""
    return spent / budget if budget else None


def staff_control(staff: Decimal, posts: Decimal) -> Decimal | None:
    """在职人员控制率: staff / authorised posts.

    Source: 湖南 2018 form. >>> round(staff_control(Decimal(136), Decimal(143)), 4)
    Decimal('0.9510')
    """
    return staff / posts if posts else None


def three_public_change(current: Decimal, previous: Decimal) -> Decimal | None:
    """“三公经费”变动率.

    >>> round(three_public_change(Decimal("63.46"), Decimal(32)), 4)
    Decimal('0.9831')
    """
    return growth(current, previous)


def budget_completion(carried: Decimal, initial: Decimal, added: Decimal, left: Decimal) -> Decimal | None:
    """预算完成率: (carried + initial + added − left) / (carried + initial + added)."""
    available = carried + initial + added
    return (available - left) / available if available else None


def budget_control(added: Decimal, initial: Decimal) -> Decimal | None:
    """预算控制率: added during the year / initial budget.

    >>> round(budget_control(Decimal("767.86"), Decimal("1922.76")), 3)
    Decimal('0.399')
    """
    return added / initial if initial else None


def area_control(built: Decimal, approved: Decimal) -> Decimal | None:
    """新建楼堂馆所面积控制率: built / approved area; None where nothing was approved."""
    return built / approved if approved else None


def places_of(value: Decimal) -> int:
    """Decimals as written: 21.8 has one."""
    exponent = value.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def is_shown_as(shown: Decimal, places: int, low: Decimal, high: Decimal) -> bool:
    """Whether any number from low to high, rounded half up or cut at so many decimals, is the one shown.

    >>> is_shown_as(Decimal("21.8"), 1, Decimal("21.829"), Decimal("21.829")), is_shown_as(Decimal(100), 0, Decimal("80.45"), Decimal("80.45"))
    (True, False)
    """
    if shown < 0 or (shown == 0 and high <= 0):
        shown, low, high = -shown, -high, -low
    step = Decimal(1).scaleb(-places)
    return shown - step / 2 <= high and low < shown + step


EXACT_BELOW = 1000
"""Whole amounts below it are taken as exact; larger ones, and all with decimals, may have been rounded."""


def spread_of(value: Decimal) -> tuple[Decimal, Decimal]:
    """The amounts that a written one can stand for: 9121 is anything from 9120.5 to 9121.5.

    >>> spread_of(Decimal("1634.28")), spread_of(Decimal(90))
    ((Decimal('1634.275'), Decimal('1634.285')), (Decimal('90'), Decimal('90')))
    """
    places = places_of(value)
    if not places and abs(value) < EXACT_BELOW:
        return value, value
    half = Decimal(1).scaleb(-places) / 2
    return value - half, value + half


def growth_spread(current: Decimal, change: Decimal) -> tuple[Decimal, Decimal] | None:
    """Lowest and highest growth that this year's amount and its change against last year can mean; None where last year may be 0.

    Source: 元岗街道 2023: 9121 万元, +1634.28, published 21.8 %.
    >>> [round(r, 3) for r in growth_spread(Decimal("9121"), Decimal("1634.28")) or ()]
    [Decimal('0.218'), Decimal('0.218')]
    """
    rates = []
    for c in spread_of(current):
        for d in spread_of(change):
            rate = growth(c, c - d)
            if rate is None or c - d < 0:
                return None
            rates.append(rate)
    return min(rates), max(rates)


def quotient_spread(part: Decimal, whole: Decimal) -> tuple[Decimal, Decimal] | None:
    """Lowest and highest part / whole that two written amounts can mean; None where the whole may be 0."""
    if any(w <= 0 for w in spread_of(whole)):
        return None
    rates = [p / w for p in spread_of(part) for w in spread_of(whole)]
    return min(rates), max(rates)


def in_yuan(read: Quantity, unit: str) -> Decimal | None:
    """An amount as read, in yuan; None where neither it nor its table (unit) names a unit of money.

    A scale written in the cell counts instead of the table's: 100万 is a million yuan, under 元 and under 万元.

    >>> from perfeval_xl.core.quantity import parse
    >>> [in_yuan(parse(text), unit) for text, unit in (("2.6亿元", ""), ("880", "万元"), ("100万", "元"), ("100", "人"))]
    [Decimal('260000000.0'), Decimal('8800000'), Decimal('1000000'), None]
    """
    if not read.is_number or read.value is None:
        return None
    if read.unit.dimension == "money":
        return read.value * read.unit.size
    if unit not in _MONEY or read.unit.dimension:
        return None
    return read.value * (read.unit.scale if read.unit.scale != 1 else unit_of("元", unit[:-1]).scale)
