"""Texts longer than a cell, a year that two sources state, money of no stated source, files that are not what they seem."""

from __future__ import annotations

import time
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook
from xlsxwriter import Workbook

from perfeval_xl.cli import main
from perfeval_xl.core.model import Execution, Fund, Place
from perfeval_xl.intake.accounts import Origins, funds_of
from perfeval_xl.intake.lines import tightened
from perfeval_xl.intake.take import kind_of
from perfeval_xl.rulesets.loader import load
from perfeval_xl.workbook.assess import Request, assess
from perfeval_xl.workbook.forms.form import Entry, FormRow, FundRow
from perfeval_xl.workbook.forms.funds import TOTAL
from perfeval_xl.workbook.forms.origin import Doubtful
from perfeval_xl.workbook.forms.template import Filling, write_self_evaluation

HEAD = ("一级指标", "二级指标", "三级指标", "年度目标值", "年度实现值", "完成率", "分值", "得分")


def report(path: Path, prose: str = "负责某某工作。", reason: str = "") -> Path:
    document = Document()
    for text in ("2023年度某某局部门整体支出绩效自评报告", "一、部门基本情况", "（一）部门职能", prose, "二、绩效自评情况"):
        document.add_paragraph(text)
    heads = (*HEAD, "偏差原因")
    table = document.add_table(2, len(heads))
    for i, text in enumerate(heads):
        table.cell(0, i).text = text
    for i, text in enumerate(("产出指标", "数量指标", "培训次数", "≥5次", "4次", "80%", "10", "8", reason)):
        table.cell(1, i).text = text
    document.save(str(path))
    return path


def texts(path: Path, sheet: str, column: int | None = None) -> str:
    book = load_workbook(path, read_only=True)
    return "".join(v for row in book[sheet].iter_rows(values_only=True) for i, v in enumerate(row, 1) if isinstance(v, str) and column in {None, i})


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("where", ["prose", "reason"])
def test_a_text_longer_than_a_cell_is_there_to_its_end(where: str, tmp_path: Path) -> None:
    text = "".join(f"第{n}件事已经办理。" for n in range(9_000))
    assert main(["import", str(report(tmp_path / "a.docx", **{where: text})), "-o", str(tmp_path / "b.xlsx")]) == 1
    told = texts(tmp_path / "b.xlsx", "基本情况" if where == "prose" else "自评表")
    rest = texts(tmp_path / "b.xlsx", "导入待核对", 3)
    assert text[:32_000] in told
    assert text[32_000:] in rest


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_doubt_longer_than_a_cell_goes_on_below(tmp_path: Path) -> None:
    text = "".join(map(str, range(20_000)))
    write_self_evaluation(tmp_path / "a.xlsx", load("guangzhou-department-2023"), Filling(2023, "某局", source="甲", doubts=[Doubtful("第 1 段", text, "为何", "怎么办"), Doubtful("第 2 段", "乙", "为何", "怎么办")]))
    sheet = load_workbook(tmp_path / "a.xlsx")["导入待核对"]
    column = [str(sheet.cell(row, 3).value or "") for row in range(4, sheet.max_row + 1)]
    assert "".join(column) == text + "乙"
    assert [sheet.cell(row, 1).value for row in range(4, sheet.max_row + 1)][::len(column) - 1] == ["1", "2"]


def test_the_year_of_the_document_stands_against_the_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(report(tmp_path / "a.docx")), "-o", str(tmp_path / "b.xlsx"), "--year", "2022"]) == 1
    said = capsys.readouterr().out
    assert "已导入 2023 年度" in said
    assert "文件中写明的是 2023 年度，与 --year 2022 不同" in said
    assert main(["import", str(tmp_path / "a.docx"), "-o", str(tmp_path / "c.xlsx"), "--year", "2023", "--ruleset", "guangzhou-department-2023"]) == 0


def fund(label: str, amount: str, row: int = 3) -> Fund:
    return Fund(label, {"initial": amount, "annual": amount}, amount, "", Place("表1", "表1", row, {}))


def test_a_total_alone_is_of_no_source() -> None:
    origins: Origins = {}
    rows, total, doubts = funds_of(Execution(fund(TOTAL, "600"), None, None, (), "万元"), {}, origins)
    assert rows == [FundRow()] * 3
    assert total == FundRow(Decimal(600), Decimal(600), Decimal(600))
    assert (doubts, set(origins)) == ([], {(TOTAL, n) for n in ("first", "second", "spent")})


@pytest.mark.parametrize(("label", "at", "is_sure"), [("其中：当年财政拨款", 0, True), ("银行贷款", 2, False), ("中央补助", 0, False), ("非财政拨款", 2, True), ("捐赠收入", 2, False), ("上年结转", 1, True)])
def test_a_source_that_the_form_does_not_know_is_doubted(label: str, at: int, *, is_sure: bool) -> None:
    rows, total, doubts = funds_of(Execution(fund(TOTAL, "600"), None, None, (fund(label, "600", 4),), "万元"), {}, {})
    assert [r.first for r in rows].index(Decimal(600)) == at
    assert total == FundRow()
    assert [label in d.text for d in doubts] == ([] if is_sure else [True])


def test_a_total_alone_is_shown_scored_and_read_again(tmp_path: Path) -> None:
    row = FormRow("培训次数", "≥", Entry(5), "次", Entry(5), Decimal(90))
    write_self_evaluation(tmp_path / "a.xlsx", load("national-project-2020"), Filling(2023, "某局", "培训", [("产出指标", "数量指标", row)], fund_total=FundRow(Decimal(100), Decimal(100), Decimal(80))))
    done = assess(tmp_path / "a.xlsx", Request()).evaluation
    execution = done.submission.execution
    assert execution is not None
    assert (execution.total.spent, [f.spent for f in execution.sources]) == ("80", ["", "", ""])
    assert next(s.score for s in done.scores if s.indicator.is_execution) == Decimal(8)


def test_a_workbook_with_a_word_document_inside_is_a_workbook(tmp_path: Path) -> None:
    with Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet()
    inner = report(tmp_path / "a.docx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.xlsx", "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("xl/embeddings/a.docx", inner)
    assert kind_of((tmp_path / "a.xlsx").read_bytes()) == "workbook"
    assert kind_of(inner) == "document"


def test_rich_text_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.doc").write_bytes(rb"{\rtf1\ansi \trowd a\cell\row}")
    assert main(["import", str(tmp_path / "a.doc"), "-o", str(tmp_path / "b.xlsx")]) == 2
    assert "RTF" in capsys.readouterr().err
    assert not (tmp_path / "b.xlsx").exists()


def test_blanks_without_end_are_read_at_once() -> None:
    begun = time.monotonic()
    assert tightened("a" + " " * 300_000 + "b") == "a" + " " * 300_000 + "b"
    assert tightened("甲" + " " * 300_000 + "b") == "甲b"
    assert time.monotonic() - begun < 2
