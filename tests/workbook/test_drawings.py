"""Charts carried into a large file: the parts and their relations, the place in the sheet, and that nothing else changes."""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from openpyxl import load_workbook

from perfeval_xl.workbook.drawings import Chart, ChartKind, spliced, with_drawing
from perfeval_xl.workbook.tablecells import Cell, Linked
from perfeval_xl.workbook.tablelook import ColumnKind
from perfeval_xl.workbook.tables import Column, TableSheet, write_tables
from perfeval_xl.workbook.xmlparts import XmlError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
COLUMNS = (
    Column("部门", 20),
    Column("产出", 8, ColumnKind.SCORE),
    Column("效益", 8, ColumnKind.SCORE),
    Column("执行率", 10, ColumnKind.PERCENT),
    Column("打开", 8, ColumnKind.LINK),
)
ROWS: list[tuple[Cell, ...]] = [(f"=部门{i}", 10 + i, 20 - i, i / 4, Linked("打开", f"external:{i}.xlsx#'表'!A1")) for i in range(4)]


def book(path: Path, *charts: Chart, name: str = "图's 表", note: str = "") -> Path:
    write_tables(path, [
        TableSheet("明细", "明细", COLUMNS, ROWS, 4),
        TableSheet(name, "图表", COLUMNS, ROWS, 4, note, charts=charts),
        TableSheet("又一张", "图表", COLUMNS, ROWS, 4, charts=charts[:1]),
    ])  # fmt: skip
    return path


def charts_on(page: Any) -> list[Any]:
    return list(page._charts)


EVERY = (
    Chart(ChartKind.COLUMN, "得分 <分布>", 0, (1,), "G3", "部门", "得分"),
    Chart(ChartKind.STACKED, "分项", 0, (1, 2), "Q3"),
    Chart(ChartKind.BAR, "前两名", 0, (2,), "G22", "", "得分", 0, 1),
    Chart(ChartKind.SCATTER, "执行与得分", 3, (1,), "Q22", "执行率", "得分", 1),
)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert len(set(archive.namelist())) == len(archive.namelist())
        return {name: archive.read(name) for name in archive.namelist()}


def charts_of(path: Path) -> list[ET.Element]:
    found = parts(path)
    return [ET.fromstring(found[f"xl/charts/chart{i}.xml"]) for i in range(1, sum(n.startswith("xl/charts/chart") for n in found) + 1)]  # noqa: S314


def test_every_relation_leads_to_a_part_and_every_part_has_a_type(tmp_path: Path) -> None:
    found = parts(book(tmp_path / "t.xlsx", *EVERY))
    types = ET.fromstring(found["[Content_Types].xml"])  # noqa: S314
    named = {e.get("PartName", "").lstrip("/"): e.get("ContentType", "") for e in types if e.tag.endswith("Override")}
    endings = {e.get("Extension", "") for e in types if e.tag.endswith("Default")}
    assert all(name in named or name.rpartition(".")[2] in endings for name in found if name != "[Content_Types].xml")
    assert set(named) <= set(found)
    drawn = {name: kind.rpartition("+")[0].rpartition(".")[2] for name, kind in named.items() if "/drawings/" in name or "/charts/" in name}
    assert drawn == {**{f"xl/drawings/drawing{i}.xml": "drawing" for i in (1, 2)}, **{f"xl/charts/chart{i}.xml": "chart" for i in range(1, 6)}}
    reached = set()
    for name in [n for n in found if n.endswith(".rels")]:
        folder = posixpath.dirname(posixpath.dirname(name))
        relations = list(ET.fromstring(found[name]))  # noqa: S314
        assert len({r.get("Id") for r in relations}) == len(relations)
        reached |= {posixpath.normpath(posixpath.join("/", folder, r.get("Target", ""))).lstrip("/") for r in relations if r.get("TargetMode") != "External"}
    assert reached == {n for n in found if not n.endswith(".rels") and n != "[Content_Types].xml"}


def test_a_sheet_keeps_its_links_beside_its_charts(tmp_path: Path) -> None:
    found = parts(book(tmp_path / "t.xlsx", *EVERY))
    relations = re.findall(rb'Id="(\w+)" Type="[^"]*/(\w+)" Target="([^"]*)"', found["xl/worksheets/_rels/sheet2.xml.rels"])
    assert [(t, f) for _, t, f in relations] == [(b"hyperlink", f"{i}.xlsx".encode()) for i in range(4)] + [(b"drawing", b"../drawings/drawing1.xml")]
    assert [name for name, data in found.items() if b"<drawing " in data] == ["xl/worksheets/sheet2.xml", "xl/worksheets/sheet3.xml"]


