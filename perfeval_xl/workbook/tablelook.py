"""Look of tables: fonts, lines and number formats of a column by its kind, of title, note and headings."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Any

_FONT, _TITLE_FONT, _GB2312 = "宋体", "黑体", 134
_SIZE, _TITLE_SIZE = 10, 15
_HEAD_FILL, _LINE, _GREY, _LINK = "#1F4E79", "#D0D7DE", "#5B6770", "#0563C1"
BAR = "#9DC3E6"
"""Colour of the bars behind numbers."""


class ColumnKind(StrEnum):
    """How a column's cells look. PERCENT takes fractions; LINK takes `Linked` values and texts."""

    TEXT = "text"
    WRAPPED = "wrapped"
    COUNT = "count"
    SCORE = "score"
    PERCENT = "percent"
    MONEY = "money"
    LINK = "link"


_NUMBERS = {ColumnKind.COUNT: "0", ColumnKind.SCORE: "0.00", ColumnKind.PERCENT: "0.00%", ColumnKind.MONEY: "#,##0.00"}
_AXES = {ColumnKind.COUNT: "#,##0", ColumnKind.SCORE: "General", ColumnKind.PERCENT: "0%", ColumnKind.MONEY: "#,##0"}


def _base(font: str = _FONT, size: float = _SIZE) -> Any:
    import rustpy_xlsxwriter  # noqa: PLC0415  # on demand

    return rustpy_xlsxwriter.Format().set_font_name(font).set_font_size(size).set_font_charset(_GB2312).set_align("vertical_center")


def lined(kind: Any) -> Any:
    """The format with thin lines around its cells."""
    return kind.set_border("thin").set_border_color(_LINE)


def axis_format(kind: ColumnKind) -> str:
    """Number format on the axis of a chart."""
    return _AXES.get(kind, "General")


def column_format(kind: ColumnKind) -> Any:
    """Cells of a column."""
    made = _base()
    if kind in _NUMBERS:
        return made.set_num_format(_NUMBERS[kind]).set_align("right")
    if kind is ColumnKind.LINK:
        made.set_font_color(_LINK).set_underline()
    if kind is ColumnKind.WRAPPED:  # from the top: LibreOffice does not heighten rows without a height of their own
        made.set_text_wrap().set_align("top")
    return made.set_align("left").set_indent(1)


def head_format() -> Any:
    """Headings of columns."""
    return lined(_base()).set_bold().set_font_color("#FFFFFF").set_background_color(_HEAD_FILL).set_text_wrap().set_align("center")


def title_format() -> Any:
    """The title above a table."""
    return _base(_TITLE_FONT, _TITLE_SIZE).set_bold()


def note_format() -> Any:
    """The note under the title."""
    return _base().set_font_color(_GREY).set_text_wrap()


def fill(colour: str) -> Any:
    """A background."""
    import rustpy_xlsxwriter  # noqa: PLC0415  # on demand

    return rustpy_xlsxwriter.Format().set_background_color(colour)


def wrapped_lines(text: str, width: float) -> int:
    """Lines of a wrapped text: a Chinese character takes two columns' worth of width."""
    return max(math.ceil(sum(1 if c.isascii() else 2 for c in text) / max(width - 1, 2)), 1)
