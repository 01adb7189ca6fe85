"""Unit, project and year: from the title, and from the lines under it."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfeval_xl.intake.convert import Wishes
from perfeval_xl.intake.source import IntakeError
from perfeval_xl.intake.take import take
from tests.intake.test_kinds import ROADS, imported, report

UNIT, PROJECT = "某市城市管理局", "市政道路维修项目"
CHAPTERS = ("一、项目基本情况", "（一）项目概况", "维修道路 12.5 公里。", "二、绩效自评情况")


@pytest.mark.parametrize(
    "lines",
    [
        ("2024年度市政道路维修项目绩效自评报告", f"单位名称：{UNIT}", f"项目名称：{PROJECT}", *CHAPTERS),
        ("市政道路维修项目绩效自评报告", f"填报单位：{UNIT}  项目名称：{PROJECT}", "（2024年度）", *CHAPTERS),
        (f"{UNIT}2024年度市政道路维修项目支出绩效自评报告", *CHAPTERS),
        ("项目支出绩效自评表", "（2024年度）", f"项目名称：{PROJECT}", f"填报单位：{UNIT}"),
        ("市政道路维修项目绩效自评报告", *CHAPTERS, "附件：项目支出绩效自评表", "（二〇二四年度）", f"填报单位：{UNIT}", f"项目名称：{PROJECT}"),
    ],
)
def test_who_and_what_and_when(lines: tuple[str, ...], tmp_path: Path) -> None:
    taken, done = imported(report(tmp_path / "a.docx", lines, ROADS))
    submission = done.submission
    assert (submission.department, submission.project, submission.year) == (UNIT, PROJECT, 2024)
    assert [d for d in taken.doubts if not d.is_minor and ("单位" in d.text or "年度" in d.text)] == []
    assert not any("项目名称" in text or "填报单位" in text for text in submission.facts.values() if text not in {UNIT, PROJECT})


def test_a_sentence_that_begins_like_a_label_stays_in_its_chapter(tmp_path: Path) -> None:
    lines = ("2024年度市政道路维修项目绩效自评报告", "一、项目基本情况", "（一）项目概况", "项目单位：由三个区的养护中心共同实施。", "二、自评情况")
    taken = take(report(tmp_path / "a.docx", lines, ROADS), Wishes())
    assert (taken.filling.facts["年度工作任务"], taken.filling.department) == ("项目单位：由三个区的养护中心共同实施。", "")


def test_a_table_that_is_not_there_lists_those_that_are(tmp_path: Path) -> None:
    path = report(tmp_path / "a.docx", ["2024年度市政道路维修项目绩效自评报告"], ROADS)
    with pytest.raises(IntakeError, match="没有名为“表9”的表，现有：表1"):
        take(path, Wishes(sheet="表9"))
