"""Dates as people write them in cells: 2023年12月底, 2021年底, 1-12月. Pure.

A date is a span of days; a deadline is its last day. A month has no day, a cell may have no year: what the text does
not say stays unknown instead of being guessed.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from enum import StrEnum

_YEAR = r"(?P<y{n}>(?:19|20)[0-9]{{2}}|本|当|该)"
_MONTH = r"(?P<m{n}>1[0-2]|0?[1-9])"
_DAY = r"(?P<d{n}>3[01]|[12][0-9]|0?[1-9])"
_PART = (
    rf"(?:{_YEAR}年(?:度)?)?{_MONTH}月(?:份)?(?:{_DAY}[日号]|(?P<p{{n}}>上旬|中旬|下旬|月?底|月?末|月?初))?"
)
_TO = r"[-~—至到]"
_OTHER = r"(?P<y9>(?:19|20)[0-9]{{2}})"
_MONTH2 = r"(?P<m9>1[0-2]|0?[1-9])"
_SINGLE = [
    rf"{_YEAR}[./]{_MONTH}{_TO}(?:{_OTHER}[./])?{_MONTH2}(?![0-9.])".format(n=8),
    # 2023年1月至12月, 2023年1月1日-2023年12月31日, 2023.1-2023.12
    _PART.format(n=1).replace("月(?:份)?", "(?:月(?:份)?)?", 1) + _TO + _PART.format(n=2),
    _PART.format(n=3),
    rf"{_YEAR}年?{_TO}(?P<until>(?:19|20)[0-9]{{{{2}}}})年(?:度)?".format(n=7),
    rf"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}(?![0-9])".format(n=4),
    rf"{_YEAR}年(?:度)?(?P<p5>第?[一二三四1-4]季度|[上下]半年|年?底|年?末|年?初|全年|内)?".format(n=5),
    r"(?P<p6>[上下]半年|年底|年末|年内)",
]
PATTERN = re.compile("|".join(f"(?P<form{i}>{form})" for i, form in enumerate(_SINGLE)))
"""One alternation over bounded pieces: a scan is linear in the text."""

_PERIODS = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 0), "底": (0, 0), "末": (0, 0), "初": (1, 10)}
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}


class Timing(StrEnum):
    """How an actual date stands to a deadline."""

    ON_TIME = "on-time"
    LATE = "late"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """year: 0 where the text names none."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        return (f"{self.year}年" if self.year else "") + f"{self.month}月{self.day}日"


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day the text can mean."""

    start: Day
    end: Day

    def __str__(self) -> str:
        return str(self.end) if self.start == self.end else f"{self.start}至{self.end}"


def last_day(year: int, month: int) -> int:
    """Last day of a month; of an unknown year, the latest it can be."""
    return monthrange(year or 2024, month)[1]


def _days(year: int, month: int, day: str | None, period: str | None) -> tuple[Day, Day] | None:
    last = last_day(year, month)
    if day:
        return (Day(year, month, int(day)),) * 2 if int(day) <= last else None
    if period:
        first, until = _PERIODS[period.removeprefix("月")]
        return Day(year, month, first or last), Day(year, month, until or last)
    return Day(year, month, 1), Day(year, month, last)


def _year(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


def _of_year(year: int, period: str) -> Span | None:
    if "季度" in period:
        last = 3 * _QUARTERS[period.removeprefix("第")[0]]
        return Span(Day(year, last - 2, 1), Day(year, last, last_day(year, last)))
    if period == "上半年":
        return Span(Day(year, 1, 1), Day(year, 6, 30))
    if period == "下半年":
        return Span(Day(year, 7, 1), Day(year, 12, 31))
    if period.endswith(("底", "末")):
        return Span(Day(year, 12, 31), Day(year, 12, 31))
    if period.endswith("初"):
        return Span(Day(year, 1, 1), Day(year, 1, 31))
    return Span(Day(year, 1, 1), Day(year, 12, 31))


def span_of(match: re.Match[str]) -> Span | None:
    """The span a match of PATTERN stands for; None for a day that does not exist (2月30日)."""
    found = match.groupdict()
    if found["form0"] is not None:
        first = _days(_year(found["y8"]), int(found["m8"]), None, None)
        until = _days(_year(found["y9"] or found["y8"]), int(found["m9"]), None, None)
        return Span(first[0], until[1]) if first and until and first[0] <= until[1] else None
    if found["form1"] is not None:
        year = _year(found["y1"]) or _year(found["y2"])
        start = _days(year, int(found["m1"]), found["d1"], found["p1"])
        end = _days(_year(found["y2"]) or year, int(found["m2"]), found["d2"], found["p2"])
        if not start or not end or start[0] > end[1]:
            return None
        return Span(start[0], end[1])
    if found["form2"] is not None:
        days = _days(_year(found["y3"]), int(found["m3"]), found["d3"], found["p3"])
        return Span(*days) if days else None
    if found["form3"] is not None:
        begin, finish = _year(found["y7"]), int(found["until"])
        return Span(Day(begin, 1, 1), Day(finish, 12, 31)) if begin <= finish else None
    if found["form4"] is not None:
        days = _days(_year(found["y4"]), int(found["m4"]), found["d4"], None)
        return Span(*days) if days else None
    if found["form5"] is not None:
        return _of_year(_year(found["y5"]), found["p5"] or "全年")
    return _of_year(0, found["p6"])


def timing(actual: Span, deadline: Span) -> Timing:
    """Whether work dated `actual` was done by the last day of `deadline`.

    A missing year on one side is read as the other side's. A span that only partly lies before the deadline decides
    nothing: 12月 against 12月15日.
    """
    year = deadline.end.year or actual.end.year

    def in_year(day: Day) -> Day:
        return day if day.year else Day(year, day.month, day.day)

    if in_year(actual.end) <= in_year(deadline.end):
        return Timing.ON_TIME
    if in_year(actual.start) > in_year(deadline.end):
        return Timing.LATE
    return Timing.UNDECIDED
