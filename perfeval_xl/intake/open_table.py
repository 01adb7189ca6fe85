"""A table without rules: its columns from the gaps between words, its rows from the gaps between lines. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import NamedTuple

from perfeval_xl.intake.broken_table import Header, table_end
from perfeval_xl.intake.lines import Line, cell_text
from perfeval_xl.intake.source import SourceTable
from perfeval_xl.workbook.columns import NAMES
from perfeval_xl.workbook.headings import field_of
from perfeval_xl.workbook.labels import is_total

_NUMBER = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?\Z")
_GAP = 3.0
"""Points between two columns, at least."""


class Word(NamedTuple):
    """A word where it is printed, in points from the upper left corner."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        """Its middle, across."""
        return (self.left + self.right) / 2


class PlacedLine(NamedTuple):
    """A line with its words."""

    line: Line
    top: float
    words: Sequence[Word]


MAX_HEAD = 5
_LOOKED_AT = 60
"""Lines below a heading that show where its columns are."""


def find_open_header(lines: Sequence[PlacedLine], start: int) -> Header | None:
    """The first lines from `start` on whose words, column by column, are headings of a table of indicators."""
    for first in range(start, len(lines)):
        if not any(field_of(w.text) in NAMES for w in lines[first].words):
            continue
        end = min(table_end([p.line for p in lines[: first + _LOOKED_AT]], first + 1), first + _LOOKED_AT)
        columns = _columns([w for p in lines[first:end] if not is_total(p.words[0].text) for w in p.words])
        for last in range(min(first + MAX_HEAD, end) - 1, first - 1, -1):
            fields = [field_of(text.replace("\n", "")) for text in _cells([w for p in lines[first : last + 1] for w in p.words], columns)]
            if all(fields) and {"target", "actual"} <= set(fields) and {"weight", "score"} & set(fields):
                return Header(fields, first, last)
    return None


def open_table(lines: Sequence[PlacedLine], head: int, fields: Sequence[str]) -> SourceTable:
    """head: number of lines that are its headings. fields: what the headings name, in order."""
    body = [p for p in lines[head:] if p.words]
    columns = _columns([w for p in body if not is_total(p.words[0].text) for w in p.words])
    rows: list[list[str]] = [_cells([w for p in lines[:head] for w in p.words], columns)]
    places, doubts = [lines[0].line.place], list[tuple[int, str]]()
    for group in _groups(body):
        words = [w for p in group for w in p.words]
        cells = _cells(words, columns)
        if cells == rows[0]:
            continue  # the headings, printed again on the next page
        rows.append(cells)
        places.append(group[0].line.place)
        points = sum(bool(_NUMBER.match(c)) for c in rows[-1][-3:])
        if not points and not is_total(words[0].text):
            doubts.append((len(rows) - 1, "这张表没有框线，这一行没有读到分值和得分"))
    if len(columns) < len(fields):
        doubts.append((0, "这张表没有框线，各栏的分界不能完全确定"))
    return SourceTable(rows, places, doubts=doubts)


def _columns(words: Sequence[Word]) -> list[tuple[float, float]]:
    """Stretches across the page that words fill, with a gap between any two."""
    out: list[list[float]] = []
    for left, right in sorted((w.left, w.right) for w in words):
        if out and left - out[-1][1] < _GAP:
            out[-1][1] = max(out[-1][1], right)
        else:
            out.append([left, right])
    return [(left, right) for left, right in out]


def _cells(words: Sequence[Word], columns: Sequence[tuple[float, float]]) -> list[str]:
    texts: list[list[tuple[float, float, str]]] = [[] for _ in columns]
    for word in words:
        at = min(range(len(columns)), key=lambda i: max(columns[i][0] - word.middle, word.middle - columns[i][1], 0.0)) if columns else 0  # used at once
        if columns:
            texts[at].append((round(word.top / 3), word.left, word.text))
    return [_joined(t) for t in texts]


def _joined(pieces: list[tuple[float, float, str]]) -> str:
    lines: dict[float, list[str]] = {}
    for top, _, text in sorted(pieces):
        lines.setdefault(top, []).append(text)
    return cell_text(" ".join(line) for line in lines.values())


def _groups(lines: Sequence[PlacedLine]) -> list[list[PlacedLine]]:
    """Lines row by row: the gap between rows is wider than the one between lines of a cell. A new page begins a new row."""
    if not lines:
        return []
    gaps = [b.top - a.top for a, b in itertools.pairwise(lines) if b.top > a.top]
    least = min((g for g in gaps if g > 4), default=0.0)
    out = [[lines[0]]]
    is_uniform = not gaps or max(gaps) < 1.2 * least
    for before, line in itertools.pairwise(lines):
        gap = line.top - before.top
        if gap < 0 or is_uniform or gap > 1.2 * least:
            out.append([line])
        else:
            out[-1].append(line)
    return out
