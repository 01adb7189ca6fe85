"""Drawings: native charts made with XlsxWriter in a small book of the same sheet names, then carried into a large file.

The large file's other members are copied as they are stored, a buffer at a time: nothing is inflated and deflated again.
"""

from __future__ import annotations

import datetime
import io
import posixpath
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from xml.sax.saxutils import quoteattr

from perfeval_xl.workbook.xmlparts import Element, Walker, elements, local, prefix_of

_COLOURS = ("#2F5F8F", "#E08E45", "#5B9E6F", "#B5545C", "#7E6BA8", "#4FA3B5", "#C9A227", "#8C8C8C")
_TEXT, _LINES = "#404040", "#E3E7EB"
_PARTS = ("xl/drawings/", "xl/charts/")
_TYPES, _BOOK = "[Content_Types].xml", "xl/workbook.xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATION = f"{_OFFICE}/drawing"
_RELATIONS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
_IDENTIFIER = "rIdDrawing"
_BEHIND = frozenset({
    "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
})  # fmt: skip
"""What the schema puts behind a sheet's drawing."""
_CREATED = datetime.datetime(2026, 1, 1)  # constant: the same tables give the same file
_BUFFER = 1 << 20
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")


class ChartKind(StrEnum):
    """What a chart looks like. SCATTER: the category column holds the x values."""

    COLUMN = "column"
    BAR = "bar"
    STACKED = "stacked"
    SCATTER = "scatter"


class Chart(NamedTuple):
    """A native chart of some rows and columns of its own sheet.

    categories, series: column indices. first, last: data rows, 0-based, both included; last -1: the sheet's last.
    x_title: of the axis with the categories, which a bar chart draws upright. anchor: cell of the upper left corner. width, height: pixels.
    has_labels: the number beside each bar.
    """

    kind: ChartKind
    title: str
    categories: int
    series: Sequence[int]
    anchor: str
    x_title: str = ""
    y_title: str = ""
    first: int = 0
    last: int = -1
    width: int = 640
    height: int = 340
    has_labels: bool = False


@dataclass(frozen=True, slots=True)
class ChartSheet:
    """A sheet's charts and what they need of it.

    header_row: 0-based; the data follow. titles, widths, axis_formats: of each column. heights: row → points, where it is not the usual.
    cells: column → values of its data rows, for the columns in charts.
    """

    name: str
    header_row: int
    titles: Sequence[str]
    widths: Sequence[float]
    axis_formats: Sequence[str]
    heights: Mapping[int, float]
    cells: Mapping[int, Sequence[str | float | None]]
    charts: Sequence[Chart]


def chart_parts(source: Path, sheets: Sequence[ChartSheet]) -> dict[str, bytes]:
    """Members to put into the workbook at `source`, new and changed ones, so that its sheets show their charts.

    source: a workbook without drawings, with sheets of these names.
    """
    shown = [s for s in sheets if s.charts]
    if not shown:
        return {}
    with zipfile.ZipFile(source) as book, zipfile.ZipFile(io.BytesIO(small_book(shown))) as small:
        parts = {name: small.read(name) for name in small.namelist() if name.startswith(_PARTS)}
        parts[_TYPES] = _with_types(book.read(_TYPES), small.read(_TYPES), parts)
        ours, theirs = sheet_parts(book), sheet_parts(small)
        for sheet in shown:
            part, made = ours[sheet.name], theirs[sheet.name]
            drawing = next(e.attributes["Target"] for e in _relations(small, made) if e.attributes.get("Type") == _RELATION)
            path = _relations_path(part)
            old = book.read(path) if path in book.namelist() else _RELATIONS
            link = f'<Relationship Id="{_IDENTIFIER}" Type="{_RELATION}" Target={quoteattr(drawing)}/>'
            parts[path] = _before_end(old, link)
            parts[part] = with_drawing(book.read(part), _IDENTIFIER)
    return parts


