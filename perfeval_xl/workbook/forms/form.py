"""What a form of ours consists of: sheets, columns, names, and the rows to print or already filled in. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core.direction import direction_of
from perfeval_xl.core.model import Direction, Indicator, Place, Submission
from perfeval_xl.core.parameters import FormIndicator, SectionRule
from perfeval_xl.core.quantity import Operator, parse
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.workbook.forms.words import DIRECTION_CHOICES, DIRECTIONS
from perfeval_xl.workbook.grid import CellValue, shown

INSTRUCTIONS, FACTS, TABLE, MANAGEMENT, MONEY, ISSUES, DECLARATION = (
    "填报说明", "基本情况", "自评表", "管理效率", "收支情况", "问题清单", "绩效目标申报表")  # fmt: skip
ORIGINS, DOUBTS = "导入来源", "导入待核对"
NOT_REPORTED = "原文没有填报得分，得分由公式计算"
"""Text of 导入来源 beside a score that the source does not state: what the formula shows there was reported by nobody."""
VERSION = "perfeval-2026.1"
FIELDS = ("level1", "level2", "name", "direction", "target", "unit", "actual", "rate", "weight", "score", "reason", "evidence")
HEADINGS = ("一级指标", "二级指标", "三级指标", "方向", "目标值", "单位", "年度实现值", "完成率", "分值", "得分", "偏差原因及改进措施", "佐证材料")
LETTERS = dict(zip(FIELDS, "ABCDEFGHIJKL", strict=True))
BLANKS_PER_PART = 4
BLANKS_PER_SECTION = 6
SELF_EVALUATION, TARGET_DECLARATION = "self-evaluation", "target-declaration"


class Origin(NamedTuple):
    """Where a value of a form filled in from a document came from. place: in words. text: as it stands there."""

    place: str
    text: str


class Entry(NamedTuple):
    """What is typed into a cell. number_format: where it changes how the value reads (percent)."""

    value: CellValue = None
    number_format: str = ""

    @property
    def text(self) -> str:
        """As the reader of workbooks gives it."""
        return shown(self.value, self.number_format or "General")


class FormRow(NamedTuple):
    """The input cells of one row.

    rate, score: as a source states them, instead of the formulas: where it says something else than the rules do. origin: of the row.
    is_unreported: the source the form was filled in from states no score for it.
    """

    name: str = ""
    direction: str = ""
    target: Entry = Entry()
    unit: str = ""
    actual: Entry = Entry()
    weight: Decimal | None = None
    reason: str = ""
    evidence: str = ""
    level2: str = ""
    rate: Entry = Entry()
    score: Entry = Entry()
    origin: Origin | None = None
    is_unreported: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether nothing but headings stands in it."""
        return not (self.name or self.target.text or self.actual.text or self.weight is not None)

    def indicator(self, level1: str, level2: str, place: Place) -> Indicator:
        """The row as the reader would give it back, before anything is computed."""
        return Indicator(level1, level2, self.name, self.target.text, self.actual.text, self.weight, reason=self.reason,
                         direction=self.direction, unit=self.unit, place=place, evidence=self.evidence, rate=self.rate.text,
                         score=_number_of(self.score),
                         is_computed=self.origin is not None and self.score.value is None)  # fmt: skip


def _number_of(entry: Entry) -> Decimal | None:
    return Decimal(str(entry.value)) if isinstance(entry.value, int | float | Decimal) else None


@dataclass(frozen=True, slots=True)
class Part:
    """Rows under one second-level heading. is_open: heading and rows are for the clerk to name."""

    level2: str
    rows: Sequence[FormRow]
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """One section of a table. expected: its full score, None where the form leaves it open."""

    level1: str
    expected: Decimal | None
    parts: Sequence[Part]


class FundRow(NamedTuple):
    """One source of funds, in 万元. first: 年初预算数. second: 全年 or 调整后预算数."""

    first: Decimal | None = None
    second: Decimal | None = None
    spent: Decimal | None = None


def template_version(kind: str, ruleset: str) -> str:
    """What PE_TEMPLATE holds."""
    return f"{VERSION}/{kind}/{ruleset}"


def is_management(section: SectionRule, book: Rulebook) -> bool:
    """Whether a section belongs on the sheet of management indicators."""
    heads = {h for i in book.indicators for h in (i.level1, i.level2)}
    return section.name in heads or any(MANAGEMENT in level for level in section.levels)


def table_groups(book: Rulebook, rows: Sequence[tuple[str, str, FormRow]] = ()) -> list[Group]:
    """Sections of 自评表. rows: level1, level2, row, where the form is already filled in; unknown headings come last."""
    sections = [s for s in book.sections if not is_management(s, book)]
    known = {s.name for s in sections}
    groups = [Group(s.name, s.weight, _parts(s, [(l2, r) for l1, l2, r in rows if l1 == s.name])) for s in sections]
    others = dict.fromkeys(l1 for l1, _, _ in rows if l1 not in known)
    return groups + [Group(other, None, _by_level2([(l2, r) for l1, l2, r in rows if l1 == other])) for other in others]


