"""new → fill → report → import gives the same submission, in both forms."""

from __future__ import annotations

import dataclasses
import datetime
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfeval_xl.core.checks import full_audit
from perfeval_xl.core.model import Submission
from perfeval_xl.intake.convert import Wishes, take_in
from perfeval_xl.intake.take import source_of, write_taken
from perfeval_xl.report.narration import evaluation_story
from perfeval_xl.report.word.make import make_document
from perfeval_xl.report.word.templates import shipped
from perfeval_xl.rulesets.loader import load
from perfeval_xl.workbook.assess import Request, assess
from perfeval_xl.workbook.forms.accounts import APPROVED, EXPENDITURE, INCOME, PAID, THREE_PUBLIC, Accounts
from perfeval_xl.workbook.forms.form import Entry, FormRow, FundRow, date_entry
from perfeval_xl.workbook.forms.template import Filling, write_self_evaluation
from tests.support.office import converted, needs_office

FIELDS = ("level1", "level2", "name", "target", "actual", "weight", "score", "reason", "direction", "unit", "evidence", "is_core", "is_detail")
LABELS = ("部门职能", "年度工作任务", "整体绩效目标", "绩效管理情况", "主要问题", "改进措施", "填报人", "联系电话", "填报日期")
SAMPLE = Path(__file__).parents[2] / "workbooks" / "samples" / "yuangang-2023.xlsx"
DEPARTMENT, PROJECT = "guangzhou-department-2023", "national-project-2020"
HEADS = {
    DEPARTMENT: (("产出指标", "数量指标"), ("产出指标", "质量指标"), ("产出指标", "时效指标"), ("效益指标", "经济效益"), ("效益指标", "社会效益"), ("效益指标", "服务对象满意度")),
    PROJECT: (("产出指标", "数量指标"), ("产出指标", "质量指标"), ("产出指标", "成本指标"), ("效益指标", "社会效益指标"), ("满意度指标", "服务对象满意度指标")),
}  # fmt: skip

words = st.sampled_from(["道路清扫", "养老服务", "水利设施维护", "职业培训", "信息系统运行", "环境整治", "安全检查", "困难群众救助", "“三公”经费管理", "项目申报（二期）", "2023年专项工作"])
sentences = st.builds(lambda a, b, n: f"{a}与{b}协同推进，完成任务{n}项。", words, words, st.integers(1, 99))
told = st.lists(st.lists(sentences, min_size=1, max_size=4).map("".join), min_size=1, max_size=3, unique=True).map("\n".join)
amounts = st.integers(1, 99_999_999).map(lambda n: Decimal(n) / 100)
weights = st.sampled_from([Decimal(4), Decimal("3.33"), Decimal(10), Decimal("2.5")])


@st.composite
def rows(draw: st.DrawFn, number: int) -> FormRow:
    name = draw(words) + draw(st.sampled_from(["完成数", "合格率", "覆盖面"])) + f"（{number}）"
    weight, reason = draw(weights), draw(st.sampled_from(["", "受天气影响，进度滞后；已调整计划。"]))
    evidence = draw(st.sampled_from(["", "验收报告", "统计报表、台账"]))
    kind = draw(st.sampled_from(["number", "percent", "quality", "date", "yes"]))
    if kind == "quality":
        return FormRow(name, "定性", Entry(draw(st.sampled_from(["显著提升", "健全", "有效保障"]))), "", Entry(draw(st.sampled_from(["达成", "部分达成"]))), weight, reason, evidence)
    if kind == "yes":
        return FormRow(name, "是否", Entry("是"), "", Entry(draw(st.sampled_from(["是", "否"]))), weight, reason, evidence)
    if kind == "date":
        done = datetime.date(2023, draw(st.integers(1, 12)), draw(st.integers(1, 28)))
        return FormRow(name, "时限", date_entry(datetime.date(2023, 12, 31)), "", date_entry(done), weight, reason, evidence)
    unit = "%" if kind == "percent" else draw(st.sampled_from(["个", "次", "万元", "平方米", "人次"]))
    target = draw(st.integers(1, 100) if kind == "percent" else st.integers(1, 99_999))
    actual = draw(st.integers(0, 100) if kind == "percent" else st.integers(0, 99_999) | st.sampled_from([493.3, 0.5, 1234.25]))
    return FormRow(name, draw(st.sampled_from(["≥", "≤", "＝"])), Entry(target), unit, Entry(actual), weight, reason, evidence)


