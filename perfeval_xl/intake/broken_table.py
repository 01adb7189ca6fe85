"""A table of indicators whose text alone is left, its cells broken over lines anywhere → rows again. Pure.

A printed cell goes on in the next line only where its line was full: so the lines themselves say how wide the columns were,
and with that, where one cell ends and the next begins. What could be divided in two ways is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import NamedTuple

from perfeval_xl.core.quantity import parse
from perfeval_xl.core.units import KNOWN
from perfeval_xl.intake.lines import CHAPTER, Line, tightened, width
from perfeval_xl.intake.source import SourceTable
from perfeval_xl.workbook.columns import NAMES
from perfeval_xl.workbook.headings import field_of
from perfeval_xl.workbook.labels import is_first_level, is_second_level, is_total

MAX_HEADER_LINES = 30
MAX_HEADING = 20
MAX_ATOMS = 24
"""Pieces of one row: more cannot be divided among the columns in reasonable time."""
_WIDTHS = range(6, 42)
_NUMBER = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?\Z")
_NUMERIC = re.compile(r"[≥≤＞＜＝=<>]?\s*[0-9][0-9,.]*\s*(?:[%％‰]|[^\W0-9_]{1,4})?\Z")
_RATE = re.compile(r"[0-9][0-9.]*\s*[%％]\Z|/\Z|-\Z")
_SIGN = re.compile(r"[≥≤＞＜＝=<>]\Z")
_REASON_HEAD = re.compile(r"(?:原因|分析|措施|说明|情况)(?:[（(][^（()）]*[)）])?\Z")
_PUNCTUATION = "，。、；：”’）》！？,.;:)"
_SIGNS = "≥≤＞＜＝=<>"
_OPENING = "“‘（《("
TITLES = {"level1": "一级指标", "level2": "二级指标", "name": "三级指标", "target": "年度目标值", "actual": "年度实现值", "rate": "指标完成率", "weight": "分值", "score": "自评得分",
          "reason": "偏差原因及改进措施", "note": "备注", "unit": "计量单位", "standard": "评分标准", "direction": "方向", "review": "复核得分", "adjusted": "调整后目标值"}  # fmt: skip


class Atom(NamedTuple):
    """A piece of a cell: what stands between blanks on one line. line: index."""

    text: str
    line: int
    is_reason: bool = False
    is_apart: bool = False
    """A number alone on its line behind a row that is whole: that of a page, it may be."""


class Header(NamedTuple):
    """fields: of the columns, names first. first, last: its lines, both included."""

    fields: Sequence[str]
    first: int
    last: int


def find_header(lines: Sequence[Line], start: int) -> Header | None:
    """The first run of lines from `start` on that are headings of an indicator table, and nothing else."""
    for first in range(start, len(lines)):
        word = tightened(lines[first].text)
        word = word if len(word) <= MAX_HEADING else lines[first].text.split()[0]  # all of them on one line
        if not word or len(word) > MAX_HEADING or not _may_head(word, [tightened(line.text) for line in lines[first + 1 : first + 3]]):
            continue
        best: Header | None = None
        atoms: list[str] = []
        for last in range(first, min(first + MAX_HEADER_LINES, len(lines))):
            atoms += lines[last].text.split()
            if len(atoms) > 40:
                break
            fields = _segmented(tuple(atoms))
            if fields and {"target", "actual"} <= set(fields) and {"weight", "score"} & set(fields):
                best = Header(fields, first, last)
        if best is not None:
            return best
    return None


def _may_head(word: str, following: Sequence[str]) -> bool:
    """Whether a table's headings may begin here: 一级指标, whole or broken over two or three lines."""
    starts = [word.split(" ", maxsplit=1)[0], *("".join([word, *following[:n]]) for n in range(len(following) + 1))]
    return any(field_of(start) in NAMES | {"serial"} for start in starts)


