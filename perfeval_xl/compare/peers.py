"""Departments side by side: quantities and targets far outside what the others report, and one unit's table sent twice. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from perfeval_xl.compare.match import plain_name
from perfeval_xl.compare.subject import Subject, subject_of
from perfeval_xl.compare.values import read
from perfeval_xl.core.decimals import plain
from perfeval_xl.core.department import unit_key
from perfeval_xl.core.findings import Finding, Location, Severity, finding
from perfeval_xl.core.model import Direction, Evaluation, Status, Submission
from perfeval_xl.core.quantity import Kind, Quantity

MIN_DEPARTMENTS = 5
"""Fewer say nothing about what is usual."""
SPREADS = 6
"""Distance from the median in spreads (scaled MAD, which equals the standard deviation of a normal distribution)."""
SCALED_MAD = 1.4826
MIN_TIMES = 20
"""Units differ in size honestly; nearer than this is never called implausible, however alike the others are."""
MIN_POINTS = Decimal(15)
"""The same for rates, in points."""


class _Value(NamedTuple):
    """file: index of the evaluation. field: target or actual."""

    file: int
    department: str
    field: str
    quantity: Quantity
    row: int


class PeerLimits(NamedTuple):
    """departments: how many must report an indicator. times: how many times the usual is implausible."""

    departments: int = MIN_DEPARTMENTS
    times: float = MIN_TIMES


def compare_peers(evaluations: Sequence[Evaluation], limits: PeerLimits = PeerLimits()) -> list[list[Finding]]:  # noqa: B008  # immutable
    """Findings for each evaluation, in the same order: from the same indicator of several departments."""
    found: list[list[Finding]] = [[] for _ in evaluations]
    if len(evaluations) < limits.departments:
        return found
    amounts: dict[tuple[str, ...], list[_Value]] = defaultdict(list)
    rates: dict[str, list[_Value]] = defaultdict(list)
    for index, evaluation in enumerate(evaluations):
        department = department_key(evaluation.submission)
        for position, score in enumerate(evaluation.scores):
            row = score.indicator
            name = plain_name(row.name)
            if not name or row.is_execution or score.status is Status.DETAIL:
                continue
            for field, text, unit in (("target", row.target, row.unit), ("actual", row.actual, row.actual_unit or row.unit)):
                quantity = read(text, unit)
                if quantity.kind is Kind.NUMBER and quantity.value is not None and quantity.value > 0:
                    key = (name, field, quantity.unit.dimension, quantity.unit.group, quantity.unit.per)
                    amounts[key].append(_Value(index, department, field, quantity, position))
                elif field == "target" and quantity.kind is Kind.PERCENT and score.direction is Direction.HIGHER and quantity.value is not None:
                    rates[name].append(_Value(index, department, field, quantity, position))
    for values in amounts.values():
        _amounts(values, evaluations, found, limits)
    for values in rates.values():
        _rates(values, evaluations, found, limits)
    return found


def _departments(values: Sequence[_Value]) -> int:
    return len({v.department for v in values})


def _amounts(values: Sequence[_Value], evaluations: Sequence[Evaluation], found: list[list[Finding]], limits: PeerLimits) -> None:
    count = _departments(values)
    if count < limits.departments:
        return
    sizes = [_size(v.quantity) for v in values]
    logs = [math.log(s) for s in sizes]  # units and digits slip by factors, so distances are counted in factors
    middle = median(logs)
    spread = SCALED_MAD * median(abs(x - middle) for x in logs)
    for value, log in zip(values, logs, strict=True):
        away = abs(log - middle)
        if away < math.log(limits.times) or away <= SPREADS * spread:
            continue
        row = evaluations[value.file].scores[value.row].indicator
        typical = min(values, key=lambda v: abs(math.log(_size(v.quantity)) - middle)).quantity
        times = f"{math.exp(away):,.0f} 倍" if log > middle else f"{math.exp(away):,.0f} 分之一"
        title = "目标值" if value.field == "target" else "实现值"
        text = f"“{row.name[:40]}”的{title}“{value.quantity.text[:40]}”约是 {count} 个单位同一指标居中值“{typical.text[:40]}”的 {times}，疑似单位或位数有误"
        found[value.file].append(finding("implausible-quantity", row.place.location(value.field), text, "与同类单位相当的数量，或说明原因"))


def _size(quantity: Quantity) -> float:
    assert quantity.value is not None  # noqa: S101  # only numbers are collected
    return float(quantity.value * quantity.unit.size)


def _rates(values: Sequence[_Value], evaluations: Sequence[Evaluation], found: list[list[Finding]], limits: PeerLimits) -> None:
    count = _departments(values)
    if count < limits.departments:
        return
    points = [v.quantity.value * v.quantity.unit.factor for v in values if v.quantity.value is not None]
    middle = median(points)
    spread = Decimal(str(SCALED_MAD)) * median(abs(p - middle) for p in points)
    for value, point in zip(values, points, strict=True):
        below = middle - point
        if below < MIN_POINTS or below <= SPREADS * spread:
            continue
        row = evaluations[value.file].scores[value.row].indicator
        text = f"“{row.name[:40]}”的目标值“{row.target[:40]}”，{count} 个单位同一指标的居中值为 {plain(middle)}%，低 {plain(below)} 个百分点"
        found[value.file].append(finding("target-too-low", row.place.location("target"), text, "与同类单位相当的目标值，或说明原因"))


def department_key(submission: Submission) -> str:
    """What tells departments apart; the file where the form names none."""
    return unit_key(submission.department) or f"\0{submission.file}"


def duplicates(submissions: Sequence[Submission]) -> list[list[Finding]]:
    """One department, one year, one project in several files: said at each of them."""
    found: list[list[Finding]] = [[] for _ in submissions]
    groups: Mapping[Subject, list[int]] = defaultdict(list)
    for index, one in enumerate(submissions):
        subject = subject_of(one)
        if subject is not None:
            groups[subject].append(index)
    for members in groups.values():
        for index in members if len(members) > 1 else ():
            one = submissions[index]
            others = [submissions[i] for i in members if i != index]
            same = [o for o in others if _rows(o) == _rows(one)]
            names = "、".join(f"“{o.file}”" for o in others[:5]) + (f"等 {len(others)} 份" if len(others) > 5 else "")
            what = "，内容相同" if len(same) == len(others) else "，内容不同" if not same else "，其中有的内容相同"
            year = f"{one.year} 年度" if one.year else ""
            project = f"“{one.project[:40]}”项目" if one.project else ""
            text = f"本文件与{names}都是“{one.department[:40]}”{year}{project}的自评表{what}"
            severity = Severity.WARNING
            found[index].append(finding("duplicate-submission", Location(one.file, one.sheet), text, "一份自评表", severity))
    return found


def _rows(submission: Submission) -> list[tuple[object, ...]]:
    return [(r.level1, r.name, r.target, r.actual, r.weight, r.score) for r in submission.indicators]
