"""Scoring of what is not a number: deadlines, qualitative and yes/no targets. Pure."""

from __future__ import annotations

from decimal import Decimal

from perfeval_xl.core import achievement
from perfeval_xl.core.achievement import Achievement
from perfeval_xl.core.case import Case, Percent, Points, Shown, finish, rounded
from perfeval_xl.core.dates import Timing, timing
from perfeval_xl.core.decimals import HUNDRED, ONE, ZERO, plain
from perfeval_xl.core.findings import Severity
from perfeval_xl.core.model import IndicatorScore, Status
from perfeval_xl.core.parameters import DateRule, Qualitative
from perfeval_xl.core.quantity import Kind, Quantity, parse


def score_date(case: Case) -> IndicatorScore:
    """On or before the deadline, or late."""
    target, actual = case.seen.target, case.seen.actual
    late = case.rule.late if isinstance(case.rule, DateRule) else ZERO
    if actual.kind is Kind.DATE and actual.span is not None and target.span is not None:
        how = timing(actual.span, target.span)
        if how is Timing.UNDECIDED:
            case.report("text-for-number", case.seen.field, f"实现日期“{case.actual_text}”不够具体，无法判断是否早于期限“{case.target_text}”", "完整日期，如“2023年12月30日”")
            return case.unscored("实现日期不够具体")
        is_on_time = how is Timing.ON_TIME
        case.note("期限 {}，完成于 {}：{}", target.span.end, actual.span, "按期" if is_on_time else "逾期")
    else:
        says = achievement.says_on_time(actual)
        if says is None:
            case.report("text-for-number", case.seen.field, f"目标值“{case.target_text}”是期限，实现值为“{case.actual_text}”，看不出完成日期", "完成日期，或“按期完成”")
            return case.unscored("看不出完成日期")
        is_on_time = says
        case.note("实现值“{}”：{}", actual.text, "按期" if says else "逾期")
    return finish(case, ONE if is_on_time else late)


def score_words(case: Case) -> IndicatorScore:
    """Qualitative and yes/no targets."""
    target, actual = case.seen.target, case.seen.actual
    if actual.is_number or actual.kind is Kind.RANGE:
        return _number_against_words(case)
    level = achievement.achievement(target, actual)
    if level is None and achievement.are_ranks(target, actual):
        case.report("text-for-number", case.seen.field, f"目标值“{case.target_text}”，实现值“{case.actual_text}”，两个等级孰高孰低无法判断",
                    "写明达成、部分达成或未达成")  # fmt: skip
        return case.unscored("等级不同，无法判断是否达成")
    if level is None:
        rate_cell = parse(case.row.rate) if case.row.rate else None
        if rate_cell is not None and rate_cell.kind is Kind.PERCENT and rate_cell.value is not None:
            case.note("文字未表明完成等次，按填报的完成率 {} 计算", rate_cell)
            return finish(case, _fraction(rate_cell))
    return _by_level(case, level)


def _fraction(percent: Quantity) -> Decimal:
    return max((percent.value or ZERO) * percent.unit.size / HUNDRED, ZERO)


def _number_against_words(case: Case) -> IndicatorScore:
    """日产日清 and 100% is a completion rate; 提高 and 提高5% is met; anything else cannot be compared."""
    target, actual = case.seen.target, case.seen.actual
    if actual.change and actual.kind is not Kind.RANGE:
        level = achievement.level_of_change(target, actual)
        if level is not None:
            case.note("目标“{}”，实现值为{}：{}", case.target_text, actual, level.value)
            return _by_level(case, level)
    elif actual.kind is Kind.PERCENT and not actual.change and achievement.is_share_of_work(target, actual):
        rate = _fraction(actual)
        case.note("定性目标，实现值以百分比表示：完成率{}", Shown(rate))
        return finish(case, rate)
    case.report("text-for-number", case.seen.field, f"目标值“{case.target_text}”是文字，实现值“{case.actual_text}”是数值，无法比较", "可衡量的数值目标，或定性的实现情况")
    return case.unscored("目标值是文字，实现值是数值")


def _by_level(case: Case, level: Achievement | None) -> IndicatorScore:
    rule = case.rule if isinstance(case.rule, Qualitative) else case.book.qualitative
    weight, reported = case.row.weight, case.row.score if case.row.score_rows == 1 and not case.row.is_computed else None
    if rule is None:
        return case.unscored("规则集没有定性指标的评分规则")
    if level is None:
        return _by_report(case, reported)
    band = next(lv for lv in rule.levels if lv.name == level.value)
    if case.steps is not None:
        case.note("定性指标，等次“{}”，得分区间为分值的 {}%至{}%", band.name, Percent(band.from_share), Percent(band.to_share))
    if weight is None:
        return case.unscored("分值为空", band.default)
    if reported is not None and band.from_share * weight <= reported <= band.to_share * weight:
        case.note("填报得分 {} 在区间内，予以采用", reported)
        return case.result(Status.SCORED, reported / weight if weight else band.default, reported)
    case.note("按该等次的默认比例 {}% 计分", Percent(band.default))
    return rounded(case, band.default, weight * band.default, Points(weight, band.default))


def _by_report(case: Case, reported: Decimal | None) -> IndicatorScore:
    """Words that say no level: the reported score is taken, and said so; without one there is nothing to go by."""
    rule, weight = case.rule if isinstance(case.rule, Qualitative) else case.book.qualitative, case.row.weight
    if rule is not None and weight and reported is not None and ZERO <= reported <= weight:
        share = reported / weight
        chosen = next(lv for lv in rule.levels if share >= lv.from_share)
        case.note("定性指标，文字未表明等次，采用填报得分 {}，相当于“{}”", reported, chosen.name)
        return case.result(Status.SCORED, share, reported, is_adopted=True)
    given = "没有该项的填报得分" if reported is None else f"填报得分 {plain(reported)} 不在 0 至分值之间"
    case.report("missing-score", "score", f"从实现值“{case.actual_text}”看不出达成等次，{given}", "写明达成、部分达成或未达成，或填写该项得分", Severity.ERROR)
    return case.unscored("看不出达成等次")
