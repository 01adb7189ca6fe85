"""Strict scan of a plain sheet part: what calamine hides, and whether calamine may read it at all. Pure.

Nearly every file has sheets of one plain shape: no prefixes, comments or entities of its own. That shape is checked with one
regular expression over the bytes, three times as fast as an XML parser; whatever else is well-formed goes to `strict`.
Possessive quantifiers throughout: nothing is tried twice, so no input takes more than linear time. No groups that capture:
CPython 3.11 fails on them inside possessive quantifiers.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from xml.parsers import expat

from perfeval_xl.workbook.grid import SHEET_COLUMNS, SHEET_ROWS, Merge, column_number, position
from perfeval_xl.workbook.readers.limits import MAX_AREA, MAX_CELLS, MAX_MERGES
from perfeval_xl.workbook.readers.styles import Styles

_PLAIN = rb"[^<&\x00-\x08\x0b\x0c\x0e-\x1f]*+"  # without what XML forbids
# numbered characters that XML allows; the rest of them is left to a real parser
_NUMBERED = rb"#(?:9|10|13|3[2-9]|[4-9][0-9]|[1-9][0-9]{2,3}|[1-4][0-9]{4}|5[0-4][0-9]{3}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-3]|1[0-9]{5}|x(?:[AD9]|[2-9A-Fa-f][0-9A-Fa-f]|[1-9A-Ca-c][0-9A-Fa-f]{3}))"
_TEXT = _PLAIN + rb"(?:&(?:amp|lt|gt|quot|apos|" + _NUMBERED + rb");" + _PLAIN + rb")*+"
_VALUE = rb'[^"<&\x00-\x1f]*+(?:&(?:amp|lt|gt|quot|apos);[^"<&\x00-\x1f]*+)*+'
_FORMULA = rb"(?:<f(?: [a-z][A-Za-z0-9]*+=\"" + _VALUE + rb"\")*+ ?+(?:/>|>" + _TEXT + rb"</f>))?+"
_STYLE, _METADATA = rb'(?: s="[0-9]{1,7}+")?+', rb'(?: cm="[0-9]{1,9}+")?+(?: vm="[0-9]{1,9}+")?+(?: ph="[01]")?+'  # none twice
_NUMBER = rb"-?[0-9]{1,40}+(?:\.[0-9]{1,40}+)?+(?:[eE][+-]?[0-9]{1,2}+)?+"  # neither NaN nor what overflows


def _sheet_data(reference: bytes, row: bytes) -> re.Pattern[bytes]:
    cell = (
        rb'<c r="' + reference + rb'"' + _STYLE + rb'(?: t="s"' + _METADATA + rb' ?+(?:/>|>(?:<v>[0-9]{1,9}+</v>)?+</c>)'
        rb'| t="(?:str|e|inlineStr)"' + _METADATA + rb' ?+>(?:<is><t(?: xml:space="preserve")?+>' + _TEXT
        + rb"</t></is>|" + _FORMULA + rb"(?:<v(?: xml:space=\"preserve\")?+>" + _TEXT + rb"</v>|<v ?/>)?+)</c>"
        rb'|(?: t="[nb]")?+' + _METADATA + rb" ?+(?:/>|>" + _FORMULA + rb"(?:<v>" + _NUMBER + rb"</v>|<v ?/>|<v></v>)?+</c>))"
    )  # fmt: skip
    line = rb'\s*+<row r="' + row + rb'"(?: (?:s|[A-Za-z][A-Za-z0-9:]++)="[^"<&\x00-\x1f]*+"){0,20}+ ?+(?:/>|>(?:' + cell + rb"\s*+)*+</row>)"
    return re.compile(rb"<sheetData>(?:" + line + rb")*+\s*+</sheetData>")


_NARROW = _sheet_data(rb"A?[A-Z][1-9][0-9]{0,3}+", rb"[1-9][0-9]{0,3}+")  # no more than 52 × 9,999: small in any case
_WIDE = _sheet_data(rb"[A-Z]{1,3}+[1-9][0-9]{0,6}+", rb"[1-9][0-9]{0,6}+")
_REFERENCES = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')
_MERGE = re.compile(rb'<mergeCell ref="[A-Z]{1,3}[1-9][0-9]{0,6}:[A-Z]{1,3}[1-9][0-9]{0,6}" ?/>')
_ERROR = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"(?: s="[0-9]*")? t="e"[^<>]*>(?:<f[^<>]*/>|<f[^<>]*>[^<]*</f>)?<v[^<>]*>([^<]{0,40})</v>')
_WITH_FORMULA = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"([^<>]*)><f(?:[^<>]*/>|[^<>]*>[^<]*</f>)(<v[^<>]*>[^<])?')
_HIDDEN_ROW = re.compile(rb'<row r="([0-9]{1,7})"[^<>]* hidden="(?:1|true)"')
_COLUMN = re.compile(rb"<col ([^<>]*)>")
_SPAN = re.compile(rb'\b(min|max)="([0-9]{1,5})"')
_END = b"</sheetData>"


class Scan(NamedTuple):
    """What one sheet holds beside its values. area: cells of the rectangle that its references span."""

    errors: dict[tuple[int, int], str]
    uncalculated: set[tuple[int, int]]
    formulas: set[tuple[int, int]]
    formats: dict[tuple[int, int], str]
    hidden_rows: set[int]
    hidden_columns: set[int]
    is_protected: bool


def scan_sheet(content: bytes, styles: Styles) -> Scan | None:
    """The scan; None where the part is not of the plain shape, or too far-flung to be laid out. Never raises."""
    start = content.find(b"<sheetData>")
    end = content.rfind(_END) + len(_END)
    if start < 0 or end < start:
        return None
    if _NARROW.fullmatch(content, start, end) is None and (
        content.count(b"<c ") > MAX_CELLS or _WIDE.fullmatch(content, start, end) is None or _area(content) > MAX_AREA
    ):
        return None
    head, tail = content[:start], content[end:]
    merges = tail.count(b"<mergeCell ")
    if merges > MAX_MERGES or (merges and len(_MERGE.findall(tail)) != merges) or not _is_strict(content, head, tail):
        return None
    formats = _formats(content, start, end, styles) if styles.formats else {}
    if formats is None:
        return None
    errors = {}
    if content.find(b' t="e"', start, end) >= 0:
        errors = {_at(m[1]): m[2].decode() for m in _ERROR.finditer(content, start, end)}
    formulas: set[tuple[int, int]] = set()
    uncalculated: set[tuple[int, int]] = set()
    if content.find(b"<f", start, end) >= 0:
        for match in _WITH_FORMULA.finditer(content, start, end):
            spot = _at(match[1])
            formulas.add(spot)
            # an empty result is a result where the cell says that it holds a text
            if match[3] is None and b't="str"' not in match[2]:
                uncalculated.add(spot)
    hidden = {int(m[1]) for m in _HIDDEN_ROW.finditer(content, start, end)} if content.find(b" hidden=", start, end) >= 0 else set()
    return Scan(
        errors, uncalculated, formulas, formats, hidden,
        hidden_columns(head) if b" hidden=" in head else set(), b"<sheetProtection" in tail and is_protection(tail),
    )  # fmt: skip


def _is_strict(content: bytes, head: bytes, tail: bytes) -> bool:
    """Whether the part is well-formed UTF-8 XML. What stands around the rows is small: a real parser sees it."""
    if b"<!" in head or b"<!" in tail or b"]]>" in content:
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    around = head + b"<sheetData/>" + tail
    if not (_is_well_formed_again if len(around) <= _MAX_REMEMBERED else _is_well_formed)(around):
        return False
    return b"encoding" not in head[:80] or re.search(rb"encoding=[\"'](?i:utf-8)[\"']", head[:80]) is not None


_MAX_REMEMBERED = 20_000


def _is_well_formed(around: bytes) -> bool:
    try:
        expat.ParserCreate().Parse(around, True)  # noqa: FBT003  # its second argument has no name
    except (expat.ExpatError, ValueError):
        return False
    return True


_is_well_formed_again = lru_cache(maxsize=256)(_is_well_formed)  # what stands around the rows is the same in all copies of a form


def _area(content: bytes) -> int:
    """Cells of the rectangle from A1 that the references span; too many where one lies outside the sheet."""
    last, letters = 0, {b"A"}
    for match in _REFERENCES.finditer(content):  # one by one: a list of a million would take hundreds of megabytes
        letters.add(match[1])
        last = max(last, int(match[2]))
    width = max(column_number(found.decode()) for found in letters)
    return last * width if last <= SHEET_ROWS and width <= SHEET_COLUMNS else MAX_AREA + 1


def _at(reference: bytes) -> tuple[int, int]:
    return position(reference.decode()) or (0, 0)


def _formats(content: bytes, start: int, end: int, styles: Styles) -> dict[tuple[int, int], str] | None:
    """Cells with a number under a format that matters; None where one is no date: calamine makes midnight of negative numbers."""
    found = {}
    for letters, row, number, rest, sign in _styled(tuple(styles.formats)).findall(content, start, end):
        if b't="s' not in rest and b't="i' not in rest:
            style = int(number)
            if sign and style in styles.dates:
                return None
            found[int(row), _column(letters)] = styles.formats[style]
    return found


@lru_cache(maxsize=1024)
def _column(letters: bytes) -> int:
    return column_number(letters.decode())


_CACHE: dict[tuple[int, ...], re.Pattern[bytes]] = {}


def _styled(numbers: tuple[int, ...]) -> re.Pattern[bytes]:
    pattern = _CACHE.get(numbers)
    if pattern is None:
        if len(_CACHE) > 64:
            _CACHE.clear()
        wanted = b"|".join(str(n).encode() for n in sorted(numbers))
        pattern = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})" s="(' + wanted + rb')"([^<>]*)>(?:<f[^<>]*/>|<f[^<>]*>[^<]*</f>)?<v>(-?)')
        _CACHE[numbers] = pattern
    return pattern


def hidden_columns(head: bytes) -> set[int]:
    """Columns that a sheet hides."""
    hidden: set[int] = set()
    for match in _COLUMN.finditer(head):
        if b'hidden="1"' in match[1] or b'hidden="true"' in match[1]:
            span = {name: int(number) for name, number in _SPAN.findall(match[1])}
            hidden.update(range(span.get(b"min", 1), min(span.get(b"max", 0), SHEET_COLUMNS) + 1))
    return hidden


def is_protection(tail: bytes) -> bool:
    """Whether a sheetProtection element is in force."""
    found = re.search(rb"<sheetProtection([^<>]*)>", tail)
    return found is not None and re.search(rb'\bsheet="(?:1|true)"', found[1]) is not None


def merges_of(ranges: list[tuple[tuple[int, int], tuple[int, int]]] | None) -> list[Merge]:
    """calamine's merged ranges, counted from 1."""
    return [Merge(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in ranges or ()]
