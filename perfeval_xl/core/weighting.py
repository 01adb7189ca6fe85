"""Weights: equal split, redistribution, sums. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache

from perfeval_xl.core.decimals import WIDE, ZERO, round_to

_SETTLED = 12


def equal_split(total: Decimal, count: int, places: int = 2) -> list[Decimal]:
    """`count` weights that sum exactly to `total`, the spare hundredths on the outermost rows: first, last, second, …

    Source: the self-evaluation table of 元岗街道 (天河区), 2023: 20 over 6 rows.
    Raises: ValueError for count < 1.
    >>> print(*equal_split(Decimal(20), 6)), print(*equal_split(Decimal(20), 5))
    3.34 3.33 3.33 3.33 3.33 3.34
    4.00 4.00 4.00 4.00 4.00
    (None, None)
    """
    return list(_equal_split(total, count, places))


@lru_cache(maxsize=1024)  # the same few weights are split in form after form
def _equal_split(total: Decimal, count: int, places: int) -> tuple[Decimal, ...]:
    return tuple(scaled([Decimal(1)] * count, total, places))


def scaled(weights: Sequence[Decimal], total: Decimal, places: int = 2) -> list[Decimal]:
    """Weights in the same proportions that sum exactly to `total` (largest remainder, ties from the outside in).

    weights: ≥ 0, one per row, in sheet order, with a positive sum. Raises: ValueError for an empty or zero sum.
    """
    whole = sum(weights, ZERO)
    if not weights or whole <= 0:
        raise ValueError("weights must have a positive sum")
    step = Decimal(1).scaleb(-places)
    exact = [total * w / whole for w in weights]
    shares = [e.quantize(step, rounding=ROUND_DOWN, context=WIDE) for e in exact]
    spare = int((total - sum(shares, ZERO)) / step)
    last = len(weights) - 1
    # equal remainders of different weights may differ in their last digit, which is noise
    order = sorted(range(len(weights)), key=lambda i: (round_to(shares[i] - exact[i], _SETTLED), min(i, last - i), i))
    for i in order[:spare]:
        shares[i] += step
    rest = total - sum(shares, ZERO)  # a total with more decimals than `places`
    if rest:
        shares[order[0]] += rest
    return shares


def weight_sum(weights: Iterable[Decimal | None]) -> Decimal:
    """Sum of the weights that are there."""
    return sum([w for w in weights if w is not None], ZERO)
