"""校验 and 问题清单: everything that is wrong, as a list with links, notes and colours; a second click takes the marks away."""

from __future__ import annotations

from collections.abc import Sequence

import xlwings as xw

from perfeval_xl.compare.issues import issues_of
from perfeval_xl.core.checks import full_audit
from perfeval_xl.core.findings import SEVERITY_TITLES, Finding, Severity
from perfeval_xl.excel import guards, marks, snapshot
from perfeval_xl.excel.changes import Changes, Formula, NewValue
from perfeval_xl.excel.commands.base import Session, command, summary
from perfeval_xl.excel.live import Reading
from perfeval_xl.workbook.forms.form import ISSUES
from perfeval_xl.workbook.forms.pages import ISSUE_COLUMNS
from perfeval_xl.workbook.grid import Grid, position

HEADING_ROW = 3
MAX_LISTED = 2000
_TITLE_LINE = "由绩效自评加载项的“校验”列出；点“位置”到那一格。"
_HEADINGS = tuple(text for text, _ in ISSUE_COLUMNS)
_WIDTH = len(_HEADINGS)


@command("校验")
def check(session: Session) -> str:
    """Lists every finding and marks its cell; where marks are, takes them away instead."""
    kept = snapshot.kept(session.book, session.host)
    guards.check_book(session.book)
    if _has_marks(session.book, kept):
        return _unmarked(session, kept)
    return _checked(session)


@command("问题清单")
def findings(session: Session) -> str:
    """Shows the list there is, or makes it."""
    reading = session.read()
    there = next((g for g in reading.book.grids if _is_list(g) and _entries(g)), None)
    if there is None:
        session.notes.clear()
        return _checked(session)
    session.notes.clear()
    session.book.sheets[there.sheet].activate()
    return f"“{there.sheet}”中有 {_entries(there)} 项。重新校验请点“校验”。"


def _has_marks(book: xw.Book, kept: snapshot.Snapshot | None) -> bool:
    if guards.is_desktop(book):
        return any(str(note.text).startswith(marks.SIGN) for sheet in book.sheets for note in sheet.notes)
    return kept is not None and any(s.name == name and s.range(cell).note is not None for name, cell in kept.notes for s in book.sheets)


def _unmarked(session: Session, kept: snapshot.Snapshot | None) -> str:
    known = kept.notes if kept is not None else ()
    sheets = [s.name for s in session.book.sheets if s.notes] if guards.is_desktop(session.book) else []
    with guards.unlocked(session.book, sheets, is_own=_is_own(session.book)):
        count = marks.take(session.book, known)
    if kept is not None:
        snapshot.keep(session.book, session.host, snapshot.Snapshot(kept.title, kept.when, kept.cells, kept.added))
    return f"已清除 {count} 格的校验标记，问题清单保留。再点一次“校验”可重新校验。"


def _is_own(book: xw.Book) -> bool:
    return any(n.name == "PE_TEMPLATE" for n in book.names)


def _checked(session: Session) -> str:
    reading = session.read()
    session.notes.clear()  # only lists and notes are written
    every: list[Finding] = []
    for done in session.assess_all(reading):
        every += full_audit(done.evaluation.submission, done.evaluation, done.ruleset.at(done.evaluation.day)).findings
    found = [i.finding for i in issues_of(every)]
    new, name, is_new, cut = _list(session, reading, found)
    guards.check_book(session.book, adds_sheet=is_new)
    marked = _cells(found, reading)
    can_note = guards.is_desktop(session.book) or not reading.is_own  # a protected sheet takes no notes, and the server cannot lift it
    with guards.unlocked(session.book, [*([] if is_new else [name]), *dict.fromkeys(s for s, _ in marked)], is_own=reading.is_own):
        noted, left = _written(session, reading, (new, name, is_new), marked if can_note else {})
    session.book.sheets[name].activate()
    count = {s: sum(f.severity is s for f in found) for s in Severity}
    lines = [f"发现 {len(found)} 个问题：" + "，".join(f"{SEVERITY_TITLES[s]} {count[s]} 项" for s in Severity) + f"，已列入“{name}”。" if found else "没有发现问题。",
             summary(done.evaluation)]  # fmt: skip
    if noted:
        lines.append(f"在 {len(noted)} 格上加了批注，再点一次“校验”清除。")
    if left:
        lines.append(f"有 {left} 格已有批注或数量过多，没有再加批注。")
    if cut:
        lines.append(f"清单只列出前 {len(found) - cut} 项，其余 {cut} 项没有列出。")
    if found and not can_note:
        lines.append("网页版加载项不在受保护的表上加批注，请看问题清单。")
    elif found and not guards.is_desktop(session.book):
        lines.append("网页版加载项只加批注，不改变格子的颜色。")
    return "\n".join(lines)


