"""Scoring by rules that name their indicators: deductions, interval tables, checklists. Pure."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from perfeval_xl.core import points
from perfeval_xl.core.case import Case, not_applicable, number_against_text, rounded, sign_and_number, unfit
from perfeval_xl.core.decimals import HUNDRED, ONE, ZERO, plain, round_to
from perfeval_xl.core.findings import Severity
from perfeval_xl.core.model import IndicatorScore
from perfeval_xl.core.parameters import Checklist, IntervalTable, PerPoint, Steps
from perfeval_xl.core.quantity import Kind


def _line(case: Case, fixed: Decimal | None) -> Decimal | None:
    return fixed if fixed is not None else points.percent_points(case.seen.target)


def _measured(case: Case) -> Decimal | IndicatorScore:
    """The actual in percent points, or why there is none."""
    row, actual = case.row, case.seen.actual
    if actual.kind is Kind.NONE and case.seen.target.kind is Kind.NONE and row.weight is None and row.score is None:
        return not_applicable(case)
    out = unfit(case)
    if out is not None:
        return out
    value = points.percent_points(actual)
    if value is None:
        return number_against_text(case)
    if actual.kind is Kind.NUMBER and not actual.unit.symbol and ZERO < value < _FRACTION and value != int(value):
        line = getattr(case.rule, "line", None)
        reference = line if line is not None else points.percent_points(case.seen.target) or ZERO
        if reference < _HALF:
            case.report("out-of-range-percent", case.seen.field, f"实现值“{case.actual_text}”没有写“%”，看不出是 {plain(value)}% 还是 {plain(value * HUNDRED)}%",
                        f"{plain(value)}% 或 {plain(value * HUNDRED)}%", Severity.ERROR)  # fmt: skip
            return case.unscored("百分比写法不明")
        value *= HUNDRED
        case.report("out-of-range-percent", case.seen.field, f"目标值“{case.target_text}”，实现值“{case.actual_text}”，已按 {plain(value)}% 计算", f"{plain(value)}%")
    return value


_FRACTION = Decimal(3)  # a bare 1.02 beside 100 % is 102 %
_HALF = Decimal(50)


def _deducted(case: Case) -> IndicatorScore:
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
    return rounded(case, raw / weight if weight else ZERO, raw, f"＝{plain(weight)}－扣分{sign_and_number(raw)}")


def _tabled(case: Case) -> IndicatorScore:
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
    return rounded(case, raw / weight if weight else ZERO, raw, f"（查表）{sign_and_number(raw)}")


def _checked(case: Case) -> IndicatorScore:
    rule, weight = case.rule, case.row.weight
    assert isinstance(rule, Checklist)  # noqa: S101
    if case.seen.actual.kind is Kind.NONE:
        return unfit(case) or case.unscored("实现值为空")
    outcome = points.checklist(rule, ONE if weight is None else weight, case.seen.actual)
    if outcome is None:
        case.report("text-for-number", case.seen.field, f"从“{case.seen.actual.text.strip()}”看不出符合哪些要点",
                    "逐项写明符合的要点：" + "；".join(i.text for i in rule.items))  # fmt: skip
        return case.unscored("看不出符合哪些要点")
    raw, items = outcome
    case.note("符合的要点：{}", "；".join(items) or "无")
    if weight is None:
        return case.unscored("分值为空", raw)
    return rounded(case, raw / weight if weight else ZERO, raw, f"＝各要点得分之和{sign_and_number(raw)}")


SPECIAL: dict[type, Callable[[Case], IndicatorScore]] = {
    Steps: _deducted, PerPoint: _deducted, IntervalTable: _tabled, Checklist: _checked,
}  # fmt: skip
