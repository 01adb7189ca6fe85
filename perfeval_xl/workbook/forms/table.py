"""Writing an indicator table: printed headings, input cells, formulas with the engine's values, checks and colours."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xlsxwriter.worksheet import Worksheet

from perfeval_xl.core.decimals import round_to
from perfeval_xl.core.model import Evaluation, IndicatorScore, Place, Section, Status
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.workbook.forms.expressions import in_row
from perfeval_xl.workbook.forms.form import FIELDS, HEADINGS, LETTERS, Entry, FormRow, Group, number
from perfeval_xl.workbook.forms.formulas import RowFormulas
from perfeval_xl.workbook.forms.styles import MISSING, OVER, UNMET, Styles, height_of
from perfeval_xl.workbook.forms.sums import Area, Sums, meter, meter_text
from perfeval_xl.workbook.forms.words import (
    ALTERNATIVE_TEXT,
    DIRECTION_CHOICES,
    LEVEL_CHOICES,
    NOT_APPLICABLE_TEXT,
    UNIT_CHOICES,
)
from perfeval_xl.workbook.grid import letter

WIDTHS = dict(zip(FIELDS, (11, 13, 26, 8, 14, 9, 14, 10.5, 8.5, 11.5, 26, 18), strict=True))
FIRST_HELPER = 14  # column N: M stays empty beside the printed area
_LEFT = {"name", "reason", "evidence"}
RATE_FORMAT, POINTS_FORMAT, WEIGHT_FORMAT = "0.00%", "0.######", "0.######"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the sheet. row: counted from 1."""

    row: int
    level1: str
    level2: str
    cells: FormRow


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything of one table stands. blocks: group, its first row, its subtotal row."""

    sheet: str
    header: int
    groups: Sequence[Group]
    lines: Sequence[Line]
    blocks: Sequence[tuple[Group, int, int]]

    @property
    def area(self) -> Area:
        """First row to last subtotal."""
        return Area(self.sheet, self.header + 1, self.blocks[-1][2], tuple(b[2] for b in self.blocks))


@dataclass(slots=True)
class Values:
    """What the engine says about the form, for the cells of its formulas."""

    evaluation: Evaluation | None = None
    scores: Mapping[tuple[str, int], IndicatorScore] = field(default_factory=dict)
    sections: Mapping[str, Section] = field(default_factory=dict)

    @staticmethod
    def summed(rows: Iterable[tuple[FormRow, IndicatorScore | None]], book: Rulebook) -> int | float:
        """The sum of what rows show: the stated score, else the computed one."""
        shown = [Decimal(str(r.score.value)) if r.score.value is not None else s.score if s is not None else None for r, s in rows]
        return number(round_to(sum((v for v in shown if v is not None), Decimal(0)), book.rounding.total_places, book.rounding.mode))


def plan(sheet: str, header: int, groups: Sequence[Group]) -> Plan:
    """Rows one below the other; a subtotal under each group."""
    lines: list[Line] = []
    blocks: list[tuple[Group, int, int]] = []
    row = header + 1
    for group in groups:
        first = row
        for part in group.parts:
            for cells in part.rows:
                lines.append(Line(row, group.level1, part.level2 or cells.level2, cells))
                row += 1
        blocks.append((group, first, row))
        row += 1
    return Plan(sheet, header, groups, lines, blocks)


def place_of(line: Line, sheet: str) -> Place:
    """Where a row's cells are."""
    return Place("", sheet, line.row, {f: LETTERS[f] for f in FIELDS})


