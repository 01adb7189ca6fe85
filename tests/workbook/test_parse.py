"""What a workbook is taken for: rows told from sums, headings and remarks; tables told from copies, parts and samples."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from perfeval_xl.core.findings import Finding
from perfeval_xl.core.model import Submission
from perfeval_xl.workbook.grid import Grid
from perfeval_xl.workbook.parse import parse_book, parse_tables
from tests.support.grids import grid, submission

HEAD = ["一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因"]
TRAINED = ["产出指标", "数量指标", "培训人数", "≥100人", "100人", 50, 50, None]
PLEASED = ["满意度指标", "服务对象满意度", "学员满意度", "≥90%", "95%", 50, 50, None]


def table(*rows: list[Any], title: str = "2023年度项目支出绩效自评表", **more: Any) -> Grid:
    return grid([[title], ["填报单位：某市水利局"], HEAD, *rows], "A1:H1", "A2:H2", **more)


def names(done: Submission) -> list[str]:
    return [r.name for r in done.indicators]


def only(found: Submission | Finding) -> Finding:
    assert isinstance(found, Finding)
    return found


def test_two_whole_tables_are_ambiguous_and_both_are_named() -> None:
    first, second = table(TRAINED, PLEASED, sheet="项目一"), table(["产出指标", "数量指标", "修路里程", "≥5公里", "6公里", 100, 100], sheet="项目二")
    found = only(parse_book("a.xlsx", [first, second], {}))
    assert found.kind.kind == "ambiguous-table"
    assert found.severity.value == "error"
    assert "工作表“项目一”中的“2023年度项目支出绩效自评表”（2 项指标" in found.found
    assert "工作表“项目二”" in found.found
    assert names(submission(first, second, sheet="项目二")) == ["修路里程"]
    every = parse_tables("a.xlsx", [first, second], {})
    assert isinstance(every, list)
    assert [names(s) for s in every] == [["培训人数", "学员满意度"], ["修路里程"]]


def test_a_sheet_that_is_not_there_is_named() -> None:
    assert "没有名为“表二”的工作表，现有：Sheet1" in only(parse_book("a.xlsx", [table(TRAINED)], {}, "表二")).found


def test_the_same_table_twice_counts_once_and_is_said() -> None:
    done = submission(table(TRAINED, sheet="自评表"), table(TRAINED, sheet="自评表（2）"))
    assert names(done) == ["培训人数"]
    assert [(f.kind.kind, f.severity.value, f.location.sheet) for f in done.findings] == [("ambiguous-table", "info", "自评表（2）")]


def test_a_second_form_below_the_first_is_another_table() -> None:
    rows: list[list[Any]] = [["项目支出绩效自评表"], ["项目名称", "甲"], HEAD, TRAINED, PLEASED, [], ["项目支出绩效自评表"], ["项目名称", "乙"],
            ["项目资金（万元）", None, "年初预算数", "全年预算数", "执行数"], ["年度资金总额", None, 5, 5, 4], HEAD, ["产出指标", "数量指标", "修路里程", "≥5公里", "6公里", 90, 90]]  # fmt: skip
    every = parse_tables("a.xlsx", [grid(rows)], {})
    assert isinstance(every, list)
    assert [(s.project, names(s), s.execution is not None) for s in every] == [("甲", ["培训人数", "学员满意度"], False), ("乙", ["修路里程"], True)]


def test_sections_on_sheets_of_their_own_make_one_submission() -> None:
    done = submission(table(TRAINED, sheet="产出"), table(PLEASED, sheet="满意度"))
    assert names(done) == ["培训人数", "学员满意度"]
    assert done.layout[-1] == "以下各表合为一份自评表：工作表“产出”第 3 行、工作表“满意度”第 3 行"


def test_a_table_on_a_hidden_sheet_is_read_only_where_no_other_is_and_said() -> None:
    done = submission(grid([["封面"]], sheet="封面"), table(TRAINED, sheet="表", is_hidden=True))
    assert [(f.kind.kind, f.found) for f in done.findings] == [("hidden-rows", "指标表在隐藏的工作表“表”中，已读取")]
    done = submission(table(TRAINED, sheet="表"), table(PLEASED, sheet="草稿", is_hidden=True))
    assert (names(done), done.findings, done.layout[-1]) == (["培训人数"], [], "隐藏的工作表“草稿”未读取")


def test_hidden_rows_count_and_are_said() -> None:
    done = submission(table(TRAINED, PLEASED, hidden_rows=frozenset({5})))
    assert [(f.kind.kind, f.location.cell, f.found) for f in done.findings] == [("hidden-rows", "A5", "第 5 行被隐藏，其内容同样参与计算")]


def test_an_empty_copy_and_a_sample_are_left_aside() -> None:
    empty = table(["产出指标", "数量指标", "培训人数", "≥100人", None, 50, None], sheet="空表")
    done = submission(table(TRAINED, sheet="填报说明"), empty, table(PLEASED, sheet="表"))
    assert names(done) == ["学员满意度"]


@pytest.mark.parametrize(
    ("row", "merged", "label"),
    [
        (["自评结论", "项目完成良好，自评得分99.5分，等级优。"], "B6:H6", "自评结论"), (["填表人", "张三", "联系电话", "13800000000"], "", "填表人"),
        (["单位负责人（签字）：", None, None, "财务负责人："], "", "单位负责人"), (["注：1.得分最高为分值上限。"], "A6:H6", "注"), (["2.定量指标填写实际完成数。"], "", ""),
        (["填报人：张三", None, None, "填报日期：2024年3月1日"], "", "填报人"), (["存在问题", None, None, "指标不够细化。"], "D6:H6", "存在问题"),
        (["四、下一步改进措施", "加强管理。"], "B6:H6", "下一步改进措施"), (["主管部门意见", "同意"], "B6:H6", "主管部门意见"),
    ],
)  # fmt: skip
def test_what_stands_below_the_table_is_no_indicator(row: list[Any], merged: str, label: str) -> None:
    """Each of these was once scored as a row."""
    rows: list[list[Any]] = [["2023年度项目支出绩效自评表"], ["填报单位：甲"], HEAD, TRAINED, PLEASED, row]
    done = submission(grid(rows, *([merged] if merged else [])))
    assert names(done) == ["培训人数", "学员满意度"]
    assert done.findings == []
    assert not label or label in done.facts


def test_sums_are_told_from_indicators_and_the_grand_total_from_part_sums() -> None:
    done = submission(table(TRAINED, ["小计", None, None, None, None, 50, 49], PLEASED, ["合计", None, None, None, None, 100, 99], ["总分", None, None, None, None, None, 98.5]))
    assert names(done) == ["培训人数", "学员满意度"]
    assert [(t.section, t.score, t.weight, t.location.cell) for t in done.totals] == [
        ("产出指标", Decimal(49), Decimal(50), "G5"), ("合计", Decimal(99), Decimal(100), "G7"), ("", Decimal("98.5"), None, "G8"),
    ]  # fmt: skip


def test_an_indicator_named_like_a_sum_stays_one() -> None:
    done = submission(table(["产出指标", "成本指标", "补贴合计", "≤10万元", "9万元", 50, 50], ["产出指标", "数量指标", "总分排名", "前3名", "第2名", 50, 50]))
    assert names(done) == ["补贴合计", "总分排名"]


def test_words_where_a_number_belongs_are_reported_not_dropped() -> None:
    done = submission(table(["产出指标", "数量指标", "培训人数", "≥100人", "100人", "5+5", "满分"]))
    assert [(f.kind.kind, f.location.cell, f.found) for f in done.findings] == [
        ("missing-weight", "F4", "分值列写的是“5+5”，不是一个数"), ("missing-score", "G4", "得分列写的是“满分”，不是一个数"),
    ]  # fmt: skip


def test_errors_and_uncalculated_formulas_are_reported_where_they_stand() -> None:
    rows = table(["产出指标", "数量指标", "培训人数", "≥100人", None, 50, None], errors={(4, 5): "#DIV/0!"}, uncalculated=frozenset({(4, 7)}))
    assert [(f.kind.kind, f.location.cell) for f in submission(rows).findings] == [("error-cell", "E4"), ("uncalculated-formula", "G4")]


def test_weights_as_fractions_of_the_whole_are_points_of_a_hundred() -> None:
    done = submission(table(["产出指标", "数量指标", "甲", "1", "1", 0.4, 40], ["产出指标", "数量指标", "乙", "1", "1", 0.6, 60]))
    assert [r.weight for r in done.indicators] == [Decimal(40), Decimal(60)]


def test_units_in_headings_go_with_their_columns() -> None:
    head = ["三级指标", "目标值（万元）", "实际值（元）", "分值", "得分"]
    (row,) = submission(grid([head, ["补贴", 5, 48000, 10, 10]])).indicators
    assert (row.unit, row.actual_unit) == ("万元", "元")


def test_the_fund_table_is_read_with_its_sources_and_unit() -> None:
    rows: list[list[Any]] = [["2023年度项目支出绩效自评表"], ["项目资金\n（万元）", None, "年初预算数", "全年预算数（A）", "全年执行数（B）", "分值", "执行率（B/A）", "得分"],
            [None, "年度资金总额", 120, 100, 79.27, 10, 0.7927, 7.93], [None, "其中：当年财政拨款", 90, 80, 70, "-", None, "-"], [None, "上年结转资金", 30, 20, 9.27],
            HEAD, TRAINED]  # fmt: skip
    done = submission(grid(rows, "A2:A5"))
    assert done.execution is not None
    total = done.execution.total
    assert (dict(total.budgets), total.spent, total.place.cell("actual"), done.execution.weight, done.execution.score, done.execution.unit) == (
        {"initial": "120", "annual": "100"}, "79.27", "E3", Decimal(10), Decimal("7.93"), "万元",
    )  # fmt: skip
    assert [(s.label, s.spent) for s in done.execution.sources] == [("其中：当年财政拨款", "70"), ("上年结转资金", "9.27")]


def test_fund_labels_and_values_may_alternate_in_one_row() -> None:
    rows: list[list[Any]] = [["2023年度项目支出绩效自评表"], ["预算数", 100, "执行数", 95, "执行率", "95%"], HEAD, TRAINED]
    done = submission(grid(rows))
    assert done.execution is not None
    assert (dict(done.execution.total.budgets), done.execution.total.spent, done.execution.total.place.cell("actual")) == ({"annual": "100"}, "95", "D2")


def test_the_total_may_stand_beside_the_title() -> None:
    rows: list[list[Any]] = [["2023年度项目支出绩效自评表"], ["自评总分", 96.5, "自评等级", "优"], HEAD, TRAINED]
    assert [(t.section, t.score, t.location.cell) for t in submission(grid(rows)).totals] == [("", Decimal("96.5"), "B2")]


def test_a_form_without_targets_is_still_read() -> None:
    """Forms published with names, weights and scores only."""
    done = submission(grid([["评价指标", None, None, "分值", "评分标准", "得分"], ["项目决策", "项目立项", "立项依据充分性", 5, "充分得满分", 5]], "A1:C1"))
    assert [(r.level1, r.level2, r.name, r.weight, r.score) for r in done.indicators] == [("项目决策", "项目立项", "立项依据充分性", Decimal(5), Decimal(5))]


def test_a_declaration_beside_the_form_is_not_taken_for_it() -> None:
    declared = grid([["绩效目标申报表"], ["一级指标", "二级指标", "三级指标", "目标值", "分值"], ["产出指标", "数量指标", "培训人数", "≥100人", 50]], sheet="申报表")
    assert names(submission(declared, table(TRAINED, sheet="自评"))) == ["培训人数"]


@pytest.mark.parametrize("rows", [[], [[]], [["x"]], [["目标", "完成情况"]], [[None] * 5] * 3])
def test_sheets_without_a_table_say_so(rows: list[list[Any]]) -> None:
    assert only(parse_book("a.xlsx", [grid(rows)], {})).kind.kind == "no-indicator-table"


TOTAL = ["总分", None, None, None, None, 100, 98]


@pytest.mark.parametrize(
    ("row", "score"),
    [
        (["总分", "/", "/", "/", "/", 100, 98], 98), (["合计", None, None, "—", "—", 100, 98], 98), (["总分", None, None, 2, 2, 100, 98], 98),
        (["合计", None, None, "100%", "98%", 100, 98], 98), (["总体得分", None, None, None, "见附件", 100, 98], 98), (["最终得分", None, None, None, None, 100, "98分"], 98),
    ],
)  # fmt: skip
def test_a_sum_is_a_sum_whatever_stands_in_its_evidence_cells(row: list[Any], score: int) -> None:
    """Each of these once counted every weight twice."""
    done = submission(table(TRAINED, PLEASED, row))
    assert (names(done), [(t.section, t.score, t.weight) for t in done.totals]) == (["培训人数", "学员满意度"], [("", Decimal(score), Decimal(100))])


@pytest.mark.parametrize("line", [[1, 2, 3, 4, 5, 6, 7, 8], ["A", "B", "C", "D", "E", "F", "G=E/D*F", "H"], ["栏次", None, None, "1", "2", "3", "4=2/1*3"]])
def test_the_line_that_numbers_the_columns_is_no_indicator(line: list[Any]) -> None:
    assert names(submission(table(line, TRAINED))) == ["培训人数"]


def test_weights_of_a_third_are_numbers() -> None:
    """20/6 as a formula leaves 14 decimals."""
    done = submission(table(["产出指标", "数量指标", "甲", "1", "1", 20 / 6, 20 / 6]))
    assert done.findings == []
    assert done.indicators[0].weight == Decimal("3.33333333333333")


def test_of_several_columns_of_one_kind_the_most_telling_is_taken_and_the_others_are_told() -> None:
    head = ["一级指标", "分值", "三级指标", "分值", "年度目标", "标准值", "2022年实际完成值", "2023年实际完成值", "得分", "自评得分"]
    done = submission(grid([head, ["产出指标", 50, "人数", 20, "≥100人", "≥90人", "90人", "120人", 10, 20]]))
    (row,) = done.indicators
    assert (row.weight, row.target, row.actual, row.score) == (Decimal(20), "≥100人", "120人", Decimal(20))
    assert done.layout[2] == "未采用的同类列：分值＝B列、目标值＝F列、实现值＝G列、自评得分＝I列"


def test_a_hidden_column_does_not_stand_in_for_a_shown_one() -> None:
    head = ["三级指标", "年度指标值", "年度指标值", "实际完成值", "分值", "得分"]
    (row,) = submission(grid([head, ["人数", "≥1人", "≥100人", "120人", 10, 10]], hidden_columns=frozenset({2}))).indicators
    assert row.target == "≥100人"


def test_a_fund_table_below_the_indicators_is_no_indicator() -> None:
    done = submission(table(TRAINED, TOTAL, ["项目资金", None, "年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分"], ["年度资金总额", None, 100, 120, 90, 10, "75%", 7.5]))
    assert names(done) == ["培训人数"]
    assert done.execution is not None
    assert (dict(done.execution.total.budgets), done.execution.total.spent, done.execution.weight) == ({"initial": "100", "annual": "120"}, "90", Decimal(10))


def test_another_form_after_a_total_is_another_table_and_does_not_lend_its_labels() -> None:
    rows: list[list[Any]] = [["项目支出绩效自评表"], HEAD, TRAINED, PLEASED, TOTAL, ["二、乙工程"], ["填报单位：乙局"], HEAD, ["产出指标", "数量指标", "里程", "≥5公里", "6公里", 100, 90]]
    every = parse_tables("a.xlsx", [grid(rows)], {})
    assert isinstance(every, list)
    assert [(names(s), s.department) for s in every] == [(["培训人数", "学员满意度"], ""), (["里程"], "乙局")]


def test_projects_of_different_names_are_no_copies_of_each_other() -> None:
    one, two = (grid([["项目支出绩效自评表"], ["项目名称", name], HEAD, TRAINED], sheet=name) for name in ("甲", "乙"))
    every = parse_tables("a.xlsx", [one, two], {})
    assert isinstance(every, list)
    assert [s.project for s in every] == ["甲", "乙"]


def test_scored_parts_without_targets_count_too() -> None:
    rows: list[list[Any]] = [["2023年度项目支出绩效自评表"], ["一级指标", "二级指标", "三级指标", "分值", "评分标准", "得分"], ["决策", "项目立项", "依据充分性", 50, "充分", 50], [], HEAD, TRAINED]
    assert names(submission(grid(rows))) == ["依据充分性", "培训人数"]


@pytest.mark.parametrize(
    ("rows", "year"),
    [
        ([["2022-2023年度项目支出绩效自评表"]], 2023), ([["二〇二三年度项目支出绩效自评表"]], 2023), ([["项目支出绩效自评表"], ["填报日期：2024年3月1日"]], None),
        ([["项目支出绩效自评表"], ["（2023年度）"], ["填报日期", "2024年3月1日"]], 2023),
    ],
)  # fmt: skip
def test_the_year_is_the_forms_not_the_day_it_was_filled_in(rows: list[list[Any]], year: int | None) -> None:
    assert submission(grid([*rows, HEAD, TRAINED])).year == year


def test_a_money_unit_is_no_department_and_a_code_belongs_to_its_label() -> None:
    done = submission(grid([["项目支出绩效自评表"], ["单位：万元"], ["主管部门及代码", "[101]市水利局"], HEAD, TRAINED]))
    assert done.department == "[101]市水利局"


def test_a_subtotal_belongs_to_what_its_label_or_its_place_says() -> None:
    more = ["产出指标", "质量指标", "合格率", "≥95%", "96%", 20, 20]
    done = submission(table(TRAINED, ["小计", None, None, None, None, None, 50], more, PLEASED, ["产出指标合计", None, None, None, None, None, 70]))
    assert [(t.section, t.score) for t in done.totals] == [("产出指标·数量指标", Decimal(50)), ("产出指标", Decimal(70))]


def test_a_total_left_blank_is_still_known_by_its_cell() -> None:
    done = submission(table(TRAINED, ["总分", None, None, None, None, 100, None]))
    assert [(t.section, t.score, t.location.cell) for t in done.totals] == [("", None, "G5")]


def test_signatures_in_the_columns_of_the_table_are_no_indicators() -> None:
    done = submission(table(TRAINED, TOTAL, ["单位：某局", None, None, "填表人：张三", None, "审核人：李四"], [None, None, None, None, "填报日期：", "2024年1月2日"]))
    assert (names(done), done.findings) == (["培训人数"], [])


def test_fractions_with_execution_in_the_fund_table_are_points() -> None:
    done = submission(table(["产出指标", "数量指标", "甲", "1", "1", 0.5, 50], ["效益指标", "社会效益指标", "乙", "1", "1", 0.4, 40]))
    assert [r.weight for r in done.indicators] == [Decimal(50), Decimal(40)]


def test_names_stand_before_descriptions() -> None:
    head = ["一级指标", "三级指标", "指标内容", "目标值", "实际值", "分值", "得分"]
    assert names(submission(grid([head, ["产出指标", "培训人数", "反映培训规模", "≥1人", "1人", 10, 10]]))) == ["培训人数"]


def test_a_fund_total_that_nothing_has_calculated_is_the_sum_of_its_lines() -> None:
    rows: list[list[Any]] = [["2023年度项目支出绩效自评表"], ["项目资金（万元）", None, "年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分"],
            ["年度资金总额", None, None, None, None, 10], ["其中：当年财政拨款", None, 100, 80, 70.5], ["上年结转资金", None, 20, 20, 9.5], HEAD, TRAINED]  # fmt: skip
    done = submission(grid(rows, uncalculated=frozenset({(3, 3), (3, 4), (3, 5)})))
    assert done.execution is not None
    assert (dict(done.execution.total.budgets), done.execution.total.spent) == ({"initial": "120", "annual": "100"}, "80")


def test_not_applicable_in_the_score_is_no_missing_number() -> None:
    done = submission(table(TRAINED, ["产出指标", "数量指标", "绿化面积", "≥3亩", "不适用", 10, "不适用"]))
    assert done.findings == []
