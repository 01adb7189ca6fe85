"""PE2xx: what the cells of a row say beside what scoring needs of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core.decimals import HUNDRED, ZERO, plain, round_to
from perfeval_xl.core.findings import Finding, finding
from perfeval_xl.core.model import Evaluation, IndicatorScore, Status, Submission
from perfeval_xl.core.parameters import PlausibleRule
from perfeval_xl.core.quantity import Kind, Quantity, parse
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.core.units import Unit

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_BLANK, _PERCENT, _QUALITATIVE = Kind.NONE, Kind.PERCENT, Kind.QUALITATIVE

_IN_NAME = re.compile(r"(?<![0-9A-Za-z第-])[0-9]{1,12}(?:\.[0-9]{1,6})?\s*(?:%|％|[\u4e00-\u9fff㎡]{1,3})")
_NOT_COUNTED = re.compile(r"[0-9]\s*(?:年|月|日|号|期|届|级|型|类|岁|[·.]|个?五|五)")
_MARKS = re.compile(r"[\s，,。.；;、：:“”\"'‘’（）()]")
_SHARE_NAME = re.compile(r"(?:合格率|满意度|满意率|覆盖率|及时率|到位率|达标率|优良率|准确率|正确率|知晓率|成活率|入学率|普及率|办结率|处置率|公开率|占比|比例|比重)\Z")
MIN_TEXT = 6


def number_only_in_name(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001  # every check takes the same
    """资金支付完成率100% as a name, and no target."""
    for score in evaluation.scores:
        if score.target.kind is not _BLANK or score.status in _ASIDE or score.indicator.is_execution:
            continue
        name = score.indicator.name
        found = next((m for m in _IN_NAME.finditer(name[:200]) if not _NOT_COUNTED.match(m[0])), None)
        if found is not None and parse(found[0]).is_number:
            yield finding("number-only-in-name", score.indicator.place.location("name"), f"指标名称“{name.strip()}”中写有“{found[0].strip()}”，目标值为空", f"目标值“{found[0].strip()}”")


def repeated_text(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """The same words as name, target and actual. A target that only repeats the name before a number says enough."""
    for score in evaluation.scores:
        if score.target.kind is not _QUALITATIVE or score.actual.kind is not _QUALITATIVE or score.status in _ASIDE:
            continue
        row = score.indicator
        target, actual = bare(row.target), bare(row.actual)
        if target == actual and len(target) > 1 and _repeats(bare(row.name), target):
            yield finding("repeated-text", row.place.location("actual"), f"指标名称、目标值和实现值都是“{row.actual.strip()[:60]}”", "可衡量的目标值和实际完成情况")


def _repeats(name: str, target: str) -> bool:
    return name == target or (len(target) >= MIN_TEXT and target in name) or (len(name) >= MIN_TEXT and name in target)


def bare(text: str) -> str:
    """Words without blanks and marks, for comparing."""
    return _MARKS.sub("", text)


class _Bound(NamedTuple):
    """A plausible limit with its unit read once. size: smallest steps in the limit."""

    rule: PlausibleRule
    unit: Unit
    size: Decimal


def implausible_quantity(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:
    """A quantity beyond what its kind can be, by the rule set's limits; says which limit, and the amount in its unit."""
    bounds = [_bound(rule) for rule in book.plausible if not rule.departments or any(word in submission.department for word in rule.departments)]
    by_dimension: dict[str, list[_Bound]] = {}
    for bound in bounds:
        by_dimension.setdefault(bound.unit.dimension, []).append(bound)
    if not by_dimension:
        return
    least = {dimension: min(b.size for b in some) for dimension, some in by_dimension.items()}
    for score in evaluation.scores:
        for name, quantity in (("actual", score.actual), ("target", score.target)):
            unit = quantity.unit
            if quantity.value is None or unit.dimension not in least or unit.per or abs(quantity.value) * unit.size <= least[unit.dimension]:
                continue
            hit = next((b for b in by_dimension[unit.dimension] if _beyond(b, quantity, score)), None)
            if hit is not None:
                yield _implausible(hit, quantity, score, name, book)
                break


