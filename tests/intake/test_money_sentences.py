"""Amounts in sentences: of the right year, none twice, none invented."""

from __future__ import annotations

from decimal import Decimal

import pytest

from perfeval_xl.intake.accounts import Origins, told_accounts
from perfeval_xl.intake.source import Doubt, Paragraph
from perfeval_xl.workbook.forms.accounts import EXPENDITURE, INCOME, Accounts


def told(text: str) -> tuple[Accounts, bool, Origins, list[Doubt]]:
    """Of a report on 2023."""
    origins: Origins = {}
    doubts: list[Doubt] = []
    accounts, says_more = told_accounts([Paragraph(text, "第 5 段")], 2023, Accounts(), origins, doubts)
    return accounts, says_more, origins, doubts


def test_an_amount_of_the_year_before_goes_to_last_year() -> None:
    accounts, says_more, _, doubts = told("2022年决算收入7486.72万元。2023年决算收入9121万元。")
    assert (accounts.lines, says_more, doubts) == ({INCOME: {"previous": Decimal("7486.72"), "current": Decimal(9121)}}, False, [])


@pytest.mark.parametrize("text", ["2021年决算收入7486.72万元。", "2022年决算收入7486.72万元，比上年增加100万元。", "2024年收入预算7486.72万元。"])
def test_what_is_said_of_other_years_stays_in_words(text: str) -> None:
    accounts, says_more, _, _ = told(text)
    assert says_more
    assert "current" not in accounts.lines.get(INCOME, {})
    assert "change" not in accounts.lines.get(INCOME, {})


@pytest.mark.parametrize("aside", ["2022年预算数为100万元", "上年预算数为100万元"])
def test_a_budget_of_another_year_is_not_this_years(aside: str) -> None:
    accounts, says_more, _, _ = told(f"本年支出300万元，{aside}。")
    assert (accounts.lines, says_more) == ({EXPENDITURE: {"current": Decimal(300)}}, True)


def test_a_second_amount_is_doubted_and_the_words_are_kept() -> None:
    accounts, says_more, _, doubts = told("本年支出100万元。支出合计15000万元。")
    assert accounts.lines == {EXPENDITURE: {"current": Decimal(100)}}
    assert says_more
    assert [(d.text, "100万元" in d.reason) for d in doubts] == [("15000万元", True)]


def test_the_same_amount_twice_is_no_doubt() -> None:
    _, says_more, _, doubts = told("本年支出100万元。支出合计100万元。")
    assert (says_more, doubts) == (False, [])


def test_a_second_date_is_doubted() -> None:
    _, says_more, _, doubts = told("预算批复日期为2023年2月1日。预算批复日期为2023年3月1日。")
    assert says_more
    assert len(doubts) == 1


def test_only_exactly_the_same_is_no_change() -> None:
    accounts, says_more, _, _ = told("本年收入100万元，与上年基本持平。")
    assert (accounts.lines, says_more) == ({INCOME: {"current": Decimal(100)}}, True)
    accounts, says_more, origins, _ = told("本年收入100万元，与上年度持平。")
    assert (accounts.lines, says_more) == ({INCOME: {"current": Decimal(100), "change": Decimal(0)}}, False)
    assert origins[INCOME, "change"].text == "与上年度持平"


def test_a_change_that_the_table_contradicts_is_doubted_and_kept() -> None:
    stated = Accounts({INCOME: {"current": Decimal(300), "previous": Decimal(200)}})
    for change, count in (("100万元", 0), ("0.01亿元", 0), ("50万元", 1)):
        doubts: list[Doubt] = []
        accounts, says_more = told_accounts([Paragraph(f"本年收入300万元，比上年增加{change}。", "第 5 段")], 2023, stated, {}, doubts)
        assert (accounts.lines, says_more, len(doubts)) == (stated.lines, bool(count), count)
