"""Quantities: the text of a target or an actual, read as operator, exact value, unit and kind. Pure.

What cannot be read is returned as such (UNREADABLE), never guessed and never an exception. Reading is linear in the
text; anything longer than a cell can sensibly hold as a value is prose.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from perfeval_xl.core import dates
from perfeval_xl.core.dates import Span
from perfeval_xl.core.decimals import HUNDRED, plain
from perfeval_xl.core.units import KNOWN, NO_UNIT, PERCENT, SCALES, Unit, unit_of

MAX_VALUE_TEXT = 240
MAX_DIGITS = 18


class Kind(StrEnum):
    """What a text turned out to be."""

    NUMBER = "number"
    PERCENT = "percent"
    RANGE = "range"
    DATE = "date"
    QUALITATIVE = "qualitative"
    YES_NO = "yes-no"
    NONE = "none"
    UNREADABLE = "unreadable"
    SEVERAL = "several"


class Operator(StrEnum):
    """Comparison written before (or, in words, around) a number."""

    NONE = ""
    AT_LEAST = "≥"
    MORE = ">"
    EQUAL = "="
    AT_MOST = "≤"
    LESS = "<"


NUMERIC = frozenset({Kind.NUMBER, Kind.PERCENT})


class Quantity(NamedTuple):
    """One text, read. A named tuple: hundreds of thousands are made in one run.

    value: exact, in `unit` as written; the lower end of a RANGE. upper: its upper end. span: of a DATE.
    parts: the quantities of a SEVERAL. is_approximate: 约, 左右. lookalike: an operator sign that only looks like one.
    text: the cell, as it stood; two quantities are equal when they mean the same, whatever was typed.
    """

    kind: Kind
    operator: Operator = Operator.NONE
    value: Decimal | None = None
    upper: Decimal | None = None
    unit: Unit = NO_UNIT
    span: Span | None = None
    words: str = ""
    parts: tuple[Quantity, ...] = ()
    is_approximate: bool = False
    lookalike: str = ""
    text: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.meaning == other.meaning

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.meaning)

    @property
    def meaning(self) -> tuple[object, ...]:
        """Everything but how it was typed."""
        return (self.kind, self.operator, self.value, self.upper, self.unit, self.span, self.words, self.parts,
                self.is_approximate)  # fmt: skip

    @property
    def is_number(self) -> bool:
        """One number that can be compared: counts, money, percents."""
        return self.kind is Kind.NUMBER or self.kind is Kind.PERCENT

    def __str__(self) -> str:
        """Canonical text; reading it again gives an equal quantity.

        >>> str(parse("不低于１０５人")), str(parse("２.６亿元")), str(parse("±10%"))
        ('≥105人', '2.6亿元', '-10至10%')
        """
        about = "约" if self.is_approximate else ""
        if self.kind in NUMERIC and self.value is not None:
            return f"{self.operator}{about}{plain(self.value)}{self.unit.symbol}"
        if self.kind is Kind.RANGE and self.value is not None and self.upper is not None:
            return f"{about}{plain(self.value)}至{plain(self.upper)}{self.unit.symbol}"
        if self.kind is Kind.DATE:
            return f"{self.operator}{self.span}"
        if self.kind is Kind.SEVERAL:
            return "；".join(map(str, self.parts))
        return self.words


# Full-width signs to their plain form, one for one. Not NFKC: it would turn ① into 1 and ² into 2.
_PLAIN = {0xFF01 + i: 0x21 + i for i in range(94)} | {
    ord(a): b
    for a, b in {
        "\u3000": " ", "\xa0": " ", "\u2009": " ", "\u200b": "", "\ufeff": "", "﹪": "%", "٪": "%", "㎡": "m²", "㎥": "m³",
        "㎞": "km", "㎝": "cm", "㎜": "mm", "㎏": "kg", "－": "-", "−": "-", "–": "-", "—": "-", "─": "-", "﹣": "-", "～": "~",
        "〜": "~", "∼": "~", "≦": "≤", "≧": "≥", "⩽": "≤", "⩾": "≥", "﹤": "<", "﹥": ">", "﹦": "=", "═": "=", "〉": ">",
        "》": ">", "〈": "<", "《": "<", "＜": "<", "＞": ">", "≮": "≥", "≯": "≤", "＋": "+", "﹢": "+", "∕": "/",
        "⁄": "/", "\t": " ", "\r": "\n", "．": ".",
    }.items()
}  # fmt: skip
_LOOKALIKES = "≧≦⩽⩾﹤﹥﹦═〉》〈《≮≯"

_OPERATORS: dict[Operator, tuple[str, ...]] = {
    Operator.AT_LEAST: ("≥", ">=", "=>", "≥=", "不低于", "不少于", "不小于", "不得低于", "不得少于", "大于等于", "大于或等于", "高于等于",
                        "高于或等于", "至少", "最少", "最低", "达到", "达", "达标率达", "保持在"),
    Operator.AT_MOST: ("≤", "<=", "=<", "≤=", "不高于", "不超过", "不大于", "不多于", "不得高于", "不得超过", "不得多于", "小于等于",
                       "小于或等于", "低于等于", "低于或等于", "至多", "最多", "最高", "控制在", "控制到", "控制于", "不突破"),
    Operator.MORE: (">", "大于", "高于", "超过", "多于", "突破"),
    Operator.LESS: ("<", "小于", "低于", "少于"),
    Operator.EQUAL: ("=", "==", "等于"),
}  # fmt: skip
_OPERATOR_OF = {word: operator for operator, words in _OPERATORS.items() for word in words}
_SUFFIXES = {
    "以上": Operator.AT_LEAST, "及以上": Operator.AT_LEAST, "(含)以上": Operator.AT_LEAST, "或以上": Operator.AT_LEAST,
    "以下": Operator.AT_MOST, "及以下": Operator.AT_MOST, "(含)以下": Operator.AT_MOST, "以内": Operator.AT_MOST,
    "之内": Operator.AT_MOST, "内": Operator.AT_MOST,
}  # fmt: skip  # 民法典第1259条: 以上, 以下, 以内 include the number itself
_WEAK = frozenset({"达到", "达", "保持在", "最高", "最低", "达标率达"})
_STRONG = re.compile("|".join(re.escape(w) for w in _OPERATOR_OF if w not in _WEAK and w not in {"=", "==", "突破"}))
_NOT_UNITS = frozenset(["完成", "已完", "达标", "覆盖", "以上", "以下", "以内", "之内", "及以", "左右", "上下", "达到", "合格", "全部", "全覆", "均已", "实际", "目标", "其中", "未完", "到位", "发放", "支付", "满意", "保障", "执行", "落实", "通过", "验收", "及时", "正常", "优良", "良好", "优秀", "多一", "全年", "每年", "每月", "今年", "本年", "余", "多", "内", "的", "与", "和", "至", "到", "前", "后", "被", "占", "为", "是", "已", "均", "比", "较", "达", "按", "由", "在", "之", "并", "且", "及", "或", "其", "有", "无", "减", "增", "提升", "增长", "降低", "下降", "减少", "增加", "整改"])


def _either(words: object) -> str:
    assert isinstance(words, (list, tuple, set, frozenset, dict))  # noqa: S101  # module start only
    return "|".join(re.escape(w) for w in sorted(words, key=lambda w: -len(w)))


_LATIN_UNITS = [u for u in KNOWN if u[0].isascii() and u != "%"]
_LETTERS = [u for u in _LATIN_UNITS if len(u) == 1]
_HAN_UNITS = [u for u in KNOWN if u not in _LATIN_UNITS]
_NUM = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9,]*,[0-9])|[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_UNIT = (
    rf"(?:(?P<scaled>{_either([u for u in _HAN_UNITS if u[0] in '十百千万亿'])})"
    rf"|(?P<scale>{_either(SCALES)})?(?P<more>[余多])?"
    rf"(?:(?P<unit>{_either(_HAN_UNITS)}|(?:{_either(_LETTERS)}|(?i:{_either([u for u in _LATIN_UNITS if u not in _LETTERS])}))(?![A-Za-z0-9]))"
    r"|(?P<other>(?![年月日至到内余多]|[以之]|及以|或以|左右|上下)[\u4e00-\u9fff](?:(?![至到])[\u4e00-\u9fff])?(?![\u4e00-\u9fff])))?)"
    r"(?:(?:/|每)(?P<per>[\u4e00-\u9fffA-Za-z²³]{1,4}(?:[、·./][\u4e00-\u9fffA-Za-z²³]{1,3})*))?"
)
_SEP = r"[ \n:：(\"“]?"
_QUANTITY = re.compile(
    rf"(?P<op>{_either(_OPERATOR_OF)})?{_SEP}(?P<about>约|大约|近)?(?P<tol>±|\+/-|\+-)?(?P<sign>(?<![0-9A-Za-z%])[-+])?"
    rf"(?P<num>{_NUM})(?P<more0>[余多])?{_UNIT}(?:\(含\))?(?P<suffix>{_either(_SUFFIXES)})?"
    r"(?P<around>左右|上下)?"
)
# Nine of ten cells: a bare operator or harmless words, a number, a known unit. Everything in doubt takes the slow road.
_FAST = re.compile(
    r"(?P<op>≥|≤|>=|<=|>|<|=|不低于|不少于|不超过|不高于)?"
    r"(?P<words>[\u4e00-\u9fff]{2,24})?"
    r"(?P<num>[0-9]{1,15}(?:\.[0-9]{1,9})?)(?P<unit>%|[\u4e00-\u9fff]{1,5})?\Z"
)
_DOUBTFUL = re.compile(r"[年月第约近达]|不[低高超少多大小得突]|[大小高低多少等]于|超过|突破|至[少多]|最[少多高低]|控制[在到于]|保持在|[到至]\Z")
_ORDINAL = re.compile(r"第[0-9]{1,4}(?:[-~至][0-9]{1,4})?|(?:(?<=[;；\n。])|\A)\s*\(?[0-9]{1,2}(?:[、)](?![0-9])|\.(?=[\u4e00-\u9fff]))")
_FRACTION_HAN = "零〇一二三四五六七八九十百千万亿两点壹贰叁肆伍陆柒捌玖拾佰仟"
_HAN_NUMBER = re.compile(
    rf"(?P<lead>完成|开展|举办|组织|实施|新增|共)?(?P<op>{_either(_OPERATOR_OF)})?(?P<pct>百分之)?(?P<num>(?![百千万亿点拾佰仟])[{_FRACTION_HAN}]{{1,12}})"
    rf"(?P<unit>{_either(_HAN_UNITS)})?(?P<suffix>{_either(_SUFFIXES)})?\Z"
)
_ADJACENT = re.compile(r"[一二三四五六七八九两壹贰叁肆伍陆柒捌玖]{2}")
_MAY_BE_DATE = re.compile(r"[年月]|[0-9]{4}[-/.][0-9]")
_RANGE_JOIN = re.compile(r"[-~至到]\Z")
_GLUED = re.compile(r"[A-Za-z$#&@^*_\\|?]")
_YES_NO = {"是": "是", "否": "否", "√": "是", "✓": "是", "✔": "是", "×": "否", "✗": "否", "✘": "否", "对": "是"}
_NONE = frozenset({"", "/", "-", "--", "---", "\\", "无", "不适用", "暂无", "空", "n/a", "na", "nan", "none", "//", "——", ".", "、", "*", "未填", "(无)", "无此项"})
_EDGES = " \n;；,，。、\"'“”"
_TITLE = re.compile(r"[《〈]([^《》〈〉]*)[》〉]")
_IDLE_BLANKS = re.compile(r"(?<![0-9%A-Za-z\u4e00-\u9fff])[ \n]+|(?<=[年月])[ \n]+|[ \n]+(?![0-9])")


def parse(text: str) -> Quantity:
    """Reads one cell's text.

    >>> parse("辖区企业满意率达95%以上").operator, parse("258256.8 万平方米").unit.symbol, parse("100% 1000件").kind
    (<Operator.AT_LEAST: '≥'>, '万平方米', <Kind.SEVERAL: 'several'>)
    """
    if len(text) > MAX_VALUE_TEXT:
        text = text.strip()
        if len(text) > MAX_VALUE_TEXT:
            return Quantity(Kind.QUALITATIVE, words=text, text=text)
    return _parse(text)


@lru_cache(maxsize=65536)
def _parse(text: str) -> Quantity:
    found = _FAST.match(text)
    if found:
        op, words, number, symbol = found.groups()
        unit = _fast_unit(symbol) if symbol else NO_UNIT
        if unit is not None and not (words and (op or _DOUBTFUL.search(words))):
            kind = Kind.PERCENT if unit is PERCENT else Kind.NUMBER
            operator = _OPERATOR_OF[op] if op else Operator.NONE
            return Quantity(kind, operator, Decimal(number), None, unit, None, "", (), False, "", text)  # noqa: FBT003
    clean = _tidy(text)
    word = clean.lower()
    if word in _NONE:
        return Quantity(Kind.NONE, text=text)
    if word in _YES_NO:
        return Quantity(Kind.YES_NO, words=_YES_NO[word], text=text)
    lookalike = next((sign for sign in text if sign in _LOOKALIKES), "")
    return _Reading(clean, text, lookalike).quantity()


@lru_cache(maxsize=1024)
def _fast_unit(symbol: str) -> Unit | None:
    """A known unit, scaled or not; None for one that needs the slow road: 月 may be a date, 年 a year."""
    if symbol in {"月", "年", "日"}:
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
        text = _TITLE.sub(r"“\1”", text)
    plain_text = text.translate(_PLAIN).strip(_EDGES)
    return _IDLE_BLANKS.sub("", plain_text)


def _number(digits: str) -> Decimal | None:
    digits = digits.replace(",", "")
    whole, _, places = digits.partition(".")
    if len(whole.lstrip("0")) > MAX_DIGITS or len(places) > MAX_DIGITS:
        return None
    return Decimal(f"{whole or '0'}.{places}" if places else whole or "0")


def _with_unit(value: Decimal, unit: Unit, operator: Operator, *, about: bool) -> Quantity:
    kind = Kind.PERCENT if unit.dimension == "ratio" else Kind.NUMBER
    return Quantity(kind, operator, value, unit=unit, is_approximate=about)


class _Reading:
    """The slow road: dates first, then every number with what stands around it."""

    def __init__(self, clean: str, text: str, lookalike: str) -> None:
        self.clean, self.text, self.lookalike = clean, text, lookalike

    def done(self, quantity: Quantity) -> Quantity:
        """The same quantity with the cell's own text."""
        return quantity._replace(lookalike=self.sign(quantity), text=self.text)

    def sign(self, quantity: Quantity) -> str:
        """The lookalike sign, where a number was read with an operator; a book title's 《》 is none."""
        return self.lookalike if quantity.operator is not Operator.NONE else ""

    def unreadable(self) -> Quantity:
        return Quantity(Kind.UNREADABLE, words=self.text.strip(), text=self.text)

    def quantity(self) -> Quantity:
        if not any(c in "0123456789" for c in self.clean):
            return self.without_digits()
        rest, moments, is_valid = self.take_dates(_ORDINAL.sub(";", self.clean))
        if not is_valid:
            return self.unreadable()
        numbers = self.numbers(rest)
        if numbers is None:
            return self.unreadable()
        days = [m for m in moments if m.span is not None]
        if numbers and all(self.is_context(m) for m in days):
            days = []
        found = _without_repeats([*days, *numbers])
        if not found:
            return Quantity(Kind.QUALITATIVE, words=_words(self.clean), text=self.text)
        if len(found) == 1:
            return self.done(found[0])
        return Quantity(Kind.SEVERAL, parts=tuple(found), text=self.text)

    def without_digits(self) -> Quantity:
        moment = dates.PATTERN.search(self.clean)
        if moment and len(self.clean) - (moment.end() - moment.start()) <= 6:
            span = dates.span_of(moment)
            if span is not None:
                return Quantity(Kind.DATE, span=span, text=self.text)
        return self.han_number() or Quantity(Kind.QUALITATIVE, words=_words(self.clean), text=self.text)

    def han_number(self) -> Quantity | None:
        """三次, 两万人, 百分之九十五: only where the whole cell is a number, so that 一般 and 三公 stay words."""
        found = _HAN_NUMBER.match(self.clean)
        if not found or _ADJACENT.search(found["num"]):
            return None  # 三五次 says three to five
        digits, symbol = found["num"], found["unit"] or ""
        if not found["pct"] and not symbol and len(digits) < 2:
            return None
        from cn2an import cn2an  # noqa: PLC0415  # slow to import and rarely needed

        try:
            value = Decimal(str(cn2an(digits.replace("〇", "零"), "smart")))
        except (ValueError, ArithmeticError):
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
        if not _MAY_BE_DATE.search(text):
            return text, [], True
        moments: list[Quantity] = []
        pieces: list[str] = []
        at, is_valid = 0, True
        for match in dates.PATTERN.finditer(text):
            before = text[match.start() - 1] if match.start() else ""
            if before and before in "0123456789.,≥≤<>=":
                continue
            if match["form5"] and match["y5"] in {"全", "该"}:
                continue
            span = dates.span_of(match)
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
        pending: tuple[Quantity, int] | None = None
        for match in _QUANTITY.finditer(text):
            is_joint = pending is not None and pending[1] == match.start()
            one = self.one(match, text, is_joint=is_joint)
            if one is None:
                return None
            if pending is not None:
                joined = self.joined(pending[0], one, text[pending[1] : match.start()] + ("-" if is_joint and match["sign"] else ""))
                if joined is not None:
                    found[-1] = joined
                    pending = None
                    continue
            found.append(one)
            pending = (one, match.end())
        if _STRONG.search(text) and not any(q.operator is not Operator.NONE or q.kind is Kind.RANGE for q in found):
            return None  # a comparison that belongs to none of the numbers read: 不低于去年的95%
        return found

    def one(self, match: re.Match[str], text: str, *, is_joint: bool) -> Quantity | None:
        start = match.start("num")
        before = text[start - 1] if start else ""
        after = text[match.end()] if match.end() < len(text) else ""
        if before and (_GLUED.match(before) or (before == "." and not match["num"].startswith("."))):
            return None
        if after and (_GLUED.match(after) or after in "0123456789" or after == "."):
            return None
        value = _number(match["num"])
        operator = _merge(match["op"], match["suffix"])
        if value is None or operator is None:
            return None
        symbol, scale = match["scaled"] or match["unit"] or "", match["scale"] or ""
        other = match["other"] or ""
        if other and other not in _NOT_UNITS and other[0] not in "的为是已均完达":
            symbol = other
        per = (match["per"] or "").rstrip("、·./") if symbol else ""
        unit = unit_of(symbol, scale, per)
        about = bool(match["about"] or match["around"] or match["more"] or match["more0"])
        if match["tol"]:
            return Quantity(Kind.RANGE, value=-value, upper=value, unit=unit, is_approximate=about)
        if match["sign"] == "-" and not is_joint:
            value = -value
        return _with_unit(value, unit, operator, about=about)

    def joined(self, first: Quantity, second: Quantity, between: str) -> Quantity | None:
        """10-20个, 60-100%, 90%~95%, 100±5, ≥90%且≤100%: two numbers that are the ends of one range."""
        if first.value is None or second.value is None or not first.is_number:
            return None
        unit = second.unit if not first.unit.symbol else first.unit
        if (second.unit.symbol and second.unit != unit) or unit.symbol == "月":
            return None  # months that are no date (0月-13月) are no range either
        if second.kind is Kind.RANGE and second.upper is not None and between in {"±", "+-", "+/-", ""}:
            return Quantity(Kind.RANGE, value=first.value - second.upper, upper=first.value + second.upper, unit=unit)
        about = first.is_approximate or second.is_approximate
        plain_pair = first.operator is Operator.NONE and second.operator is Operator.NONE
        bounds = first.operator in {Operator.AT_LEAST, Operator.MORE} and second.operator in {Operator.AT_MOST, Operator.LESS}
        if (plain_pair and _RANGE_JOIN.match(between)) or (bounds and len(between) <= 4):
            if second.kind is Kind.RANGE or first.value > second.value:
                return None
            return Quantity(Kind.RANGE, value=first.value, upper=second.value, unit=unit, is_approximate=about)
        return None