def _bound(rule: PlausibleRule) -> _Bound:
    unit = parse(f"1{rule.unit}").unit
    return _Bound(rule, unit, rule.most * unit.size)


def _beyond(bound: _Bound, quantity: Quantity, score: IndicatorScore) -> bool:
    rule, row = bound.rule, score.indicator
    if bound.unit.dimension == "count" and quantity.unit.group != bound.unit.group:
        return False  # 人次 may well be more than people
    if rule.names and not any(word in row.name or word in quantity.text for word in rule.names):
        return False
    return abs(quantity.value or ZERO) * quantity.unit.size > bound.size


def _implausible(bound: _Bound, quantity: Quantity, score: IndicatorScore, name: str, book: Rulebook) -> Finding:
    title = "实现值" if name == "actual" else "目标值"
    own = round_to(abs(quantity.value or ZERO) * quantity.unit.size / (bound.size / bound.rule.most), 2)
    return finding(
        "implausible-quantity", score.indicator.place.location(score.actual_field if name == "actual" else name),
        f"{title}“{quantity.text.strip()}”合 {plain(own)} {bound.rule.unit}，超过{bound.rule.title}的合理上限（{book.cite(bound.rule)}）",
        f"不超过 {plain(bound.rule.most)} {bound.rule.unit}",
    )  # fmt: skip


def weight_as_value(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """Target, actual and weight are one number without a unit; or a weight of the whole hundred among others.

    One row of 10, 10 and 10 may be chance. Decimals, or several rows alike, are none.
    """
    alike = [s for s in evaluation.scores if _is_weight_thrice(s)]
    for score in alike:
        row = score.indicator
        assert row.weight is not None  # noqa: S101  # _is_weight_thrice
        if len(alike) > 1 or row.weight != int(row.weight):
            yield finding("weight-as-value", row.place.location("target"), f"目标值、实现值和分值都是 {plain(row.weight)}", "业务的目标数量，与分值无关")
    yield from _whole_hundreds(evaluation.scores)


def _is_weight_thrice(score: IndicatorScore) -> bool:
    weight = score.indicator.weight
    target, actual = score.target, score.actual
    if weight is None or target.value != weight or actual.value != weight or not target.is_number:
        return False
    return not (target.unit.symbol or actual.unit.symbol or score.indicator.is_execution) and not target.operator


def _whole_hundreds(scores: Sequence[IndicatorScore]) -> Iterable[Finding]:
    weighted = [s.indicator for s in scores if s.indicator.weight and s.status not in _ASIDE]
    whole = [r for r in weighted if r.weight == HUNDRED]
    if not whole or len(weighted) < 2:
        return
    for row in whole:
        if row.score is not None and row.score * 2 < HUNDRED:
            yield finding("weight-as-value", row.place.location("weight"), f"分值 {plain(row.weight or ZERO)}，得分 {plain(row.score)}，疑似把满分 100 或完成率填成了分值",
                          "该项在总分中所占的分值")  # fmt: skip


def percent_over_hundred(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """A share of a whole cannot be more than the whole: 合格率 290%."""
    for score in evaluation.scores:
        for name, quantity in (("target", score.target), ("actual", score.actual)):
            if quantity.kind is not _PERCENT or quantity.value is None or quantity.value <= HUNDRED or quantity.change:
                continue
            row = score.indicator
            if row.is_execution or not _SHARE_NAME.search(row.name.strip(" （）()%")):
                continue
            title = "目标值" if name == "target" else "实现值"
            yield finding("out-of-range-percent", row.place.location(score.actual_field if name == "actual" else name),
                          f"“{row.name.strip()}”的{title}为“{quantity.text.strip()}”，超过 100%", "不超过 100%")  # fmt: skip


_ASIDE = frozenset({Status.DETAIL, Status.ALTERNATIVE, Status.NOT_APPLICABLE})
