"""Overview of many evaluated tables, as a consolidated workbook holds them: totals, grades, problems, what is missing. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core.decimals import ZERO


class Unit(NamedTuple):
    """One table. total, weight: computed score and full score. rank: None where it could not be wholly scored. execution, completion: fractions.

    form: 部门整体 or 项目; units are ranked among those of one year and form.
   """

    rank: int | None
    department: str
    project: str
    year: int | None
    total: Decimal | None
    reported: Decimal | None
    weight: Decimal | None
    grade: str
    execution: Decimal | None
    completion: Decimal | None
    indicators: int
    unscored: int
    errors: int
    warnings: int
    file: str
    form: str = ""

    @property
    def share(self) -> Decimal | None:
        """Score by full score; None where the table could not be wholly scored."""
        return self.total / self.weight if self.rank is not None and self.total is not None and self.weight else None


class Problem(NamedTuple):
    """One finding of the list. department: empty where it belongs to none."""

    severity: str
    code: str
    title: str
    department: str
    remedy: str


class Frequency(NamedTuple):
    """A kind of finding: how often, in how many units (files without a name of a unit aside)."""

    code: str
    title: str
    severity: str
    number: int
    departments: int
    remedy: str


class Spread(NamedTuple):
    """Indicators of one heading or kind of unit. year: None where it is not known; rates: fractions."""

    year: int | None
    by: str
    group: str
    tables: int
    indicators: int
    mean: Decimal | None
    full: Decimal | None
    median: Decimal | None


class State(NamedTuple):
    """One line of what was sent in. state: 已汇总, 未报送, 未采用 and so on."""

    state: str
    department: str
    file: str
    remark: str


@dataclass(frozen=True, slots=True)
class Overview:
    """What a consolidated workbook says. remarks: on rule sets, unconfirmed parameters and the like."""

    file: str
    units: Sequence[Unit]
    problems: Sequence[Problem]
    spreads: Sequence[Spread]
    states: Sequence[State]
    has_roster: bool
    remarks: Sequence[str] = ()

    @property
    def shares(self) -> list[Decimal]:
        """Of all tables that could be wholly scored, best first."""
        return sorted((s for u in self.units if (s := u.share) is not None), reverse=True)

    def frequencies(self) -> list[Frequency]:
        """Kinds of findings, the most frequent first; of equals, by code."""
        counts, units, first = Counter[str](), dict[str, set[str]](), dict[str, Problem]()
        for one in self.problems:
            counts[one.code] += 1
            first.setdefault(one.code, one)
            if one.department:
                units.setdefault(one.code, set()).add(one.department)
        ordered = sorted(counts.items(), key=lambda e: (-e[1], e[0]))
        return [Frequency(code, first[code].title, first[code].severity, n, len(units.get(code, ())), first[code].remedy) for code, n in ordered]


def mean(values: Sequence[Decimal]) -> Decimal | None:
    """None of nothing."""
    return sum(values, ZERO) / len(values) if values else None


def median(values: Sequence[Decimal]) -> Decimal | None:
    """Middle one, or the mean of the middle two; None of nothing.

    >>> median([Decimal(1), Decimal(4), Decimal(2)]), median([Decimal(1), Decimal(2)])
    (Decimal('2'), Decimal('1.5'))
    """
    if not values:
        return None
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
