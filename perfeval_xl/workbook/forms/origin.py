"""Sheets of a form that was filled in from another document: where each value stood there, and what a person must look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from xlsxwriter.worksheet import Worksheet

from perfeval_xl.workbook.forms.form import NOT_REPORTED, ORIGINS, Origin
from perfeval_xl.workbook.forms.styles import Styles, height_of, page
from perfeval_xl.workbook.grid import Grid

_ORIGIN_COLUMNS = (("序号", 6), ("内容", 30), ("自评表中的位置", 20), ("原文件中的位置", 26), ("原文", 70))
_DOUBT_COLUMNS = (("序号", 6), ("原文件中的位置", 26), ("原文", 62), ("需要核对的原因", 46), ("处理办法", 40))
MAX_CELL = 32_000
"""Characters that a cell takes."""


class Filled(NamedTuple):
    """One value of the form. item: what it is. sheet, cell: where it stands in the form."""

    item: str
    sheet: str
    cell: str
    origin: Origin


class Doubtful(NamedTuple):
    """What was not understood, or not for certain."""

    place: str
    text: str
    reason: str
    remedy: str


def score_item(name: str) -> str:
    """What 导入来源 calls the score of an indicator."""
    return f"指标“{name}”的得分"


def unreported_scores(grids: Iterable[Grid]) -> set[tuple[str, str]]:
    """Sheet of the form and item (score_item) of every score that the source of an imported form does not state."""
    return {(grid.text(row, 3).partition("!")[0], grid.text(row, 2)) for grid in grids if grid.sheet == ORIGINS for row in range(4, grid.height + 1) if grid.text(row, 5) == NOT_REPORTED}


def write_origins(sheet: Worksheet, styles: Styles, source: str, filled: Sequence[Filled]) -> None:
    """Every value, a link to its cell, and its place in the source."""
    _head(sheet, styles, "导入来源", f"以下内容取自“{source}”。点击“自评表中的位置”可以跳转到相应单元格。", _ORIGIN_COLUMNS)
    row = 3
    for number, one in enumerate(filled, 1):
        texts = (str(number), one.item, f"{one.sheet}!{one.cell}", one.origin.place, one.origin.text)
        after = _rows(sheet, styles, row, texts, _ORIGIN_COLUMNS)
        sheet.write_url(row, 2, f"internal:'{one.sheet}'!{one.cell}", styles.fixed(), f"{one.sheet}!{one.cell}")
        row = after
    _end(sheet, row, _ORIGIN_COLUMNS)


def write_doubts(sheet: Worksheet, styles: Styles, source: str, doubts: Sequence[Doubtful]) -> None:
    """What to look at; that there is nothing is said, too."""
    told = f"导入“{source}”时，有 {len(doubts)} 处需要核对。" if doubts else f"“{source}”的内容已全部读取，没有需要核对的地方。"
    _head(sheet, styles, "导入待核对", told, _DOUBT_COLUMNS)
    row = 3
    for number, one in enumerate(doubts, 1):
        row = _rows(sheet, styles, row, (str(number), one.place, one.text, one.reason, one.remedy), _DOUBT_COLUMNS)
    _end(sheet, row, _DOUBT_COLUMNS)


def _head(sheet: Worksheet, styles: Styles, title: str, line: str, columns: Sequence[tuple[str, int]]) -> None:
    last = len(columns) - 1
    sheet.set_row(0, 32)
    sheet.merge_range(0, 0, 0, last, title, styles.title())
    sheet.merge_range(1, 0, 1, last, line, styles.line())
    for column, (text, width) in enumerate(columns):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, text, styles.head())


def _rows(sheet: Worksheet, styles: Styles, row: int, texts: Sequence[str], columns: Sequence[tuple[str, int]]) -> int:
    """One entry; a text that a cell cannot take goes on in the row below. row: counted from 0. Returns the row after it."""
    pieces = [[text[at : at + MAX_CELL] for at in range(0, len(text), MAX_CELL)] or [""] for text in texts]
    count = max(map(len, pieces))
    for i in range(count):
        _row(sheet, styles, row + i, [p[i] if i < len(p) else "（续上行）" if column == 0 else "" for column, p in enumerate(pieces)], columns)
    return row + count


def _row(sheet: Worksheet, styles: Styles, row: int, texts: Sequence[str], columns: Sequence[tuple[str, int]]) -> None:
    """row: counted from 0."""
    sheet.set_row(row, height_of([(t, w) for t, (_, w) in zip(texts, columns, strict=True)], 20))
    for column, text in enumerate(texts):
        sheet.write_string(row, column, text, styles.fixed(align="left" if column else "center", valign="top"))


def _end(sheet: Worksheet, rows: int, columns: Sequence[tuple[str, int]]) -> None:
    page(sheet, landscape=True, header_row=3)
    sheet.print_area(0, 0, max(rows, 4) - 1, len(columns) - 1)
    sheet.freeze_panes(3, 0)
