"""Scoring one indicator: evidence → direction → rate → points → rounded score, with the trace of every step. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core import completion, points
from perfeval_xl.core.completion import Achievement
from perfeval_xl.core.dates import Timing, timing
from perfeval_xl.core.decimals import HUNDRED, ONE, ZERO, Rounding, plain, round_to
from perfeval_xl.core.direction import direction_of
from perfeval_xl.core.evidence import Evidence, evidence_of, execution_evidence
from perfeval_xl.core.findings import Finding, Severity, finding
from perfeval_xl.core.model import Direction, Indicator, IndicatorScore, Status, Step
from perfeval_xl.core.quantity import Kind, as_date, parse
from perfeval_xl.core.ruleset import (
    AnyRule,
    Checklist,
    DateRule,
    IntervalTable,
    InverseRatio,
    LinearOverrun,
    Parameter,
    PerPoint,
    Proportional,
    Rulebook,
    Steps,
)
from perfeval_xl.core.units import Relation

DIRECTION_TITLES = {
    Direction.HIGHER: "越大越好", Direction.LOWER: "越小越好", Direction.EQUAL: "等于目标值", Direction.RANGE: "在区间内",
    Direction.QUALITATIVE: "定性", Direction.DATE: "按期", Direction.YES_NO: "是否",
}  # fmt: skip
MODE_TITLES = {Rounding.HALF_UP: "四舍五入", Rounding.CUT: "舍去"}


@dataclass(slots=True)
class _Case:
    """One row on its way to a score."""

    row: Indicator
    book: Rulebook
    seen: Evidence
    direction: Direction
    rule: AnyRule | None
    steps: list[Step] | None
    findings: list[Finding]

    def note(self, template: str, *values: object) -> None:
        if self.steps is not None:
            self.steps.append(Step(template, values))

    def report(self, kind: str, field: str, found: str, expected: str = "", severity: Severity | None = None) -> None:
        self.findings.append(finding(kind, self.row.place.location(field), found, expected, severity))

    def result(self, status: Status, rate: Decimal | None = None, score: Decimal | None = None) -> IndicatorScore:
        return IndicatorScore(
            self.row, self.direction, self.seen.target, self.seen.actual, status, rate, self.row.weight, score,
            self.rule.id if self.rule is not None else "", self.seen.field,
        )  # fmt: skip

    def unscored(self, why: str, rate: Decimal | None = None) -> IndicatorScore:
        self.note("不计分：{}", why)
        return self.result(Status.UNSCORED, rate)


def score_indicator(row: Indicator, book: Rulebook, findings: list[Finding], steps: list[Step] | None = None) -> IndicatorScore:
    """The score of one row, unscored rows included.

    findings: what is wrong on the way is appended. steps: where given, every step is appended, for the trace.
    """
    if row.is_execution:
        return _score_execution(row, book, findings, steps)
    seen = evidence_of(row, findings)
    rule = book.named_rule(row) if book.has_named_rules else None
    direction, why = direction_of(row.direction, seen.target, row.level2, row.name)
    if rule is None:
        rule = book.general.get(direction) or book.rule_for(row, direction)
    elif rule.direction is not None:
        direction, why = rule.direction, "规则规定"
    case = _Case(row, book, seen, direction, rule, steps, findings)
    if steps is not None:
        _introduce(case, why)
    special = _SPECIAL.get(type(rule))
    return special(case) if special is not None else _by_kind(case)


def _introduce(case: _Case, why: str) -> None:
    row, seen, rule = case.row, case.seen, case.rule
    case.note("目标值 {}＝“{}”，读作 {}", row.place.cell("target"), row.target, seen.target)
    case.note("实现值 {}＝“{}”，读作 {}", row.place.cell(seen.field), seen.actual.text, seen.actual)
    for text in seen.notes:
        case.note(text.replace("{", "（").replace("}", "）"))
    case.note("方向：{}（{}）", DIRECTION_TITLES[case.direction], why)
    if rule is not None:
        case.note("规则：{}（{}）", rule.title, case.book.cite(rule))


def _by_kind(case: _Case) -> IndicatorScore:
    target, actual = case.seen.target, case.seen.actual
    if target.is_number and actual.is_number:
        return _numbers(case)
    if target.kind is Kind.NONE:
        return _without_target(case)
    unfit = _unfit(case)
    if unfit is not None:
        return unfit
    return _WAYS[target.kind](case)


def _without_target(case: _Case) -> IndicatorScore:
    row, actual = case.row, case.seen.actual
    if actual.kind is Kind.NONE:
        if (row.weight is None and row.score is None) or completion.says_not_applicable(row.reason, row.target, row.actual):
            return _not_applicable(case)
        if row.weight is None and not row.name.strip(" /-"):
            return _not_applicable(case)
    found = "目标值和实现值均为空" if actual.kind is Kind.NONE else "目标值为空"
    case.report("blank-target", "target", found, "批复的年度目标值")
    return case.unscored(found)


def _unfit(case: _Case) -> IndicatorScore | None:
    """Cells that hold nothing, two things or nothing readable."""
    row, target, actual = case.row, case.seen.target, case.seen.actual
    if actual.kind is Kind.NONE:
        if completion.says_not_applicable(row.actual, row.reason):
            return _not_applicable(case)
        case.report("blank-actual", "actual", f"实现值为“{row.actual.strip()}”" if row.actual.strip() else "实现值为空",
                    f"与目标值“{row.target.strip()}”对应的实际完成情况")  # fmt: skip
        return case.unscored("实现值为空")
    for field, quantity, title in (("target", target, "目标值"), (case.seen.field, actual, "实现值")):
        if quantity.kind is Kind.SEVERAL:
            case.report("several-quantities", field, f"{title}“{quantity.text.strip()}”中有 {len(quantity.parts)} 个数量：{quantity}", "一个数量")
            return case.unscored(f"{title}中有多个数量")
        if quantity.kind is Kind.UNREADABLE:
            case.report("text-for-number", field, f"{title}“{quantity.text.strip()}”无法读作确定的数量", "数值和单位，如“95%”“2.6亿元”")
            return case.unscored(f"{title}无法读取")
    return None


def _not_applicable(case: _Case) -> IndicatorScore:
    rule = case.book.not_applicable
    if rule.policy == "full" and case.row.weight is not None:
        case.note("本年不适用，按规定得满分 {}（{}）", case.row.weight, case.book.cite(rule))
        return case.result(Status.SCORED, None, case.row.weight)
    case.note("本年不适用，不计入，其余指标分值按比例放大（{}）", case.book.cite(rule))
    return case.result(Status.NOT_APPLICABLE)


def _numbers(case: _Case) -> IndicatorScore:
    target, actual = case.seen.target, case.seen.actual
    a, t, how = completion.in_common_unit(actual, target)
    if how is Relation.DIFFERENT:
        case.report("unit-mismatch", case.seen.field, f"目标值“{target.text.strip()}”，实现值“{actual.text.strip()}”，不是同一种计量单位",
                    f"以“{target.unit.symbol}”为单位的实现值", Severity.ERROR)  # fmt: skip
        return case.unscored("计量单位不同")
    if how is Relation.COUNTED:
        case.report("unit-mismatch", case.seen.field, f"目标值单位“{target.unit.symbol}”，实现值单位“{actual.unit.symbol}”，已按数字直接比较",
                    f"以“{target.unit.symbol}”为单位的实现值")  # fmt: skip
    elif how is Relation.CONVERTIBLE:
        case.note("单位换算：{} 与 {} 换算为同一单位，{}：{}", actual, target, plain(a), plain(t))
    if target.kind is Kind.PERCENT and completion.looks_like_fraction(actual, target):
        a *= HUNDRED
        case.report("out-of-range-percent", case.seen.field, f"目标值“{target.text.strip()}”，实现值“{actual.text.strip()}”，已按 {plain(a)}% 计算",
                    f"{plain(a)}%")  # fmt: skip
    if a < 0 <= t:
        case.report("negative-actual", case.seen.field, f"实现值“{actual.text.strip()}”", "不小于 0 的数")
        a = ZERO
    if case.direction is Direction.RANGE:
        case.direction = Direction.EQUAL
    return _by_share(case, a, t)


def _by_share(case: _Case, a: Decimal, t: Decimal) -> IndicatorScore:
    """Rules whose points are a share of the weight: proportional, linear overrun, inverse ratio."""
    if type(case.rule) is Proportional and t > 0:  # the common way, without words unless someone reads them
        rate = a / t
        if case.steps is not None:
            case.note("完成率＝{}÷{}＝{}", a, t, _Shown(rate))
    elif t == 0 and case.direction is Direction.EQUAL:
        rate = completion.zero_target(a)
        case.note("目标值为 0，实现值 {}：完成率＝{}", a, rate)
    elif isinstance(case.rule, LinearOverrun):
        rate = completion.linear_overrun(a, t)
        case.note("实现值 {}，上限 {}：完成率＝1－（实现值－目标值）÷目标值，最高 1、最低 0，＝{}", a, t, _Shown(rate))
    elif isinstance(case.rule, InverseRatio):
        rate = completion.inverse_ratio(a, t)
        case.note("实现值 {}，上限 {}：完成率＝目标值÷实现值，最高 1，＝{}", a, t, _Shown(rate))
    else:
        rate = completion.proportional(a, t)
        case.note("完成率＝{}÷{}＝{}", a, t, _Shown(rate))
    return _finish(case, rate)


class _Shown(NamedTuple):
    """A number shown with a few decimals; put into words only when someone reads the trace, as its neighbours are."""

    value: Decimal
    places: int = 4

    def __str__(self) -> str:
        return plain(round_to(self.value, self.places))


class _Percent(NamedTuple):
    value: Decimal

    def __str__(self) -> str:
        return plain(self.value * HUNDRED)


class _Product(NamedTuple):
    weight: Decimal
    rate: Decimal

    def __str__(self) -> str:
        return f"{plain(self.weight)}×{plain(round_to(self.rate, 4))}"


class _Citation(NamedTuple):
    book: Rulebook
    parameter: Parameter

    def __str__(self) -> str:
        return self.book.cite(self.parameter)


def _finish(case: _Case, rate: Decimal) -> IndicatorScore:
    """Cap, floor, weight, rounding."""
    limits, counted = case.book.completion, rate
    if counted > limits.cap:
        counted = limits.cap
        case.note("超过上限，按 {}% 计分", _Percent(limits.cap))
    elif counted < limits.floor:
        counted = ZERO
        case.note("低于 {}%，得 0 分（{}）", _Percent(limits.floor), _Citation(case.book, limits))
    rounding = case.book.rounding
    if rounding.rate_places is not None:
        counted = round_to(counted * HUNDRED, rounding.rate_places, rounding.mode) / HUNDRED
        case.note("完成率先取 {} 位小数：{}%", rounding.rate_places, plain(counted * HUNDRED))
    weight = case.row.weight
    if weight is None:
        return case.unscored("分值为空", rate)
    return _rounded(case, rate, weight * counted, _Product(weight, counted) if case.steps is not None else "")


def _rounded(case: _Case, rate: Decimal | None, raw: Decimal, how: object) -> IndicatorScore:
    rounding, weight = case.book.rounding, case.row.weight
    if raw == weight and rounding.met == "keep-weight":
        if case.steps is not None:
            case.note("得分＝分值＝{}", weight)
        return case.result(Status.SCORED, rate, weight)
    score = round_to(raw, rounding.score_places, rounding.mode)
    if case.steps is not None:
        case.note("得分＝{}＝{}，{}保留 {} 位小数＝{}", how, _Shown(raw, 6), MODE_TITLES[rounding.mode], rounding.score_places, score)
    return case.result(Status.SCORED, rate, score)


def _number_against_text(case: _Case) -> IndicatorScore:
    target, actual = case.seen.target, case.seen.actual
    if actual.kind is Kind.RANGE:
        case.report("several-quantities", case.seen.field, f"实现值“{actual.text.strip()}”是一个区间", "一个确数")
        return case.unscored("实现值是区间")
    case.report("text-for-number", case.seen.field, f"目标值“{target.text.strip()}”是数值，实现值为“{actual.text.strip()}”",
                f"实际完成的数值{'，单位“' + target.unit.symbol + '”' if target.unit.symbol else ''}")  # fmt: skip
    return case.unscored("实现值不是数值")


def _range(case: _Case) -> IndicatorScore:
    target, actual = case.seen.target, case.seen.actual
    if not actual.is_number:
        return _number_against_text(case)
    a, _, how = completion.in_common_unit(actual, target)
    if how is Relation.DIFFERENT:
        return _numbers(case)
    if how is Relation.CONVERTIBLE:
        assert target.value is not None  # noqa: S101
        a = a / target.unit.size
    gap = completion.within(a, target)
    case.note("目标区间 {}，实现值 {}，{}", target, plain(a), "在区间内" if gap == 0 else f"偏离 {plain(gap)}")
    return _finish(case, ONE if gap == 0 else ZERO)


def _date(case: _Case) -> IndicatorScore:
    target, actual = case.seen.target, case.seen.actual
    if actual.kind is Kind.NUMBER:
        actual = as_date(actual) or actual
    late = case.rule.late if isinstance(case.rule, DateRule) else ZERO
    if actual.kind is Kind.DATE and actual.span is not None and target.span is not None:
        how = timing(actual.span, target.span)
        if how is Timing.UNDECIDED:
            case.report("text-for-number", case.seen.field, f"实现日期“{actual.text.strip()}”不够具体，无法判断是否早于“{target.text.strip()}”", "完整日期，如“2023年12月30日”")
            return case.unscored("实现日期不够具体")
        is_on_time = how is Timing.ON_TIME
        case.note("期限 {}，完成于 {}：{}", target.span.end, actual.span, "按期" if is_on_time else "逾期")
    else:
        says = completion.says_on_time(actual)
        if says is None:
            case.report("text-for-number", case.seen.field, f"目标值“{target.text.strip()}”是期限，实现值为“{actual.text.strip()}”，看不出完成日期", "完成日期，或“按期完成”")
            return case.unscored("看不出完成日期")
        is_on_time = says
        case.note("实现值“{}”：{}", actual.text, "按期" if says else "逾期")
    return _finish(case, ONE if is_on_time else late)


def _words(case: _Case) -> IndicatorScore:
    """Qualitative and yes/no targets."""
    target, actual = case.seen.target, case.seen.actual
    if actual.kind is Kind.PERCENT and actual.value is not None:
        rate = max(actual.value * actual.unit.size / HUNDRED, ZERO)
        case.note("定性目标，实现值以百分比表示：完成率＝{}", _Shown(rate))
        return _finish(case, rate)
    if actual.kind is Kind.NUMBER:
        case.report("text-for-number", "target", f"目标值“{target.text.strip()}”是文字，实现值“{actual.text.strip()}”是数值，无法比较", "可衡量的数值目标，或定性的实现情况")
        return case.unscored("目标值是文字，实现值是数值")
    level = completion.achievement(target, actual)
    if level is None:
        rate_cell = parse(case.row.rate) if case.row.rate else None
        if rate_cell is not None and rate_cell.kind is Kind.PERCENT and rate_cell.value is not None:
            case.note("文字未表明完成等次，按填报的完成率 {} 计算", rate_cell)
            return _finish(case, max(rate_cell.value * rate_cell.unit.size / HUNDRED, ZERO))
    return _by_level(case, level)


def _by_level(case: _Case, level: Achievement | None) -> IndicatorScore:
    rule = case.book.qualitative
    weight, reported = case.row.weight, case.row.score if case.row.score_rows == 1 else None
    if rule is None:
        return case.unscored("规则集没有定性指标的评分规则")
    if level is None:
        if weight and reported is not None and ZERO <= reported <= weight:
            share = reported / weight
            chosen = next(lv for lv in rule.levels if share >= lv.from_share)
            case.note("定性指标，文字未表明等次，采用填报得分 {}，相当于“{}”", reported, chosen.name)
            return case.result(Status.SCORED, share, reported)
        case.report("qualitative-band", case.seen.field, f"从“{case.seen.actual.text.strip()}”看不出达成等次，且没有填报得分", "达成、部分达成或未达成")
        return case.unscored("看不出达成等次")
    band = next(lv for lv in rule.levels if lv.name == level.value)
    case.note("定性指标，等次“{}”，得分区间为分值的 {}%至{}%", band.name, _Percent(band.from_share), _Percent(band.to_share))
    if weight is None:
        return case.unscored("分值为空", band.default)
    if reported is not None and band.from_share * weight <= reported <= band.to_share * weight:
        case.note("填报得分 {} 在区间内，予以采用", reported)
        return case.result(Status.SCORED, reported / weight if weight else band.default, reported)
    case.note("按该等次的默认比例 {}% 计分", _Percent(band.default))
    return _rounded(case, band.default, weight * band.default, _Product(weight, band.default))


# ---- rules that name their indicators -------------------------------------------------------------------------------


def _line(case: _Case, fixed: Decimal | None) -> Decimal | None:
    return fixed if fixed is not None else points.percent_points(case.seen.target)


def _measured(case: _Case) -> Decimal | IndicatorScore:
    """The actual in percent points, or why there is none."""
    row, actual = case.row, case.seen.actual
    if actual.kind is Kind.NONE and case.seen.target.kind is Kind.NONE and row.weight is None and row.score is None:
        return _not_applicable(case)
    unfit = _unfit(case)
    if unfit is not None:
        return unfit
    value = points.percent_points(actual)
    if value is None:
        return _number_against_text(case)
    return value


def _deducted(case: _Case) -> IndicatorScore:
    rule = case.rule
    assert isinstance(rule, (Steps, PerPoint))  # noqa: S101
    actual = _measured(case)
    if isinstance(actual, IndicatorScore):
        return actual
    line, weight = _line(case, rule.line), case.row.weight
    if line is None:
        case.report("blank-target", "target", f"目标值“{case.row.target.strip()}”不是百分比", "百分比目标值")
        return case.unscored("没有扣分起点")
    if weight is None:
        return case.unscored("分值为空")
    by, published = points.deduction_for(weight, rule.deductions)
    raw = (points.steps if isinstance(rule, Steps) else points.per_point)(rule, weight, actual, line, case.direction)  # type: ignore[arg-type]
    gap = points.beyond(actual, line, case.direction)
    per = f"每满 {plain(rule.step)} 个百分点" if isinstance(rule, Steps) else "每 1 个百分点"
    case.note("实现值 {}%，基准 {}%，偏离 {} 个百分点；{}扣 {} 分，最低 0 分", plain(actual), plain(line), plain(gap), per, plain(by))
    if not published:
        case.note("规则只公布了其他分值的扣分标准，已按分值比例折算")
    return _rounded(case, raw / weight if weight else ZERO, raw, f"{plain(weight)}－扣分")


def _tabled(case: _Case) -> IndicatorScore:
    rule, weight = case.rule, case.row.weight
    assert isinstance(rule, IntervalTable)  # noqa: S101
    actual = _measured(case)
    if isinstance(actual, IndicatorScore):
        return actual
    if rule.measure == "deviation":
        target = case.seen.target
        if target.kind is Kind.RANGE and target.value is not None and target.upper is not None:
            centre = (target.value + target.upper) / 2
        else:
            centre = points.percent_points(target) or ZERO
        actual = abs(actual - centre)
    if weight is None:
        return case.unscored("分值为空")
    raw = points.interval(rule, weight, actual)
    case.note("{} {}%，按区间 {} 对应得分 {}", "偏离" if rule.measure == "deviation" else "实现值", plain(actual),
              "、".join(f"≤{plain(e)}%" for e in rule.up_to), plain(round_to(raw, 6)))  # fmt: skip
    if not points.points_for(weight, rule.points)[1]:
        case.note("规则只公布了其他分值的得分表，已按分值比例折算")
    return _rounded(case, raw / weight if weight else ZERO, raw, "查表")


def _checked(case: _Case) -> IndicatorScore:
    rule, weight = case.rule, case.row.weight
    assert isinstance(rule, Checklist)  # noqa: S101
    if case.seen.actual.kind is Kind.NONE:
        return _unfit(case) or case.unscored("实现值为空")
    outcome = points.checklist(rule, weight or ONE, case.seen.actual)
    if outcome is None:
        case.report("text-for-number", case.seen.field, f"从“{case.seen.actual.text.strip()}”看不出符合哪些要点",
                    "逐项写明符合的要点：" + "；".join(i.text for i in rule.items))  # fmt: skip
        return case.unscored("看不出符合哪些要点")
    raw, items = outcome
    case.note("符合的要点：{}", "；".join(items) or "无")
    if weight is None:
        return case.unscored("分值为空", raw)
    return _rounded(case, raw / weight if weight else ZERO, raw, "各要点得分之和")


def _score_execution(row: Indicator, book: Rulebook, findings: list[Finding], steps: list[Step] | None) -> IndicatorScore:
    """Budget execution: spending over budget, at most the weight."""
    case = _Case(row, book, execution_evidence(row), Direction.HIGHER, None, steps, findings)
    target, actual = case.seen.target, case.seen.actual
    case.note("预算数 {}＝“{}”，执行数 {}＝“{}”", row.place.cell("target"), row.target, row.place.cell("actual"), row.actual)
    for text in case.seen.notes:
        case.note(text)
    if target.kind is Kind.NONE or actual.kind is Kind.NONE:
        if target.kind is Kind.NONE and actual.kind is Kind.NONE and row.weight is None:
            return _not_applicable(case)
        missing = "target" if target.kind is Kind.NONE else "actual"
        case.report("blank-" + missing, missing, "预算数为空" if missing == "target" else "执行数为空", "金额")
        return case.unscored("预算数或执行数为空")
    if not (target.is_number and actual.is_number):
        return _unfit(case) or _number_against_text(case)
    a, t, how = completion.in_common_unit(actual, target)
    if how is Relation.DIFFERENT:
        return _numbers(case)
    if t == 0:
        case.report("fund-total-not-summed", "target", f"预算数为 0，执行数为“{row.actual.strip()}”", "各来源预算数之和")
        return case.unscored("预算数为 0，无法计算执行率")
    if a < 0:
        case.report("negative-actual", "actual", f"执行数“{row.actual.strip()}”", "不小于 0 的数")
        a = ZERO
    rate = a / t
    if book.execution is not None:
        case.note("规则：预算执行率（{}）", book.cite(book.execution))
    case.note("执行率＝{}÷{}＝{}", a, t, _Shown(rate))
    if row.weight is None:
        return case.unscored("分值为空", rate)
    counted = min(rate, ONE)
    return _rounded(case, rate, row.weight * counted, _Product(row.weight, counted))


_SPECIAL: dict[type, Callable[[_Case], IndicatorScore]] = {
    Steps: _deducted, PerPoint: _deducted, IntervalTable: _tabled, Checklist: _checked,
}  # fmt: skip
_WAYS: dict[Kind, Callable[[_Case], IndicatorScore]] = {
    Kind.NUMBER: _number_against_text, Kind.PERCENT: _number_against_text, Kind.RANGE: _range, Kind.DATE: _date,
    Kind.QUALITATIVE: _words, Kind.YES_NO: _words,
}  # fmt: skip

