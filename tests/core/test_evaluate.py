"""Whole evaluations: sections, not applicable, either-or, caps, grades, dated parameters, findings with exact messages."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest

from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.findings import finding
from perfeval_xl.core.model import Execution, Fund, Place, Status
from perfeval_xl.core.parameters import CapRule, CapTier, CompletionRule, RuleStatus
from perfeval_xl.rulesets.loader import load
from tests.support.rows import COLUMNS, indicator, submission

NATIONAL = load("national-project-2020")


def test_findings_name_the_cell_and_say_what_to_do() -> None:
    rows = submission(indicator(name="综合税", target="500万元", actual="500万元", rate="493.3万元", weight="4", score="4"))
    found = evaluate(rows, load("guangzhou-department-2023")).findings
    assert [(str(f.location), f.message) for f in found] == [
        (
            "'[a.xlsx]自评表'!F5",
            "实现值填入了完成率列：完成率列写的是“493.3万元”，实现值列写的是“500万元”；应为：完成率列为百分比，实现值列为“493.3万元”。请将该数量移至“年度实现值”列，完成率由公式计算。",
        ),
        ("'[a.xlsx]自评表'!H5", "未完成却得满分：完成率 98.66%，自评得满分 4；应为：3.9。请按评分规则扣分，或更正实现值。"),
    ]


def test_a_row_that_does_not_apply_gives_its_weight_to_the_others() -> None:
    rows = submission(
        indicator(5, target="10次", actual="10次", weight="10"),
        indicator(6, target="10次", actual="5次", weight="10"),
        indicator(7, target="10次", actual="不适用", weight="10"),
    )
    done = evaluate(rows, load("national-project-2020"))
    assert [(s.status, s.weight, s.score) for s in done.scores] == [
        (Status.SCORED, Decimal("15.00"), Decimal("15.00")),
        (Status.SCORED, Decimal("15.00"), Decimal("7.50")),
        (Status.NOT_APPLICABLE, Decimal(0), None),
    ]
    assert (done.weight, done.total) == (Decimal(30), Decimal("22.50"))


def test_a_row_that_does_not_apply_keeps_full_marks_where_the_form_says_so() -> None:
    rows = submission(indicator(target="≤100%", actual="不适用", weight="8", name="新建楼堂馆所面积控制率"))
    assert evaluate(rows, load("hunan-department-2018")).total == 8


def test_of_an_either_or_pair_one_is_scored() -> None:
    rows = submission(
        indicator(5, name="结转结余率", target="", actual="", weight="5"),
        indicator(6, name="结转结余变动率", target="≤0%", actual="0%", weight="5"),
    )
    done = evaluate(rows, load("hunan-department-2018"))
    assert [s.status for s in done.scores] == [Status.ALTERNATIVE, Status.SCORED]
    assert (done.total, done.weight, done.unscored) == (Decimal(5), Decimal(5), 0)


@pytest.mark.parametrize(("spent", "total"), [("100", "100"), ("75", "89"), ("65", "79"), ("55", "69"), ("45", "59")])
def test_the_total_is_capped_by_budget_execution(spent: str, total: str) -> None:
    """70–80 % at most 89, 60–70 % 79, below 60 % 69, below 50 % 59: one locality's published tiers."""
    base = load("national-project-2020")
    tiers = tuple(CapTier(below=Decimal(b), at_most=Decimal(m)) for b, m in (("0.5", 59), ("0.6", 69), ("0.7", 79), ("0.8", 89)))
    cap = CapRule(reference="practice", status=RuleStatus.FROM_FORM, indicator="预算执行率", tiers=tiers)
    place = Place("a.xlsx", "自评表", 3, COLUMNS | {"annual": "D"})
    form = Execution(Fund("年度资金总额", {"annual": "100"}, spent, "", place), Decimal(10), None)
    rows = replace(submission(indicator(target="1", actual="1", weight="90")), execution=form)
    assert evaluate(rows, replace(base, caps=(cap,))).total == Decimal(total)


