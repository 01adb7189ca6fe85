"""Where the text of a report goes: into its field, or on the list of what was not understood; never away."""

from __future__ import annotations

import pytest

from perfeval_xl.intake.chapters import Story, read_story
from perfeval_xl.intake.source import Paragraph

DEPARTMENT = "2023年度某某局部门整体支出绩效自评报告"
PROJECT = "2023年度某某项目支出绩效自评报告"


def story(*texts: str) -> Story:
    return read_story([Paragraph(text, str(at)) for at, text in enumerate(texts)])


def fields(told: Story) -> dict[str, list[str]]:
    return {label: [p.text for p in paragraphs] for label, paragraphs in told.fields.items()}


def closing(told: Story) -> dict[str, str]:
    return {label: p.text for label, p in told.closing.items()}


@pytest.mark.parametrize("title", [DEPARTMENT, PROJECT])
def test_the_last_measure_above_the_day_is_no_unit(title: str) -> None:
    told = story(title, "一、存在问题", "经费不足。", "二、改进措施", "1.加强培训", "2.提高认识", "2024年3月5日")
    assert fields(told)["改进措施"] == ["1.加强培训", "2.提高认识"]
    assert closing(told) == {"填报日期": "2024年3月5日"}


@pytest.mark.parametrize("line", ["加强业务培训力度", "三是提高认识", "（二）完善制度"])
def test_a_line_that_does_not_look_like_a_unit_stays_in_its_chapter(line: str) -> None:
    assert fields(story(PROJECT, "一、改进措施", "从严。", line, "2024年3月5日"))["改进措施"] == ["从严。", line]


@pytest.mark.parametrize("line", ["某某局", "某某街道办事处（盖章）", "某某镇人民政府"])
def test_a_unit_above_the_day_is_taken(line: str) -> None:
    assert closing(story(PROJECT, "一、改进措施", "从严。", line, "2024年3月5日")) == {"单位名称": line.removesuffix("（盖章）"), "填报日期": "2024年3月5日"}


def test_the_name_on_the_cover_is_the_unit_whatever_it_ends_with() -> None:
    told = story("2023年度某某纪念堂部门整体支出绩效自评报告", "一、改进措施", "从严。", "某某纪念堂", "2024年3月5日")
    assert closing(told)["单位名称"] == "某某纪念堂"


def test_another_unit_than_the_covers_is_doubted() -> None:
    told = story(DEPARTMENT, "一、改进措施", "从严。", "另一局", "2024年3月5日")
    assert [(d.text, "某某局" in d.reason) for d in told.doubts] == [("另一局", True)]


def test_labels_in_one_line_without_blanks_end_where_the_next_begins() -> None:
    told = story(PROJECT, "一、存在问题", "无。", "填报单位：某某局负责人：李四联系人：张三电话：020-12345678", "2024年3月5日")
    assert closing(told) == {"单位名称": "某某局", "填报人": "张三", "联系电话": "020-12345678", "填报日期": "2024年3月5日"}
    assert [d.text for d in told.doubts] == ["负责人：李四"]
    assert fields(told) == {"主要问题": ["无。"]}


def test_what_follows_a_name_is_not_lost() -> None:
    told = story(DEPARTMENT, "一、存在问题", "无。", "本部门联系人：张三，对结论如有疑问请提出书面意见并说明理由")
    assert closing(told) == {"填报人": "张三"}
    assert [d.text for d in told.doubts] == ["对结论如有疑问请提出书面意见并说明理由"]


@pytest.mark.parametrize("line", ["设立专门联系人：李四等三人负责。", "热线电话：020-12345678全年开通", "时间：2024年3月5日至6月30日"])
def test_a_sentence_that_only_holds_a_label_stays_in_its_chapter(line: str) -> None:
    told = story(PROJECT, "一、改进措施", line)
    assert (fields(told), closing(told)) == ({"改进措施": [line]}, {})


def test_the_lines_of_a_cover_are_read() -> None:
    told = story(PROJECT, "填报单位：某某局", "填报日期：2024年3月5日", "一、存在问题", "无。", "（填报人：王五，联系电话：【待填】）", "某某局", "2024年3月5日")
    assert closing(told) == {"单位名称": "某某局", "填报日期": "2024年3月5日", "填报人": "王五"}
    assert told.doubts == []


def test_a_unit_of_money_is_no_unit() -> None:
    told = story(PROJECT, "单位：万元", "一、存在问题", "无。")
    assert (closing(told), [p.text for p in told.tables]) == ({}, ["单位：万元"])


@pytest.mark.parametrize(("first", "second"), [("（一）存在的问题", "（二）改进措施"), ("（一）主要问题及原因分析", "（二）下一步工作打算")])
def test_a_chapter_on_problems_and_measures_is_divided_by_its_own_headings(first: str, second: str) -> None:
    told = story(DEPARTMENT, "一、存在问题及改进措施", first, "经费不足。", second, "增加经费。")
    assert fields(told) == {"主要问题": ["经费不足。"], "改进措施": ["增加经费。"]}
    assert told.doubts == []


def test_a_chapter_on_problems_and_measures_without_headings_is_doubted() -> None:
    told = story(DEPARTMENT, "一、存在问题及改进措施", "经费不足，将增加经费。")
    assert fields(told) == {"主要问题": ["经费不足，将增加经费。"]}
    assert [d.text for d in told.doubts] == ["一、存在问题及改进措施"]


def test_points_of_a_chapter_keep_their_headings() -> None:
    told = story(DEPARTMENT, "一、年度工作任务", "（一）完善资金管理制度", "修订制度三项。", "（二）加强绩效管理", "开展培训。", "二、存在问题", "无。")
    assert fields(told) == {"年度工作任务": ["（一）完善资金管理制度", "修订制度三项。", "（二）加强绩效管理", "开展培训。"], "主要问题": ["无。"]}


def test_a_chapter_that_holds_others_is_divided() -> None:
    told = story(PROJECT, "一、项目概况", "开展培训。", "（一）项目绩效目标", "培训五次。")
    assert fields(told) == {"年度工作任务": ["开展培训。"], "整体绩效目标": ["培训五次。"]}
