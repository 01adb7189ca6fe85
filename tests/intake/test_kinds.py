"""Which form a report becomes, and that every row of the report stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook

from perfeval_xl.core.model import Evaluation
from perfeval_xl.intake import convert
from perfeval_xl.intake.convert import Taken, Wishes
from perfeval_xl.intake.source import IntakeError
from perfeval_xl.intake.take import _document, take, write_taken
from perfeval_xl.workbook.assess import Request, assess

HEADINGS = ("一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因分析及改进措施")
MANAGED = (
    ("产出指标", "数量指标", "救助人数", "≥100人", "120人", "20", "20", ""),
    ("效益指标", "社会效益", "满意率", "≥90%", "95%", "20", "20", ""),
    ("管理效率", "预算执行", "预算执行率", "100%", "97.5%", "30", "29.3", ""),
    ("管理效率", "预算编制", "预算编制准确率", "≥95%", "88%", "30", "27.8", "追加预算"),
)
ROADS = (
    ("产出指标", "数量指标", "完成道路维修里程", "≥12.5公里", "12.6公里", "15", "15", ""),
    ("产出指标", "质量指标", "工程验收合格率", "100%", "98.5%", "35", "34.48", "一处返工"),
    ("效益指标", "社会效益指标", "受益居民户数", "≥12000户", "12350户", "30", "30", ""),
    ("满意度指标", "服务对象满意度指标", "居民满意度", "≥85%", "83%", "20", "19.53", "施工噪音"),
)


def report(path: Path, lines: Sequence[str], rows: Sequence[Sequence[str]], headings: Sequence[str] = HEADINGS, after: Sequence[str] = ()) -> Path:
    """A Word document: paragraphs, the table, paragraphs. Goes on at the end of the one that is there."""
    document = Document(str(path)) if path.exists() else Document()
    for line in lines:
        document.add_paragraph(line)
    table = document.add_table(rows=0, cols=len(headings))
    for row in (headings, *rows):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    for line in after:
        document.add_paragraph(line)
    document.save(str(path))
    return path


def imported(path: Path, wishes: Wishes = Wishes()) -> tuple[Taken, Evaluation]:  # noqa: B008  # immutable
    taken = take(path, wishes)
    write_taken(path.with_suffix(".xlsx"), taken)
    return taken, assess(path.with_suffix(".xlsx"), Request()).evaluation


@pytest.mark.parametrize("ruleset", ["guangdong-department", "guangzhou-department-2023", "hunan-department-2018"])
def test_management_rows_stay_under_whatever_rule_set(ruleset: str, tmp_path: Path) -> None:
    path = report(tmp_path / "a.docx", ["2024年度某区民政局部门整体支出绩效自评报告"], MANAGED)
    _, done = imported(path, Wishes(ruleset))
    rows = done.submission.indicators
    assert [(r.level1, r.level2.removesuffix("指标"), r.name, str(r.weight), str(r.score)) for r in rows] == [(r[0], r[1].removesuffix("指标"), r[2], r[5], r[6]) for r in MANAGED]
    assert (str(done.weight), str(done.reported)) == ("100", "97.1")


def test_a_first_heading_that_the_form_has_as_a_second_one_stands_under_it(tmp_path: Path) -> None:
    rows = [*MANAGED[:2], ("预算执行", "预算执行", *MANAGED[2][2:]), ("管理效率", "档案管理", *MANAGED[3][2:])]
    _, done = imported(report(tmp_path / "a.docx", ["2024年度某区民政局部门整体支出绩效自评报告"], rows), Wishes("guangdong-department"))
    assert [(r.level1, r.level2) for r in done.submission.indicators[2:]] == [("管理效率", "预算执行"), ("管理效率", "档案管理")]


def test_a_row_that_no_sheet_of_the_form_would_hold_stops_the_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line of defence, whatever a rule set's headings are."""
    monkeypatch.setattr(convert, "management_groups", lambda *_, **__: [])
    path = report(tmp_path / "a.docx", ["2024年度某区民政局部门整体支出绩效自评报告"], MANAGED)
    with pytest.raises(IntakeError, match=r"读到 4 项指标.*只能放下 2 项.*预算执行率、预算编制准确率"):
        _document(Wishes("guangdong-department"), path.name, path.read_bytes())


