"""The self-evaluation form: all its sheets, blank or filled, right with and without the add-in."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.model import Evaluation, Fund, Status, Submission
from perfeval_xl.core.ruleset import Rulebook, Ruleset
from perfeval_xl.files import placed
from perfeval_xl.workbook.forms import form, pages
from perfeval_xl.workbook.forms.accounts import Accounts, write_accounts
from perfeval_xl.workbook.forms.form import (
    DOUBTS,
    FIELDS,
    LETTERS,
    NOT_REPORTED,
    ORIGINS,
    FormRow,
    FundRow,
    Origin,
    number,
)
from perfeval_xl.workbook.forms.formulas import RowFormulas
from perfeval_xl.workbook.forms.funds import FundTable
from perfeval_xl.workbook.forms.instructions import write_instructions
from perfeval_xl.workbook.forms.origin import Doubtful, Filled, score_item, write_doubts, write_origins
from perfeval_xl.workbook.forms.styles import PlainFormulas, Styles, page, protect
from perfeval_xl.workbook.forms.sums import Sums, execution_formulas, fields, meter, meter_text
from perfeval_xl.workbook.forms.table import (
    FIRST_HELPER,
    POINTS_FORMAT,
    WEIGHT_FORMAT,
    WIDTHS,
    Plan,
    TableWriter,
    Values,
    place_of,
    plan,
)
from perfeval_xl.workbook.grid import letter

MADE = datetime.datetime(2026, 1, 1)  # constant: the same form is the same file, byte for byte
TITLES = {"department": "部门整体支出绩效自评表", "project": "项目支出绩效自评表"}

_COLUMN_TITLES = {"budget": "本年预算数", "current": "本年决算数", "previous": "上年决算数", "change": "增减额", "growth": "增长率", "rate": "执行率", "date": "日期",
                  "first": "年初预算数", "second": "全年预算数", "spent": "全年执行数"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands in a form. rows, management: level1, level2, row. funds: the three sources. facts: label → text of 基本情况."""

    year: int
    department: str = ""
    project: str = ""
    rows: Sequence[tuple[str, str, FormRow]] = ()
    management: Sequence[tuple[str, str, FormRow]] = ()
    funds: Sequence[FundRow] = (FundRow(), FundRow(), FundRow())
    facts: Mapping[str, str] = field(default_factory=dict)
    accounts: Accounts = field(default_factory=Accounts)
    source: str = ""
    """File that the form was filled in from; empty where a person did it."""
    origins: Mapping[tuple[str, str], Origin] = field(default_factory=dict)
    """Label of 基本情况 and "", or of a line of 收支情况 and its column, or of a source of funds and its column."""
    sums: Mapping[str, Origin] = field(default_factory=dict)
    """Section, or empty for the total → where the source states its points."""
    doubts: Sequence[Doubtful] = ()
    fund_total: FundRow = FundRow()  # noqa: RUF009  # immutable
    """Amounts of the fund table that are stated as a total only, of no source."""


def filling_of(submission: Submission, book: Rulebook, year: int) -> Filling:
    """A submission's rows, each on the sheet its headings belong to. Its fund total goes to the first source."""
    rows = form.rows_of(submission)
    heads = {i.level1 for i in book.indicators} if book.ruleset.form == "department" else set()
    funds = [FundRow(), FundRow(), FundRow()]
    if submission.execution is not None:
        funds[0] = _fund(submission.execution.total)
    return Filling(
        submission.year or year, submission.department, submission.project, [r for r in rows if r[0] not in heads],
        [r for r in rows if r[0] in heads], funds, submission.facts,
    )  # fmt: skip


def _fund(fund: Fund) -> FundRow:
    from perfeval_xl.core.quantity import parse  # noqa: PLC0415

    def amount(text: str) -> Decimal | None:
        read = parse(text)
        return read.value if read.is_number else None

    second = fund.budgets.get("annual") or fund.budgets.get("adjusted") or ""
    return FundRow(amount(fund.budgets.get("initial", "")), amount(second), amount(fund.spent))


