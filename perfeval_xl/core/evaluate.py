"""Evaluation: a submission and a rule set in, every score, sum, grade and finding out. Pure."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from perfeval_xl.core.case import settled
from perfeval_xl.core.checks.scores import check_reported_scores
from perfeval_xl.core.decimals import HUNDRED, ONE, ZERO, plain, round_to
from perfeval_xl.core.findings import Finding
from perfeval_xl.core.grades import band_counts, grade_of
from perfeval_xl.core.memory import without_cycle_search
from perfeval_xl.core.model import Evaluation, Fund, Indicator, IndicatorScore, Section, Status, Step, Submission
from perfeval_xl.core.parameters import STATUS_TITLES, ExecutionRule, Parameter, RuleStatus
from perfeval_xl.core.ruleset import Rulebook, Ruleset
from perfeval_xl.core.scoring import score_indicator
from perfeval_xl.core.weighting import scaled, weight_sum

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_SCORED, _ALTERNATIVE, _NOT_APPLICABLE, _UNSCORED, _DETAIL = Status.SCORED, Status.ALTERNATIVE, Status.NOT_APPLICABLE, Status.UNSCORED, Status.DETAIL

EXECUTION = "预算执行率"


def evaluate(submission: Submission, ruleset: Ruleset, reason: str = "", day: datetime.date | None = None) -> Evaluation:
    """Scores every row of a submission.

    reason: why this rule set, for the answer. day: what must be in force; the last day of the submission's year by default,
    and the last day a year can have where the submission names none.
    Raises: LookupError where the rule set has nothing in force on that day.
    """
    with without_cycle_search():
        return _evaluate(submission, ruleset, reason, day)


def _evaluate(submission: Submission, ruleset: Ruleset, reason: str, day: datetime.date | None) -> Evaluation:
    day = day or datetime.date(submission.year or _LAST_YEAR, 12, 31)
    book = ruleset.at(day)
    findings: list[Finding] = []
    year = _year(submission, day)
    scores = [score_indicator(row, book, findings, None, year) for row in _with_execution(submission, book)]
    scores, steps = _either_or(scores, book)
    own = scores
    scores, free, more = _redistributed(scores, book)
    steps += more
    findings += check_reported_scores(scores, own)
    findings = [*submission.findings, *_cleared(findings, submission.findings, scores)]
    sections, raw = _sections(scores, submission, book)
    total = round_to(raw, book.rounding.total_places, book.rounding.mode)
    steps.append(Step("总分＝各项得分之和＝{}", (raw,)))
    if total != raw:
        steps.append(Step("总分保留 {} 位小数，得 {}", (book.rounding.total_places, total)))
    total, capped = _capped(total, scores, book)
    steps += capped
    weight = weight_sum(s.weight for s in sections)
    unscored = sum(s.unscored for s in sections)
    is_whole = not unscored and any(s.score is not None for s in sections)
    grade = grade_of(total, weight, book.grades) if is_whole else None
    reported = next((t.score for t in submission.totals if not t.section), None)
    return Evaluation(
        submission, ruleset.id, ruleset.status.value, reason, scores, sections, weight, total, reported, grade, unscored,
        findings, day, steps, _notes(book, scores) + _notes_on_form(submission, book, scores, weight) + _note_on_base(submission, book) + _notes_on_rows(scores, free), free,
    )  # fmt: skip


_LAST_YEAR = 9999
_ASIDE = frozenset({Status.ALTERNATIVE, Status.DETAIL})
"""Rows that are shown and count for nothing."""


def _year(submission: Submission, day: datetime.date) -> int:
    """The year that 本年 and dates without a year mean; 0 where nothing says it."""
    return submission.year or (day.year if day.year != _LAST_YEAR else 0)


def trace(evaluation: Evaluation, ruleset: Ruleset) -> list[list[Step]]:
    """The way to each score, in the order of `evaluation.scores`: scored once more, every step written down.

    ruleset: the one the evaluation was made with. Rules are pure, so the second run goes the same way as the first.
    """
    book = ruleset.at(evaluation.day)
    year = _year(evaluation.submission, evaluation.day)
    traces: list[list[Step]] = []
    for score in evaluation.scores:
        steps: list[Step] = []
        score_indicator(score.indicator, book, [], steps, year)
        traces.append([*steps, *score.adjustments])
    return traces


_BASES = ("annual", "adjusted", "initial")


def _with_execution(submission: Submission, book: Rulebook) -> list[Indicator]:
    """The rows, led by budget execution: by the rule set's base, or the next that is filled in."""
    rows, form = list(submission.indicators), submission.execution
    if form is None or any(r.is_execution or r.name == EXECUTION for r in rows):  # a table with a row of its own for it counts that one
        return rows
    rule, fund = book.execution, form.total
    base = _base(fund, rule)
    columns = {**fund.place.columns, "target": fund.place.columns.get(base, "")}
    weight = form.weight
    if weight is None and rule is not None and weight_sum(r.weight for r in rows) != HUNDRED:
        weight = rule.weight  # a form whose indicators make up the hundred without it shows it and does not count it
    row = Indicator(
        EXECUTION, "", EXECUTION, fund.budgets.get(base, ""), fund.spent, weight, fund.rate, form.score, unit=form.unit,
        place=fund.place._replace(columns=columns), is_execution=True,
    )  # fmt: skip
    return [row, *rows]


