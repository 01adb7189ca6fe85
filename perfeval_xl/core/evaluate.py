"""Evaluation: a submission and a rule set in, every score, sum, grade and finding out. Pure."""

from __future__ import annotations

import datetime
import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from perfeval_xl.core.checks.scores import check_reported_scores
from perfeval_xl.core.decimals import HUNDRED, ONE, ZERO, plain, round_to
from perfeval_xl.core.findings import Finding
from perfeval_xl.core.grades import band_counts, grade_of
from perfeval_xl.core.model import Evaluation, Indicator, IndicatorScore, Section, Status, Step, Submission
from perfeval_xl.core.ruleset import STATUS_TITLES, Parameter, Rulebook, Ruleset, RuleStatus
from perfeval_xl.core.scoring import score_indicator
from perfeval_xl.core.weighting import scaled, weight_sum

EXECUTION = "预算执行率"


def evaluate(submission: Submission, ruleset: Ruleset, reason: str = "", day: datetime.date | None = None) -> Evaluation:
    """Scores every row of a submission.

    reason: why this rule set, for the answer. day: what must be in force; the last day of the submission's year by default,
    and the last day a year can have where the submission names none.
    Raises: LookupError where the rule set has nothing in force on that day.
    """
    day = day or datetime.date(submission.year or 9999, 12, 31)
    book = ruleset.at(day)
    findings: list[Finding] = list(submission.findings)
    with _without_cycle_search():
        scores = [score_indicator(row, book, findings) for row in _with_execution(submission, book)]
    scores, steps = _either_or(scores, book)
    scores, more = _redistributed(scores, book)
    steps += more
    findings += check_reported_scores(scores)
    sections = _sections(scores, submission, book)
    places, mode = book.rounding.total_places, book.rounding.mode
    counted = [s for s in scores if s.status is not Status.ALTERNATIVE]
    raw = sum((s.score for s in counted if s.score is not None), ZERO)
    total = round_to(raw, places, mode)
    steps.append(Step("总分＝各项得分之和＝{}", (plain(raw),)))
    total, capped = _capped(total, scores, book)
    steps += capped
    weight = weight_sum(s.weight for s in counted)
    unscored = sum(s.status is Status.UNSCORED for s in scores)
    grade = grade_of(total, weight, book.grades) if not unscored and counted else None
    reported = next((t.score for t in submission.totals if not t.section), None)
    return Evaluation(
        submission, ruleset.id, ruleset.status.value, reason, scores, sections, weight, total, reported, grade, unscored,
        findings, day, steps, _notes(book, scores),
    )  # fmt: skip


@contextmanager
def _without_cycle_search() -> Iterator[None]:
    """Scoring makes many small values and no cycles among them; searching for cycles meanwhile costs a sixth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def trace(evaluation: Evaluation, ruleset: Ruleset) -> list[list[Step]]:
    """The way to each score, in the order of `evaluation.scores`: scored once more, every step written down.

    ruleset: the one the evaluation was made with. Rules are pure, so the second run goes the same way as the first.
    """
    book = ruleset.at(evaluation.day)
    traces: list[list[Step]] = []
    for score in evaluation.scores:
        steps: list[Step] = []
        score_indicator(score.indicator, book, [], steps)
        traces.append([*steps, *score.adjustments])
    return traces


_BASES = ("annual", "adjusted", "initial")


def _with_execution(submission: Submission, book: Rulebook) -> list[Indicator]:
    """The rows, led by budget execution: by the rule set's base, or the next that is filled in."""
    rows, form = list(submission.indicators), submission.execution
    if form is None:
        return rows
    rule = book.execution
    bases = ((rule.base,) if rule else ()) + _BASES
    base = next((b for b in bases if form.budgets.get(b, "").strip()), next(iter(form.budgets)))
    place = form.place._replace(columns={**form.place.columns, "target": form.place.columns[base]})
    weight = form.weight if form.weight is not None else rule.weight if rule else None
    row = Indicator(EXECUTION, "", EXECUTION, form.budgets[base], form.spent, weight, form.rate, form.score, place=place,
                    is_execution=True)  # fmt: skip
    return [row, *rows]


def _either_or(scores: list[IndicatorScore], book: Rulebook) -> tuple[list[IndicatorScore], list[Step]]:
    steps: list[Step] = []
    for rule in book.either_or:
        group = [i for i, s in enumerate(scores) if any(name in s.indicator.name for name in rule.names)]
        chosen = next((i for i in group if scores[i].status is Status.SCORED), None)
        if chosen is None or len(group) < 2:
            continue
        for i in group:
            if i != chosen:
                note = Step("与“{}”二选一，不重复计分（{}）", (scores[chosen].indicator.name, book.cite(rule)))
                scores[i] = scores[i]._replace(status=Status.ALTERNATIVE, score=None, adjustments=(note,))
        steps.append(Step("“{}”二选一，采用“{}”", ("”“".join(rule.names), scores[chosen].indicator.name)))
    return scores, steps


