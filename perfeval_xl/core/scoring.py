"""Scoring one indicator: evidence → direction → rate → points → rounded score, with the trace of every step. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from perfeval_xl.core import achievement, completion
from perfeval_xl.core.case import Case, Points, Shown, finish, not_applicable, number_against_text, rounded, unfit
from perfeval_xl.core.decimals import HUNDRED, ONE, ZERO, plain
from perfeval_xl.core.direction import direction_of
from perfeval_xl.core.evidence import evidence_of, execution_evidence
from perfeval_xl.core.findings import Finding, Severity
from perfeval_xl.core.model import Direction, Indicator, IndicatorScore, Status, Step
from perfeval_xl.core.named import SPECIAL
from perfeval_xl.core.parameters import InverseRatio, LinearOverrun, Proportional
from perfeval_xl.core.quantity import Kind, Operator, Quantity
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.core.units import Relation, relation, sizes
from perfeval_xl.core.words import score_date, score_words

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_RANGE, _EQUAL, _HIGHER, _SAME, _DIFFERENT, _BLANK = Direction.RANGE, Direction.EQUAL, Direction.HIGHER, Relation.SAME, Relation.DIFFERENT, Kind.NONE

DIRECTION_TITLES = {
    Direction.HIGHER: "越大越好", Direction.LOWER: "越小越好", Direction.EQUAL: "等于目标值", Direction.RANGE: "在区间内",
    Direction.QUALITATIVE: "定性", Direction.DATE: "按期", Direction.YES_NO: "是否",
}  # fmt: skip


def score_indicator(row: Indicator, book: Rulebook, findings: list[Finding], steps: list[Step] | None = None, year: int = 0) -> IndicatorScore:
    """The score of one row, unscored rows included.

    findings: what is wrong on the way is appended. steps: where given, every step is appended, for the trace.
    year: what 本年 and a date without year mean; 0 where it is not known.
    """
    if row.is_execution:
        return _score_execution(row, book, findings, steps)
    if row.is_detail:
        return _detail(row, book, steps, year)
    seen = evidence_of(row, findings, year)
    rule = book.named_rule(row) if book.has_named_rules else None
    direction, why = direction_of(row.direction, seen.target, row.level2, row.name)
    if rule is None:
        rule = book.general.get(direction) or book.rule_for(row, direction)
    elif rule.direction is not None:
        direction, why = rule.direction, "规则规定"
    case = Case(row, book, seen, direction, rule, steps, findings)
    if steps is not None:
        _introduce(case, why)
    weight = row.weight
    if weight is None or weight.is_signed():
        return _without_weight(case)
    special = SPECIAL.get(type(rule))
    if special is not None:
        return special(case)
    return _numbers(case) if seen.are_numbers else _by_kind(case)


def _detail(row: Indicator, book: Rulebook, steps: list[Step] | None, year: int) -> IndicatorScore:
    """A 其中 row: read for the reader's sake, neither scored nor complained about."""
    seen = evidence_of(row, [], year)
    direction, why = direction_of(row.direction, seen.target, row.level2, row.name)
    case = Case(row, book, seen, direction, None, steps, [])
    if steps is not None:
        _introduce(case, why)
    case.note("其中项，不单独计分")
    return case.result(Status.DETAIL)


def _without_weight(case: Case) -> IndicatorScore:
    """A row that states an aim or a result counts for something: its weight is missing. A weight below 0 is none."""
    weight = case.row.weight
    if weight is not None:
        case.report("missing-weight", "weight", f"分值为 {plain(weight)}", "大于 0 的分值")
        return case.unscored("分值为负数")
    special = SPECIAL.get(type(case.rule))
    scored = special(case) if special is not None else _by_kind(case)
    if scored.status is Status.UNSCORED:
        case.report("missing-weight", "weight", f"“{case.row.name.strip()}”有目标值或实现值，没有分值", "该项的分值")
    return scored


