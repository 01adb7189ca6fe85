"""The plain sheets of a form: title lines, 基本情况, 问题清单."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from perfeval_xl.core.findings import SEVERITY_TITLES, Finding
from perfeval_xl.core.parameters import STATUS_TITLES
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.workbook.forms import form
from perfeval_xl.workbook.forms.styles import DATE_FORMAT, MAX_HEIGHT, Styles, height_of, lines_of, page

PROSE = ("部门职能", "年度工作任务", "整体绩效目标", "绩效管理情况", "主要问题", "改进措施")
CONTACT = ("填报人", "联系电话", "填报日期")
_FIXED = ("规则集", "规则集名称", "模板版本")
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
    """基本情况: label and value side by side. Returns label → address of its text."""
    is_project = book.ruleset.form == "project"
    more = [label for label in facts.texts if label not in {*_FIXED, *PROSE, *CONTACT, "单位名称", "年度", "项目名称"}]
    labels = ["单位名称", "年度", *_FIXED, *(["项目名称"] if is_project or facts.texts.get("项目名称") else []), *PROSE, *more, *CONTACT]
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, _WIDE)
    sheet.set_row(0, 32)
    sheet.merge_range(0, 0, 0, 1, "基本情况", styles.title())
    values: dict[str, str | int] = {
        "单位名称": facts.department, "年度": facts.year, "规则集": book.ruleset.id,
        "规则集名称": f"{book.ruleset.title}（{STATUS_TITLES[book.ruleset.status]}）", "模板版本": form.template_version(facts.kind, book.ruleset.id),
    }  # fmt: skip
    rows: dict[str, int] = {}
    row = 1
    for label in labels:
        rows[label] = row
        value = values.get(label, facts.texts.get(label, ""))
        own = {"align": "left"} | ({"num_format": DATE_FORMAT} if label == "填报日期" else {}) | ({"num_format": "0"} if label == "年度" else {})
        if label == "联系电话":
            own["num_format"] = "@"  # a number of eleven digits is no amount, and a leading 0 counts
        style = styles.fixed(**own) if label in _FIXED else styles.entry(**own)
        heights = _heights(str(value), 64 if label in {*PROSE, *more} else 24)
        for offset, height in enumerate(heights):
            sheet.set_row(row + offset, height)
        if len(heights) > 1:  # a row is at most 409 points high: a longer text goes over several, in one cell all the same
            style = styles.entry(**own, valign="top")
            sheet.merge_range(row, 0, row + len(heights) - 1, 0, "", styles.head())
            sheet.merge_range(row, 1, row + len(heights) - 1, 1, "", style)
        sheet.write_string(row, 0, label, styles.head())
        _put_fact(sheet, row, value, style, is_date=label == "填报日期")
        row += len(heights)
    sheet.data_validation(rows["年度"], 1, rows["年度"], 1, {
        "validate": "integer", "criteria": "between", "minimum": MIN_YEAR, "maximum": MAX_YEAR, "input_title": "年度",
        "input_message": "填所评价的年度，如 2025。", "error_title": "年度有误", "error_message": "请填四位数的年度，如 2025。"})  # fmt: skip
    sheet.data_validation(rows["填报日期"], 1, rows["填报日期"], 1, {
        "validate": "date", "criteria": ">=", "value": datetime.date(MIN_YEAR, 1, 1), "input_title": "填报日期", "input_message": "填日期，如 2026/3/15。",
        "error_title": "日期有误", "error_message": "请填日期，如 2026/3/15。"})  # fmt: skip
    page(sheet, landscape=False)
    sheet.print_area(0, 0, row - 1, 1)
    return {label: f"B{at + 1}" for label, at in rows.items()}


def names_of(cells: Mapping[str, str]) -> dict[str, str]:
    """The workbook's names and where they point. cells: as `write_facts` returns them."""
    names = {"PE_DEPARTMENT": "单位名称", "PE_YEAR": "年度", "PE_RULESET": "规则集", "PE_TEMPLATE": "模板版本"}
    return {name: f"$B${cells[label][1:]}" for name, label in names.items()}


def _put_fact(sheet: Worksheet, row: int, value: str | int, style: Format, *, is_date: bool) -> None:
    day = day_of(value) if is_date and isinstance(value, str) else None
    if isinstance(value, int):
        sheet.write_number(row, 1, value, style)
    elif day is not None:
        sheet.write_datetime(row, 1, day, style)
    elif value:
        sheet.write_string(row, 1, value, style)
    else:
        sheet.write_blank(row, 1, None, style)


_DAY = re.compile(r"(20[0-9]{2})年([0-9]{1,2})月([0-9]{1,2})日")


def day_of(text: str) -> datetime.date | None:
    """A day written out in full; None for all else.

    >>> day_of("2024年3月5日"), day_of("2024年3月")
    (datetime.date(2024, 3, 5), None)
    """
    found = _DAY.fullmatch(text)
    try:
        return datetime.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _heights(text: str, least: float) -> list[float]:
    """Heights of the rows that show a text whole; what follows the last line keeps a little room."""
    needed = 14.0 * lines_of(text, _WIDE) + 6
    if needed <= MAX_HEIGHT:
        return [max(least, needed)]
    count = -(-int(needed) // 400)
    return [min(needed / count + 4, MAX_HEIGHT)] * count


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
