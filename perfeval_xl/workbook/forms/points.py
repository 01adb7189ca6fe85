"""Points under rules with deductions, interval tables and checklists, as native formulas. Pure: texts only."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.model import Direction
from perfeval_xl.core.parameters import AnyRule, Checklist, IntervalTable, PerPoint, Steps
from perfeval_xl.workbook.forms.expressions import array, equals_any
from perfeval_xl.workbook.forms.words import Words


def points_of(rule: AnyRule, direction: Direction | None) -> str:
    """Points of a row under a rule that does not go by a share of the weight, or why there are none."""
    measured = 'OR([ka]="p",AND([ka]="n",TRIM([unit])=""))'
    if isinstance(rule, Checklist):
        return _checklist(rule)
    if isinstance(rule, IntervalTable):
        value, needs = "[aq]", ""
        if rule.measure == "deviation":
            value, needs = "ABS([aq]-[tv])", 'IF(NOT(OR([kt]="p",AND([kt]="n",TRIM([unit])=""))),IF([kt]="","请填目标值","请填百分比"),'
        points = _interval(rule, value)
    else:
        assert isinstance(rule, Steps | PerPoint)  # noqa: S101
        line, needs = ("[tv]", 'IF(NOT(OR([kt]="p",AND([kt]="n",TRIM([unit])=""))),IF([kt]="","请填目标值","请填百分比"),') if rule.line is None else (plain(rule.line), "")
        gap = f"MAX([aq]-{line},0)" if direction is Direction.LOWER else f"MAX({line}-[aq],0)"
        count = f"INT(ROUND({gap}/{plain(rule.step)},10))" if isinstance(rule, Steps) else gap
        points = f"MAX([wt]-{count}*{_per_weight([(d.of, d.points) for d in rule.deductions])},0)"
    close = ")" if needs else ""
    return f'IF([ka]="","",IF(OR([kt]="?",NOT({measured})),"{Words.ASK_PERCENT}",IF(NOT(ISNUMBER([wt])),"{Words.ASK_WEIGHT}",{needs}{points}{close})))'


def _interval(rule: IntervalTable, value: str) -> str:
    def points(index: int) -> str:
        return _per_weight([(row.of, row.points[index]) for row in rule.points])

    formula = points(len(rule.up_to))
    for index in range(len(rule.up_to) - 1, -1, -1):
        formula = f"IF(ROUND({value},10)<={plain(rule.up_to[index])},{points(index)},{formula})"
    return formula


def _per_weight(published: Sequence[tuple[Decimal, Decimal]]) -> str:
    """Points published for certain weights; in proportion for another."""
    of, points = published[0]
    formula = f"{plain(points)}*[wt]/{plain(of)}" if points else "0"
    for weight, value in reversed(published):
        formula = f"IF([wt]={plain(weight)},{plain(value)},{formula})"
    return formula


def _checklist(rule: Checklist) -> str:
    count = len(rule.items)
    by_count = f'"{Words.ASK_ITEMS}"'
    if len({item.points for item in rule.items}) == 1:
        by_count = (
            f'IF([ka]="n",IF(AND([av]>=0,[av]=INT([av]),OR(TRIM([unit])={array(Words.ITEM_UNITS)})),[wt]*MIN([av],{count})/{count},"{Words.ASK_ITEMS}"),'
            f'"{Words.ASK_ITEMS}")'
        )
    return (
        f'IF([ka]="","",IF([kt]="?","{Words.ASK_ITEMS}",IF(NOT(ISNUMBER([wt])),"{Words.ASK_WEIGHT}",'
        f'IF(AND([ka]="w",{equals_any("[ab]", Words.ALL_ITEMS)}),[wt],{by_count}))))'
    )
