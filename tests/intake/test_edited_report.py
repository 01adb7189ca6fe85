"""Our own report, edited in Word, taken in again: what a person changed is neither dropped nor overlooked."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from docx import Document

from perfeval_xl.core.checks import full_audit
from perfeval_xl.intake.convert import Taken, Wishes, take_in
from perfeval_xl.intake.take import source_of
from perfeval_xl.report.narration import evaluation_story
from perfeval_xl.report.word.make import make_document
from perfeval_xl.report.word.templates import shipped
from perfeval_xl.rulesets.loader import load
from perfeval_xl.workbook.assess import Request, assess
from perfeval_xl.workbook.forms.form import Entry, FormRow
from perfeval_xl.workbook.forms.template import Filling, write_self_evaluation
from tests.intake.test_round_trip import DEPARTMENT

ROWS = [("产出指标", "数量指标", FormRow("巡查次数", "≥", Entry(100), "次", Entry(100), Decimal(10))), ("效益指标", "经济效益", FormRow("代征税款", "≥", Entry(500), "万元", Entry(400), Decimal(10)))]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A department's report: one row lost points, no reason given."""
    form = tmp_path_factory.mktemp("r") / "form.xlsx"
    write_self_evaluation(form, load(DEPARTMENT), Filling(2023, "某局", facts={"主要问题": "人手不足。"}, rows=ROWS))
    done = assess(form, Request())
    book = done.ruleset.at(done.evaluation.day)
    return make_document("报告.docx", shipped("department"), evaluation_story(done.evaluation, book, full_audit(done.evaluation.submission, done.evaluation, book).findings)).data


def taken(report: bytes, *changes: tuple[str, str]) -> Taken:
    """With texts changed, each in the paragraphs that hold it; it must be there."""
    document = Document(io.BytesIO(report))
    for old, new in changes:
        held = [p for p in document.paragraphs if old in p.text]
        assert held
        for paragraph in held:
            paragraph.text = paragraph.text.replace(old, new)
    out = io.BytesIO()
    document.save(out)
    return take_in(source_of("报告.docx", out.getvalue()), Wishes(DEPARTMENT))


def test_untouched_nothing_is_kept_and_nothing_doubted(report: bytes) -> None:
    done = taken(report)
    assert not {"自评结论", "履职效能分析", "绩效管理情况"} & done.filling.facts.keys()
    assert done.doubts == []


def test_a_reason_filled_in_goes_into_its_row(report: bytes) -> None:
    done = taken(report, ("扣分原因：【待填】", "扣分原因：受租赁市场低迷影响"))
    row = next(r for _, _, r in done.filling.rows if r.name == "代征税款")
    assert row.reason == "受租赁市场低迷影响"
    assert row.origin is not None
    assert "受租赁市场低迷影响" in row.origin.text
    assert done.doubts == []


@pytest.mark.parametrize(("old", "new", "label"), [
    ("年共设置产出指标1个", "年共设置产出指标3个", "履职效能分析"), ("实际完成400万元", "实际完成450万元", "履职效能分析"), ("的指标有1个", "的指标有2个", "履职效能分析"),
    ("部门整体支出绩效自评分值20分", "部门整体支出绩效自评分值30分", "自评结论"), ("部门整体共设立产出指标1个", "部门整体共设立产出指标2个", "绩效管理情况"),
    ("履职效能指标分值20分", "履职效能指标分值40分", "履职效能分析"),
])  # fmt: skip
def test_a_changed_number_is_kept_and_doubted(old: str, new: str, label: str, report: bytes) -> None:
    done = taken(report, (old, new))
    assert new in done.filling.facts[label]
    assert [new in d.text for d in done.doubts] == [True] * len(done.doubts)
    assert done.doubts


def test_words_added_to_a_reason_still_to_be_filled_in_are_kept(report: bytes) -> None:
    done = taken(report, ("扣分原因：【待填】。", "扣分原因：【待填】。请财务科补充。"))
    assert "请财务科补充" in done.filling.facts["履职效能分析"]