@pytest.mark.parametrize(("note", "top"), [("", 3), ("一条说明", 4)])
def test_series_refer_to_the_rows_and_keep_copies_of_their_values(tmp_path: Path, note: str, top: int) -> None:
    charts = charts_of(book(tmp_path / "t.xlsx", *EVERY, note=note))
    found = [[f.text for f in chart.iter(f"{CHART}f")] for chart in charts[:4]]
    quoted, last = "'图''s 表'", top + 3

    def of(column: str, first: int, end: int) -> str:
        return f"{quoted}!${column}${first}:${column}${end}"

    def head(column: str) -> str:
        return f"{quoted}!${column}${top - 1}"

    assert found == [
        [head("B"), of("A", top, last), of("B", top, last)],
        [head("B"), of("A", top, last), of("B", top, last), head("C"), of("A", top, last), of("C", top, last)],
        [head("C"), of("A", top, top + 1), of("C", top, top + 1)],
        [head("B"), of("D", top + 1, last), of("B", top + 1, last)],
    ]
    assert [v.text for v in charts[0].iter(f"{CHART}v")] == ["产出", "=部门0", "=部门1", "=部门2", "=部门3", "10", "11", "12", "13"]
    assert [v.text for v in charts[3].iter(f"{CHART}v")] == ["产出", "0.25", "0.5", "0.75", "11", "12", "13"]


def test_a_chart_leaves_out_what_is_no_number(tmp_path: Path) -> None:
    rows: list[tuple[Cell, ...]] = [("甲", 1), ("乙", None), (None, float("nan")), ("丁", Decimal("Infinity")), ("戊", Decimal("2.5"))]
    columns = Column("部门"), Column("得分", 8, ColumnKind.SCORE)
    write_tables(tmp_path / "t.xlsx", [TableSheet("表", "题", columns, rows, 5, charts=[Chart(ChartKind.COLUMN, "图", 0, (1,), "D3")])])
    (chart,) = charts_of(tmp_path / "t.xlsx")
    assert [(p.get("idx"), p.findtext(f"{CHART}v")) for p in chart.iter(f"{CHART}pt")] == [
        ("0", "得分"), ("0", "甲"), ("1", "乙"), ("3", "丁"), ("4", "戊"), ("0", "1"), ("4", "2.5"),
    ]  # fmt: skip


