"""The audit: every check over one evaluated submission; one finding per cell and matter, by place. Pure.

A check is a function (submission, evaluation, book) → findings. One that fails becomes a finding itself and the others go on.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from perfeval_xl.core.checks import (
    accounts,
    funds,
    monitoring,
    prose,
    rates,
    reasons,
    sections,
    structure,
    sums,
    values,
)
from perfeval_xl.core.checks.reasons import says_why
from perfeval_xl.core.findings import KINDS, Finding, FindingKind, Location, Severity, finding
from perfeval_xl.core.memory import without_cycle_search
from perfeval_xl.core.model import Evaluation, Indicator, Status, Submission
from perfeval_xl.core.parameters import CheckRule
from perfeval_xl.core.ruleset import Rulebook

Check = Callable[[Submission, Evaluation, Rulebook], Iterable[Finding]]

CHECKS: tuple[Check, ...] = (
    structure.wrong_year, structure.duplicate_indicator,
    values.number_only_in_name, values.repeated_text, values.implausible_quantity, values.weight_as_value, values.percent_over_hundred,
    rates.rate_mismatch, rates.over_fulfilled, rates.missing_score, reasons.missing_reason,
    sums.weights_do_not_sum, sums.zero_weight, sums.dominant_indicator, sums.section_total, sums.total_score,
    sections.unscored_section, sections.wrong_section,
    funds.fund_total_not_summed, funds.execution_rate_wrong, funds.budget_exceeded, funds.money_unit,
    accounts.growth_wrong, accounts.rates_of_lines, accounts.spending_over_budget, accounts.three_public, accounts.payment_before_budget,
    prose.prose_contradicts_table, prose.indicator_count, prose.growth_in_prose,
)  # fmt: skip

_COVERS: Mapping[str, frozenset[str]] = {
    "number-only-in-name": frozenset({"blank-target"}),
    "met-but-deducted": frozenset({"missing-reason"}),
    "score-mismatch": frozenset({"missing-reason"}),
    "qualitative-band": frozenset({"missing-reason"}),
    "unmet-full-marks": frozenset({"over-fulfilled"}),
    "several-quantities": frozenset({"text-for-number"}),
    "repeated-text": frozenset({"missing-score"}),
    "money-unit": frozenset({"over-fulfilled", "target-too-low", "rate-mismatch"}),
    "weight-as-value": frozenset({"dominant-indicator", "met-but-deducted", "score-mismatch"}),
    "out-of-range-percent": frozenset({"over-fulfilled", "target-too-low"}),
    "blank-target": frozenset({"missing-reason"}),
    "blank-actual": frozenset({"missing-reason"}),
}
"""kind → kinds that say the same of the same row in other words."""

_COVERED = frozenset().union(*_COVERS.values())

_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


class SwitchedOff(NamedTuple):
    """A kind that the rule set does not report. left: how many findings were left out. basis: the rule set's reference."""

    kind: FindingKind
    left: int
    reason: str
    basis: str


class Audit(NamedTuple):
    """findings: by place, then severity. off: what the rule set leaves out, and why; to be shown with the answer."""

    findings: list[Finding]
    off: list[SwitchedOff]


def audit(  # noqa: PLR0913  # one name for each kind of comparison, all optional
    submission: Submission, evaluation: Evaluation, book: Rulebook, *, as_of: datetime.date | None = None,
    peers: Sequence[Finding] | None = None, previous: Sequence[Finding] | None = None, declaration: Sequence[Finding] | None = None,
) -> list[Finding]:  # fmt: skip
    """All findings of a submission: the reader's and the engine's (in evaluation.findings), the checks', and the given ones.

    as_of: a day within the year, for monitoring. peers, previous, declaration: findings of comparisons with other files.
    """
    return full_audit(submission, evaluation, book, as_of=as_of, more=[*(peers or ()), *(previous or ()), *(declaration or ())]).findings


def full_audit(submission: Submission, evaluation: Evaluation, book: Rulebook, *, as_of: datetime.date | None = None, more: Sequence[Finding] = ()) -> Audit:
    """As `audit`, with what was switched off."""
    checks: list[Check] = list(CHECKS)
    if as_of is not None:
        checks.append(partial(monitoring.in_year, as_of=as_of))
    with without_cycle_search():
        return _full_audit(checks, submission, evaluation, book, more)