@pytest.mark.parametrize("title", ["某县卫生健康局2024年度部门整体支出绩效自评报告", "2024年度某县卫生健康局整体支出绩效自评报告", "某县卫生健康局整体支出绩效自评报告（2024年度）"])
def test_the_title_says_that_it_is_a_department(title: str, tmp_path: Path) -> None:
    """No row for budget execution appears, which the report does not have; that another place's rules are used is said."""
    taken, done = imported(report(tmp_path / "a.docx", [title], ROADS))
    assert (taken.ruleset.form, done.submission.form, done.submission.department) == ("department", "department", "某县卫生健康局")
    assert (str(done.weight), done.unscored, len(done.scores)) == ("100", 0, len(ROADS))
    assert [d for d in taken.doubts if "暂按“湖南省部门整体支出绩效评价（2018年）”" in d.reason and "--ruleset" in d.remedy] != []
    assert [f.kind.kind for f in done.findings] == []


def test_a_project_whose_name_holds_the_word_stays_a_project(tmp_path: Path) -> None:
    taken, _ = imported(report(tmp_path / "a.docx", ["2024年度整体搬迁项目支出绩效自评报告"], ROADS))
    assert (taken.ruleset.form, taken.filling.project) == ("project", "整体搬迁")


def test_a_rule_set_for_projects_asked_for_is_taken_but_doubted(tmp_path: Path) -> None:
    taken, _ = imported(report(tmp_path / "a.docx", ["2024年度某局部门整体支出绩效自评报告"], ROADS), Wishes("national-project-2020"))
    assert taken.ruleset.form == "project"
    assert [d for d in taken.doubts if "用于项目支出" in d.reason] != []


def test_a_foreign_workbook_says_it_in_its_title(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.create_sheet("自评表", 0)
    for row in (["2024年度某中心整体支出绩效自评表"], ["单位名称", "某市档案馆"], HEADINGS, *ROADS):
        sheet.append(list(row))
    book.save(tmp_path / "a.xlsx")
    taken = take(tmp_path / "a.xlsx", Wishes())
    assert (taken.ruleset.id, taken.filling.department) == ("hunan-department-2018", "某市档案馆")
    assert [d for d in taken.doubts if "暂按" in d.reason] != []


def test_a_score_that_the_source_does_not_state_is_not_reported(tmp_path: Path) -> None:
    """The form computes it; that nobody reported it stays known, row by row and in the sums."""
    rows = [row[:6] + (("",) if i != 1 else ("34.48",)) + row[7:] for i, row in enumerate(ROADS)]
    taken, done = imported(report(tmp_path / "a.docx", ["2024年度某局信息化项目支出绩效自评报告"], rows))
    assert [str(r.score) for r in done.submission.indicators] == ["None", "34.48", "None", "None"]
    assert [str(s.score) for s in done.scores if not s.indicator.is_execution] == ["15", "34.48", "30", "19.53"]
    assert (done.reported, [s.reported for s in done.sections]) == (None, [None] * len(done.sections))
    listed = [d for d in taken.doubts if "原文没有填报得分，得分由公式计算" in d.reason]
    assert [d.text for d in listed] == ["完成道路维修里程、受益居民户数、居民满意度"]
    assert {f.kind.kind for f in done.findings} <= {"blank-target"}  # of budget execution, which the report does not have


def test_one_heading_that_names_both_levels_is_parted(tmp_path: Path) -> None:
    headings = ("指标类型", "指标名称", "年度指标值", "实际完成值", "分值", "得分")
    rows = [("产出指标-数量指标", "接收档案", "≥5000卷", "5210卷", "40", "40"), ("产出指标—质量指标", "档案数字化率", "≥90%", "87.3%", "30", "29.1"), ("满意度指标", "利用者满意度", "≥90%", "95%", "30", "30")]
    _, done = imported(report(tmp_path / "a.docx", ["2024年度档案接收项目支出绩效自评报告"], rows, headings))
    assert [(r.level1, r.level2, r.name) for r in done.submission.indicators][:2] == [("产出指标", "数量指标", "接收档案"), ("产出指标", "质量指标", "档案数字化率")]
    assert done.submission.indicators[2].level1 == "满意度指标"


def test_a_direction_that_the_source_does_not_state_is_said_to_be_assumed(tmp_path: Path) -> None:
    rows = [("产出指标", "数量指标", "更换路灯数量", "300盏", "285盏", "50", "47.5", ""), *ROADS[2:]]
    taken, done = imported(report(tmp_path / "a.docx", ["2024年度某局信息化项目支出绩效自评报告"], rows))
    sign = done.submission.indicators[0].direction
    assert sign in {"≥", "＝"}
    assert [(d.text, f"“{sign}”" in d.reason, d.is_minor) for d in taken.doubts if "没有写明方向" in d.reason] == [("更换路灯数量 300盏", True, True)]
