"""What the parameters of a rule set must mean beyond their types, and what is allowed but worth a second look. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from perfeval_xl.core import parameters as model
from perfeval_xl.core.decimals import ONE, ZERO, plain
from perfeval_xl.core.findings import KINDS, THRESHOLDS
from perfeval_xl.core.quantity import parse
from perfeval_xl.core.ruleset import Ruleset

Place = tuple[int | str, ...]
"""Keys and positions from the whole down: ("rules", 2, "step")."""

NEEDED = ("references", "rounding", "completion", "grades", "bands", "not_applicable", "rules")
MAX_RATE = Decimal(10)
LEVEL_NAMES = ["达成", "部分达成", "未达成"]

_Found = Iterator[tuple[Place, str]]


def meaning(item: Any) -> _Found:
    """Place inside the parameter and problem."""
    for cls, look in _LOOKS.items():
        if isinstance(item, cls):
            yield from look(item)


def _rounding(item: model.RoundingRule) -> _Found:
    for name in ("score_places", "total_places", "rate_places"):
        if not 0 <= (getattr(item, name) or 0) <= 6:
            yield (name,), "小数位数应在 0 到 6 之间"


def _completion(item: model.CompletionRule) -> _Found:
    if not ZERO <= item.floor <= ONE:
        yield ("floor",), "应在 0 到 1（100%）之间"
    if not ZERO < item.cap <= MAX_RATE:
        yield ("cap",), "应大于 0，且不超过 10（1000%）"
    elif item.floor > item.cap:
        yield ("floor",), f"完成率下限高于上限 {plain(item.cap)}"


def _grades(item: model.GradeRule) -> _Found:
    shares = [g.from_share for g in item.grades]
    if not shares:
        yield ("grades",), "至少要有一项"
        return
    for index, grade in enumerate(item.grades):
        if not ZERO <= grade.from_share <= ONE:
            yield ("grades", index, "from_share"), "应在 0 到 1（100%）之间"
        if index and grade.from_share >= shares[index - 1]:
            yield ("grades", index, "from_share"), "等级应由高到低，每一等的最低比例应低于上一等"
        if grade.name in {g.name for g in item.grades[:index]}:
            yield ("grades", index, "name"), f"等级“{grade.name}”重复"
    if shares[-1] != 0:
        yield ("grades", len(shares) - 1, "from_share"), "最后一等的最低比例应为 0，否则低分没有等级"


def _bands(item: model.BandRule) -> _Found:
    if not item.bands:
        yield ("bands",), "至少要有一项"
    for index, band in enumerate(item.bands):
        if not ZERO <= band.from_rate < band.to_rate <= MAX_RATE:
            yield ("bands", index, "from_rate"), "分段的下限应不小于 0，并低于上限"
        elif index and band.to_rate > item.bands[index - 1].from_rate:
            yield ("bands", index, "to_rate"), "分段应由高到低，且不与上一段重叠"
        if band.name in {b.name for b in item.bands[:index]}:
            yield ("bands", index, "name"), f"分段“{band.name}”重复"


def _section(item: model.SectionRule) -> _Found:
    if item.weight is not None and item.weight <= 0:
        yield ("weight",), "分值应大于 0；由各单位自定的请留空"


def _indicator(item: model.FormIndicator) -> _Found:
    if item.weight is not None and item.weight <= 0:
        yield ("weight",), "分值应大于 0；由各单位自定的请留空"


def _execution(item: model.ExecutionRule) -> _Found:
    if item.weight <= 0:
        yield ("weight",), "分值应大于 0"
    if item.reason_below is not None and not ZERO < item.reason_below <= ONE:
        yield ("reason_below",), "应大于 0，且不超过 1（100%）"


def _cap(item: model.CapRule) -> _Found:
    if not item.tiers:
        yield ("tiers",), "至少要有一项"
    for index, tier in enumerate(item.tiers):
        if not ZERO < tier.below <= MAX_RATE:
            yield ("tiers", index, "below"), "应大于 0，且不超过 10（1000%）"
        if tier.at_most < 0:
            yield ("tiers", index, "at_most"), "总分上限不能小于 0"
        if index and tier.below <= item.tiers[index - 1].below:
            yield ("tiers", index, "below"), "各档应由低到高"
        elif index and tier.at_most < item.tiers[index - 1].at_most:
            yield ("tiers", index, "at_most"), "比例较高的一档，总分上限不应低于前一档"


def _either_or(item: model.EitherOrRule) -> _Found:
    if len(set(item.names)) < max(2, len(item.names)):
        yield ("names",), "至少要有两个不同的指标名称"


def _threshold(item: model.ThresholdRule) -> _Found:
    if not ONE <= item.over_fulfilled <= MAX_RATE:
        yield ("over_fulfilled",), "应在 1（100%）到 10（1000%）之间"


def _check(item: model.CheckRule) -> _Found:
    if item.kind not in KINDS:
        yield ("kind",), f"没有名为“{item.kind[:40]}”的问题"
        return
    known = THRESHOLDS.get(item.kind, {})
    if item.threshold and item.threshold not in known:
        yield ("threshold",), f"该问题的界限只能是：{'、'.join(known) or '（没有可设的界限）'}"
    elif item.threshold and item.value is None:
        yield ("value",), "缺少该项"
    elif item.value is not None and not item.threshold:
        yield ("threshold",), "填写了数值，应写明是哪一个界限"
    elif item.value is not None and item.value <= 0:
        yield ("value",), "应大于 0"
    if item.state == "off" and not item.reason:
        yield ("reason",), "不报告的问题应写明理由"


def _plausible(item: model.PlausibleRule) -> _Found:
    if item.most <= 0:
        yield ("most",), "应大于 0"
    if not parse(f"1{item.unit}").unit.symbol:
        yield ("unit",), "应为计量单位，如“平方公里”"


def _deductions(item: model.Steps | model.PerPoint) -> _Found:
    if not item.deductions:
        yield ("deductions",), "至少要有一项扣分标准"
    yield from _weights_once(item.deductions, "deductions")
    for index, one in enumerate(item.deductions):
        if not ZERO < one.points <= max(one.of, ZERO) and one.of > 0:
            yield ("deductions", index, "points"), "扣分应大于 0，且不超过分值"
    if isinstance(item, model.Steps) and item.step <= 0:
        yield ("step",), "应大于 0"


def _weights_once(rows: Sequence[Any], key: str) -> _Found:
    for index, one in enumerate(rows):
        if one.of <= 0:
            yield (key, index, "of"), "分值应大于 0"
        if one.of in [r.of for r in rows[:index]]:
            yield (key, index, "of"), f"分值 {plain(one.of)} 重复"


def _interval(item: model.IntervalTable) -> _Found:
    if not item.points:
        yield ("points",), "至少要有一行得分"
    yield from _weights_once(item.points, "points")
    for index, end in enumerate(item.up_to):
        if index and end <= item.up_to[index - 1]:
            yield ("up_to", index), "区间上限应由小到大"
    for index, row in enumerate(item.points):
        if len(row.points) != len(item.up_to) + 1:
            yield ("points", index), "得分个数应比区间上限多一个"
        for n, one in enumerate(row.points):
            if not ZERO <= one <= max(row.of, ZERO):
                yield ("points", index, "points", n), "得分应在 0 到分值之间"


def _qualitative(item: model.Qualitative) -> _Found:
    if [lv.name for lv in item.levels] != LEVEL_NAMES:
        yield ("levels",), f"等次应依次为{'、'.join(LEVEL_NAMES)}"
        return
    for index, lv in enumerate(item.levels):
        if not ZERO <= lv.from_share <= lv.to_share <= ONE:
            yield ("levels", index, "from_share"), "下限应不高于上限，都在 0 到 1（100%）之间"
        elif not lv.from_share <= lv.default <= lv.to_share:
            yield ("levels", index, "default"), "默认比例应在下限与上限之间"
        if index and lv.to_share > item.levels[index - 1].from_share:
            yield ("levels", index, "to_share"), "上限应不高于上一等次的下限"
    if item.levels[-1].from_share != 0:
        yield ("levels", len(item.levels) - 1, "from_share"), "最后一等次的下限应为 0"


def _date(item: model.DateRule) -> _Found:
    if not ZERO <= item.late <= ONE:
        yield ("late",), "应在 0 到 1（100%）之间"


def _checklist(item: model.Checklist) -> _Found:
    for index, one in enumerate(item.items):
        if one.points < 0:
            yield ("items", index, "points"), "要点分值不能小于 0"
        if not one.words:
            yield ("items", index, "words"), "至少要有一个识别词语"
    if sum(one.points for one in item.items) <= 0:
        yield ("items",), "要点分值之和应大于 0"


_LOOKS: Mapping[type, Any] = {
    model.RoundingRule: _rounding, model.CompletionRule: _completion, model.GradeRule: _grades, model.BandRule: _bands,
    model.SectionRule: _section, model.FormIndicator: _indicator, model.ExecutionRule: _execution, model.CapRule: _cap,
    model.EitherOrRule: _either_or, model.ThresholdRule: _threshold, model.Steps: _deductions, model.PerPoint: _deductions,
    model.CheckRule: _check, model.PlausibleRule: _plausible, model.IntervalTable: _interval, model.Qualitative: _qualitative, model.DateRule: _date, model.Checklist: _checklist,
}  # fmt: skip


def remarks(ruleset: Ruleset, day: datetime.date) -> list[str]:
    """What is allowed but worth a second look: sums of weights, rates no band holds, rows no rule scores."""
    found: list[str] = []
    sections = [s for s in ruleset.sections if s.in_force(day)]
    execution = next((e for e in ruleset.execution if e.in_force(day)), None)
    if sections and all(s.weight is not None for s in sections):
        total = sum((s.weight for s in sections if s.weight is not None), execution.weight if execution else ZERO)
        if total != 100:
            found.append(f"各部分分值合计为 {plain(total)}，不是 100，请确认是否如此")
    for rule in (b for b in ruleset.bands if b.in_force(day)):
        edges = [(a.from_rate, b.to_rate) for a, b in zip(rule.bands, rule.bands[1:], strict=False)]
        if rule.bands[-1].from_rate > 0 or rule.bands[0].to_rate < 1 or any(low != high for low, high in edges):
            found.append("完成率分段没有覆盖 0 到 100%，落在空档中的指标不会计入任何一段")
    missing = [key for key in NEEDED[1:] if not any(p.in_force(day) for k, p in ruleset.parameters() if k == key)]
    found.extend(f"{day} 没有有效的“{key}”参数，该日期的自评表无法计分" for key in missing)
    return found