def spliced(source: Path, target: Path, parts: Mapping[str, bytes]) -> None:
    """Writes the zip file at `source` to `target` with these members, in the place of the old ones or behind them; the others as stored."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    fresh = {m.name: m for m in _members(packed)}
    directory: list[bytes] = []
    with source.open("rb") as old, target.open("wb") as out:
        order = [fresh.pop(m.name, m) for m in _members(old)]
        for member in [*order, *fresh.values()]:
            directory.append(member.central[:-4] + struct.pack("<I", out.tell()) + member.behind)
            member.stream.seek(member.start)
            _copy(member.stream, out, member.end - member.start)
        start, records = out.tell(), b"".join(directory)
        out.write(records + _END.pack(b"PK\5\6", 0, 0, len(directory), len(directory), len(records), start, 0))


def with_drawing(sheet: bytes, identifier: str) -> bytes:
    """A sheet's XML with a drawing, where the schema wants it. identifier: of the relation."""
    finder = _Finder(sheet)
    finder.walk()
    tag = b"<" + finder.prefix + f'drawing xmlns:r="{_OFFICE}" r:id="{identifier}"/>'.encode()
    return sheet[: finder.place] + tag + sheet[finder.place :]


class _Finder(Walker):
    """place: the byte where a drawing goes. prefix: the root's, of its namespace."""

    place = -1
    prefix = b""

    def enter(self, name: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002  # the place is all that counts
        if self.depth == 1:
            self.prefix = prefix_of(self.data, self.index)
        elif self.depth == 2 and self.place < 0 and local(name) in _BEHIND:
            self.place = self.index

    def leave(self, name: str) -> None:  # noqa: ARG002  # the depth says it
        if self.depth == 1 and self.place < 0:
            self.place = self.index


# ---- the zip ----------------------------------------------------------------------------------------------------------


class _Member(NamedTuple):
    """A stored member. central, behind: its directory record up to and without its place, and what follows."""

    name: str
    stream: BinaryIO
    start: int
    end: int
    central: bytes
    behind: bytes


def _members(stream: BinaryIO) -> list[_Member]:
    """In directory order. A member reaches to the next one, a descriptor behind its data included."""
    with zipfile.ZipFile(stream) as archive:
        infos, directory = archive.infolist(), archive.start_dir
    starts = sorted(i.header_offset for i in infos)
    following = dict(zip(starts, [*starts[1:], directory], strict=False))
    stream.seek(directory)
    found = []
    for info in infos:
        central = stream.read(_CENTRAL.size)
        fields = _CENTRAL.unpack(central)
        behind = stream.read(fields[10] + fields[11] + fields[12])
        found.append(_Member(info.filename, stream, info.header_offset, following[info.header_offset], central, behind))
    return found


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size > 0:
        piece = source.read(min(size, _BUFFER))
        if not piece:
            raise EOFError
        target.write(piece)
        size -= len(piece)


# ---- parts and relations ----------------------------------------------------------------------------------------------


def _relations_path(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _relations(book: zipfile.ZipFile, part: str) -> list[Element]:
    return elements(book.read(_relations_path(part)), "Relationship")


def sheet_parts(book: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → part of a workbook."""
    targets = {e.attributes["Id"]: posixpath.normpath(posixpath.join("/xl", e.attributes["Target"])).lstrip("/") for e in _relations(book, _BOOK)}
    return {e.attributes["name"]: targets[e.attributes[f"{_OFFICE} id"]] for e in elements(book.read(_BOOK), "sheet")}


def _with_types(types: bytes, other: bytes, parts: Mapping[str, bytes]) -> bytes:
    """Content types with those of the parts, as the other file has them."""
    wanted = [e.attributes for e in elements(other, "Override") if e.attributes["PartName"].lstrip("/") in parts]
    return _before_end(types, "".join(f"<Override PartName={quoteattr(a['PartName'])} ContentType={quoteattr(a['ContentType'])}/>" for a in wanted))


def _before_end(part: bytes, text: str) -> bytes:
    """A part with more elements behind the root's others."""
    end = part.rindex(b"</")
    return part[:end] + text.encode() + part[end:]


# ---- the small book ---------------------------------------------------------------------------------------------------


def small_book(sheets: Sequence[ChartSheet]) -> bytes:
    """A workbook of the charts' cells and the charts; the same for the same sheets, byte for byte."""
    import xlsxwriter  # noqa: PLC0415  # on demand

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    book.set_properties({"created": _CREATED})
    for sheet in sheets:
        _fill(book, book.add_worksheet(sheet.name), sheet)
    book.close()
    return stream.getvalue()


def _fill(book: Any, page: Any, sheet: ChartSheet) -> None:
    """Widths and heights, by which a chart's corners are found; the cells, which a chart keeps copies of; the charts."""
    for column, width in enumerate(sheet.widths):
        page.set_column(column, column, width)
    for row, height in sheet.heights.items():
        page.set_row(row, height)
    for column, values in sheet.cells.items():
        page.write_string(sheet.header_row, column, sheet.titles[column])
        for row, value in enumerate(values, sheet.header_row + 1):
            if isinstance(value, str):
                page.write_string(row, column, value)
            elif value is not None:
                page.write_number(row, column, value)
    for chart in sheet.charts:
        page.insert_chart(chart.anchor, _chart(book, sheet, chart), {"description": chart.title})


def _chart(book: Any, sheet: ChartSheet, chart: Chart) -> Any:
    kinds = {ChartKind.STACKED: {"type": "column", "subtype": "stacked"}, ChartKind.SCATTER: {"type": "scatter", "subtype": "marker_only"}}
    made = book.add_chart(kinds.get(chart.kind, {"type": chart.kind.value}))
    last = chart.last if chart.last >= 0 else len(sheet.cells[chart.categories]) - 1
    rows = sheet.header_row + 1 + chart.first, sheet.header_row + 1 + last
    for number, column in enumerate(chart.series):
        made.add_series({
            "name": [sheet.name, sheet.header_row, column],
            "categories": [sheet.name, rows[0], chart.categories, rows[1], chart.categories],
            "values": [sheet.name, rows[0], column, rows[1], column],
            **_series_look(chart, _COLOURS[number % len(_COLOURS)]),
            **({"data_labels": {"value": True, "font": {"size": 9, "color": _TEXT}}} if chart.has_labels else {}),
        })  # fmt: skip
    made.set_title({"name": chart.title, "overlay": False, "name_font": {"size": 13, "bold": True, "color": _TEXT}})
    categories: dict[str, Any] = {"name": chart.x_title, **_axis_look()}
    values: dict[str, Any] = {"name": chart.y_title, "num_format": sheet.axis_formats[chart.series[0]], **_axis_look(), **_grid_look()}
    values["line"] = {"none": True}
    if chart.has_labels:
        values["min"] = 0
    if chart.kind is ChartKind.SCATTER:
        categories |= {"num_format": sheet.axis_formats[chart.categories], **_grid_look()}
    if chart.kind is ChartKind.BAR:  # first row on top, numbers below; XlsxWriter names the axes by where they lie
        categories |= {"reverse": True, "crossing": "max", "major_gridlines": {"visible": False}}
        made.set_x_axis(values | {"label_position": "next_to"})
        made.set_y_axis(categories)
    else:
        made.set_x_axis(categories)
        made.set_y_axis(values)
    made.set_legend({"position": "bottom", "font": {"size": 9, "color": _TEXT}} if len(chart.series) > 1 else {"none": True})
    made.set_chartarea({"border": {"color": "#C9D1D9"}})
    made.set_size({"width": chart.width, "height": chart.height})
    return made


def _series_look(chart: Chart, colour: str) -> dict[str, Any]:
    if chart.kind is ChartKind.SCATTER:
        fill = {"color": colour, "transparency": 40}
        return {"marker": {"type": "circle", "size": 5, "fill": fill, "border": {"color": colour, "transparency": 40}}}
    gaps = {ChartKind.COLUMN: 25, ChartKind.BAR: 45, ChartKind.STACKED: 60}
    return {"fill": {"color": colour}, "border": {"none": True}, "gap": gaps[chart.kind]}


def _axis_look() -> dict[str, Any]:
    return {
        "name_font": {"size": 10, "bold": False, "color": _TEXT}, "num_font": {"size": 9, "color": _TEXT},
        "line": {"color": "#9AA5B1"}, "major_tick_mark": "none", "minor_tick_mark": "none", "label_position": "low",
    }  # fmt: skip


def _grid_look() -> dict[str, Any]:
    return {"major_gridlines": {"visible": True, "line": {"color": _LINES, "width": 0.75}}}
