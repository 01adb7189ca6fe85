"""The plain sheets of a form: title lines, 基本情况, 收支情况, 问题清单."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from xlsxwriter.worksheet import Worksheet

from perfeval_xl.core.findings import SEVERITY_TITLES, Finding
from perfeval_xl.core.parameters import STATUS_TITLES
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.workbook.forms import form
from perfeval_xl.workbook.forms.styles import DATE_FORMAT, Styles, height_of, page

PROSE = ("部门职能", "年度工作任务", "整体绩效目标", "绩效管理情况", "主要问题", "改进措施")
CONTACT = ("填报人", "联系电话", "填报日期")
MAX_YEAR, MIN_YEAR = 2100, 2000
_WIDE = 84


class Title(NamedTuple):
    """What stands over a printed form."""

    text: str
    year: int
    department: str


def write_title(sheet: Worksheet, styles: Styles, title: Title, last: int) -> None:
    """Title, year and unit of a printed form; the year and the unit come from 基本情况. last: its last column."""
    sheet.set_row(0, 36)
    sheet.merge_range(0, 0, 0, last, title.text, styles.title())
    sheet.merge_range(1, 0, 1, last, "", styles.line("center", font_size=11))
    sheet.write_formula(1, 0, '="（"&PE_YEAR&"年度）"', styles.line("center", font_size=11), f"（{title.year}年度）")
    sheet.merge_range(2, 0, 2, last - 2, "", styles.line())
    sheet.write_formula(2, 0, '="填报单位："&PE_DEPARTMENT', styles.line(), f"填报单位：{title.department}")
    sheet.merge_range(2, last - 1, 2, last, "金额单位：万元", styles.line("right"))


class Facts(NamedTuple):
    """What 基本情况 holds. texts: label → text. kind: of the form."""

    year: int
    department: str
    texts: Mapping[str, str]
    kind: str = form.SELF_EVALUATION


def write_facts(sheet: Worksheet, styles: Styles, book: Rulebook, facts: Facts) -> dict[str, str]:
    """基本情况: label and value side by side. Returns the workbook's names and where they point."""
    is_project = book.ruleset.form == "project"
    labels = ["单位名称", "年度", "规则集", "规则集名称", "模板版本", *(["项目名称"] if is_project else []), *PROSE, *CONTACT]
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, _WIDE)
    sheet.set_row(0, 32)
    sheet.merge_range(0, 0, 0, 1, "基本情况", styles.title())
    values: dict[str, str | int] = {
        "单位名称": facts.department, "年度": facts.year, "规则集": book.ruleset.id,
        "规则集名称": f"{book.ruleset.title}（{STATUS_TITLES[book.ruleset.status]}）", "模板版本": form.template_version(facts.kind, book.ruleset.id),
    }  # fmt: skip
    rows: dict[str, int] = {}
    for row, label in enumerate(labels, 1):
        rows[label] = row
        sheet.write_string(row, 0, label, styles.head())
        value = values.get(label, facts.texts.get(label, ""))
        is_fixed = label in {"规则集", "规则集名称", "模板版本"}
        own = {"align": "left"} | ({"num_format": DATE_FORMAT} if label == "填报日期" else {}) | ({"num_format": "0"} if label == "年度" else {})
        if label == "联系电话":
            own["num_format"] = "@"  # a number of eleven digits is no amount, and a leading 0 counts
        style = styles.fixed(**own) if is_fixed else styles.entry(**own)
        if isinstance(value, int):
            sheet.write_number(row, 1, value, style)
        elif value:
            sheet.write_string(row, 1, value, style)
        else:
            sheet.write_blank(row, 1, None, style)
        sheet.set_row(row, height_of([(str(value), _WIDE)], 64 if label in PROSE else 24))
    sheet.data_validation(rows["年度"], 1, rows["年度"], 1, {
        "validate": "integer", "criteria": "between", "minimum": MIN_YEAR, "maximum": MAX_YEAR, "input_title": "年度",
        "input_message": "填所评价的年度，如 2025。", "error_title": "年度有误", "error_message": "请填四位数的年度，如 2025。"})  # fmt: skip
    sheet.data_validation(rows["填报日期"], 1, rows["填报日期"], 1, {
        "validate": "date", "criteria": ">=", "value": datetime.date(MIN_YEAR, 1, 1), "input_title": "填报日期", "input_message": "填日期，如 2026/3/15。",
        "error_title": "日期有误", "error_message": "请填日期，如 2026/3/15。"})  # fmt: skip
    page(sheet, landscape=False)
    sheet.print_area(0, 0, len(labels), 1)
    names = {"PE_DEPARTMENT": "单位名称", "PE_YEAR": "年度", "PE_RULESET": "规则集", "PE_TEMPLATE": "模板版本"}
    return {name: f"$B${rows[label] + 1}" for name, label in names.items()}


_MONEY = "#,##0.00"
_RATE = "0.00%"
THREE_PUBLIC = ("因公出国（境）费", "公务用车购置及运行维护费", "公务接待费")


