"""Pages of tables: the sheets of the file that one table takes, and what the library that writes them wants to know of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from perfeval_xl.workbook.drawings import Chart, ChartSheet
from perfeval_xl.workbook.grid import position
from perfeval_xl.workbook.tablecells import Cell, Linked, Plain, address, cell_text, plain_row, unlinked
from perfeval_xl.workbook.tablelook import (
    BAR,
    ColumnKind,
    axis_format,
    column_format,
    fill,
    lined,
    note_format,
    title_format,
    wrapped_lines,
)
from perfeval_xl.workbook.tablesheet import MAX_NAME, Column, TableSheet, check_chart, check_sheet, link_texts

MAX_LINKS = 65_530
"""Links in a sheet; Excel drops those above."""
_ONE_PAPER = 60  # rows that can still be read beside charts on one sheet of paper
_PIXELS_WIDE, _PIXELS_HIGH = 64, 20  # of a column and a row as Excel gives them
_TALLEST = 400  # points; Excel allows little more


class _Rows:
    """A sheet's rows, shared by its pages."""

    def __init__(self, sheet: TableSheet) -> None:
        self._sheet = sheet
        self._rows: Iterator[Sequence[Cell]] | None = None

    def take(self, count: int) -> Iterator[Sequence[Cell]]:
        if self._rows is None:
            self._rows = iter(self._sheet.rows)
        taken = 0
        for row in islice(self._rows, count):
            taken += 1
            yield row
        if taken != count:
            raise ValueError(f"工作表“{self._sheet.name}”的行数少于事先给出的 {self._sheet.count} 行。")

    def end(self) -> None:
        for _ in self._rows or iter(self._sheet.rows):
            raise ValueError(f"工作表“{self._sheet.name}”的行数多于事先给出的 {self._sheet.count} 行。")


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet of the file. number, pages: which of how many for its table; first: of the table's rows; count: its data rows. cells: see ChartSheet, filled while writing."""

    sheet: TableSheet
    columns: Sequence[Column]
    number: int
    pages: int
    first: int
    count: int
    rows: _Rows
    note: str
    name: str
    charts: Sequence[Chart]
    cells: Mapping[int, list[Plain]]

    @property
    def header_row(self) -> int:
        """Row of the headings, from 0."""
        return 2 if self.note else 1

    @property
    def paper_pages(self) -> int:
        """How many it prints on, 0 for as many as it takes: a page's end would cut a chart in two."""
        return 1 if self.charts and (self.sheet.prints_charts or self.count <= _ONE_PAPER) else 0

    def paper(self) -> dict[str, Any]:
        """How it is printed: on A4, one sheet of paper wide, with the headings on each; or only its charts, as large as the paper."""
        setup: dict[str, Any] = {
            "landscape": True, "paper_size": 9, "fit_to_pages": (1, self.paper_pages), "margins": {"left": 0.5, "right": 0.5, "top": 0.6, "bottom": 0.7}, "footer": "&C&9第 &P 页 共 &N 页",
        }  # fmt: skip
        if not (self.charts and self.sheet.prints_charts):
            return {**setup, "repeat_rows": (self.header_row, self.header_row)}
        places = [(position(c.anchor) or (1, 1), c) for c in self.charts]
        area = (
            min(row for (row, _), _ in places) - 1, min(column for (_, column), _ in places) - 1,
            max(row + c.height // _PIXELS_HIGH for (row, _), c in places), max(column + c.width // _PIXELS_WIDE for (_, column), c in places),
        )  # fmt: skip
        return {**setup, "print_area": area, "center_horizontally": True, "center_vertically": True}

    @property
    def title(self) -> str:
        """What stands above; never empty, for a range must hold something."""
        return cell_text(self.sheet.title) or " "

    def keys(self) -> list[str]:
        """Titles, then one for the texts of each column of links, which the library wants in a column of their own."""
        return [c.title for c in self.columns] + list(self.links().values())

    def links(self) -> dict[str, str]:
        """Title of each column of links → of the hidden one with its texts."""
        return link_texts(self.columns)

    def widths(self) -> dict[str, float]:
        """Width of each column, in characters."""
        return {**{c.title: c.width for c in self.columns}, **dict.fromkeys(self.links().values(), 0)}

    def formats(self) -> dict[str, Any]:
        """Format of each column."""
        # a format goes on below the table: lines there would show beside charts
        made = {c.title: column_format(c.kind) if self.sheet.charts else lined(column_format(c.kind)) for c in self.columns}
        if any(c.kind is ColumnKind.WRAPPED for c in self.columns):  # beside texts of several lines all begin at the top
            for c in self.columns:
                made[c.title].set_align("top")
                if c.kind is ColumnKind.LINK:
                    made[c.title].set_text_wrap()
        return made

    def conditions(self) -> dict[str, list[dict[str, Any]]]:
        """Bars and tints of each column that has any."""
        rules: dict[str, list[dict[str, Any]]] = {}
        for column in self.columns:
            own: list[dict[str, Any]] = [{"type": "data_bar", "color": BAR}] if column.has_bar else []
            # "contains", for the library counts bytes where "begins with" takes characters
            own += [{"type": "text", "criteria": "contains", "value": text, "format": fill(colour)} for text, colour in column.tints]
            if own:
                rules[column.title] = own
        return rules

    def merged(self) -> list[tuple[int, int, int, int, str, Any]]:
        """Ranges over all columns: title and note, with text and format."""
        last = max(len(self.columns) - 1, 1)  # one cell alone is no range
        ranges = [(0, 0, 0, last, self.title, title_format())]
        return [*ranges, (1, 0, 1, last, self.note, note_format())] if self.note else ranges

    def heights(self) -> dict[int, float]:
        """Heights of title, note, headings, and of rows whose texts take several lines, in points."""
        room = max(sum(c.width for c in self.columns), 20)
        notes = {1: 5 + 13.5 * wrapped_lines(self.note, room)} if self.note else {}
        return {0: 28, **notes, self.header_row: 8 + 13.5 * max(wrapped_lines(c.title, c.width) for c in self.columns), **self._tall()}

    def _tall(self) -> dict[int, float]:
        """Heights of rows with wrapped texts where the rows are at hand. Excel heightens the others as it opens them; LibreOffice does not."""
        if not isinstance(self.sheet.rows, Sequence) or all(c.kind is not ColumnKind.WRAPPED for c in self.columns):
            return {}
        wrapped = [(i, c.width - 2) for i, c in enumerate(self.columns) if c.kind in {ColumnKind.WRAPPED, ColumnKind.LINK}]  # an indent takes some
        tall: dict[int, float] = {}
        for at, row in enumerate(self.sheet.rows[self.first : self.first + self.count], self.header_row + 1):
            lines = max(sum(wrapped_lines(part, width) for part in _words(row[i]).split("\n")) for i, width in wrapped)
            if lines > 1:
                tall[at] = min(3 + 13.5 * lines, _TALLEST)
        return tall

    def chart_sheet(self) -> ChartSheet:
        """What the charts need; after the page is written."""
        axes = [axis_format(c.kind) for c in self.columns]
        titles, widths = [c.title for c in self.columns], [c.width for c in self.columns]
        return ChartSheet(self.name, self.header_row, titles, widths, axes, self.heights(), self.cells, self.charts)

    def records(self) -> Iterator[dict[str, Plain]]:
        """Rows as the library takes them; its heading comes from the first."""
        keys = self.keys()
        if not self.count:
            yield dict.fromkeys(keys)
        elif len(keys) > len(self.columns):
            yield from self._linked(keys)
        else:
            for row in self.rows.take(self.count):
                values = cast("Sequence[Plain]", row) if self.sheet.is_plain else plain_row(row)
                if self.cells:
                    self._keep(values)
                yield dict(zip(keys, values, strict=True))
        if self.number == self.pages:
            self.rows.end()

    def _linked(self, keys: Sequence[str]) -> Iterator[dict[str, Plain]]:
        places = [i for i, c in enumerate(self.columns) if c.kind is ColumnKind.LINK]
        left = MAX_LINKS
        for row in self.rows.take(self.count):
            values = plain_row(row)
            self._keep(values)
            texts: list[Plain] = []
            for place in places:
                cell, text = row[place], values[place]
                target = address(cell.target) if isinstance(cell, Linked) and text and left else ""
                if target:
                    left -= 1
                    values[place] = target
                elif isinstance(text, str):
                    values[place] = unlinked(text)
                texts.append(text if target else None)
            yield dict(zip(keys, values + texts, strict=True))

    def _keep(self, values: Sequence[Plain]) -> None:
        for column, kept in self.cells.items():
            kept.append(values[column])


def _words(cell: Cell) -> str:
    """What of a cell may need several lines; no more of it than the tallest row shows."""
    text = cell.text if isinstance(cell, Linked) else cell
    return text[:4_000] if isinstance(text, str) else ""


def pages_of(sheet: TableSheet, most_rows: int) -> list[Page]:
    """The sheets that a table takes, the first named as it is, the others "名称 (2)" and so on. most_rows: of one, title and headings included. Raises: ValueError."""
    columns = [c._replace(title=cell_text(c.title) or " ") for c in sheet.columns]
    check_sheet(sheet, columns)
    heading = 3  # title, note, headings: a sheet that goes on has a note
    room = most_rows - heading
    if room < 1:
        raise ValueError(f"每张工作表至少要有 {heading + 1} 行。")
    pages = max(-(-sheet.count // room), 1)
    rows = _Rows(sheet)
    made = []
    for number in range(1, pages + 1):
        count = min(room, sheet.count - (number - 1) * room)
        charts = sheet.charts if number == 1 and count else ()
        cells: dict[int, list[Plain]] = {i: [] for chart in charts for i in (chart.categories, *chart.series)}
        for chart in charts:
            check_chart(sheet, chart, count)
        note = _note(sheet, columns, number, pages, count)
        made.append(Page(sheet, columns, number, pages, (number - 1) * room, count, rows, note, _name(sheet.name, number), charts, cells))
    return made


def _note(sheet: TableSheet, columns: Sequence[Column], number: int, pages: int, count: int) -> str:
    parts = [cell_text(sheet.note).replace("\n", " ")]
    if pages > 1:
        parts.append(f"{'续表，' if number > 1 else ''}第 {number} 张，共 {pages} 张")
    if count * sum(c.kind is ColumnKind.LINK for c in columns) > MAX_LINKS:
        parts.append(f"Excel 每张工作表最多 {MAX_LINKS:,} 个链接，超出的行只显示文字")
    return "；".join(part.rstrip("。；") for part in parts if part) + "。" if len([p for p in parts if p]) > 1 else "".join(parts)


def _name(name: str, number: int) -> str:
    tail = f" ({number})"
    return name[: MAX_NAME - len(tail)] + tail if number > 1 else name