def _base(fund: Fund, rule: ExecutionRule | None) -> str:
    """The budget that spending is held against: the rule set's, or the next that is filled in."""
    bases = ((rule.base,) if rule else ()) + _BASES
    return next((b for b in bases if fund.budgets.get(b, "").strip()), next(iter(fund.budgets), ""))


_BASE_TITLES = {"initial": "年初预算数", "annual": "全年预算数", "adjusted": "调整后预算数"}


def _notes_on_form(submission: Submission, book: Rulebook, scores: Sequence[IndicatorScore], weight: Decimal) -> list[str]:
    """What score and grade do not rest on, and rules that are another form's: no fault of the table, and yet to be known."""
    notes = []
    rule = book.execution
    if rule is not None and weight == HUNDRED - rule.weight and not any(s.indicator.is_execution for s in scores):
        notes.append(f"表中没有资金情况和预算执行率（{plain(rule.weight)} 分），得分和等级只依据其余 {plain(weight)} 分。")
    if submission.form == "department" and book.ruleset.form == "project":
        notes.append(f"本表是部门整体支出自评表，而规则集“{book.ruleset.title}”用于项目支出，满分、取位和等级可能与本地规定不同。请改用部门整体支出的规则集。")
    return notes


def _note_on_base(submission: Submission, book: Rulebook) -> list[str]:
    """Another budget than the rule set names was used, since that one is blank."""
    form, rule = submission.execution, book.execution
    if form is None or rule is None or not any(t.strip() for t in form.total.budgets.values()):
        return []
    base = _base(form.total, rule)
    return [] if base == rule.base else [f"规则规定预算执行率以{_BASE_TITLES[rule.base]}为基数，表中该数为空，已按{_BASE_TITLES[base]}计算。"]


_LACKS = frozenset({"blank-target", "blank-actual", "blank-full-marks", "missing-weight", "missing-score", "text-for-number"})
_FAULTS = frozenset({"error-cell", "uncalculated-formula"})


def _cleared(findings: list[Finding], read: Sequence[Finding], scores: Sequence[IndicatorScore]) -> list[Finding]:
    """Without what is no lack: cells that hold an error or a formula are not blank, and the other one of an either-or pair may be.

    read: findings of the reader, which come first and are not said twice.
    """
    quiet = {(f.location.sheet, f.location.cell) for f in read if f.kind.kind in _FAULTS}
    told = {(f.kind.kind, f.location) for f in read}
    if quiet:
        for score in scores:
            place = score.indicator.place
            if (place.sheet, place.cell("target")) in quiet or (place.sheet, place.cell("actual")) in quiet:
                quiet.add((place.sheet, place.cell("score")))
    for score in scores:
        if score.status is _ALTERNATIVE:
            place = score.indicator.place
            quiet.update((place.sheet, place.cell(name)) for name in place.columns)
    if not quiet and not told:
        return findings
    return [f for f in findings if (f.kind.kind not in _LACKS or (f.location.sheet, f.location.cell) not in quiet) and (f.kind.kind, f.location) not in told]


def _either_or(scores: list[IndicatorScore], book: Rulebook) -> tuple[list[IndicatorScore], list[Step]]:
    steps: list[Step] = []
    for rule in book.either_or:
        group = [i for i, s in enumerate(scores) if s.status is not _DETAIL and any(name in s.indicator.name for name in rule.names)]
        chosen = next((i for i in group if scores[i].status is _SCORED), None)
        if chosen is None or len(group) < 2:
            continue
        for i in group:
            if i != chosen:
                note = Step("与“{}”二选一，不重复计分（{}）", (scores[chosen].indicator.name, book.cite(rule)))
                scores[i] = scores[i]._replace(status=_ALTERNATIVE, score=None, adjustments=(note,))
        steps.append(Step("“{}”二选一，采用“{}”", ("”“".join(rule.names), scores[chosen].indicator.name)))
    return scores, steps


