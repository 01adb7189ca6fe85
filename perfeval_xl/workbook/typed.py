"""How numbers are typed: weights and scores kept as text, which the form's own sums pass over. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perfeval_xl.core.findings import Finding, Location, finding
from perfeval_xl.core.model import Submission
from perfeval_xl.workbook.grid import Grid, position
from perfeval_xl.workbook.labels import number

_TITLES = {"weight": "分值", "score": "得分"}
_NAMED = 5


def number_as_text(submission: Submission, grids: Sequence[Grid]) -> Iterator[Finding]:
    """One finding per column with bare numbers typed as text, at the first of them.

    Only in sheets that hold typed numbers too: a CSV file or a web page knows no types, and says nothing by having none.
    """
    by_sheet = {g.sheet: g for g in grids}
    typed = {name for name, grid in by_sheet.items() if any(isinstance(v, int | float) and not isinstance(v, bool) for line in grid.rows for v in line)}
    for name, title in _TITLES.items():
        cells: list[Location] = []
        for row in submission.indicators:
            address = row.place.cell(name)
            if row.place.sheet not in typed or not address:
                continue
            place = position(address)
            if place is None:
                continue
            line, column = place
            cells_of_line = by_sheet[row.place.sheet].rows[line - 1]
            value = cells_of_line[column - 1] if column <= len(cells_of_line) else None
            if isinstance(value, str) and value.strip().isascii() and number(value) is not None and not value.strip().endswith("%"):
                cells.append(Location(row.place.file, row.place.sheet, address))
        cells = list(dict.fromkeys(cells))
        if cells:
            named = "、".join(c.cell for c in cells[:_NAMED]) + (f" 等 {len(cells)} 格" if len(cells) > _NAMED else "")
            yield finding("number-as-text", cells[0], f"{title}列的 {named} 以文本形式保存", "数值")
