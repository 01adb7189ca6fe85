"""PE4xx: weights and what they sum to, sums of the form beside the sums of its rows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from perfeval_xl.core.checks.reasons import percent
from perfeval_xl.core.checks.sections import Sections
from perfeval_xl.core.decimals import HUNDRED, ZERO, plain, round_to
from perfeval_xl.core.finance import places_of
from perfeval_xl.core.findings import Finding, Location, Severity, finding
from perfeval_xl.core.model import Evaluation, Indicator, IndicatorScore, Status, Submission, Total
from perfeval_xl.core.parameters import RuleStatus, SectionRule
from perfeval_xl.core.ruleset import Rulebook

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_NOT_APPLICABLE, _UNSCORED, _SCORED = Status.NOT_APPLICABLE, Status.UNSCORED, Status.SCORED

_ASIDE = frozenset({Status.DETAIL, Status.ALTERNATIVE})
_SHOWN_PLACES = 6


def _counted(evaluation: Evaluation) -> list[IndicatorScore]:
    return [s for s in evaluation.scores if s.status not in _ASIDE]


def full_marks(book: Rulebook) -> Decimal | None:
    """What all weights of the rule set's form sum to; None where units set some of them."""
    weights = [s.weight for s in book.sections]
    if not weights or any(w is None for w in weights):
        return None
    return sum((w for w in weights if w is not None), book.execution.weight if book.execution is not None else ZERO)