def _redistributed(scores: list[IndicatorScore], book: Rulebook) -> tuple[list[IndicatorScore], Decimal, list[Step]]:
    """Rows that do not apply give their weight to all other scored ones, in proportion; budget execution keeps its own.

    Returns: the scores, the weight that was given away, and the steps of the total.
    """
    dropped = [s for s in scores if s.status is _NOT_APPLICABLE and s.weight]
    if not dropped or book.not_applicable.policy != "redistribute":
        return scores, ZERO, []
    rest = [i for i, s in enumerate(scores) if s.status is _SCORED and s.weight and not s.indicator.is_execution]
    if not rest:
        return scores, ZERO, []
    out = list(scores)
    free = weight_sum(s.weight for s in dropped)
    old = [scores[i].weight or ZERO for i in rest]
    new = scaled(old, weight_sum(old) + free)
    for i, was, now in zip(rest, old, new, strict=True):
        score = scores[i]
        raw = (score.raw or ZERO) * now / was  # from the unrounded score: rounded once
        is_met = score.score == was
        value = now if is_met else settled(raw, book.rounding)
        note = Step("其他指标不适用，分值由 {} 调整为 {}，得分相应为 {}", (was, now, value))
        out[i] = score._replace(weight=now, score=value, raw=raw, adjustments=(*score.adjustments, note))
    for i, score in enumerate(scores):
        if score.status is _NOT_APPLICABLE:
            out[i] = score._replace(weight=ZERO)
    return out, free, [Step("不适用指标的分值合计 {}，按比例分给其余 {} 项指标", (free, len(rest)))]


def _sections(scores: Sequence[IndicatorScore], submission: Submission, book: Rulebook) -> tuple[list[Section], Decimal]:
    """Rows grouped by their first level, in sheet order, and the unrounded sum of all of them."""
    groups: defaultdict[str, list[IndicatorScore]] = defaultdict(list)
    for score in scores:
        if score.status not in _ASIDE:
            groups[score.indicator.level1].append(score)
    reported = {t.section: t.score for t in submission.totals if t.section and t.score is not None}
    sections, whole = [], ZERO
    for name, members in groups.items():
        done = [value for s in members if (value := s.score) is not None]
        raw = sum(done, ZERO)
        whole += raw
        rates = [ONE if (rate := s.completion) is None else rate for s in members if s.status is _SCORED]
        sections.append(
            Section(
                name,
                weight_sum(s.weight for s in members),
                round_to(raw, book.rounding.total_places, book.rounding.mode) if done else None,
                reported.get(name),
                len(members),
                [s.status for s in members].count(_UNSCORED),
                band_counts(rates, book.bands),
            )
        )
    return sections, whole


def _capped(total: Decimal, scores: Sequence[IndicatorScore], book: Rulebook) -> tuple[Decimal, list[Step]]:
    """The highest total another indicator allows."""
    for rule in book.caps:
        for score in scores:
            named = rule.indicator in score.indicator.name or (rule.indicator == EXECUTION and score.indicator.is_execution)
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
    if any(s.status is _NOT_APPLICABLE and not s.indicator.is_execution for s in scores):
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


_NAMED_CELLS = 100


def _notes_on_rows(scores: Sequence[IndicatorScore], free: Decimal) -> list[str]:
    """What a person should look at: scores taken over from the form, weights given to other rows."""
    notes = []
    adopted = [s for s in scores if s.is_adopted]
    if adopted:
        notes.append(f"以下定性指标的文字未表明完成等次，采用填报得分，请核对：{_cells(adopted, 'score')}。")
    if free:
        dropped = [s for s in scores if s.status is _NOT_APPLICABLE and not s.indicator.is_execution and s.indicator.weight]
        notes.append(f"本年不适用的指标（{_cells(dropped, 'actual')}）分值合计 {plain(free)}，已按比例分给其余指标，合计得分按调整后的分值计算。")
    return notes


def _cells(scores: Sequence[IndicatorScore], name: str) -> str:
    """Cells with the indicators' names; of very many, the first."""
    shown = []
    for score in scores[:_NAMED_CELLS]:
        row = score.indicator
        label = row.name.strip()
        shown.append(f"{row.place.cell(name) or row.place.cell('name')}“{label if len(label) <= 30 else label[:29] + '…'}”")
    return "、".join(shown) + (f"等 {len(scores)} 处" if len(scores) > _NAMED_CELLS else "")
