"""Large workbooks of tables: what stands in which cell, texts that stay texts, links, sheets that go on, rows as they come."""

from __future__ import annotations

import re
import subprocess
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

import perfeval_xl.workbook.tablepages as module
from perfeval_xl.workbook.drawings import Chart, ChartKind
from perfeval_xl.workbook.links import link
from perfeval_xl.workbook.tablecells import MAX_TEXT, Cell, Linked
from perfeval_xl.workbook.tablelook import ColumnKind
from perfeval_xl.workbook.tables import Column, TableSheet, write_tables
from tests.support.office import converted, needs_office

COLUMNS = (
    Column("部门", 20),
    Column("指标数", 8, ColumnKind.COUNT),
    Column("得分", 10, ColumnKind.SCORE, has_bar=True),
    Column("完成率", 10, ColumnKind.PERCENT),
    Column("金额", 14, ColumnKind.MONEY),
    Column("结论", 30, ColumnKind.WRAPPED),
)
ROWS: tuple[tuple[Cell, ...], ...] = (
    ("教育局", 25, Decimal("91.5"), Decimal("0.9134"), Decimal("1234567.89"), "完成较好"),
    ("财政局", 18, Decimal(78), Decimal("1.02"), 0, "第一行\n第二行"),
    ("审计局", 7, None, None, None, None),
)
CHARTS = (
    Chart(ChartKind.COLUMN, "得分分布", 0, (2,), "H3", "部门", "得分"),
    Chart(ChartKind.STACKED, "分项", 0, (1, 2), "R3"),
    Chart(ChartKind.BAR, "指标", 0, (1,), "H22", "", "指标数", 0, 1),
    Chart(ChartKind.SCATTER, "散点", 3, (2,), "R22", "完成率", "得分", 0, 1),
)


def sheet(rows: Sequence[Sequence[Cell]], *columns: Column, **more: Any) -> TableSheet:
    given: dict[str, Any] = {"name": "表", "title": "标题", "columns": columns, "rows": iter(rows), "count": len(rows)}
    return TableSheet(**given | more)


def opened(path: Path) -> Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl does not keep the newer half of data bars, and says so
        return load_workbook(path)


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def column_of(path: Path) -> list[Any]:
    return [row[0].value for row in opened(path).worksheets[0].iter_rows(min_row=3)]


def written(folder: Path, *cells: Cell, kind: ColumnKind = ColumnKind.TEXT) -> Path:
    write_tables(folder / "t.xlsx", [sheet([(c,) for c in cells], Column("列", 20, kind))])
    return folder / "t.xlsx"


def test_a_table_has_its_title_note_headings_and_values(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_tables(path, [sheet(ROWS, *COLUMNS, name="汇总", title="汇总表", note="共 3 个部门。", frozen=1)])
    assert CalamineWorkbook.from_path(path).get_sheet_by_name("汇总").to_python() == [
        ["汇总表", "", "", "", "", ""],
        ["共 3 个部门。", "", "", "", "", ""],
        ["部门", "指标数", "得分", "完成率", "金额", "结论"],
        ["教育局", 25, 91.5, 0.9134, 1234567.89, "完成较好"],
        ["财政局", 18, 78, 1.02, 0, "第一行\n第二行"],
        ["审计局", 7, "", "", "", ""],
    ]
    page: Any = opened(path)["汇总"]
    assert [page.cell(4, c).number_format for c in range(1, 7)] == ["General", "0", "0.00", "0.00%", "#,##0.00", "General"]
    assert (page.freeze_panes, page.auto_filter.ref, page.print_title_rows) == ("B4", "A3:F6", "$3:$3")
    assert sorted(str(r) for r in page.merged_cells.ranges) == ["A1:F1", "A2:F2"]
    setup = page.page_setup
    assert (setup.orientation, str(setup.paperSize), setup.fitToWidth or 1, setup.fitToHeight) == ("landscape", "9", 1, 0)
    assert (page.sheet_properties.pageSetUpPr.fitToPage, page.oddFooter.center.text) == (True, "第 &P 页 共 &N 页")
    head = page["A3"]
    assert (head.font.b, head.font.color.rgb, head.fill.fgColor.rgb, head.alignment.wrap_text) == (True, "FFFFFFFF", "FF1F4E79", True)
    assert (page["A1"].font.name, page["A1"].font.b, page["A4"].font.name, page["F4"].alignment.wrap_text) == ("黑体", True, "宋体", True)
    assert [page.column_dimensions[c].width for c in "AB"] == pytest.approx([20.7, 8.7], abs=0.1)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"http://a\")", "http://a.cn", "007", "1e5", "#REF!"])
