"""Frames: what every row under a header shares, and the texts of one row by field. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from perfeval_xl.workbook.columns import Shape
from perfeval_xl.workbook.grid import Grid, letter
from perfeval_xl.workbook.labels import is_placeholder, number

_NAME_FIELDS = frozenset({"name", "level4"})


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The columns of a form, as rows need them.

    columns, widths, levels, units: of the shape. left, right: its outermost columns. evidence: first column of values.
    letters: field → column letters (row numbers where the table runs sideways). level1, level2: columns of the headings, 0 where
    there is none. of_line: the texts of all fields in a row, in the order of `columns`. is_plain: one column a field, no adjusted
    targets: most rows need no more than a look.
    """

    columns: Mapping[str, int]
    widths: Mapping[str, int]
    levels: tuple[tuple[str, int], ...]
    units: Mapping[str, str]
    left: int
    right: int
    evidence: int
    letters: dict[str, str]
    level1: int
    level2: int
    of_line: Callable[[Sequence[str]], tuple[str, ...]]
    is_plain: bool


@lru_cache(maxsize=1024)  # thousands of departments fill in the same form
def frame_of(shape: Shape, *, sideways: bool) -> Frame:
    """The frame of a shape; sideways: its columns are rows of the sheet."""
    columns, levels, widths = shape.columns, shape.levels, shape.widths
    every = [*columns.values(), *(c for _, c in levels), *(columns[n] + w - 1 for n, w in widths.items())]
    letters = {n: str(c) if sideways else letter(c) for n, c in columns.items()}
    letters["name"] = (str if sideways else letter)(levels[-1][1])
    evidence = min(columns[n] for n in ("target", "actual", "weight", "score", "adjusted") if n in columns)
    outer = dict(levels[:-1])
    is_plain = not widths and "adjusted" not in columns and {"target", "actual"} <= columns.keys() and len({n for n, _ in levels}) == len(levels)
    return Frame(
        columns, widths, levels, shape.units, min(every), max(every), evidence, letters, outer.get("level1", 0), outer.get("level2", 0),
        itemgetter(*(c - 1 for c in columns.values())), is_plain,  # a shape has two columns of values at least
    )  # fmt: skip


class Row(NamedTuple):
    """One row. line: its own texts from column 1. filled: columns that hold any. texts: field → text, merged cells' included.

    levels: field and text of the hierarchy; own: the texts of these cells themselves.
    """

    number: int
    line: Sequence[str]
    filled: Sequence[int]
    texts: Mapping[str, str]
    levels: Sequence[tuple[str, str]]
    own: Sequence[str]

    @property
    def first(self) -> int:
        """Column of the first filled cell, 0 where there is none."""
        return self.filled[0] if self.filled else 0

    @property
    def label(self) -> str:
        """Text of the first filled cell."""
        return self.line[self.filled[0] - 1] if self.filled else ""

    @property
    def has_points(self) -> bool:
        """Whether a number stands in its weight or score."""
        return number(self.texts.get("weight", "")) is not None or number(self.texts.get("score", "")) is not None

    def says(self, *names: str) -> bool:
        """Whether any of these fields holds a text."""
        return any(self.texts.get(n) for n in names)

    @property
    def is_blank(self) -> bool:
        """Whether no value of the row is filled in; a zero where points are calculated is what a formula makes of nothing."""
        find = self.texts.get
        if find("target") or find("actual"):
            return False
        return not (self.says("adjusted", "review", "reason") or any(find(n) and number(find(n, "")) != 0 for n in ("weight", "score", "rate")))


def row_of(frame: Frame, grid: Grid, row: int, line: Sequence[str], filled: Sequence[int]) -> Row:
    """The texts of a row by field; of all its columns where a heading spans several (operator, value, unit)."""
    merges, text, levels = grid.merges, grid.text, frame.levels
    texts = {name: line[column - 1] for name, column in frame.columns.items()}
    own = [line[column - 1] for _, column in levels]
    if not merges:
        return Row(row, line, filled, texts, [(name, mine) for (name, _), mine in zip(levels, own, strict=True)], own)
    for name, column in frame.columns.items():
        if not texts[name] and (row, column) in merges:
            texts[name] = text(row, column)
    for name, width in frame.widths.items():
        column = frame.columns[name]
        texts[name] = "".join(dict.fromkeys(t for c in range(column, column + width) if (t := text(row, c))))
    said = [(name, text(row, column) if not mine and (row, column) in merges else mine) for (name, column), mine in zip(levels, own, strict=True)]
    return Row(row, line, filled, texts, said, own)


def name_of(levels: Sequence[tuple[str, str]], own: Sequence[str]) -> str:
    """The innermost text: the name column, or a heading further out on a row whose name is blank."""
    if (len(levels) < 2 or levels[-2][0] not in _NAME_FIELDS) and levels[-1][1]:
        return levels[-1][1]
    names = [t for name, t in levels if name in _NAME_FIELDS and t]
    if names:
        words = [t for t in names if number(t) is None and not is_placeholder(t)]
        return (words or names)[-1]
    return next((t for t in reversed(own) if t), "") or next((t for _, t in reversed(levels) if t), "")
