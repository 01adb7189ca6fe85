"""Quantities: published texts, and properties over any text."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfeval_xl.core import quantity
from perfeval_xl.core.quantity import Kind, Operator, Quantity, parse

FOLDER = Path(__file__).parents[1] / "cases"
CASES = [case for name in ("quantities.toml", "texts.toml") for case in tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))["cases"]]
ALPHABET = "0123456789.,，%‰≥≤＞<=±+-~至到年月日底前 万亿元千人次个米约不低于超过以上内（）()/每完成第\n度一三十百分之无是达A$０５：；。、"


@pytest.mark.parametrize(("text", "kind", "canonical"), CASES)
def test_what_people_write_is_read(text: str, kind: str, canonical: str) -> None:
    read = parse(text)
    assert (read.kind.value, str(read)) == (kind, canonical)


@given(st.text(ALPHABET, max_size=40) | st.text(max_size=40))
@settings(max_examples=2000, deadline=None)
def test_printing_and_reading_again_gives_the_same_quantity(text: str) -> None:
    """Whatever is read, its canonical text means the same; nothing raises."""
    read = parse(text)
    assert isinstance(read, Quantity)
    if read.kind not in {Kind.QUALITATIVE, Kind.UNREADABLE, Kind.SEVERAL, Kind.NONE}:
        assert parse(str(read)) == read


@given(
    st.sampled_from(["", "≥", "≤", ">", "<", "="]),
    st.decimals(min_value=0, max_value=10**12, places=2),
    st.sampled_from(["", "%", "万元", "亿元", "人次", "平方米", "万亩", "元/人", "次"]),
)
def test_a_written_number_keeps_its_value(sign: str, number: Decimal, unit: str) -> None:
    read = parse(f"{sign}{number}{unit}")
    assert (read.operator, read.value, read.unit.symbol) == (Operator(sign), number, unit)


@given(st.from_regex(r"\A[\u4e00-\u9fff]{0,6}(不低于|≥|达)?[0-9]{1,5}(\.[0-9]{1,2})?(%|万元|人次|个|月|年|日)?\Z"))
@settings(max_examples=1000, deadline=None)
def test_the_fast_road_reads_as_the_slow_one(text: str) -> None:
    """Plain cells take a short cut; it may never mean anything else."""
    slow = quantity._Reading(quantity._tidy(text), text, "").quantity() if parse(text).is_number else parse(text)
    assert parse(text) == slow


@pytest.mark.parametrize("piece", ["1", "年1月", "≥", "1,", "1.", "±1", "第1", "（", "不低于1次", "一十", "1-", "2023年1月至", " ", "9" * 50, "万"])
def test_work_grows_no_faster_than_the_text(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of the regular expressions cannot be counted; the longest text that is read as a value is bounded instead,
    and everything beyond is prose by its length alone."""
    read: list[int] = []
    real = quantity._parse

    def counted(text: str) -> Quantity:
        read.append(len(text))
        return real(text)

    monkeypatch.setattr(quantity, "_parse", counted)
    parse(piece * 2_000_000)
    parse(piece * 50)
    assert all(length <= quantity.MAX_VALUE_TEXT for length in read)


def test_blanks_around_a_long_cell_do_not_make_it_prose() -> None:
    assert parse(" " * 1000 + "≥95%" + "\n" * 1000) == parse("≥95%")
