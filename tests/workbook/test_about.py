"""What stands around a table: signature rows, several labels in one cell, tables that lie on their side."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from perfeval_xl.core.model import Submission
from perfeval_xl.workbook.parse import parse_tables
from tests.support.grids import grid

HEAD = ["一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分"]
ROWS = [["产出指标", "数量指标", "培训人数", "≥100人", "95人", "60", "57"], ["效益指标", "社会效益指标", "满意率", "≥95%", "96%", "40", "40"]]


def read(rows: Sequence[Sequence[str]]) -> Submission:
    found = parse_tables("表.xlsx", [grid(rows)], {})
    assert isinstance(found, list)
    return found[0]


@pytest.mark.parametrize(
    "row",
    [
        ["填报日期：2026年3月10日"],
        ["填报人：张三", "", "填报日期：2026年3月10日"],
        ["", "", "", "", "", "", "填报日期：2026年3月10日"],
        ["填报人：张三    联系电话：13800000000    填报日期：2026年3月10日"],
        ["填报人", "张三", "填报日期", "2026年3月10日"],
        ["填 报 人：张三 填 报 日 期：2026年3月10日"],
        ["填报日期", "2026年3月10日"],
        ["", "", "", "", "", "2026年3月10日"],
    ],
)
def test_the_day_of_filling_in_is_read_wherever_it_stands_under_the_table(row: list[str]) -> None:
    table = read([["2025年度项目支出绩效自评表"], ["填报单位", "甲局"], HEAD, *ROWS, ["合计", "", "", "", "", "100", "97"], row])
    assert table.facts["填报日期"] == "2026年3月10日"
    assert (table.department, table.year, len(table.indicators)) == ("甲局", 2025, 2)


@pytest.mark.parametrize("label", ["填报日期", "报送日期", "日期", "填表时间"])
def test_labels_of_the_day_above_the_table(label: str) -> None:
    table = read([["2025年度项目支出绩效自评表"], [f"填报单位：甲局，{label}：2026-03-10"], HEAD, *ROWS])
    assert (table.department, table.facts[label]) == ("甲局", "2026-03-10")


def test_a_row_of_sums_under_the_table_gives_no_second_total() -> None:
    table = read([["2025年度项目支出绩效自评表"], HEAD, *ROWS, ["总分", "", "", "", "", "100", "97"]])
    assert [str(t.score) for t in table.totals if not t.section] == ["97"]
    assert "总分" not in table.facts


def test_what_stands_above_a_table_on_its_side_is_read() -> None:
    sideways = [list(column) for column in zip(HEAD, *ROWS, strict=True)]
    funds = [["年度资金总额", "年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分"], ["", "100", "100", "95", "10", "95%", "9.5"]]
    table = read([["2025年度项目支出绩效自评表"], ["填报单位", "甲局", "填报日期", "2026-03-10"], *funds, *sideways])
    assert (table.department, table.year, table.facts["填报日期"], len(table.indicators)) == ("甲局", 2025, "2026-03-10", 2)
    assert table.execution is not None
    assert table.execution.total.spent == "95"


def test_spare_rows_whose_formulas_made_zeros_are_no_indicators() -> None:
    table = read([["2025年度项目支出绩效自评表"], HEAD, *ROWS, ["效益指标", "经济效益指标", "", "", "", "", "0"], ["", "", "", "", "", "0", "0"]])
    assert [r.name for r in table.indicators] == ["培训人数", "满意率"]
