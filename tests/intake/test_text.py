"""The text of a report: numbers that count its pages, and numbers that are cells."""

from __future__ import annotations

import pytest

from perfeval_xl.intake.source import Paragraph, Source, SourceTable
from perfeval_xl.intake.text import read_text

TITLE = "2023年度某某局部门整体支出绩效自评报告\n\n一、部门基本情况\n\n负责某某工作。\n\n二、绩效自评情况\n\n"
HEADINGS = "一级指标 二级指标 三级指标 年度目标值 年度实现值 完成率 分值 得分\n"
FIRST = ["产出指标", "数量指标", "培训次数", "5次", "5次", "100%", "10", "10"]
SECOND = ["产出指标", "质量指标", "合格率", "95%", "90%", "94.74%", "10", "9.47"]
END = "\n三、存在的主要问题\n\n无。\n"


def read(table: str) -> Source:
    return read_text("a.txt", (TITLE + table + END).encode())


def only(source: Source) -> SourceTable:
    (table,) = [b for b in source.blocks if isinstance(b, SourceTable)]
    return table


@pytest.mark.parametrize("between", [" ", "\n"])
def test_numbers_alone_on_their_lines_are_cells(between: str) -> None:
    table = only(read("\n".join(HEADINGS.split()) + "\n" + between.join([*FIRST, "\n"]) + between.join([*SECOND[1:], "\n"])))
    assert (table.rows[1:], table.doubts) == ([FIRST, SECOND], [])


def test_headings_on_one_line_are_headings() -> None:
    table = only(read(HEADINGS + "  ".join(FIRST) + "\n" + "  ".join(SECOND[1:]) + "\n"))
    assert (table.rows[1:], table.doubts) == ([FIRST, SECOND], [])


def test_page_numbers_beside_form_feeds_are_left_out() -> None:
    table = only(read_text("a.txt", (TITLE + "4\n\f" + HEADINGS + "\n".join([*FIRST, "5", "\f"]) + "\n".join(SECOND[1:]) + "\n" + END + "6\n").encode()))
    assert (table.rows[1:], table.doubts) == ([FIRST, SECOND], [])


def test_points_beside_a_form_feed_that_count_no_page_are_cells() -> None:
    table = only(read(HEADINGS + "\n".join([*FIRST, "\f"]) + "\n".join(SECOND[1:]) + "\n"))
    assert (table.rows[1:], table.doubts) == ([FIRST, SECOND], [])


@pytest.mark.parametrize("row", ["\n".join(FIRST), "  ".join(FIRST)])
def test_a_number_that_may_count_a_page_inside_a_table_is_doubted(row: str) -> None:
    table = only(read(HEADINGS + row + "\n\n3\n\n" + "  ".join(SECOND[1:]) + "\n"))
    assert [at for at, _ in table.doubts] == [1]
    assert table.rows[2] == SECOND


def test_a_row_without_a_score_is_doubted() -> None:
    table = only(read(HEADINGS + "  ".join(FIRST[:-1]) + "\n" + "  ".join(SECOND[1:]) + "\n"))
    assert [at for at, _ in table.doubts] == [1]


def test_a_page_number_between_chapters_is_left_out() -> None:
    source = read_text("a.txt", (TITLE + HEADINGS + "  ".join(FIRST) + END + "\n\n3\n\n四、改进措施\n\n从严。\n").encode())
    assert [b.text for b in source.blocks if isinstance(b, Paragraph)][-4:] == ["三、存在的主要问题", "无。", "四、改进措施", "从严。"]


def test_a_target_counted_in_pages_is_no_page_number() -> None:
    row = [*FIRST[:3], "5页", "5页", *FIRST[5:]]
    table = only(read(HEADINGS + "\n".join(row) + "\n- 3 -\n" + "\n".join(SECOND[1:]) + "\n"))
    assert (table.rows[1:], table.doubts) == ([row, SECOND], [])
