"""Rule sets: parameters as dated data, each with its reference; `at(date)` picks what is in force. Pure.

The dataclasses mirror the TOML files of `perfeval_xl.rulesets`, key by key; the loader checks files against them.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal, TypeVar

from perfeval_xl.core.decimals import ONE, Rounding
from perfeval_xl.core.findings import KINDS, THRESHOLDS, Severity
from perfeval_xl.core.model import Direction, Indicator


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """One file, every date. Each list may hold several generations of a parameter."""

    id: str
    title: str
    issuer: str
    form: Literal["department", "project"]
    status: RuleStatus
    references: dict[str, LegalReference]
    recognise: Recognise = field(default_factory=Recognise)
    rounding: tuple[RoundingRule, ...]
    completion: tuple[CompletionRule, ...]
    grades: tuple[GradeRule, ...]
    bands: tuple[BandRule, ...]
    sections: tuple[SectionRule, ...] = ()
    indicators: tuple[FormIndicator, ...] = ()
    execution: tuple[ExecutionRule, ...] = ()
    not_applicable: tuple[NotApplicableRule, ...]
    caps: tuple[CapRule, ...] = ()
    either_or: tuple[EitherOrRule, ...] = ()
    thresholds: tuple[ThresholdRule, ...] = ()
    checks: tuple[CheckRule, ...] = ()
    plausible: tuple[PlausibleRule, ...] = ()
    rules: tuple[AnyRule, ...]

    def at(self, day: datetime.date) -> Rulebook:
        """What is in force on that day. Raises: LookupError where a parameter every evaluation needs is not."""
        return _book(_Same(self), day)

    def _at(self, day: datetime.date) -> Rulebook:
        return Rulebook(
            ruleset=self,
            day=day,
            rounding=_current(self.rounding, day, "rounding"),
            completion=_current(self.completion, day, "completion"),
            grades=_current(self.grades, day, "grades"),
            bands=_current(self.bands, day, "bands"),
            not_applicable=_current(self.not_applicable, day, "not_applicable"),
            sections=_in_force(self.sections, day),
            indicators=_in_force(self.indicators, day),
            execution=next(iter(_in_force(self.execution, day)), None),
            caps=_in_force(self.caps, day),
            either_or=_in_force(self.either_or, day),
            thresholds=next(iter(_in_force(self.thresholds, day)), None),
            checks=_in_force(self.checks, day),
            plausible=_in_force(self.plausible, day),
            rules=_in_force(self.rules, day),
        )

    def parameters(self) -> Iterable[tuple[str, Parameter]]:
        """Every parameter with the key it stands under."""
        for key in ("rounding", "completion", "grades", "bands", "sections", "indicators", "execution", "not_applicable", "caps",
                    "either_or", "thresholds", "checks", "plausible", "rules"):  # fmt: skip
            for parameter in getattr(self, key):
                yield key, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """One rule set on one day."""

    ruleset: Ruleset
    day: datetime.date
    rounding: RoundingRule
    completion: CompletionRule
    grades: GradeRule
    bands: BandRule
    not_applicable: NotApplicableRule
    sections: tuple[SectionRule, ...]
    indicators: tuple[FormIndicator, ...]
    execution: ExecutionRule | None
    caps: tuple[CapRule, ...]
    either_or: tuple[EitherOrRule, ...]
    thresholds: ThresholdRule | None
    checks: tuple[CheckRule, ...]
    plausible: tuple[PlausibleRule, ...]
    rules: tuple[AnyRule, ...]
    has_named_rules: bool = field(init=False)
    qualitative: Qualitative | None = field(init=False)
    general: dict[Direction, AnyRule] = field(init=False)
    """Directions whose rule depends on nothing else: found once, not per row."""

    def __post_init__(self) -> None:
        own = object.__setattr__  # frozen
        own(self, "has_named_rules", any(r.applies_to.names for r in self.rules))
        own(self, "qualitative", next((r for r in self.rules if isinstance(r, Qualitative)), None))
        plain_rules = [r for r in self.rules if not r.applies_to.names]
        general: dict[Direction, AnyRule] = {}
        for direction in Direction:
            first = next((r for r in plain_rules if not r.applies_to.directions or direction in r.applies_to.directions), None)
            if first is not None and not first.applies_to.levels:
                general[direction] = first
        own(self, "general", general)

    def rule_for(self, row: Indicator, direction: Direction) -> AnyRule | None:
        """The first rule for headings or for any row of that direction."""
        for rule in self.rules:
            to = rule.applies_to
            if not to.names and (not to.directions or direction in to.directions) and _heads(to, row):
                return rule
        return None

    def named_rule(self, row: Indicator) -> AnyRule | None:
        """The rule written for this very indicator; it goes before all others and may fix the direction."""
        for rule in self.rules:
            names = rule.applies_to.names
            if names and is_named(names, row.name) and _heads(rule.applies_to, row):
                return rule
        return None

    def limit(self, kind: str, threshold: str) -> CheckRule | None:
        """The limit of a check by its name; None where the rule set gives none: the check is not made then."""
        return next((c for c in self.checks if c.kind == kind and c.threshold == threshold and c.value is not None), None)

    def limits(self, kind: str) -> tuple[CheckRule, ...]:
        """All limits of a check."""
        return tuple(c for c in self.checks if c.kind == kind and c.threshold and c.value is not None)

    def cite(self, parameter: Parameter) -> str:
        """The reference as an auditor reads it."""
        reference = self.ruleset.references[parameter.reference]
        article = f" {parameter.article}" if parameter.article else ""
        return f"{reference.title}{article}（{STATUS_TITLES[parameter.status]}）"


ORNAMENTS = "“”\"'‘’《》"
_ORNAMENTS = re.compile(rf"[\s{ORNAMENTS}]|[（(][^（()）]*[)）]\Z")


@lru_cache(maxsize=8192)
def bare_name(name: str) -> str:
    """A name without blanks, line breaks, quotation marks and a unit in brackets: they are set as people like."""
    return _ORNAMENTS.sub("", name)


@lru_cache(maxsize=8192)
def is_named(names: tuple[str, ...], name: str) -> bool:
    """Whether an indicator's name is one of those of a rule.

    >>> is_named(("三公经费变动率",), "“三公”经费 变动率（%）"), is_named(("*满意度",), "满意度调查次数")
    (True, False)
    """
    return any(fnmatchcase(bare_name(name), bare_name(word)) for word in names)


def _heads(to: AppliesTo, row: Indicator) -> bool:
    return not to.levels or any(word in row.level1 or word in row.level2 for word in to.levels)


P = TypeVar("P", bound=Parameter)


class _Same:
    """A rule set as a key: itself, not its contents, which are long to compare."""

    __slots__ = ("ruleset",)

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset

    def __hash__(self) -> int:
        return id(self.ruleset)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.ruleset is self.ruleset


@lru_cache(maxsize=128)  # a few rule sets and years serve all tables of a run
def _book(key: _Same, day: datetime.date) -> Rulebook:
    return key.ruleset._at(day)  # its own module


def _in_force(parameters: Iterable[P], day: datetime.date) -> tuple[P, ...]:
    return tuple(p for p in parameters if p.in_force(day))


def _current(parameters: Iterable[P], day: datetime.date, key: str) -> P:
    for parameter in parameters:
        if parameter.in_force(day):
            return parameter
    raise LookupError(key)