def test_the_budget_base_is_the_rule_sets() -> None:
    place = Place("a.xlsx", "自评表", 3, {"initial": "C", "annual": "D", "actual": "E", "weight": "F", "score": "G"})
    form = Execution(Fund("年度资金总额", {"initial": "100", "annual": "80"}, "60", "", place), None, None)
    rows = replace(submission(indicator(target="1", actual="1", weight="90")), execution=form)
    rates = {name: evaluate(rows, load(name)).scores[0].completion for name in ("beijing-project-2016", "national-project-2020", "hubei-project-2020")}
    assert rates == {"beijing-project-2016": Decimal("0.6"), "national-project-2020": Decimal("0.75"), "hubei-project-2020": Decimal("0.75")}
    assert evaluate(rows, load("hubei-project-2020")).scores[0].weight == 20


def test_parameters_are_taken_by_date() -> None:
    base = load("national-project-2020")
    early = CompletionRule(reference="practice", status=RuleStatus.UNCONFIRMED, until=datetime.date(2022, 12, 31), floor=Decimal("0.6"))
    late = CompletionRule(reference="practice", status=RuleStatus.UNCONFIRMED, since=datetime.date(2023, 1, 1))
    dated = replace(base, completion=(early, late))
    row = indicator(target="10次", actual="5次", weight="10")
    assert evaluate(submission(row, year=2022), dated).total == 0
    assert evaluate(submission(row, year=2023), dated).total == 5


def test_no_grade_while_a_row_is_unscored() -> None:
    good, bad = indicator(5, target="1次", actual="1次", weight="10"), indicator(6, target="1次", actual="", weight="10")
    done = evaluate(submission(good, bad), load("national-project-2020"))
    assert (done.grade, done.unscored, done.sections[0].unscored) == (None, 1, 1)
    assert evaluate(submission(good), load("national-project-2020")).grade == "优"


def test_unconfirmed_parameters_are_noted() -> None:
    done = evaluate(submission(indicator(target="1次", actual="1次", weight="10")), load("national-project-cost-2021"))
    assert any("未核实" in note for note in done.notes)


@pytest.mark.parametrize(
    ("target", "actual"),
    [("全部完成", "未全部完成"), ("完成", "没有完成"), ("达标", "基本未完成"), ("不发生事故", "发生事故"), ("良好", "良好以下"), ("按时完成", "未按时完成"), ("达标", "不达标")],
)
def test_words_that_deny_are_never_met(target: str, actual: str) -> None:
    score = evaluate(submission(indicator(target=target, actual=actual, weight="10")), load("national-project-2020")).scores[0]
    assert score.score in {None, Decimal(0), Decimal(6)}


@pytest.mark.parametrize("words", ["未出现逾期", "无逾期", "按期完成", "提前完成"])
def test_words_of_punctuality_against_a_date(words: str) -> None:
    score = evaluate(submission(indicator(target="2023年12月底", actual=words, weight="5")), load("national-project-2020")).scores[0]
    assert score.score == 5


@pytest.mark.parametrize(("weight", "actual", "target", "score"), [("1.68", "1.1875", "7", "0.29"), ("1.44", "0.90625", "9", "0.15"), ("1.8", "0.475", "3", "0.29")])
def test_a_product_that_is_exactly_half_goes_up_though_its_rate_never_ends(weight: str, actual: str, target: str, score: str) -> None:
    """1.68 × 1.1875 ÷ 7 = 0.285: the quotient is cut after 28 digits, the product must not be rounded down for it."""
    done = evaluate(submission(indicator(weight=weight, actual=actual, target=target)), load("national-project-2020"))
    assert str(done.scores[0].score) == score


def test_a_columns_unit_does_not_take_the_cells_own_scale_away() -> None:
    done = evaluate(submission(indicator(target="5万", actual="45000", unit="元", weight="10"), indicator(target="3千", actual="2500", unit="人", weight="10")), NATIONAL)
    assert [str(s.score) for s in done.scores] == ["9.0", "8.33"]


