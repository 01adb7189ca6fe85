"""Declarations in every layout: read whole, and equal to the self-evaluation of the same targets in every other layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfeval_xl.compare.declared import compare_with_declaration
from perfeval_xl.core.findings import Finding
from perfeval_xl.workbook.assess import Request, assess
from perfeval_xl.workbook.declaration import parse_declaration
from perfeval_xl.workbook.read import read_workbook
from tests.support.audit import declaration, evaluation
from tests.support.layouts import LAYOUTS, Form, Layout, Row

ROWS = [
    Row("产出指标", "数量指标", "培训人数", "≥100人", "120人", "20", "20"),
    Row("产出指标", "质量指标", "合格率", "≥95%", "96%", "20", "20"),
    Row("产出指标", "时效指标", "完成时间", "2023年12月", "2023年11月", "10", "10"),
    Row("效益指标", "社会效益指标", "带动就业人数", "50人", "50人", "20", "20"),
    Row("效益指标", "经济效益指标", "增加收入", "2.6亿元", "26000万元", "20", "20"),
    Row("满意度指标", "服务对象满意度指标", "服务对象满意度", "≥90%", "95%", "10", "10"),
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
def test_the_same_targets_in_any_layout_are_no_change(layout: Layout, tmp_path: Path) -> None:
    declared = parse_declaration(read_workbook(declaration(tmp_path / "申报.xlsx", ROWS)))
    assert not isinstance(declared, Finding)
    assert [r.target for r in declared.indicators] == [r.target for r in ROWS]
    reported = assess(layout.save(tmp_path / "a.xlsx", ROWS, Form()), Request()).evaluation.submission
    loud = [(f.kind.kind, f.found) for f in compare_with_declaration(declared, reported) if f.severity.value != "info"]
    assert loud == []


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
def test_a_declaration_in_any_layout_is_read_whole(layout: Layout, tmp_path: Path) -> None:
    declared = parse_declaration(read_workbook(layout.save(tmp_path / "申报.xlsx", ROWS, Form())))
    assert not isinstance(declared, Finding)
    reported = assess(evaluation(tmp_path / "a.xlsx", [ROWS[0]._replace(target="≥10人"), *ROWS[1:]]), Request()).evaluation.submission
    loud = [(f.kind.kind, f.location.cell) for f in compare_with_declaration(declared, reported) if f.severity.value != "info"]
    assert loud == [("target-changed", "D4")]


def test_a_workbook_without_targets_is_told() -> None:
    book = read_workbook(Path(__file__).parents[2] / "workbooks" / "samples" / "yuangang-2023.xlsx")
    empty = parse_declaration(type(book)("x.xlsx", book.kind, book.reader, ()))
    assert isinstance(empty, Finding)
    assert empty.message == "未找到指标表：各工作表中都没有绩效目标申报表；应为：同时含有指标名称、目标值的表头，及其下的目标值。请确认填报的是自评表，且表头文字未被删除或改写。"
