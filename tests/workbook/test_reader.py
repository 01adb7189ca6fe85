"""Real layouts, built with openpyxl and read back: no row lost, no total counted, every value with its cell."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from perfeval_xl.core.model import Submission
from perfeval_xl.workbook.grid import shown
from perfeval_xl.workbook.parse import parse_book
from perfeval_xl.workbook.read import read_workbook

HEADER = ["绩效指标", "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因分析及改进措施"]
ROWS: list[list[Any]] = [
    ["产出指标（50分）", "数量指标", "合计培训人数", "≥100人", "95", 20, 19, "疫情"],
    [None, None, "总分排名", "前3名", "第2名", 10, 10, None],
    [None, "质量指标", "合格率", 0.95, 0.96, 10, 10, None],
    [None, "成本指标", "补贴合计", "≤10万元", "12万元", 10, 8, None],
    ["效益指标", "社会效益指标", "事故", "0起", "无", 30, 30, None],
    ["满意度指标", "服务对象满意度指标", "满意度", "≥90%", 0.92, 10, 10, None],
]


def national(folder: Path) -> Path:
    """The national form as departments return it: fund table, side label merged down, notes below."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "自评"
    for line in (
        ["项目支出绩效自评表"], ["（2023年度）"], ["项目名称", "某项目"], ["主管部门", "某局", None, "实施单位", "某中心"],
        ["项目资金（万元）", None, "年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分"],
        [None, "年度资金总额：", 120, 100, 79.27, 10, 0.7927, 7.93], [None, "其中：当年财政拨款", 120, 100, 79.27, "—", 0.7927, "—"],
        ["年度总体目标", "预期目标", None, None, "实际完成情况"], [None, "完成年度任务", None, None, "已完成"], HEADER,
    ):  # fmt: skip
        sheet.append(line)
    for row in ROWS:
        sheet.append([None, *row])
    for cell in ("E13", "F13", "F16"):
        sheet[cell].number_format = "0%"
    for area in ("B11:B14", "C11:C12", "A10:A16"):
        sheet.merge_cells(area)
    sheet.append(["总分", None, None, None, None, None, 100, 94.93])
    sheet.merge_cells("A17:F17")
    sheet.append(["填表人：张三  联系电话：123"])
    sheet.merge_cells("A18:I18")
    sheet.append(["注：1.得分一档最高不能超过该指标分值上限。"])
    book.save(folder / "n.xlsx")
    return folder / "n.xlsx"


def read(path: Path) -> Submission:
    book = read_workbook(path)
    submission = parse_book(book.file, book.grids, book.names)
    assert isinstance(submission, Submission)
    return submission


def test_the_national_form_is_read_whole(tmp_path: Path) -> None:
    done = read(national(tmp_path))
    assert [(r.place.row, r.level1, r.level2, r.name, r.target, r.actual, str(r.weight)) for r in done.indicators] == [
        (11, "产出指标", "数量指标", "合计培训人数", "≥100人", "95", "20"),
        (12, "产出指标", "数量指标", "总分排名", "前3名", "第2名", "10"),
        (13, "产出指标", "质量指标", "合格率", "95%", "96%", "10"),
        (14, "产出指标", "成本指标", "补贴合计", "≤10万元", "12万元", "10"),
        (15, "效益指标", "社会效益指标", "事故", "0起", "无", "30"),
        (16, "满意度指标", "服务对象满意度指标", "满意度", "≥90%", "92%", "10"),
    ]
    assert [(t.section, t.score) for t in done.totals] == [("", Decimal("94.93"))]
    assert (done.title, done.department, done.year) == ("项目支出绩效自评表", "某局", 2023)
    assert done.execution is not None
    assert (dict(done.execution.total.budgets), done.execution.total.spent, done.execution.score) == ({"initial": "120", "annual": "100"}, "79.27", Decimal("7.93"))
    assert done.indicators[0].place.cell("actual") == "F11"
    assert done.indicators[0].reason == "疫情"


def test_an_error_value_and_a_formula_without_result_are_reported_at_their_cells(tmp_path: Path) -> None:
    path = national(tmp_path)
    book = load_workbook(path)
    book["自评"]["F11"] = "#DIV/0!"
    book["自评"]["F15"] = "=1+1"
    book.save(path)
    done = read(path)
    assert [(f.kind.kind, f.location.cell) for f in done.findings] == [("error-cell", "F11"), ("uncalculated-formula", "F15")]
    assert len(done.indicators) == 6


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (0.9866, "0%", "98.66%"), (0.07, "0%", "7%"), (1, "0%", "100%"), (0.1 + 0.2, "General", "0.3"), (1e16, "General", "10000000000000000"),
        (3, '0"人"', "3人"), (12.5, '#,##0.00"万元"', "12.5万元"), (datetime.datetime(2023, 12, 31), "yyyy-mm-dd", "2023年12月31日"),
        (datetime.datetime(2023, 12, 1), 'yyyy"年"m"月"', "2023年12月"), (True, "General", "是"), ("  ≥95% ", "General", "≥95%"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_a_person_sees_it_but_exactly(value: object, number_format: str, text: str) -> None:
    assert shown(value, number_format) == text
