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


class Place(NamedTuple):
    """Where a row stands: columns maps a field (target, actual, rate, weight, score, reason, name) to its column letters."""

    file: str
    sheet: str
    row: int
    columns: Mapping[str, str]

    def cell(self, name: str) -> str:
        """Address of a field's cell, such as H12; empty where the form has no such column."""
        column = self.columns.get(name)
        return f"{column}{self.row}" if column else ""

    def location(self, name: str) -> Location:
        """The cell of a field; of the row's name where the form has no such column."""
        return Location(self.file, self.sheet, self.cell(name) or self.cell("name"))


NOWHERE = Place("", "", 0, {})


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row as filled in. Texts as shown in the cells; weight and score None where no number stands there."""

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


@dataclass(frozen=True, slots=True)
class Execution:
    """The fund total of a project form. budgets: initial, annual, adjusted → amount as written."""

    budgets: Mapping[str, str]
    spent: str
    rate: str
    weight: Decimal | None
    score: Decimal | None
    place: Place


@dataclass(frozen=True, slots=True)
class Total:
    """A sum the form itself reports. section: empty for the grand total."""

    section: str
    score: Decimal
    location: Location


@dataclass(frozen=True, slots=True)
class Submission:
    """One filled table. ruleset: the identifier the workbook itself names, or empty."""

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


class IndicatorScore(NamedTuple):
    """What the engine says about one row. A named tuple: hundreds of thousands are made in one run.

    completion: fraction, uncapped (1.20 = 120 %), None where there is none. score: rounded, None where not computed.
    weight: what the row counts, after redistribution. actual_field: the column the actual was taken from.
    rule: identifier in the rule set. adjustments: what happened to the score after the row itself was scored; the way from
    the cells to it is told by `evaluate.trace`.
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

    total, weight: over the scored rows. grade: None while any row is unscored. notes: assumptions to show with the answer.
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
