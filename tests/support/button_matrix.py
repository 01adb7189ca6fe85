"""Every ribbon button × everything that can stand in its way: what happened, as a table.

python -m tests.support.button_matrix prints it in Markdown. Each press is judged here, so that the table cannot show what no test has seen:
the workbook is either as it was, with a Chinese message, or holds the whole right result; never a part, and never another look.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from perfeval_xl.excel import commands
from perfeval_xl.excel.host import DesktopHost, ServerHost
from perfeval_xl.workbook.assess import Request, assess
from tests.support.excels import Desktop, done, remote
from tests.support.live import LiveBook, RefusedError, changed, looks_changed
from tests.support.open_books import TOP, foreign, older, own_form, protected, structure_locked

TITLES = {
    "newTable": "新建自评表", "recalculate": "重新计算", "check": "校验", "allocateWeights": "分配权重", "undo": "撤销上次操作", "merge": "批量汇总",
    "findings": "问题清单", "report": "生成报告", "rulesets": "规则集", "doctor": "诊断", "help": "帮助",
}  # fmt: skip
WRITING = frozenset({"recalculate", "check", "allocateWeights", "undo", "findings"})
UNFIT = re.compile(r"Traceback|Error|Exception|None|hresult|出现意外错误")
_SHORT = 34


class Case(NamedTuple):
    """make: the file. hinder: what is then done to Excel; a server knows nothing of it where `on_server` is False."""

    title: str
    make: Callable[[Path, str], Path]
    hinder: Callable[[Desktop], None] = lambda _desk: None
    on_server: bool = True


class Outcome(NamedTuple):
    """told: the last dialog. result: 'right' (the whole result), 'told' (a message, workbook as it was), 'refused' (the browser's Excel refused the
    first action, workbook as it was), 'partly' (Excel refused to take a write back as well: the cells are named)."""

    result: str
    told: str


def _table(path: Path, button: str, **more: Any) -> Path:
    rows = more.pop("rows", 12)
    return foreign(path, rows, weights=button != "allocateWeights", scores=button in {"check", "findings"}, **more)


def _set(**attributes: Any) -> Callable[[Desktop], None]:
    def hinder(desk: Desktop) -> None:
        for name, value in attributes.items():
            setattr(desk, name, value)

    return hinder


def _refuses(after: int) -> Callable[[Desktop], None]:
    def hinder(desk: Desktop) -> None:
        desk.live.refuse_after = desk.live.writes + after

    return hinder


def _refuses_once(at: int) -> Callable[[Desktop], None]:
    def hinder(desk: Desktop) -> None:
        desk.live.refuse_once = desk.live.writes + at

    return hinder


def _protected_view(desk: Desktop) -> None:
    desk.can_copy = False
    _refuses(0)(desk)


CASES = (
    Case("正常的表", _table),
    Case("没有打开工作簿", _table),
    Case("图表工作表在前", _table, _set(chart_in_front=True), on_server=False),
    Case("工作表受保护", lambda p, b: protected(_table(p, b))),
    Case("模板的保护加了密码", lambda p, b: protected(own_form(p, 6, weights=b != "allocateWeights"), secret="x", sheet="自评表")),
    Case("结构受保护", lambda p, b: structure_locked(_table(p, b)), on_server=False),
    Case("共享工作簿", _table, _set(is_shared=True), on_server=False),
    Case("正在筛选", _table, _set(filtered={"自评", "问题清单"}), on_server=False),
    Case("合并单元格", lambda p, b: _table(p, b, is_merged=True)),
    Case("单元格正在编辑", _table, _set(is_editing=True), on_server=False),
    Case("以只读方式打开", _table, _set(is_read_only=True), on_server=False),
    Case("受保护的视图", _table, _protected_view, on_server=False),
    Case("第一步写入被拒绝", _table, _refuses_once(1), on_server=False),
    Case("写到一半被拒绝", _table, _refuses_once(2), on_server=False),
    Case("从一半起一直被拒绝", _table, _refuses(1), on_server=False),
    Case("旧版模板", lambda p, b: older(own_form(p, 6, weights=b != "allocateWeights"))),
    Case("没有自评表", lambda p, _b: _empty(p)),
    Case("2,000 行", lambda p, b: _table(p, b, rows=2001)),
)


def _empty(path: Path) -> Path:
    from openpyxl import Workbook  # noqa: PLC0415  # one line of it

    book = Workbook()
    assert book.active is not None
    book.active["A1"] = "通讯录"
    book.save(path)
    return path


class _Host(DesktopHost):
    """The desktop's own, but for the process of 批量汇总, which has tests of its own."""

    def start(self, module: str, arguments: Sequence[str]) -> None:
        assert module == "perfeval_xl.excel.merging"
        assert len(arguments) >= 2


def answers(button: str, folder: Path) -> list[Any]:
    """What the user answers to each button's questions."""
    asked: dict[str, list[Any]] = {"newTable": [None, None, str(folder / "新表.xlsx")], "merge": [str(folder), "", str(folder / "汇总.xlsx")], "report": [str(folder / "报告.docx")],
            "rulesets": [None]}  # fmt: skip
    return asked.get(button, [])


def on_desktop(button: str, case: Case, folder: Path) -> Outcome:
    """One press with Excel on the PC. Raises: AssertionError where what came of it is neither right nor nothing."""
    if case.title == "没有打开工作簿":
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            commands.COMMANDS[button](None, _Host(None))
        outcome = _judged_message(said.getvalue())
        return outcome if "没有完成" in outcome.told else outcome._replace(result="right")
    live = LiveBook(made(case, button, folder))
    before = live.faces()
    if button == "undo":
        _prepared(live)
    start = live.faces()
    desk = Desktop(live, *answers(button, folder))
    case.hinder(desk)
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        commands.COMMANDS[button](desk.book, _Host(desk.book))
    told = desk.told[-1] if desk.told else said.getvalue()
    return _judged(button, live, (before, start), told)