def _introduce(case: Case, why: str) -> None:
    row, seen, rule = case.row, case.seen, case.rule
    case.note("目标值 {}＝“{}”，读作 {}", row.place.cell("target"), row.target, seen.target)
    case.note("实现值 {}＝“{}”，读作 {}", row.place.cell(seen.field), seen.actual.text, seen.actual)
    for text in seen.notes:
        case.note(text.replace("{", "（").replace("}", "）"))
    case.note("方向：{}（{}）", DIRECTION_TITLES[case.direction], why)
    if rule is not None:
        case.note("规则：{}（{}）", rule.title, case.book.cite(rule))


def _by_kind(case: Case) -> IndicatorScore:
    if case.seen.are_numbers:
        return _numbers(case)
    target = case.seen.target
    if target.kind is _BLANK:
        return _without_target(case)
    out = unfit(case)
    if out is not None:
        return out
    return _WAYS[target.kind](case)


def _without_target(case: Case) -> IndicatorScore:
    row, actual = case.row, case.seen.actual
    if actual.kind is _BLANK:
        if (row.weight is None and row.score is None) or achievement.says_not_applicable(row.reason, row.target, row.actual):
            return not_applicable(case)
        if row.weight is None and not row.name.strip(" /-"):
            return not_applicable(case)
    found = "目标值和实现值均为空" if actual.kind is _BLANK else "目标值为空"
    case.report("blank-target", "target", found, "批复的年度目标值")
    return case.unscored(found)


def _numbers(case: Case) -> IndicatorScore:
    seen = case.seen
    target, actual = seen.target, seen.actual
    is_change = False
    if target.trend or actual.trend:
        same_sense = completion.aligned(actual, target, case.row.name)
        if same_sense is not None:
            actual, target = same_sense.actual, same_sense.target
            is_change = bool(seen.target.change)
            case.note("{}", same_sense.how or "按同一升降方向比较")
    if actual.operator and actual.operator in _UNTOLD.get(case.direction, ()):
        case.report("text-for-number", case.seen.field, f"实现值“{case.actual_text}”只说明了范围，看不出是否达到目标值“{case.target_text}”", "实际完成的确数")
        return case.unscored("实现值不是确数")
    a, t, how = completion.in_common_unit(actual, target)
    if how is _DIFFERENT:
        return _not_comparable(case)
    if how is not _SAME:
        _tell_units(case, target, actual, (a, t), how)
    if target.kind is not actual.kind:
        a, t = _fractions(case, a, t)
    if a < ZERO <= t and (t > ZERO or case.direction is not _HIGHER):  # -1 does not reach ≥0
        if not is_change:
            case.report("negative-actual", case.seen.field, f"实现值“{case.actual_text}”", "不小于 0 的数")
        case.note("实现值为负数（{}），按 0 计算", a)
        a = ZERO
    if a == t and target.operator in _STRICT:
        case.note("目标值为“{}”，实现值恰好等于目标值，没有严格{}；按规则视同达到", target.operator, "超过" if target.operator is Operator.MORE else "低于")
    if case.direction is _RANGE:
        case.direction = _EQUAL
    return _by_share(case, a, t)


_UNTOLD = {Direction.HIGHER: frozenset({Operator.LESS, Operator.AT_MOST}), Direction.LOWER: frozenset({Operator.MORE, Operator.AT_LEAST})}
"""An actual that only names the end which does not count: 未达到95% where more is better."""
_STRICT = frozenset({Operator.MORE, Operator.LESS})


def _not_comparable(case: Case) -> IndicatorScore:
    target = case.seen.target
    case.report("unit-mismatch", case.seen.field, f"目标值“{case.target_text}”，实现值“{case.actual_text}”，不是同一种计量单位",
                f"以“{target.unit.symbol}”为单位的实现值", Severity.ERROR)  # fmt: skip
    return case.unscored("计量单位不同")


_FAR = Decimal(100)


def _tell_units(case: Case, target: Quantity, actual: Quantity, values: tuple[Decimal, Decimal], how: Relation) -> None:
    """What was done about units that are not the same. values: actual and target in the common one."""
    a, t = values
    if how is Relation.COUNTED:
        case.report("unit-mismatch", case.seen.field, f"目标值单位“{target.unit.symbol}”，实现值单位“{actual.unit.symbol}”，已按数字直接比较",
                    f"以“{target.unit.symbol}”为单位的实现值")  # fmt: skip
    elif how is Relation.ASSUMED:
        _assumed(case, target, actual, a, t)
    elif how is Relation.CONVERTIBLE:
        case.note("单位换算：{} 与 {} 换算为同一单位，{}：{}", actual, target, plain(a), plain(t))


