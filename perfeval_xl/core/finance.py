"""Money: growth, budget execution and the ratios of the management indicators. Pure: amounts in one unit, fractions out."""

from __future__ import annotations

from decimal import Decimal


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