def _merge(prefix: str | None, suffix: str | None) -> Operator | None:
    """The operator of 达95%以上; None where both ends contradict each other (≥30万元以内)."""
    before = _OPERATOR_OF[prefix] if prefix else Operator.NONE
    after = _SUFFIXES[suffix] if suffix else Operator.NONE
    if not suffix:
        return before
    if not prefix or prefix in _WEAK or before == after:
        return after
    return None


def _without_repeats(found: list[Quantity]) -> list[Quantity]:
    """The same quantity twice is one: 100%（100%）, ≥3个（含3个）."""
    once = list(dict.fromkeys(found))
    bounded = {(q.value, q.unit) for q in once if q.operator is not Operator.NONE}
    return [q for q in once if q.operator is not Operator.NONE or (q.value, q.unit) not in bounded]


def _words(clean: str) -> str:
    return clean.strip(_EDGES)


def as_date(quantity: Quantity) -> Quantity | None:
    """2023.12 beside a date: the month it also looks like."""
    found = re.fullmatch(r"((?:19|20)[0-9]{2})[./-](0?[1-9]|1[0-2])", quantity.text.strip())
    return parse(f"{found[1]}年{found[2]}月") if found else None


def as_percent(value: Decimal) -> Decimal:
    """A fraction as percent points: 0.95 is 95."""
    return value * HUNDRED
