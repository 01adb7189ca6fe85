"""Numbers and texts as official documents write them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from perfeval_xl.core.decimals import HUNDRED, plain, round_to

TO_FILL = "【待填】"
CONTINUED = "\ufdd0"
"""In a table cell: the cell above goes on here. Noncharacters carry what text cannot; what strangers write never holds one."""
CHART = "\ufdd1"
"""In a paragraph, before and behind a number: the chart of that number stands here."""
REMARK = "\ufdd2"
"""In a text, before and behind a number: what the remark of that number is about ends here."""
NEXT_PARAGRAPH = "\a"
"""Between paragraphs of one text; the template engine makes paragraphs of the same look of them."""
_LINES = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")
MAX_TEXT = 100_000
_HALF_WIDTH = {".": "。", "!": "！", "?": "？", ";": "；"}
_CUT = "……（以下略，全文见工作簿）"


def amount(value: Decimal) -> str:
    """An amount with its thousands apart.

    >>> amount(Decimal("9121")), amount(Decimal("-1634.280"))
    ('9,121', '-1,634.28')
    """
    whole, point, rest = plain(value).partition(".")
    return f"{int(whole):,}{point}{rest}" if whole not in {"-0", "0"} else f"{whole}{point}{rest}"


def percent(fraction: Decimal, places: int = 2) -> str:
    """A fraction in percent, half up.

    >>> percent(Decimal("0.9866")), percent(Decimal(1634) / 7487, 1)
    ('98.66%', '21.8%')
    """
    return plain(round_to(fraction * HUNDRED, places)) + "%"


def from_to(values: Iterable[Decimal]) -> str:
    """Lowest and highest of some points; one where they are the same.

    >>> from_to([Decimal("3.34"), Decimal("3.33")]), from_to([Decimal("4.0"), Decimal(4)])
    ('3.33-3.34', '4')
    """
    ordered = sorted(values)
    low, high = plain(ordered[0]), plain(ordered[-1])
    return low if low == high else f"{low}-{high}"


def clean(text: str) -> str:
    """Text that a document can hold: what is no character is shown as one that cannot be read, never dropped.

    >>> clean("甲\\x00乙\\ufdd0丙\\t丁")
    '甲�乙�丙\\t丁'
    """
    cut = text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + _CUT
    return "".join("\ufffd" if _is_no_text(c) else c for c in cut)


def _is_no_text(c: str) -> bool:
    return (unicodedata.category(c) in {"Cc", "Cs"} and c != "\t") or 0xFDD0 <= ord(c) <= 0xFDEF or (ord(c) & 0xFFFE) == 0xFFFE


def paragraphs(text: str) -> list[str]:
    """The lines of a cell as paragraphs, without blank ones and outer blanks.

    >>> paragraphs("一是甲。\\n\\n　二是乙。 ")
    ['一是甲。', '二是乙。']
    """
    return [clean(line.strip()) for line in _LINES.split(text) if line.strip()]


def one_paragraph(text: str) -> str:
    """A cell as one line of text.

    >>> one_paragraph("保洁\\n面积")
    '保洁面积'
    """
    return "".join(paragraphs(text))


def joined(lines: Iterable[str]) -> str:
    """Paragraphs as one text of a template; what is missing, to be filled in."""
    return NEXT_PARAGRAPH.join(lines) or TO_FILL


def sentence(text: str) -> str:
    """Text that ends as a sentence does.

    >>> sentence("受租赁市场影响"), sentence("已完成。"), sentence("已完成."), sentence("甲等...")
    ('受租赁市场影响。', '已完成。', '已完成。', '甲等...。')
    """
    if text.endswith(tuple(_HALF_WIDTH)) and not text.endswith(".."):
        text = text[:-1] + _HALF_WIDTH[text[-1]]
    return text if text.endswith(("。", "！", "？", "；", "】")) else text + "。"
