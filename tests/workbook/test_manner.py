"""A value in the manner of its cell: what is right stays, what a person wrote in words stays, the rest follows the cell."""

from __future__ import annotations

from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from perfeval_xl.core.decimals import plain
from perfeval_xl.workbook.grid import CellValue
from perfeval_xl.workbook.manner import OtherContentError, Scale, Standing, left_out, rate_for, score_for

RATE = Decimal("0.98664")


def cell(value: CellValue, *, is_error: bool = False, is_formula: bool = False, is_percent: bool = False) -> Standing:
    return Standing(value, "" if value is None else str(value), is_error, is_formula, is_percent)


@pytest.mark.parametrize(
    ("stand", "rate", "scale", "expected"),
    [
        (cell(0.5, is_percent=True), RATE, None, Decimal("0.9866")), (cell(0.9866, is_percent=True), RATE, None, None),
        (cell(0.987, is_percent=True), RATE, None, None), (cell(0.99, is_percent=True), RATE, None, Decimal("0.9866")),
        (cell(None, is_percent=True), RATE, None, Decimal("0.9866")), (cell(None), RATE, None, "98.66%"),
        (cell("98.66%"), RATE, None, None), (cell("98.7%"), RATE, None, None), (cell("98.66 ％"), RATE, None, None), (cell("99%"), RATE, None, "98.66%"),
        (cell("100%"), Decimal("0.99996"), None, "99.99%"), (cell("99.99%"), Decimal("0.99996"), None, None), (cell("100%"), Decimal(1), None, None), (cell("—"), RATE, None, "98.66%"), (cell("/"), Decimal(2), None, "200%"),
        (cell(None), RATE, Scale.FRACTION, Decimal("0.9866")), (cell(None), RATE, Scale.POINTS, Decimal("98.66")),
        (cell(98.66), RATE, Scale.POINTS, None), (cell(98), RATE, Scale.POINTS, Decimal("98.66")), (cell(0.9), RATE, Scale.FRACTION, Decimal("0.9866")),
        (cell(None, is_error=True), RATE, None, "98.66%"), (cell(None, is_formula=True), Decimal(1) / 3, None, Decimal("0.333333333333333")),
        (cell(1 / 3, is_formula=True), Decimal(1) / 3, None, None), (cell("未填", is_formula=True, is_percent=True), RATE, None, Decimal("0.98664")),
        (cell("98%", is_formula=True), RATE, None, "98.66%"),
    ],
)  # fmt: skip
def test_a_rate_is_written_as_its_cell_writes_rates(stand: Standing, rate: Decimal, scale: Scale | None, expected: object) -> None:
    assert rate_for(stand, rate, scale) == expected


@pytest.mark.parametrize(
    ("stand", "expected"),
    [
        (cell(10), Decimal("9.47")), (cell(9.47), None), (cell(None), Decimal("9.47")), (cell("9.47"), None), (cell("9.470分"), None), (cell("9分"), "9.47分"),
        (cell("9"), Decimal("9.47")), (cell("—"), Decimal("9.47")), (cell("有 2 项未能计分"), Decimal("9.47")), (cell(None, is_error=True), Decimal("9.47")),
        (cell(9.4700000000000002 + 1e-15), None), (cell("", is_formula=True), Decimal("9.47")),
    ],
)  # fmt: skip
def test_a_score_is_written_as_its_cell_writes_scores(stand: Standing, expected: object) -> None:
    assert score_for(stand, Decimal("9.47")) == expected


@pytest.mark.parametrize("words", ["见附件", "优秀", "按规定", "95%左右", "约98%"])
def test_what_a_person_wrote_in_words_is_not_replaced(words: str) -> None:
    with pytest.raises(OtherContentError):
        rate_for(cell(words), RATE, None)
    with pytest.raises(OtherContentError):
        score_for(cell(words), Decimal(1))


def test_a_coefficient_is_no_score() -> None:
    with pytest.raises(OtherContentError):
        score_for(cell(0.95, is_percent=True), Decimal(9))


def test_a_sum_that_cannot_be_given_says_so_only_where_no_number_stands() -> None:
    assert left_out(cell(None), 2) == "有 2 项未能计分"
    assert left_out(cell("有 3 项未能计分"), 2) == "有 2 项未能计分"
    assert left_out(cell("有 2 项未能计分"), 2) is None
    with pytest.raises(OtherContentError):
        left_out(cell(95), 2)


rates = st.one_of(st.decimals(0, 5, places=7), st.sampled_from([Decimal("0.99995"), Decimal("0.999999"), Decimal(1), Decimal(1) / 3, Decimal(2) / 3]))
states = st.one_of(st.none(), st.floats(0, 500, allow_nan=False).map(lambda n: round(n, 4)), st.decimals(0, 300, places=2).map(lambda n: plain(n) + "%"), st.just("—"))


@given(states, rates, st.booleans(), st.booleans(), st.sampled_from([None, *Scale]))
def test_what_was_written_is_right_when_read_again(value: CellValue, rate: Decimal, is_formula: bool, is_percent: bool, scale: Scale | None) -> None:  # noqa: FBT001  # drawn
    """A second run changes nothing."""
    new = rate_for(Standing(value, "" if value is None else str(value), False, is_formula, is_percent), rate, scale)  # noqa: FBT003  # drawn
    if new is not None:
        stored: CellValue = float(new) if isinstance(new, Decimal) else new
        factor = 1 if is_percent or scale is not Scale.POINTS or isinstance(new, str) else 100
        shown = Decimal(new.removesuffix("%")) / 100 if isinstance(new, str) else new / factor
        assert abs(shown - rate) <= Decimal("0.0001")
        assert (shown >= 1) == (rate >= 1) or is_formula
        assert rate_for(Standing(stored, str(new), False, is_formula, is_percent), rate, scale) is None  # noqa: FBT003  # drawn
