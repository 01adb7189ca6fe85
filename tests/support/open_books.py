"""Workbooks to open and press buttons on: our own form, filled in, and a foreign table with everything that must survive."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.datavalidation import DataValidation

from perfeval_xl.rulesets.loader import load
from perfeval_xl.workbook.forms.form import Entry, FormRow, FundRow
from perfeval_xl.workbook.forms.template import Filling, write_self_evaluation
from tests.support.reading import loaded

_RULE: Any = CellIsRule
HEADINGS = ("一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "完成率", "分值", "得分", "偏差原因分析及改进措施")
TOP = 4  # row of the headings
SECTIONS = (("产出指标", "数量指标", 50), ("效益指标", "社会效益指标", 30), ("满意度指标", "服务对象满意度指标", 10))


def own_form(path: Path, rows: int = 40, *, weights: bool = True, department: str = "某市水利局") -> Path:
    """A project's form with that many rows, every third one short of its target."""
    table = []
    for i in range(rows):
        level1, level2, full = SECTIONS[i % 3]
        members = len(range(i % 3, rows, 3))
        weight = (Decimal(full) / members).quantize(Decimal("0.01")) if weights else None
        table.append((level1, level2, FormRow(f"指标{i + 1}", "≥", Entry(100 + i), "个", Entry(100 + i if i % 3 else 90), weight, "" if i % 3 else "雨季推迟")))
    funds = [FundRow(Decimal(100), Decimal(100), Decimal("85.5")), FundRow(), FundRow()]
    write_self_evaluation(path, load("national-project-2020"), Filling(2025, department, "水库除险加固", table, [], funds))
    return path


def foreign(path: Path, rows: int = 12, *, is_merged: bool = False, scores: bool = False, weights: bool = True) -> Path:
    """A bureau's table, not ours: fills, borders, a drop-down, notes, a conditional format, a frozen pane, percent cells, a formula for the sum."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "自评"
    sheet["A1"] = "项目支出绩效自评表"
    sheet["A2"] = "项目名称：水库除险加固（2025年度）"
    sheet.merge_cells("A1:I1")
    thin = Side(style="thin", color="FF808080")
    for column, text in enumerate(HEADINGS, 1):
        head: Any = sheet.cell(TOP, column, text)
        head.font, head.fill = Font(bold=True, name="仿宋", size=12), PatternFill("solid", fgColor="FFDDEBF7")
    per = rows // 3
    for i in range(rows):
        level1, level2, full = SECTIONS[min(i // per, 2)]
        row = TOP + 1 + i
        is_first = i % per == 0 or not is_merged
        weight = round(full / per, 2)
        actual = 0.9 if i % 3 == 0 else 0.97
        line = (level1 if is_first else None, level2 if is_first else None, f"指标{i + 1}", 0.95, actual, None, weight if weights else None, weight if scores else None, None)
        for column, value in enumerate(line, 1):
            cell: Any = sheet.cell(row, column, value)
            cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
            cell.alignment = Alignment(vertical="center", wrap_text=column == 3)
            if column in {4, 5, 6}:
                cell.number_format = "0.00%"
            if column in {7, 8}:
                cell.number_format = "0.00"
        if is_merged and is_first:
            for column in (1, 2):
                sheet.merge_cells(start_row=row, start_column=column, end_row=row + per - 1, end_column=column)
    last = TOP + rows
    sheet.cell(last + 1, 1, "总分")
    sheet.cell(last + 1, 7, f"=SUM(G{TOP + 1}:G{last})")
    sheet.cell(last + 1, 8, f"=SUM(H{TOP + 1}:H{last})").font = Font(color="FFC00000", bold=True)
    sheet.cell(last + 3, 1, "填表人：")
    sheet.cell(last + 3, 4, datetime.datetime(2026, 1, 15)).number_format = "yyyy-mm-dd"
    sheet.cell(TOP + 2, 5).comment = Comment("请附佐证材料", "财政局")
    sheet.cell(TOP + 3, 5).fill = PatternFill("solid", fgColor="FFFFF2CC")
    choice = DataValidation(type="list", formula1='"是,否"')
    choice.add(f"J{TOP + 1}:J{last}")
    sheet.add_data_validation(choice)
    sheet.conditional_formatting.add(f"H{TOP + 1}:H{last}", _RULE(operator="lessThan", formula=["1"], fill=PatternFill(bgColor="FFFFC7CE")))
    sheet.freeze_panes = f"D{TOP + 1}"
    sheet.column_dimensions["C"].width = 33
    other = book.create_sheet("说明")
    other["A1"] = "其他内容，与评价无关：=1+1"
    book.save(path)
    _stored(path, last)
    return path


def _stored(path: Path, last: int) -> None:
    """The results of the two sums, which openpyxl does not store: through the model of an open workbook."""
    from tests.support.live import LiveBook  # noqa: PLC0415  # it needs no book to make one

    live = LiveBook(path)
    sheet = live.book["自评"]
    for column in "GH":
        values = [v for r in range(TOP + 1, last + 1) if isinstance(v := sheet[f"{column}{r}"].value, int | float)]
        live.results["自评", f"{column}{last + 1}"] = round(sum(values), 10)
    path.write_bytes(live.saved())


def protected(path: Path, *, secret: str = "", sheet: str = "自评") -> Path:
    """The same with the sheet protected, entry cells too."""
    book = loaded(path)
    guard = book[sheet].protection
    guard.sheet = guard.objects = guard.scenarios = True
    if secret:
        guard.password = secret
    for row in book[sheet].iter_rows():
        for cell in row:
            cell.protection = Protection(locked=True)
    _saved(book, path)
    return path


def older(path: Path) -> Path:
    """The same form as an earlier version of the template made it."""
    book = loaded(path)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("perfeval-2026.1/"):
                    cell.value = cell.value.replace("2026.1", "2024.1")
    _saved(book, path)
    return path


def structure_locked(path: Path) -> Path:
    """The same with no sheet to be added."""
    book = loaded(path)
    book.security.lockStructure = True
    _saved(book, path)
    return path


def _saved(book: Workbook, path: Path) -> None:
    """With the stored results of formulas, which openpyxl would drop."""
    from tests.support.live import LiveBook  # noqa: PLC0415

    live = LiveBook(path)
    live.book = book
    path.write_bytes(live.saved())