def on_server(button: str, case: Case, folder: Path) -> Outcome:
    """One press with Excel in front of a server."""
    if case.title == "没有打开工作簿":
        try:
            commands.COMMANDS[button](None, ServerHost(None))
        except Exception as error:
            return _judged_message(str(error))
        raise AssertionError("nothing was said")
    live = LiveBook(made(case, button, folder))
    before = live.faces()
    if button == "undo":
        _prepared(live, is_server=True)
    start, said = live.faces(), len(live.alerts)
    book = remote(live)
    commands.COMMANDS[button](book)
    try:
        done(live, book)
    except RefusedError:
        assert changed(start, live.faces()) == {}, "half a result"
        return Outcome("refused", "浏览器中的 Excel 拒绝第一步操作")
    assert len(live.alerts) == said + 1
    return _judged(button, live, (before, start), live.alerts[-1])


def _prepared(live: LiveBook, *, is_server: bool = False) -> None:
    """Something to take back: a click in an Excel where nothing stands in the way."""
    guards = {s.title: (s.protection.sheet, s.protection.password) for s in live.sheets()}
    for sheet in live.sheets():
        sheet.protection.sheet = False
    book = remote(live) if is_server else Desktop(live).book
    commands.recalculate(book)
    if is_server:
        done(live, book)
    for sheet in live.sheets():
        sheet.protection.sheet = guards[sheet.title][0]


def _judged_message(told: str) -> Outcome:
    assert told.strip(), "nothing was said"
    assert re.search("[一-鿿]", told), told
    assert not UNFIT.search(told), told
    return Outcome("told", told)


def _judged(button: str, live: LiveBook, faces: tuple[Any, Any], told: str) -> Outcome:
    before, start = faces
    _judged_message(told)
    after = live.faces()
    new = changed(start, after)
    assert [at for at in looks_changed(start, after) if at[1] or button not in {"check", "findings"}] == [], "other looks"
    if "可能只改了一部分" in told:  # what cannot be put back is named, and how to get rid of it
        assert new
        assert "这些格子没能恢复" in told
        assert "不要保存" in told
        return Outcome("partly", told)
    if "没有完成" in told:
        assert new == {}, f"half a result: {list(new)[:5]}"
        assert "工作簿没有改动" in told
        return Outcome("told", told)
    assert button in WRITING or new == {}
    if button == "undo":
        assert changed(before, after) == {}, "not all of it is back"
    elif button in {"check", "findings"}:
        assert {cell[1] for cell in new.values() if cell != ("looks", "looks")} or not new
        assert all(sheet == "问题清单" or pair == ("looks", "looks") for (sheet, _), pair in new.items())
    elif button == "recalculate":
        _all_scores(live, new)
    elif button == "allocateWeights" and new:
        assert sum(Decimal(str(pair[1])) for pair in new.values()) == 90
    return Outcome("right", told)


def _all_scores(live: LiveBook, new: dict[tuple[str, str], tuple[Any, Any]]) -> None:
    """Every rate and score of the table, and nothing else, as the engine scores the file."""
    if "自评" not in live.book.sheetnames:
        assert new == {}, "a form's own formulas stay"
        return
    scores = assess(live.path, Request()).evaluation.scores
    assert set(new) == {("自评", f"{c}{TOP + 1 + i}") for c in "FH" for i in range(len(scores))}
    for score in scores:
        assert Decimal(str(new["自评", f"H{score.indicator.place.row}"][1])) == score.score


MARKS = {"right": "✔", "told": "○", "refused": "○", "partly": "！"}


def shown(outcome: Outcome) -> str:
    """One cell of the table."""
    lines = [line for line in outcome.told.strip().splitlines() if not line.startswith("“")] or outcome.told.strip().splitlines()
    return f"{MARKS[outcome.result]} {lines[0][:_SHORT]}{'…' if len(lines[0]) > _SHORT else ''}".replace("|", "／")


def made(case: Case, button: str, folder: Path) -> Path:
    """The case's file, made once for all buttons that need the same."""
    kind = button if button in {"allocateWeights", "check", "findings"} else ""
    key = case.make, kind
    path = folder / "自评表.xlsx"
    if key not in _made:
        _made[key] = case.make(path, button).read_bytes()
    path.write_bytes(_made[key])
    return path


_made: dict[tuple[Callable[[Path, str], Path], str], bytes] = {}


def table(press: Callable[[str, Case, Path], Outcome], cases: Sequence[Case]) -> Iterator[str]:
    """Markdown: a row for each case, a column for each button."""
    yield "| | " + " | ".join(TITLES.values()) + " |\n" + "|---" * (len(TITLES) + 1) + "|"
    for case in cases:
        cells = []
        for button in TITLES:
            with tempfile.TemporaryDirectory() as folder:
                os.environ["PERFEVAL_UNDO"] = os.environ["PERFEVAL_LOG"] = str(Path(folder) / "local")
                cells.append(shown(press(button, case, Path(folder))))
        yield f"| {case.title} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print("✔ 完整、正确的结果　○ 中文说明，工作簿没有任何改动　！Excel 连恢复也拒绝：逐格说明")
    for place, press_in, some in (("桌面版", on_desktop, CASES), ("网页版（xlwings remote）", on_server, [c for c in CASES if c.on_server])):
        print(f"\n### {place}\n")
        for line in table(press_in, some):
            print(line, flush=True)