def _redistributed(scores: list[IndicatorScore], book: Rulebook) -> tuple[list[IndicatorScore], list[Step]]:
    """Rows that do not apply give their weight to the others of the same section, in proportion."""
    dropped = [s for s in scores if s.status is Status.NOT_APPLICABLE and s.weight]
    if not dropped or book.not_applicable.policy != "redistribute":
        return scores, []
    steps: list[Step] = []
    out = list(scores)
    free = weight_sum(s.weight for s in dropped)
    rest = [i for i, s in enumerate(scores) if s.status is Status.SCORED and s.weight and not s.indicator.is_execution]
    if not rest:
        return scores, []
    old = [scores[i].weight or ZERO for i in rest]
    new = scaled(old, weight_sum(old) + free)
    for i, was, now in zip(rest, old, new, strict=True):
        score = scores[i]
        raw = (score.score or ZERO) * now / was
        is_met = score.score == was
        value = now if is_met else round_to(raw, book.rounding.score_places, book.rounding.mode)
        note = Step("其他指标不适用，分值由 {} 调整为 {}，得分相应为 {}", (plain(was), plain(now), plain(value)))
        out[i] = score._replace(weight=now, score=value, adjustments=(*score.adjustments, note))
    for i, score in enumerate(scores):
        if score.status is Status.NOT_APPLICABLE:
            out[i] = score._replace(weight=ZERO)
    steps.append(Step("不适用指标的分值合计 {}，按比例分给其余 {} 项指标", (plain(free), len(rest))))
    return out, steps


def _sections(scores: Sequence[IndicatorScore], submission: Submission, book: Rulebook) -> list[Section]:
    """Rows grouped by their first level, in sheet order."""
    groups: dict[str, list[IndicatorScore]] = {}
    for score in scores:
        if score.status is not Status.ALTERNATIVE:
            groups.setdefault(score.indicator.level1, []).append(score)
    reported = {t.section: t.score for t in submission.totals if t.section}
    sections = []
    for name, members in groups.items():
        done = [s.score for s in members if s.score is not None]
        rates = [min(s.completion if s.completion is not None else ONE, ONE) for s in members if s.status is Status.SCORED]
        sections.append(
            Section(
                name,
                weight_sum(s.weight for s in members),
                round_to(sum(done, ZERO), book.rounding.total_places, book.rounding.mode) if done else None,
                reported.get(name),
                len(members),
                sum(s.status is Status.UNSCORED for s in members),
                band_counts(rates, book.bands),
            )
        )
    return sections


def _capped(total: Decimal, scores: Sequence[IndicatorScore], book: Rulebook) -> tuple[Decimal, list[Step]]:
    """The highest total another indicator allows."""
    for rule in book.caps:
        for score in scores:
            named = score.indicator.is_execution if rule.indicator == EXECUTION else rule.indicator in score.indicator.name
            if not named or score.completion is None:
                continue
            for tier in rule.tiers:
                if score.completion < tier.below and total > tier.at_most:
                    step = Step("{} {}% 低于 {}%，总分最高 {}（{}）", (rule.indicator, plain(round_to(score.completion * HUNDRED, 2)),
                                plain(tier.below * HUNDRED), plain(tier.at_most), book.cite(rule)))  # fmt: skip
                    return tier.at_most, [step]
                if score.completion < tier.below:
                    break
    return total, []


def _notes(book: Rulebook, scores: Sequence[IndicatorScore]) -> list[str]:
    """Unconfirmed parameters this evaluation rests on."""
    used = {s.rule for s in scores}
    parameters: list[tuple[str, Parameter]] = [
        ("得分取位", book.rounding), ("完成率上下限", book.completion), ("等级划分", book.grades), ("完成率分段", book.bands),
    ]  # fmt: skip
    if any(s.status is Status.NOT_APPLICABLE for s in scores):
        parameters.append(("不适用指标的处理", book.not_applicable))
    if book.execution is not None and any(s.indicator.is_execution for s in scores):
        parameters.append(("预算执行率", book.execution))
    parameters += [("总分上限", cap) for cap in book.caps]
    parameters += [(rule.title, rule) for rule in book.rules if rule.id in used]
    unconfirmed = [title for title, p in parameters if p.status is RuleStatus.UNCONFIRMED]
    notes = []
    if book.ruleset.status is not RuleStatus.CONFIRMED:
        notes.append(f"规则集“{book.ruleset.title}”的依据状态：{STATUS_TITLES[book.ruleset.status]}。")
    if unconfirmed:
        notes.append("以下参数未核实，请与本级财政部门的规定核对：" + "、".join(dict.fromkeys(unconfirmed)) + "。")
    return notes
