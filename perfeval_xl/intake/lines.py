"""Lines as printed → paragraphs as written: pieces of a sentence that a page broke are put together again. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from perfeval_xl.intake.source import Paragraph

CHAPTER = re.compile(r"[一二三四五六七八九十]{1,3}、\S")
_OPENS = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[)）]|[0-9]{1,2}[.．、](?![0-9])|[（(][0-9]{1,2}[)）]|第[一二三四五六七八九十]{1,3}[，、章条]|附件?\s*[：:0-9]|[①-⑳]|[一二三四五六七八九十]是)"
)
_CLOSED = ("。", "！", "？", "；", "：", "”", ".", ":", ";")
_PAGE_NUMBER = re.compile(r"\s*(?:[-—–－]\s*)?(?:第\s*)?[0-9]{1,3}(?:\s*页)?(?:\s*[-—–－/]\s*(?:共?\s*[0-9]{1,3}\s*页?)?)?\s*\Z")
_MARKED = re.compile(r"\s*(?:[-—–－]\s*[0-9]{1,3}\s*[-—–－]|第\s*[0-9]{1,3}\s*页.*)\s*\Z")
_BLANKS = re.compile(r"[ \t\u3000]+")
_SECTION = re.compile(r"[（(][一二三四五六七八九十]{1,3}[)）][^。；，]{2,24}\Z")


_DATE = re.compile(r"(?:20[0-9]{2}|二[〇零○O][一二][〇零一二三四五六七八九])年[0-9一二三四五六七八九十]{1,3}月[0-9一二三四五六七八九十]{1,3}日")


class Line(NamedTuple):
    """One line as printed. place: in words. is_opened: the source itself says that a paragraph begins here (an indent)."""

    text: str
    place: str
    is_opened: bool = False
    right: float | None = None
    """Share of the printed width at which it ends, where it is known."""


def width(text: str) -> int:
    """Printed width; a Chinese character is two wide.

    >>> width("第4次")
    5
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def tightened(text: str) -> str:
    """Without the blanks that printing put beside Chinese characters; those between Latin words stay.

    >>> tightened("2023 年编制 预算， open data")
    '2023年编制预算，open data'
    """
    bare = text.strip()

    def between(found: re.Match[str]) -> str:
        return found[0] if bare[found.start() - 1].isascii() and bare[found.end()].isascii() else ""

    return _BLANKS.sub(between, bare)  # one pass: a pattern that looks ahead from every blank is quadratic


_POINT = re.compile(r"[0-9]{1,2}[.、．)）](?![0-9])|[（(][0-9一二三四五六七八九十]{1,2}[)）]|[①-⑳]")


def cell_text(lines: Iterable[str]) -> str:
    """Lines of a cell as one text; a new line only where a sentence ends or a point begins, the others were broken for room.

    >>> cell_text(["未成年保护站工", "作人员"]), cell_text(["1.甲；", "2.乙"])
    ('未成年保护站工作人员', '1.甲；\\n2.乙')
    """
    out = ""
    for line in lines:
        text = tightened(line)
        if text and out and (out.endswith(("。", "；")) or _POINT.match(text)):
            out += "\n"
        elif text and out and out[-1].isascii() and out[-1].isalpha() and text[0].isascii() and text[0].isalpha():
            out += " "
        out += text
    return out


def is_page_number(text: str) -> bool:
    """— 3 —, 第 3 页, or a number alone.

    >>> is_page_number("— 12 —"), is_page_number("3"), is_page_number("3.34")
    (True, True, False)
    """
    return bool(_PAGE_NUMBER.match(text))


def is_bare_number(text: str) -> bool:
    """A number alone on its line that nothing marks as a page's: it may be a cell of a table that was broken over lines.

    >>> [is_bare_number(text) for text in ("3", "5页", "3/12", "- 3 -", "第 3 页")]
    [True, True, True, False, False]
    """
    return is_page_number(text) and not _MARKED.match(text)


