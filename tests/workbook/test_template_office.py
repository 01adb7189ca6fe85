"""A form from `perfeval new`, filled in and saved by LibreOffice, then scored: the sheet and the program agree."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from perfeval_xl.cli import main
from perfeval_xl.rulesets.loader import load
from perfeval_xl.workbook.forms.form import Entry, FormRow, FundRow
from perfeval_xl.workbook.forms.template import Filling, write_self_evaluation
from perfeval_xl.workbook.read import read_workbook
from tests.support.office import TIMEOUT, UNO_PYTHON, converted, needs_office, office, profile
from tests.support.reading import loaded

pytestmark = [pytest.mark.office, needs_office]

ROWS = (
    ("C10", "培训场次"), ("D10", "≥"), ("E10", 500), ("F10", "场"), ("G10", 493.3), ("I10", 20),
    ("C14", "合格率"), ("D14", "≥"), ("E14", 95), ("F14", "%"), ("G14", 96), ("I14", 10),
    ("C18", "按期完成"), ("D18", "定性"), ("E18", "按计划推进"), ("G18", "部分达成"), ("I18", 10),
    ("C22", "成本"), ("D22", "≤"), ("E22", 100), ("F22", "万元"), ("G22", 120), ("I22", 10),
    ("C27", "事故"), ("D27", "＝"), ("E27", 0), ("F27", "起"), ("G27", 0), ("I27", 20),
    ("C31", "绿化"), ("D31", "≥"), ("E31", 3), ("F31", "亩"), ("G31", "不适用"), ("I31", 10), ("K31", "本年不适用"),
    ("C44", "满意度"), ("D44", "≥"), ("E44", 90), ("F44", "%"), ("G44", 85.5), ("I44", 10),
    ("D6", 100), ("F6", 80), ("H6", 64.36),
)  # fmt: skip


FILLED: list[list[Any]] = [["自评表", c, v] for c, v in ROWS] + [["基本情况", "B2", "某局"]]


def _filled(blank: Path, folder: Path, steps: Sequence[list[Any]]) -> Path:
    """The form after those steps, done and saved by LibreOffice."""
    cells, target = folder / "steps.json", folder / "filled.xlsx"
    cells.write_text(json.dumps(steps), encoding="utf-8")
    pipe = f"perfeval-{folder.name}"
    server = subprocess.Popen([office(), profile(folder, recalculates=False), "--headless", "--norestore", f"--accept=pipe,name={pipe};urp"])
    try:
        script = Path(__file__).parents[1] / "support" / "fill_form.py"
        subprocess.run([UNO_PYTHON, str(script), pipe, str(blank), str(target), str(cells)], timeout=TIMEOUT, check=True, capture_output=True)
    finally:
        server.terminate()
        server.wait(30)
    return target


def test_a_form_filled_in_by_libreoffice_scores_the_same_in_the_sheet_and_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blank = tmp_path / "new.xlsx"
    assert main(["new", str(blank), "--year", "2025"]) == 0
    filled = _filled(blank, tmp_path, FILLED)
    capsys.readouterr()
    assert main(["score", str(filled), "--json"]) in {0, 1}
    answer = json.loads(capsys.readouterr().out)
    table = next(g for g in read_workbook(filled).grids if g.sheet == "自评表")
    assert answer["ruleset"]["id"] == "national-project-2020"
    assert answer["department"] == "某局"
    scores = {i["cell"]: i["score"] for i in answer["indicators"] if i["score"] is not None}
    rows = {"自评表!J10": 10, "自评表!J14": 14, "自评表!J18": 18, "自评表!J22": 22, "自评表!J27": 27, "自评表!J44": 44}
    assert {cell: Decimal(repr(table.rows[row - 1][9])) for cell, row in rows.items()} == {cell: Decimal(scores[cell]) for cell in rows}
    assert table.rows[4][10] == 8.05  # 10 × 64.36 ÷ 80 = 8.045
    total = next(line for line in table.rows if line[0] == "总分")
    assert Decimal(repr(total[9])) == Decimal(answer["total"]["score"])
    grade = next(line for line in table.rows if line[0] == "评定等级")
    assert grade[8] == answer["total"]["grade"]


def test_a_form_that_was_meddled_with_is_read_scored_and_every_change_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row put in without formulas, a score typed over, a name deleted, sheets renamed, protection lifted."""
    blank = tmp_path / "new.xlsx"
    assert main(["new", str(blank), "--year", "2025"]) == 0
    inserted = [("C11", "新增培训"), ("D11", "≥"), ("E11", 200), ("F11", "人"), ("G11", 150), ("I11", 10)]
    steps: list[list[Any]] = [
        *FILLED, ["unprotect", "自评表"], ["insert-row", "自评表", 11], *(["自评表", c, v] for c, v in inserted), ["自评表", "J15", 9],
        ["delete-name", "PE_TOTAL"], ["rename-sheet", "收支情况", "收支"], ["rename-sheet", "自评表", "自评表（终稿）"],
    ]  # fmt: skip
    filled = _filled(blank, tmp_path, steps)
    capsys.readouterr()
    assert main(["score", str(filled), "--json"]) in {0, 1}
    answer = json.loads(capsys.readouterr().out)
    table = next(g for g in read_workbook(filled).grids if g.sheet == "自评表（终稿）")
    total = next(line for line in table.rows if line[0] == "总分")
    assert total[9] == "有 1 项未能计分"
    assert [table.rows[row - 1][9] for row in (10, 11, 15)] == ["待补其他行", "", 9]
    scores = {i["cell"].partition("!")[2]: i["score"] for i in answer["indicators"]}
    assert (scores["J11"], scores["J15"]) == ("8.33", "11.11")  # of 10 points each, and a ninth of the 10 that do not apply
    changes = [(f["code"], f["severity"], f["cell"], f["found"]) for f in answer["findings"] if f["code"] in {"PE117", "PE118"}]
    assert changes == [
        ("PE118", "warning", "", "工作簿中的名称 PE_TOTAL 已被删除"),
        ("PE118", "warning", "", "没有名为“自评表”“收支情况”的工作表，可能已改名或删除"),
        ("PE118", "info", "", "工作表保护已被撤销，公式可能被改动"),
        ("PE118", "warning", "J11", "第 11 行没有计分公式，可能是插入的行"),
        ("PE117", "warning", "J15", "得分列的公式被改成了“9”"),
    ]


