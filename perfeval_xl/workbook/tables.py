"""Tables: large workbooks of plain tables, written as their rows come; memory stays flat. Texts stay texts, charts are native."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, cast

from perfeval_xl.workbook.drawings import Chart, ChartSheet, chart_parts, spliced
from perfeval_xl.workbook.grid import SHEET_ROWS, position
from perfeval_xl.workbook.tablecells import Cell, Linked, Plain, address, cell_text, plain_row, unlinked
from perfeval_xl.workbook.tablelook import (
    BAR,
    ColumnKind,
    axis_format,
    column_format,
    fill,
    head_format,
    lined,
    note_format,
    title_format,
    wrapped_lines,
)

MAX_LINKS = 65_530
"""Links in a sheet; Excel drops those above."""
MAX_NAME = 31
_BAD_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]|\A'|'\Z|\A\Z")

_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    b'<dc:creator>perfeval_xl</dc:creator><dcterms:created xsi:type="dcterms:W3CDTF">2026-01-01T00:00:00Z</dcterms:created>'
    b'<dcterms:modified xsi:type="dcterms:W3CDTF">2026-01-01T00:00:00Z</dcterms:modified></cp:coreProperties>'
)  # constant: the same tables give the same file
_ONE_PAPER = 60  # rows that can still be read beside charts on one sheet of paper


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

    rows: gone through once, only when the sheets before are written. count: how many there are.
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


def write_tables(target: Path, sheets: Sequence[TableSheet], *, most_rows: int = SHEET_ROWS) -> None:
    """Writes the workbook to `target`; what does not fit on one sheet goes on in "名称 (2)".

    most_rows: of one sheet, its title and headings included. The caller sees to the way aside and into place (`files.placed`).
    Raises: ValueError for the caller's mistakes: names, columns, charts, or rows that are not `count`; OSError.
    """
    pages = [page for sheet in sheets for page in _pages(sheet, most_rows)]
    _check_names([page.name for page in pages])
    with tempfile.TemporaryDirectory(prefix=".perfeval-", dir=target.parent) as folder:
        plain = Path(folder) / "tables.xlsx"
        _write(plain, pages)
        charts = [page.chart_sheet() for page in pages if page.charts]
        spliced(plain, target, {"docProps/core.xml": _CORE, **chart_parts(plain, charts)})


def _write(path: Path, pages: Sequence[_Page]) -> None:
    import rustpy_xlsxwriter  # noqa: PLC0415  # on demand

    def each(value: Callable[[_Page], Any]) -> dict[str, Any]:
        return {page.name: value(page) for page in pages}

    head = head_format()
    try:
        rustpy_xlsxwriter.write_worksheets(
            [(page.name, page.records()) for page in pages],
            str(path),
            column_widths=each(_Page.widths),
            column_formats=each(_Page.formats),
            header_format=each(lambda _: head),
            header_row=each(lambda page: page.header_row),
            merge_ranges=each(_Page.merged),
            row_heights=each(_Page.heights),
            autofilter=each(lambda page: page.sheet.has_filter),
            freeze_panes=each(lambda page: {"row": page.header_row + 1, "col": page.sheet.frozen}),
            url_columns=each(_Page.links),
            conditional_formats=each(_Page.conditions),
            ignore_errors=each(lambda page: [c.title for c in page.columns if c.kind in {ColumnKind.TEXT, ColumnKind.WRAPPED}]),
            page_setup=each(lambda page: {
                "landscape": True, "paper_size": 9, "fit_to_pages": (1, page.paper_pages), "repeat_rows": (page.header_row, page.header_row),
                "margins": {"left": 0.5, "right": 0.5, "top": 0.6, "bottom": 0.7}, "footer": "&C&9第 &P 页 共 &N 页",
            }),
        )  # fmt: skip
    except RuntimeError as error:  # the library's word for what it cannot write
        raise OSError(str(error)) from error


# ---- pages ------------------------------------------------------------------------------------------------------------


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
class _Page:
    """One sheet of the file. number, pages: which of how many for its table; count: its data rows. cells: see ChartSheet, filled while writing."""

    sheet: TableSheet
    columns: Sequence[Column]
    number: int
    pages: int
    count: int
    rows: _Rows
    note: str
    name: str
    charts: Sequence[Chart]
    cells: Mapping[int, list[Plain]]

    @property
    def header_row(self) -> int:
        return 2 if self.note else 1

    @property
    def paper_pages(self) -> int:
        """How many it prints on, 0 for as many as it takes: a page's end would cut a chart in two."""
        return 1 if self.charts and self.count <= _ONE_PAPER else 0

    @property
    def title(self) -> str:
        return cell_text(self.sheet.title) or " "

    def keys(self) -> list[str]:
        """Titles, then one for the texts of each column of links, which the library wants in a column of their own."""
        return [c.title for c in self.columns] + list(self.links().values())

    def links(self) -> dict[str, str]:
        return _link_texts(self.columns)

    def widths(self) -> dict[str, float]:
        return {**{c.title: c.width for c in self.columns}, **dict.fromkeys(self.links().values(), 0)}

    def formats(self) -> dict[str, Any]:
        # a format goes on below the table: lines there would show beside charts
        return {c.title: column_format(c.kind) if self.sheet.charts else lined(column_format(c.kind)) for c in self.columns}

    def conditions(self) -> dict[str, list[dict[str, Any]]]:
        rules: dict[str, list[dict[str, Any]]] = {}
        for column in self.columns:
            own: list[dict[str, Any]] = [{"type": "data_bar", "color": BAR}] if column.has_bar else []
            # "contains", for the library counts bytes where "begins with" takes characters
            own += [{"type": "text", "criteria": "contains", "value": text, "format": fill(colour)} for text, colour in column.tints]
            if own:
                rules[column.title] = own
        return rules

    def merged(self) -> list[tuple[int, int, int, int, str, Any]]:
        last = max(len(self.columns) - 1, 1)  # one cell alone is no range
        ranges = [(0, 0, 0, last, self.title, title_format())]
        return [*ranges, (1, 0, 1, last, self.note, note_format())] if self.note else ranges

    def heights(self) -> dict[int, float]:
        room = max(sum(c.width for c in self.columns), 20)
        notes = {1: 5 + 13.5 * wrapped_lines(self.note, room)} if self.note else {}
        return {0: 28, **notes, self.header_row: 8 + 13.5 * max(wrapped_lines(c.title, c.width) for c in self.columns)}

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


