"""Looks of our own workbooks: fonts, borders, theme colours, page setup. One place, so that all forms look alike."""

from __future__ import annotations

from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.color import Color
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

TITLE_FONT, BODY_FONT = "方正小标宋简体", "宋体"
GRID = Color.theme(0, 4)
HEAD = Color.theme(4, 1)
INPUT = Color.theme(0, 0)
SUM = Color.theme(0, 1)
QUIET = Color.theme(1, 2)
UNMET, OVER, MISSING = Color.theme(5, 1), Color.theme(8, 1), Color.theme(9, 1)
A4 = 9
MAX_HEIGHT = 409  # points: the spreadsheet programs' own limit of a row
DATE_FORMAT = 'yyyy"年"m"月"d"日"'


class Styles:
    """Formats of one workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def get(self, **own: Any) -> Format:
        """A body cell with those properties changed."""
        base = {"font_name": BODY_FONT, "font_size": 10, "valign": "vcenter", "text_wrap": True, "border": 1, "border_color": GRID,
                "align": "center"}  # fmt: skip
        properties = {**base, **own}
        if properties["align"] == "left" and properties["border"]:
            properties.setdefault("indent", 1)
        key = tuple(sorted((k, str(v)) for k, v in properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def title(self) -> Format:
        """The form's title."""
        return self.get(font_name=TITLE_FONT, font_size=18, bold=True, border=0)

    def line(self, align: str = "left", **own: Any) -> Format:
        """A line of text outside the table."""
        return self.get(border=0, align=align, **own)

    def head(self) -> Format:
        """Headings of a table."""
        return self.get(bold=True, bg_color=HEAD)

    def fixed(self, **own: Any) -> Format:
        """A printed cell."""
        return self.get(**own)

    def entry(self, **own: Any) -> Format:
        """A cell to fill in."""
        return self.get(locked=False, **own)

    def sum(self, **own: Any) -> Format:
        """A sum."""
        return self.get(**{"bg_color": SUM, "bold": True, **own})

    def colour(self, colour: Color) -> Format:
        """What a conditional colour changes."""
        key = (("colour", str(colour)),)
        if key not in self._made:
            self._made[key] = self._book.add_format({"bg_color": colour})
        return self._made[key]

    def colour_over(self) -> Format:
        """Money above what it is held against."""
        return self.colour(UNMET)

    def helper(self) -> Format:
        """A hidden cell."""
        return self.get(border=0, text_wrap=False, hidden=True, font_size=9)


class PlainFormulas(Worksheet):  # type: ignore[misc]  # the library has no types
    """A sheet whose formulas need no look-up of functions newer than Excel 2010: ours have none, and it takes most of the time."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:  # noqa: ARG002, FBT001, FBT002
        return formula.removeprefix("=")


def page(sheet: Worksheet, *, landscape: bool, header_row: int | None = None) -> None:
    """A4, as wide as the page, header rows repeated, page numbers. header_row: counted from 1."""
    if landscape:
        sheet.set_landscape()
    else:
        sheet.set_portrait()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.center_horizontally()
    sheet.set_footer('&C&"宋体,常规"&9第 &P 页 共 &N 页')
    if header_row is not None:
        sheet.repeat_rows(header_row - 1)
    sheet.hide_gridlines(2)


def protect(sheet: Worksheet) -> None:
    """Only input cells may be changed; no password: whoever must, can lift it."""
    sheet.protect("", {"insert_rows": True, "format_columns": True, "format_rows": True, "select_locked_cells": True,
                       "select_unlocked_cells": True})  # fmt: skip


def lines_of(text: str, width: float) -> int:
    """Lines that a text takes in a column of that width; a Chinese character is two wide."""
    room = max(int(width) - 1, 1)
    return sum(max(1, -(-sum(1 if ch.isascii() else 2 for ch in part) // room)) for part in text.split("\n")) if text else 1


def height_of(texts_and_widths: list[tuple[str, float]], least: float = 24) -> float:
    """Row height that shows every text whole, as far as a row can be high."""
    lines = max((lines_of(t, w) for t, w in texts_and_widths), default=1)
    return min(max(least, 14 * lines + 6), MAX_HEIGHT)
