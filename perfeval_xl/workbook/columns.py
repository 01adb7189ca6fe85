"""Columns: which heading of a header row is taken for what, where several could be. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from perfeval_xl.core.units import KNOWN, SCALES
from perfeval_xl.workbook.headings import bracketed

NAMES = frozenset({"level1", "level2", "name", "levels", "level4"})
VALUES = frozenset({"target", "actual", "weight", "score"})
EVIDENCE = frozenset({"target", "actual"})


class Entry(NamedTuple):
    """A heading as placed: field, first column, width, the heading's text, whether its column is hidden."""

    field: str
    column: int
    width: int
    text: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True, eq=False)  # one for each form, the same for all its copies
class Shape:
    """What the headings alone say of a segment, wherever it stands.

    columns: field → first column. widths: field → number of columns whose texts make up the field, where more than one.
    levels: field (level1, level2, name, or empty for an outer heading) and column of the headings' hierarchy, outermost first.
    units: field → unit that the heading itself names. unused: field and column of headings of the same kind that were not taken.
    """

    columns: Mapping[str, int]
    widths: Mapping[str, int]
    levels: tuple[tuple[str, int], ...]
    units: Mapping[str, str]
    unused: tuple[tuple[str, int], ...]


@lru_cache(maxsize=1024)  # thousands of departments fill in the same form
def shape_of(entries: tuple[Entry, ...]) -> Shape | None:
    """Which column holds what; None where the headings make no table of indicators."""
    levels = _levels(entries)
    if not levels:
        return None
    same: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.field not in NAMES and entry.field != "fund":
            same.setdefault(entry.field, []).append(entry)
    first = {name: _chosen(name, found, levels[-1][1]) for name, found in same.items()}
    if len(first.keys() & VALUES) < 2:
        return None
    columns = {e.field: e.column for e in first.values()}
    widths = {e.field: e.width for e in first.values() if e.width > 1}
    units = {e.field: unit for e in first.values() if e.field in EVIDENCE and (unit := bracketed(e.text)) and _is_unit(unit)}
    unused = tuple((e.field, e.column) for found in same.values() for e in found if e.column != columns[e.field])
    return Shape(columns, widths, levels, units, unused)


_SPECIFIC = {"actual": re.compile(r"值"), "target": re.compile(r"目标|指标值|计划"), "score": re.compile(r"自评"), "weight": re.compile(r"三级|指标")}
_YEAR = re.compile(r"20[0-9]{2}")


def _chosen(name: str, found: Sequence[Entry], name_column: int) -> Entry:
    """Of several columns of one kind: one that is shown, of the latest year, right of the name, called by the more telling word."""
    if len(found) == 1:
        return found[0]
    word = _SPECIFIC.get(name)

    def key(entry: Entry) -> tuple[bool, int, bool, bool, int]:
        years = [int(y) for y in _YEAR.findall(entry.text)]
        is_behind = name != "weight" or entry.column > name_column
        return (not entry.is_hidden, max(years, default=0), is_behind, bool(word and word.search(entry.text)), -entry.column)

    return max(found, key=key)


def _is_unit(text: str) -> bool:
    """Whether what a heading's brackets hold is a unit of measurement, not a name for formulas or a remark."""
    return text in KNOWN or (len(text) > 1 and text[0] in SCALES and text[1:] in KNOWN)


_OWN_NAME = re.compile(r"[三3]\s*[级級]|名\s*[称稱]")


def _levels(entries: Sequence[Entry]) -> tuple[tuple[str, int], ...]:
    """Columns of the headings' hierarchy, outermost first, with the field each holds; the last is the indicator's name."""
    columns: list[tuple[str, int]] = []
    for entry in entries:
        if entry.field in NAMES:
            columns += [(entry.field, entry.column + i) for i in range(entry.width)]
    if not columns:
        return ()
    named = {field for field, _ in columns}
    if "level4" in named and "name" not in named:
        columns = [("name" if f == "level4" else f, c) for f, c in columns]
    free = [c for f, c in columns if f == "levels"]
    if "name" in named:
        out = [(f, c) for f, c in columns if f in {"level1", "level2"}]
        open_levels = [f for f in ("level1", "level2") if f not in named]
        out = [*zip(open_levels[: len(free)], free, strict=False), *out]
        texts = {e.column + i: e.text for e in entries for i in range(e.width)}
        names = [(("name" if f == "name" else "level4"), c) for f, c in columns if f in {"name", "level4"}]
        names.sort(key=lambda n: (n[0] == "level4", bool(_OWN_NAME.search(texts.get(n[1], "")))))  # 三级指标 goes before 指标内容
        return (*sorted(out, key=lambda e: e[0]), *names)
    inner: list[tuple[str, int]] = [(f, c) for f, c in columns if f != "levels"]
    if free:
        roles = ["name", "level2", "level1"]
        taken = [f for f, _ in inner]
        roles = [r for r in roles if r not in taken]
        generic = [(roles[i] if i < len(roles) else "", c) for i, c in enumerate(reversed(free))]
        return tuple(sorted([*inner, *generic], key=lambda e: e[1]))
    return (*inner[:-1], ("name", inner[-1][1]))
