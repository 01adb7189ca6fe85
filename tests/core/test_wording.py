"""Rows as people word them, tests/cases/rows.toml; and what evaluations say about rows that need a second look."""

from __future__ import annotations

import datetime
import io
import sys
import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.evaluate import evaluate, trace
from perfeval_xl.core.findings import Severity
from perfeval_xl.core.model import Evaluation, Execution, Fund, Indicator, Place, Status
from perfeval_xl.report.document import evaluation_document
from perfeval_xl.report.terminal import show_evaluation
from perfeval_xl.rulesets.loader import load
from tests.support.rows import COLUMNS, indicator, submission

GROUPS = tomllib.loads((Path(__file__).parents[1] / "cases" / "rows.toml").read_text(encoding="utf-8"))
CASES = [case for group in GROUPS.values() for case in group["cases"]]


def evaluated(*rows: Indicator, year: int | None = 2023) -> Evaluation:
    return evaluate(submission(*rows, year=year), load("national-project-2020"))


def kinds(done: Evaluation) -> list[tuple[str, str]]:
    return [(f.kind.kind, f.location.cell) for f in done.findings]


@pytest.mark.parametrize(("target", "actual", "outcome", "findings"), CASES)
def test_a_row_is_scored_by_what_its_words_say(target: str, actual: str, outcome: str, findings: list[str]) -> None:
    done = evaluated(indicator(target=target, actual=actual, weight="10"))
    score = done.scores[0]
    got = plain(score.score) if score.score is not None else score.status.value
    assert (got, [f.kind.kind for f in done.findings]) == (outcome, findings)


@pytest.mark.parametrize("case", [case for case in GROUPS["words"]["cases"] if case[2] in {"0", "6"}])
def test_words_of_failure_stay_below_full_marks_whatever_was_reported(case: list[str]) -> None:
    done = evaluated(indicator(target=case[0], actual=case[1], weight="10", score="10"))
    assert done.scores[0].score is not None
    assert done.scores[0].score < 10
    assert kinds(done) == [("unmet-full-marks", "H5")]


def test_a_score_taken_over_from_the_form_is_named_in_every_output() -> None:
    done = evaluated(indicator(5, name="保障能力", target="有效保障", actual="详见报告", weight="10", score="9"), indicator(6, target="1次", actual="1次", weight="10"))
    note = "以下定性指标的文字未表明完成等次，采用填报得分，请核对：H5“保障能力”。"
    assert note in done.notes
    assert note in evaluation_document(done)["notes"]
    assert note in shown(done)
    assert done.scores[0].score == 9


def shown(done: Evaluation) -> str:
    """What the terminal prints."""
    out, before = io.StringIO(), sys.stdout
    sys.stdout = out
    try:
        show_evaluation(done, trace(done, load("national-project-2020")))
    finally:
        sys.stdout = before
    return out.getvalue()


def test_a_date_without_a_year_on_both_sides_needs_no_year() -> None:
    done = evaluated(indicator(5, target="6月底前", actual="5月", weight="10"), indicator(6, target="6月底前", actual="7月", weight="10"), year=None)
    assert [s.score for s in done.scores] == [10, 0]


def test_a_day_of_reference_gives_the_year_where_the_table_names_none() -> None:
    row = submission(indicator(target="年底前", actual="2024年1月5日", weight="10"), year=None)
    assert evaluate(row, load("national-project-2020"), day=datetime.date(2023, 12, 31)).scores[0].score == 0
    assert evaluate(row, load("national-project-2020"), day=datetime.date(2024, 12, 31)).scores[0].score == 10


@pytest.mark.parametrize(
    ("target", "actual", "line"),
    [
        ("减少10%", "增加12%", "按下降幅度比较，实现值为增长，方向相反，按负数计算"),
        ("减少10%", "增加12%", "实现值为负数（-12），按 0 计算"),
        ("≥10万元", "-3万元", "实现值为负数（-3），按 0 计算"),
        ("降低10%", "12%", "按下降幅度比较，实现值未写升降，按下降计算"),
        ("=-5%", "-3%", "目标值 -5，实现值 -3：目标值不大于0，不计算比率，按是否达到判断：达到，完成率＝1"),
        ("≥-5%", "-6%", "目标值 -5，实现值 -6：目标值不大于0，不计算比率，按是否达到判断：未达到，完成率＝0"),
        ("0起", "1起", "目标值 0，实现值 1：目标值不大于0，不计算比率，按是否达到判断：未达到，完成率＝0"),
        ("3次", "2次", "完成率＝2÷3≈0.66666667"),
        ("3次", "2次", "得分≈10×0.66666667≈6.66666667，四舍五入保留 2 位小数＝6.67"),
        ("500万元", "493.3万元", "完成率＝493.3÷500＝0.9866"),
        ("500万元", "493.3万元", "得分＝10×0.9866＝9.866，四舍五入保留 2 位小数＝9.87"),
        ("年底前", "2024年1月5日", "日期未写年份的，按 2023 年度理解"),
        ("＞100人", "100人", "目标值为“>”，实现值恰好等于目标值，没有严格超过；按规则视同达到"),
    ],
)
def test_the_trace_tells_what_was_assumed(target: str, actual: str, line: str) -> None:
    done = evaluated(indicator(target=target, actual=actual, weight="10"))
    assert line in [str(step) for step in trace(done, load("national-project-2020"))[0]]


