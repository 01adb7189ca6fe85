"""Parameters of rule sets as they stand in their files: dated data, each with its reference. Pure.

The dataclasses mirror the TOML files of `perfeval_xl.rulesets`, key by key; the loader checks files against them.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from perfeval_xl.core.decimals import ONE, Rounding
from perfeval_xl.core.findings import KINDS, THRESHOLDS, Severity
from perfeval_xl.core.model import Direction


class RuleStatus(StrEnum):
    """How well a parameter is known: printed in a rule; read off a published form; general knowledge only."""

    CONFIRMED = "confirmed"
    FROM_FORM = "from-form"
    UNCONFIRMED = "unconfirmed"


STATUS_TITLES = {RuleStatus.CONFIRMED: "已核实", RuleStatus.FROM_FORM: "据公开表格", RuleStatus.UNCONFIRMED: "未核实"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalReference:
    """title: document and number. source: where it was read."""

    title: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What every dated parameter carries. reference: key in `references`. since, until: first and last day in force."""

    reference: str
    status: RuleStatus
    article: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None
    note: str = ""

    def in_force(self, day: datetime.date) -> bool:
        """Whether the parameter applies on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundingRule(Parameter):
    """score_places: decimals of a computed score; met: a fully met row keeps its weight as given, or is rounded too.

    rate_places: decimals of the rate in percent, where the form rounds it before scoring. total_places: of sums.
    """

    score_places: int = 2
    mode: Rounding = Rounding.HALF_UP
    met: Literal["keep-weight", "round"] = "keep-weight"
    rate_places: int | None = None
    total_places: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRule(Parameter):
    """floor: a rate below it counts as 0. cap: a rate above it counts as the cap. Fractions."""

    floor: Decimal = Decimal(0)
    cap: Decimal = ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """from_share: lowest share of the full score, inclusive."""

    name: str
    from_share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRule(Parameter):
    """Grades from the best down."""

    grades: tuple[Grade, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Completion band [from_rate, to_rate], counted fractions; `name` as reports print it."""

    name: str
    from_rate: Decimal
    to_rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRule(Parameter):
    """Bands from the best down; an indicator is counted in the first that holds its rate."""

    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionRule(Parameter):
    """weight: full score of a section, None where every form sets its own. levels: what its rows are headed.

    parts: second-level headings that the form prints under it.
    """

    name: str
    weight: Decimal | None = None
    levels: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormIndicator(Parameter):
    """A row that the form prints filled in, such as a management indicator. target: as people write it (≤100%).

    weight: None where the form leaves it open. formula: how the actual is worked out, in words.
    """

    level1: str
    level2: str
    name: str
    target: str = ""
    unit: str = ""
    weight: Decimal | None = None
    formula: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionRule(Parameter):
    """base: which budget the spending is divided by. weight: full score."""

    base: Literal["initial", "annual", "adjusted"]
    weight: Decimal
    reason_below: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicableRule(Parameter):
    """full: a row that does not apply gets its weight. redistribute: it is dropped, the rest scaled to the same sum."""

    policy: Literal["full", "redistribute"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CapTier:
    """Below this value of the measure (fraction), the total is at most `at_most`."""

    below: Decimal
    at_most: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CapRule(Parameter):
    """Total capped by another indicator. indicator: part of its name, or 预算执行率. tiers: lowest `below` first."""

    indicator: str
    tiers: tuple[CapTier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EitherOrRule(Parameter):
    """Indicators of which one is scored: the first that is filled in."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRule(Parameter):
    """over_fulfilled: rate from which over-fulfilment needs a reason."""

    over_fulfilled: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRule(Parameter):
    """How one kind of finding is reported. kind: its name in the table. severity: other than the table's.

    threshold, value: one limit of the check by its name. state: off is not reported, and `reason` says why.
    """

    kind: str
    severity: Severity | None = None
    threshold: str = ""
    value: Decimal | None = None
    state: Literal["on", "off"] = "on"
    reason: str = ""

    @property
    def title(self) -> str:
        """What is set, in words."""
        limit = THRESHOLDS.get(self.kind, {}).get(self.threshold, "")
        return KINDS[self.kind].title + (f"，{limit}" if limit else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlausibleRule(Parameter):
    """The most that a quantity can plausibly be. unit: as people write it (平方公里). most: in that unit.

    names: words of the indicator's name or cells; departments: words of the unit's name; empty means any.
    """

    title: str
    unit: str
    most: Decimal
    names: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliesTo:
    """Empty means all. names: whole names of indicators, blanks and quotation marks aside; * stands for any words (*满意度).

    levels: any part of the row's headings.
    """

    names: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    directions: tuple[Direction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Parameter):
    """What every scoring rule has. direction: set by the rule where the form leaves it open."""

    id: str
    title: str
    applies_to: AppliesTo
    direction: Direction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportional(Rule):
    """W·A/T, at most W."""

    kind: Literal["proportional"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearOverrun(Rule):
    """Smaller is better: W·(1 − (A−T)/T) above the target, 0 from 2T."""

    kind: Literal["linear-overrun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InverseRatio(Rule):
    """Smaller is better: W·T/A above the target."""

    kind: Literal["inverse-ratio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """points: taken off a weight of `of`."""

    of: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps(Rule):
    """Deduction per whole step beyond the line. line: percent points, or the row's own target where None."""

    kind: Literal["steps"]
    step: Decimal
    deductions: tuple[Deduction, ...]
    line: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PerPoint(Rule):
    """Deduction per percent point beyond the line, fractions of a point included."""

    kind: Literal["per-point"]
    deductions: tuple[Deduction, ...]
    line: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRow:
    """Points of each interval for a weight of `of`, in the order of `up_to`, and the last beyond them."""

    of: Decimal
    points: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalTable(Rule):
    """measure: the actual in percent points, or its distance from the target's range. up_to: inclusive upper ends."""

    kind: Literal["interval-table"]
    measure: Literal["actual", "deviation"]
    up_to: tuple[Decimal, ...]
    points: tuple[PointsRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A qualitative level. from_share, to_share: fraction of the weight, both inclusive. default: where no score is given."""

    name: str
    from_share: Decimal
    to_share: Decimal
    default: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualitative(Rule):
    """Levels 达成, 部分达成, 未达成."""

    kind: Literal["qualitative"]
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRule(Rule):
    """W on or before the deadline, else `late` of it."""

    kind: Literal["date"]
    late: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNo(Rule):
    """W where the answer is the target's."""

    kind: Literal["yes-no"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """points: for a weight that equals the sum of all points. words: how an actual names the item."""

    text: str
    points: Decimal
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist(Rule):
    """Points per item that the actual names."""

    kind: Literal["checklist"]
    items: tuple[ChecklistItem, ...]


AnyRule = (
    Proportional | LinearOverrun | InverseRatio | Steps | PerPoint | IntervalTable | Qualitative | DateRule | YesNo | Checklist
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognise:
    """How a form is known: words of title, department or sheet (all of one group), and headings of its sections.

    from_year: forms of earlier years are not taken for this one.
    """

    words: tuple[tuple[str, ...], ...] = ()
    headings: tuple[str, ...] = ()
    from_year: int | None = None
