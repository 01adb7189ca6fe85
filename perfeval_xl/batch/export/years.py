"""Years: under which year each row of a run is kept, so that the exports of several years can lie in one folder. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from perfeval_xl.batch.consolidation import Consolidation
from perfeval_xl.batch.export.schema import NO_YEAR, YEAR, Table
from perfeval_xl.batch.export.spool import MAX_TEXT

_MAIN_SHARE = 0.9
"""Share of the tables with a year that must agree before the run itself is of that year; the rest are slips of the pen."""


class Years:
    """The years of one run. main: of the run itself, NO_YEAR where its tables do not agree. taken: those that rows went to so far."""

    def __init__(self, consolidation: Consolidation, before: Mapping[int, int]) -> None:
        """before: year → tables that an earlier export has of it."""
        self._consolidation = consolidation
        tables = consolidation.tables()
        dated = Counter(year for t in tables if (year := _known(t.year)))
        year, most = max(dated.items(), key=lambda e: (e[1], e[0]), default=(NO_YEAR, 0))
        self.main = year if most >= dated.total() * _MAIN_SHARE else NO_YEAR
        self._undated = {t.file for t in tables if not _known(t.year)}
        # One form that names the wrong year must not take the place of all that was exported for that year.
        self._strays = {y for y, n in dated.items() if n < most and before.get(y, 0) > n}
        self.taken: set[int] = set()

    def keyed(self, table: Table) -> Iterator[Sequence[Any]]:
        """The table's rows with the year under which they are kept before them; texts of bounded length."""
        names = [f.name for f in table.given]
        year_at = names.index(YEAR.name) if YEAR.name in names else None
        file_at = names.index("file") if "file" in names and not table.is_own else None
        for row in table.rows(self._consolidation):
            year = _known(row[year_at]) if year_at is not None else None
            if year is None:
                year = NO_YEAR if table.is_own or (file_at is not None and row[file_at] in self._undated) else self.main
            elif year in self._strays:
                year = NO_YEAR
            self.taken.add(year)
            yield (year, *row) if table.is_own else (year, *(v[:MAX_TEXT] if isinstance(v, str) else v for v in row))


def _known(year: Any) -> int | None:
    return year if isinstance(year, int) and 0 < year < 10_000 else None
