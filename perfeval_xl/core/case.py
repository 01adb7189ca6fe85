"""One row on its way to a score: notes, findings, and the last steps every rule shares. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core import achievement
from perfeval_xl.core.decimals import HUNDRED, ZERO, Rounding, plain, round_to
from perfeval_xl.core.evidence import Evidence
from perfeval_xl.core.findings import Finding, Severity, finding
from perfeval_xl.core.model import Direction, Indicator, IndicatorScore, Status, Step
from perfeval_xl.core.parameters import AnyRule, Parameter, RoundingRule
from perfeval_xl.core.quantity import Kind
from perfeval_xl.core.ruleset import Rulebook

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_SCORED, _UNSCORED, _BLANK, _SEVERAL, _UNREADABLE = Status.SCORED, Status.UNSCORED, Kind.NONE, Kind.SEVERAL, Kind.UNREADABLE

_new = tuple.__new__  # past the keywords of a named tuple's own constructor, which cost more than the value itself
_SETTLED = 12  # decimals to which a product of weight and rate is trusted
MODE_TITLES = {Rounding.HALF_UP: "四舍五入", Rounding.CUT: "舍去"}
SHOWN_PLACES = 8


@dataclass(slots=True)
class Case:
    """One row, what its cells say, and where notes and findings go."""

    row: Indicator
    book: Rulebook
    seen: Evidence
    direction: Direction
    rule: AnyRule | None
    steps: list[Step] | None
    findings: list[Finding]

    def note(self, template: str, *values: object) -> None:
        """One line of the trace, where someone reads it."""
        if self.steps is not None:
            self.steps.append(Step(template, values))

    def report(self, kind: str, field: str, found: str, expected: str = "", severity: Severity | None = None) -> None:
        """A finding at the cell of a field."""
        self.findings.append(finding(kind, self.row.place.location(field), found, expected, severity))

    def result(self, status: Status, rate: Decimal | None = None, score: Decimal | None = None, raw: Decimal | None = None,
               *, is_adopted: bool = False) -> IndicatorScore:  # fmt: skip
        """What the engine says about the row. raw: the score before it was rounded."""
        seen, rule = self.seen, self.rule
        return _new(IndicatorScore, (
            self.row, self.direction, seen.target, seen.actual, status, rate, self.row.weight, score,
            rule.id if rule is not None else "", seen.field, (), score if raw is None else raw, is_adopted,
        ))  # fmt: skip

    def unscored(self, why: str, rate: Decimal | None = None) -> IndicatorScore:
        """No score, and why."""
        self.note("不计分：{}", why)
        return self.result(_UNSCORED, rate)

    @property
    def actual_text(self) -> str:
        """The actual as it stands in its cell."""
        return self.seen.actual.text.strip()

    @property
    def target_text(self) -> str:
        """The target as it stands in its cell."""
        return self.seen.target.text.strip()


def unfit(case: Case) -> IndicatorScore | None:
    """Cells that hold nothing, two things or nothing readable."""
    row, target, actual = case.row, case.seen.target, case.seen.actual
    if actual.kind is _BLANK:
        if achievement.says_not_applicable(row.actual, row.reason):
            return not_applicable(case)
        case.report("blank-actual", "actual", f"实现值为“{row.actual.strip()}”" if row.actual.strip() else "实现值为空",
                    f"与目标值“{row.target.strip()}”对应的实际完成情况")  # fmt: skip
        return case.unscored("实现值为空")
    for field, quantity, title in (("target", target, "目标值"), (case.seen.field, actual, "实现值")):
        if quantity.kind is _SEVERAL:
            case.report("several-quantities", field, f"{title}“{quantity.text.strip()}”中有 {len(quantity.parts)} 个数量：{quantity}", "一个数量")
            return case.unscored(f"{title}中有多个数量")
        if quantity.kind is _UNREADABLE:
            case.report("text-for-number", field, f"{title}“{quantity.text.strip()}”无法读作确定的数量", "数值和单位，如“95%”“2.6亿元”")
            return case.unscored(f"{title}无法读取")
    return None


def not_applicable(case: Case) -> IndicatorScore:
    """Full marks or none of the weight, as the rule set says."""
    rule = case.book.not_applicable
    if rule.policy == "full" and case.row.weight is not None:
        case.note("本年不适用，按规定得满分 {}（{}）", case.row.weight, case.book.cite(rule))
        return case.result(_SCORED, None, case.row.weight)
    case.note("本年不适用，不计入，其余指标分值按比例放大（{}）", case.book.cite(rule))
    return case.result(Status.NOT_APPLICABLE)


class Shown(NamedTuple):
    """＝ and a number, or ≈ where decimals were left out; put into words only when someone reads the trace."""

    value: Decimal

    def __str__(self) -> str:
        return sign_and_number(self.value)


def sign_and_number(value: Decimal, *, is_exact: bool = True) -> str:
    """The number behind ＝ or ≈. is_exact: whether what stands before it was exact itself."""
    short = round_to(value, SHOWN_PLACES)
    return ("＝" if is_exact and short == value else "≈") + plain(short)


class Percent(NamedTuple):
    """A fraction, shown in percent."""

    value: Decimal

    def __str__(self) -> str:
        return plain(self.value * HUNDRED)


class Points(NamedTuple):
    """得分＝4×0.9866＝3.9464: weight times rate, with ≈ wherever a number is shortened."""

    weight: Decimal
    rate: Decimal

    def __str__(self) -> str:
        rate = round_to(self.rate, SHOWN_PLACES)
        product = sign_and_number(self.weight * self.rate, is_exact=rate == self.rate)
        return f"{'＝' if rate == self.rate else '≈'}{plain(self.weight)}×{plain(rate)}{product}"


class Citation(NamedTuple):
    """A parameter's reference."""

    book: Rulebook
    parameter: Parameter

    def __str__(self) -> str:
        return self.book.cite(self.parameter)


