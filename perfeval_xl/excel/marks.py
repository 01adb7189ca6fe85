"""Marks on cells with findings: a note and a colour, both known again by their own sign and taken away without a trace.

The colour is a conditional format of its own, so that the cell's fill is never touched. Where the formats of a workbook cannot
be read (the server), there is no colour: it could not be taken away again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import xlwings as xw

from perfeval_xl.core.findings import Finding, Severity
from perfeval_xl.excel.guards import is_desktop

SIGN = "【绩效自评校验】"
RULE = '=N("perfeval")=0'
"""A condition that always holds, and that nobody else writes."""
MAX_MARKS = 300
_COLOURS = {Severity.ERROR: (251, 227, 225), Severity.WARNING: (255, 243, 214), Severity.INFO: (232, 241, 250)}
_ADDRESSES = 200  # characters of one range's address; Excel takes 255


def texts(findings: Sequence[Finding]) -> str:
    """What the note of one cell says."""
    lines = [f"{i}. {f.kind.title}：{f.found}" + (f"；应为：{f.expected}" if f.expected else "") for i, f in enumerate(findings, 1)]
    return "\n".join([SIGN, *lines])[:2000]


def put(book: xw.Book, cells: Mapping[tuple[str, str], Sequence[Finding]], noted: list[tuple[str, str]]) -> int:
    """Marks the cells. cells: sheet and address → findings, grave ones first. noted: gets each cell with a note as soon as it has it.

    Returns: how many were left as they are: they have a note of the user's, or are too many.
    """
    by_colour: dict[tuple[str, Severity], list[str]] = {}
    left = max(len(cells) - MAX_MARKS, 0)
    for (name, address), found in list(cells.items())[:MAX_MARKS]:
        cell = book.sheets[name].range(address)
        by_colour.setdefault((name, found[0].severity), []).append(address)
        if cell.note is not None:
            left += 1
            continue
        cell.add_note(texts(found))
        noted.append((name, address))
    if is_desktop(book):
        for (name, severity), addresses in by_colour.items():
            for some in _joined(addresses):
                book.sheets[name].range(some).conditional_formats.add_custom(RULE, fill_color=_COLOURS[severity])
    return left


def take(book: xw.Book, known: Sequence[tuple[str, str]]) -> int:
    """Takes every mark of ours away; returns how many cells had one.

    known: cells that got a note, for a workbook whose notes can be seen but not read.
    """
    count = 0
    if not is_desktop(book):
        for name, address in known:
            sheet = next((s for s in book.sheets if s.name == name), None)
            note = sheet.range(address).note if sheet is not None else None
            if note is not None:
                note.delete()
                count += 1
        return count
    for sheet in book.sheets:
        for note in _notes(sheet):
            note.delete()
            count += 1
        for rule in reversed(_rules(sheet)):
            rule.delete()
    return count


def marked(book: xw.Book) -> list[str]:
    """Sheets with a mark of ours, on the desktop."""
    return [sheet.name for sheet in book.sheets if _notes(sheet) or _rules(sheet)]


def _notes(sheet: xw.Sheet) -> list[xw.main.Note]:
    return [n for n in sheet.notes if str(n.text).startswith(SIGN)]


def _rules(sheet: xw.Sheet) -> list[Any]:
    return [r for r in sheet.used_range.conditional_formats if r.type == "custom" and _bare(r.formula) == _bare(RULE)]


def _bare(formula: object) -> str:
    return str(formula or "").replace(" ", "").lstrip("=").lower()


def _joined(addresses: Sequence[str]) -> list[str]:
    parts: list[str] = []
    for address in addresses:
        if parts and len(parts[-1]) + len(address) < _ADDRESSES:
            parts[-1] += f",{address}"
        else:
            parts.append(address)
    return parts
