"""Self-evaluation forms as others make them: the same rows laid out in many ways, as workbooks on disk.

A layout is a function (sheet, rows, form) that writes the table; LAYOUTS names them all. What a layout cannot carry (a flat list
has no second level) it says in `drops`; what it writes differently (three cells for one target) a reader puts together again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet


class Row(NamedTuple):
    """One indicator as published; weight and score as text."""

    level1: str
    level2: str
    name: str
    target: str
    actual: str
    weight: str = ""
    score: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Form:
    """What stands around the table. budget, spent: of the fund table, where there is one."""

    title: str = "2023年度项目支出绩效自评表"
    department: str = "某市水利局"
    budget: str = ""
    spent: str = ""


@dataclass(frozen=True)
class Layout:
    """write: fills the workbook. drops: fields the layout has no place for."""

    name: str
    write: Callable[[Workbook, Sequence[Row], Form], None]
    drops: frozenset[str] = frozenset()

    def expected(self, rows: Sequence[Row]) -> list[Row]:
        return [replace_fields(r, self.drops) for r in rows]

    def save(self, path: Path, rows: Sequence[Row], form: Form) -> Path:
        book = Workbook()
        self.write(book, rows, form)
        book.save(path)
        return path


def replace_fields(row: Row, fields: frozenset[str]) -> Row:
    return row._replace(**dict.fromkeys(fields, ""))


def value(text: str) -> Any:
    """Bare numbers as numbers, as clerks type them."""
    return float(text) if re.fullmatch(r"[0-9]{1,12}\.[0-9]+", text) else int(text) if re.fullmatch(r"0|[1-9][0-9]{0,11}", text) else text or None


def put(sheet: Worksheet, row: int, column: int, *texts: str) -> None:
    for i, text in enumerate(texts):
        if text:
            cell = sheet.cell(row, column + i, value(text))
            if str(cell.value).startswith("="):
                cell.data_type = "s"


def merge(sheet: Worksheet, top: int, left: int, bottom: int, right: int) -> None:
    if (top, left) != (bottom, right):
        sheet.merge_cells(start_row=top, end_row=bottom, start_column=left, end_column=right)


def sheet_of(book: Workbook, title: str = "Sheet1") -> Worksheet:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    return sheet


def heads(sheet: Worksheet, form: Form, width: int, row: int = 1) -> int:
    put(sheet, row, 1, form.title)
    merge(sheet, row, 1, row, width)
    put(sheet, row + 1, 1, "填报单位：" + form.department)
    merge(sheet, row + 1, 1, row + 1, width)
    return row + 2


def funds(sheet: Worksheet, row: int, form: Form) -> int:
    """The national form's fund table, with its sources."""
    if not form.budget:
        return row
    put(sheet, row, 1, "项目资金（万元）", "", "年初预算数", "全年预算数（A）", "全年执行数（B）", "分值", "执行率（B/A)", "得分")
    merge(sheet, row, 1, row + 3, 1)
    for i, label in enumerate(("年度资金总额", "其中：当年财政拨款", "上年结转资金")):
        put(sheet, row + 1 + i, 2, label)
        put(sheet, row + 1 + i, 3, *((form.budget, form.budget, form.spent) if i < 2 else ("0", "0", "0")))
    put(sheet, row + 1, 6, "10", "100%", "10")
    return row + 4


def levels_merged(sheet: Worksheet, rows: Sequence[Row], top: int, columns: tuple[int, int]) -> None:
    """Level cells merged down over their rows."""
    for column, key in zip(columns, (lambda r: (r.level1,), lambda r: (r.level1, r.level2)), strict=True):
        start = 0
        for i in range(1, len(rows) + 1):
            if i == len(rows) or key(rows[i]) != key(rows[start]):  # type: ignore[no-untyped-call]
                put(sheet, top + start, column, key(rows[start])[-1])  # type: ignore[no-untyped-call]
                merge(sheet, top + start, column, top + i - 1, column)
                start = i


