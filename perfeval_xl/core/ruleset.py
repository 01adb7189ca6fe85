"""Rule sets: what a file has, every date; `at(date)` picks what is in force, and which rule is meant for a row. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal, TypeVar

from perfeval_xl.core.model import Direction, Indicator
from perfeval_xl.core.parameters import (
    STATUS_TITLES,
    AnyRule,
    AppliesTo,
    BandRule,
    CapRule,
    CheckRule,
    CompletionRule,
    EitherOrRule,
    ExecutionRule,
    FormIndicator,
    GradeRule,
    LegalReference,
    NotApplicableRule,
    Parameter,
    PlausibleRule,
    Qualitative,
    Recognise,
    RoundingRule,
    RuleStatus,
    SectionRule,
    ThresholdRule,
)


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