@pytest.mark.parametrize(
    ("name", "target", "actual", "score", "kinds"),
    [
        ("预算完成率", "100%", "0.9927", "8", ["out-of-range-percent"]), ("在职人员控制率", "≤100%", "1.02", "7.00", ["out-of-range-percent"]),
        ("“三公”经费\n变动率", "0", "2%", "6.4", []), ("“三公经费”变动率（%）", "0", "0.9831", None, ["out-of-range-percent"]),
        ("专项预算完成率", "≥90%", "85%", "7.56", []),
    ],
)  # fmt: skip
def test_named_rules_fit_their_own_indicators_however_these_are_set(name: str, target: str, actual: str, score: str | None, kinds: list[str]) -> None:
    done = evaluate(submission(indicator(name=name, target=target, actual=actual, weight="8")), load("hunan-department-2018"))
    assert (None if done.scores[0].score is None else str(done.scores[0].score), [f.kind.kind for f in done.findings]) == (score, kinds)


def test_budget_execution_stands_once_and_only_where_the_form_counts_it() -> None:
    fund = Fund("年度资金总额", {"annual": "100"}, "80", "", Place("a.xlsx", "自评表", 3, {"annual": "D", "actual": "E"}))
    whole = replace(submission(indicator(target="1", actual="1", weight="100")), execution=Execution(fund, None, None))
    done = evaluate(whole, NATIONAL)
    assert [(s.status.value, s.score) for s in done.scores] == [("detail", None), ("scored", Decimal(100))]
    assert (done.total, done.weight, done.grade) == (Decimal(100), Decimal(100), "优")
    own = replace(submission(indicator(name="预算执行率", target="", actual="79.27%", weight="10", is_execution=True)), execution=Execution(fund, None, None))
    assert [str(s.score) for s in evaluate(own, NATIONAL).scores] == ["7.93"]


def test_another_budget_than_the_rule_sets_is_told() -> None:
    fund = Fund("年度资金总额", {"initial": "", "annual": "100"}, "80", "", Place("a.xlsx", "自评表", 3, {"initial": "C", "annual": "D", "actual": "E"}))
    done = evaluate(replace(submission(indicator(target="1", actual="1", weight="90")), execution=Execution(fund, None, None)), load("beijing-project-2016"))
    assert "规则规定预算执行率以年初预算数为基数，表中该数为空，已按全年预算数计算。" in done.notes


def test_a_cell_that_cannot_be_read_is_not_called_blank() -> None:
    """#DIV/0! in the actual draws one finding, not three."""
    row = indicator(target="≥5", actual="", weight="10", score="10")
    fault = finding("error-cell", row.place.location("actual"), "单元格显示 #DIV/0!", "数值或文字")
    done = evaluate(replace(submission(row), findings=[fault]), NATIONAL)
    assert [f.kind.kind for f in done.findings] == ["error-cell"]


def test_what_score_and_grade_do_not_rest_on_is_said() -> None:
    rows = submission(indicator(target="10次", actual="10次", weight="90"))
    said = "表中没有资金情况和预算执行率（10 分），得分和等级只依据其余 90 分。"
    assert said in evaluate(rows, NATIONAL).notes
    assert said not in evaluate(submission(indicator(target="10次", actual="10次", weight="80")), NATIONAL).notes
    assert said not in evaluate(replace(rows, execution=Execution(Fund("总额", {"annual": "100"}, "100", "", Place("a.xlsx", "自评表", 3, COLUMNS)), Decimal(10), None)), NATIONAL).notes


def test_a_departments_form_by_a_projects_rules_is_said() -> None:
    rows = replace(submission(indicator(target="10次", actual="10次", weight="100")), form="department")
    assert [n for n in evaluate(rows, NATIONAL).notes if "部门整体支出" in n] == [
        "本表是部门整体支出自评表，而规则集“项目支出绩效自评（财预〔2020〕10号）”用于项目支出，满分、取位和等级可能与本地规定不同。请改用部门整体支出的规则集。",
    ]
    assert [n for n in evaluate(rows, load("guangzhou-department-2023")).notes if "用于项目支出" in n] == []
