"""The block of the year's aim above the indicators, and the units a form names besides."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx import Document

from perfeval_xl.intake.convert import Wishes
from perfeval_xl.intake.take import take
from tests.intake.test_kinds import HEADINGS, ROADS


def standard(path: Path, *, is_merged: bool) -> Path:
    """The form of the circular: names, aim and indicators in one table."""
    document = Document()
    document.add_paragraph("项目支出绩效自评表")
    document.add_paragraph("（2024年度）")
    rows = [
        ("项目名称", "农田水利项目", "", "", "", "", "", ""),
        ("主管部门", "某县水利局", "", "", "实施单位", "某县水利站", "", ""),
        ("年度总体目标", "预期目标", "", "", "实际完成情况", "", "", ""),
        ("", "新建渠道30公里", "", "", "新建渠道28公里", "", "", ""),
        HEADINGS, *ROADS,
    ]  # fmt: skip
    table = document.add_table(rows=0, cols=len(HEADINGS))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    if is_merged:
        table.cell(2, 0).merge(table.cell(3, 0))
        for at in (2, 3):
            table.cell(at, 1).merge(table.cell(at, 3))
            table.cell(at, 4).merge(table.cell(at, 7))
    document.save(str(path))
    return path


@pytest.mark.parametrize("is_merged", [True, False])
def test_the_aim_is_read_and_what_has_no_field_is_listed(tmp_path: Path, *, is_merged: bool) -> None:
    taken = take(standard(tmp_path / "a.docx", is_merged=is_merged), Wishes())
    filling = taken.filling
    assert (filling.facts["整体绩效目标"], filling.department, filling.project, filling.year) == ("新建渠道30公里", "某县水利局", "农田水利项目", 2024)
    assert filling.origins["整体绩效目标", ""].place == "表 1 第 4 行"
    assert [(d.place, d.text) for d in taken.doubts if "实际完成情况" in d.reason] == [("表 1 第 4 行", "新建渠道28公里")]
    assert [d.text for d in taken.doubts if "没有填入" in d.reason and "单位" in d.text] == ["实施单位：某县水利站"]