@lru_cache(maxsize=64)
def _segmented(atoms: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that the pieces make up, as many as possible; empty where some piece belongs to no heading."""
    best: list[tuple[str, ...] | None] = [()] + [None] * len(atoms)
    for end in range(1, len(atoms) + 1):
        for begin in range(max(end - 8, 0), end):
            before = best[begin]
            text = tightened("".join(atoms[begin:end]))
            name = field_of(text) if before is not None else ""
            if name == "reason" and not _REASON_HEAD.search(text):
                continue  # its heading, and the first words of the table
            if not name or before is None or (name not in NAMES and name in before):
                continue
            found = best[end]
            if found is None or len(before) + 1 > len(found):
                best[end] = (*before, name)
    return best[-1] or ()


def table_end(lines: Sequence[Line], start: int) -> int:
    """Index of the line behind the table: the next chapter, or the end."""
    for at in range(start, len(lines)):
        text = tightened(lines[at].text)
        if CHAPTER.match(text) and len(text) <= 30:
            return at
    return len(lines)


def rebuilt(lines: Sequence[Line], header: Header, end: int) -> SourceTable:
    """The table between its header and `end`, as rows of cells."""
    fields = [f for f in header.fields if f not in NAMES and f != "serial"]
    columns = ["level1", "level2", "name", *fields]
    rows: list[list[str]] = [[TITLES.get(f, f) for f in columns]]
    places, doubts = [lines[header.first].place], list[tuple[int, str]]()
    told: dict[int, str] = {}
    pieces = [Piece(fields, atoms) for atoms in _row_atoms(_atoms(lines, header.last + 1, end), fields)]
    widths = _column_widths([p for p in pieces if p.cells])
    level1 = level2 = ""
    for piece in pieces:
        level1, level2 = piece.level1 or level1, piece.level2 or (level2 if not piece.level1 else "")
        place = lines[piece.atoms[0].line].place
        if piece.total:
            if piece.is_stray:
                doubts.append((len(rows), "合计这一行的数多于分值和得分，其中可能有页码"))
            rows.append([piece.total, *[""] * (len(columns) - 1)])
            for name, value in piece.numbers.items():
                rows[-1][columns.index(name)] = value
        elif piece.cells:
            texts, is_sure = piece.divided(widths)
            rows.append([level1, level2, *(texts.get(f, "") for f in columns[2:])])
            if not is_sure:
                doubts.append((len(rows) - 1, "这一行的文字断在多行，名称、目标值和实现值的分界不能完全确定"))
        else:
            rows.append([tightened("".join(a.text for a in piece.atoms)), *[""] * (len(columns) - 1)])
            doubts.append((len(rows) - 1, "表中的这段文字没有读作指标"))
        places.append(place)
        told[len(rows) - 1] = " ".join(a.text for a in piece.atoms)
    return SourceTable(rows, places, doubts=doubts, texts=told)


def _atoms(lines: Sequence[Line], first: int, last: int) -> list[Atom]:
    """Pieces between blanks; a number and its unit, or a sign and its number, stay together."""
    out: list[Atom] = []
    for at in range(first, last):
        pieces: list[str] = []
        for piece in lines[at].text.split():
            if pieces and (_SIGN.match(pieces[-1]) or _goes_on(pieces[-1], piece)):
                pieces[-1] += piece
            else:
                pieces.append(piece)
        out += [Atom(p, at) for p in pieces]
    return out


def _goes_on(before: str, piece: str) -> bool:
    """Whether printing only put a blank between a number and its unit, or inside a date."""
    if before[-1].isdigit():
        unit = piece.rstrip("，。、；")
        return unit in KNOWN or piece[0] in "万亿%％‰年月日" or (piece[0] in "个次人项件" and len(piece) <= 2)
    return before[-1] in "年月" and piece[0].isdigit() and before[0].isdigit()


def _row_atoms(atoms: Sequence[Atom], fields: Sequence[str]) -> list[list[Atom]]:
    """Pieces row by row: a row ends with its weight and score, a sum with its points."""
    out: list[list[Atom]] = []
    row: list[Atom] = []
    at = 0
    while at < len(atoms):
        if is_total(atoms[at].text) and len(atoms[at].text) > 1:
            if row:
                out.append(row)
            row = [atoms[at]]
            at += 1
            while at < len(atoms) and _NUMBER.match(atoms[at].text):
                row.append(atoms[at])
                at += 1
            out.append(row)
            row = []
            continue
        row.append(atoms[at])
        at += 1
        is_end = len(row) > 2 and _NUMBER.match(row[-1].text) and _NUMBER.match(row[-2].text)
        if is_end and "reason" in fields and at < len(atoms) and atoms[at].line == row[-1].line and not _NUMERIC.match(atoms[at].text):
            count = _reason_length(atoms[at:])
            row += [a._replace(is_reason=True) for a in atoms[at : at + count]]
            at += count
            out.append(row)
            row = []
        elif is_end and _is_apart(row, atoms[at : at + 2]):
            out.append([*row, atoms[at]._replace(is_apart=True)])
            at += 1
            row = []
        elif is_end and (at >= len(atoms) or (not (_NUMERIC.match(atoms[at].text) and atoms[at].line == row[-1].line) and not _NUMBER.match(atoms[at].text))):
            out.append(row)
            row = []
    if row:
        out.append(row)
    return out


def _is_apart(row: Sequence[Atom], following: Sequence[Atom]) -> bool:
    """Whether a number alone on its line follows points that share one line."""
    is_alone = bool(following) and _NUMBER.match(following[0].text) and following[0].line not in {row[-1].line, *(a.line for a in following[1:])}
    return bool(is_alone) and row[-1].line == row[-2].line and not any(_NUMBER.match(a.text) for a in following[1:])


def _reason_length(atoms: Sequence[Atom]) -> int:
    """Pieces of a text behind the points: it goes on as long as its lines are full."""
    wide = width(atoms[0].text)
    for at, (atom, following) in enumerate(pairwise(atoms), 1):
        is_alone = at == 1 or atoms[at - 2].line != atom.line
        if following.line == atom.line or not is_alone or width(atom.text) + _first_unit(following.text) <= wide or (atom.text[-1] == "。" and width(atom.text) < wide):
            return at
    return len(atoms)


class Piece:
    """One row on its way. cells: the pieces that names and values are made of, still undivided."""

    def __init__(self, fields: Sequence[str], atoms: Sequence[Atom]) -> None:
        self.atoms, self.fields = atoms, fields
        self.reason = tightened("".join(a.text for a in atoms if a.is_reason))
        self.is_stray = any(a.is_apart for a in atoms)
        atoms = [a for a in atoms if not a.is_reason and not a.is_apart]
        self.level1 = self.level2 = self.total = ""
        self.numbers: dict[str, str] = {}
        self.cells: list[Atom] = []
        tail = [f for f in fields if f in {"weight", "score"}]
        if is_total(atoms[0].text):
            self.total = atoms[0].text
            given = [a.text for a in atoms[1:]]
            self.is_stray = len(given) > len(tail)
            self.numbers = dict(zip(tail[-len(given):] if given else [], given, strict=False))
            return
        if len(atoms) < 2 + len(tail) or not all(_NUMBER.match(a.text) for a in atoms[len(atoms) - len(tail):]):
            return
        self.numbers = {f: a.text for f, a in zip(tail, atoms[len(atoms) - len(tail):], strict=True)}
        rest = list(atoms[: len(atoms) - len(tail)])
        self.is_stray = self._levels(rest) or self.is_stray or _is_alone(atoms) or any(is_second_level(a.text) for a in rest[1:])
        self.names = ["name", *(f for f in fields if f not in tail and f not in {"reason", "note"})]
        if len(rest) >= 1 and len(rest) <= MAX_ATOMS:
            self.cells = rest

    def _levels(self, rest: list[Atom]) -> bool:
        """Takes the headings off: up to a second level (数量指标), or a first level where none follows. Whether words before it are no heading."""
        for first in range(len(rest)):
            for count in (1, 2, 3):
                word = "".join(a.text for a in rest[first : first + count])
                if is_second_level(word) and first + count < len(rest):
                    self.level2 = word
                    self.level1 = _first_level([a.text for a in rest[:first]])
                    del rest[: first + count]
                    return bool(first) and not self.level1
        for count in (1, 2, 3):
            if is_first_level("".join(a.text for a in rest[:count])) and count < len(rest):
                self.level1 = "".join(a.text for a in rest[:count])
                del rest[:count]
                break
        return False

    def divided(self, widths: dict[str, int]) -> tuple[dict[str, str], bool]:
        """Texts by field, and whether no other division is nearly as good."""
        texts = {**self.numbers, "reason": self.reason}
        ranked = self.ranked(widths)
        if not ranked:
            texts["name"] = tightened("".join(a.text for a in self.cells))
            return texts, False
        cost, cuts = ranked[0]
        is_mixed = any(e - b > 1 and any(_NUMBER.match(a.text) for a in self.cells[b:e]) for b, e in pairwise((*cuts, len(self.cells))))
        is_sure = cost < 12 and not self.is_stray and not is_mixed and (len(ranked) == 1 or ranked[1][0] - cost >= 1)
        for name, (begin, end) in zip(self.names, zip((0, *cuts), (*cuts, len(self.cells)), strict=True), strict=False):
            texts[name] = tightened("".join(a.text for a in self.cells[begin:end]))
        return texts, is_sure

    def ranked(self, widths: dict[str, int]) -> list[tuple[float, tuple[int, ...]]]:
        """Divisions, the best first."""
        count, parts = len(self.cells), len(self.names)
        if count < parts:
            return []
        found = []
        for cuts in combinations(range(1, count), parts - 1):
            bounds = [0, *cuts, count]
            total = 0.0
            for name, begin, end in zip(self.names, bounds, bounds[1:], strict=False):
                total += self.cost(name, begin, end, widths.get(name, 16))
                if total > 60:
                    break
            else:
                found.append((total - self._likeness(bounds), cuts))
        found.sort()
        return found[:2]

    def _likeness(self, bounds: Sequence[int]) -> float:
        """Target and actual often say the same."""
        if "target" not in self.names or "actual" not in self.names:
            return 0
        texts = ["".join(a.text for a in self.cells[b:e]) for b, e in pairwise(bounds)]
        return 1.5 if texts[self.names.index("target")] == texts[self.names.index("actual")] else 0

    def cost(self, name: str, begin: int, end: int, wide: int) -> float:
        """How ill pieces [begin, end) make one cell of a column so wide."""
        total = 0.0
        if name == "rate":
            text = "".join(a.text for a in self.cells[begin:end])
            total += 0 if _RATE.match(text) else 2 if parse(text).is_number else 6
        for at in range(begin, end):
            own = self.cells[at].text
            total += max(0, width(own.rstrip(_PUNCTUATION)) - wide)
            if at + 1 < end:
                following = self.cells[at + 1]
                if following.line == self.cells[at].line:
                    total += 8
                else:
                    total += max(0, wide - width(own) - _first_unit(following.text) + 1) + (4 if following.text[0] in _SIGNS else 0)
                    if own[-1] in "。%％":
                        total += 1
        return total


def _first_unit(text: str) -> int:
    """Width of what cannot be broken at the beginning of a line: a word or number, a character with its bracket."""
    found = re.match(rf"[{_OPENING}{_SIGNS}]*(?:[0-9A-Za-z.%,]+|.)[{_PUNCTUATION}]*", text)
    return width(found[0]) if found else 2


def _is_alone(atoms: Sequence[Atom]) -> bool:
    """Whether the last number of a row stands alone on its line, unlike the one before it: it may be that of the page."""
    count = [sum(a.line == atoms[at].line for a in atoms) for at in (-1, -2)]
    return count[0] == 1 and count[1] > 1


def _first_level(words: Sequence[str]) -> str:
    """产出指标 out of the headings printed before it: the last that is one, else all of them."""
    text = "".join(words)
    found = re.findall(r"(?:产出|效益|满意度|成本|效果|投入|过程|管理效率|管理)(?:指标)?(?=[（(]分值|指标|[（(]|完成|\Z)", text)
    if found:
        word = found[-1]
        return word if word.endswith("指标") or word == "管理效率" else f"{word}指标"
    return ""


def _column_widths(pieces: Sequence[Piece]) -> dict[str, int]:
    """Column widths that explain the line breaks best: improved column by column until nothing changes."""
    names = list(dict.fromkeys(n for p in pieces for n in p.names))
    some = sorted((p for p in pieces if len(p.cells) > len(p.names)), key=lambda p: len(p.cells))[:20]
    widths = dict.fromkeys(names, 14)
    if not some:
        return widths
    for _ in range(3):
        before = dict(widths)
        for name in names:
            widths[name] = min(_WIDTHS, key=lambda w: (_total(some, {**widths, name: w}), w))  # used at once
        if widths == before:
            break
    return widths


def _total(pieces: Iterable[Piece], widths: dict[str, int]) -> float:
    return sum(ranked[0][0] if (ranked := p.ranked(widths)) else 60 for p in pieces)