def test_each_kind_is_drawn_as_it_is_named(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", *EVERY)
    page = load_workbook(path).worksheets[1]
    drawn = [(c.tagname, getattr(c, "grouping", None), getattr(c, "barDir", None)) for c in charts_on(page)]
    assert drawn == [("barChart", "clustered", "col"), ("barChart", "stacked", "col"), ("barChart", "clustered", "bar"), ("scatterChart", None, None)]
    assert [(c.anchor._from.col, c.anchor._from.row) for c in charts_on(page)] == [(6, 2), (16, 2), (6, 21), (16, 21)]
    charts = charts_of(path)
    titles = ["".join(t.text or "" for t in chart.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}t")) for chart in charts]
    assert titles == ["得分 <分布>部门得分", "分项", "前两名得分", "执行与得分执行率得分", "得分 <分布>部门得分"]
    assert [len(list(c.iter(f"{CHART}legend"))) for c in charts] == [0, 1, 0, 0, 0]
    bar = ET.tostring(charts[2], encoding="unicode")
    assert ('orientation val="maxMin"' in bar.replace("ns0:", ""), 'crosses val="max"' in bar.replace("ns0:", "")) == (True, True)


@pytest.mark.parametrize(("count", "height"), [(60, "1"), (61, "0")])
def test_a_small_sheet_with_charts_prints_on_one_page(tmp_path: Path, count: int, height: str) -> None:
    chart = Chart(ChartKind.COLUMN, "图", 0, (1,), "G3")
    write_tables(tmp_path / "t.xlsx", [TableSheet("表", "题", COLUMNS, ROWS[:1] * count, count, charts=[chart])])
    setup = load_workbook(tmp_path / "t.xlsx").worksheets[0].page_setup
    assert str(1 if setup.fitToHeight is None else setup.fitToHeight) == height


def test_corners_follow_the_heights_of_the_title_and_the_headings(tmp_path: Path) -> None:
    high = Chart(ChartKind.COLUMN, "图", 0, (1,), "A1", width=100, height=38 + 28 + 20 + 20)  # a title of 28 points, headings of 21.5, rows of 15
    (page,) = [s for s in load_workbook(book(tmp_path / "t.xlsx", high)).worksheets if s.title == "图's 表"]
    (chart,) = charts_on(page)
    assert (chart.anchor.to.row, chart.anchor.to.rowOff) == (4, 0)


def test_charts_stand_on_the_first_sheet_of_those_that_go_on(tmp_path: Path) -> None:
    chart = Chart(ChartKind.COLUMN, "图", 0, (1,), "G3")
    write_tables(tmp_path / "t.xlsx", [TableSheet("表", "题", COLUMNS, ROWS, 4, charts=[chart])], most_rows=5)
    assert [len(charts_on(page)) for page in load_workbook(tmp_path / "t.xlsx").worksheets] == [1, 0]
    assert [f.text for f in charts_of(tmp_path / "t.xlsx")[0].iter(f"{CHART}f")] == ["表!$B$3", "表!$A$4:$A$5", "表!$B$4:$B$5"]


def test_corners_follow_the_widths_of_the_table(tmp_path: Path) -> None:
    narrow = Chart(ChartKind.COLUMN, "图", 0, (1,), "A9", width=302, height=100)  # A is 20 wide, 145 pixels; B and C 8, 61 each
    (page,) = [s for s in load_workbook(book(tmp_path / "t.xlsx", narrow)).worksheets if s.title == "图's 表"]
    assert (charts_on(page)[0].anchor.to.col, charts_on(page)[0].anchor.to.row) == (3, 13)


# ---- the drawing's place ----------------------------------------------------------------------------------------------

PLACES = [
    ("<sheetData/><pageMargins/>|", ""),
    ("<sheetData/><ignoredErrors/>|<extLst><ext/></extLst>", ""),
    ("<sheetData/><conditionalFormatting><cfRule><extLst/></cfRule></conditionalFormatting><pageSetup/>|<tableParts/><extLst/>", ""),
    ("<sheetData/>|<legacyDrawing/>", ""),
    ("<x:sheetData/>|<x:extLst/>", "x:"),
]


@pytest.mark.parametrize(("inner", "prefix"), PLACES)
def test_a_drawing_stands_where_the_schema_wants_it(inner: str, prefix: str) -> None:
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    whole = f'<{prefix}worksheet {name}="{MAIN}">{inner}</{prefix}worksheet>'
    found = with_drawing(whole.replace("|", "").encode(), "rId7").decode()
    before, behind = whole.split("|")
    relation = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId7"'
    assert found == f"{before}<{prefix}drawing {relation}/>{behind}"


def test_a_sheet_that_is_no_xml_is_refused() -> None:
    with pytest.raises(XmlError):
        with_drawing(b"<worksheet>", "rId1")


# ---- the zip ----------------------------------------------------------------------------------------------------------


def packed(members: Mapping[str, bytes], path: Path, *, streamed: bool = False) -> Path:
    """streamed: with descriptors behind the data, as a writer makes that cannot go back."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    stream = Pipe() if streamed else io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for i, (name, content) in enumerate(members.items()):
            info = zipfile.ZipInfo(name, (1990, 1, 2, 3, 4, 6))
            info.comment, info.extra = b"c" * i, struct.pack("<HH", 0x7777, 3) + b"xyz"
            archive.writestr(info, content, zipfile.ZIP_DEFLATED if i % 2 else zipfile.ZIP_STORED)
    path.write_bytes(stream.getvalue())
    return path


def stored(path: Path) -> dict[str, tuple[bytes, object, bytes, bytes]]:
    """Bytes as they lie in the file, and what the directory says."""
    data = path.read_bytes()
    found: dict[str, tuple[bytes, object, bytes, bytes]] = {}
    with zipfile.ZipFile(path) as archive:
        for i in archive.infolist():
            sizes = struct.unpack_from("<HH", data, i.header_offset + 26)
            start = i.header_offset + 30 + sum(sizes)
            kept = (i.date_time, i.CRC, i.flag_bits, i.compress_type, i.file_size, i.external_attr)
            found[i.filename] = (data[start : start + i.compress_size], kept, i.extra, i.comment)
    return found


@pytest.mark.parametrize("streamed", [False, True])
def test_other_members_keep_their_stored_bytes(tmp_path: Path, *, streamed: bool) -> None:
    members = {"[Content_Types].xml": b"types" * 50, "大表.xml": b"row" * 1_000_000, "b.xml": b"b" * 999, "c.xml": b"", "d/e.xml": b"e"}
    source = packed(members, tmp_path / "s.zip", streamed=streamed)
    before = source.read_bytes()
    spliced(source, tmp_path / "t.zip", {"b.xml": b"new" * 5, "f.xml": b"f" * 300})
    assert parts(tmp_path / "t.zip") == {**members, "b.xml": b"new" * 5, "f.xml": b"f" * 300}
    assert list(parts(tmp_path / "t.zip")) == [*members, "f.xml"]
    old, new = stored(source), stored(tmp_path / "t.zip")
    assert {n: new[n] for n in members if n != "b.xml"} == {n: old[n] for n in members if n != "b.xml"}
    assert source.read_bytes() == before


def test_nothing_to_put_in_gives_the_same_file(tmp_path: Path) -> None:
    source = packed({"a": b"1" * 100, "b": b"2"}, tmp_path / "s.zip")
    spliced(source, tmp_path / "t.zip", {})
    assert (tmp_path / "t.zip").read_bytes() == source.read_bytes()


def test_a_file_cut_short_while_it_is_copied_is_an_error(tmp_path: Path) -> None:
    source = packed({"a": b"1" * 100}, tmp_path / "s.zip")
    source.write_bytes(source.read_bytes()[:-30])
    with pytest.raises(zipfile.BadZipFile):
        spliced(source, tmp_path / "t.zip", {})
