"""分配权重: the full score of each section, shared out evenly over its rows that have no weight yet; nothing filled in is changed."""

from __future__ import annotations

from perfeval_xl.excel import guards
from perfeval_xl.excel.changes import Changes
from perfeval_xl.excel.commands.base import Session, command
from perfeval_xl.excel.host import CommandError
from perfeval_xl.workbook.allotment import AllotmentError, allotted


@command("分配权重")
def allocate_weights(session: Session) -> str:
    """Fills blank weights; returns what was done for each section."""
    reading = session.read(only_tables=True)
    done = session.assess(reading)
    try:
        shares = allotted(done, reading.book.grids)
    except AllotmentError as error:
        raise CommandError(error.found, error.expected, error.remedy) from error
    new = Changes()
    for sheet, cells in shares.cells.items():
        for at, share in cells.items():
            new.put(sheet, at, share)
    if new:
        guards.check_book(session.book)
        with guards.unlocked(session.book, list(new.cells), is_own=reading.is_own):
            session.apply(reading, new)
    return f"{shares.text}\n规则集：{done.evaluation.ruleset}（{done.evaluation.ruleset_reason}）。"