def first_number(text: str) -> int:
    """The number of a line that is one: 3 of 3/12."""
    found = re.search("[0-9]{1,3}", text)
    return int(found[0]) if found else 0


def page_numbers(pages: Sequence[Sequence[str]]) -> frozenset[tuple[int, int]]:
    """Page and index of the numbers that count the pages: alone on the first or last line of theirs, one higher on each page.

    >>> sorted(page_numbers([["text", "4"], ["10", "5"], ["10", "10"], ["end"]]))
    [(0, 1), (1, 1)]
    """
    found: dict[int, list[tuple[int, int]]] = {}
    for number, lines in enumerate(pages):
        filled = [at for at, text in enumerate(lines) if text.strip()]
        for at in {*filled[:1], *filled[-1:]}:
            if is_bare_number(lines[at]):
                found.setdefault(first_number(lines[at]) - number, []).append((number, at))
    most = max(found.values(), key=len, default=[])
    return frozenset(most if len({page for page, _ in most}) >= 2 else ())


def is_heading(text: str) -> bool:
    """一、… or （一）… alone on its line."""
    return bool((CHAPTER.match(text) or _SECTION.match(text)) and not text.endswith(("。", "；", "，", "、")) and len(text) <= 40)


def paragraphs(lines: Sequence[Line], full: int = 0) -> list[Paragraph]:
    """Lines put together. full: width of a full line of the document; 0 where these lines are all there is.

    A paragraph ends where a sentence ends before the line does, where the next one opens with a number, at headings and indents.
    """
    full = full or full_width(lines)
    out: list[Paragraph] = []
    parts: list[str] = []
    place, last = "", ""

    def close() -> None:
        nonlocal parts
        if parts:
            out.append(Paragraph(_joined(parts), place))
        parts = []

    for line in lines:
        text = line.text.strip()
        if not text:
            continue
        tight = tightened(text)
        if parts and (line.is_opened or _DATE.fullmatch(tight) or _ends(last, full, out, parts) or (_OPENS.match(tight) and _may_open(last, tight)) or _is_heading_so_far(parts)):
            close()
        if not parts:
            place = line.place
        parts.append(text)
        last = text
    close()
    return out


def prose(lines: Sequence[Line], full: int) -> list[Paragraph]:
    """As `paragraphs`, between tables: there, a number alone on a line is that of a page."""
    return paragraphs([line for line in lines if not is_bare_number(line.text)], full)


def full_width(lines: Sequence[Line]) -> int:
    """Width of a full line of prose: what many lines reach."""
    widths = sorted(width(line.text.strip()) for line in lines)
    return widths[-max(len(widths) // 20, 1)] if widths else 0


def _ends(last: str, full: int, out: Sequence[Paragraph], parts: Sequence[str]) -> bool:
    """Whether the line before closes its paragraph: its sentence ends, and there was room for more; or it is short and a title."""
    room = full - width(last)
    if last == "【待填】" or _DATE.fullmatch(tightened(last)):
        return True
    if full >= 40 and room > full / 2 and not last.endswith(("，", "、", "（", "“")):
        return True  # a line that was broken for room is full
    if last.endswith(_CLOSED):
        return room >= 3
    return room > 12 and not out and len(parts) < 3 and width(last) < 16


def _may_open(last: str, text: str) -> bool:
    """Whether a number at the beginning opens a paragraph: not in the middle of a sentence (…；二是…, 第 3.5 节)."""
    if CHAPTER.match(text) or _SECTION.match(text):
        return True
    return last.endswith(_CLOSED) or is_heading(tightened(last))


def _is_heading_so_far(parts: Sequence[str]) -> bool:
    return len(parts) <= 3 and is_heading(tightened("".join(parts)))  # a heading takes no more lines; long texts are not put together again and again


def _joined(parts: Iterable[str]) -> str:
    out = ""
    for part in parts:
        out += (" " if out and out[-1].isascii() and out[-1].isalnum() and part[0].isascii() and part[0].isalpha() else "") + part
    return tightened(out)
