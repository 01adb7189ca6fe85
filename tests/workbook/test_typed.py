"""Numbers typed as text: told once a column, at the first cell; nothing where a file knows no types."""

from __future__ import annotations

from perfeval_xl.workbook.typed import number_as_text
from tests.support.grids import grid, submission

HEAD = ["一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分"]


def _found(*rows: list[object]) -> list[tuple[str, str, str]]:
    sheet = grid([HEAD, *rows])
    return [(f.kind.kind, f.location.cell, f.found) for f in number_as_text(submission(sheet), [sheet])]


def test_weights_and_scores_typed_as_text_are_told_once_a_column() -> None:
    found = _found(["产出指标", "数量指标", "甲", "4次", "4次", "10", 10], ["产出指标", "数量指标", "乙", "4次", "4次", "10.5", "9"], ["产出指标", "数量指标", "丙", "4次", "4次", 10, 10])
    assert found == [("number-as-text", "F2", "分值列的 F2、F3 以文本形式保存"), ("number-as-text", "G3", "得分列的 G3 以文本形式保存")]


def test_numbers_words_and_points_in_words_are_let_pass() -> None:
    assert _found(["产出指标", "数量指标", "甲", "4次", "4", 10, 10], ["产出指标", "数量指标", "乙", "4次", "4次", "10分", "/"]) == []


def test_a_file_without_types_says_nothing() -> None:
    assert _found(["产出指标", "数量指标", "甲", "4次", "4次", "10", "10"]) == []