def _full_audit(checks: Sequence[Check], submission: Submission, evaluation: Evaluation, book: Rulebook, more: Sequence[Finding]) -> Audit:
    own = [one for check in checks for one in guarded(check, submission, evaluation, book)]
    every = _without_repeats([*own, *_of_engine(evaluation), *more], evaluation)
    switched = {rule.kind: rule for rule in book.checks if rule.state == "off"}
    off = [_switched_off(rule, [f for f in every if f.kind.kind == kind], book) for kind, rule in switched.items()] if switched else []
    levels = {rule.kind: rule.severity for rule in book.checks if rule.severity is not None}
    kept = [f for f in every if f.kind.kind not in switched] if switched else every
    if levels:
        kept = [f._replace(severity=levels.get(f.kind.kind, f.severity)) for f in kept]
    return Audit(_in_order(kept, submission), off)


def guarded(check: Check, submission: Submission, evaluation: Evaluation, book: Rulebook) -> list[Finding]:
    """What a check finds; where it fails on odd data, what it had found until then and a finding that names it."""
    found: list[Finding] = []
    try:
        found.extend(check(submission, evaluation, book))
    except Exception as error:  # one check must not take the others with it
        name = check.func.__name__ if isinstance(check, partial) else getattr(check, "__name__", "")
        found.append(finding("unreadable-part", Location(submission.file, submission.sheet), f"检查“{name}”在此表中没有做完（{type(error).__name__}）", "可以检查的内容"))
    return found


def _switched_off(rule: CheckRule, left: Sequence[Finding], book: Rulebook) -> SwitchedOff:
    return SwitchedOff(KINDS[rule.kind], len(left), rule.reason, book.cite(rule))


def _of_engine(evaluation: Evaluation) -> list[Finding]:
    """What reading and scoring met. A form without any weights has one fault, not one a row; a reason explains a blank actual."""
    rows = [s.indicator for s in evaluation.scores if not s.indicator.is_execution and s.status is not Status.DETAIL]
    idle = {"missing-weight"} if rows and all(r.weight is None and r.score is None for r in rows) else set()
    explained = {r.place.location("actual") for r in rows if r.reason and not r.score and says_why(r.reason)}
    return [f for f in evaluation.findings if f.kind.kind not in idle and not (f.kind.kind == "blank-actual" and f.location in explained)]


def _without_repeats(findings: Sequence[Finding], evaluation: Evaluation) -> list[Finding]:
    """One of a kind at a cell, the first; and of one row nothing that another finding says better."""
    once: list[Finding] = []
    seen: set[tuple[str, Location]] = set()
    for one in findings:
        key = one.kind.kind, one.location
        if not one.location.cell:
            if one not in once:  # few findings are about a whole sheet
                once.append(one)
        elif key not in seen:
            seen.add(key)
            once.append(one)
    telling = [f for f in once if f.kind.kind in _COVERS and f.location.cell]
    if not telling:
        return once
    doubtful = [f for f in once if f.kind.kind in _COVERED and f.location.cell]
    rows = _Rows(evaluation, [*telling, *doubtful])
    covered = {(other, rows.at(f.location)) for f in telling for other in _COVERS[f.kind.kind]}
    return [f for f in once if f.kind.kind not in _COVERED or not f.location.cell or (f.kind.kind, rows.at(f.location)) not in covered]


class _Rows:
    """Which indicator a cell belongs to: by its row, or its column where the table runs sideways."""

    def __init__(self, evaluation: Evaluation, findings: Sequence[Finding]) -> None:
        self.lines: dict[tuple[str, str], list[Indicator]] = {}
        wanted = {int(found[2]) for f in findings if (found := _ADDRESS.fullmatch(f.location.cell))}
        for score in evaluation.scores:
            place = score.indicator.place
            if place.row in wanted or place.line:
                self.lines.setdefault((place.sheet, place.line or str(place.row)), []).append(score.indicator)

    def at(self, location: Location) -> object:
        """Something that is the same for all cells of one indicator."""
        found = _ADDRESS.fullmatch(location.cell)
        if found is None:
            return location
        column, row = found.groups()
        for line, along in ((column, row), (row, column)):
            for indicator in self.lines.get((location.sheet, line), ()):
                if along in indicator.place.columns.values():
                    return location.sheet, line, indicator.place.columns.get("name", "")
        return location


def _in_order(findings: list[Finding], submission: Submission) -> list[Finding]:
    """Sheet order: the table's own sheet first, others as they come; down the rows, along the columns; then by severity."""
    sheets: dict[str, int] = {"": -1, submission.sheet: 0}
    for one in findings:
        sheets.setdefault(one.location.sheet, len(sheets))

    def key(one: Finding) -> tuple[int, int, int, str, int]:
        found = _ADDRESS.fullmatch(one.location.cell)
        row, column = (int(found[2]), found[1]) if found else (0, "")
        return sheets[one.location.sheet], row, len(column), column, _RANK[one.severity]

    return sorted(findings, key=key)
