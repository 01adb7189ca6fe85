"""Files for the tests of `check`: self-evaluations, declarations, issue lists, as people send them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from perfeval_xl.cli import main
from tests.support.layouts import LAYOUTS, Form, Row, put, sheet_of

ROWS = (
    Row("产出指标", "数量指标", "培训人数", "≥100人", "120人", "20", "20"),
    Row("产出指标", "质量指标", "合格率", "≥95%", "90%", "30", "30"),
    Row("效益指标", "社会效益指标", "带动就业人数", "≥50人", "50人", "30", "30"),
    Row("满意度指标", "服务对象满意度指标", "服务对象满意度", "≥90%", "95%", "10", "9", "按评审意见扣分"),
)


def evaluation(path: Path, rows: Sequence[Row] = ROWS, department: str = "某市水利局", year: int = 2023, sheet: str = "") -> Path:
    """A self-evaluation on the national form; the table's header stands in row 3, the first indicator in row 4."""
    path.parent.mkdir(parents=True, exist_ok=True)
    LAYOUTS[0].save(path, rows, Form(title=f"{year}年度项目支出绩效自评表", department=department))
    if sheet:
        book = load_workbook(path)
        book.worksheets[0].title = sheet
        book.save(path)
    return path


def declaration(path: Path, rows: Sequence[Row], department: str = "某市水利局") -> Path:
    """A declaration: names, targets, weights; header in row 3."""
    book = Workbook()
    sheet = sheet_of(book, "申报表")
    put(sheet, 1, 1, "2023年度项目支出绩效目标申报表")
    put(sheet, 2, 1, "填报单位：" + department)
    put(sheet, 3, 1, "一级指标", "二级指标", "三级指标", "指标值", "分值")
    for i, r in enumerate(rows, 4):
        put(sheet, i, 1, r.level1, r.level2, r.name, r.target, r.weight)
    book.save(path)
    return path


def review(issues: Path, code: str, opinion: str, by: str) -> int:
    """Writes an opinion beside every finding of a code, as a reviewer does; returns how many."""
    book = load_workbook(issues)
    sheet = book["问题清单"]
    lines = [row for row in sheet.iter_rows(min_row=4) if row[2].value == code]
    for row in lines:
        row[12].value, row[13].value = opinion, by
    book.save(issues)
    return len(lines)


def cells(issues: Path, sheet: str = "问题清单") -> list[list[Any]]:
    """Values of a sheet, row by row."""
    return [[c.value for c in row] for row in load_workbook(issues)[sheet].iter_rows()]


def run(*arguments: object) -> int:
    """The command, as called from a shell."""
    return main([str(a) for a in arguments])
