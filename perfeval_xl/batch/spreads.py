"""Statistics of one run: completion by heading and by kind of unit, counted as tables come. Memory does not grow with the headings that people invent."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from perfeval_xl.core.consolidate import Group, Spread, TableResult

MAX_GROUPS = 500
"""Headings of one kind that statistics show; the rarest of those that people invent beyond are counted under one name."""
MAX_KEPT = 5_000
"""Headings of one kind and year that are counted apart. The first that come are kept, so that what is shown of a heading is all of it; those beyond are counted under one name."""
REST, NO_HEADING = "（其余名称）", "（未填）"
_KINDS = ("一级指标", "二级指标", "单位类别")
_Heading = tuple[str, str]


class _Kind:
    """Headings of one kind in one year. lines: for each table the numbers of its headings, by which the tables of several headings are counted once."""

    def __init__(self) -> None:
        self.spreads: dict[_Heading, Spread] = {}
        self.beyond = Spread()
        self.numbers: dict[_Heading, int] = {}
        self.tables = array("I")
        self.ends = array("Q")

    def add(self, headed: Sequence[tuple[_Heading, Group]]) -> None:
        """The rows of one table."""
        counted: set[int] = set()
        for heading, group in headed:
            spread, number = self._of(heading)
            spread.add(group, tables=number not in counted)
            counted.add(number)
        self.tables.extend(sorted(counted))
        self.ends.append(len(self.tables))

    def _of(self, heading: _Heading) -> tuple[Spread, int]:
        """The spread of a heading and its number; 0 for those that are not kept."""
        spread = self.spreads.get(heading)
        if spread is None:
            if len(self.spreads) >= MAX_KEPT:
                return self.beyond, 0
            spread = self.spreads[heading] = Spread()
            self.numbers[heading] = len(self.spreads)
        return spread, self.numbers[heading]

    def split(self) -> tuple[list[tuple[_Heading, Spread]], tuple[str, Spread] | None]:
        """Headings that are shown, the most frequent first, and all others together with what they are called."""
        ordered = sorted(self.spreads.items(), key=lambda e: (-e[1].rows, e[0]))
        shown, rest = ordered[:MAX_GROUPS], ordered[MAX_GROUPS:]
        if not rest and not self.beyond.rows:
            return shown, None
        together = Spread()
        together.merge(self.beyond)
        for _, spread in rest:
            together.merge(spread)
        numbers = {0, *(self.numbers[heading] for heading, _ in rest)}
        together.tables = sum(not numbers.isdisjoint(line) for line in self._lines())
        return shown, (f"{REST}{len(rest)} 种" + ("以上" if self.beyond.rows else ""), together)

    def _lines(self) -> Iterator[array[int]]:
        start = 0
        for end in self.ends:
            yield self.tables[start:end]
            start = end


class Statistics:
    """Completion by heading and by kind of unit, each year for itself, counted as tables come."""

    def __init__(self) -> None:
        self._years: dict[int | None, tuple[_Kind, ...]] = {}

    def add(self, table: TableResult, groups: Sequence[Group]) -> None:
        """One table."""
        kinds = self._years.get(table.year)
        if kinds is None:
            kinds = self._years[table.year] = tuple(_Kind() for _ in _KINDS)
        first, second, unit = kinds
        first.add([((group.level1 or NO_HEADING, ""), group) for group in groups])
        second.add([((group.level1 or NO_HEADING, group.level2 or NO_HEADING), group) for group in groups])
        unit.add([((table.kind, ""), group) for group in groups])

    def rows(self) -> list[list[Any]]:
        """Rows of SPREADS, the latest year first: by first level, by second level below its first, by kind; the most frequent first."""
        return [[year, *row] for year, kinds in sorted(self._years.items(), key=lambda e: -(e[0] or 0)) for row in self._of_year(dict(zip(_KINDS, kinds, strict=True)))]

    @staticmethod
    def _of_year(kinds: Mapping[str, _Kind]) -> Iterator[list[Any]]:
        place: dict[str, int] = {}
        for by, kind in kinds.items():
            shown, rest = kind.split()
            if not place:
                place = {level1: i for i, ((level1, _), _) in enumerate(shown)}
            elif by == _KINDS[1]:
                shown.sort(key=lambda e: place.get(e[0][0], len(place)))
            for heading, spread in [*shown, *([((rest[0], ""), rest[1])] if rest is not None else [])]:
                yield [by, *heading, spread.tables, spread.rows, spread.mean, spread.full_share, *(spread.quartiles or (None, None, None))]