def _assumed(case: Case, target: Quantity, actual: Quantity, a: Decimal, t: Decimal) -> None:
    """One side names no unit: it is taken in the other's, which is doubtful where the two then lie far apart (元 for 万元)."""
    which, other = ("实现值", target) if not actual.unit.dimension else ("目标值", actual)
    case.note("{}未写单位，按“{}”理解", which, other.unit.symbol)
    if other.unit.dimension != "ratio" and t > ZERO and a > ZERO and (a >= _FAR * t or t >= _FAR * a):
        case.report("unit-mismatch", case.seen.field, f"目标值“{case.target_text}”，实现值“{case.actual_text}”，{which}没有写单位，按“{other.unit.symbol}”计算后相差悬殊",
                    f"写明单位，如“{plain(actual.value or ZERO)}{other.unit.symbol.lstrip('万亿')}”")  # fmt: skip


def _fractions(case: Case, a: Decimal, t: Decimal) -> tuple[Decimal, Decimal]:
    """0.95 beside 95%, on either side, is counted as 95 %, and said so."""
    target, actual = case.seen.target, case.seen.actual
    if completion.looks_like_fraction(actual, target):
        a *= HUNDRED
        where, value = case.seen.field, a
    elif completion.looks_like_fraction(target, actual):
        t *= HUNDRED
        where, value = "target", t
    else:
        if actual.kind is Kind.NUMBER and not actual.unit.symbol and ZERO < a < ONE <= t:  # 0.05 beside 5%: either is possible
            case.report("out-of-range-percent", case.seen.field, f"目标值“{case.target_text}”，实现值“{case.actual_text}”没有写“%”，已按 {plain(a)}% 计算",
                        f"{plain(a)}% 或 {plain(a * HUNDRED)}%")  # fmt: skip
        return a, t
    case.report("out-of-range-percent", where, f"目标值“{case.target_text}”，实现值“{case.actual_text}”，已按 {plain(value)}% 计算", f"{plain(value)}%")
    return a, t


def _by_share(case: Case, a: Decimal, t: Decimal) -> IndicatorScore:
    """Rules whose points are a share of the weight: proportional, linear overrun, inverse ratio."""
    if t <= ZERO:
        return _by_reaching(case, a, t)
    rule = case.rule
    if type(rule) is Proportional:  # the common way, without words unless someone reads them
        rate = a / t
        if case.steps is not None:
            case.note("完成率＝{}÷{}{}", a, t, Shown(rate))
    elif type(rule) is LinearOverrun:
        rate = completion.linear_overrun(a, t)
        if case.steps is not None:
            case.note("实现值 {}，上限 {}：完成率＝1－（实现值－目标值）÷目标值，最高 1、最低 0；完成率{}", a, t, Shown(rate))
    elif type(rule) is InverseRatio:
        rate = completion.inverse_ratio(a, t)
        if case.steps is not None:
            case.note("实现值 {}，上限 {}：完成率＝目标值÷实现值，最高 1；完成率{}", a, t, Shown(rate))
    else:
        rate = completion.proportional(a, t)
        case.note("完成率＝{}÷{}{}", a, t, Shown(rate))
    return finish(case, rate)


def _by_reaching(case: Case, a: Decimal, t: Decimal) -> IndicatorScore:
    """A target of 0 or less has no ratio: reached, or not."""
    if t == 0 and case.direction is _EQUAL:
        rate = completion.zero_target(a)
    elif isinstance(case.rule, LinearOverrun | InverseRatio):
        rate = completion.linear_overrun(a, t)
    else:
        rate = completion.proportional(a, t)
    case.note("目标值 {}，实现值 {}：目标值不大于0，不计算比率，按是否达到判断：{}", t, a, "达到，完成率＝1" if rate == ONE else "未达到，完成率＝0")
    return finish(case, rate)


