"""Sheets of tables: what a sheet with one table is to be, and the caller's mistakes in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from perfeval_xl.workbook.drawings import Chart
from perfeval_xl.workbook.grid import position
from perfeval_xl.workbook.tablecells import Cell
from perfeval_xl.workbook.tablelook import ColumnKind

MAX_NAME = 31
_BAD_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]|\A'|'\Z|\A\Z")


class Column(NamedTuple):
    """A column. title: its heading, unique in the sheet. width: in characters, a Chinese one counts two. has_bar: a bar behind each number.

    tints: text → fill colour of the cells that contain it, such as a grade.
    """

    title: str
    width: float = 12
    kind: ColumnKind = ColumnKind.TEXT
    has_bar: bool = False
    tints: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class TableSheet:
    """A sheet with one table. title: above it. note: one line under the title. frozen: columns that stay in view.

    rows: gone through once, only when the sheets before are written. count: how many there are. Of rows that are a list, those with wrapped texts
    are made as high as these need, for LibreOffice does not do so as it opens them.
    charts: of data in this sheet, as far as its first page holds them; a sheet without rows shows none.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    count: int
    note: str = ""
    frozen: int = 0
    charts: Sequence[Chart] = ()
    has_filter: bool = True
    is_plain: bool = False
    """The rows have been through `plain_row` already."""
    prints_charts: bool = False
    """On paper stand only the charts, on one sheet; their data is for the screen."""


def link_texts(columns: Sequence[Column]) -> dict[str, str]:
    """Title of each column of links → of the hidden one with its texts."""
    return {c.title: f"{c.title}（显示文字）" for c in columns if c.kind is ColumnKind.LINK}


def check_sheet(sheet: TableSheet, columns: Sequence[Column]) -> None:
    """Its columns, with the titles they are written with, its counts and colours. Raises: ValueError."""
    titles = [c.title for c in columns] + list(link_texts(columns).values())
    if not columns:
        raise ValueError(f"工作表“{sheet.name}”没有列。")
    twice = next((t for t in titles if titles.count(t) > 1), None)
    if twice is not None:
        raise ValueError(f"工作表“{sheet.name}”有两列都叫“{twice}”。")
    if sheet.count < 0 or not 0 <= sheet.frozen <= len(columns):
        raise ValueError(f"工作表“{sheet.name}”的行数或冻结列数有误。")
    if any('"' in text or not text for c in columns for text, _ in c.tints):
        raise ValueError(f"工作表“{sheet.name}”着色的文字为空或含有引号。")


def check_chart(sheet: TableSheet, chart: Chart, count: int) -> None:
    """Whether the chart's rows and columns are there; `count` rows are on its sheet. Raises: ValueError."""
    places = (chart.categories, *chart.series)
    last = chart.last if chart.last >= 0 else count - 1
    if not chart.series or not all(0 <= i < len(sheet.columns) for i in places) or not 0 <= chart.first <= last < count or position(chart.anchor) is None:
        raise ValueError(f"工作表“{sheet.name}”的图“{chart.title}”所指的行、列或位置不在表中。")


def check_names(names: Sequence[str]) -> None:
    """Whether a workbook can have sheets of these names. Raises: ValueError."""
    if not names:
        raise ValueError("工作簿至少要有一张工作表。")
    for name in names:
        if len(name) > MAX_NAME or _BAD_NAME.search(name):
            raise ValueError(f"“{name}”不能作工作表的名称。")
    if len({name.lower() for name in names}) != len(names):
        raise ValueError("有两张工作表同名。")
