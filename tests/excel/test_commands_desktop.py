"""Buttons in Excel on the desktop, whose place a strict stand-in takes: marks, dialogs, files, protection put back as it was."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest
from openpyxl.comments import Comment

from perfeval_xl.excel import commands
from perfeval_xl.excel.host import DesktopHost
from perfeval_xl.excel.log import file as log_file
from perfeval_xl.workbook.assess import Request, assess
from tests.support.button_matrix import TITLES
from tests.support.document import opened
from tests.support.excels import Counted, Desktop
from tests.support.live import LiveBook, changed, looks_changed
from tests.support.open_books import foreign, older, own_form
from tests.support.reading import loaded


def test_marks_are_notes_and_colours_that_a_second_click_takes_away_without_a_trace(tmp_path: Path) -> None:
    live = LiveBook(own_form(tmp_path / "表.xlsx"))
    before = live.faces()
    desk = Desktop(live)
    commands.check(desk.book)
    sheet = live.book["自评表"]
    notes = {c.coordinate: c.comment.text for row in sheet.iter_rows() for c in row if c.comment}
    assert len(notes) == 4
    assert all(text.startswith("【绩效自评校验】\n1. ") for text in notes.values())
    coloured = {str(area.sqref) for area in sheet.conditional_formatting for rule in area.rules if rule.formula == ['N("perfeval")=0']}
    assert set(" ".join(coloured).split()) == set(notes)
    assert sheet.protection.sheet
    commands.check(desk.book)
    assert desk.told[-1].startswith("已清除 4 格的校验标记")
    after = live.faces()
    assert {at for at in changed(before, after) if at[0] != "问题清单"} == set()
    assert looks_changed(before, after) == []


def test_a_form_without_findings_is_said_to_have_none(tmp_path: Path) -> None:
    desk = Desktop(LiveBook(own_form(tmp_path / "表.xlsx", 30)))
    for _ in range(2):
        commands.check(desk.book)
        assert desk.told[-1].startswith("没有发现问题。")


def test_a_users_own_note_and_colours_stay(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx", scores=True))
    live.book["自评"]["H5"].comment = live.book["自评"]["E6"].comment
    before = live.faces()
    desk = Desktop(live)
    commands.check(desk.book)
    assert "有 1 格已有批注或数量过多" in desk.told[-1]
    commands.check(desk.book)
    commands.undo(desk.book)
    assert {at for at in changed(before, live.faces()) if at[0] == "自评"} == set()


def test_undo_of_a_second_check_brings_the_first_list_back_with_its_links(tmp_path: Path) -> None:
    live = LiveBook(own_form(tmp_path / "表.xlsx"))
    desk = Desktop(live)
    commands.check(desk.book)
    commands.check(desk.book)
    first = {at: face[0] for at, face in live.faces().items() if at[0] == "问题清单"}
    live.book["自评表"]["G10"] = None  # one finding more
    desk = Desktop(live)
    commands.check(desk.book)
    assert {at: face[0] for at, face in live.faces().items() if at[0] == "问题清单"} != first
    commands.undo(desk.book)
    assert {at: face[0] for at, face in live.faces().items() if at[0] == "问题清单"} == first


def test_undo_of_a_check_never_deletes_what_somebody_wrote_on_the_list(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx", scores=True))
    desk = Desktop(live)
    commands.check(desk.book)
    live.book["问题清单"]["I4"] = "张三同意，理由……"
    live.book["问题清单"]["A40"] = "复核意见"
    desk = Desktop(live)
    commands.undo(desk.book)
    left = {c.coordinate: c.value for row in live.book["问题清单"].iter_rows() for c in row if c.value is not None}
    assert left == {"I4": "张三同意，理由……", "A40": "复核意见"}
    assert "工作表“问题清单”中有后来填写的内容，没有删除" in desk.told[-1]


def test_a_second_list_spares_the_rows_somebody_wrote_below_the_first(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx", scores=True))
    desk = Desktop(live)
    commands.check(desk.book)
    sheet = live.book["问题清单"]
    rows = [r for r in range(4, 60) if sheet[f"A{r}"].value is not None]
    remark = rows[-1] + 1
    sheet[f"A{remark}"], sheet[f"B{remark}"] = "复核意见", "同意"
    live.book["自评"]["E6"] = "多"  # one finding more, which would lie on the remark
    for _ in range(2):
        desk = Desktop(live)
        commands.check(desk.book)
    assert len([r for r in range(4, 60) if isinstance(sheet[f"A{r}"].value, int)]) != len(rows)
    assert (sheet[f"A{remark}"].value, sheet[f"B{remark}"].value) == ("复核意见", "同意")


def test_undo_under_a_protected_structure_says_so_and_changes_nothing(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx", scores=True))
    commands.check(Desktop(live).book)
    live.book.security.lockStructure = True
    before = live.faces()
    desk = Desktop(live)
    commands.undo(desk.book)
    assert "不能增加或删除工作表" in desk.told[-1]
    assert changed(before, live.faces()) == {}


def test_undo_knows_its_numbers_again_in_cells_formatted_as_text(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx"))
    for row in range(5, 17):
        live.book["自评"][f"H{row}"].number_format = live.book["自评"][f"F{row}"].number_format = "@"
    before = live.faces()
    commands.recalculate(Desktop(live).book)
    assert isinstance(live.book["自评"]["H5"].value, str)
    desk = Desktop(live)
    commands.undo(desk.book)
    assert "未恢复" not in desk.told[-1]
    assert changed(before, live.faces()) == {}


def test_a_workbook_in_the_cloud_is_known_by_its_address_and_asked_for_no_settings(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx"))
    before = live.faces()
    for command in (commands.recalculate, commands.undo):
        desk = Desktop(live, "")
        desk.address = "https://unit-my.sharepoint.com/personal/表.xlsx"
        command(desk.book)
    assert desk.told[-1].startswith("已撤销")
    assert changed(before, live.faces()) == {}


def test_marks_can_be_cleared_whatever_stands_in_the_way_on_another_sheet(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx", scores=True))
    other = live.book.create_sheet("附件")
    other["A1"].comment = Comment("请勿改动", "")
    other.protection.sheet = True
    commands.check(Desktop(live).book)
    desk = Desktop(live)
    desk.filtered = {"附件"}
    commands.check(desk.book)
    assert desk.told[-1].startswith("已清除 ")
    assert other["A1"].comment is not None


def test_what_may_be_selected_on_a_protected_form_is_put_back(tmp_path: Path) -> None:
    live = LiveBook(own_form(tmp_path / "表.xlsx", 3, weights=False))
    desk = Desktop(live)
    desk.selection = {"自评表": 1}  # only cells to be filled in
    commands.allocate_weights(desk.book)
    assert desk.told[-1].startswith("已分配 3 项")
    assert desk.selection == {"自评表": 1}


def test_undo_takes_back_the_number_format_that_a_percentage_brought(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx"))
    sheet = live.book["自评"]
    for row in range(5, 17):
        sheet[f"F{row}"].number_format = "0.0" if row == 9 else "General"
    before = live.faces()
    commands.recalculate(Desktop(live).book)
    assert sheet["F5"].number_format == "0.00%"
    commands.undo(Desktop(live).book)
    assert changed(before, live.faces()) == {}
    assert sheet["F9"].number_format == "0.0"


def test_a_failed_click_leaves_the_undo_of_the_one_before(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx", weights=False))
    before = live.faces()
    desk = Desktop(live)
    commands.allocate_weights(desk.book)
    live.refuse_once = live.writes + 1
    commands.recalculate(desk.book)
    assert "没有完成，工作簿没有改动" in desk.told[-1]
    commands.undo(desk.book)
    assert "“分配权重”" in desk.told[-1]
    assert changed(before, live.faces()) == {}


def test_the_status_bar_says_what_is_going_on_and_is_given_back(tmp_path: Path) -> None:
    desk = Desktop(LiveBook(foreign(tmp_path / "表.xlsx")))
    commands.recalculate(desk.book)
    assert desk.statuses == ["重新计算…", "重新计算：正在读取…", "重新计算：正在写入…", False]
    assert desk.calculated == 1


def test_recalculating_forty_rows_reads_and_writes_at_most_four_times_even_where_every_score_is_a_formula(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx", 40, scores=True))
    for row in range(5, 44):
        live.book["自评"][f"H{row}"] = f"=G{row}*0.5"
        live.results["自评", f"H{row}"] = 0.5
    Counted.reads = Counted.writes = 0
    desk = Desktop(live)
    commands.recalculate(desk.book)
    assert Counted.reads <= 4
    assert 1 <= Counted.writes <= 4
    assert "格是公式，保留公式，其结果与规则不同" in desk.told[-1]
    assert live.book["自评"]["H5"].value == "=G5*0.5"


def test_a_form_whose_formulas_say_something_else_after_all_is_not_called_right(tmp_path: Path) -> None:
    live = LiveBook(own_form(tmp_path / "表.xlsx", 3))
    at = assess(live.path, Request()).evaluation.scores[-1].indicator.place.cell("score")
    live.results["自评表", at] = 1.23
    desk = Desktop(live)
    commands.recalculate(desk.book)
    assert desk.told[-1].startswith("没有改写任何格子。")
    assert f"有 1 格是公式，保留公式，其结果与规则不同：自评表!{at}（1.23，应为 " in desk.told[-1]
    assert "请运行“诊断”" in desk.told[-1]


def test_read_only_and_older_forms_are_said(tmp_path: Path) -> None:
    desk = Desktop(LiveBook(foreign(tmp_path / "表.xlsx")))
    desk.is_read_only = True
    commands.recalculate(desk.book)
    assert "请用“另存为”保存" in desk.told[-1]
    desk = Desktop(LiveBook(older(own_form(tmp_path / "旧.xlsx", 3))))
    commands.recalculate(desk.book)
    assert "模板版本过旧：模板版本 perfeval-2024.1" in desk.told[-1]


def test_a_report_is_written_on_what_is_on_the_screen(tmp_path: Path) -> None:
    live = LiveBook(own_form(tmp_path / "表.xlsx", 6))
    live.book["基本情况"]["B2"] = "未保存的单位名"
    target = tmp_path / "报告.docx"
    desk = Desktop(live, str(target))
    commands.report(desk.book)
    assert desk.asked == ["表-绩效自评报告.docx"]
    assert desk.told[-1].startswith(f"已保存为 {target}。")
    assert any("未保存的单位名" in p.text for p in opened(target).paragraphs)


def test_without_a_workbook_what_needs_none_works_and_the_rest_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "新表.xlsx"
    desk = Desktop(LiveBook(foreign(tmp_path / "表.xlsx")), None, None, str(target))
    monkeypatch.setattr("perfeval_xl.excel.host.active_app", lambda: desk.book.app)
    commands.new_table(None)
    assert desk.opened == [str(target)]
    commands.help_(None)
    assert "填报：" in desk.told[-1]
    for button in ("recalculate", "check", "allocateWeights", "undo", "findings", "report", "rulesets"):
        commands.COMMANDS[button](None)
        assert desk.told[-1].startswith(f"“{TITLES[button]}”没有完成，工作簿没有改动。\n没有打开的工作簿")


def test_a_new_form_is_asked_for_saved_and_opened(tmp_path: Path) -> None:
    target = tmp_path / "新表"
    desk = Desktop(LiveBook(foreign(tmp_path / "表.xlsx")), "hunan-department-2018", "2019", str(target))
    commands.new_table(desk.book)
    made = target.with_name("新表.xlsx")
    assert desk.opened == [str(made)]
    assert "hunan-department-2018" in desk.told[-1]
    assert "自评表" in loaded(made).sheetnames


@pytest.mark.parametrize(("answers", "told"), [
    (["没有的"], "没有编号为“没有的”的规则集"), ([None, "两千"], "年度“两千”不正确"), ([False], ""), ([None, "2025", False], ""),
])  # fmt: skip
def test_a_wrong_answer_is_said_and_a_closed_dialog_is_silent(tmp_path: Path, answers: list[Any], told: str) -> None:
    desk = Desktop(LiveBook(foreign(tmp_path / "表.xlsx")), *answers)
    commands.new_table(desk.book)
    assert desk.answers == []
    listed, *rest = desk.told
    assert "1. " in listed
    assert told in "".join(rest)
    assert bool(rest) == bool(told)


def test_another_rule_set_is_remembered_for_a_foreign_table_and_makes_a_new_form_of_ours(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx"))
    before = live.faces()
    desk = Desktop(live, "hubei-project-2020")
    commands.rulesets(desk.book)
    assert "本表改用规则集：hubei-project-2020" in desk.told[-1]
    commands.recalculate(desk.book)
    assert "规则集：hubei-project-2020" in desk.told[-1]
    commands.undo(desk.book)
    assert changed(before, live.faces()) == {}
    own = LiveBook(own_form(tmp_path / "自评表.xlsx", 3))
    before, target = own.faces(), tmp_path / "新.xlsx"
    desk = Desktop(own, "hubei-project-2020", "yes", str(target))
    commands.rulesets(desk.book)
    assert changed(before, own.faces()) == {}
    done = assess(target, Request())
    assert done.evaluation.ruleset == "hubei-project-2020"
    assert [s.indicator.name for s in done.evaluation.scores if s.indicator.name.startswith("指标")] == ["指标1", "指标2", "指标3"]


def test_merging_runs_in_a_process_of_its_own_that_ends_with_the_workbook(tmp_path: Path) -> None:
    source = tmp_path / "各单位 报送"
    source.mkdir()
    for name in ("水利局", "教育局"):
        own_form(source / f"{name}.xlsx", 3, department=name)
    target = tmp_path / "汇总.xlsx"
    desk = Desktop(LiveBook(foreign(tmp_path / "表.xlsx")), str(source), "", str(target))
    commands.merge(desk.book)
    assert "已在单独的窗口中开始汇总“各单位 报送”" in desk.told[-1]
    end = time.monotonic() + 120
    while not target.exists() and time.monotonic() < end:
        time.sleep(0.2)
    told = {str(value) for row in loaded(target)["汇总"].iter_rows(values_only=True) for value in row}
    assert told >= {"水利局", "教育局"}


def test_merging_runs_nothing_that_lies_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Excel's current folder is the workbook's: a click.py that came along with it in a zip is not ours."""
    planted = tmp_path / "下载"
    planted.mkdir()
    for name in ("click.py", "perfeval_xl.py"):
        (planted / name).write_text("from pathlib import Path\nPath(__file__).with_name('PWNED').touch()\nraise SystemExit(3)\n", encoding="utf-8")
    source = tmp_path / "报送"
    source.mkdir()
    own_form(source / "水利局.xlsx", 3, department="水利局")
    monkeypatch.chdir(planted)
    target = tmp_path / "汇总.xlsx"
    commands.merge(Desktop(LiveBook(foreign(tmp_path / "表.xlsx")), str(source), "", str(target)).book)
    end = time.monotonic() + 120
    while not target.exists() and not (planted / "PWNED").exists() and time.monotonic() < end:
        time.sleep(0.2)
    assert not (planted / "PWNED").exists()
    assert target.exists()


