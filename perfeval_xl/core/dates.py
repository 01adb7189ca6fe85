"""Dates as people write them in cells: 2023年12月底, 2021年底, 1-12月. Pure.

A date is a span of days; a deadline is its last day. A month has no day, a cell may have no year: what the text does
not say stays unknown instead of being guessed, until `in_year` is told which year the table is of.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from enum import StrEnum

_YEAR = r"(?P<y{n}>(?:19|20)[0-9]{{2}}|[本当该今次下翌来上去])"
_MONTH = r"(?P<m{n}>1[0-2]|0?[1-9])"
_DAY = r"(?P<d{n}>3[01]|[12][0-9]|0?[1-9])"
_PART = (
    rf"(?:{_YEAR}年(?:度)?)?{_MONTH}月(?:份)?(?:{_DAY}[日号](?:[0-9]{{{{1,2}}}}[时点](?:[0-9]{{{{1,2}}}}分)?)?|(?P<p{{n}}>上旬|中旬|下旬|月?底|月?末|月?初))?"
)
_TO = r"[-~—至到]"
_QUARTER = r"(?:前[二三23]个?|第?[一二三四1-4])季度"
_OTHER = r"(?P<y9>(?:19|20)[0-9]{{2}})"
_MONTH2 = r"(?P<m9>1[0-2]|0?[1-9])"
_SINGLE = [
    rf"{_YEAR}[./]{_MONTH}{_TO}(?:{_OTHER}[./])?{_MONTH2}(?![0-9.])".format(n=8),
    # 2023年1月至12月, 2023年1月1日-2023年12月31日, 2023.1-2023.12
    _PART.format(n=1).replace("月(?:份)?", "(?:月(?:份)?)?", 1) + _TO + _PART.format(n=2),
    _PART.format(n=3),
    rf"{_YEAR}年?{_TO}(?P<until>(?:19|20)[0-9]{{{{2}}}})年(?:度)?".format(n=7),
    rf"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}(?![0-9])(?:[ T]?[0-9]{{{{1,2}}}}:[0-9]{{{{2}}}}(?::[0-9]{{{{2}}}})?)?".format(n=4),
    rf"{_YEAR}年(?:度)?(?P<p5>{_QUARTER}|[上下]半年|年?底|年?末|年?初|全年|内)?".format(n=5),
    rf"(?P<p6>{_QUARTER}|[上下]半年|年底|年末|年内)",
]
PATTERN = re.compile("|".join(f"(?P<form{i}>{form})" for i, form in enumerate(_SINGLE)))
"""One alternation over bounded pieces: a scan is linear in the text."""

_PERIODS = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 0), "底": (0, 0), "末": (0, 0), "初": (1, 10)}
_RELATIVE = {"次": 1, "下": 1, "翌": 1, "来": 1, "上": -1, "去": -1}
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}


_HAN = "〇零○O0一二三四五六七八九"
_HAN_DIGITS = str.maketrans(_HAN, "00000123456789")
_HAN_COUNT = "[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九]"
_HAN_DATE = re.compile(rf"((?:一九|二[〇零○O0])[{_HAN}]{{2}})年(?:({_HAN_COUNT})月(?:({_HAN_COUNT})([日号]))?)?")


def in_digits(text: str) -> str:
    """The text with its dates in digits, as PATTERN reads them; only those with a year are dates for certain (三月 may be a duration).

    >>> in_digits("二〇二四年十二月三十一日"), in_digits("二○二三年度自评表"), in_digits("二〇二五年三月底前")
    ('2024年12月31日', '2023年度自评表', '2025年3月底前')
    """
    return _HAN_DATE.sub(_dated, text)


def _dated(match: re.Match[str]) -> str:
    year, month, day, sign = match.groups()
    return f"{year.translate(_HAN_DIGITS)}年" + (f"{_count(month)}月" if month else "") + (f"{_count(day)}{sign}" if day else "")


def _count(text: str) -> int:
    """十二 as 12."""
    tens, mark, ones = text.rpartition("十")
    return (int((tens or "一").translate(_HAN_DIGITS)) * 10 if mark else 0) + (int(ones.translate(_HAN_DIGITS)) if ones else 0)


class Timing(StrEnum):
    """How an actual date stands to a deadline."""

    ON_TIME = "on-time"
    LATE = "late"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """year: 0 where the text names none (or 本年), 1 for 次年, -1 for 上年."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        year = f"{self.year}年" if self.year > 1 else {1: "次年", -1: "上年"}.get(self.year, "")
        return f"{year}{self.month}月{self.day}日"

    def in_year(self, year: int) -> Day:
        """The day itself, or the one meant in a table of that year."""
        if self.year > 1:
            return self
        meant = year + self.year
        return Day(meant, self.month, min(self.day, monthrange(meant, self.month)[1]))


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day the text can mean."""

    start: Day
    end: Day

    def __str__(self) -> str:
        return str(self.end) if self.start == self.end else f"{self.start}至{self.end}"

    def in_year(self, year: int) -> Span:
        """The span meant in a table of that year; unchanged where the text names its own."""
        if self.end.year > 1 and self.start.year > 1:
            return self
        return Span(self.start.in_year(year), self.end.in_year(year))


def last_day(year: int, month: int) -> int:
    """Last day of a month; of an unknown year, the latest it can be."""
    return monthrange(year if year > 1 else 2024, month)[1]


def _days(year: int, month: int, day: str | None, period: str | None) -> tuple[Day, Day] | None:
    last = last_day(year, month)
    if day:
        return (Day(year, month, int(day)),) * 2 if int(day) <= last else None
    if period:
        first, until = _PERIODS[period.removeprefix("月")]
        return Day(year, month, first or last), Day(year, month, until or last)
    return Day(year, month, 1), Day(year, month, last)


def _year(text: str | None) -> int:
    if not text:
        return 0
    return int(text) if text.isdigit() else _RELATIVE.get(text, 0)


def _of_year(year: int, period: str) -> Span | None:
    if "季度" in period:
        last = 3 * _QUARTERS[period.lstrip("第前")[0]]
        first = 1 if period.startswith("前") else last - 2
        return Span(Day(year, first, 1), Day(year, last, last_day(year, last)))
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
        until_year = _year(found["y2"])
        year = _year(found["y1"]) if found["y1"] else until_year if until_year > 1 else 0
        start = _days(year, int(found["m1"]), found["d1"], found["p1"])
        end = _days(until_year or year, int(found["m2"]), found["d2"], found["p2"])
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
    year = next((day.year for day in (deadline.end, actual.end) if day.year > 1), 0)
    if year:
        actual, deadline = actual.in_year(year), deadline.in_year(year)
    if actual.end <= deadline.end:
        return Timing.ON_TIME
    if actual.start > deadline.end:
        return Timing.LATE
    return Timing.UNDECIDED