@st.composite
def fillings(draw: st.DrawFn, ruleset: str) -> Filling:
    heads = sorted(draw(st.lists(st.sampled_from(HEADS[ruleset]), min_size=2, max_size=6)), key=HEADS[ruleset].index)
    table = [(level1, level2, draw(rows(number))) for number, (level1, level2) in enumerate(heads, 1)]
    facts = {label: draw(told) for label in LABELS[:6] if draw(st.integers(0, 4))} | {"填报人": "张三", "联系电话": "0755-82110000", "填报日期": "2024年3月15日"}
    lines: dict[str, Mapping[str, Decimal]] = {}
    for label in (INCOME, EXPENDITURE, THREE_PUBLIC[1], THREE_PUBLIC[2], "会议费"):
        if draw(st.booleans()):
            lines[label] = {"budget": draw(amounts), "current": draw(amounts), "previous": draw(amounts)}
    if not draw(st.integers(0, 3)):
        lines[INCOME] = {"current": Decimal(9121), "change": Decimal("1634.28"), "growth": Decimal("0.218")}  # as published: last year is not stated
    dates = {APPROVED: datetime.date(2023, 2, 15), PAID: datetime.date(2023, 3, 1)} if draw(st.booleans()) else {}
    own: dict[str, Any] = {"facts": facts, "rows": table, "accounts": Accounts(lines, dates)}
    if ruleset == PROJECT:
        first = draw(amounts)
        own |= {"project": "环卫作业市场化项目", "funds": (FundRow(first, first, draw(amounts)), FundRow(), FundRow(None, draw(amounts), draw(amounts)))}
    return Filling(2023, "广州市天河区某街道办事处", **own)


def back(filling: Filling, ruleset: str, folder: Path) -> tuple[Submission, Submission, list[str]]:
    """The submission of the filled form, that of the form imported from its report, and what the import doubted."""
    form, again = folder / "form.xlsx", folder / "again.xlsx"
    write_self_evaluation(form, load(ruleset), filling)
    done = assess(form, Request())
    book = done.ruleset.at(done.evaluation.day)
    story = evaluation_story(done.evaluation, book, full_audit(done.evaluation.submission, done.evaluation, book).findings)
    kind = "department" if ruleset == DEPARTMENT else "project"
    document = make_document("报告.docx", shipped(kind), story)
    taken = take_in(source_of("报告.docx", document.data), Wishes())
    write_taken(again, taken)
    return done.evaluation.submission, assess(again, Request()).evaluation.submission, [d.reason for d in taken.doubts]


def same(one: Submission, other: Submission) -> None:
    assert [tuple(getattr(r, f) for f in FIELDS) for r in other.indicators] == [tuple(getattr(r, f) for f in FIELDS) for r in one.indicators]
    assert {n: getattr(other, n) for n in ("department", "year", "project", "ruleset", "form")} == {n: getattr(one, n) for n in ("department", "year", "project", "ruleset", "form")}
    assert {n: other.facts.get(n) for n in LABELS} == {n: one.facts.get(n) for n in LABELS}
    assert _money(other) == _money(one)
    assert _funds(other) == _funds(one)


def _money(submission: Submission) -> Any:
    money = submission.money
    if money is None:
        return None
    lines = [(x.label, x.current, x.previous, x.budget, x.change, x.growth, x.rate) for x in money.lines]
    return lines, money.unit, money.approved and money.approved[0], money.paid and money.paid[0]


def _funds(submission: Submission) -> Any:
    execution = submission.execution
    return execution and [(f.label, dict(f.budgets), f.spent) for f in (execution.total, *execution.sources)]


@pytest.mark.parametrize("ruleset", [DEPARTMENT, PROJECT])
@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_submission_comes_back_from_its_own_report(ruleset: str, data: st.DataObject) -> None:
    filling = data.draw(fillings(ruleset))
    with tempfile.TemporaryDirectory() as folder:
        one, other, doubts = back(filling, ruleset, Path(folder))
    same(one, other)
    assert doubts == []


@needs_office
@pytest.mark.office
def test_our_own_report_printed_to_pdf_gives_no_text_that_nobody_wrote(tmp_path: Path) -> None:
    done = assess(SAMPLE, Request())
    story = evaluation_story(done.evaluation, done.ruleset.at(done.evaluation.day), [])
    (tmp_path / "报告.docx").write_bytes(make_document("报告.docx", shipped("department"), story).data)
    (printed,) = converted([tmp_path / "报告.docx"], tmp_path, "pdf", recalculates=False)
    for path in (tmp_path / "报告.docx", printed):
        taken = take_in(source_of(path.name, path.read_bytes()), Wishes())
        assert (taken.ruleset.id, taken.reason) == (DEPARTMENT, "报告中注明")
        assert [label for label in taken.filling.facts if label in (*LABELS, "自评结论")] == []
        assert [d.reason for d in taken.doubts if not d.is_minor] == []


def test_a_rule_set_that_is_not_here_is_told() -> None:
    done = assess(SAMPLE, Request())
    book = done.ruleset.at(done.evaluation.day)
    elsewhere = dataclasses.replace(book, ruleset=dataclasses.replace(book.ruleset, id="本市-2024"))
    data = make_document("报告.docx", shipped("department"), evaluation_story(done.evaluation, elsewhere, [])).data
    taken = take_in(source_of("报告.docx", data), Wishes())
    assert taken.ruleset.id == DEPARTMENT
    assert [(d.reason, "rulesets add" in d.remedy) for d in taken.doubts if "规则集" in d.reason] == [
        ("报告注明得分按规则集“本市-2024”计算，本机没有这个规则集，暂按“广州市部门整体支出绩效自评（2023年度）”（guangzhou-department-2023）导入", True),
    ]
    assert take_in(source_of("报告.docx", data), Wishes(DEPARTMENT)).doubts == [d for d in taken.doubts if "规则集" not in d.reason]
