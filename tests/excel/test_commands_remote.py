"""Buttons over xlwings' own remote engine: real payloads in, the actions done to the workbook, results compared cell by cell."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import xlwings as xw

from perfeval_xl.excel import commands
from perfeval_xl.excel.commands import Command
from perfeval_xl.excel.host import ServerHost
from perfeval_xl.workbook.assess import Request, assess
from tests.support.excels import Counted, done, remote
from tests.support.live import LiveBook, RefusedError, changed, looks_changed
from tests.support.open_books import TOP, foreign, older, own_form, protected


def press(live: LiveBook, command: Command, host: ServerHost | None = None) -> str:
    """One click; returns the last dialog."""
    book = remote(live)
    command(book, host)
    done(live, book)
    return live.alerts[-1]


def test_recalculate_writes_the_engines_rates_and_scores_and_nothing_else(tmp_path: Path) -> None:
    path = foreign(tmp_path / "表.xlsx")
    scores = assess(path, Request()).evaluation.scores
    live = LiveBook(path)
    before = live.faces()
    told = press(live, commands.recalculate)
    sheet = live.book["自评"]
    for score in scores:
        row = score.indicator.place.row
        assert Decimal(str(sheet[f"H{row}"].value)) == score.score
        assert score.completion is not None
        assert sheet[f"F{row}"].value == pytest.approx(float(score.completion), abs=5e-5)
    after = changed(before, live.faces())
    assert set(after) == {("自评", f"{c}{r}") for c in "FH" for r in range(TOP + 1, TOP + 13)}
    assert looks_changed(before, live.faces()) == []
    assert told.startswith("已写入 24 格。\n总分 88.16（分值合计 90），等级：优。")
    assert "自评!H17" in told  # the sum, of which a server cannot see that it is a formula
    assert sheet["H17"].value == "=SUM(H5:H16)"


def test_undo_puts_everything_back_as_it_was(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx"))
    before = live.faces()
    press(live, commands.recalculate)
    assert press(live, commands.undo).startswith("已撤销")
    assert changed(before, live.faces()) == {}
    assert "没有可以撤销的操作" in press(live, commands.undo)


def test_undo_leaves_what_was_changed_since(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx"))
    press(live, commands.recalculate)
    live.book["自评"]["H5"] = 3
    told = press(live, commands.undo)
    assert "恢复 23 格" in told
    assert "有 1 格在那之后又改动过，未恢复：自评!H5。" in told
    assert live.book["自评"]["H5"].value == 3


def test_undo_and_marks_never_touch_another_workbook_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    ours = LiveBook(own_form(tmp_path / "a" / "自评表.xlsx", 3, weights=False))
    assert press(ours, commands.allocate_weights).startswith("已分配 3 项")
    other = LiveBook(own_form(tmp_path / "b" / "自评表.xlsx", 3, weights=False, department="某市教育局"))
    for sheet in other.sheets():  # it happens to hold the same weights
        for row in range(8, sheet.max_row + 1) if sheet.title == "自评表" else ():
            own = ours.book["自评表"][f"I{row}"].value
            if isinstance(own, int | float):
                sheet[f"I{row}"] = own
    before = other.faces()
    assert "另一个同名工作簿" in press(other, commands.undo)
    assert changed(before, other.faces()) == {}


def test_allocate_weights_fills_each_section_exactly_and_nothing_that_is_filled(tmp_path: Path) -> None:
    live = LiveBook(own_form(tmp_path / "表.xlsx", 7, weights=False))
    before = live.faces()
    told = press(live, commands.allocate_weights)
    shares = [Decimal(str(new)) for old, new in changed(before, live.faces()).values() if old is None]
    assert len(shares) == 7
    assert sum(shares) == 90
    assert sorted(shares)[:2] == [5, 5]
    assert "产出指标：满分 50，3 项平均分配 50：16.67、16.66" in told
    assert looks_changed(before, live.faces()) == []
    again = live.faces()
    assert press(live, commands.allocate_weights).startswith("没有需要分配的分值。")
    assert changed(again, live.faces()) == {}


def test_check_lists_findings_with_links_marks_cells_and_a_second_click_takes_the_marks_away(tmp_path: Path) -> None:
    path = foreign(tmp_path / "表.xlsx", scores=True)
    live = LiveBook(path)
    before = live.faces()
    told = press(live, commands.check)
    issues = live.book["问题清单"]
    rows = [[c.value for c in row] for row in issues.iter_rows(min_row=4)]
    assert [c.value for c in issues[3]] == ["序号", "级别", "位置", "问题", "发现的情况", "应为", "处理办法"]
    assert [r[0] for r in rows] == list(range(1, len(rows) + 1))
    links = {str(r[2]) for r in rows}
    assert '=HYPERLINK("#\'自评\'!H5","自评!H5")' in links
    notes = {c.coordinate: c.comment.text for row in live.book["自评"].iter_rows() for c in row if c.comment}
    assert notes["E6"] == "请附佐证材料"
    assert notes["H5"].startswith("【绩效自评校验】\n1. ")
    assert told.startswith(f"发现 {len(rows)} 个问题")
    assert live.sheets()[live.active].title == "问题清单"
    assert looks_changed(before, live.faces()) == []
    told = press(live, commands.check)
    assert told.startswith(f"已清除 {len(notes) - 1} 格的校验标记")
    left = changed(before, live.faces())
    assert {sheet for sheet, _ in left} == {"问题清单"}


def test_a_check_is_undone_with_its_sheet_and_its_notes(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx", scores=True))
    before = live.faces()
    press(live, commands.check)
    assert "删除工作表“问题清单”" in press(live, commands.undo)
    assert changed(before, live.faces()) == {}


def test_the_list_of_a_blank_form_takes_findings_into_its_own_lines(tmp_path: Path) -> None:
    live = LiveBook(own_form(tmp_path / "表.xlsx"))
    before = live.faces()
    told = press(live, commands.check)
    assert looks_changed(before, live.faces()) == []
    assert told.startswith("发现 4 个问题")
    assert [live.book["问题清单"][f"A{r}"].value for r in range(4, 9)] == [1, 2, 3, 4, None]
    assert "网页版加载项不在受保护的表上加批注" in told
    assert "问题清单”中有 4 项" in press(live, commands.findings)


def test_a_protected_foreign_sheet_refuses_the_first_action_so_that_nothing_is_half_done(tmp_path: Path) -> None:
    path = protected(foreign(tmp_path / "表.xlsx", scores=True))
    for command in (commands.recalculate, commands.check):
        live = LiveBook(path)
        for row in range(TOP + 1, TOP + 4):
            live.book["自评"][f"H{row}"] = None
        before = live.faces()
        book = remote(live)
        command(book)
        with pytest.raises(RefusedError):
            done(live, book)
        assert changed(before, live.faces()) == {}


def test_recalculating_a_form_of_forty_rows_reads_and_writes_at_most_four_times(tmp_path: Path) -> None:
    own = LiveBook(own_form(tmp_path / "own.xlsx", 40))
    table = LiveBook(foreign(tmp_path / "foreign.xlsx", 40))
    for live in (own, table):
        Counted.reads = Counted.writes = 0
        press(live, commands.recalculate)
        assert 1 <= Counted.reads <= 4
        assert Counted.writes <= 4
    assert Counted.writes >= 1


def test_two_thousand_rows_are_written_in_few_blocks(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx", 2001))
    before = live.faces()
    Counted.reads = Counted.writes = 0
    assert press(live, commands.recalculate).startswith("已写入 4002 格。")
    assert (Counted.reads, Counted.writes) == (2, 2)
    assert looks_changed(before, live.faces()) == []


def test_an_older_form_is_said_to_be_old(tmp_path: Path) -> None:
    live = LiveBook(older(own_form(tmp_path / "表.xlsx", 3)))
    told = press(live, commands.recalculate)
    assert "模板版本过旧：模板版本 perfeval-2024.1" in told


def test_merged_cells_are_left_merged(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx", is_merged=True))
    before = live.faces()
    assert press(live, commands.recalculate).startswith("已写入 24 格。")
    assert looks_changed(before, live.faces()) == []


def test_a_new_form_is_handed_over_as_a_file(tmp_path: Path) -> None:
    live = LiveBook(foreign(tmp_path / "表.xlsx"))
    book = remote(live)
    host = ServerHost(book, "alice")
    commands.new_table(book, host)
    ((name, content),) = host.delivered
    assert name.endswith("年度绩效自评表.xlsx")
    assert content[:2] == b"PK"


def test_a_report_is_handed_over_where_the_file_came_with_the_cells(tmp_path: Path) -> None:
    class FileHost(ServerHost):
        def copy_of(self, book: xw.Book, folder: Path) -> Path | None:
            return own_form(folder / book.name, 3)

    live = LiveBook(own_form(tmp_path / "表.xlsx", 3))
    book = remote(live)
    host = FileHost(book, "alice")
    commands.report(book, host)
    ((name, content),) = host.delivered
    assert name == "表-绩效自评报告.docx"
    assert content[:2] == b"PK"


def test_without_a_workbook_the_server_is_told_in_chinese() -> None:
    for command in commands.COMMANDS.values():
        with pytest.raises(xw.XlwingsError, match="没有打开的工作簿"):
            command(None, ServerHost(None))


def test_what_needs_the_users_pc_says_so(tmp_path: Path) -> None:
    live = LiveBook(own_form(tmp_path / "表.xlsx", 3))
    before = live.faces()
    for name in ("merge", "report", "doctor"):
        assert "网页版加载项" in press(live, commands.COMMANDS[name])
    assert "可用的规则集" in press(live, commands.rulesets)
    assert "新建自评表" in press(live, commands.help_)
    assert changed(before, live.faces()) == {}
