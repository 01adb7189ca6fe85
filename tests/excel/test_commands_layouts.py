"""Buttons on tables as others make them: every layout of the reader's tests, on the desktop and over the network."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlwings as xw

from perfeval_xl.excel import commands
from perfeval_xl.excel.host import ServerHost
from perfeval_xl.workbook.assess import Request, assess
from perfeval_xl.workbook.patch import look
from perfeval_xl.workbook.recalc import recalculated
from tests.support.excels import Counted, Desktop, done, remote
from tests.support.layouts import LAYOUTS, Form, Layout, Row
from tests.support.live import LiveBook, changed, looks_changed

ROWS = [
    Row("产出指标", "数量指标", "培训场次", "≥500场", "493.3场", "20", "20"), Row("产出指标", "数量指标", "建设面积", "100平方米", "100平方米", "15", "15"),
    Row("产出指标", "质量指标", "合格率", "≥95%", "90%", "15", "15"), Row("效益指标", "社会效益指标", "受益人数", "≥1000人", "1200人", "15", "12"),
    Row("效益指标", "经济效益指标", "带动投资", "2亿元", "1.5亿元", "15", ""), Row("满意度指标", "满意度指标", "群众满意度", "≥90%", "85%", "10", "9"),
]  # fmt: skip


def _expected(path: Path) -> dict[tuple[str, str], Any]:
    """What `perfeval recalc` writes into the closed file."""
    answer, data = assess(path, Request()), path.read_bytes()
    found = recalculated(answer.evaluation, answer.ruleset, answer.book.grids, lambda cells: {at: (c.is_formula, c.is_percent) for at, c in look(data, cells).items()})
    return {(c.sheet, c.cell): c.value for c in found.changes}


def _number(value: Any) -> Any:
    if isinstance(value, str) and value.endswith("%"):
        return round(Decimal(value[:-1]) / 100, 6)
    return round(Decimal(str(value)), 6) if isinstance(value, int | float | Decimal) else value


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
def test_on_the_desktop_the_cells_change_that_change_in_the_closed_file_and_undo_brings_them_back(layout: Layout, tmp_path: Path) -> None:
    path = layout.save(tmp_path / "表.xlsx", ROWS, Form(budget="100", spent="85.5"))
    live, expected = LiveBook(path), _expected(path)
    before = live.faces()
    desk = Desktop(live)
    Counted.reads = Counted.writes = 0
    commands.recalculate(desk.book)
    assert "没有完成" not in desk.told[-1]
    now = changed(before, live.faces())
    assert {at: _number(new) for at, (_, new) in now.items()} == {at: _number(value) for at, value in expected.items()}
    assert set(looks_changed(before, live.faces())) <= set(expected)
    assert Counted.reads <= 4
    commands.undo(desk.book)
    if expected:
        assert desk.told[-1].startswith("已撤销")
    assert [at for at, face in live.faces().items() if face[:2] != before.get(at, (None, None))[:2]] == []


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
def test_over_the_network_blank_cells_are_filled_alike_and_nothing_else_is_touched(layout: Layout, tmp_path: Path) -> None:
    path = layout.save(tmp_path / "表.xlsx", ROWS, Form(budget="100", spent="85.5"))
    live, expected = LiveBook(path), _expected(path)
    before = live.faces()
    book = remote(live)
    commands.recalculate(book)
    done(live, book)
    assert "没有完成" not in live.alerts[-1]
    now = changed(before, live.faces())
    assert all(old is None for old, _ in now.values())
    assert {at: _number(new) for at, (_, new) in now.items()}.items() <= {at: _number(value) for at, value in expected.items()}.items()
    assert set(looks_changed(before, live.faces())) <= set(now)


class FileHost(ServerHost):
    """A server that gets the workbook as a file beside the cells."""

    def copy_of(self, book: xw.Book, folder: Path) -> Path | None:
        target = folder / book.name
        target.write_bytes(self.data)
        return target

    data = b""


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
def test_over_the_network_with_the_file_at_hand_all_is_as_on_the_desktop(layout: Layout, tmp_path: Path) -> None:
    path = layout.save(tmp_path / "表.xlsx", ROWS, Form(budget="100", spent="85.5"))
    live, expected = LiveBook(path), _expected(path)
    before = live.faces()
    for command in (commands.recalculate, commands.undo):
        book = remote(live)
        host = FileHost(book, "alice")
        host.data = live.saved()
        command(book, host)
        done(live, book)
        if command is commands.recalculate:
            now = changed(before, live.faces())
            assert {at: _number(new) for at, (_, new) in now.items()} == {at: _number(value) for at, value in expected.items()}
    assert [at for at, face in live.faces().items() if face[:2] != before.get(at, (None, None))[:2]] == []


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
def test_a_check_marks_and_lists_and_leaves_no_trace_after_a_second_click_and_undo(layout: Layout, tmp_path: Path) -> None:
    live = LiveBook(layout.save(tmp_path / "表.xlsx", ROWS, Form(budget="100", spent="85.5")))
    before = live.faces()
    desk = Desktop(live)
    commands.check(desk.book)
    assert desk.told[-1].startswith("发现 ")
    assert "问题清单" in live.book.sheetnames
    commands.undo(desk.book)
    assert changed(before, live.faces()) == {}