class TableWriter:
    """One table on one sheet. columns: field → letter, helper columns included."""

    def __init__(self, sheet: Worksheet, styles: Styles, at: Plan, sums: Sums, values: Values) -> None:
        self.sheet, self.styles, self.book, self.at, self.sums, self.values = sheet, styles, sums.book, at, sums, values
        self.columns = sums.columns
        self._formulas: dict[tuple[str, str], dict[str, str]] = {}

    def write(self, area: int) -> None:
        """Headings, every row, every subtotal."""
        row = self.at.header - 1
        self.sheet.set_row(row, 30)
        for column, heading in enumerate(HEADINGS):
            self.sheet.write_string(row, column, heading, self.styles.head())
        for line in self.at.lines:
            self._row(line, area)
        for group, first, subtotal in self.at.blocks:
            merge_levels(self.sheet, self.styles, group, first, subtotal)
            self._subtotal(group, first, subtotal)
        self._checks()
        self._colours()

    def _row(self, line: Line, area: int) -> None:
        cells, row = line.cells, line.row
        self.sheet.set_row(row - 1, height_of([(t, WIDTHS[f]) for f, t in (("name", cells.name), ("target", cells.target.text),
                           ("actual", cells.actual.text), ("reason", cells.reason), ("evidence", cells.evidence))]))  # fmt: skip
        inputs: dict[str, Entry] = {
            "name": Entry(cells.name), "direction": Entry(cells.direction), "target": cells.target, "unit": Entry(cells.unit),
            "actual": cells.actual, "weight": Entry(None if cells.weight is None else number(cells.weight)),
            "reason": Entry(cells.reason), "evidence": Entry(cells.evidence),
        }  # fmt: skip
        for name, entry in inputs.items():
            own: dict[str, Any] = {"align": "left"} if name in _LEFT else {}
            if entry.number_format or name == "weight":
                own["num_format"] = entry.number_format or WEIGHT_FORMAT
            put(self.sheet, row, FIELDS.index(name), entry.value, self.styles.entry(**own))
        shown = self._values_of(line)
        rate = "=IF([fn]=1,IFERROR(PE_COMPLETION([tx],[ax],[direction],PE_RULESET),[sh]),[sh])"
        computed: dict[str, tuple[str, Entry, dict[str, Any]]] = {"rate": (rate, cells.rate, {"num_format": RATE_FORMAT}), "score": (self._helpers(line, area)["sc"], cells.score, {"num_format": POINTS_FORMAT, "bold": True})}
        for name, (formula, stated, look) in computed.items():
            if stated.value is None:
                self.formula(row, name, formula, shown[name], self.styles.fixed(**look))
            else:
                put(self.sheet, row, FIELDS.index(name), stated.value, self.styles.fixed(**look))
        for name, text in self._helpers(line, area).items():
            if name == "fl" and cells.score.value is not None:  # scored: by whoever stated it
                self.sheet.write_number(row - 1, self._index(name), 0, self.styles.helper())
            elif name != "sc":
                self.formula(row, name, text, shown.get(name, ""), self.styles.helper())

    def _helpers(self, line: Line, area: int) -> dict[str, str]:
        key = (line.level1, line.level2)
        if key not in self._formulas:
            self._formulas[key] = {**RowFormulas(self.book, *key).columns(), **self.sums.row_columns(area)}
        return self._formulas[key]

    def _values_of(self, line: Line) -> dict[str, Any]:
        """What the two shown formulas of a row must come to.

        The hidden ones are stored without a result: LibreOffice then works them out on opening, while it would trust a
        stored one and mix it with what CELL, which it always works out, says anew.
        """
        score = self.values.scores.get((self.at.sheet, line.row))
        if score is None:
            return {"rate": "", "score": ""}
        text = {Status.NOT_APPLICABLE: NOT_APPLICABLE_TEXT, Status.ALTERNATIVE: ALTERNATIVE_TEXT}.get(score.status, "")
        shown = number(score.score) if score.score is not None else text
        return {"rate": number(score.completion) if score.completion is not None else "", "score": shown}

    def _subtotal(self, group: Group, first: int, row: int) -> None:
        weight, score = self.sums.section(first)
        section = self.values.sections.get(group.level1)
        given = section.weight if section else sum((r.weight for p in group.parts for r in p.rows if r.weight is not None), Decimal(0))
        self.sheet.set_row(row - 1, 22)
        self.sheet.merge_range(row - 1, 0, row - 1, 7, f"{group.level1}小计", self.styles.sum())
        self.sheet.write_formula(row - 1, 8, weight, self.styles.sum(num_format=WEIGHT_FORMAT), number(given))
        points: Any = number(section.score) if section and section.score is not None else ""
        stated = [(r, self.values.scores.get((self.at.sheet, line))) for line, r in enumerate((r for p in group.parts for r in p.rows), first)]
        if any(r.score.value is not None for r, _ in stated):
            points = self.values.summed(stated, self.book)
        self.sheet.write_formula(row - 1, 9, score, self.styles.sum(num_format=POINTS_FORMAT), points)
        style = self.styles.sum(align="left")
        self.sheet.merge_range(row - 1, 10, row - 1, 11, "分值由本单位确定" if group.expected is None else "", style)
        if group.expected is not None:
            self.sheet.write_formula(row - 1, 10, meter(group.expected, f"$I{row}"), style, meter_text(group.expected, given))
            bar(self.sheet, row, FIELDS.index("weight"), group.expected)
        self.sheet.write_number(row - 1, self._index("fl"), 0, self.styles.helper())

    def _index(self, name: str) -> int:
        return list(self.columns).index(name) + (0 if name in FIELDS else 1)

    def formula(self, row: int, name: str, text: str, value: Any, style: Any) -> None:
        """A formula in a field's cell of one row, with its value."""
        self.sheet.write_formula(row - 1, self._index(name), in_row(text, self.columns, row), style, value)

    def _checks(self) -> None:
        add_checks(self.sheet, self.at.area, {"direction": 3, "target": 4, "unit": 5, "actual": 6, "weight": 8})

    def _colours(self) -> None:
        first, last = self.at.area.first, self.at.area.last
        threshold = self.book.thresholds
        rules = [("I", f'=AND(LEN($E{first}&$G{first})>0,$I{first}="")', MISSING)]
        needs = f"AND(ISNUMBER($J{first}),ISNUMBER($I{first}),$J{first}<$I{first})"
        if threshold is not None:
            over = f"AND(ISNUMBER($H{first}),N($H{first})>={number(threshold.over_fulfilled)})"
            needs = f"OR({needs},{over})"
            rules.append(("H", f"={over}", OVER))
        flagged = f'AND(${letter(self._index("fl") + 1)}{first}<>"",$C{first}<>"",{needs},$K{first}="")'
        rules += [("K", f"={flagged}", MISSING), ("H", f"=AND(ISNUMBER($H{first}),N($H{first})<1)", UNMET)]
        for column, criteria, colour in rules:
            index = ord(column) - 65
            self.sheet.conditional_format(first - 1, index, last - 1, index, {"type": "formula", "criteria": criteria, "format": self.styles.colour(colour)})