def _range(case: Case) -> IndicatorScore:
    target, actual = case.seen.target, case.seen.actual
    if not actual.is_number:
        return number_against_text(case)
    if target.change or actual.change:
        same_sense = completion.aligned(actual, target, case.row.name)
        if same_sense is not None:
            actual, target = same_sense.actual, same_sense.target
            case.note("{}", same_sense.how or "按同一升降方向比较")
    if completion.in_common_unit(actual, target)[2] is _DIFFERENT:
        return _not_comparable(case)
    assert actual.value is not None  # noqa: S101  # is_number
    own, aim = sizes(actual.unit, target.unit)
    a = actual.value if own == aim else actual.value * own / aim
    if target.unit.dimension == "ratio" and target.upper is not None:
        seen = case.seen
        case.seen = replace(seen, target=target._replace(kind=Kind.PERCENT, value=target.upper))
        a, _ = _fractions(case, a, target.upper)
        case.seen = seen
    if relation(actual.unit, target.unit) is Relation.ASSUMED and target.upper is not None:
        _assumed(case, target, actual, actual.value * own, target.upper * aim)
    gap = completion.within(a, target)
    case.note("目标区间 {}，实现值 {}，{}", target, plain(a), "在区间内" if gap == 0 else f"偏离 {plain(gap)}")
    return finish(case, ONE if gap == 0 else ZERO)


def _score_execution(row: Indicator, book: Rulebook, findings: list[Finding], steps: list[Step] | None) -> IndicatorScore:
    """Budget execution: spending over budget, at most the weight."""
    case = Case(row, book, execution_evidence(row), _HIGHER, None, steps, findings)
    target, actual = case.seen.target, case.seen.actual
    case.note("预算数 {}＝“{}”，执行数 {}＝“{}”", row.place.cell("target"), row.target, row.place.cell("actual"), row.actual)
    for text in case.seen.notes:
        case.note(text)
    if target.kind is _BLANK or actual.kind is _BLANK:
        if target.kind is _BLANK and actual.kind is _BLANK and row.weight is None:
            return not_applicable(case)
        missing = "target" if target.kind is _BLANK else "actual"
        case.report("blank-" + missing, missing, "预算数为空" if missing == "target" else "执行数为空", "金额")
        return case.unscored("预算数或执行数为空")
    if not (target.is_number and actual.is_number):
        return unfit(case) or number_against_text(case)
    a, t, how = completion.in_common_unit(actual, target)
    if how is _DIFFERENT:
        return _not_comparable(case)
    if t <= 0:
        case.report("fund-total-not-summed", "target", f"预算数为“{row.target.strip()}”，执行数为“{row.actual.strip()}”，无法计算执行率", "各来源预算数之和，大于 0")
        return case.unscored("预算数不大于 0，无法计算执行率")
    if a < 0:
        case.report("negative-actual", "actual", f"执行数“{row.actual.strip()}”", "不小于 0 的数")
        case.note("执行数为负数（{}），按 0 计算", a)
        a = ZERO
    rate = a / t
    if book.execution is not None:
        case.note("规则：预算执行率（{}）", book.cite(book.execution))
    case.note("执行率＝{}÷{}{}", a, t, Shown(rate))
    if row.weight is None:
        case.note("表格和规则集都没有给预算执行率分值，只列出执行率，不计分")
        return case.result(Status.DETAIL, rate)
    if row.weight < 0:
        case.report("missing-weight", "weight", f"分值为 {plain(row.weight)}", "大于 0 的分值")
        return case.unscored("分值为负数", rate)
    counted = min(rate, ONE)
    return rounded(case, rate, row.weight * counted, Points(row.weight, counted))


_WAYS: dict[Kind, Callable[[Case], IndicatorScore]] = {
    Kind.NUMBER: number_against_text, Kind.PERCENT: number_against_text, Kind.RANGE: _range, Kind.DATE: score_date,
    Kind.QUALITATIVE: score_words, Kind.YES_NO: score_words,
}  # fmt: skip