def finish(case: Case, rate: Decimal) -> IndicatorScore:
    """Cap, floor, weight, rounding."""
    limits, counted = case.book.completion, rate
    if counted > limits.cap:
        counted = limits.cap
        case.note("超过上限，按 {}% 计分", Percent(limits.cap))
    elif counted < limits.floor:
        counted = ZERO
        case.note("低于 {}%，得 0 分（{}）", Percent(limits.floor), Citation(case.book, limits))
    rounding = case.book.rounding
    if rounding.rate_places is not None:
        counted = round_to(counted * HUNDRED, rounding.rate_places, rounding.mode) / HUNDRED
        case.note("完成率先取 {} 位小数：{}%", rounding.rate_places, plain(counted * HUNDRED))
    weight = case.row.weight
    if weight is None:
        return case.unscored("分值为空", rate)
    return rounded(case, rate, weight * counted, Points(weight, counted) if case.steps is not None else "")


def rounded(case: Case, rate: Decimal | None, raw: Decimal, how: object) -> IndicatorScore:
    """The score from the points. how: the sum behind them, for the trace."""
    rounding, weight = case.book.rounding, case.row.weight
    if raw == weight and rounding.met == "keep-weight":
        if case.steps is not None:
            case.note("得分＝分值＝{}", weight)
        return case.result(_SCORED, rate, weight)
    # a rate such as 1.1875/7 ends after 28 digits: its product may miss 0.285 by the last of them, and would be rounded down
    score = settled(raw, rounding)
    if case.steps is not None:
        case.note("得分{}，{}保留 {} 位小数＝{}", how, MODE_TITLES[rounding.mode], rounding.score_places, score)
    return case.result(_SCORED, rate, score, raw)


def settled(raw: Decimal, rounding: RoundingRule) -> Decimal:
    """A product of weight and rate as a score: first without the last digits of a rate that does not end."""
    return round_to(round_to(raw, _SETTLED), rounding.score_places, rounding.mode)


def number_against_text(case: Case) -> IndicatorScore:
    """A number was the aim, and the actual is none."""
    target, actual = case.seen.target, case.seen.actual
    if actual.kind is Kind.RANGE:
        case.report("several-quantities", case.seen.field, f"实现值“{case.actual_text}”是一个区间", "一个确数")
        return case.unscored("实现值是区间")
    case.report("text-for-number", case.seen.field, f"目标值“{case.target_text}”是数值，实现值为“{case.actual_text}”",
                f"实际完成的数值{'，单位“' + target.unit.symbol + '”' if target.unit.symbol else ''}")  # fmt: skip
    return case.unscored("实现值不是数值")