def _parts(section: SectionRule, rows: Sequence[tuple[str, FormRow]]) -> list[Part]:
    names = section.parts or ("",)
    given = {name: [r for level2, r in rows if level2 == name] for name in names}
    parts = [Part(n, _padded(given[n], BLANKS_PER_PART if section.parts else BLANKS_PER_SECTION), is_open=not n) for n in names]
    return parts + _by_level2([(level2, r) for level2, r in rows if level2 not in given])


def _by_level2(rows: Sequence[tuple[str, FormRow]]) -> list[Part]:
    return [Part(name, [r for l2, r in rows if l2 == name]) for name in dict.fromkeys(l2 for l2, _ in rows)]


def _padded(rows: Sequence[FormRow], least: int) -> list[FormRow]:
    """The rows, and blank ones up to that number; a filled part keeps one to spare."""
    return [*rows, *[FormRow()] * max(least - len(rows), 1 if rows else 0)]


def management_groups(book: Rulebook, rows: Sequence[tuple[str, str, FormRow]] = (), *, is_imported: bool = False) -> list[Group]:
    """Sections of 管理效率: the printed indicators, then blank rows; only blank rows where the rule set prints none.

    rows: where the form is already filled in; headings that the rule set does not print come last. is_imported: from a document, which
    says all there is: nothing is printed beside its rows.
    """
    weights = {s.name: s.weight for s in book.sections if is_management(s, book)}
    level1s = dict.fromkeys([i.level1 for i in book.indicators] or [MANAGEMENT])
    groups = []
    for level1 in level1s:
        printed = [i for i in book.indicators if i.level1 == level1]
        filled = [(l2, r) for l1, l2, r in rows if l1 == level1]
        lines = filled or ([] if is_imported else [(i.level2, printed_row(i)) for i in printed])
        blank = Part("", [FormRow()] * (BLANKS_PER_PART if printed else 2 * BLANKS_PER_SECTION), is_open=True)
        known = [w for i in dict.fromkeys(i.level2 for i in printed) if (w := weights.get(i)) is not None]
        expected = weights.get(level1) or (sum(known, Decimal(0)) if known else None)
        groups.append(Group(level1, expected, [*_by_level2(lines), blank]))
    others = dict.fromkeys(l1 for l1, _, _ in rows if l1 not in level1s)
    return groups + [Group(other, None, _by_level2([(l2, r) for l1, l2, r in rows if l1 == other])) for other in others]


def printed_row(printed: FormIndicator) -> FormRow:
    """A row as the rule set prints it: the target split into direction, number and unit."""
    direction, target, unit = split_target(printed.target, printed.unit)
    return FormRow(printed.name, direction, target, unit, Entry(), printed.weight, level2=printed.level2)


_SIGN = {Operator.AT_LEAST: "≥", Operator.MORE: "＞", Operator.AT_MOST: "≤", Operator.LESS: "＜", Operator.EQUAL: "＝"}
_BY_DIRECTION = {d: next(c for c in DIRECTION_CHOICES if DIRECTIONS[c] is d) for d in Direction}


def direction_choice(direction: Direction) -> str:
    """The word of the drop-down."""
    return _BY_DIRECTION[direction]


def split_target(text: str, unit: str = "") -> tuple[str, Entry, str]:
    """≥95% as direction, number and unit; what is no plain number stays text."""
    read = parse(text)
    if read.is_number and read.value is not None and not read.is_approximate:
        symbol = read.unit.symbol or unit
        if not symbol or parse(f"1{symbol}").unit in {read.unit, parse(f"1{unit}").unit if unit else read.unit}:
            return _SIGN.get(read.operator, ""), Entry(number(read.value)), symbol
    if not text:
        return "", Entry(), unit
    return {"是": "是否", "否": "是否"}.get(text, "定性" if not any(c.isdigit() for c in text) else ""), Entry(text), unit


def number(value: Decimal) -> int | float:
    """As spreadsheets keep numbers."""
    return int(value) if value == value.to_integral_value() else float(value)


def rows_of(submission: Submission) -> list[tuple[str, str, FormRow]]:
    """A submission's rows as cells of our form, budget execution left out."""
    return [(r.level1, r.level2, row_of(r)) for r in submission.indicators if not r.is_execution]


def row_of(row: Indicator) -> FormRow:
    """One row as cells: numbers as numbers, their unit in its column; texts where a number would say less."""
    direction, target, unit = split_target(row.target, row.unit)
    actual: Entry = Entry(row.actual or None)
    read, aim = parse(row.actual), parse(row.target)
    if read.is_number and read.value is not None and not read.is_approximate and isinstance(target.value, int | float):
        same = read.unit == aim.unit or not read.unit.symbol or (row.unit and read.unit == parse(f"1{row.unit}").unit)
        if same:
            actual = Entry(number(read.value))
    if not (row.direction or direction) and row.target:  # what the engine takes it for, said in the form so that one can see and change it
        direction = direction_choice(direction_of("", aim, row.level2, row.name).direction)
    return FormRow(row.name, row.direction or direction, target, unit, actual, row.weight, row.reason, row.evidence, row.level2)


def date_entry(day: datetime.date) -> Entry:
    """A date as a date cell."""
    return Entry(day, 'yyyy"年"m"月"d"日"')


def count_rows(groups: Iterable[Group]) -> int:
    """Rows to fill in."""
    return sum(len(p.rows) for g in groups for p in g.parts)
