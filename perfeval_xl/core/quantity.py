"""Quantities: the text of a target or an actual, read as operator, exact value, unit and kind. Pure.

What cannot be read is returned as such (UNREADABLE), never guessed and never an exception. Reading is linear in the
text; anything longer than a cell can sensibly hold as a value is prose.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from perfeval_xl.core import dates
from perfeval_xl.core.decimals import ZERO
from perfeval_xl.core.grammar import (
    ADJACENT,
    AROUND_DATE,
    BETWEEN,
    BLANK_THOUSANDS,
    DAY_OF_PERIOD,
    DOUBTFUL,
    EDGES,
    FAST,
    GLUED,
    HAN_FREQUENCY,
    HAN_NUMBER,
    IDLE_BLANKS,
    LOOKALIKES,
    MAY_BE_DATE,
    NONE,
    NOT_UNITS,
    ONCE_A_PERIOD,
    OPERATOR_OF,
    ORDINAL,
    PERIOD_BEFORE,
    PLAIN,
    QUANTITY,
    RANGE_JOIN,
    RANK,
    RATIO,
    REMAINDER,
    SQUARES,
    STRONG,
    SUFFIXES,
    TIME,
    TITLE,
    UNEQUAL,
    WEAK,
    YES_NO,
)
from perfeval_xl.core.trends import Change, Trend, change_of, trend_of
from perfeval_xl.core.units import KNOWN, NO_UNIT, PERCENT, Unit, start_of_range, unit_of, with_period
from perfeval_xl.core.values import NUMERIC, Kind, Operator, Quantity

__all__ = ["MAX_DIGITS", "MAX_VALUE_TEXT", "NUMERIC", "Kind", "Operator", "Quantity", "are_dates", "as_date", "parse"]

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_NUMBER, _PERCENT, _NO_SIGN, _NO_CHANGE, _NO_TREND = Kind.NUMBER, Kind.PERCENT, Operator.NONE, Change.NONE, Trend.NONE
_new = tuple.__new__  # past the keywords of a named tuple's own constructor, which cost more than the value itself

MAX_VALUE_TEXT = 240
MAX_DIGITS = 18
MEASURED = frozenset({Kind.NUMBER, Kind.PERCENT, Kind.RANGE})
_AS_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:[./-](?:0[1-9]|1[0-2])|(?:0[1-9]|1[0-2])[0-3][0-9])")
AS_MONTH = re.compile(r"((?:19|20)[0-9]{2})[./-](0?[1-9]|1[0-2])|((?:19|20)[0-9]{2})(0[1-9]|1[0-2])([0-3][0-9])")


def parse(text: str) -> Quantity:
    """Reads one cell's text.

    >>> parse("辖区企业满意率达95%以上").operator, parse("258256.8 万平方米").unit.symbol, parse("100% 1000件").kind
    (<Operator.AT_LEAST: '≥'>, '万平方米', <Kind.SEVERAL: 'several'>)
    """
    if len(text) > MAX_VALUE_TEXT:
        text = text.strip()
        if len(text) > MAX_VALUE_TEXT:
            kind = Kind.QUALITATIVE if any(c.isalpha() for c in text[:MAX_VALUE_TEXT]) else Kind.UNREADABLE  # 300 digits
            return Quantity(kind, words=text, text=text)
    return _parse(text)


@lru_cache(maxsize=8192)  # a table's own texts, and those that all tables share; more would only be far away in memory
def _parse(text: str) -> Quantity:
    found = FAST.match(text)
    if found:
        op, words, number, symbol = found.groups()
        unit = _fast_unit(symbol) if symbol else NO_UNIT
        if unit is not None and not (words and (op or DOUBTFUL.search(words))):
            kind = _PERCENT if unit is PERCENT else _NUMBER
            operator = OPERATOR_OF[op] if op else _NO_SIGN
            return _new(Quantity, (kind, operator, Decimal(number), None, unit, None, "", (), False, "", text, _NO_CHANGE, _NO_TREND))
    clean = _tidy(text)
    word = clean.lower()
    if word in NONE:
        return Quantity(Kind.NONE, text=text)
    if word in YES_NO:
        return Quantity(Kind.YES_NO, words=YES_NO[word], text=text)
    lookalike = next((sign for sign in text if sign in LOOKALIKES), "")
    return _Reading(clean, text, lookalike).quantity()


@lru_cache(maxsize=1024)
def _fast_unit(symbol: str) -> Unit | None:
    """A known unit, scaled or not; None for one that needs the slow road: 月 may be a date, 年 a year."""
    if symbol in {"月", "年", "日", "季度"}:
        return None
    if symbol in KNOWN:
        return KNOWN[symbol]
    for scale in ("万", "亿"):
        if symbol.startswith(scale) and symbol[1:] in KNOWN:
            return unit_of(symbol[1:], scale)
    return None


def _tidy(text: str) -> str:
    """Plain signs, and blanks only where they keep two numbers apart."""
    if "》" in text or "〉" in text:
        text = TITLE.sub(r"“\1”", text)
    plain_text = text.translate(PLAIN).strip(EDGES)
    if "≤" in plain_text or "<" in plain_text:
        plain_text = BETWEEN.sub(r"≥\1且", plain_text)
    plain_text = SQUARES.sub(_square, plain_text)
    if " " in plain_text:
        plain_text = BLANK_THOUSANDS.sub(lambda m: m[0].replace(" ", ""), plain_text)
    return IDLE_BLANKS.sub("", plain_text)


def _square(match: re.Match[str]) -> str:
    """M2 and m3, typed plain, are m² and m³."""
    return match[1] + ("²" if match[2] == "2" else "³")


def _number(digits: str) -> Decimal | None:
    digits = digits.replace(",", "")
    whole, _, places = digits.partition(".")
    if len(whole.lstrip("0")) > MAX_DIGITS or len(places) > MAX_DIGITS:
        return None
    return Decimal(f"{whole or '0'}.{places}" if places else whole or "0")


def _with_unit(value: Decimal, unit: Unit, operator: Operator, *, about: bool, change: Change = Change.NONE) -> Quantity:
    kind = _PERCENT if unit.dimension == "ratio" else _NUMBER
    return Quantity(kind, operator, value, unit=unit, is_approximate=about, change=change)


class _Reading:
    """The slow road: dates first, then every number with what stands around it."""

    def __init__(self, clean: str, text: str, lookalike: str) -> None:
        self.clean, self.text, self.lookalike = clean, text, lookalike

    def done(self, quantity: Quantity) -> Quantity:
        """The same quantity with the cell's own text."""
        trend = Trend.NONE
        if quantity.kind in MEASURED:
            trend = trend_of(self.clean) if quantity.change is Change.NONE else Trend.UP if quantity.change is Change.UP else Trend.DOWN
        return quantity._replace(lookalike=self.sign(quantity), text=self.text, trend=trend)

    def sign(self, quantity: Quantity) -> str:
        """The lookalike sign, where a number was read with an operator; a book title's 《》 is none."""
        return self.lookalike if quantity.operator is not _NO_SIGN else ""

    def unreadable(self) -> Quantity:
        return Quantity(Kind.UNREADABLE, words=self.text.strip(), text=self.text)

    def qualitative(self) -> Quantity:
        return Quantity(Kind.QUALITATIVE, words=_words(self.clean), text=self.text)

    def quantity(self) -> Quantity:
        if not any(c in "0123456789" for c in self.clean):
            return self.without_digits()
        if UNEQUAL.search(self.clean):
            return self.unreadable()
        if RANK.match(self.clean) or DAY_OF_PERIOD.search(self.clean):
            return self.qualitative()
        rest, moments, is_valid = self.take_dates(ORDINAL.sub(";", ONCE_A_PERIOD.sub("每", self.clean)))
        if not is_valid:
            return self.unreadable()
        timeless = TIME.sub(";", rest) if ":" in rest or "24" in rest else rest
        if timeless != rest and not any(c in "0123456789" for c in timeless) and not moments:
            return self.qualitative()
        numbers = self.numbers(timeless)
        if numbers is None:
            return self.unreadable()
        days = [m for m in moments if m.span is not None]
        if numbers and all(self.is_context(m) for m in days):
            days = []
        found = [*days, *numbers]
        if not RATIO.search(self.clean):
            found = _without_repeats(found)
        if not found:
            return self.qualitative()
        if len(found) == 1:
            return self.done(found[0])
        return Quantity(Kind.SEVERAL, parts=tuple(found), text=self.text)

    def without_digits(self) -> Quantity:
        if self.clean in {"零", "〇"}:
            return self.done(Quantity(_NUMBER, value=ZERO))
        moment = dates.PATTERN.search(self.clean)
        if moment and AROUND_DATE.match(self.clean[: moment.start()] + self.clean[moment.end() :]):
            span = dates.span_of(moment)
            if span is not None:
                return Quantity(Kind.DATE, span=span, text=self.text)
        if "百分之百" in self.clean:
            return self.done(_parse(self.clean.replace("百分之百", "100%")))
        return self.han_frequency() or self.han_number() or self.qualitative()

    def han_frequency(self) -> Quantity | None:
        """每月一次, 一季度两次: read as if written with digits."""
        clean = ONCE_A_PERIOD.sub("每", self.clean)
        found = HAN_FREQUENCY.match(clean) if "每" in clean else None
        if found is None:
            return None
        value = _han_value(found["num"])
        return None if value is None else self.done(_parse(f"{found['lead']}{value}{found['rest']}{found['suffix'] or ''}"))

    def han_number(self) -> Quantity | None:
        """三次, 两万人, 百分之九十五: only where the whole cell is a number, so that 一般 and 三公 stay words."""
        found = HAN_NUMBER.match(self.clean)
        if not found or ADJACENT.search(found["num"]) or RANK.match(self.clean):
            return None  # 三五次 says three to five
        digits, symbol = found["num"], found["unit"] or ""
        if not found["pct"] and not symbol and len(digits) < 2:
            return None
        value = _han_value(digits)
        if value is None:
            return self.unreadable()
        if symbol == "月" and not found["op"]:
            return self.done(_parse(f"{value}月"))
        unit = PERCENT if found["pct"] else unit_of(symbol)
        operator = _merge(found["op"], found["suffix"])
        if operator is None:
            return self.unreadable()
        return self.done(_with_unit(value, unit, operator, about=False))

    def take_dates(self, text: str) -> tuple[str, list[Quantity], bool]:
        """Cuts the dates out, so that 2023年 is never the number 2023. A bare 12月 is a date, 12个月 is a number."""
        if not MAY_BE_DATE.search(text):
            return text, [], True
        moments: list[Quantity] = []
        pieces: list[str] = []
        at, is_valid = 0, True
        for match in dates.PATTERN.finditer(text):
            before = text[match.start() - 1] if match.start() else ""
            if before and before in "0123456789.,≥≤<>=每":
                continue
            if match["form5"] and match["y5"] in {"全", "该"}:
                continue
            span = dates.span_of(match) if text[match.end() : match.end() + 2] not in {"以上", "以下"} else None
            if span is None:
                is_valid = False
                break
            moments.append(Quantity(Kind.DATE, span=span))
            pieces += (text[at : match.start()], ";")
            at = match.end()
        pieces.append(text[at:])
        rest = "".join(pieces)
        if is_valid and re.search(r"(?:19|20)[0-9]{2}年[0-9]", text) and re.search(r";?[0-9]+月|;[0-9]+日", rest):
            is_valid = False  # 2023年13月
        return rest, moments, is_valid

    def is_context(self, moment: Quantity) -> bool:
        """A whole year or a first-to-last-month span beside a number only says which year the number is of."""
        span = moment.span
        return span is not None and (span.start.month, span.start.day, span.end.month, span.end.day) == (1, 1, 12, 31)

    def numbers(self, text: str) -> list[Quantity] | None:
        """Every number in the text; None where one of them cannot be trusted."""
        found: list[Quantity] = []
        pending: tuple[Quantity, int, str] | None = None
        is_periodic = "每" in text
        for match in QUANTITY.finditer(text):
            is_joint = pending is not None and pending[1] == match.start()
            one = self.one(match, text, is_joint=is_joint)
            if one is None:
                return None
            before = text[max(0, match.start() - 12) : match.start()] if is_periodic else ""
            one = _of_period(one, before)
            if pending is not None:
                joined = self.joined(pending[0], one, text[pending[1] : match.start()] + ("-" if is_joint and match["sign"] else ""))
                if joined is not None:
                    found[-1] = _of_period(joined, pending[2])
                    pending = None
                    continue
            found.append(one)
            pending = (one, match.end(), before)
        if STRONG.search(text) and not any(q.operator is not _NO_SIGN or q.kind is Kind.RANGE for q in found):
            return None  # a comparison that belongs to none of the numbers read: 不低于去年的95%
        return found

    def one(self, match: re.Match[str], text: str, *, is_joint: bool) -> Quantity | None:
        start = match.start("num")
        before = text[start - 1] if start else ""
        after = text[match.end()] if match.end() < len(text) else ""
        if before and (GLUED.match(before) or (before == "." and not match["num"].startswith("."))):
            return None
        if after and (GLUED.match(after) or after in "0123456789" or after == "."):
            return None
        if not match["op"] and REMAINDER.search(text[max(0, match.start() - 6) : match.start()]):
            return None
        value = _number(match["num"])
        operator = _merge(match["op"], match["suffix"])
        word = match["change"] or match["after"]
        change = change_of(word) if word else Change.NONE
        if value is None or operator is None or (match["sign"] == "-" and change is Change.DOWN and not is_joint):
            return None  # 下降-5% says two things
        symbol, scale = match["scaled"] or match["unit"] or "", match["scale"] or ""
        other = match["other"] or ""
        if other and other not in NOT_UNITS and other[0] not in "的为是已均完达":
            symbol = other
        if symbol == "月" and not scale and operator is _NO_SIGN:
            return None  # 13月 is no month, and nobody counts months so
        per = (match["per"] or "").rstrip("、·./") if symbol else ""
        unit = unit_of(symbol, scale, per)
        about = bool(match["about"] or match["around"] or match["more"] or match["more0"])
        if match["tol"]:
            return Quantity(Kind.RANGE, value=-value, upper=value, unit=unit, is_approximate=about, change=change)
        if match["sign"] == "-" and not is_joint:
            value = -value
        return _with_unit(value, unit, operator, about=about, change=change)

    def joined(self, first: Quantity, second: Quantity, between: str) -> Quantity | None:
        """10-20个, 60-100%, 90%~95%, 100±5, ≥90%且≤100%: two numbers that are the ends of one range."""
        low = first.value
        if low is None or second.value is None or not first.is_number:
            return None
        if second.change not in {Change.NONE, first.change}:
            if first.change is not Change.NONE:
                return None
            first = first._replace(change=second.change)  # 5%-10%的下降
        start, unit = start_of_range(low, first.unit, second.unit)
        if start is None or unit.symbol == "月":
            return None  # months that are no date (0月-13月) are no range either
        if second.kind is Kind.RANGE and second.upper is not None and between in {"±", "+-", "+/-", ""}:
            return Quantity(Kind.RANGE, value=start - second.upper, upper=start + second.upper, unit=unit,
                            change=first.change)  # fmt: skip
        about = first.is_approximate or second.is_approximate
        plain_pair = first.operator is _NO_SIGN and second.operator is _NO_SIGN
        bounds = first.operator in {Operator.AT_LEAST, Operator.MORE} and second.operator in {Operator.AT_MOST, Operator.LESS}
        if (plain_pair and RANGE_JOIN.match(between)) or (bounds and len(between) <= 4):
            if second.kind is Kind.RANGE or start > second.value:
                return None
            return Quantity(Kind.RANGE, value=start, upper=second.value, unit=unit, is_approximate=about,
                            change=first.change)  # fmt: skip
        return None


