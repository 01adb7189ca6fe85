"""Old and new side by side: every difference is told, and what it does to the sample."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from perfeval_xl.core.parameters import AppliesTo, Qualitative, Steps
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.rulesets.compare import RowChange, compare, differences, summary
from perfeval_xl.rulesets.loader import available, load
from perfeval_xl.rulesets.sample import sample
from tests.support.generated import rulesets

DAY = datetime.date(2024, 6, 30)
JIANGXI, HUNAN = load("jiangxi-project-2017"), load("hunan-department-2018")


def _with_rule(ruleset: Ruleset, identifier: str, change: Callable[[Any], Any]) -> Ruleset:
    return replace(ruleset, rules=tuple(change(r) if r.id == identifier else r for r in ruleset.rules))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (JIANGXI, replace(JIANGXI, title="新名称"), [("title", "规则集名称", "江西省项目支出绩效自评（2017年）", "新名称")]),
        (JIANGXI, _with_rule(JIANGXI, "satisfaction", lambda r: replace(r, step=Decimal(2))), [("rules.satisfaction.step", "评分规则“satisfaction”每档百分点", "5", "2")]),
        (JIANGXI, replace(JIANGXI, completion=(replace(JIANGXI.completion[0], floor=Decimal("0.6")),)), [("completion.第1项.floor", "完成率上下限“第1项”完成率下限", "0%", "60%")]),
        (
            HUNAN,
            _with_rule(HUNAN, "three-public-change", lambda r: replace(r, deductions=(r.deductions[0], replace(r.deductions[1], points=Decimal(1))))),
            [("rules.three-public-change.deductions.分值8.points", "评分规则“three-public-change”“分值8”每次扣分", "0.8", "1")],
        ),
        (JIANGXI, replace(JIANGXI, rules=(*JIANGXI.rules[1:], JIANGXI.rules[0])), [
            ("rules", "评分规则的先后顺序", "cost-control；satisfaction；lower；proportional；date；yes-no；qualitative", "satisfaction；lower；proportional；date；yes-no；qualitative；cost-control")]),
        (JIANGXI, _with_rule(JIANGXI, "satisfaction", lambda r: replace(r, applies_to=AppliesTo(names=("满意度", "满意率")))),
         [("rules.satisfaction.applies_to.names", "评分规则“satisfaction”适用指标名称", "*满意度", "满意度；满意率")]),
        (JIANGXI, replace(JIANGXI, recognise=replace(JIANGXI.recognise, from_year=2018)), [("recognise.from_year", "识别起始年度", "2017", "2018")]),
    ],
)  # fmt: skip
def test_each_change_is_told_by_place_old_and_new(old: Ruleset, new: Ruleset, expected: list[tuple[str, str, str, str]]) -> None:
    assert [change[:4] for change in differences(old, new)] == expected


@given(rulesets(), rulesets())
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
def test_no_difference_is_told_of_the_same_and_one_at_least_of_others(one: Ruleset, other: Ruleset) -> None:
    assert differences(one, one) == []
    assert bool(differences(one, other)) == (one != other)
    for n, rule in enumerate(one.rules):
        less = replace(one, rules=one.rules[:n] + one.rules[n + 1 :])
        assert differences(one, less) != []
        changed = replace(one, rules=(*one.rules[:n], replace(rule, note=rule.note + "改"), *one.rules[n + 1 :]))
        assert [c.new for c in differences(one, changed)] == [rule.note + "改"]
    if len(one.rules) > 1:
        assert differences(one, replace(one, rules=one.rules[::-1])) != []


def test_the_sample_shows_what_a_change_does() -> None:
    """84 % satisfaction: one whole step of 5 below 90 % costs 1 of 10; three of 2 cost 3."""
    old = replace(JIANGXI, not_applicable=(replace(JIANGXI.not_applicable[0], policy="full"),))  # weights stay as they are
    answer = compare(old, _with_rule(old, "satisfaction", lambda r: replace(r, step=Decimal(2))), DAY)
    changed = [row for row in answer.rows if row.old != row.new]
    assert changed == [RowChange("群众满意度", "≥90%", "84%", "10", "9", "7")]
    assert Decimal(answer.old_total) - Decimal(answer.new_total) == 2


def test_a_rule_that_is_new_or_gone_is_one_line_for_people() -> None:
    less = replace(JIANGXI, rules=JIANGXI.rules[1:])
    count = len(differences(JIANGXI, less))
    title = JIANGXI.rules[0].title
    assert [c[:4] for c in summary(differences(JIANGXI, less))] == [("rules.cost-control", "评分规则“cost-control”", f"删去：{title}（{count} 项内容）", "")]
    assert [c[:4] for c in summary(differences(less, JIANGXI))] == [("rules.cost-control", "评分规则“cost-control”", "", f"新增：{title}（{count} 项内容）")]
    changed = differences(JIANGXI, replace(JIANGXI, issuer="某市"))
    assert summary(changed) == changed


def test_an_execution_that_only_one_scores_is_told_as_such() -> None:
    rows = compare(JIANGXI, load("hubei-project-2020"), DAY).rows
    assert rows[0] == RowChange("预算执行率", "110", "95", "20", "不计", "17.27")


def test_a_rule_set_of_other_years_is_told_in_words() -> None:
    late = replace(JIANGXI, grades=(replace(JIANGXI.grades[0], since=datetime.date(2030, 1, 1)),))
    answer = compare(JIANGXI, late, DAY)
    assert answer.rows == []
    assert answer.note == "规则集“jiangxi-project-2017”（新）在 2024-06-30 没有有效的“等级划分”，未能对比样表得分"


@pytest.mark.parametrize("name", [p.stem for p in available()])
def test_the_sample_has_a_row_for_every_rule_of_the_set(name: str) -> None:
    from perfeval_xl.core.evaluate import evaluate  # noqa: PLC0415

    ruleset = load(name)
    done = evaluate(sample(ruleset), ruleset, day=DAY)
    assert {s.rule for s in done.scores} - {""} == {r.id for r in ruleset.rules}
    assert done.unscored == sum(s.indicator.is_execution for s in done.scores if not ruleset.execution)
    assert any(isinstance(r, Qualitative | Steps) for r in ruleset.rules)
