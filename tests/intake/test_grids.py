"""Tables that go on over pages: rows are put together only where they are surely one, and nothing between them is lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from perfeval_xl.intake.grids import joined
from perfeval_xl.intake.source import Paragraph, SourceTable

HEADINGS = ["一级指标", "二级指标", "三级指标", "年度目标值", "年度实现值", "分值", "得分", "偏差原因"]
FIRST = ["产出指标", "数量指标", "甲", "5次", "5次", "10", "10", ""]
LAST = ["产出指标", "质量指标", "丁", "100%", "100%", "10", "10", ""]


def one(above: Sequence[Sequence[str]], below: Sequence[Sequence[str]], between: str = "") -> SourceTable:
    upper = SourceTable([HEADINGS, *above], [str(i) for i in range(len(above) + 1)])
    lower = SourceTable(below, [f"b{i}" for i in range(len(below))])
    (table,) = joined([upper, *([Paragraph(between, "p")] if between else []), lower])
    assert isinstance(table, SourceTable)
    return table


def test_a_row_without_points_and_the_next_page_stay_two_rows_with_a_doubt() -> None:
    table = one([FIRST, ["产出指标", "数量指标", "乙", "3次", "3次", "", "", ""]], [["产出指标", "质量指标", "丙", "100%", "100%", "10", "10", ""], LAST])
    assert [r[2] for r in table.rows] == ["三级指标", "甲", "乙", "丙", "丁"]
    assert [row for row, _ in table.doubts] == [2]


@pytest.mark.parametrize("values", [["3次", "3次"], ["", ""]])
def test_an_unscored_part_of_a_row_stays_a_row_of_its_own(values: list[str]) -> None:
    table = one([FIRST], [["产出指标", "数量指标", "其中：乙", *values, "", "", ""], LAST])
    assert [r[2] for r in table.rows] == ["三级指标", "甲", "其中：乙", "丁"]
    assert [row for row, _ in table.doubts] == [1]


def test_what_is_surely_the_rest_of_a_row_is_put_to_it() -> None:
    table = one([[*FIRST[:-1], "受疫情影"]], [["", "", "的覆盖率", "", "", "", "", "响"], LAST])
    assert table.rows[1] == ["产出指标", "数量指标", "甲的覆盖率", "5次", "5次", "10", "10", "受疫情影响"]
    assert table.doubts == []


@pytest.mark.parametrize("rest", [["", "", "乙", "", "", "", "", ""], ["", "", "", "3次", "3次", "", "", ""]])
def test_a_fusion_that_is_not_certain_is_doubted(rest: list[str]) -> None:
    table = one([FIRST], [rest, LAST])
    assert len(table.rows) == 3
    assert [(row, "可能是两行" in why) for row, why in table.doubts] == [(1, True)]


def test_the_rest_of_a_day_is_put_to_it() -> None:
    table = one([["产出指标", "时效指标", "甲", "2023年12月31", "2023年11月30", "10", "10", ""]], [["", "", "", "日前", "日", "", "", ""], LAST])
    assert table.rows[1][3:5] == ["2023年12月31日前", "2023年11月30日"]
    assert table.doubts == []


def test_a_paragraph_that_only_begins_like_a_mark_of_continuation_is_kept() -> None:
    upper, lower = SourceTable([HEADINGS, FIRST], ["1", "2"]), SourceTable([LAST], ["3"])
    told = Paragraph("续聘法律顾问一名，费用5万元。", "p")
    assert joined([upper, told, lower])[1] == told


@pytest.mark.parametrize("mark", ["续表", "（续表1）", "续上表", "— 3 —"])
def test_a_mark_of_continuation_says_nothing(mark: str) -> None:
    assert one([FIRST], [LAST], mark).doubts == []


def test_the_title_printed_again_above_a_next_page_is_doubted() -> None:
    table = one([FIRST], [LAST], "绩效自评表（续）")
    assert [(row, "绩效自评表（续）" in why) for row, why in table.doubts] == [(2, True)]