def test_whatever_a_text_begins_with_it_stays_a_text(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text, Linked(text, ""))
    xml = part(path, "xl/worksheets/sheet1.xml")
    shown = text.replace("\t", "␉").replace("\r", "␍")
    assert ("<f" in xml, xml.count('t="inlineStr"'), "<hyperlink" in xml) == (False, 4, False)
    assert CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[2:] == [[shown], [shown]]


@pytest.mark.parametrize("text", ["=1+1", "\t=1", "x"])
def test_titles_notes_and_headings_stay_texts_too(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.xlsx"
    write_tables(path, [TableSheet("表", text, [Column(text), Column("二")], [("a", "b")], 1, text)])
    xml = part(path, "xl/worksheets/sheet1.xml")
    assert ("<f" in xml, xml.count(f"<t>{text}</t>".replace("\t", "␉"))) == (False, 3)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("a\x01b\x1f\x7f", "a␁b␟␡"),
        ("a\nb\r\nc", "a\nb\nc"),
        ("\0", "␀"),
        ("\ud800x\udfff", "\ufffdx\ufffd"),
        ("\x85\uffff", "\ufffd\ufffd"),
        ("全角　空格\u200b", "全角　空格\u200b"),
        ("  两头 ", "  两头 "),
        ("_x0041_", "_x0041_"),
        ("<&>\"'", "<&>\"'"),
        ("", None),
        (None, None),
        (True, "是"),
        (False, "否"),
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("NaN"), None),
        (Decimal("sNaN"), None),
        (Decimal("-Infinity"), None),
        (Decimal("1e400"), None),
        (Decimal("0.1"), 0.1),
        (Decimal("123456789012.345"), 123456789012.345),
        (Decimal(1) / 7, 0.142857142857143),
        (Decimal(1234567890123445), 1234567890123450),
        (10**20, 1e20),
        (10**400, None),
        (-3, -3),
    ],
)
def test_what_a_cell_becomes(tmp_path: Path, cell: Cell, found: Any) -> None:
    path = written(tmp_path, "上", cell, "下")
    assert re.search(r"<v>[^<]*(?:inf|nan)", part(path, "xl/worksheets/sheet1.xml"), re.IGNORECASE) is None
    raw = re.search(r'<c r="A4"[^>]*>(?:<is><t[^>]*>(.*?)</t></is>|<v>(.*?)</v>)', part(path, "xl/worksheets/sheet1.xml"), re.DOTALL)
    assert CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[3][0] == ("" if found is None else found)
    assert (raw is None) == (found is None)
    if isinstance(found, float) and raw is not None:
        assert float(raw[2]) == found


@pytest.mark.parametrize(("text", "length", "end"), [("字" * MAX_TEXT, MAX_TEXT, "字"), ("字" * (MAX_TEXT + 1), MAX_TEXT, "…"), ("😀" * 20_000, 16_384, "😀…")])
def test_a_text_too_long_for_a_cell_is_cut(tmp_path: Path, text: str, length: int, end: str) -> None:
    (found,) = column_of(written(tmp_path, text))
    assert (len(found), found[-len(end) :], len(found.encode("utf-16-le")) <= 2 * MAX_TEXT) == (length, end, True)


# ---- sheets that go on ------------------------------------------------------------------------------------------------


