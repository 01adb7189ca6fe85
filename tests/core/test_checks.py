"""The audit: exact findings of each check, its near misses, order, repeats, switched-off kinds, and checks that fail."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from perfeval_xl.core.checks import CHECKS, audit, full_audit
from perfeval_xl.core.checks.run import guarded
from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.findings import KINDS, Finding, Location, Severity, finding
from perfeval_xl.core.model import Evaluation, Submission
from perfeval_xl.core.parameters import CheckRule, RuleStatus
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.rulesets.loader import load
from perfeval_xl.workbook.assess import Request, assess
from tests.support.audits import audited, row, submission

ROOT = Path(__file__).parents[2]
DATA = tomllib.loads((ROOT / "tests" / "cases" / "checks.toml").read_text(encoding="utf-8"))
CASES: list[Mapping[str, Any]] = DATA["cases"]
OWN_TESTS = {"unreadable-part"}
"""Kinds with a test of their own below."""


def _findings(case: Mapping[str, Any], which: str) -> list[Finding]:
    return audited(case[which], case.get("ruleset", "national-project-2020"), case.get("as_of"))


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c["kind"]))
def test_a_check_reports_its_case_at_the_cell_in_these_words(case: Mapping[str, Any]) -> None:
    assert [[f.location.cell, f.message] for f in _findings(case, "report") if f.kind.kind == case["kind"]] == case["found"]
    assert case["found"]


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c["kind"]))
def test_a_near_miss_is_let_pass(case: Mapping[str, Any]) -> None:
    assert [str(f.location) for f in _findings(case, "near") if f.kind.kind == case["kind"]] == []


def test_every_kind_has_a_case_or_a_room_that_makes_it() -> None:
    assert {c["kind"] for c in CASES} | set(DATA["elsewhere"]) | OWN_TESTS == set(KINDS)


@pytest.mark.parametrize(("kind", "room"), DATA["elsewhere"].items())
def test_kinds_of_other_rooms_are_made_there(kind: str, room: str) -> None:
    assert any(f'"{kind}"' in path.read_text(encoding="utf-8") for path in (ROOT / "perfeval_xl" / room).rglob("*.py"))


def test_the_seed_has_these_findings_and_no_other() -> None:
    done = assess(ROOT / "workbooks" / "samples" / "yuangang-2023.xlsx", Request())
    found = audit(done.evaluation.submission, done.evaluation, done.ruleset.at(done.evaluation.day))
    assert [(f.severity.value, f.kind.kind, f.location.cell) for f in found] == [
        ("warning", "unscored-section", ""),
        ("warning", "implausible-quantity", "E4"),
        ("warning", "actual-in-rate-column", "F11"),
        ("info", "operator-in-actual", "E15"),
    ]
    assert found[0].found == "没有填写管理效率指标"


def _given(*cells: list[str], **more: Any) -> tuple[Submission, Evaluation, Rulebook]:
    given = submission({"rows": list(cells), **more})
    done = evaluate(given, load("national-project-2020"))
    return given, done, load("national-project-2020").at(done.day)


SOUND = ["产出指标", "数量指标", "甲", "10个", "10个", "", "10", "10", ""]


def test_a_check_that_fails_is_named_with_its_place_and_keeps_what_it_had_found() -> None:
    given, done, book = _given(SOUND)

    def half_way(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
        yield finding("zero-weight", Location(submission.file, submission.sheet, "G5"), "分值为 0")
        raise ArithmeticError

    found = guarded(half_way, given, done, book)
    assert [(f.kind.kind, str(f.location), f.found) for f in found] == [
        ("zero-weight", "'[a.xlsx]自评表'!G5", "分值为 0"),
        ("unreadable-part", "'[a.xlsx]自评表'", "检查“half_way”在此表中没有做完（ArithmeticError）"),
    ]


def test_a_check_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    from perfeval_xl.core.checks import run  # noqa: PLC0415

    def broken(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
        raise ValueError

    given, done, book = _given(["产出指标", "数量指标", "甲", "39人", "52人", "", "10", "10", "申请增加"])
    before = [f.kind.kind for f in audit(given, done, book)]
    monkeypatch.setattr(run, "CHECKS", (broken, *CHECKS))
    assert [f.kind.kind for f in audit(given, done, book)] == ["unreadable-part", *before]


def test_findings_come_down_the_sheet_and_no_cell_says_the_same_twice() -> None:
    given, done, book = _given(["产出指标", "数量指标", "甲", "100%", "72%", "100%", "10", "10", ""], ["产出指标", "数量指标", "乙", "≥10个", "≥10个", "", "0", "0", ""])
    found = audit(given, done, book)
    lines = [int("".join(c for c in f.location.cell if c.isdigit()) or 0) for f in found]
    assert lines == sorted(lines)
    assert len({(f.kind.kind, f.location) for f in found}) == len(found)
    given = replace(given, findings=[found[-1]])
    again = audit(given, replace(done, submission=given), book, peers=[found[-1]], previous=[found[-1]])
    assert again == found


def _with_rule(book: Rulebook, **fields: Any) -> Rulebook:
    return replace(book, checks=(CheckRule(reference="practice", status=RuleStatus.FROM_FORM, **fields), *book.checks))


def test_a_rule_set_can_switch_a_kind_off_and_the_reason_is_told() -> None:
    given, done, book = _given(["产出指标", "数量指标", "甲", "10个", "10个", "", "0", "0", ""])
    assert "zero-weight" in {f.kind.kind for f in audit(given, done, book)}
    done_without = full_audit(given, done, _with_rule(book, kind="zero-weight", state="off", reason="本局允许填报不计分的指标"))
    assert "zero-weight" not in {f.kind.kind for f in done_without.findings}
    assert [(o.kind.kind, o.left, o.reason, o.basis) for o in done_without.off] == [("zero-weight", 1, "本局允许填报不计分的指标", "通行做法，未见正式文本（据公开表格）")]


def test_a_rule_set_sets_severity_and_limits() -> None:
    given, done, book = _given(["产出指标", "数量指标", "甲", "10个", "15个", "", "10", "10", "需求增加"], SOUND)
    assert {f.kind.kind: f.severity for f in audit(given, done, _with_rule(book, kind="over-fulfilled", severity=Severity.INFO))}["over-fulfilled"] is Severity.INFO
    stricter = replace(book, checks=tuple(replace(c, value=Decimal("1.4")) if c.threshold == "rate" else c for c in book.checks))
    assert "target-too-low" in {f.kind.kind for f in audit(given, done, stricter)}
    without = replace(book, checks=tuple(c for c in book.checks if c.kind != "target-too-low"))
    assert "target-too-low" not in {f.kind.kind for f in audit(given, done, without)}


@pytest.mark.parametrize(("month", "day", "spent", "line"), [(4, 29, "10", None), (4, 30, "24.9", "25%"), (6, 30, "39", "40%"), (8, 31, "59", "60%"), (10, 31, "79", "80%"), (10, 31, "80", None)])
def test_spending_is_held_against_the_month_that_has_ended(month: int, day: int, spent: str, line: str | None) -> None:
    data = {"funds": {"annual": "100", "actual": spent, "weight": "10", "score": ""}}
    found = [f for f in audited(data, as_of=datetime.date(2023, month, day)) if f.kind.kind == "execution-behind"]
    assert [f.expected for f in found] == ([f"不低于 {line}"] if line else [])
    assert not [f for f in audited(data, as_of=datetime.date(2024, 12, 31)) if f.kind.kind == "execution-behind"], "the year is over"


def test_growth_of_the_seed_passes_and_another_does_not() -> None:
    text = "决算收入 9,121 万元，与上年对比增加 1,634.28 万元，增长 {}%。"
    kinds = {rate: [f.kind.kind for f in audited({"facts": {"收支情况": text.format(rate)}})] for rate in ("21.8", "22", "21.83", "21.7", "17.9")}
    assert kinds == {"21.8": [], "22": [], "21.83": [], "21.7": ["growth-wrong"], "17.9": ["growth-wrong"]}


@pytest.mark.parametrize(
    ("label", "text"),
    [("自评结论", "基本完成了全年任务"), ("自评结论", "未全部完成年度任务"), ("主要问题", "任务没有全部完成"), ("整体绩效目标", "全部完成各项任务"), ("自评结论", "力争明年全部完成"), ("自评情况", "完成率100%的指标有3个"), ("自评结论", "全部完成率达91%")],
)
def test_prose_that_claims_nothing_contradicts_nothing(label: str, text: str) -> None:
    data = {"rows": [["产出指标", "数量指标", "甲", "≥10个", "9个", "", "10", "9", "材料不足"]], "facts": {label: text}}
    assert "prose-contradicts-table" not in {f.kind.kind for f in audited(data)}


@pytest.mark.parametrize("reason", ["无", "/", "已完成", "完成", "－", "无偏差", "已按期全部完成。", "100%", "", "达标"])
def test_words_that_say_nothing_are_no_reason(reason: str) -> None:
    kinds = {f.kind.kind for f in audited({"rows": [["产出指标", "数量指标", "甲", "10个", "9个", "", "10", "9", reason]]})}
    assert "missing-reason" in kinds


@pytest.mark.parametrize("reason", ["受台风影响，活动延期", "人员不足", "无；下半年资金到位晚", "详见附件", "申请人减少"])
def test_any_words_of_cause_are_a_reason(reason: str) -> None:
    kinds = {f.kind.kind for f in audited({"rows": [["产出指标", "数量指标", "甲", "10个", "9个", "", "10", "9", reason]]})}
    assert "missing-reason" not in kinds


def test_a_form_without_a_place_for_reasons_is_not_asked_for_any() -> None:
    given = submission({"rows": [["产出指标", "数量指标", "甲", "10个", "9个", "", "10", "9", ""]]})
    columns = {name: c for name, c in given.indicators[0].place.columns.items() if name != "reason"}
    bare = replace(given, indicators=[given.indicators[0]._replace(place=given.indicators[0].place._replace(columns=columns))])
    done = evaluate(bare, load("national-project-2020"))
    assert "missing-reason" not in {f.kind.kind for f in audit(bare, done, load("national-project-2020").at(done.day))}


def test_a_rate_below_the_rule_sets_line_needs_a_reason_somewhere_in_the_form() -> None:
    """四川: an execution rate below 90 % needs a reason."""
    low = {"funds": {"annual": "100", "adjusted": "100", "actual": "89", "weight": "10", "score": "8.9"}}
    assert [f.found for f in audited(low, "sichuan-project-2023") if f.kind.kind == "missing-reason"] == ["预算执行率 89%，低于 90%，表中没有说明原因"]
    assert not [f for f in audited(low | {"facts": {"未完成原因分析": "项目验收推迟，尾款未付"}}, "sichuan-project-2023") if f.kind.kind == "missing-reason"]
    assert not [f for f in audited(low | {"funds": low["funds"] | {"actual": "90"}}, "sichuan-project-2023") if f.kind.kind == "missing-reason"]


def test_rows_are_only_read() -> None:
    cells = ["产出指标", "数量指标", "甲", "10个", "9个", "", "10", "9", ""]
    given, done, book = _given(cells)
    audit(given, done, book)
    assert given.indicators[0] == row(5, cells)
