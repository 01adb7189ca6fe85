"""The nouns: indicator, submission, and what an evaluation says about them. Pure values, no behaviour of rules."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.findings import Finding, Location
from perfeval_xl.core.quantity import Quantity


class Direction(StrEnum):
    """How an actual is held against its target."""

    HIGHER = "higher"
    LOWER = "lower"
    EQUAL = "equal"
    RANGE = "range"
    QUALITATIVE = "qualitative"
    DATE = "date"
    YES_NO = "yes-no"

    __hash__ = str.__hash__  # members equal their text, and are looked up for every row


class Place(NamedTuple):
    """Where an indicator stands: columns maps a field (target, actual, rate, weight, score, reason, name) to its column letters.

    line: the indicator's own column letters in a table that runs sideways, where columns holds row numbers; else empty.
    """

    file: str
    sheet: str
    row: int
    columns: Mapping[str, str]
    line: str = ""

    def cell(self, name: str) -> str:
        """Address of a field's cell, such as H12; empty where the form has no such column."""
        column = self.columns.get(name)
        if not column:
            return ""
        return f"{self.line}{column}" if self.line else f"{column}{self.row}"

    def location(self, name: str) -> Location:
        """The cell of a field; of the row's name where the form has no such column."""
        return Location(self.file, self.sheet, self.cell(name) or self.cell("name"))


NOWHERE = Place("", "", 0, {})


class Indicator(NamedTuple):
    """One row as filled in. Texts as shown in the cells; weight and score None where no number stands there.

    unit: of the form's unit column, or of the target's heading. actual_unit: of the actual's heading where it differs.
    review: the score in a reviewer's own column. is_core: marked ★. is_detail: a 其中 row below a scored one, not scored itself.
    """

    level1: str
    level2: str
    name: str
    target: str
    actual: str
    weight: Decimal | None
    rate: str = ""
    score: Decimal | None = None
    reason: str = ""
    direction: str = ""
    unit: str = ""
    place: Place = NOWHERE
    is_execution: bool = False
    score_rows: int = 1
    """Rows that share this row's merged score cell; 0 on the rows below the first of them."""
    actual_unit: str = ""
    review: Decimal | None = None
    evidence: str = ""
    is_core: bool = False
    is_detail: bool = False
    is_computed: bool = False
    """The score is a formula of our own form: what it says is no judgement of a person."""


class Fund(NamedTuple):
    """One line of the fund table. budgets: initial, annual, adjusted → amount as written. place: its cells by field."""

    label: str
    budgets: Mapping[str, str]
    spent: str
    rate: str
    place: Place


@dataclass(frozen=True, slots=True)
class Execution:
    """The fund table of a project form. total: its sum line. sources: the lines below it (其中：财政拨款, 其他资金).

    unit: of money, as the form prints it (万元), or empty.
    """

    total: Fund
    weight: Decimal | None
    score: Decimal | None
    sources: Sequence[Fund] = ()
    unit: str = ""


class MoneyLine(NamedTuple):
    """One line of 收支情况, in the sheet's unit. Amounts None where no number stands there; growth and rate as written.

    subject: income, expenditure, abroad, vehicles, reception, three-public, meetings, training, public-funds, or other.
    """

    subject: str
    label: str
    current: Decimal | None
    previous: Decimal | None
    budget: Decimal | None
    change: Decimal | None
    growth: str
    rate: str
    place: Place


@dataclass(frozen=True, slots=True)
class Money:
    """The money sheet. unit: 万元, 元 or empty. approved: 预算批复日期 and paid: first payment, as written, with their places."""

    lines: Sequence[MoneyLine]
    unit: str = ""
    approved: tuple[str, Location] | None = None
    paid: tuple[str, Location] | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """A sum the form itself reports. section: empty for the grand total. weight: of its weight column, where there is one."""

    section: str
    score: Decimal | None
    location: Location
    weight: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """One filled table. ruleset: the identifier the workbook itself names, or empty. layout: what was taken for what, in words.

    facts: what the form says besides the table, label → text: project, narrative, money.
    """

    file: str
    sheet: str
    title: str
    department: str
    year: int | None
    indicators: Sequence[Indicator]
    totals: Sequence[Total] = ()
    ruleset: str = ""
    form: str = ""
    findings: Sequence[Finding] = ()
    execution: Execution | None = None
    layout: Sequence[str] = ()
    project: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    money: Money | None = None


class Step(NamedTuple):
    """One line of a trace, put into words only when someone reads it."""

    template: str
    values: tuple[object, ...] = ()

    def __str__(self) -> str:
        return self.template.format(*(plain(v) if isinstance(v, Decimal) else v for v in self.values))


class Status(StrEnum):
    """What became of a row."""

    SCORED = "scored"
    UNSCORED = "unscored"
    NOT_APPLICABLE = "not-applicable"
    ALTERNATIVE = "alternative"  # the other one of an either-or pair was scored
    DETAIL = "detail"  # a 其中 row: shown, not scored by itself

    __hash__ = str.__hash__  # members equal their text, and are looked up for every row


class IndicatorScore(NamedTuple):
    """What the engine says about one row. A named tuple: hundreds of thousands are made in one run.

    completion: fraction, uncapped (1.20 = 120 %), None where there is none. score: rounded, None where not computed.
    weight: what the row counts, after redistribution. actual_field: the column the actual was taken from.
    rule: identifier in the rule set. adjustments: what happened to the score after the row itself was scored; the way from
    the cells to it is told by `evaluate.trace`. raw: the score before rounding. is_adopted: the words say no level, so the
    score is the reported one.
    """

    indicator: Indicator
    direction: Direction
    target: Quantity
    actual: Quantity
    status: Status
    completion: Decimal | None
    weight: Decimal | None
    score: Decimal | None
    rule: str
    actual_field: str = "actual"
    adjustments: tuple[Step, ...] = ()
    raw: Decimal | None = None
    is_adopted: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Sum of one part of the table. bands: completion band → number of scored indicators in it."""

    name: str
    weight: Decimal
    score: Decimal | None
    reported: Decimal | None
    count: int
    unscored: int
    bands: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A submission with every number the engine has for it.

    total, weight: over the scored rows. grade: None while any row is unscored, or none is scored. notes: assumptions to
    show with the answer. redistributed: weight of rows that do not apply, given to the others.
    """

    submission: Submission
    ruleset: str
    ruleset_status: str
    ruleset_reason: str
    scores: Sequence[IndicatorScore]
    sections: Sequence[Section]
    weight: Decimal
    total: Decimal
    reported: Decimal | None
    grade: str | None
    unscored: int
    findings: Sequence[Finding]
    day: datetime.date
    steps: Sequence[Step] = ()
    notes: Sequence[str] = field(default=())
    redistributed: Decimal = Decimal(0)
