"""Dates in Chinese digits, as official letters write them."""

from __future__ import annotations

import pytest

from perfeval_xl.core.dates import in_digits
from perfeval_xl.core.quantity import Kind, parse


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("二〇二五年三月一日", "2025年3月1日"), ("二零二四年十月十日", "2024年10月10日"), ("二○二四年十二月三十一日", "2024年12月31日"), ("二O二四年一月二十号", "2024年1月20号"),
        ("二〇二三年度", "2023年度"), ("二〇二五年三月底", "2025年3月底"), ("一九九八年七月", "1998年7月"), ("日期：二〇二四年一月五日至二〇二四年六月三十日", "日期：2024年1月5日至2024年6月30日"),
        ("培训三月，共十二次", "培训三月，共十二次"), ("2024年3月1日", "2024年3月1日"), ("十二三年内", "十二三年内"), ("", ""),
    ],
)  # fmt: skip
def test_dates_with_a_year_are_written_in_digits_and_nothing_else_is(text: str, digits: str) -> None:
    assert in_digits(text) == digits


@pytest.mark.parametrize("text", ["二〇二四年十十月一日", "二〇二四年三月九九九日", "二〇二四年十三月四十日", "二〇二四年月日"])
def test_what_is_no_date_does_not_become_one_and_breaks_nothing(text: str) -> None:
    read = parse(in_digits(text))
    assert read.kind is not Kind.DATE or read.span is None or read.span.start != read.span.end


def test_a_day_in_chinese_digits_is_the_same_day() -> None:
    assert parse(in_digits("二〇二四年十二月三十一日")).span == parse("2024年12月31日").span