def test_libreoffice_knows_none_of_the_add_ins_functions_and_corrects_wrong_stored_results(tmp_path: Path) -> None:
    """Else the comparison would prove nothing."""
    path = tmp_path / "probe.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_formula("A1", "=1+1", None, -77777)
    sheet.write_formula("A2", "=PE_SCORE(1,1,1)", None, -77777)
    sheet.write_formula("A3", '=IFERROR(PE_SCORE(1,1,1),"native")', None, -77777)
    book.close()
    (done,) = converted([path], tmp_path, "xlsx")
    values = loaded(done, data_only=True).worksheets[0]
    assert [values[c].value for c in ("A1", "A2", "A3")] == [2, "#NAME?", "native"]


def test_opened_without_recalculation_a_filled_form_shows_the_engines_numbers(tmp_path: Path) -> None:
    """LibreOffice as people have it installed trusts stored results, but always works CELL out anew: the two must not mix."""
    path = tmp_path / "a.xlsx"
    rows = [("产出指标", "数量指标", FormRow("税收", "≥", Entry(500), "万元", Entry(493.3), Decimal(40))),
            ("产出指标", "质量指标", FormRow("环境", "定性", Entry("显著提升"), "", Entry("部分达成"), Decimal(10))),
            ("效益指标", "社会效益指标", FormRow("事故", "＝", Entry(0), "起", Entry(1), Decimal(30)))]  # fmt: skip
    evaluation = write_self_evaluation(path, load("national-project-2020"), Filling(2025, rows=rows, funds=[FundRow(None, Decimal(100), Decimal(80)), FundRow(), FundRow()]))
    (done,) = converted([path], tmp_path, "xlsx", recalculates=False)
    table = loaded(done, data_only=True)["自评表"]
    scores = {s.indicator.place.row: s for s in evaluation.scores if not s.indicator.is_execution}
    assert {r: (table[f"H{r}"].value, table[f"J{r}"].value) for r in scores} == {r: (float(s.completion or 0), float(s.score or 0)) for r, s in scores.items()}
    assert [line[9].value for line in table.iter_rows() if line[0].value == "总分"] == [float(evaluation.total)]
