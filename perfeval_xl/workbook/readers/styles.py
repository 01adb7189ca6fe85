"""Number formats of OOXML cell styles: only those that change how a number reads. Pure.

A format that scales by thousands (`0,`) is left out: the number itself is the exact value, the unit would belong to the scaled one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from perfeval_xl.workbook.readers.xml import local, parse_xml

# Formats that carry no text in the file. 27–58 are those of Chinese editions (ECMA-376 part 1, 18.8.30, zh-cn).
_MONTH, _DAY, _DATE = 'yyyy"年"m"月"', 'm"月"d"日"', 'yyyy"年"m"月"d"日"'
_CLOCK, _CLOCK_SECONDS = 'h"时"mm"分"', 'h"时"mm"分"ss"秒"'
BUILT_IN: dict[int, str] = {
    9: "0%", 10: "0.00%", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
    21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 27: _MONTH, 28: _DAY, 29: _DAY, 30: "m-d-yy", 31: _DATE, 32: _CLOCK, 33: _CLOCK_SECONDS, 34: _CLOCK,
    35: _CLOCK_SECONDS, 36: _MONTH, 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 50: _MONTH, 51: _DAY, 52: _MONTH, 53: _DAY, 54: _DAY,
    55: _CLOCK, 56: _CLOCK_SECONDS, 57: _MONTH, 58: _DAY,
}  # fmt: skip
_LITERAL = re.compile(r'"[^"]*"|\\.|!.|_.|\*.|\[[^\]]*\]', re.DOTALL)
_ESCAPED = re.compile(r"((?:\\.)+)", re.DOTALL)
_BARE = re.compile(r'("[^"]*"|\[[^\]]*\])|([㐀-鿿]+)')
_DATE_LETTERS = re.compile(r"[ymdhseYMDHSE]|上午|下午")
_ELAPSED = re.compile(r"\[[hms]+\]", re.IGNORECASE)


class Styles(NamedTuple):
    """formats: style number → format that matters. dates: those that make a date or a time of the number."""

    formats: dict[int, str]
    dates: frozenset[int]


NO_STYLES = Styles({}, frozenset())


@lru_cache(maxsize=512)
def meaning(code: str) -> tuple[str, bool]:
    """A format as far as it changes the reading, and whether it shows a date or a time. ("", False): it changes nothing.

    >>> meaning("0.00"), meaning("0.0%"), meaning('0\\\\人'), meaning('0.00,"万"'), meaning("yyyy/m/d")
    (('', False), ('0.0%', False), ('0"人"', False), ('', False), ('yyyy/m/d', True))
    """
    if len(code) > 255 or code in {"", "General", "@"}:
        return "", False
    first = code.split(";", 1)[0]
    bare = _LITERAL.sub("", first).replace("General", "").replace("G/通用格式", "")
    if (_DATE_LETTERS.search(bare) or _ELAPSED.search(first)) and not re.search(r"[0#?]", re.sub(r"[sS]\.?0+", "", bare)):
        return code, True
    if "%" in bare:
        return code, False
    if re.search(r"[0#?],+(?![0#?])", bare):
        return "", False
    quoted = _ESCAPED.sub(lambda m: '"' + m[1].replace("\\", "") + '"', first)
    quoted = _BARE.sub(lambda m: m[1] or f'"{m[2]}"', quoted).replace('""', "")
    tail = re.search(r'"([^"]*[^\s"-][^"]*)"[\s_)]*\Z', quoted)
    return (quoted.rstrip("_) "), False) if tail else ("", False)


def read_styles(content: bytes) -> Styles:
    """Styles of a workbook. Raises: ValueError for malformed XML."""
    root = parse_xml(content)
    codes = dict(BUILT_IN)
    numbers: list[int] = []
    for child in root:
        tag = local(child)
        if tag == "numFmts":
            for entry in child:
                number = entry.get("numFmtId", "")
                if number.isascii() and number.isdigit() and len(number) < 10:
                    codes[int(number)] = entry.get("formatCode", "")
        elif tag == "cellXfs":
            for entry in child:
                number = entry.get("numFmtId", "0")
                numbers.append(int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0)
    return styles_of(numbers, codes)


def styles_of(numbers: list[int], codes: dict[int, str]) -> Styles:
    """Styles from the format number of each and the formats' codes."""
    formats: dict[int, str] = {}
    dates: set[int] = set()
    for style, number in enumerate(numbers):
        code, is_date = meaning(codes.get(number, ""))
        if code:
            formats[style] = code
        if is_date:
            dates.add(style)
    return Styles(formats, frozenset(dates))