def test_rows_beyond_a_sheet_go_on_in_the_next(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    rows = [(f"部门{i}", i) for i in range(11)]
    columns = (Column("部门"), Column("数", 8, ColumnKind.COUNT))
    write_tables(path, [sheet(rows, *columns, name="指标明细", note="说明。"), sheet([("末", 1)], *columns, name="后")], most_rows=8)
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["指标明细", "指标明细 (2)", "指标明细 (3)", "后"]
    pages = [book.get_sheet_by_name(n).to_python() for n in book.sheet_names]
    assert [p[1][0] for p in pages[:3]] == ["说明；第 1 张，共 3 张。", "说明；续表，第 2 张，共 3 张。", "说明；续表，第 3 张，共 3 张。"]
    assert [[tuple(r) for r in p[3:]] for p in pages[:3]] == [rows[:5], rows[5:10], rows[10:]]
    assert all(len(p) <= 8 and p[2] == ["部门", "数"] for p in pages[:3])
    assert pages[3] == [["标题", ""], ["部门", "数"], ["末", 1]]


def test_rows_that_just_fit_need_no_second_sheet(tmp_path: Path) -> None:
    write_tables(tmp_path / "t.xlsx", [sheet([(str(i),) for i in range(5)], Column("列"), note="注")], most_rows=8)
    assert CalamineWorkbook.from_path(tmp_path / "t.xlsx").sheet_names == ["表"]


def test_a_long_name_leaves_room_for_the_number(tmp_path: Path) -> None:
    write_tables(tmp_path / "t.xlsx", [sheet([("a",), ("b",)], Column("列"), name="长" * 31)], most_rows=4)
    assert CalamineWorkbook.from_path(tmp_path / "t.xlsx").sheet_names == ["长" * 31, "长" * 27 + " (2)"]


def test_a_sheet_without_rows_is_a_valid_sheet(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_tables(path, [sheet([], *COLUMNS, note="没有问题。", charts=CHARTS, name="空"), sheet([], Column("只有一列"), name="单")])
    assert CalamineWorkbook.from_path(path).get_sheet_by_name("空").to_python() == [
        ["标题", "", "", "", "", ""], ["没有问题。", "", "", "", "", ""], ["部门", "指标数", "得分", "完成率", "金额", "结论"],
    ]  # fmt: skip
    book = opened(path)
    assert (book["空"].auto_filter.ref, book["单"]["A2"].value, "xl/charts/chart1.xml" in zipfile.ZipFile(path).namelist()) == ("A3:F4", "只有一列", False)


# ---- rows as they come ------------------------------------------------------------------------------------------------


def test_rows_are_taken_once_and_in_the_order_of_the_sheets(tmp_path: Path) -> None:
    log: list[str] = []

    def rows(name: str, count: int) -> Iterator[tuple[str]]:
        log.append(f"{name} starts")
        for i in range(count):
            yield (f"{name}{i}",)
        log.append(f"{name} ends")

    sheets = [TableSheet(n, n, [Column("列")], rows(n, c), c) for n, c in (("甲", 9), ("乙", 0), ("丙", 2))]
    assert log == []
    write_tables(tmp_path / "t.xlsx", sheets, most_rows=7)
    assert log == ["甲 starts", "甲 ends", "乙 starts", "乙 ends", "丙 starts", "丙 ends"]


def test_rows_are_not_gathered_before_they_are_written(tmp_path: Path) -> None:
    alive, most = 0, 0

    class Text(str):
        __slots__ = ()

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def rows() -> Iterator[tuple[str]]:
        nonlocal alive, most
        for i in range(5_000):
            alive += 1
            most = max(most, alive)
            yield (Text(i),)

    write_tables(tmp_path / "t.xlsx", [TableSheet("表", "题", [Column("列")], rows(), 5_000)])
    assert most < 10
    assert column_of(tmp_path / "t.xlsx")[-1] == "4999"


@pytest.mark.parametrize(
    ("count", "message"),
    [(4, "工作表“表”的行数少于事先给出的 4 行。"), (2, "工作表“表”的行数多于事先给出的 2 行。"), (0, "工作表“表”的行数多于事先给出的 0 行。")],
)
def test_rows_that_are_not_as_many_as_said_are_refused(tmp_path: Path, count: int, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        write_tables(tmp_path / "t.xlsx", [sheet([("a",)] * 3, Column("列"), count=count)])
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_rows_comes_through_and_leaves_nothing(tmp_path: Path) -> None:
    def rows() -> Iterator[tuple[str]]:
        yield ("a",)
        raise KeyError("x")

    with pytest.raises(KeyError):
        write_tables(tmp_path / "t.xlsx", [TableSheet("表", "题", [Column("列")], rows(), 2)])
    assert list(tmp_path.iterdir()) == []


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"columns": []}, "工作表“表”没有列。"),
    ({"columns": [Column("列"), Column("列")]}, "工作表“表”有两列都叫“列”。"),
    ({"columns": [Column("列", kind=ColumnKind.LINK), Column("列（显示文字）")]}, "工作表“表”有两列都叫“列（显示文字）”。"),
    ({"name": "a/b"}, "“a/b”不能作工作表的名称。"),
    ({"name": ""}, "“”不能作工作表的名称。"),
    ({"name": "长" * 32}, f"“{'长' * 32}”不能作工作表的名称。"),
    ({"frozen": 2}, "工作表“表”的行数或冻结列数有误。"),
    ({"columns": [Column("列", tints=(('"', "#FFFFFF"),))]}, "工作表“表”着色的文字为空或含有引号。"),
    ({"charts": [Chart(ChartKind.BAR, "图", 0, (1,), "C3")]}, "工作表“表”的图“图”所指的行、列或位置不在表中。"),
    ({"charts": [Chart(ChartKind.BAR, "图", 0, (0,), "C3", last=1)]}, "工作表“表”的图“图”所指的行、列或位置不在表中。"),
    ({"charts": [Chart(ChartKind.BAR, "图", 0, (0,), "3C")]}, "工作表“表”的图“图”所指的行、列或位置不在表中。"),
]


