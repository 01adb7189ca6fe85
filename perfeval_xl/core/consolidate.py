"""Consolidation: the results of many tables → which of them count, ranks, statistics. Pure."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core.decimals import ZERO

RATE_PLACES = 4
"""Decimals of a completion rate that statistics count with: hundredths of a percent."""


class SectionResult(NamedTuple):
    """A part of one table. weight: over its rows. score: computed, None while nothing in it is scored."""

    name: str
    weight: Decimal
    score: Decimal | None
    reported: Decimal | None


@dataclass(frozen=True, slots=True)
class TableResult:
    """What consolidation needs of one table of one file.

    number: of the file in the run, and of the table in the file: the order in which everything is shown. subject: what two
    submissions of the same thing have in common (department, year, project, form), None where the form names no department.
    dated: the day the form itself gives. modified: the file's time, in seconds. funds: annual budget in yuan.
    completion: mean of the rows' rates, each counted as 1 at most. execution: budget execution rate. rows: of the detail sheet, parts of
    other indicators included.
    """

    number: tuple[int, int]
    file: str
    sheet: str
    department: str
    project: str
    form: str
    year: int | None
    subject: Hashable | None
    kind: str
    ruleset: str
    total: Decimal
    weight: Decimal
    reported: Decimal | None
    grade: str | None
    indicators: int
    unscored: int
    sections: tuple[SectionResult, ...]
    errors: int = 0
    warnings: int = 0
    infos: int = 0
    execution: Decimal | None = None
    completion: Decimal | None = None
    funds: Decimal | None = None
    dated: datetime.date | None = None
    modified: float = 0.0
    rows: int = 0

    @property
    def difference(self) -> Decimal | None:
        """Reported total less the computed one."""
        return self.reported - self.total if self.reported is not None else None

    @property
    def share(self) -> Decimal:
        """Computed total by full score; 0 where there is none."""
        return self.total / self.weight if self.weight > 0 else ZERO

    @property
    def is_whole(self) -> bool:
        """Whether every row could be scored: only then is the total one that may be compared."""
        return self.unscored == 0 and self.weight > 0


class Superseded(NamedTuple):
    """A submission that another one of the same subject replaces. by: the one that counts. reason: in Chinese."""

    result: TableResult
    by: TableResult
    reason: str


def newest_of_each(results: Sequence[TableResult], namesakes: frozenset[str] = frozenset()) -> tuple[list[TableResult], list[Superseded]]:
    """Of several submissions of one subject the newest counts: by the form's own date, then by the file's time, then by name.

    All tables of the file that counts stay: a file does not replace itself. namesakes: keys of names that several units bear; of these,
    files of different folders do not replace each other.

    Returns: those that count, in the order given, and the others with what replaced them.
    """
    groups: defaultdict[Hashable, list[TableResult]] = defaultdict(list)
    for one in results:
        if one.subject is not None:
            is_shared = isinstance(one.subject, tuple) and one.subject[0] in namesakes
            groups[one.subject, _folder(one.file) if is_shared else ""].append(one)
    replaced: dict[tuple[int, int], Superseded] = {}
    for members in groups.values():
        newest = max(members, key=lambda r: (r.dated or datetime.date.min, r.modified, r.file, r.number))
        for one in members:
            if one.number[0] != newest.number[0]:
                replaced[one.number] = Superseded(one, newest, _why(one, newest))
    return [r for r in results if r.number not in replaced], list(replaced.values())


def _folder(file: str) -> str:
    return file.rpartition("/")[0]


def _why(old: TableResult, new: TableResult) -> str:
    why = _which(old, new)
    return why if _folder(old.file) == _folder(new.file) else why + "；两份文件不在同一文件夹，如不是同一单位，请在表中写明单位全称后重新报送"


def _which(old: TableResult, new: TableResult) -> str:
    if new.dated is not None and old.dated != new.dated:
        if old.dated is None:
            return f"没有可以识别的填报日期，另一份为 {new.dated:%Y-%m-%d}；如本文件较新，请在表中填写填报日期后重新报送"
        return f"填报日期 {old.dated:%Y-%m-%d}，另一份为 {new.dated:%Y-%m-%d}"
    if old.modified != new.modified:
        return "填报日期相同或未填，另一份的文件时间较新"
    return "填报日期和文件时间相同，按文件名取后一份"


def ranks(results: Sequence[TableResult]) -> dict[tuple[int, int], int]:
    """Rank by the share of its full score that a table reaches, among those of one year and form; equal shares have one rank.

    A table that is not wholly scored has none.
    """
    groups: defaultdict[tuple[str, int | None], list[TableResult]] = defaultdict(list)
    for one in results:
        if one.is_whole:
            groups[one.form, one.year].append(one)
    found: dict[tuple[int, int], int] = {}
    for members in groups.values():
        rank, last = 0, None
        for position, one in enumerate(sorted(members, key=lambda r: -r.share), 1):
            if one.share != last:
                rank, last = position, one.share
            found[one.number] = rank
    return found


class Group(NamedTuple):
    """Rows of one table under one second level. scored, full: with a score, with full marks. rates: completion rate, 1 at most → rows."""

    level1: str
    level2: str
    rows: int
    scored: int
    full: int
    rates: Mapping[Decimal, int]


@dataclass(slots=True)
class Spread:
    """Rates of many rows, counted: memory grows with the number of different rates, not with the rows.

    rates: completion rate, 1 at most → rows. rows: all, those without a rate too. scored, full: with a score, with full marks.

    >>> spread = Spread()
    >>> spread.add(Group("产出指标", "数量指标", 5, 4, 2, {Decimal(1): 2, Decimal("0.5"): 1, Decimal("0.9"): 1}))
    >>> spread.count, spread.mean, spread.full_share, spread.quartiles
    (4, Decimal('0.85'), Decimal('0.5'), (Decimal('0.8'), Decimal('0.95'), Decimal('1')))
    """

    rates: Counter[Decimal] = field(default_factory=Counter)
    rows: int = 0
    scored: int = 0
    full: int = 0
    tables: int = 0

    def add(self, group: Group, *, tables: int = 0) -> None:
        """Rows of one table. tables: 1 where it is new to this spread."""
        for rate, n in group.rates.items():
            self.rates[rate] += n
        self.rows += group.rows
        self.scored += group.scored
        self.full += group.full
        self.tables += tables

    def merge(self, other: Spread, *, tables: int = 0) -> None:
        """Adds the rows that another has counted. tables: how many of its tables are new to this spread: one table may have rows in both."""
        self.rates.update(other.rates)
        self.rows += other.rows
        self.scored += other.scored
        self.full += other.full
        self.tables += tables

    @property
    def count(self) -> int:
        """Rows with a rate."""
        return self.rates.total()

    @property
    def mean(self) -> Decimal | None:
        """Mean rate, none above 1."""
        return sum((rate * n for rate, n in self.rates.items()), ZERO) / self.count if self.count else None

    @property
    def full_share(self) -> Decimal | None:
        """Share of the scored rows that have full marks."""
        return Decimal(self.full) / self.scored if self.scored else None

    @property
    def quartiles(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """Lower quartile, median, upper quartile, by linear interpolation (as QUARTILE.INC does)."""
        if not self.count:
            return None
        ordered = sorted(self.rates.items())
        return (self._at(ordered, 1), self._at(ordered, 2), self._at(ordered, 3))

    def _at(self, ordered: Sequence[tuple[Decimal, int]], quarter: int) -> Decimal:
        place = Decimal((self.count - 1) * quarter) / 4
        low = int(place)
        first, second = self._nth(ordered, low), self._nth(ordered, min(low + 1, self.count - 1))
        return (first + (second - first) * (place - low)).normalize() + ZERO

    @staticmethod
    def _nth(ordered: Sequence[tuple[Decimal, int]], position: int) -> Decimal:
        for rate, n in ordered:
            if position < n:
                return rate
            position -= n
        raise IndexError(position)