def _written(session: Session, reading: Reading, issue_list: tuple[Changes, str, bool], marked: dict[tuple[str, str], list[Finding]]) -> tuple[list[tuple[str, str]], int]:
    """List and marks; what was done is taken back where the rest fails."""
    new, name, is_new = issue_list
    sheet: xw.Sheet | None = None
    noted: list[tuple[str, str]] = []
    try:
        if is_new:
            sheet = session.book.sheets.add(name, after=session.book.sheets[len(session.book.sheets) - 1])
        session.apply(reading, new, [name] if is_new else [])
        if sheet is not None:
            _dress(sheet, len(new.cells[name]) // _WIDTH)
        noted, left = marks.put(session.book, marked)
    except Exception:
        if guards.is_desktop(session.book):
            marks.take(session.book, noted)
            if sheet is not None:
                sheet.delete()
        snapshot.forget(session.book, session.host)
        raise
    kept = snapshot.kept(session.book, session.host)
    if kept is not None and noted:
        snapshot.keep(session.book, session.host, snapshot.Snapshot(kept.title, kept.when, kept.cells, kept.added, noted))
    return noted, left


def _cells(found: Sequence[Finding], reading: Reading) -> dict[tuple[str, str], list[Finding]]:
    """Sheet and cell → its findings, grave ones first; the first cell of a merged block stands for it."""
    cells: dict[tuple[str, str], list[Finding]] = {}
    for one in found:
        at, grid = position(one.location.cell), reading.grid(one.location.sheet)
        if at is not None and grid is not None:
            block = grid.merges.get(at)
            row, column = (block.top, block.left) if block else at
            cells.setdefault((grid.sheet, _address(row, column)), []).append(one)
    return cells


def _address(row: int, column: int) -> str:
    from perfeval_xl.workbook.grid import address  # noqa: PLC0415

    return address(row, column)


def _is_list(grid: Grid) -> bool:
    return grid.sheet.startswith(ISSUES) and tuple(grid.own(HEADING_ROW, c) for c in range(1, _WIDTH + 1)) == _HEADINGS


def _entries(grid: Grid) -> int:
    return sum(bool(grid.own(row, 4)) for row in range(HEADING_ROW + 1, grid.height + 1))


def _list(session: Session, reading: Reading, found: Sequence[Finding]) -> tuple[Changes, str, bool, int]:
    """The list's cells, its sheet, whether that is new, and how many findings it has no room for."""
    there = next((g for g in reading.book.grids if _is_list(g)), None)
    names = {g.sheet for g in reading.book.grids}
    name = there.sheet if there is not None else next(n for n in (ISSUES, *(f"{ISSUES}（校验{i}）" for i in range(1, 1000))) if n not in names)
    room = MAX_LISTED
    if there is not None and reading.is_own and not guards.is_desktop(session.book):
        used = session.book.sheets[name].used_range  # beyond its entry cells a protected sheet takes nothing
        room = used.row + used.shape[0] - 1 - HEADING_ROW
    shown = found[:room]
    new = Changes()
    if there is None:
        for row, texts in ((1, (ISSUES,)), (2, (_TITLE_LINE,)), (HEADING_ROW, _HEADINGS)):
            for column in range(1, _WIDTH + 1):
                new.put(name, (row, column), texts[column - 1] if column <= len(texts) else None)
    for row, one in enumerate(shown, HEADING_ROW + 1):
        for column, value in enumerate(_line(row - HEADING_ROW, one), 1):
            new.put(name, (row, column), value)
    old = there.height if there is not None else 0
    for row in range(HEADING_ROW + 1 + len(shown), old + 1):
        for column in range(1, _WIDTH + 1):
            new.put(name, (row, column), None)
    return new, name, there is None, len(found) - len(shown)


def _line(number: int, one: Finding) -> tuple[NewValue, ...]:
    place = one.location
    shown = f"{place.sheet}!{place.cell}" if place.cell else place.sheet
    return (number, SEVERITY_TITLES[one.severity], _link(place.sheet, place.cell, shown), one.kind.title, one.found[:1000], one.expected[:1000], one.kind.remedy)


def _link(sheet: str, cell: str, shown: str) -> NewValue:
    """A link as a formula: it goes with the block, and works in WPS too; a text where no formula could hold it."""
    if not cell:
        return shown or None
    target = "#'" + sheet.replace("'", "''") + f"'!{cell}"
    if len(target) > 200:
        return shown
    quoted = [t.replace('"', '""') for t in (target, shown)]
    return Formula(f'=HYPERLINK("{quoted[0]}","{quoted[1]}")')


def _dress(sheet: xw.Sheet, rows: int) -> None:
    """A new list's looks: widths, headings, wrapped lines."""
    for column, (_, width) in enumerate(ISSUE_COLUMNS, 1):
        sheet.range((1, column)).column_width = width
    sheet.range((1, 1)).font.bold = True
    head = sheet.range((HEADING_ROW, 1), (HEADING_ROW, _WIDTH))
    head.font.bold = True
    head.color = (221, 231, 240)
    sheet.range((HEADING_ROW, 1), (max(rows, HEADING_ROW), _WIDTH)).wrap_text = True
