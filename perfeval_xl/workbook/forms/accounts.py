"""收支情况 of a form: income and spending, “三公”经费, dates; blank, or with what a published report states."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xlsxwriter.worksheet import Worksheet

from perfeval_xl.workbook.forms.form import number
from perfeval_xl.workbook.forms.styles import DATE_FORMAT, Styles, page

_MONEY = "#,##0.00"
_RATE = "0.00%"
INCOME, EXPENDITURE = "本年收入", "本年支出"
THREE_PUBLIC_TOTAL = "“三公”经费合计"
THREE_PUBLIC = ("因公出国（境）费", "公务用车购置及运行维护费", "公务接待费")
APPROVED, PAID = "预算批复日期", "首次支付日期"
_FIRST_COLUMNS = {"budget": "B", "current": "C", "rate": "D", "previous": "E", "change": "F", "growth": "G"}
_SECOND_COLUMNS = {"previous": "B", "budget": "C", "current": "D", "over": "E", "change": "F", "growth": "G"}
_FIRST, _SECOND = 4, 8  # first rows of the two tables' lines, counted from 1
Line = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Accounts:
    """lines: label → column (budget, current, previous in 万元; change, growth, rate where they are stated, not computed) → number.

    growth, rate: fractions. dates: 预算批复日期, 首次支付日期 → day, or text that is none.
    """

    lines: Mapping[str, Line] = field(default_factory=dict)
    dates: Mapping[str, datetime.date | str] = field(default_factory=dict)

    def labels(self) -> tuple[str, ...]:
        """Lines of the second table: those of every form, then others that the source has."""
        usual = (THREE_PUBLIC_TOTAL, *THREE_PUBLIC, "会议费", "培训费")
        return (*usual, *(label for label in self.lines if label not in {*usual, INCOME, EXPENDITURE}))

    def cell(self, label: str, column: str) -> str:
        """Address of an amount on the sheet; empty where the form has no cell for it."""
        if label in {APPROVED, PAID}:
            return f"B{_SECOND + len(self.labels()) + 1 + (label == PAID)}"
        if label in {INCOME, EXPENDITURE}:
            return f"{letter}{_FIRST + (label == EXPENDITURE)}" if (letter := _FIRST_COLUMNS.get(column)) else ""
        return f"{letter}{_SECOND + self.labels().index(label)}" if label in self.labels() and (letter := _SECOND_COLUMNS.get(column)) else ""


def write_accounts(sheet: Worksheet, styles: Styles, accounts: Accounts) -> None:
    """Income and spending against last year and budget, “三公”经费, dates. Amounts in 万元."""
    writer = _Writer(sheet, styles, accounts)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 6, 16)
    sheet.set_row(0, 32)
    sheet.merge_range(0, 0, 0, 6, "收支情况", styles.title())
    sheet.merge_range(1, 0, 1, 6, "金额单位：万元", styles.line("right"))
    writer.heads(2, ("项目", "本年预算数", "本年执行数（决算）", "执行率", "上年决算数", "增减额", "增长率"))
    for row, label in ((_FIRST, INCOME), (_FIRST + 1, EXPENDITURE)):
        sheet.write_string(row - 1, 0, label, styles.fixed())
        for name in ("budget", "current", "previous"):
            writer.entry(row, label, name)
        writer.formula(row, label, "rate", f'=IF(AND(ISNUMBER(B{row}),ISNUMBER(C{row})),IF(B{row}>0,C{row}/B{row},""),"")')
        writer.formula(row, label, "change", _difference(f"C{row}", f"E{row}"))
        writer.formula(row, label, "growth", _growth(f"C{row}", f"E{row}"))
    writer.heads(6, ("经费", "上年决算数", "本年预算数", "本年决算数", "比预算增减", "比上年增减", "比上年增长率"))
    for row, label in enumerate(accounts.labels(), _SECOND):
        sheet.write_string(row - 1, 0, label, styles.fixed(bold=label == THREE_PUBLIC_TOTAL))
        for name in ("previous", "budget", "current"):
            if label == THREE_PUBLIC_TOTAL:
                letter = _SECOND_COLUMNS[name]
                area = f"{letter}{_SECOND + 1}:{letter}{_SECOND + len(THREE_PUBLIC)}"
                writer.formula(row, label, name, f'=IF(COUNT({area})=0,"",SUM({area}))')
            else:
                writer.entry(row, label, name)
        writer.formula(row, label, "over", _difference(f"D{row}", f"C{row}"))
        writer.formula(row, label, "change", _difference(f"D{row}", f"B{row}"))
        writer.formula(row, label, "growth", _growth(f"D{row}", f"B{row}"))
    last = _SECOND + len(accounts.labels()) - 1
    for row, label in ((last + 1, APPROVED), (last + 2, PAID)):
        writer.date(row, label)
    for block in ((_FIRST - 1, 1, _FIRST, 2), (_FIRST - 1, 4, _FIRST, 4), (_SECOND, 1, last - 1, 3)):
        sheet.data_validation(*block, {
            "validate": "decimal", "criteria": "between", "minimum": -1e12, "maximum": 1e12, "input_title": "金额", "input_message": "单位为万元，只填数字。",
            "error_title": "金额有误", "error_message": "请填数字，单位为万元。"})  # fmt: skip
    sheet.conditional_format(_SECOND - 1, 4, last - 1, 5, {
        "type": "formula", "criteria": f"=AND(ISNUMBER(E{_SECOND}),N(E{_SECOND})>0)", "format": styles.colour_over()})  # fmt: skip
    for row in range(2, last + 3):
        sheet.set_row(row, 24)
    page(sheet, landscape=True)
    sheet.print_area(0, 0, last + 2, 6)


class _Writer:
    """Cells of the sheet. Rows count from 1."""

    def __init__(self, sheet: Worksheet, styles: Styles, accounts: Accounts) -> None:
        self.sheet, self.styles, self.accounts = sheet, styles, accounts

    def heads(self, row: int, texts: tuple[str, ...]) -> None:
        """row: counted from 0."""
        for column, text in enumerate(texts):
            self.sheet.write_string(row, column, text, self.styles.head())

    def entry(self, row: int, label: str, name: str) -> None:
        """An amount to fill in."""
        value = self.accounts.lines.get(label, {}).get(name)
        at, style = self._column(label, name), self.styles.entry(num_format=_MONEY)
        if value is None:
            self.sheet.write_blank(row - 1, at, None, style)
        else:
            self.sheet.write_number(row - 1, at, number(value), style)

    def formula(self, row: int, label: str, name: str, text: str) -> None:
        """A computed amount, with its result; what the source states of itself stands in its place: nothing to compute it from is stated."""
        at = self._column(label, name)
        style = self.styles.fixed(num_format=_RATE if name in {"rate", "growth"} else _MONEY)
        value = self.accounts.lines.get(label, {}).get(name)
        if value is not None:
            self.sheet.write_number(row - 1, at, number(value), style)
        else:
            self.sheet.write_formula(row - 1, at, text, style, self._result(label, name))

    def _result(self, label: str, name: str) -> Any:
        line = self.accounts.lines.get(label, {})
        if label == THREE_PUBLIC_TOTAL and name in {"previous", "budget", "current"}:
            given = [v for one in THREE_PUBLIC if (v := self.accounts.lines.get(one, {}).get(name)) is not None]
            return number(sum(given, Decimal(0))) if given else ""
        if label == THREE_PUBLIC_TOTAL:
            line = {n: Decimal(str(v)) for n in ("previous", "budget", "current") if (v := line.get(n, self._result(label, n))) != ""}
        current, previous, budget = line.get("current"), line.get("previous"), line.get("budget")
        if current is None:
            return ""
        if name in {"change", "growth"} and previous is not None:
            return number(current - previous) if name == "change" else number((current - previous) / previous) if previous else ""
        if name in {"over", "rate"} and budget is not None:
            return number(current - budget) if name == "over" else number(current / budget) if budget > 0 else ""
        return ""

    def _column(self, label: str, name: str) -> int:
        return ord((_FIRST_COLUMNS if label in {INCOME, EXPENDITURE} else _SECOND_COLUMNS)[name]) - 65

    def date(self, row: int, label: str) -> None:
        """row: counted from 0."""
        style = self.styles.entry(num_format=DATE_FORMAT)
        self.sheet.write_string(row, 0, label, self.styles.head())
        self.sheet.merge_range(row, 1, row, 2, "", style)
        day = self.accounts.dates.get(label)
        if isinstance(day, datetime.date):
            self.sheet.write_datetime(row, 1, day, style)
        elif day:
            self.sheet.write_string(row, 1, day, style)
        self.sheet.data_validation(row, 1, row, 1, {
            "validate": "date", "criteria": ">=", "value": datetime.date(2000, 1, 1), "input_title": label, "input_message": "填日期，如 2025/2/15。",
            "error_title": "日期有误", "error_message": "请填日期，如 2025/2/15。"})  # fmt: skip


def _difference(now: str, before: str) -> str:
    return f'=IF(AND(ISNUMBER({now}),ISNUMBER({before})),ROUND({now}-{before},6),"")'


def _growth(now: str, before: str) -> str:
    native = f'IF({before}=0,"",({now}-{before})/{before})'
    return f'=IF(AND(ISNUMBER({now}),ISNUMBER({before})),IFERROR(PE_GROWTH({now},{before}),{native}),"")'
