"""The fund table above the indicators of a project form: sources, their sum, budget execution."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from xlsxwriter.worksheet import Worksheet

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.model import Execution, Fund, IndicatorScore, Place
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.workbook.forms import form
from perfeval_xl.workbook.forms.form import FundRow, number
from perfeval_xl.workbook.forms.styles import Styles
from perfeval_xl.workbook.forms.sums import ExecutionCells

SOURCES = ("其中：当年财政拨款", "上年结转资金", "其他资金")
TOTAL = "年度资金总额"
_COLUMNS = {"first": "D", "second": "F", "actual": "H", "weight": "I", "rate": "J", "score": "K"}
MONEY_FORMAT = "#,##0.00####"


class FundTable:
    """top: row of its headings, counted from 1. total: amounts stated of the whole only; each holds until a source is filled in."""

    def __init__(self, book: Rulebook, funds: Sequence[FundRow], top: int, total: FundRow = FundRow()) -> None:  # noqa: B008  # immutable
        self.book, self.funds, self.top, self.total = book, funds, top, total
        self.is_adjusted = book.execution is not None and book.execution.base == "adjusted"

    @property
    def bottom(self) -> int:
        """Its last row."""
        return self.top + 1 + len(SOURCES)

    def local_cells(self) -> ExecutionCells:
        """Addresses of the total line on its own sheet."""
        at = {name: f"${column}${self.top + 1}" for name, column in _COLUMNS.items()}
        return ExecutionCells(at["first"], at["second"], at["actual"], at["weight"], at["rate"], at["score"])

    def cells(self) -> ExecutionCells:
        """The same with the sheet's name."""
        own = self.local_cells()
        return ExecutionCells(*(f"'{form.TABLE}'!{a}" for a in (own.first, own.second, own.spent, own.weight, own.rate, own.score)))

    def cell_of(self, label: str, column: str) -> str:
        """Address of an amount of a source of funds."""
        letter = {"first": "D", "second": "F", "spent": "H"}.get(column, "")
        if letter and label == TOTAL:
            return f"{letter}{self.top + 1}"
        return f"{letter}{self.top + 2 + SOURCES.index(label)}" if letter and label in SOURCES else ""

    def _sum(self, name: str) -> Decimal | None:
        amounts = [a for f in self.funds if (a := getattr(f, name)) is not None]
        return sum(amounts, Decimal(0)) if amounts else getattr(self.total, name)

    def execution(self) -> Execution:
        """The table as the reader gives it back."""
        texts = {n: "" if (v := self._sum(n)) is None else plain(v) for n in ("first", "second", "spent")}
        second = "adjusted" if self.is_adjusted else "annual"
        columns = {"initial": "D", second: "F", "actual": "H", "weight": "I", "rate": "J", "score": "K"}
        place = Place("", form.TABLE, self.top + 1, columns)
        total = Fund(TOTAL, {"initial": texts["first"], second: texts["second"]}, texts["spent"], "", place)
        return Execution(total, self.book.execution.weight if self.book.execution else None, None, unit="万元")

    def write(self, sheet: Worksheet, styles: Styles, formulas: tuple[str, str], score: IndicatorScore | None) -> None:
        """Headings, the total line, a line per source."""
        head, row = styles.head(), self.top - 1
        sheet.set_row(row, 24)
        self._wide(sheet, row, (0, 2), "项目资金（万元）", head)
        self._wide(sheet, row, (3, 4), "年初预算数", head)
        self._wide(sheet, row, (5, 6), "调整后预算数" if self.is_adjusted else "全年预算数", head)
        for column, text in ((7, "全年执行数"), (8, "分值"), (9, "执行率")):
            sheet.write_string(row, column, text, head)
        self._wide(sheet, row, (10, 11), "得分", head)
        self._total(sheet, styles, formulas, score)
        for i, (label, fund) in enumerate(zip(SOURCES, self.funds, strict=True)):
            self._source(sheet, styles, self.top + 1 + i, label, fund)

    def _total(self, sheet: Worksheet, styles: Styles, formulas: tuple[str, str], score: IndicatorScore | None) -> None:
        row, first, last = self.top, self.top + 2, self.top + 1 + len(SOURCES)
        sheet.set_row(row, 24)
        self._wide(sheet, row, (0, 2), TOTAL, styles.fixed(bold=True))
        money = styles.fixed(num_format=MONEY_FORMAT, bold=True)
        for column, name in (("D", "first"), ("F", "second"), ("H", "spent")):
            amount = self._sum(name)
            index = ord(column) - 65
            if column != "H":
                self._wide(sheet, row, (index, index + 1), "", money)
            area = f"{column}{first}:{column}{last}"
            alone = getattr(self.total, name)
            blank = '""' if alone is None else plain(alone)
            sheet.write_formula(row, index, f'=IF(COUNTA({area})=0,{blank},IF(COUNTA({area})=COUNT({area}),SUM({area}),"请填数值"))', money,
                                "" if amount is None else number(amount))  # fmt: skip
        execution = self.book.execution
        if execution is not None:
            sheet.write_number(row, 8, number(execution.weight), styles.fixed())
        else:
            sheet.write_blank(row, 8, None, styles.entry())
        rate, points = formulas
        done = score.completion if score is not None else None
        sheet.write_formula(row, 9, rate, styles.fixed(num_format="0.00%"), "" if done is None else number(done))
        style = styles.fixed(num_format="0.######", bold=True)
        self._wide(sheet, row, (10, 11), "", style)
        sheet.write_formula(row, 10, points, style, "" if score is None or score.score is None else number(score.score))

    def _source(self, sheet: Worksheet, styles: Styles, row: int, label: str, fund: FundRow) -> None:
        """row: counted from 0."""
        sheet.set_row(row, 22)
        self._wide(sheet, row, (0, 2), label, styles.fixed())
        entry = styles.entry(num_format=MONEY_FORMAT)
        for index, value, width in ((3, fund.first, 1), (5, fund.second, 1), (7, fund.spent, 0)):
            if width:
                self._wide(sheet, row, (index, index + width), "", entry)
            if value is None:
                sheet.write_blank(row, index, None, entry)
            else:
                sheet.write_number(row, index, float(value), entry)
            sheet.data_validation(row, index, row, index, {
                "validate": "decimal", "criteria": "between", "minimum": -1e12, "maximum": 1e12, "input_title": "金额", "input_message":
                "单位为万元，只填数字。", "error_title": "金额有误", "error_message": "请填数字，单位为万元。"})  # fmt: skip
        budget = f"IF(F{row + 1}=\"\",D{row + 1},F{row + 1})" if self.book.execution is None or self.book.execution.base != "initial" else f'IF(D{row + 1}="",F{row + 1},D{row + 1})'
        base = fund.second if fund.second is not None else fund.first
        if self.book.execution is not None and self.book.execution.base == "initial":
            base = fund.first if fund.first is not None else fund.second
        rate = number(fund.spent / base) if fund.spent is not None and base else ""
        sheet.write_formula(row, 9, f'=IF(AND(ISNUMBER({budget}),ISNUMBER(H{row + 1})),IF({budget}>0,H{row + 1}/{budget},""),"")',
                            styles.fixed(num_format="0.00%"), rate)  # fmt: skip
        sheet.write_string(row, 8, "—", styles.fixed())
        self._wide(sheet, row, (10, 11), "—", styles.fixed())

    @staticmethod
    def _wide(sheet: Worksheet, row: int, columns: tuple[int, int], text: str, style: Any) -> None:
        sheet.merge_range(row, columns[0], row, columns[1], text, style)
