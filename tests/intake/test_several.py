"""Two reports in one document: one is taken whole, the other is listed; nothing of it gets into the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfeval_xl.intake.convert import Wishes
from tests.intake.test_kinds import ROADS, imported, report

PARKS = [[text.replace("道路", "公园").replace("12.6", "13") for text in row] for row in ROADS]


def two(path: Path) -> Path:
    for project, rows in (("市政道路维修项目", ROADS), ("公园绿化项目", PARKS)):
        before = (f"2024年度{project}绩效自评报告", f"单位名称：{project}管理处", f"项目名称：{project}", "一、项目基本情况", "（一）项目概况", f"{project}概况。", "二、绩效自评情况")
        report(path, before, rows, after=("三、存在的主要问题", f"{project}勘察不足。", "四、下一步改进措施", f"{project}加强勘察。"))
    return path


@pytest.mark.parametrize(("sheet", "own", "other"), [("", "市政道路维修项目", "公园绿化项目"), ("表1", "市政道路维修项目", "公园绿化项目"), ("表2", "公园绿化项目", "市政道路维修项目")])
def test_only_the_chosen_one_is_taken(sheet: str, own: str, other: str, tmp_path: Path) -> None:
    taken, done = imported(two(tmp_path / "a.docx"), Wishes(sheet=sheet))
    submission = done.submission
    assert (submission.project, submission.department) == (own, f"{own}管理处")
    assert (submission.facts["年度工作任务"], submission.facts["主要问题"], submission.facts["改进措施"]) == (f"{own}概况。", f"{own}勘察不足。", f"{own}加强勘察。")
    assert [r.name for r in submission.indicators] == [r[2] for r in (ROADS if own.startswith("市政") else PARKS)]
    assert not any(other in text for text in submission.facts.values())
    listed = [d for d in taken.doubts if "另一份报告" in d.reason]
    assert [(other in d.text, "--sheet" in d.remedy) for d in listed] == [(True, True)]


def test_points_counted_from_one_in_a_chapter_are_no_second_report(tmp_path: Path) -> None:
    after = ("三、存在的主要问题", "一、勘察不足", "二、进度滞后", "四、下一步改进措施", "一、加强勘察")
    path = report(tmp_path / "a.docx", ("2024年度市政道路维修项目绩效自评报告", "一、项目基本情况", "（一）项目概况", "概况。"), ROADS, after=after)
    taken, _ = imported(path)
    assert [d for d in taken.doubts if "另一份报告" in d.reason] == []
