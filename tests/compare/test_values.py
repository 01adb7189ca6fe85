"""Targets that are the same though written differently, and such that are not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from perfeval_xl.compare.values import ratio_of, read, same_value


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (("2.6亿元", ""), ("26000万元", ""), True),
        (("≥100", "人"), ("≥100人", ""), True),
        (("100人", ""), ("≥100人", ""), True),
        (("≥95%", ""), ("95%以上", ""), True),
        (("≥95%", ""), ("≥0.95", ""), True),
        (("2023年12月", ""), ("2023年12月31日前", ""), True),
        (("12月底", ""), ("2023年12月底", ""), True),
        (("显著提升", ""), ("显著 提升。", ""), True),
        (("1公里", ""), ("1000米", ""), True),
        (("≥95%", ""), ("≤95%", ""), False),
        (("≥95%", ""), ("≥90%", ""), False),
        (("100", "元"), ("100", "万元"), False),
        (("100人", ""), ("100次", ""), False),
        (("2023年6月", ""), ("2023年12月", ""), False),
        (("显著提升", ""), ("有所提升", ""), False),
        (("增长5%", ""), ("下降5%", ""), False),
        (("10-20个", ""), ("10-30个", ""), False),
        (("≥95%", ""), ("良好", ""), False),
        (("0起", ""), ("1起", ""), False),
    ],
)
def test_whether_two_targets_ask_for_the_same(old: tuple[str, str], new: tuple[str, str], same: bool) -> None:  # noqa: FBT001  # a case's answer
    assert same_value(read(*old), read(*new)) is same
    assert same_value(read(*new), read(*old)) is same


@pytest.mark.parametrize(
    ("old", "new", "ratio"),
    [("50万元", "500000元", 1), ("50元", "50万元", 10000), ("0人", "0人", 1), ("0人", "5人", None), ("5人", "5元", None), ("5人", "显著", None)],
)
def test_how_far_two_quantities_are_apart(old: str, new: str, ratio: int | None) -> None:
    assert ratio_of(read(old), read(new)) == (None if ratio is None else Decimal(ratio))
