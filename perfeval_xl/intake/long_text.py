"""Texts longer than a cell takes: the cell holds the beginning, the list of doubts the rest. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perfeval_xl.intake.rows import Placed
from perfeval_xl.intake.source import Doubt
from perfeval_xl.workbook.forms.form import Entry
from perfeval_xl.workbook.forms.origin import MAX_CELL

_TEXTS = ("name", "unit", "reason", "evidence", "level2")
_ENTRIES = ("target", "actual", "rate")


def shortened(facts: Mapping[str, str], *tables: Sequence[Placed]) -> tuple[dict[str, str], list[Placed], list[Placed], list[Doubt]]:
    """The facts and the rows of both tables as cells take them; what does not fit, whole, in doubts."""
    doubts: list[Doubt] = []
    kept = {label: _cut(text, f"“{label}”", doubts) for label, text in facts.items()}
    table, management = ([_row(placed, doubts) for placed in rows] for rows in tables)
    return kept, table, management, doubts


def _row(placed: Placed, doubts: list[Doubt]) -> Placed:
    level1, level2, row = placed
    place = row.origin.place if row.origin is not None else row.name[:30]
    texts = {n: _cut(getattr(row, n), place, doubts) for n in _TEXTS}
    entries = {n: Entry(_cut(e.value, place, doubts), e.number_format) for n in _ENTRIES if isinstance((e := getattr(row, n)).value, str)}
    return _cut(level1, place, doubts), _cut(level2, place, doubts), row._replace(**texts, **entries)  # type: ignore[arg-type]


def _cut(text: str, place: str, doubts: list[Doubt]) -> str:
    if len(text) <= MAX_CELL:
        return text
    at = text.rfind("\n", MAX_CELL // 2, MAX_CELL) + 1 or MAX_CELL
    doubts.append(Doubt(place, text[at:], f"这段文字有 {len(text)} 字，一个单元格放不下，自评表中只有前 {at} 字，其余列在这里", "请精简这段文字。"))
    return text[:at]