def _of_period(quantity: Quantity, before: str) -> Quantity:
    """每月1次: the period in front belongs to the unit, 1次/月."""
    unit = quantity.unit
    found = PERIOD_BEFORE.search(before) if before and unit.symbol and not unit.per else None
    if found is None:
        return quantity
    return quantity._replace(unit=with_period(unit, f"{found['who'] or ''}每{found['period']}"))


def _han_value(digits: str) -> Decimal | None:
    from cn2an import cn2an  # noqa: PLC0415  # slow to import and rarely needed

    try:
        return Decimal(str(cn2an(digits.replace("〇", "零"), "smart")))
    except (ValueError, ArithmeticError):
        return None


def _merge(prefix: str | None, suffix: str | None) -> Operator | None:
    """The operator of 达95%以上; None where both ends contradict each other (≥30万元以内)."""
    before = OPERATOR_OF[prefix] if prefix else _NO_SIGN
    after = SUFFIXES[suffix] if suffix else _NO_SIGN
    if not suffix:
        return before
    if not prefix or prefix in WEAK or before == after:
        return after
    return None


def _without_repeats(found: list[Quantity]) -> list[Quantity]:
    """The same quantity twice is one: 100%（100%）, ≥3个（含3个）."""
    once = list(dict.fromkeys(found))
    bounded = {(q.value, q.unit) for q in once if q.operator is not _NO_SIGN}
    return [q for q in once if q.operator is not _NO_SIGN or (q.value, q.unit) not in bounded]


def _words(clean: str) -> str:
    return clean.strip(EDGES)


def as_date(quantity: Quantity) -> Quantity | None:
    """2023.12 or 20231231 beside a date: the day or month it also looks like."""
    found = AS_MONTH.fullmatch(quantity.text.strip()) if quantity.operator is _NO_SIGN else None
    if found is None:
        return None
    year, month, day = found[1] or found[3], found[2] or found[4], found[5]
    read = parse(f"{year}年{month}月{day}日" if day else f"{year}年{month}月")
    return read._replace(text=quantity.text) if read.kind is Kind.DATE else None


def are_dates(one: Quantity, other: Quantity) -> bool:
    """20231231 against 20240115, 2023.12 against 2024.01: two bare numbers that are both written as days or months."""
    return all(_AS_DATE.fullmatch(q.text.strip()) and as_date(q) is not None for q in (one, other))
