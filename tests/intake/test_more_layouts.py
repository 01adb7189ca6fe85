"""Documents as office programs make them, and texts taken out of them: the same rows again."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from perfeval_xl.intake.source import SourceTable
from perfeval_xl.intake.take import source_of
from perfeval_xl.workbook.read import read_workbook
from tests.intake.test_layouts import rows_of, taken, written
from tests.support.office import converted, needs_office, pictures
from tests.support.published_reports import NARRATIVES, PDFS, ROWS, WORDS


def _without_rates(rows: object) -> list[object]:
    return [r._replace(rate="") for r in rows]  # type: ignore[attr-defined]


def test_a_row_is_really_broken_over_two_pages(tmp_path: Path) -> None:
    """So that the layout with a broken row tests what it says."""
    path = PDFS["broken_row"](tmp_path / "a.pdf")
    tables = [b for b in source_of("a.pdf", path.read_bytes()).blocks if isinstance(b, SourceTable)]
    assert len(tables) == 2
    cut = [t for table in tables for row in table.rows for t in row if t and any(t != full and full.startswith(t) for r in ROWS for full in r)]
    assert cut != []


def test_a_page_turned_by_its_viewer_setting(tmp_path: Path) -> None:
    """/Rotate: what is drawn upright is shown turned; what is drawn turned is shown upright."""
    writer = PdfWriter(clone_from=PdfReader(str(PDFS["landscape"](tmp_path / "a.pdf"))))
    for page in writer.pages:
        page.rotate(90)
        page.transfer_rotation_to_content()
        page.rotate(270)
    writer.write(str(tmp_path / "b.pdf"))
    assert _without_rates(rows_of(written(taken(tmp_path / "b.pdf"), tmp_path))) == _without_rates(ROWS)


@needs_office
@pytest.mark.office
@pytest.mark.parametrize("name", ["merged", "in_two"])
def test_a_word_document_printed_to_pdf(name: str, tmp_path: Path) -> None:
    (pdf,) = converted([WORDS[name](tmp_path / f"{name}.docx")], tmp_path, "pdf", recalculates=False)
    made = taken(pdf)
    submission = written(made, tmp_path)
    assert _without_rates(rows_of(submission)) == _without_rates(ROWS)
    assert [d for d in made.doubts if not d.is_minor] == []
    assert {label: submission.facts.get(label, "").split("\n") for label in NARRATIVES} == {label: list(told) for label, told in NARRATIVES.items()}


@needs_office
@pytest.mark.office
def test_an_old_word_document(tmp_path: Path) -> None:
    from perfeval_xl.intake.convert import Wishes  # noqa: PLC0415
    from perfeval_xl.intake.take import take  # noqa: PLC0415

    (old,) = converted([WORDS["merged"](tmp_path / "a.docx")], tmp_path, "doc", recalculates=False)
    made = take(old, Wishes("national-project-2020"))
    assert _without_rates(rows_of(written(made, tmp_path))) == _without_rates(ROWS)


# As a reader of PDFs gives it: every cell broken over lines, in the order they were drawn, reasons behind the points.
LOST_PLACES = """2023年度东山区城市管理局部门整体支出绩效自评报告
二、绩效自评情况
一级指
标
二级指
标
三级指
标
年度指
标值
实际完
成值
完成率 分值 得分 偏差原
因分析
及改进
措施
产出指
标
数量指
标
开展城
市道路
清扫保
洁作业
的总面
积和次
数
≥120
万平方
米
126 万
平方米
105% 10 10
举办培
训班
＝12
次
12 次 100% 8 8
质量指
标
垃圾清
运合格
率
≥98% 96.04
%
98% 12 11.76 夏季暴
雨期间
个别路
段积
水，清
运车辆
无法进
入，已
增加应
急车辆
并调整
作业时
间。
成本指
标
人均培
训成本
≤550
元
498 元 100% 10 10
效益指
标
社会效
益指标
城市环
境面貌
改善程
度
显著提
升
达成 100% 15 15
满意度
指标
服务对
象满意
度指标
辖区居
民满意
度
≥90% 93.5% 103.8
9%
10 10
三、存在的主要问题
无
"""


def test_text_whose_cells_are_all_broken_over_lines(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LOST_PLACES, encoding="utf-8")
    made = taken(tmp_path / "a.txt")
    expected = [r for r in ROWS if r.level2 not in {"时效指标", "可持续影响指标"}]
    assert _without_rates(rows_of(written(made, tmp_path))) == _without_rates(expected)


def test_long_narratives_show_whole_on_paper(tmp_path: Path) -> None:
    """A text longer than a row is high goes over several rows, in one cell."""
    from dataclasses import replace  # noqa: PLC0415

    made = taken(WORDS["merged"](tmp_path / "a.docx"))
    text = "\n".join(f"{n}.统筹负责辖区公共服务工作，落实辖区公共服务设施建设规划，组织实施与居民生活密切相关的各项公共服务。" for n in range(1, 61))
    made = replace(made, filling=replace(made.filling, facts={**made.filling.facts, "部门职能": text}))
    submission = written(made, tmp_path)
    assert submission.facts["部门职能"] == text
    grid = next(g for g in read_workbook(tmp_path / "form.xlsx").grids if g.sheet == "基本情况")
    row = next(r for r in range(1, grid.height + 1) if grid.own(r, 1) == "部门职能")
    assert grid.merges[row, 2].bottom - row >= 2


@needs_office
@pytest.mark.office
def test_a_filled_form_can_be_printed(tmp_path: Path) -> None:
    written(taken(WORDS["merged"](tmp_path / "a.docx")), tmp_path)
    assert len(pictures(tmp_path / "form.xlsx", tmp_path)) >= 6
