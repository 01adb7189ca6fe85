"""A sheet part read cell by cell with lxml: any well-formed shape, far-flung cells, error values of newer Excel versions.

Slower than calamine and never laid out densely: a cell far off, a text used in every cell or a merge over the sheet costs nothing.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Sequence
from typing import NamedTuple

from lxml import etree

from perfeval_xl.workbook.grid import SHEET_COLUMNS, SHEET_ROWS, CellValue, Merge, address, position
from perfeval_xl.workbook.readers.base import Cells, clean
from perfeval_xl.workbook.readers.limits import MAX_CELL_TEXT, MAX_MERGES
from perfeval_xl.workbook.readers.styles import Styles
from perfeval_xl.workbook.readers.xml import check, forget_before, local


class Strings(NamedTuple):
    """The workbook's texts, each kept once, however many cells show it. cut: those that were too long."""

    texts: Sequence[str]
    cut: frozenset[int] = frozenset()


_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\Z")
_EPOCH, _EPOCH_1904 = datetime.datetime(1899, 12, 30), datetime.datetime(1904, 1, 1)


def read_sheet(content: bytes, cells: Cells, strings: Strings, styles: Styles, *, epoch_1904: bool) -> None:
    """Puts the sheet's cells into `cells`. Raises: ValueError for malformed XML."""
    check(content)
    row = column = 0
    try:
        events = etree.iterparse(
            io.BytesIO(content), events=("start", "end"), tag=_WANTED, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        for event, element in events:
            name = local(element)
            if event == "start":
                if name == "row":
                    row, column = _row(cells, element, row), 0
                continue
            if name == "c":
                row, column = spot = _spot(cells, element, row, column)
                if column:
                    _cell(cells, element, spot, strings, styles, epoch_1904=epoch_1904)
            else:
                _around(cells, name, element)
            if name != "row" or len(element) == 0:
                element.clear()
            forget_before(element)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error


_WANTED = ("{*}row", "{*}c", "{*}mergeCell", "{*}col", "{*}sheetProtection")


def _spot(cells: Cells, element: etree._Element, row: int, column: int) -> tuple[int, int]:
    """Where a cell is: as it says, else right of the one before; column 0 for a place that is none."""
    if "r" not in element.attrib:
        return row, column + 1 if row and column < SHEET_COLUMNS else 0
    spot = position(element.get("r", "").upper())
    if spot is None:
        cells.bad(f"单元格地址“{element.get('r', '')[:40]}”无效，该单元格未读取")
    return spot or (row, 0)


def _around(cells: Cells, name: str, element: etree._Element) -> None:
    if name == "mergeCell":
        _merge(cells, element.get("ref", ""))
    elif name == "col" and _true(element.get("hidden")):
        _hide_columns(cells, element)
    elif name == "sheetProtection":
        cells.is_protected = cells.is_protected or _true(element.get("sheet"))


def _true(text: str | None) -> bool:
    return text in {"1", "true"}


def _row(cells: Cells, element: etree._Element, before: int) -> int:
    text = element.get("r", "")
    row = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else before + 1
    if _true(element.get("hidden")) and row <= SHEET_ROWS:
        cells.hidden_rows.add(row)
    return row


def _hide_columns(cells: Cells, element: etree._Element) -> None:
    first, last = element.get("min", ""), element.get("max", "")
    if first.isdigit() and last.isdigit() and len(first + last) < 12:
        cells.hidden_columns.update(range(int(first), min(int(last), SHEET_COLUMNS) + 1))


def _merge(cells: Cells, reference: str) -> None:
    first, _, last = reference.partition(":")
    start, end = position(first), position(last or first)
    if start is None or end is None or start[0] > end[0] or start[1] > end[1]:
        cells.bad(f"合并区域“{reference[:40]}”无效，未采用")
    elif len(cells.merges) < MAX_MERGES:
        cells.merges.append(Merge(*start, *end))
    elif len(cells.merges) == MAX_MERGES:
        cells.bad(f"合并区域超过 {MAX_MERGES} 个，其余未采用")
        cells.merges.append(Merge(*start, *end))


def _cell(cells: Cells, element: etree._Element, spot: tuple[int, int], strings: Strings, styles: Styles, *, epoch_1904: bool) -> None:  # noqa: PLR0913  # what a cell needs
    kind, text, inline, has_formula = element.get("t", "n"), None, None, False
    for child in element:
        tag = local(child)
        if tag == "v":
            text = child.text or ""
        elif tag == "is":
            inline = rich_text(child)
        elif tag == "f":
            has_formula = True
    if has_formula:
        cells.formulas.add(spot)
        if not text and inline is None and (kind != "str" or text is None):
            cells.uncalculated.add(spot)
    if kind == "e" and text:
        cells.errors[spot] = text[:40]
    elif kind == "inlineStr" or inline is not None:
        cells.put(*spot, clean(inline or text or ""))
    elif text:
        style = element.get("s", "0")
        number = int(style) if style.isascii() and style.isdigit() and len(style) < 8 else 0
        value = _value(cells, spot, kind, text.strip() if kind != "str" else text, strings)
        if isinstance(value, float) and number in styles.dates:
            value = moment(value, styles.formats[number], epoch_1904=epoch_1904)
        if cells.put(*spot, value) and number in styles.formats and not isinstance(value, str | bool):
            cells.formats[spot] = styles.formats[number]


def _value(cells: Cells, spot: tuple[int, int], kind: str, text: str, strings: Strings) -> CellValue:
    if kind == "str":
        return clean(text)
    if kind == "s":
        index = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else len(strings.texts)
        if index < len(strings.texts):
            if index in strings.cut:
                cells.note_cut(*spot)
            return strings.texts[index]
        cells.bad("单元格所引用的文字不存在，该单元格未读取", address(*spot))
        return None
    if kind == "b":
        return text in {"1", "true"}
    if kind == "d":
        try:
            return datetime.datetime.fromisoformat(text)
        except ValueError:
            return clean(text)
    value = float(text) if text.isascii() and _NUMBER.match(text) else float("nan")
    if value in {float("inf"), float("-inf")} or value != value:  # noqa: PLR0124  # nan is the one value that differs from itself
        cells.bad(f"单元格的数值“{text[:40]}”无效，该单元格未读取", address(*spot))
        return None
    return value


_ELAPSED = re.compile(r"\[[hms]+\]", re.IGNORECASE)


def moment(serial: float, code: str = "", *, epoch_1904: bool = False) -> CellValue:
    """Date, time, both or length of time of a serial number, as calamine gives them; a number outside the calendar stays a number.

    >>> moment(45291.0), moment(0.5), moment(1.5, "[h]:mm")
    (datetime.date(2023, 12, 31), datetime.time(12, 0), datetime.timedelta(days=1, seconds=43200))
    """
    if _ELAPSED.search(code) and abs(serial) < 2_958_466:
        return datetime.timedelta(milliseconds=round(serial * 86_400_000))
    if not 0 <= serial < 2_958_466:  # the last day is 9999-12-31
        return serial
    if not epoch_1904 and 0 < serial < 60 and serial >= 1:
        serial += 1  # 1900-02-29 never was, yet spreadsheets count it
    found = (_EPOCH_1904 if epoch_1904 else _EPOCH) + datetime.timedelta(milliseconds=round(serial * 86_400_000))
    if serial < 1:
        return found.time()
    return found.date() if found.time() == datetime.time() else found


def rich_text(element: etree._Element) -> str:
    """Text of a string with its runs, without the reading aids (phonetic runs)."""
    parts = []
    for child in element:
        tag = local(child)
        if tag == "t":
            parts.append(child.text or "")
        elif tag == "r":
            parts += [run.text or "" for run in child if local(run) == "t"]
    return "".join(parts)


def read_strings(content: bytes) -> Strings:
    """The workbook's texts, each once. Raises: ValueError for malformed XML."""
    check(content)
    found: list[str] = []
    cut: set[int] = set()
    try:
        for _, element in etree.iterparse(
            io.BytesIO(content), events=("end",), tag="{*}si", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        ):
            text = clean(rich_text(element))
            if len(text) > MAX_CELL_TEXT:
                cut.add(len(found))
                text = text[:MAX_CELL_TEXT]
            found.append(text)
            element.clear()
            forget_before(element)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    return Strings(found, frozenset(cut))
