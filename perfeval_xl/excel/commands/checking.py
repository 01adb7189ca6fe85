"""校验 and 问题清单: everything that is wrong, as a list with links, notes and colours; a second click takes the marks away."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import xlwings as xw

from perfeval_xl.compare.issues import issues_of
from perfeval_xl.core.checks import full_audit
from perfeval_xl.core.findings import SEVERITY_TITLES, Finding, Severity
from perfeval_xl.excel import guards, marks, snapshot
from perfeval_xl.excel.changes import Changes, Formula, NewValue, PartlyError
from perfeval_xl.excel.commands.base import MAX_NAMED, Beside, Session, command, summary
from perfeval_xl.excel.live import Reading
from perfeval_xl.workbook.forms.form import ISSUES
from perfeval_xl.workbook.forms.pages import BLANK_ISSUES, ISSUE_COLUMNS
from perfeval_xl.workbook.grid import Grid, address, position

HEADING_ROW = 3
MAX_LISTED = 2000
_TITLE_LINE = "由绩效自评加载项的“校验”列出；点“位置”到那一格。"
_HEADINGS = tuple(text for text, _ in ISSUE_COLUMNS)
_WIDTH = len(_HEADINGS)
_LINK_COLUMN = 3
_SEVERITIES = frozenset(SEVERITY_TITLES.values())


@command("校验")
def check(session: Session) -> str:
    """Lists every finding and marks its cell; where marks are, takes them away instead."""
    guards.check_book(session.book)
    kept = snapshot.kept(session.book, session.host)
    if guards.is_desktop(session.book):
        if any(str(note.text).startswith(marks.SIGN) for sheet in session.book.sheets for note in sheet.notes):
            return _unmarked(session, kept)
        return _checked(session)
    reading = session.read()
    if kept is not None and snapshot.fits(kept, reading) and _noted(session.book, kept):
        return _unmarked(session, kept)
    return _checked(session, reading)


@command("问题清单")
def findings(session: Session) -> str:
    """Shows the list there is, or makes it."""
    reading = session.read()
    there = next((g for g in reading.book.grids if _is_list(g) and _entries(g)), None)
    if there is None:
        return _checked(session, reading)
    session.notes.clear()
    _show(session.book, there.sheet)
    return f"“{there.sheet}”中有 {_entries(there)} 项。重新校验请点“校验”。"


def _noted(book: xw.Book, kept: snapshot.Snapshot) -> bool:
    """Whether a note is where one was put: over the network nobody can read it, so the workbook has to be the same one."""
    return any(s.name == name and s.range(cell).note is not None for name, cell in kept.notes for s in book.sheets)


def _show(book: xw.Book, name: str) -> None:
    """The sheet in front, where it can be: a hidden one stays hidden, and nothing that was done depends on it."""
    with contextlib.suppress(Exception):
        book.sheets[name].activate()


def _unmarked(session: Session, kept: snapshot.Snapshot | None) -> str:
    known = kept.notes if kept is not None else ()
    sheets = marks.marked(session.book) if guards.is_desktop(session.book) else []
    with guards.unlocked(session.book, sheets, is_own=_is_own(session.book)):
        count = marks.take(session.book, known)
    if kept is not None:
        snapshot.keep(session.book, session.host, replace(kept, notes=()))
    return f"已清除 {count} 格的校验标记，问题清单保留。再点一次“校验”可重新校验。"


def _is_own(book: xw.Book) -> bool:
    return any(n.name == "PE_TEMPLATE" for n in book.names)


def _checked(session: Session, reading: Reading | None = None) -> str:
    reading = session.read() if reading is None else reading
    session.notes.clear()  # only lists and notes are written
    every: list[Finding] = []
    tables = session.assess_all(reading)
    for done in tables:
        every += full_audit(done.evaluation.submission, done.evaluation, done.ruleset.at(done.evaluation.day)).findings
    found = [i.finding for i in issues_of(every)]
    issues = _list(session, reading, found)
    name, is_new, cut = issues.sheet, issues.is_new, issues.cut
    guards.check_book(session.book, changes_sheets=is_new)
    marked = _cells(found, reading)
    can_note = guards.is_desktop(session.book) or not reading.is_own  # a protected sheet takes no notes, and the server cannot lift it
    with guards.unlocked(session.book, [*([] if is_new else [name]), *dict.fromkeys(s for s, _ in marked)], is_own=reading.is_own):
        noted, left = _written(session, reading, issues, marked if can_note else {})
    _show(session.book, name)
    count = {s: sum(f.severity is s for f in found) for s in Severity}
    lines = [f"发现 {len(found)} 个问题：" + "，".join(f"{SEVERITY_TITLES[s]} {count[s]} 项" for s in Severity) + f"，已列入“{name}”。" if found else "没有发现问题。",
             *(f"{f'{t.evaluation.submission.sheet}：' if len(tables) > 1 else ''}{summary(t.evaluation)}" for t in tables[:MAX_NAMED])]  # fmt: skip
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


def _written(session: Session, reading: Reading, issues: _Issues, marked: dict[tuple[str, str], list[Finding]]) -> tuple[list[tuple[str, str]], int]:
    """Marks, then the list: a protected sheet refuses the first note, before anything else is there. What was done is taken back where the rest fails."""
    book, last = session.book, snapshot.stored(session.book, session.host)
    noted: list[tuple[str, str]] = []
    sheet: xw.Sheet | None = None
    try:
        left = marks.put(book, marked, noted)
        if issues.is_new:
            sheet = book.sheets.add(issues.sheet, after=book.sheets[len(book.sheets) - 1])
        session.apply(reading, issues.cells, Beside([issues.sheet] if issues.is_new else [], noted, issues.links))
        bottom = max((row for row, _ in issues.cells.cells.get(issues.sheet, ())), default=HEADING_ROW)
        if sheet is not None:
            _dress(sheet, bottom)
        if sheet is not None or guards.is_desktop(book):  # the server cannot lift the protection of a form's own list
            book.sheets[issues.sheet].range((HEADING_ROW, 1), (bottom, 1)).rows.autofit()
    except Exception as error:
        snapshot.put_back(book, session.host, last)
        if guards.is_desktop(book):
            _take_back(book, noted, sheet, error)
        raise
    return noted, left


def _take_back(book: xw.Book, noted: Sequence[tuple[str, str]], sheet: xw.Sheet | None, error: Exception) -> None:
    """Raises: PartlyError where that fails as well."""
    left = list(error.cells) if isinstance(error, PartlyError) else []
    try:
        marks.take(book, noted)
    except Exception:  # the first failure is the one to tell
        left += [f"{name}!{cell}" for name, cell in noted]
    if sheet is not None:
        name = sheet.name
        try:
            sheet.delete()
        except Exception:
            left.append(name)
    if left:
        raise PartlyError(left) from error


def _cells(found: Sequence[Finding], reading: Reading) -> dict[tuple[str, str], list[Finding]]:
    """Sheet and cell → its findings, grave ones first; the first cell of a merged block stands for it."""
    cells: dict[tuple[str, str], list[Finding]] = {}
    for one in found:
        at, grid = position(one.location.cell), reading.grid(one.location.sheet)
        if at is not None and grid is not None:
            block = grid.merges.get(at)
            row, column = (block.top, block.left) if block else at
            cells.setdefault((grid.sheet, address(row, column)), []).append(one)
    return cells


def _is_list(grid: Grid) -> bool:
    return grid.sheet.startswith(ISSUES) and tuple(grid.own(HEADING_ROW, c) for c in range(1, _WIDTH + 1)) == _HEADINGS


def _entries(grid: Grid) -> int:
    return sum(bool(grid.own(row, 4)) for row in range(HEADING_ROW + 1, grid.height + 1))


class _Issues(NamedTuple):
    """The list. cut: findings it has no room for. links: of the list before, for a cell shows but its text."""

    cells: Changes
    sheet: str
    is_new: bool
    cut: int
    links: Mapping[tuple[str, tuple[int, int]], Formula]


def _list(session: Session, reading: Reading, found: Sequence[Finding]) -> _Issues:
    there = next((g for g in reading.book.grids if _is_list(g)), None)
    taken = {s.name.casefold() for s in session.book.sheets}
    name = there.sheet if there is not None else next(n for n in (ISSUES, *(f"{ISSUES}（校验{i}）" for i in range(1, 1000))) if n not in taken)
    old = there.height if there is not None else 0
    room = MAX_LISTED
    if there is not None and reading.is_own and not guards.is_desktop(session.book):
        room = max(old - HEADING_ROW, BLANK_ISSUES)  # beyond its entry cells a protected sheet takes nothing, and only Excel can lift that
        room -= sum(_is_foreign(there, row) for row in range(HEADING_ROW + 1, HEADING_ROW + 1 + room))
    shown = found[:room]
    new = Changes()
    if there is None:
        for row, texts in ((1, (ISSUES,)), (2, (_TITLE_LINE,)), (HEADING_ROW, _HEADINGS)):
            for column in range(1, _WIDTH + 1):
                new.put(name, (row, column), texts[column - 1] if column <= len(texts) else None)
    rows = _free_rows(there)
    for number, one in enumerate(shown, 1):
        row = next(rows)
        for column, value in enumerate(_line(number, one), 1):
            new.put(name, (row, column), value)
    for row in itertools.takewhile(lambda r: r <= old, rows):
        for column in range(1, _WIDTH + 1):
            new.put(name, (row, column), None)
    links = dict(_links(there)) if there is not None else {}
    return _Issues(new, name, there is None, len(found) - len(shown), links)


def _is_foreign(there: Grid, row: int) -> bool:
    """Whether a row below the headings holds something that no list of ours has: a remark of somebody's own."""
    texts = [there.own(row, column) for column in range(1, _WIDTH + 1)]
    return any(texts) and not (texts[0].isdecimal() and (texts[1] in _SEVERITIES or not any(texts[1:])))