def test_merging_says_what_is_wrong_before_it_starts(tmp_path: Path) -> None:
    table = foreign(tmp_path / "表.xlsx")
    for answers, told in (([str(tmp_path / "没有")], "打不开"), ([str(tmp_path), "没有的规则集"], "没有的规则集"), ([str(tmp_path), "", str(tmp_path / "x" / "汇总.xlsx")], "不存在")):
        desk = Desktop(LiveBook(table), *answers)
        commands.merge(desk.book)
        assert told in desk.told[-1]
        assert "没有完成" in desk.told[-1]


def test_a_program_that_may_start_no_other_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perfeval_xl.excel.host.console_python", lambda: tmp_path / "没有")
    desk = Desktop(LiveBook(foreign(tmp_path / "表.xlsx")), str(tmp_path), "", str(tmp_path / "汇总.xlsx"))
    commands.merge(desk.book)
    assert "可能被安全软件阻止" in desk.told[-1]


def test_a_bug_of_ours_is_told_in_chinese_and_logged_without_a_cells_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_any: object, **_more: object) -> None:
        raise RuntimeError("机密内容 42")

    monkeypatch.setattr("perfeval_xl.excel.commands.calculating.recalculated", broken)
    desk = Desktop(LiveBook(foreign(tmp_path / "表.xlsx")))
    commands.recalculate(desk.book)
    assert "出现意外错误，没有完成" in desk.told[-1]
    logged = log_file().read_text(encoding="utf-8")
    assert "RuntimeError" in logged
    assert "calculating.py" in logged
    assert "机密" not in logged


def test_a_button_pressed_while_a_cell_is_edited_still_says_so_where_excel_shows_no_dialog(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desktop(LiveBook(foreign(tmp_path / "表.xlsx")))
    desk.is_editing = True
    commands.recalculate(desk.book, DesktopHost(desk.book))
    assert "Excel 正忙：有单元格正在编辑" in capsys.readouterr().err
    assert sys.platform != "win32" or desk.told