def weights_do_not_sum(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:
    """All weights against the full score, and each section's against the rule set's. Silent while a weight is missing."""
    scores = _counted(evaluation)
    rows = [s.indicator for s in scores]
    own = [r for s, r in zip(scores, rows, strict=True) if s.status is not _NOT_APPLICABLE or r.weight is not None]
    if not own or any(r.weight is None for r in own):
        return
    total = sum((r.weight for r in own if r.weight is not None), ZERO)
    stated = next((t for t in submission.totals if not t.section and t.weight is not None), None)
    at = _weight_cell(stated, own) if stated is not None else own[0].place.location("weight")
    if stated is not None and stated.weight is not None and stated.weight != total and stated.weight != total - _execution_weight(own):
        yield finding("weights-do-not-sum", at, f"合计行的分值为 {plain(stated.weight)}，各项分值之和为 {plain(total)}", f"{plain(total)}")
    allowed = _allowed(own, book)
    is_whole = total in allowed
    if not is_whole:
        yield finding("weights-do-not-sum", at, f"各项分值之和为 {plain(total)}", f"合计 {plain(allowed[0])}")
    yield from _section_weights(own, submission, book, is_whole=is_whole)


def _execution_weight(rows: Sequence[Indicator]) -> Decimal:
    return sum((r.weight for r in rows if r.is_execution and r.weight is not None), ZERO)


def _allowed(rows: Sequence[Indicator], book: Rulebook) -> list[Decimal]:
    """The full score; without budget execution where the form leaves that out; a hundred. The rule set's own comes first."""
    full = full_marks(book)
    allowed = [full, HUNDRED] if full is not None else [HUNDRED]
    if book.ruleset.form == "department":  # parts left out altogether are told as such; the others may be complete
        allowed += _of_present(rows, book)
    if book.execution is not None and not any(r.is_execution for r in rows):
        allowed += [a - book.execution.weight for a in allowed if a is not None]
    return [a for a in allowed if a is not None]


def _of_present(rows: Sequence[Indicator], book: Rulebook) -> list[Decimal]:
    """What the sections that the form has sum to; nothing where one of them has no weight of its own."""
    sections = Sections(book.sections)
    present = {found.name: found.weight for r in rows if not r.is_execution for found in [sections.of(r)] if found is not None}
    if not present or any(w is None for w in present.values()):
        return []
    return [sum((w for w in present.values() if w is not None), _execution_weight(rows))]


def _section_weights(rows: Sequence[Indicator], submission: Submission, book: Rulebook, *, is_whole: bool) -> Iterable[Finding]:
    """Sections with a weight of their own, in a form that has just these sections.

    A warning where the whole adds up all the same, or where nobody has confirmed the rule set's own number.
    """
    sections = Sections(book.sections)
    parts: dict[str, list[Indicator]] = {}
    for row in rows:
        if row.is_execution:
            continue
        section = sections.of(row)
        if section is None:
            return  # headings of another form: its weights are its own affair
        parts.setdefault(section.name, []).append(row)
    for rule in book.sections:
        members = parts.get(rule.name, [])
        total = sum((r.weight for r in members if r.weight is not None), ZERO)
        if members and rule.weight is not None and total != rule.weight:
            severity = Severity.WARNING if is_whole or rule.status is RuleStatus.UNCONFIRMED else None
            yield finding("weights-do-not-sum", _section_cell(rule, members, submission), f"“{rule.name}”各项分值之和为 {plain(total)}",
                          f"{plain(rule.weight)}（{book.cite(rule)}）", severity)  # fmt: skip


def _section_cell(rule: SectionRule, members: Sequence[Indicator], submission: Submission) -> Location:
    stated = next((t for t in submission.totals if t.section == rule.name and t.weight is not None), None)
    return _weight_cell(stated, members) if stated is not None else members[0].place.location("weight")


def _weight_cell(total: Total, rows: Sequence[Indicator]) -> Location:
    """The weight in a row of sums, which is known by its score cell."""
    place = next((r.place for r in rows if r.place.sheet == total.location.sheet and "weight" in r.place.columns and not r.place.line), None)
    return total.location._replace(cell=f"{place.columns['weight']}{_line(total.location)}") if place is not None else total.location


def zero_weight(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001  # every check takes the same
    """A row that counts for nothing."""
    for score in evaluation.scores:
        row = score.indicator
        if row.weight == 0 and row.weight is not None and score.status in {_SCORED, _UNSCORED}:
            yield finding("zero-weight", row.place.location("weight"), f"“{row.name.strip()[:40]}”的分值为 0", "大于 0 的分值")


def dominant_indicator(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """One row with most of the full score."""
    limit = book.limit("dominant-indicator", "share")
    if limit is None or limit.value is None:
        return
    rows = [s.indicator for s in _counted(evaluation) if s.indicator.weight]
    total = sum((r.weight for r in rows if r.weight is not None), ZERO)
    full = max(total, full_marks(book) or HUNDRED)
    for row in rows:
        assert row.weight is not None  # noqa: S101  # filtered above
        if row.weight > full * limit.value:
            yield finding("dominant-indicator", row.place.location("weight"), f"“{row.name.strip()[:40]}”的分值为 {plain(row.weight)}，占满分 {plain(full)} 的 {percent(row.weight / full)}",
                          f"不超过 {percent(limit.value)}")  # fmt: skip


def section_total(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """Sums of parts beside the scores above them. Silent where a score is missing."""
    rows = [s.indicator for s in _counted(evaluation)]
    before = 0
    for total in submission.totals:
        line = _line(total.location)
        above = [r for r in rows if before < r.place.row < line and r.place.sheet == total.location.sheet]
        before = line
        if not total.section or total.score is None:
            continue
        section = [r for r in rows if total.section in (r.level1, r.level2)]
        groups = [g for g in (section, above, _last_part(above)) if g]
        if not section or not groups:
            continue
        sums = [sum((r.score for r in g if r.score is not None), ZERO) for g in groups]
        is_open = any(r.score is None and r.score_rows and r.weight is not None for g in (section, above) for r in g)
        if not is_open and not any(_agrees(total.score, s) for s in sums):
            yield finding("section-total", total.location, f"“{total.section}”合计为 {plain(total.score)}，各行得分之和为 {plain(sums[0])}", plain(sums[0]))


def _line(location: Location) -> int:
    return int("".join(c for c in location.cell if c.isdigit()) or 0)


def _last_part(rows: Sequence[Indicator]) -> list[Indicator]:
    """The rows of the last second heading: a sum may be of that part only."""
    return [r for r in rows if r.level2 == rows[-1].level2] if rows else []


def _agrees(stated: Decimal, total: Decimal) -> bool:
    """Equal, or the sum rounded to the decimals shown; whole numbers only where they are equal."""
    places = places_of(stated)
    return stated == total or (0 < places <= _SHOWN_PLACES and stated == round_to(total, places))


def total_score(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """The form's grand total beside the sum of its own scores, budget execution counted or not."""
    total = next((t for t in submission.totals if not t.section and t.score is not None), None)
    scores = _counted(evaluation)
    if total is None or total.score is None or any(_lacks_score(s) for s in scores):
        return
    counted = [s.indicator for s in scores if s.indicator.score is not None]
    every = sum((r.score for r in counted if r.score is not None), ZERO)
    bare = sum((r.score for r in counted if r.score is not None and not r.is_execution), ZERO)
    if counted and not any(_agrees(total.score, s) for s in (every, bare, *_capped(evaluation))):
        yield finding("total-score", total.location, f"总分为 {plain(total.score)}，各项得分之和为 {plain(every)}", plain(every))


def _capped(evaluation: Evaluation) -> list[Decimal]:
    """The computed total, where the rule set caps it below the sum."""
    return [evaluation.total] if any("总分最高" in str(step) for step in evaluation.steps) else []


def _lacks_score(score: IndicatorScore) -> bool:
    row = score.indicator
    return row.score is None and bool(row.weight) and row.score_rows == 1 and score.status is not _NOT_APPLICABLE