def sections(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    out: list[tuple[str, list[Row]]] = []
    for row in rows:
        if not out or out[-1][0] != row.level1:
            out.append((row.level1, []))
        out[-1][1].append(row)
    return out


def national(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    sheet = sheet_of(book)
    at = funds(sheet, heads(sheet, form, 8), form)
    put(sheet, at, 1, "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因分析及改进措施")
    levels_merged(sheet, rows, at + 1, (1, 2))
    for i, r in enumerate(rows, at + 1):
        put(sheet, i, 3, r.name, r.target, r.actual, r.weight, r.score, r.reason)
    put(sheet, at + 1 + len(rows), 1, "总分")
    merge(sheet, at + 1 + len(rows), 1, at + 1 + len(rows), 5)
    put(sheet, at + 1 + len(rows), 6, "100", "97.5")


def six_columns(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    sheet = sheet_of(book, "自评表")
    at = heads(sheet, form, 8)
    put(sheet, at, 1, "自评指标\n根据《部门预算绩效目标申报表》填列（如指标有调整请备注说明）", "", "", "年度目标值", "年度实现值", "指标完成率", "单项分值（权重）", "单项自评得分")
    merge(sheet, at, 1, at, 3)
    line = at + 1
    for level1, part in sections(rows):
        levels_merged(sheet, part, line, (1, 2))
        for r in part:
            put(sheet, line, 3, r.name, r.target, r.actual, "100%", r.weight, r.score)
            line += 1
        put(sheet, line, 1, f"{level1.removesuffix('指标')}评价指标综合得分")
        merge(sheet, line, 1, line, 7)
        put(sheet, line, 8, "20")
        line += 1


def deep_form(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """National form as printed: side label 绩效指标, goals above, table starting in column C of row 14, blank columns between."""
    sheet = sheet_of(book)
    put(sheet, 3, 3, form.title)
    merge(sheet, 3, 3, 3, 13)
    put(sheet, 5, 3, "项目名称")
    put(sheet, 5, 5, "某水库除险加固")
    put(sheet, 6, 3, "主管部门", "", "市水利局", "", "", "实施单位", "", form.department)
    put(sheet, 8, 3, "年度总体目标", "预期目标", "", "", "", "实际完成情况")
    merge(sheet, 8, 4, 8, 7)
    merge(sheet, 8, 8, 8, 13)
    put(sheet, 9, 4, "完成除险加固工程，保障1000人饮水安全", "", "", "", "已完成95%")
    merge(sheet, 9, 4, 9, 7)
    merge(sheet, 9, 8, 9, 13)
    at = 11
    put(sheet, at, 3, "绩效指标")
    merge(sheet, at, 3, at + len(rows), 3)
    put(sheet, at, 4, "一级指标", "二级指标", "三级指标", "", "年度指标值", "全年实际完成值", "", "分值", "自评得分", "未完成原因分析")
    merge(sheet, at, 6, at, 7)
    levels_merged(sheet, rows, at + 1, (4, 5))
    for i, r in enumerate(rows, at + 1):
        put(sheet, i, 6, r.name, "", r.target, r.actual, "", r.weight, r.score, r.reason)
        merge(sheet, i, 6, i, 7)
    put(sheet, at + len(rows) + 2, 3, "说明：请在此处简要说明中央巡视、各级审计和财政监督中发现的问题。")
    merge(sheet, at + len(rows) + 2, 3, at + len(rows) + 2, 13)


def two_row_header(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    sheet = sheet_of(book)
    at = heads(sheet, form, 9)
    put(sheet, at, 1, "序号", "绩效指标", "", "", "预期指标值", "完成情况", "", "", "备注")
    merge(sheet, at, 2, at, 4)
    merge(sheet, at, 6, at, 8)
    put(sheet, at + 1, 2, "一级指标", "二级指标", "三级指标", "", "实际完成值", "分值", "得分")
    for column in (1, 5, 9):
        merge(sheet, at, column, at + 1, column)
    levels_merged(sheet, rows, at + 2, (2, 3))
    for i, r in enumerate(rows, at + 2):
        put(sheet, i, 1, str(i - at - 1), "", "", r.name, r.target, r.actual, r.weight, r.score, r.reason)


def three_row_header(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    sheet = sheet_of(book)
    at = heads(sheet, form, 9)
    put(sheet, at, 1, "年度绩效指标完成情况")
    merge(sheet, at, 1, at, 9)
    put(sheet, at + 1, 1, "评价指标", "", "", "指标权重", "绩效目标", "", "", "自评情况", "")
    merge(sheet, at + 1, 1, at + 1, 3)
    merge(sheet, at + 1, 5, at + 1, 7)
    merge(sheet, at + 1, 8, at + 1, 9)
    merge(sheet, at + 1, 4, at + 2, 4)
    put(sheet, at + 2, 1, "一级", "二级", "三级", "", "年初目标值", "全年完成值", "指标完成率", "自评得分", "扣分原因")
    levels_merged(sheet, rows, at + 3, (1, 2))
    for i, r in enumerate(rows, at + 3):
        put(sheet, i, 3, r.name, r.weight, r.target, r.actual, "", r.score, r.reason)


def first_only(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """Level cells not merged, only the first of each filled; blank rows and columns inside the table."""
    sheet = sheet_of(book)
    at = heads(sheet, form, 12)
    for column, text in ((2, "一级指标"), (4, "二级指标"), (5, "指标名称"), (7, "目标值"), (8, "实际值"), (10, "权重"), (11, "评分")):
        put(sheet, at, column, text)
    line, before = at + 2, ("", "")
    for i, r in enumerate(rows):
        put(sheet, line, 2, r.level1 if r.level1 != before[0] else "")
        put(sheet, line, 4, r.level2 if (r.level1, r.level2) != before else "")
        before = (r.level1, r.level2)
        put(sheet, line, 5, r.name, "", r.target, r.actual, "", r.weight, r.score)
        line += 2 if i % 3 == 2 else 1


def section_rows(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """A flat list under full-width rows that name the section."""
    sheet = sheet_of(book)
    at = heads(sheet, form, 6)
    put(sheet, at, 1, "指标类别", "指标名称", "全年目标值", "全年实现值", "分值", "得分")
    line = at + 1
    for number, (level1, part) in enumerate(sections(rows)):
        put(sheet, line, 1, f"{'一二三四五六'[number % 6]}、{level1}（50分）")
        merge(sheet, line, 1, line, 6)
        line += 1
        for r in part:
            put(sheet, line, 1, r.level2, r.name, r.target, r.actual, r.weight, r.score)
            line += 1
        put(sheet, line, 1, "小计")
        put(sheet, line, 5, "50", "49")
        line += 1
    put(sheet, line, 1, "合计")
    put(sheet, line, 5, "100", "98")


_SPLIT = re.compile(r"([≥≤＞＜>＜<=＝﹦]?)([0-9][0-9.]*)(%|[\u4e00-\u9fff]{0,4})")


def split_target(text: str) -> tuple[str, str, str]:
    """Operator, value, unit; a text that is no such thing stays whole in the value's cell."""
    found = _SPLIT.fullmatch(text)
    return (found[1], found[2], found[3]) if found else ("", text, "")


def three_cells(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """Operator, value and unit under one merged heading, without headings of their own."""
    sheet = sheet_of(book)
    at = heads(sheet, form, 9)
    put(sheet, at, 1, "一级指标", "二级指标", "三级指标", "年度指标值", "", "", "实际完成值", "分值", "得分")
    merge(sheet, at, 4, at, 6)
    levels_merged(sheet, rows, at + 1, (1, 2))
    for i, r in enumerate(rows, at + 1):
        put(sheet, i, 3, r.name, *split_target(r.target), r.actual, r.weight, r.score)


def named_cells(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """指标性质, 指标值, 度量单位 as columns of their own, as vendors' systems export them."""
    sheet = sheet_of(book)
    at = heads(sheet, form, 10)
    put(sheet, at, 1, "一级指标", "二级指标", "三级指标", "指标性质", "指标值", "度量单位", "实际完成值", "权重", "得分", "偏差原因分析及改进措施")
    levels_merged(sheet, rows, at + 1, (1, 2))
    for i, r in enumerate(rows, at + 1):
        put(sheet, i, 3, r.name, *split_target(r.target), r.actual, r.weight, r.score, r.reason)


def prefixed(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """指标1：, ★ marks, unscored 其中 rows, an unused 指标…… line, and the printed remarks below."""
    sheet = sheet_of(book)
    at = heads(sheet, form, 8)
    put(sheet, at, 1, "一级指标", "二级指标", "三级指标", "年度指标值（A）", "实际完成值（B）", "分值", "得分", "偏差原因分析及改进措施")
    line, count = at + 1, 0
    for i, r in enumerate(rows):
        count = count + 1 if i and rows[i - 1][:2] == r[:2] else 1
        put(sheet, line, 1, r.level1, r.level2, f"指标{count}：{'★' if i % 4 == 0 else ''}{r.name}", r.target, r.actual, r.weight, r.score, r.reason)
        line += 1
        if i % 5 == 1:
            put(sheet, line, 1, r.level1, r.level2, "其中：本级部分", "5个", "5个")
            line += 1
        if i + 1 == len(rows) or rows[i + 1][:2] != r[:2]:
            put(sheet, line, 1, r.level1, r.level2, "……")
            line += 1
    put(sheet, line, 1, "总分")
    merge(sheet, line, 1, line, 5)
    put(sheet, line, 6, "100", "99")
    put(sheet, line + 1, 1, "注：1.得分一档最高不能超过该指标分值上限。2.定量指标，资金使用单位填写本地区实际完成数。")
    merge(sheet, line + 1, 1, line + 1, 8)
    put(sheet, line + 2, 1, "填表人：张三", "", "", "联系电话：", "13800000000", "填报日期：", "2024年3月1日")


def reviewed(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """A reviewer's score column beside the unit's own, and a standard of scoring in between."""
    sheet = sheet_of(book)
    at = heads(sheet, form, 9)
    put(sheet, at, 1, "一级指标", "二级指标", "三级指标", "标准分", "评分标准", "绩效目标值", "完成情况", "得分", "")
    merge(sheet, at, 8, at, 9)
    put(sheet, at + 1, 8, "单位自评", "财政复核")
    for column in range(1, 8):
        merge(sheet, at, column, at + 1, column)
    levels_merged(sheet, rows, at + 2, (1, 2))
    for i, r in enumerate(rows, at + 2):
        put(sheet, i, 3, r.name, r.weight, "达到目标值得满分，每低1个百分点扣0.5分", r.target, r.actual, r.score, "1")


def continued(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """The header is printed again on the second page, under （续表）."""
    sheet = sheet_of(book)
    line = heads(sheet, form, 8)
    half = (len(rows) + 1) // 2
    for number, part in enumerate((rows[:half], rows[half:])):
        if not part:
            continue
        if number:
            put(sheet, line, 1, form.title + "（续表）")
            merge(sheet, line, 1, line, 8)
            line += 1
        put(sheet, line, 1, "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "备注")
        levels_merged(sheet, part, line + 1, (1, 2))
        for i, r in enumerate(part, line + 1):
            put(sheet, i, 3, r.name, r.target, r.actual, r.weight, r.score, r.reason)
        line += len(part) + 1


def split_sections(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """Each section with a header of its own, columns in another order, blank lines between."""
    sheet = sheet_of(book)
    line = heads(sheet, form, 8)
    for number, (level1, part) in enumerate(sections(rows)):
        if number % 2:
            put(sheet, line, 1, "一级指标", "二级指标", "三级指标", "分值", "指标值", "完成值", "自评得分")
        else:
            put(sheet, line, 1, "一级指标", "二级指标", "三级指标", "目标值", "实际完成情况", "分值", "自评得分")
        for i, r in enumerate(part, line + 1):
            middle = (r.weight, r.target, r.actual) if number % 2 else (r.target, r.actual, r.weight)
            put(sheet, i, 1, level1, r.level2, r.name, *middle, r.score)
        line += len(part) + 3


def side_by_side(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """Two halves beside each other on one page."""
    sheet = sheet_of(book)
    at = heads(sheet, form, 15)
    half = (len(rows) + 1) // 2
    for number, part in enumerate((rows[:half], rows[half:])):
        left = 1 + 8 * number
        put(sheet, at, left, "一级指标", "二级指标", "三级指标", "目标值", "完成值", "分值", "得分")
        for i, r in enumerate(part, at + 1):
            put(sheet, i, left, r.level1, r.level2, r.name, r.target, r.actual, r.weight, r.score)


def sideways(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """Headings down the first column, one indicator a column."""
    sheet = sheet_of(book)
    at = heads(sheet, form, 4)
    for offset, text in enumerate(("一级指标", "二级指标", "三级指标", "年度目标值", "实际完成值", "分值", "得分")):
        put(sheet, at + offset, 1, text)
    for i, r in enumerate(rows, 2):
        for offset, text in enumerate(r[:7]):
            put(sheet, at + offset, i, text)


def chongqing(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """A flat list with units, adjusted targets, coefficients and core marks."""
    sheet = sheet_of(book)
    at = heads(sheet, form, 9)
    put(sheet, at, 1, "指标名称", "计量单位", "指标权重", "年初指标值", "调整指标值", "全年完成值", "得分系数（%）", "指标得分", "是否核心指标")
    for i, r in enumerate(rows, at + 1):
        changed = i % 3 == 0 and bool(r.target)
        put(sheet, i, 1, r.name, "", r.weight, "1" if changed else r.target, r.target if changed else "", r.actual, "100", r.score, "是" if i % 4 == 0 else "否")


def third_sheet(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """Cover, instructions with an example, then the form; an empty copy and a hidden draft behind it."""
    cover = sheet_of(book, "封面")
    put(cover, 5, 2, "部门整体支出绩效自评报告")
    guide = book.create_sheet("填报说明")
    put(guide, 1, 1, "示例")
    put(guide, 2, 1, "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分")
    put(guide, 3, 1, "产出指标", "数量指标", "培训人数", "≥100人", "100人", "10", "10")
    main = book.create_sheet("自评")
    at = heads(main, form, 8)
    put(main, at, 1, "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "未完成原因")
    levels_merged(main, rows, at + 1, (1, 2))
    for i, r in enumerate(rows, at + 1):
        put(main, i, 3, r.name, r.target, r.actual, r.weight, r.score, r.reason)
    empty = book.create_sheet("Sheet3")
    put(empty, 1, 1, "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分")
    put(empty, 2, 1, "产出指标", "数量指标", "培训人数", "≥100人", "", "10")
    draft = book.create_sheet("草稿")
    put(draft, 1, 1, "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分")
    put(draft, 2, 1, "产出指标", "数量指标", "旧指标", "≥1人", "1人", "10", "10")
    draft.sheet_state = "hidden"


def closing_rows(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """Conclusions, problems, signatures and remarks under the table, in its columns."""
    sheet = sheet_of(book)
    at = heads(sheet, form, 8)
    put(sheet, at, 1, "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因")
    levels_merged(sheet, rows, at + 1, (1, 2))
    for i, r in enumerate(rows, at + 1):
        put(sheet, i, 3, r.name, r.target, r.actual, r.weight, r.score, r.reason)
    line = at + 1 + len(rows)
    put(sheet, line, 1, "合计")
    put(sheet, line, 6, "100", "98.5")
    for offset, (label, text) in enumerate((
        ("自评结论", "项目完成良好，自评得分99.5分，等级优。"), ("总体评价", "2023年共投入资金100万元，完成培训10次。"), ("存在问题", "部分指标设置不够细化。"),
        ("改进措施", "加强培训。"),
    ), line + 1):  # fmt: skip
        put(sheet, offset, 1, label, text)
        merge(sheet, offset, 2, offset, 8)
    put(sheet, line + 5, 1, "填表人", "张三", "联系电话", "13800000000", "填报日期", "", "", "2024年3月1日")
    put(sheet, line + 6, 1, "单位负责人（签字）：", "", "", "财务负责人：")
    put(sheet, line + 7, 1, "2.定量指标，资金使用单位填写本地区实际完成数。")


def four_levels(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """A fourth column of headings outside the first level, as department-wide forms print it."""
    sheet = sheet_of(book)
    at = heads(sheet, form, 9)
    put(sheet, at, 1, "评价指标", "", "", "", "指标值", "实际完成", "权重", "自评分", "说明")
    merge(sheet, at, 1, at, 4)
    put(sheet, at + 1, 1, "履职效能")
    merge(sheet, at + 1, 1, at + len(rows), 1)
    levels_merged(sheet, rows, at + 1, (2, 3))
    for i, r in enumerate(rows, at + 1):
        put(sheet, i, 4, r.name, r.target, r.actual, r.weight, r.score, r.reason)


def weight_first(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """Weight, explanation and standard before the target; the total above the table."""
    sheet = sheet_of(book)
    at = heads(sheet, form, 10)
    put(sheet, at, 1, "自评总分", "96.5", "自评等级", "优")
    put(sheet, at + 1, 1, "一级指标", "二级指标", "三级指标", "分值", "指标解释", "评价标准", "计划完成值", "实际完成数", "评价得分", "佐证材料")
    levels_merged(sheet, rows, at + 2, (1, 2))
    for i, r in enumerate(rows, at + 2):
        put(sheet, i, 3, r.name, r.weight, "反映项目完成情况", "达到得满分", r.target, r.actual, r.score, "附件1")


def two_sheets(book: Workbook, rows: Sequence[Row], form: Form) -> None:
    """The sections of one form on sheets of their own."""
    for number, (level1, part) in enumerate(sections(rows)):
        sheet = sheet_of(book, level1[:20] or "表") if not number else book.create_sheet((level1[:20] or "表") + str(number))
        at = heads(sheet, form, 7)
        put(sheet, at, 1, "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分")
        for i, r in enumerate(part, at + 1):
            put(sheet, i, 1, level1, r.level2, r.name, r.target, r.actual, r.weight, r.score)


LAYOUTS = (
    Layout("national", national), Layout("six-columns", six_columns, frozenset({"reason"})), Layout("deep-form", deep_form), Layout("two-row-header", two_row_header),
    Layout("three-row-header", three_row_header), Layout("first-only", first_only, frozenset({"reason"})), Layout("section-rows", section_rows, frozenset({"reason"})),
    Layout("three-cells", three_cells, frozenset({"reason"})), Layout("named-cells", named_cells), Layout("prefixed", prefixed), Layout("reviewed", reviewed, frozenset({"reason"})),
    Layout("continued", continued), Layout("split-sections", split_sections, frozenset({"reason"})), Layout("side-by-side", side_by_side, frozenset({"reason"})),
    Layout("sideways", sideways, frozenset({"reason"})), Layout("chongqing", chongqing, frozenset({"reason", "level1", "level2"})), Layout("third-sheet", third_sheet),
    Layout("closing-rows", closing_rows), Layout("four-levels", four_levels), Layout("weight-first", weight_first, frozenset({"reason"})),
)  # fmt: skip
