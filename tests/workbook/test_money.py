"""The money sheet: lines by subject, amounts with their cells, dates of approval and payment."""

from __future__ import annotations

from decimal import Decimal

from perfeval_xl.workbook.money import find_money
from tests.support.grids import grid


def test_lines_are_read_by_subject_with_their_cells() -> None:
    """元岗街道 2023: 9,121 against 9,120.18, growth 21.8 % and 18.9 % as published."""
    sheet = grid(
        [["收支情况（单位：万元）"], ["项目", "本年决算", "上年决算", "增减额", "增长率"], ["本年收入", "9,121", None, 1634.28, "21.8%"], ["本年支出", 9120.18, None, 1448.56, "18.9%"], [],
         ["项目", "上年决算", "本年预算", "本年决算"], ["“三公”经费合计", 20, 18, 17.5], ["公务接待费", 5, 4, 4.5], ["培训费", None, None, None], ["预算批复日期", "2023年2月10日"], ["首笔支付日期：2023年3月1日"]],
        sheet="收支情况",
    )  # fmt: skip
    money = find_money([sheet])
    assert money is not None
    assert [(x.subject, x.current, x.previous, x.budget, x.change, x.growth, x.place.cell("current")) for x in money.lines] == [
        ("income", Decimal(9121), None, None, Decimal("1634.28"), "21.8%", "B3"),
        ("expenditure", Decimal("9120.18"), None, None, Decimal("1448.56"), "18.9%", "B4"),
        ("three-public", Decimal("17.5"), Decimal(20), Decimal(18), None, "", "D7"),
        ("reception", Decimal("4.5"), Decimal(5), Decimal(4), None, "", "D8"),
    ]
    assert money.unit == "万元"
    assert money.approved is not None
    assert money.paid is not None
    assert (money.approved[0], money.approved[1].cell, money.paid[0], money.paid[1].cell) == ("2023年2月10日", "B10", "2023年3月1日", "A11")


def test_sheets_without_money_give_none() -> None:
    assert find_money([grid([["项目", "说明"], ["收入", "见附件"]])]) is None
