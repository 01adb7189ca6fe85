"""Cells of tables: what a value becomes in a cell, and a link in it. Pure; called for every cell of large tables."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple

from perfeval_xl.workbook.links import leads_astray

MAX_TEXT = 32_767
"""Characters in a cell, as Excel counts them: two for one outside the basic plane."""
_MAX_ADDRESS = 2_000  # Excel stops a little above, for the file and for the place in it
_ABROAD = re.compile(r"\A(?://[^/]|[A-Za-z]:/)")  # a share, a drive: where the files given to the run lie on another one
# The library takes an address that has none of these for one that is not encoded, and encodes its percent signs: "a%23.xlsx" would lead nowhere.
_ENCODED = re.compile(r"%(?:20|22|25|3C|3E|5B|5D|5E|60|7B|7D)")
_LOCATION = re.compile(r"\A(?:file:///|internal:|https?://|mailto:).", re.DOTALL)
_UNSHOWN = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SIGNS = {**{chr(i): chr(0x2400 + i) for i in range(32)}, "\x7f": "\u2421"}
_NO_CHARACTER = "\ufffd"
_SPACE = "\u200b"  # no width; behind it the library no longer takes a text for an address
_LOOKS_LINKED = re.compile(r"\A\s*(?:internal|mailto|external|file):", re.IGNORECASE)
_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)
_MAX_WHOLE = 10**15
_SHORT = MAX_TEXT // 2  # fits whatever its characters are


class Linked(NamedTuple):
    """A text with a link. target: as `links.link` gives it ("external:…"), "internal:'汇总'!A1", https or mailto; what is none of these stays text."""

    text: str
    target: str


Cell = str | int | float | Decimal | Linked | None
Plain = str | int | float | None


def plain_row(row: Sequence[Cell]) -> list[Plain]:
    """What is written; most cells are short texts, blanks and floats, and the call is what costs."""
    return [
        cell if cell is None or (type(cell) is str and 0 < len(cell) < _SHORT and cell.isprintable()) or (type(cell) is float and -_MAX_WHOLE < cell < _MAX_WHOLE) else _plain(cell)
        for cell in row
    ]


def _plain(cell: Cell) -> Plain:
    """What is written: a string cell, a number, or nothing."""
    if isinstance(cell, str):
        return cell_text(cell) or None
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int) and -_MAX_WHOLE < cell < _MAX_WHOLE:
        return cell
    if isinstance(cell, Linked):
        return cell_text(cell.text) or None
    number = cell if isinstance(cell, float) else _double(Decimal(cell))
    return number if math.isfinite(number) else None


def _double(value: Decimal) -> float:
    """The number with its first 15 digits, which is what Excel keeps."""
    return float(_DIGITS.plus(value)) if value.is_finite() else math.nan


def cell_text(value: str) -> str:
    """What a cell can hold: what is no text gets a sign that can be seen, line breaks stay; bounded."""
    if not value.isprintable():
        value = _UNSHOWN.sub(lambda m: _SIGNS.get(m[0], _NO_CHARACTER), value.replace("\r\n", "\n"))
    if len(value) < _SHORT or len(value.encode("utf-16-le")) <= 2 * MAX_TEXT:
        return value
    return value.encode("utf-16-le")[: 2 * MAX_TEXT - 2].decode("utf-16-le", "ignore") + "…"


def address(target: str) -> str:
    """A link as the library takes it; empty for what would be none. Relative files stay relative."""
    if target.startswith("external:"):
        file, mark, place = target.removeprefix("external:").partition("#")
        abroad = _ABROAD.match(file)
        if leads_astray(file[abroad.end() :] if abroad else file) or (file.startswith("/") and not abroad) or ("%" in file and not _ENCODED.search(file)):
            return ""
        if file.startswith("//"):
            file = file.replace("/", "\\")
        target = f"file:///{file}{mark}{place}"
    elif target.startswith("file:"):
        return ""
    file, _, place = target.partition("#")
    good = _LOCATION.match(target) and target == cell_text(target) and len(file) <= _MAX_ADDRESS and len(place) <= _MAX_ADDRESS
    return target if good else ""


def unlinked(text: str) -> str:
    """A text in a column of links, kept from becoming one."""
    text = text.replace("://", f":{_SPACE}//")
    return cell_text(_SPACE + text if _LOOKS_LINKED.match(text) else text)