def _link_texts(columns: Sequence[Column]) -> dict[str, str]:
    """Title of each column of links → of the hidden one with its texts."""
    return {c.title: f"{c.title}（显示文字）" for c in columns if c.kind is ColumnKind.LINK}


def _pages(sheet: TableSheet, most_rows: int) -> list[_Page]:
    columns = [c._replace(title=cell_text(c.title) or " ") for c in sheet.columns]
    _check(sheet, columns)
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
            _check_chart(sheet, chart, count)
        note = _note(sheet, columns, number, pages, count)
        made.append(_Page(sheet, columns, number, pages, count, rows, note, _name(sheet.name, number), charts, cells))
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


def _check(sheet: TableSheet, columns: Sequence[Column]) -> None:
    titles = [c.title for c in columns] + list(_link_texts(columns).values())
    if not columns:
        raise ValueError(f"工作表“{sheet.name}”没有列。")
    twice = next((t for t in titles if titles.count(t) > 1), None)
    if twice is not None:
        raise ValueError(f"工作表“{sheet.name}”有两列都叫“{twice}”。")
    if sheet.count < 0 or not 0 <= sheet.frozen <= len(columns):
        raise ValueError(f"工作表“{sheet.name}”的行数或冻结列数有误。")
    if any('"' in text or not text for c in columns for text, _ in c.tints):
        raise ValueError(f"工作表“{sheet.name}”着色的文字为空或含有引号。")


def _check_chart(sheet: TableSheet, chart: Chart, count: int) -> None:
    """Whether the chart's rows and columns are there; `count` rows are on its sheet."""
    places = (chart.categories, *chart.series)
    last = chart.last if chart.last >= 0 else count - 1
    if not chart.series or not all(0 <= i < len(sheet.columns) for i in places) or not 0 <= chart.first <= last < count or position(chart.anchor) is None:
        raise ValueError(f"工作表“{sheet.name}”的图“{chart.title}”所指的行、列或位置不在表中。")


def _check_names(names: Sequence[str]) -> None:
    if not names:
        raise ValueError("工作簿至少要有一张工作表。")
    for name in names:
        if len(name) > MAX_NAME or _BAD_NAME.search(name):
            raise ValueError(f"“{name}”不能作工作表的名称。")
    if len({name.lower() for name in names}) != len(names):
        raise ValueError("有两张工作表同名。")