def _free_rows(there: Grid | None) -> Iterator[int]:
    """Rows for the list, without end; those with remarks of somebody's own are passed over, now and when a list is cleared."""
    return (row for row in itertools.count(HEADING_ROW + 1) if there is None or row > there.height or not _is_foreign(there, row))


def _links(there: Grid) -> Iterator[tuple[tuple[str, tuple[int, int]], Formula]]:
    for row in range(HEADING_ROW + 1, there.height + 1):
        text = there.own(row, _LINK_COLUMN)
        sheet, _, cell = text.rpartition("!")
        link = _link(sheet, cell, text) if sheet and position(cell) else None
        if isinstance(link, Formula):
            yield (there.sheet, (row, _LINK_COLUMN)), link


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


def _dress(sheet: xw.Sheet, bottom: int) -> None:
    """A new list's looks: widths, headings, wrapped lines."""
    for column, (_, width) in enumerate(ISSUE_COLUMNS, 1):
        sheet.range((1, column)).column_width = width
    sheet.range((1, 1)).font.bold = True
    head = sheet.range((HEADING_ROW, 1), (HEADING_ROW, _WIDTH))
    head.font.bold = True
    head.color = (221, 231, 240)
    sheet.range((HEADING_ROW, 1), (bottom, _WIDTH)).wrap_text = True