def test_a_decrease_is_wanted_even_of_a_burden() -> None:
    done = evaluated(indicator(name="事故发生率", target="下降5%", actual="下降6%", weight="10"))
    assert (done.scores[0].completion, done.scores[0].score) == (Decimal("1.2"), Decimal(10))


def test_a_bare_rate_takes_the_sense_of_the_indicators_name() -> None:
    done = evaluated(indicator(name="能耗降低率", target="≥5%", actual="下降6%", weight="10"))
    assert (done.scores[0].completion, kinds(done)) == (Decimal("1.2"), [])


def test_a_fraction_under_a_column_of_percents_is_read_as_percent_and_said_so() -> None:
    done = evaluated(indicator(name="覆盖率", target="95", actual="0.96", unit="%", weight="10"))
    assert (done.scores[0].score, kinds(done)) == (Decimal(10), [("out-of-range-percent", "E5")])
    plain_row = evaluated(indicator(name="覆盖率", target="95", actual="90", unit="%", weight="10"))
    assert (plain_row.scores[0].score, kinds(plain_row)) == (Decimal("9.47"), [])


def test_a_strict_sign_that_is_only_just_reached_may_be_scored_either_way() -> None:
    assert kinds(evaluated(indicator(target="＞100人", actual="100人", weight="10", score="9"))) == []
    assert kinds(evaluated(indicator(target="＞100人", actual="101人", weight="10", score="9"))) == [("met-but-deducted", "H5")]
    assert kinds(evaluated(indicator(target="≥100人", actual="100人", weight="10", score="9"))) == [("met-but-deducted", "H5")]


@pytest.mark.parametrize(("weight", "found"), [("-5", "分值为 -5"), (None, "“指标”有目标值或实现值，没有分值")])
def test_a_row_without_a_weight_is_an_error_at_the_weight_cell(weight: str | None, found: str) -> None:
    done = evaluated(indicator(target="1次", actual="1次", weight=weight))
    assert [(f.kind.kind, f.location.cell, f.found, f.severity) for f in done.findings] == [("missing-weight", "G5", found, Severity.ERROR)]
    assert (done.scores[0].status, done.unscored, done.grade) == (Status.UNSCORED, 1, None)


def test_a_detail_row_is_shown_and_counts_for_nothing() -> None:
    done = evaluated(indicator(5, target="10次", actual="10次", weight="10", score="10"), indicator(6, target="6次", actual="3次", is_detail=True, weight="5", score="1"))
    assert [s.status for s in done.scores] == [Status.SCORED, Status.DETAIL]
    assert (done.total, done.weight, done.unscored, done.sections[0].count, done.grade) == (Decimal(10), Decimal(10), 0, 1, "优")
    assert kinds(done) == []
    assert "不计分" in shown(done)


def test_an_evaluation_without_a_scored_row_has_no_grade() -> None:
    assert evaluated(indicator(target="不适用", actual="不适用", weight="10")).grade is None
    assert evaluated().grade is None


def test_scores_before_and_after_redistribution_are_both_right() -> None:
    def table(first: str, second: str) -> Evaluation:
        return evaluated(
            indicator(5, target="10次", actual="10次", weight="10", score=first), indicator(6, target="10次", actual="5次", weight="10", score=second),
            indicator(7, name="接待", target="10次", actual="不适用", weight="10"),
        )  # fmt: skip

    assert kinds(table("10", "5")) == []
    assert kinds(table("15", "7.5")) == []
    assert kinds(table("16", "7")) == [("score-over-weight", "H5"), ("score-mismatch", "H6")]
    done = table("10", "5")
    assert "本年不适用的指标（E7“接待”）分值合计 10，已按比例分给其余指标，合计得分按调整后的分值计算。" in done.notes
    assert (done.redistributed, evaluation_document(done)["total"]["redistributed"]) == (Decimal(10), "10")
    assert "其中不适用指标的分值 10 已分给其余指标" in shown(done)