def head_text(group: Group) -> str:
    """A first-level heading with its full score."""
    return group.level1 if group.expected is None else f"{group.level1}\n（{number(group.expected)}分）"


def add_checks(sheet: Worksheet, area: Area, columns: Mapping[str, int]) -> None:
    """Drop-downs and prompts, in Chinese."""
    checks: dict[str, dict[str, Any]] = {
        "direction": {"validate": "list", "source": list(DIRECTION_CHOICES), "input_title": "方向", "input_message":
                      "≥ 不低于，≤ 不高于，＝ 等于，区间 在两数之间，定性 文字目标，时限 完成期限，是否 是或否。", "error_title": "方向有误",
                      "error_message": "请从下拉列表中选择方向。"},
        "target": {"validate": "any", "input_title": "目标值", "input_message":
                   "填批复的目标值：数值只填数字，单位填在右栏；区间填“90至110”；期限填日期，如 2025/12/31；定性目标填文字。"},
        "unit": {"validate": "list", "source": list(UNIT_CHOICES), "show_error": False, "input_title": "单位", "input_message":
                 "目标值与实现值共同的计量单位，可下拉选择，也可直接填写。单位为 % 时，95 即 95%。"},
        "actual": {"validate": "list", "source": list(LEVEL_CHOICES), "show_error": False, "input_title": "年度实现值", "input_message":
                   "填实际完成的确数，不带比较符号；期限填完成日期；定性目标从下拉列表选择等次；本年不适用的填“不适用”并说明原因。"},
        "weight": {"validate": "decimal", "criteria": ">=", "value": 0, "input_title": "分值", "input_message":
                   "填数字。各项分值之和应等于本部分的分值，剩余可分配的分值见小计行。", "error_title": "分值有误", "error_message":
                   "分值应为不小于 0 的数字。"},
    }  # fmt: skip
    for name, column in columns.items():
        sheet.data_validation(area.first - 1, column, area.last - 1, column, {"ignore_blank": True, **checks[name]})


def merge_levels(sheet: Worksheet, styles: Styles, group: Group, first: int, subtotal: int) -> None:
    """Headings of a group and its parts, merged over their rows, at their top: in the middle a page's end could cut them.

    Open headings are input cells.
    """
    _block(sheet, (first, subtotal - 1), 0, head_text(group), styles.fixed(bold=True, valign="top"))
    row = first
    for part in group.parts:
        last = row + len(part.rows) - 1
        if part.is_open:
            for line in range(row, last + 1):
                put(sheet, line, 1, part.level2, styles.entry())
        else:
            _block(sheet, (row, last), 1, part.level2, styles.fixed(valign="top"))
        row = last + 1


def _block(sheet: Worksheet, rows: tuple[int, int], column: int, text: str, style: Any) -> None:
    first, last = rows
    if last > first:
        sheet.merge_range(first - 1, column, last - 1, column, text, style)
    else:
        sheet.write_string(first - 1, column, text, style)


def bar(sheet: Worksheet, row: int, column: int, expected: Decimal) -> None:
    """The weight given so far as a bar, from nothing to the full score."""
    sheet.conditional_format(row - 1, column, row - 1, column, {
        "type": "data_bar", "bar_solid": True, "min_type": "num", "min_value": 0, "max_type": "num", "max_value": number(expected),
        "bar_color": "#9DC3E6"})  # fmt: skip


def put(sheet: Worksheet, row: int, column: int, value: Any, style: Any) -> None:
    """A typed value; text is text, whatever it begins with. row: counted from 1."""
    if value is None or value == "":
        sheet.write_blank(row - 1, column, None, style)
    elif isinstance(value, bool):
        sheet.write_boolean(row - 1, column, value, style)
    elif isinstance(value, datetime.date):
        sheet.write_datetime(row - 1, column, value, style)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row - 1, column, float(value), style)
    else:
        sheet.write_string(row - 1, column, str(value), style)
