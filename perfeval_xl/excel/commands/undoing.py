"""撤销上次操作: what the last command wrote is taken back, wherever nobody has written since."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import xlwings as xw

from perfeval_xl.excel import formats, guards, marks, snapshot
from perfeval_xl.excel.changes import Changes, Formula, apply
from perfeval_xl.excel.commands.base import MAX_NAMED, Session, command
from perfeval_xl.excel.host import CommandError
from perfeval_xl.excel.live import Reading
from perfeval_xl.workbook.grid import address, position


@command("撤销上次操作")
def undo(session: Session) -> str:
    """Restores the snapshot; a cell that holds something else by now is left and named."""
    kept = snapshot.kept(session.book, session.host)
    if kept is None:
        raise CommandError("没有可以撤销的操作", "本机上对这个工作簿做过的、未撤销过的操作", f"只能撤销最近一次操作，{snapshot.MAX_DAYS} 天内有效；工作簿改名后不能撤销。")
    guards.check_book(session.book)
    reading = session.read()
    if not snapshot.fits(kept, reading):
        raise CommandError("上次操作的是另一个同名工作簿，或本工作簿的内容已大量改动", "做过那次操作的工作簿", "没有恢复任何格子；如需恢复，请用 Excel 的撤销或备份。")
    session.notes.clear()  # only own cells are written
    names = {g.sheet for g in reading.book.grids}
    new, touched = Changes(), []
    gone = [s for s in kept.added if s in names and _is_only_ours(session.book, reading, kept, s)]
    guards.check_book(session.book, changes_sheets=bool(gone))
    for cell in kept.cells:
        if cell.sheet in gone:
            continue
        if cell.sheet in names and _is_same(reading, cell):
            new.put(cell.sheet, (cell.row, cell.column), _old(cell.before))
        else:
            touched.append(f"{cell.sheet}!{address(cell.row, cell.column)}")
    with guards.unlocked(session.book, [*new.cells, *(s for s, _ in kept.notes)], is_own=reading.is_own):
        if kept.notes:
            marks.take(session.book, kept.notes)
        if new:
            apply(session.book, new, reading)
        formats.take(session.book, [(s, c) for s, c in kept.plain if position(c) in new.cells.get(s, {})])
        for name in gone:
            session.book.sheets[name].delete()
    snapshot.forget(session.book, session.host)
    lines = [f"已撤销 {kept.when} 的“{kept.title}”：恢复 {len(new)} 格" + (f"，删除工作表“{'”“'.join(gone)}”" if gone else "") + "。"]
    if spared := [s for s in kept.added if s in names and s not in gone]:
        lines.append(f"工作表“{'”“'.join(spared)}”中有后来填写的内容，没有删除，只取回了本程序填写的格子。")
    if touched:
        lines.append(f"有 {len(touched)} 格在那之后又改动过，未恢复：{'、'.join(touched[:MAX_NAMED])}{'等' if len(touched) > MAX_NAMED else ''}。")
    return "\n".join(lines)


def _is_only_ours(book: xw.Book, reading: Reading, kept: snapshot.Snapshot, name: str) -> bool:
    """Whether a sheet we put in holds what we wrote and nothing else: somebody's remarks are not ours to delete."""
    ours = {(c.row, c.column) for c in kept.cells if c.sheet == name and _is_same(reading, c)}
    grid = reading.grid(name)
    filled = {(r, c) for r, line in enumerate(grid.rows, 1) for c, value in enumerate(line, 1) if value not in {None, ""}} if grid is not None else set()
    if grid is not None:
        filled |= {*grid.formulas, *grid.errors}
    return filled <= ours and all((c.row, c.column) in ours for c in kept.cells if c.sheet == name) and not book.sheets[name].notes


def _is_same(reading: Reading, cell: snapshot.Old) -> bool:
    """Whether the cell still holds what was written."""
    grid = reading.grid(cell.sheet)
    line = grid.rows[cell.row - 1] if grid is not None and cell.row <= grid.height else ()
    value = line[cell.column - 1] if cell.column <= len(line) else None
    now, then = snapshot.plain(value), cell.after["shown"] if isinstance(cell.after, dict) and "shown" in cell.after else cell.after
    if isinstance(now, str) and isinstance(then, str):
        return now.strip() == then.strip()
    if isinstance(now, str) and isinstance(then, float):
        return bool(_of_text(now) == then)  # a cell formatted as text makes a text of the number
    return bool(now == then)


def _of_text(text: str) -> Any:
    try:
        number = Decimal(text.strip().removesuffix("%"))
        return snapshot.plain(number / 100 if text.strip().endswith("%") else number)
    except ArithmeticError:
        return None


def _old(value: Any) -> Any:
    if isinstance(value, dict) and "formula" in value:
        return Formula(value["formula"])
    return value if not isinstance(value, dict) else snapshot.restored(value)
