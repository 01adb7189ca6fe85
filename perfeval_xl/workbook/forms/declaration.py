"""The target declaration form (绩效目标申报表): what is to be reached, before the year begins."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from perfeval_xl.core.ruleset import Rulebook, Ruleset
from perfeval_xl.files import placed
from perfeval_xl.workbook.forms import form, pages
from perfeval_xl.workbook.forms.form import Group, number
from perfeval_xl.workbook.forms.instructions import write_instructions
from perfeval_xl.workbook.forms.styles import PlainFormulas, Styles, page, protect
from perfeval_xl.workbook.forms.sums import meter, meter_text
from perfeval_xl.workbook.forms.table import WEIGHT_FORMAT, Plan, add_checks, bar, merge_levels, plan, put

HEADINGS = ("一级指标", "二级指标", "三级指标", "方向", "目标值", "单位", "分值", "备注")
_WIDTHS = (14, 18, 40, 9, 18, 11, 11, 40)
_WEIGHT, _LAST = HEADINGS.index("分值"), len(HEADINGS) - 1
TITLES = {"department": "部门整体支出绩效目标申报表", "project": "项目支出绩效目标申报表"}
_HEADER = 4


def write_declaration(path: Path, ruleset: Ruleset, year: int, department: str, made: datetime.datetime) -> None:
    """Writes the blank form. Raises: OutputError, LookupError (nothing in force)."""
    book = ruleset.at(datetime.date(year, 12, 31))
    with placed(path) as aside:
        workbook = Workbook(str(aside), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
        version = form.template_version(form.TARGET_DECLARATION, ruleset.id)
        workbook.set_properties({"title": TITLES[ruleset.form], "author": "perfeval_xl", "comments": version, "created": made})
        _write(workbook, book, year, department)
        workbook.close()


def _write(workbook: Workbook, book: Rulebook, year: int, department: str) -> None:
    styles = Styles(workbook)
    help_sheet, facts_sheet, sheet = (workbook.add_worksheet(t, PlainFormulas) for t in (form.INSTRUCTIONS, form.FACTS, form.DECLARATION))
    groups = form.table_groups(book)
    if book.ruleset.form == "department" and book.indicators:
        groups += form.management_groups(book)
    at = plan(form.DECLARATION, _HEADER, groups)
    names = pages.names_of(pages.write_facts(facts_sheet, styles, book, pages.Facts(year, department, {}, form.TARGET_DECLARATION)))
    total = at.area.last + 1
    names = {n: f"'{form.FACTS}'!{a}" for n, a in names.items()} | {
        "PE_INDICATORS": f"'{form.DECLARATION}'!$A${at.area.first}:$H${at.area.last}", "PE_TOTAL": f"'{form.DECLARATION}'!$G${total}"}  # fmt: skip
    for name, address in names.items():
        workbook.define_name(name, f"={address}")
    write_instructions(help_sheet, styles, book, form.TARGET_DECLARATION)
    pages.write_title(sheet, styles, pages.Title(TITLES[book.ruleset.form], year, department), _LAST)
    for column, (heading, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(_HEADER - 1, column, heading, styles.head())
    sheet.set_row(_HEADER - 1, 28)
    _rows(sheet, styles, at)
    expected = [g.expected for g in groups]
    full = None if None in expected else sum((e for e in expected if e is not None), Decimal(0))
    _sum(sheet, styles, total, _Sum("分值合计", f"SUM({at.area.column('G')})-SUM({at.area.sums('G')})", full, _given(at.groups)))
    add_checks(sheet, at.area, {"direction": 3, "target": 4, "unit": 5, "weight": _WEIGHT})
    page(sheet, landscape=True, header_row=_HEADER)
    sheet.print_area(0, 0, total - 1, _LAST)
    sheet.freeze_panes(_HEADER, 3)
    for one in (help_sheet, facts_sheet, sheet):
        protect(one)
    sheet.activate()


def _rows(sheet: Worksheet, styles: Styles, at: Plan) -> None:
    for line in at.lines:
        cells = line.cells
        sheet.set_row(line.row - 1, 24)
        weight = None if cells.weight is None else number(cells.weight)
        for column, value in ((2, cells.name), (3, cells.direction), (4, cells.target.value), (5, cells.unit), (_WEIGHT, weight), (_LAST, cells.reason)):
            own = {"align": "left"} if column in {2, _LAST} else {"num_format": WEIGHT_FORMAT} if column == _WEIGHT else {}
            put(sheet, line.row, column, value, styles.entry(**own))
    for group, first, subtotal in at.blocks:
        merge_levels(sheet, styles, group, first, subtotal)
        formula = f"SUM(G{first}:INDEX(G:G,ROW()-1))"
        _sum(sheet, styles, subtotal, _Sum(f"{group.level1}小计", formula, group.expected, _given([group])))


class _Sum(NamedTuple):
    """A line of weights added up. expected: its full score, None where the form leaves it open. given: the formula's result."""

    label: str
    formula: str
    expected: Decimal | None
    given: Decimal


def _sum(sheet: Worksheet, styles: Styles, row: int, line: _Sum) -> None:
    sheet.set_row(row - 1, 24)
    sheet.merge_range(row - 1, 0, row - 1, _WEIGHT - 1, line.label, styles.sum())
    sheet.write_formula(row - 1, _WEIGHT, f"=ROUND({line.formula},10)", styles.sum(num_format=WEIGHT_FORMAT), number(line.given))
    style = styles.sum(align="left")
    if line.expected is None:
        sheet.write_string(row - 1, _LAST, "分值由本单位确定", style)
        return
    sheet.write_formula(row - 1, _LAST, meter(line.expected, f"$G{row}"), style, meter_text(line.expected, line.given))
    bar(sheet, row, _WEIGHT, line.expected)


def _given(groups: Sequence[Group]) -> Decimal:
    return sum((r.weight for g in groups for p in g.parts for r in p.rows if r.weight is not None), Decimal(0))