@pytest.mark.parametrize(("change", "message"), MISTAKES)
def test_the_callers_mistakes_are_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        write_tables(tmp_path / "t.xlsx", [sheet([("a",)], Column("列"), **change)])


def test_two_sheets_of_one_name_and_a_book_without_sheets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="两张工作表同名"):
        write_tables(tmp_path / "t.xlsx", [sheet([], Column("列"), name="A"), sheet([], Column("列"), name="a")])
    with pytest.raises(ValueError, match="至少要有一张工作表"):
        write_tables(tmp_path / "t.xlsx", [])


def test_a_row_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        write_tables(tmp_path / "t.xlsx", [sheet([("a", "b")], Column("列"))])


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent"):
        write_tables(tmp_path / "absent" / "t.xlsx", [sheet([], Column("列"))])


def test_the_same_tables_give_the_same_file(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_tables(tmp_path / name, [sheet(ROWS, *COLUMNS, charts=CHARTS)])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert re.findall(r">(\d{4}-[^<]*)<", part(tmp_path / "a.xlsx", "docProps/core.xml")) == ["2026-01-01T00:00:00Z"] * 2


# ---- on paper ---------------------------------------------------------------------------------------------------------

LONG = [("短", "一句话"), ("长", "请用 Excel 打开原文件，另存为后重新报送；压缩包请检查是否完整。" * 2), ("两行", "上\n下"), ("极长", "长" * 5_000)]
WRAPPED = (Column("名", 10), Column("说明", 30, ColumnKind.WRAPPED))


def test_rows_at_hand_are_as_high_as_their_wrapped_texts_need(tmp_path: Path) -> None:
    write_tables(tmp_path / "t.xlsx", [replace(sheet(LONG, *WRAPPED), rows=LONG)], most_rows=6)
    first, second = opened(tmp_path / "t.xlsx").worksheets
    assert [first.row_dimensions[row].height for row in (4, 5, 6)] == [None, 3 + 13.5 * 5, 3 + 13.5 * 2]
    assert second.row_dimensions[4].height == pytest.approx(400, abs=0.5)
    assert {first.cell(5, column).alignment.vertical for column in (1, 2)} == {"top"}
    write_tables(tmp_path / "s.xlsx", [sheet(LONG, *WRAPPED)])  # as they come: Excel does it
    assert all(opened(tmp_path / "s.xlsx").worksheets[0].row_dimensions[row].height is None for row in range(4, 8))


@needs_office
def test_a_wrapped_text_is_printed_to_its_end(tmp_path: Path) -> None:
    rows = [*LONG[:3], ("末", "甲" * 60 + "尾")]
    write_tables(tmp_path / "t.xlsx", [replace(sheet(rows, *WRAPPED), rows=rows)])
    (paper,) = converted([tmp_path / "t.xlsx"], tmp_path, "pdf")
    assert "尾" in subprocess.run(["pdftotext", str(paper), "-"], check=True, capture_output=True, timeout=60).stdout.decode()


def test_charts_can_have_the_paper_to_themselves(tmp_path: Path) -> None:
    charts = [Chart(ChartKind.COLUMN, "一", 0, (1,), "F4", width=640, height=400), Chart(ChartKind.BAR, "二", 0, (1,), "P26", width=700, height=300)]
    columns = (Column("名"), Column("数", 8, ColumnKind.COUNT))
    write_tables(tmp_path / "t.xlsx", [sheet([("甲", 1)] * 100, *columns, charts=charts, prints_charts=True)])
    page = opened(tmp_path / "t.xlsx").worksheets[0]
    assert (page.print_area, page.page_setup.fitToHeight or 1, page.print_title_rows) == ("'表'!$F$4:$AA$42", 1, None)
    write_tables(tmp_path / "u.xlsx", [sheet([("甲", 1)] * 100, *columns, charts=charts)])
    assert not opened(tmp_path / "u.xlsx").worksheets[0].print_area


# ---- links ------------------------------------------------------------------------------------------------------------


def links_of(path: Path) -> dict[str, tuple[str, str]]:
    """Cell → target and place, from the XML itself."""
    relations = {}
    with zipfile.ZipFile(path) as archive:
        if "xl/worksheets/_rels/sheet1.xml.rels" in archive.namelist():
            found = re.findall(r'Id="([^"]+)" Type="[^"]*/hyperlink" Target="([^"]*)" TargetMode="External"', part(path, "xl/worksheets/_rels/sheet1.xml.rels"))
            relations = dict(found)
    out = {}
    for tag in re.findall(r"<hyperlink [^>]*>", part(path, "xl/worksheets/sheet1.xml")):
        attributes = dict(re.findall(r'([a-z:]+)="([^"]*)"', tag))
        out[attributes["ref"]] = (relations.get(attributes.get("r:id", ""), ""), attributes.get("location", ""))
    return out


def test_links_lead_to_files_cells_and_pages(tmp_path: Path) -> None:
    deep = link(str(tmp_path / "部门 1" / "自评#1.xlsx"), tmp_path, "张三's 表", "H12")
    up = link(str(tmp_path.parent / "x.xlsx"), tmp_path, "表", "A1")
    cells = [
        Linked("打开", deep), Linked("上级", up), Linked("本表", "internal:'汇 总'!B2"), Linked("盘", "external:C:/a/b.xlsx#'s'!A1"),
        Linked("共享", "external://srv/d/a.xlsx#'s'!A1"), Linked("网页", "https://a.cn/?x=1&y=2"), "没有链接", None, Linked("空", ""),
    ]  # fmt: skip
    path = written(tmp_path, *cells, kind=ColumnKind.LINK)
    assert links_of(path) == {
        "A3": ("部门%201/自评%231.xlsx", "'张三''s 表'!H12"),
        "A4": ("../x.xlsx", "'表'!A1"),
        "A5": ("", "'汇 总'!B2"),
        "A6": ("file:///C:/a/b.xlsx", "'s'!A1"),
        "A7": (r"file:///\\srv\d\a.xlsx", "'s'!A1"),
        "A8": ("https://a.cn/?x=1&amp;y=2", ""),
    }
    assert column_of(path) == ["打开", "上级", "本表", "盘", "共享", "网页", "没有链接", None, "空"]
    page = opened(path).worksheets[0]
    assert (page.column_dimensions["B"].hidden, page["A3"].font.u, [str(r) for r in page.merged_cells.ranges]) == (True, "single", ["A1:B1"])


@pytest.mark.parametrize(
    "cell",
    [
        Linked("文", "javascript:alert(1)"), Linked("文", "no address"), Linked("文", "external:" + "x" * 2_001), Linked("文", "external:a\x01.xlsx"),
        Linked("", "internal:'表'!A1"), Linked("文", ""), Linked("文", "internal:"), Linked("文", "external:\ud800"),
        Linked("文", r"external:\\evil.example\share\a.xlsx"), Linked("文", r"external:a/\\evil\b.xlsx#'表'!A1"), Linked("文", "external:javascript:alert(1).xlsx"), Linked("文", r"external:C:\Windows\calc.xlsx"),
        Linked("文", "external:C:calc.xlsx"), Linked("文", r"external://srv/d/\\evil\a.xlsx"), Linked("文", r"file:///\\evil\a.xlsx"), Linked("文", "external:a/ms-msdt:/x.xlsx"), Linked("文", "external:///evil/a.xlsx"),
        Linked("文", "external:a%23.xlsx"), Linked("文", "external:12%3A30.xlsx"),
        "http://evil.cn/", " https://evil.cn", "INTERNAL:A1", "mailto:a@b.cn", "file:///etc/passwd", "见 ftp://x",
    ],
)  # fmt: skip
def test_what_is_no_good_link_stays_text(tmp_path: Path, cell: Cell) -> None:
    path = written(tmp_path, cell, kind=ColumnKind.LINK)
    shown = cell.text if isinstance(cell, Linked) else cell
    found = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    values = [row[0].replace("\u200b", "") for row in found[2:] if isinstance(row[0], str)]
    assert (links_of(path), values or [""]) == ({}, [shown])


@pytest.mark.parametrize("sign", [*"%[]^`{}<>\" ", "\u3000", "\u00a0", "（", "# "])
def test_a_name_with_an_odd_sign_is_encoded_once(tmp_path: Path, sign: str) -> None:
    target = link(str(tmp_path / f"甲{sign}乙.xlsx"), tmp_path, "", "")
    path = written(tmp_path, Linked("打开", target), kind=ColumnKind.LINK)
    assert unquote(links_of(path)["A3"][0]) == f"甲{sign}乙.xlsx"


def test_links_beyond_what_a_sheet_holds_stay_text_and_the_note_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINKS", 2)
    path = written(tmp_path, *[Linked(f"第{i}", f"internal:'表'!A{i}") for i in range(1, 5)], kind=ColumnKind.LINK)
    assert links_of(path) == {"A4": ("", "'表'!A1"), "A5": ("", "'表'!A2")}
    assert column_of(path) == ["列", "第1", "第2", "第3", "第4"]
    assert opened(path).worksheets[0]["A2"].value == "Excel 每张工作表最多 2 个链接，超出的行只显示文字"


def test_excels_limit_of_links_is_met_exactly(tmp_path: Path) -> None:
    rows = ((Linked("开", "internal:'表'!A1"),) for _ in range(65_532))
    write_tables(tmp_path / "t.xlsx", [TableSheet("表", "题", [Column("列", 8, ColumnKind.LINK)], rows, 65_532)])
    assert len(links_of(tmp_path / "t.xlsx")) == 65_530


# ---- bars and colours -------------------------------------------------------------------------------------------------


def test_numbers_have_bars_and_grades_have_colours(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    columns = Column("等级", 8, tints=(("优", "#C6EFCE"), ("差", "#F8CBAD"))), Column("得分", 10, ColumnKind.SCORE, has_bar=True)
    write_tables(path, [sheet([("优", 95), ("差", 40)], *columns)])
    rules = {str(r.sqref): [(x.type, x.text) for x in r.rules] for r in opened(path).worksheets[0].conditional_formatting}
    assert rules == {"A3:A4": [("containsText", "优"), ("containsText", "差")], "B3:B4": [("dataBar", None)]}


@needs_office
@pytest.mark.office
def test_libreoffice_opens_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    many = [(f"=部门{i}\x01", i, Linked("打开", "external:a%20b.xlsx#'表'!H12")) for i in range(300)]
    write_tables(path, [
        sheet(ROWS, *COLUMNS, name="图", charts=CHARTS, note="注"),
        sheet(many, Column("部门"), Column("数", 8, ColumnKind.COUNT, has_bar=True), Column("开", 8, ColumnKind.LINK), name="多"),
        sheet([], Column("空列"), name="空"),
    ], most_rows=203)  # fmt: skip
    (again,) = converted([path], tmp_path, "xlsx")
    book: Any = opened(again)
    assert book.sheetnames == ["图", "多", "多 (2)", "空"]
    assert [len(page._charts) for page in book.worksheets] == [4, 0, 0, 0]
    assert [[c.value for c in row] for row in book["图"].iter_rows(min_row=4, max_row=6, max_col=6)] == [
        ["教育局", 25, 91.5, 0.9134, 1234567.89, "完成较好"], ["财政局", 18, 78, 1.02, 0, "第一行\n第二行"], ["审计局", 7, None, None, None, None],
    ]  # fmt: skip
    first = book["多"]["A4"]
    assert (first.value, first.data_type, book["多 (2)"].max_row) == ("=部门0␁", "s", 103)
    place = book["多"]["C4"].hyperlink  # saved one folder deeper
    assert (place.target, place.location, place.display) == ("../a%20b.xlsx", "'表'!H12", "打开")
