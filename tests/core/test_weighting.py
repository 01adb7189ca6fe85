"""Equal split and redistribution: sums are exact, always."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from perfeval_xl.core.weighting import equal_split, scaled


def test_twenty_over_six_as_published() -> None:
    assert [str(w) for w in equal_split(Decimal(20), 6)] == ["3.34", "3.33", "3.33", "3.33", "3.33", "3.34"]


@given(st.decimals(min_value=1, max_value=1000, places=2), st.integers(1, 60))
def test_an_equal_split_sums_to_its_total_and_differs_by_one_hundredth_at_most(total: Decimal, count: int) -> None:
    weights = equal_split(total, count)
    assert sum(weights) == total
    assert max(weights) - min(weights) <= Decimal("0.01")


@given(st.lists(st.decimals(min_value=Decimal("0.01"), max_value=50, places=2), min_size=1, max_size=40))
def test_scaled_weights_sum_to_a_hundred(weights: list[Decimal]) -> None:
    assert sum(scaled(weights, Decimal(100))) == 100