def write_self_evaluation(path: Path, ruleset: Ruleset, filling: Filling) -> Evaluation:
    """Writes the form; returns what the engine says about its rows. Raises: OutputError, LookupError (nothing in force)."""
    book = ruleset.at(datetime.date(filling.year, 12, 31))
    with placed(path) as aside:
        workbook = Workbook(str(aside), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
        workbook.set_properties({"title": TITLES[ruleset.form], "author": "perfeval_xl", "comments": form.template_version(form.SELF_EVALUATION, ruleset.id), "created": MADE})
        evaluation = _Form(workbook, book, filling).write()
        workbook.close()
    return evaluation


class _Form:
    """All sheets of one workbook."""

    def __init__(self, workbook: Workbook, book: Rulebook, filling: Filling) -> None:
        self.workbook, self.book, self.filling = workbook, book, filling
        self.styles = Styles(workbook)
        self.is_project = book.ruleset.form == "project"
        self.funds = FundTable(book, filling.funds, top=4, total=filling.fund_total) if self.is_project else None
        table = plan(form.TABLE, self.funds.bottom + 1 if self.funds else 4, form.table_groups(book, filling.rows))
        self.plans = [table] if self.is_project else [table, plan(form.MANAGEMENT, 4, form.management_groups(book, filling.management, is_imported=bool(filling.source)))]
        names = [*RowFormulas(book, "", "").columns(), *fields(book)]
        helpers = {name: letter(FIRST_HELPER + i) for i, name in enumerate(names)}
        self.label_column = FIRST_HELPER + len(names) + 1
        keys = ["open", "used", "weight", "raw", "hold", "drop", "wh", "count", "th", "spare", "bad"]
        cells = {key: f"'{form.TABLE}'!${letter(self.label_column + 1)}${i}" for i, key in enumerate(keys, 1)}
        execution = self.funds.cells() if self.funds else None
        self.sums = Sums(book, [p.area for p in self.plans], {**LETTERS, **helpers}, cells, execution)
        self.evaluation = evaluate(self._submission(), book.ruleset, day=book.day)
        self.values = Values(
            self.evaluation,
            {(s.indicator.place.sheet, s.indicator.place.row): s for s in self.evaluation.scores if not s.indicator.is_execution},
            {s.name: s for s in self.evaluation.sections},
        )

    def _submission(self) -> Submission:
        """The form's rows as the reader would give them back."""
        rows = [
            line.cells.indicator(line.level1, line.level2, place_of(line, p.sheet))
            for p in self.plans for line in p.lines if not line.cells.is_blank
        ]  # fmt: skip
        execution = self.funds.execution() if self.funds else None
        return Submission("", form.TABLE, TITLES[self.book.ruleset.form], self.filling.department, self.filling.year, rows,
                          ruleset=self.book.ruleset.id, form=self.book.ruleset.form, execution=execution)  # fmt: skip

    def write(self) -> Evaluation:
        """Every sheet, in the order of the form."""
        titles = [form.INSTRUCTIONS, form.FACTS, form.TABLE, *([] if self.is_project else [form.MANAGEMENT]), form.MONEY, form.ISSUES]
        sheets = {title: self.workbook.add_worksheet(title, PlainFormulas) for title in titles}
        texts = {"项目名称": self.filling.project, **self.filling.facts}
        at = pages.write_facts(sheets[form.FACTS], self.styles, self.book, pages.Facts(self.filling.year, self.filling.department, texts))
        for name, address in pages.names_of(at).items():
            self.workbook.define_name(name, f"='{form.FACTS}'!{address}")
        area = self.plans[0].area
        self.workbook.define_name("PE_INDICATORS", f"='{form.TABLE}'!$A${area.first}:$L${area.last}")
        self.workbook.define_name("PE_TOTAL", f"='{form.TABLE}'!$J${area.last + len(self.plans)}")
        write_instructions(sheets[form.INSTRUCTIONS], self.styles, self.book, form.SELF_EVALUATION)
        self._table(sheets[form.TABLE], self.plans[0], 0)
        if not self.is_project:
            self._table(sheets[form.MANAGEMENT], self.plans[1], 1)
        write_accounts(sheets[form.MONEY], self.styles, self.filling.accounts)
        pages.write_issues(sheets[form.ISSUES], self.styles, self.evaluation.findings)
        if self.filling.source:
            self._origins(at)
        for sheet in sheets.values():
            protect(sheet)
        sheets[form.TABLE].activate()
        sheets[form.TABLE].set_first_sheet()
        return self.evaluation

    def _origins(self, facts: Mapping[str, str]) -> None:
        """Where everything came from, and what is open. The name PE_SOURCE says that this form was filled in from a document."""
        filled: list[Filled] = []
        for (label, column), origin in self.filling.origins.items():
            if not column:
                filled.append(Filled(label, form.FACTS, facts[label], origin))
            elif cell := self.filling.accounts.cell(label, column):
                filled.append(Filled(f"{label}·{_COLUMN_TITLES.get(column, column)}", form.MONEY, cell, origin))
            elif self.funds is not None and (cell := self.funds.cell_of(label, column)):
                filled.append(Filled(f"{label}·{_COLUMN_TITLES.get(column, column)}", form.TABLE, cell, origin))
        for at in self.plans:
            filled += [Filled(f"指标“{x.cells.name}”", at.sheet, f"C{x.row}", x.cells.origin) for x in at.lines if x.cells.origin is not None]
            filled += [Filled(score_item(x.cells.name), at.sheet, f"{LETTERS['score']}{x.row}", Origin(x.cells.origin.place, NOT_REPORTED)) for x in at.lines if x.cells.origin is not None and x.cells.is_unreported]
            filled += [Filled(f"{g.level1}合计（来源写明）", at.sheet, f"J{row}", self.filling.sums[g.level1]) for g, _, row in at.blocks if g.level1 in self.filling.sums]
        if "" in self.filling.sums:
            filled.append(Filled("总分（来源写明）", form.TABLE, f"J{self.plans[0].area.last + len(self.plans)}", self.filling.sums[""]))
        origins, doubts = (self.workbook.add_worksheet(t, PlainFormulas) for t in (ORIGINS, DOUBTS))
        write_origins(origins, self.styles, self.filling.source, filled)
        write_doubts(doubts, self.styles, self.filling.source, self.filling.doubts)
        self.workbook.define_name("PE_SOURCE", f"='{ORIGINS}'!$A$2")
        for sheet in (origins, doubts):
            protect(sheet)

    def _table(self, sheet: Worksheet, at: Plan, area: int) -> None:
        last = len(FIELDS) - 1
        title = TITLES[self.book.ruleset.form] if not area else "部门整体支出管理效率自评表"
        pages.write_title(sheet, self.styles, pages.Title(title, self.filling.year, self.filling.department), last)
        if self.funds and not area:
            score = next((s for s in self.evaluation.scores if s.indicator.is_execution), None)
            self.funds.write(sheet, self.styles, execution_formulas(self.book, self.funds.local_cells()), score)
        TableWriter(sheet, self.styles, at, self.sums, self.values).write(area)
        for name, width in WIDTHS.items():
            sheet.set_column(FIELDS.index(name), FIELDS.index(name), width)
        sheet.set_column(last + 1, last + 1, 2)
        end = self.label_column + 1
        sheet.set_column(FIRST_HELPER - 1, end, 10, None, {"hidden": 1})
        for name, address in self.sums.columns.items():
            if name not in FIELDS:
                sheet.write_string(f"{address}{at.header}", f"pe.{name}", self.styles.helper())
        bottom = at.area.last
        if not area:
            bottom = self._totals(sheet, at)
        elif not self.book.indicators:
            bottom += 1
            sheet.merge_range(bottom - 1, 0, bottom - 1, last, "注：本规则集未规定管理效率的指标和分值，请按本级财政部门的规定填写；没有规定的，可以不填。", self.styles.line())
        page(sheet, landscape=True, header_row=at.header)
        sheet.print_area(0, 0, bottom - 1, last)
        sheet.freeze_panes(at.header, 3)

    def _totals(self, sheet: Worksheet, at: Plan) -> int:
        """The sums over the whole form: management row, total, grade. Returns the last row."""
        row, styles, done = at.area.last, self.styles, self.evaluation
        if not self.is_project:
            row += 1
            self._management_line(sheet, row)
        lines = [(x.cells, self.values.scores.get((p.sheet, x.row))) for p in self.plans for x in p.lines]
        raw, unscored = sum((s.score for s in done.scores if s.score is not None), Decimal(0)), done.unscored
        whole = number(done.total)
        if any(r.score.value is not None for r, _ in lines):
            spent = next((s.score for s in done.scores if s.indicator.is_execution), None)
            whole = number(Decimal(str(self.values.summed(lines, self.book))) + (spent or 0))
            raw = Decimal(str(whole))
            unscored -= sum(r.score.value is not None and s is not None and s.status is Status.UNSCORED for r, s in lines)
        used = any(line.cells.actual.text for p in self.plans for line in p.lines) or any(f.spent is not None for f in (*self.filling.funds, self.filling.fund_total))
        total: str | int | float = ""
        if used:
            total = whole if not unscored else f"有 {unscored} 项未能计分"
        values = {"open": unscored, "used": int(used), "weight": number(done.weight), "raw": number(raw)}
        for i, (key, formula) in enumerate(self.sums.totals().items()):
            assert self.sums.cells[key].endswith(f"${i + 1}")  # noqa: S101
            sheet.write_string(i, self.label_column - 1, f"pe.{key}", styles.helper())
            sheet.write_formula(i, self.label_column, formula, styles.helper(), values.get(key, 0))
        row += 1
        sheet.set_row(row - 1, 44)
        sheet.merge_range(row - 1, 0, row - 1, 7, "总分", styles.sum(font_size=12))
        sheet.write_formula(row - 1, 8, f"={self.sums.cells['weight']}", styles.sum(num_format=WEIGHT_FORMAT), number(done.weight))
        sheet.write_formula(row - 1, 9, self.sums.total(), styles.sum(num_format=POINTS_FORMAT, font_size=11), total)
        expected = self._expected()
        text, shown = '="已计分合计 "&' + self.sums.cells["raw"], f"已计分合计 {number(raw)}"
        if expected is not None:
            own = meter(expected, f"$I${row}")
            text, shown = f'{own}&"；已计分合计 "&{self.sums.cells["raw"]}', f"{meter_text(expected, done.weight)}；{shown}"
        sheet.merge_range(row - 1, 10, row - 1, 11, "", styles.sum(align="left"))
        sheet.write_formula(row - 1, 10, text, styles.sum(align="left"), shown)
        row += 1
        sheet.set_row(row - 1, 24)
        sheet.merge_range(row - 1, 0, row - 1, 7, "评定等级", styles.sum())
        sheet.merge_range(row - 1, 8, row - 1, 9, "", styles.sum())
        sheet.write_formula(row - 1, 8, self.sums.grade(f"$J${row - 1}"), styles.sum(), (done.grade or "") if used else "")
        grades = self.book.grades.grades
        bounds = "，".join(f"{g.name} {number(g.from_share * 100)}% 及以上" for g in grades[:-1]) + f"，其余为{grades[-1].name}"
        sheet.merge_range(row - 1, 10, row - 1, 11, bounds, styles.sum(align="left", bold=False, font_size=9))
        return row

    def _management_line(self, sheet: Worksheet, row: int) -> None:
        area, styles = self.plans[1].area, self.styles
        names = {g.level1 for g in self.plans[1].groups}
        sections = [s for s in self.evaluation.sections if s.name in names]
        sheet.set_row(row - 1, 22)
        sheet.merge_range(row - 1, 0, row - 1, 7, "管理效率得分（见“管理效率”表）", styles.sum())
        sheet.write_formula(row - 1, 8, f"=SUM({area.sums('I')})", styles.sum(num_format=WEIGHT_FORMAT), number(sum((s.weight for s in sections), Decimal(0))))
        scores = [s.score for s in sections if s.score is not None]
        shown: str | int | float = number(sum(scores, Decimal(0))) if scores else ""
        sheet.write_formula(row - 1, 9, f'=IF(COUNT({area.sums("J")})=0,"",SUM({area.sums("J")}))', styles.sum(num_format=POINTS_FORMAT), shown)
        sheet.merge_range(row - 1, 10, row - 1, 11, "", styles.sum())

    def _expected(self) -> Decimal | None:
        """Full score of the form, where every part of it is laid down."""
        parts = [g.expected for p in self.plans for g in p.groups] + ([self.book.execution.weight] if self.funds and self.book.execution else [])
        return None if None in parts else sum((p for p in parts if p is not None), Decimal(0))