def write_money(sheet: Worksheet, styles: Styles) -> None:
    """收支情况: income and spending against last year and budget, “三公”经费, dates. Amounts in 万元."""
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 6, 16)
    sheet.set_row(0, 32)
    sheet.merge_range(0, 0, 0, 6, "收支情况", styles.title())
    sheet.merge_range(1, 0, 1, 6, "金额单位：万元", styles.line("right"))
    entry, money, rate = styles.entry(num_format=_MONEY), styles.fixed(num_format=_MONEY), styles.fixed(num_format=_RATE)
    _heads(sheet, styles, 2, ("项目", "本年预算数", "本年执行数（决算）", "执行率", "上年决算数", "增减额", "增长率"))
    for row, label in ((4, "本年收入"), (5, "本年支出")):
        sheet.write_string(row - 1, 0, label, styles.fixed())
        for column in (1, 2, 4):
            sheet.write_blank(row - 1, column, None, entry)
        sheet.write_formula(row - 1, 3, f'=IF(AND(ISNUMBER(B{row}),ISNUMBER(C{row})),IF(B{row}>0,C{row}/B{row},""),"")', rate, "")
        sheet.write_formula(row - 1, 5, _difference(f"C{row}", f"E{row}"), money, "")
        sheet.write_formula(row - 1, 6, _growth(f"C{row}", f"E{row}"), rate, "")
    _heads(sheet, styles, 6, ("经费", "上年决算数", "本年预算数", "本年决算数", "比预算增减", "比上年增减", "比上年增长率"))
    first = 9
    labels = ("“三公”经费合计", *THREE_PUBLIC, "会议费", "培训费")
    for row, label in enumerate(labels, first - 1):
        sheet.write_string(row - 1, 0, label, styles.fixed(bold=row == first - 1))
        for name in "BCD":
            index = ord(name) - 65
            if row == first - 1:
                area = f"{name}{first}:{name}{first + len(THREE_PUBLIC) - 1}"
                sheet.write_formula(row - 1, index, f'=IF(COUNT({area})=0,"",SUM({area}))', money, "")
            else:
                sheet.write_blank(row - 1, index, None, entry)
        sheet.write_formula(row - 1, 4, _difference(f"D{row}", f"C{row}"), money, "")
        sheet.write_formula(row - 1, 5, _difference(f"D{row}", f"B{row}"), money, "")
        sheet.write_formula(row - 1, 6, _growth(f"D{row}", f"B{row}"), rate, "")
    last = first + len(labels) - 2
    for row, label in ((last + 1, "预算批复日期"), (last + 2, "首次支付日期")):
        sheet.write_string(row, 0, label, styles.head())
        sheet.merge_range(row, 1, row, 2, "", styles.entry(num_format=DATE_FORMAT))
        sheet.data_validation(row, 1, row, 1, {
            "validate": "date", "criteria": ">=", "value": datetime.date(MIN_YEAR, 1, 1), "input_title": label, "input_message": "填日期，如 2025/2/15。",
            "error_title": "日期有误", "error_message": "请填日期，如 2025/2/15。"})  # fmt: skip
    for block in ((3, 1, 4, 2), (3, 4, 4, 4), (first - 1, 1, last - 1, 3)):
        sheet.data_validation(*block, {
            "validate": "decimal", "criteria": "between", "minimum": -1e12, "maximum": 1e12, "input_title": "金额", "input_message": "单位为万元，只填数字。",
            "error_title": "金额有误", "error_message": "请填数字，单位为万元。"})  # fmt: skip
    over = styles.colour_over()
    sheet.conditional_format(first - 2, 4, last - 1, 5, {"type": "formula", "criteria": f"=AND(ISNUMBER(E{first - 1}),N(E{first - 1})>0)", "format": over})
    for row in range(2, last + 3):
        sheet.set_row(row, 24)
    page(sheet, landscape=True)
    sheet.print_area(0, 0, last + 2, 6)


def _heads(sheet: Worksheet, styles: Styles, row: int, texts: Sequence[str]) -> None:
    for column, text in enumerate(texts):
        sheet.write_string(row, column, text, styles.head())


def _difference(now: str, before: str) -> str:
    return f'=IF(AND(ISNUMBER({now}),ISNUMBER({before})),ROUND({now}-{before},6),"")'


def _growth(now: str, before: str) -> str:
    native = f'IF({before}=0,"",({now}-{before})/{before})'
    return f'=IF(AND(ISNUMBER({now}),ISNUMBER({before})),IFERROR(PE_GROWTH({now},{before}),{native}),"")'


ISSUE_COLUMNS = (("序号", 6), ("级别", 8), ("位置", 26), ("问题", 24), ("发现的情况", 44), ("应为", 28), ("处理办法", 44))
BLANK_ISSUES = 12  # lines ready to be filled in


def write_issues(sheet: Worksheet, styles: Styles, findings: Sequence[Finding]) -> None:
    """问题清单: filled in by the check; blank in a blank form."""
    sheet.set_row(0, 32)
    sheet.merge_range(0, 0, 0, len(ISSUE_COLUMNS) - 1, "问题清单", styles.title())
    sheet.merge_range(1, 0, 1, len(ISSUE_COLUMNS) - 1, "运行 perfeval check 或使用加载项的“校验”，可以逐项列出问题；也可以自行登记。", styles.line())
    for column, (text, width) in enumerate(ISSUE_COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, text, styles.head())
    rows = [[str(i), SEVERITY_TITLES[f.severity], f"{f.location.sheet}!{f.location.cell}", f.kind.title, f.found, f.expected, f.kind.remedy]
            for i, f in enumerate(findings, 1)]  # fmt: skip
    rows += [[""] * len(ISSUE_COLUMNS)] * max(BLANK_ISSUES - len(rows), 0)
    for row, texts in enumerate(rows, 3):
        sheet.set_row(row, height_of([(t, w) for t, (_, w) in zip(texts, ISSUE_COLUMNS, strict=True)], 22))
        for column, text in enumerate(texts):
            style = styles.entry(align="left" if column > 1 else "center")
            if text:
                sheet.write_string(row, column, text, style)
            else:
                sheet.write_blank(row, column, None, style)
    page(sheet, landscape=True, header_row=3)
    sheet.print_area(0, 0, 2 + len(rows), len(ISSUE_COLUMNS) - 1)
    sheet.freeze_panes(3, 0)