def test_redistribution_rounds_once() -> None:
    """5 of 12 of 7 points is 2.9166…: on a weight of 14 it is 5.83, not twice the rounded 2.92."""
    done = evaluated(indicator(5, target="12次", actual="5次", weight="7"), indicator(6, target="1次", actual="不适用", weight="7"))
    assert done.scores[0].score == Decimal("5.83")


def test_a_score_for_a_row_that_does_not_apply_is_a_warning() -> None:
    done = evaluated(indicator(5, target="1次", actual="1次", weight="10"), indicator(6, target="1次", actual="不适用", weight="10", score="10"))
    assert [(f.kind.kind, f.location.cell, f.severity) for f in done.findings] == [("score-mismatch", "H6", Severity.WARNING)]


def test_rates_are_exact_to_eight_places_in_json() -> None:
    done = evaluated(indicator(5, target="500万元", actual="493.3万元", weight="4"), indicator(6, target="3次", actual="2次", weight="4"))
    assert [i["completion"] for i in evaluation_document(done)["indicators"]] == ["0.9866", "0.66666667"]


def test_an_absurd_rate_is_printed_and_does_not_crash() -> None:
    done = evaluated(indicator(target="0." + "0" * 17 + "1", actual="9" * 18, weight="10"))
    assert evaluation_document(done)["indicators"][0]["completion"] == "9" * 18 + "0" * 18
    assert "超过上限" in shown(done)


@pytest.mark.parametrize(("target", "actual", "word"), [("2023年12月底", "已完成", "期限"), ("2023年12月底", "100%", "期限"), ("显著提升", "详见报告", "看不出达成等次")])
def test_headlines_fit_what_was_found(target: str, actual: str, word: str) -> None:
    (found,) = evaluated(indicator(target=target, actual=actual, weight="10")).findings
    assert word in found.message
    assert "数值型" not in found.message
    assert "得分不在区间内" not in found.message


def test_budget_execution_without_any_weight_is_shown_and_not_counted() -> None:
    place = Place("a.xlsx", "自评表", 3, COLUMNS | {"annual": "D"})
    rows = submission(indicator(target="1次", actual="1次", weight="10"))
    form = Execution(Fund("年度资金总额", {"annual": "100"}, "80", "", place), None, None, unit="万元")
    for name, weight in (("guangzhou-department-2023", None), ("national-project-2020", 10)):
        first = evaluate(replace(rows, execution=form), load(name)).scores[0]
        assert (first.completion, first.weight) == (Decimal("0.8"), weight)
        assert first.status is (Status.SCORED if weight else Status.DETAIL)


def test_long_cells_are_shortened_on_the_screen_and_whole_in_json() -> None:
    text = "长" * 32_767
    done = evaluated(indicator(name=text, target="≥5次", actual=text, weight="10"))
    screen = shown(done)
    assert len(screen) < 6_000
    assert "…" in screen
    assert evaluation_document(done)["indicators"][0]["actual"] == text
    assert text in evaluation_document(done)["findings"][0]["found"]


WORDS = st.lists(st.sampled_from(["显著", "提升", "未", "下降", "不", "没有", "改善", "恶化", "良好", "较差", "完成", "优秀", "一级", "零", "无", "年", "月", "1", "次", "/", "%", "增长", "减少",
                                  "0", "-", "每", "≥", "底前", "季度", "第", "2023", "到", "约", "万元", ".", "事故"]), max_size=8).map("".join)  # fmt: skip


@given(WORDS, WORDS)
def test_any_two_texts_are_answered(target: str, actual: str) -> None:
    """Nothing raises; a row is scored between 0 and its weight, or says why not; the trace ends where the score does."""
    done = evaluated(indicator(target=target, actual=actual, weight="10", score="10"))
    score = done.scores[0]
    steps = [str(step) for step in trace(done, load("national-project-2020"))[0]]
    if score.status is Status.SCORED:
        assert score.score is not None
        assert 0 <= score.score <= 10
        assert any(plain(score.score) in step for step in steps)
    elif score.status is Status.UNSCORED:
        assert done.findings


def test_redistribution_settles_points_whose_rate_does_not_end() -> None:
    """0.475 of 3 of 0.9 points is 0.1425; on a weight of 1.8 that is 0.285, which goes up though the rate is written 0.158333…"""
    done = evaluated(indicator(5, target="3次", actual="0.475次", weight="0.9"), indicator(6, target="1次", actual="不适用", weight="0.9"))
    assert done.scores[0].score == Decimal("0.29")
