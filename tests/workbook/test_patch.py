"""Cells replaced in a sheet part: each form a cell can have, and where missing cells and rows go."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from perfeval_xl.workbook.patch import PatchError, Standing, formula_count, look, patch, traits
from perfeval_xl.workbook.sheetedit import NewValue
from tests.support.rich import MAIN, directory, members, small_book, with_parts, zipped

PART = "xl/worksheets/sheet1.xml"


def sheet(body: str, before: str = "", after: str = "", prefix: str = "") -> bytes:
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    return f'<{prefix}worksheet {name}="{MAIN}">{before}{body}{after}</{prefix}worksheet>'.encode()


def part(data: bytes, name: str = PART) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return archive.read(name)


CELLS: dict[str, tuple[str, NewValue, str]] = {
    "number": ('<c r="B2" s="3"><v>1</v></c>', Decimal("39.90"), '<c r="B2" s="3"><v>39.9</v></c>'),
    "shared string": ('<c r="B2" t="s" s="3"><v>0</v></c>', Decimal(5), '<c r="B2" s="3"><v>5</v></c>'),
    "number to text": ('<c r="B2" s="3"><v>1</v></c>', "98.66%", '<c r="B2" s="3" t="inlineStr"><is><t xml:space="preserve">98.66%</t></is></c>'),
    "inline string": ('<c r="B2" t="inlineStr"><is><t>x</t></is></c>', 7, '<c r="B2"><v>7</v></c>'),
    "formula": ('<c r="B2"><f>A1*2</f><v>1</v></c>', Decimal("0.1"), '<c r="B2"><f>A1*2</f><v>0.1</v></c>'),
    "formula without result": ('<c r="B2"><f>A1*2</f></c>', 3, '<c r="B2"><f>A1*2</f><v>3</v></c>'),
    "formula to text": ('<c r="B2"><f>A1</f><v>1</v></c>', "有 2 项未能计分", '<c r="B2" t="str"><f>A1</f><v>有 2 项未能计分</v></c>'),
    "formula from text": ('<c r="B2" t="str"><f>A1</f><v>x</v></c>', 4, '<c r="B2"><f>A1</f><v>4</v></c>'),
    "formula from error": ('<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', 4, '<c r="B2"><f>1/0</f><v>4</v></c>'),
    "shared formula": ('<c r="B2"><f t="shared" ref="B2:B3" si="0">A1</f><v>1</v></c>', 2, '<c r="B2"><f t="shared" ref="B2:B3" si="0">A1</f><v>2</v></c>'),
    "follower of a shared formula": ('<c r="B2"><f t="shared" si="0"/><v>1</v></c>', 2, '<c r="B2"><f t="shared" si="0"/><v>2</v></c>'),
    "array formula": ('<c r="B2" cm="1"><f t="array" ref="B2">A1</f><v>1</v></c>', 2, '<c r="B2" cm="1"><f t="array" ref="B2">A1</f><v>2</v></c>'),
    "rich value": ('<c r="B2" vm="1" t="e"><v>#VALUE!</v></c>', 2, '<c r="B2"><v>2</v></c>'),
    "self-closing": ('<c r="B2" s="3"/>', 2, '<c r="B2" s="3"><v>2</v></c>'),
    "self-closing with a blank": ('<c r="B2" s="3" />', 2, '<c r="B2" s="3"><v>2</v></c>'),
    "empty": ('<c r="B2" s="3"></c>', 2, '<c r="B2" s="3"><v>2</v></c>'),
    "single quotes and line breaks": ("<c\n r='B2'\tt = 's'\n s='3'><v>0</v></c >", 2, "<c\n r='B2'\n s='3'><v>2</v></c>"),
    "an attribute that only ends in t": ('<c r="B2" xmlns:q="u" q:t="s" s="1"><v>0</v></c>', 2, '<c r="B2" xmlns:q="u" q:t="s" s="1"><v>2</v></c>'),
    "extensions": ('<c r="B2"><v>1</v><extLst><ext uri="u"/></extLst></c>', 2, '<c r="B2"><v>2</v><extLst><ext uri="u"/></extLst></c>'),
    "cleared": ('<c r="B2" s="3" t="s"><v>0</v></c>', None, '<c r="B2" s="3"/>'),
    "boolean": ('<c r="B2"><v>0</v></c>', True, '<c r="B2" t="b"><v>1</v></c>'),
    "float": ('<c r="B2"><v>0</v></c>', 0.1, '<c r="B2"><v>0.1</v></c>'),
    "dollar address in lower case": ('<c r="$b$2"><v>0</v></c>', 1, '<c r="$b$2"><v>1</v></c>'),
}  # fmt: skip


@pytest.mark.parametrize("case", CELLS)
def test_only_the_value_of_the_cell_changes(case: str) -> None:
    old, value, new = CELLS[case]
    frame = '<sheetData>\r\n <row r="2" spans="1:9"><c r="A2"/>{}<!-- B2 --><c r="C2"/></row>\n</sheetData>'
    done = patch(small_book(sheet(frame.format(old))), {"表": {"B2": value}})
    assert part(done).decode() == sheet(frame.format(new)).decode()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "'x", "<&>\"]]>", " x ", "a\nb", "a\rb", "_x0041_", "𠮷", "="])
def test_text_stays_text_whatever_it_starts_with(text: str) -> None:
    done = patch(small_book(sheet('<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>')), {"表": {"A1": text, "B3": text}})
    found = [t.text for t in ElementTree.fromstring(part(done)).iter(f"{{{MAIN}}}t")]  # noqa: S314  # our own output
    assert found == [text.replace("_x0041_", "_x005F_x0041_")] * 2  # _x0041_ in a file means A: the underline is escaped
    assert part(done).count(b't="inlineStr"') == 2
    assert b"<f" not in part(done)
    assert load_workbook(io.BytesIO(done))["表"]["A1"].value == found[0]


ROWS: dict[str, tuple[str, dict[str, NewValue], str]] = {
    "in the middle of a row": ('<row r="2"><c r="A2"/><c r="D2"/></row>', {"B2": 1, "C2": 2}, '<row r="2"><c r="A2"/><c r="B2"><v>1</v></c><c r="C2"><v>2</v></c><c r="D2"/></row>'),
    "at the start": ('<row r="2"><c r="B2"/></row>', {"A2": 1}, '<row r="2"><c r="A2"><v>1</v></c><c r="B2"/></row>'),
    "at the end, before extensions": ('<row r="2"><c r="B2"/><extLst/></row>', {"AA2": 1}, '<row r="2"><c r="B2"/><c r="AA2"><v>1</v></c><extLst/></row>'),
    "an empty row": ('<row r="2" ht="9"></row>', {"B2": 1}, '<row r="2" ht="9"><c r="B2"><v>1</v></c></row>'),
    "a self-closing row": ('<row r="2" ht="9" />', {"B2": 1, "A2": 2}, '<row r="2" ht="9"><c r="A2"><v>2</v></c><c r="B2"><v>1</v></c></row>'),
    "spans widened": ('<row r="2" spans="2:2"><c r="B2"/></row>', {"D2": 1}, '<row r="2" spans="2:4"><c r="B2"/><c r="D2"><v>1</v></c></row>'),
    "the style of the row": ('<row r="2" s="5" customFormat="1"/>', {"B2": 1}, '<row r="2" s="5" customFormat="1"><c r="B2" s="5"><v>1</v></c></row>'),
    "a row between": ('<row r="1"/><row r="4"/>', {"B2": 1, "A3": 2}, '<row r="1"/><row r="2"><c r="B2"><v>1</v></c></row><row r="3"><c r="A3"><v>2</v></c></row><row r="4"/>'),
    "a row after all": ('<row r="1"/>', {"B9": 1}, '<row r="1"/><row r="9"><c r="B9"><v>1</v></c></row>'),
    "a row before all": ('<row r="9"/>', {"B1": 1}, '<row r="1"><c r="B1"><v>1</v></c></row><row r="9"/>'),
    "rows and cells without numbers": ("<row><c/><c><v>1</v></c></row><row><c/></row>", {"B1": 5, "C2": 6},
                                       '<row><c/><c><v>5</v></c></row><row><c/><c r="C2"><v>6</v></c></row>'),
    "numbers only now and then": ('<row r="3"><c/></row><row><c r="C4"/><c/></row>', {"D4": 5, "B4": 6},
                                  '<row r="3"><c/></row><row><c r="B4"><v>6</v></c><c r="C4"/><c><v>5</v></c></row>'),
    "nothing to clear": ('<row r="2"/>', {"B2": None, "B7": None}, '<row r="2"/>'),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
def test_missing_cells_and_rows_go_where_they_belong(case: str) -> None:
    old, values, new = ROWS[case]
    done = patch(small_book(sheet(f"<sheetData>{old}</sheetData>")), {"表": values})
    assert part(done).decode() == sheet(f"<sheetData>{new}</sheetData>").decode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<sheetData/>", '<sheetData><row r="2"><c r="B2"><v>1</v></c></row><row r="3"><c r="A3"><v>2</v></c></row></sheetData>'),
        ("<sheetData></sheetData>", '<sheetData><row r="2"><c r="B2"><v>1</v></c></row><row r="3"><c r="A3"><v>2</v></c></row></sheetData>'),
    ],
)
def test_an_empty_sheet_takes_rows(old: str, new: str) -> None:
    assert part(patch(small_book(sheet(old)), {"表": {"A3": 2, "B2": 1}})) == sheet(new)


@pytest.mark.parametrize(
    ("old", "new"),
    [('<dimension ref="A1:B2"/>', '<dimension ref="A1:C9"/>'), ('<dimension ref="A1"/>', '<dimension ref="A1"/>'), ("", ""),
     ('<dimension ref="A1:Z99"/>', '<dimension ref="A1:Z99"/>'), ('<dimension ref="x"/>', '<dimension ref="x"/>'),
     ('<dimension ref="B2:C3"></dimension>', '<dimension ref="B2:C9"></dimension>')],
)  # fmt: skip
def test_the_used_range_holds_new_cells_but_is_not_mended(old: str, new: str) -> None:
    """WPS writes A1 for every sheet."""
    done = patch(small_book(sheet('<sheetData><row r="1"/></sheetData>', old)), {"表": {"C9": 1}})
    assert part(done) == sheet('<sheetData><row r="1"/><row r="9"><c r="C9"><v>1</v></c></row></sheetData>', new)


def test_a_missing_cell_takes_the_style_of_its_column() -> None:
    columns = '<cols><col min="2" max="4" style="7"/></cols>'
    done = patch(small_book(sheet("<sheetData/>", columns)), {"表": {"C1": 1, "E1": 2}})
    assert part(done) == sheet('<sheetData><row r="1"><c r="C1" s="7"><v>1</v></c><c r="E1"><v>2</v></c></row></sheetData>', columns)


def test_prefixed_elements_get_prefixed_children() -> None:
    old = '<x:sheetData><x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row></x:sheetData>'
    new = ('<x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row><x:row r="2"><x:c r="A2" t="inlineStr"><x:is><x:t xml:space="preserve">甲</x:t></x:is>'
           "</x:c></x:row></x:sheetData>")  # fmt: skip
    assert part(patch(small_book(sheet(old, prefix="x:")), {"表": {"A1": 1, "A2": "甲"}})) == sheet(new, prefix="x:")


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk", "utf-8-sig", "iso-8859-1", "us-ascii"])
def test_a_part_keeps_its_encoding(codec: str) -> None:
    declared = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(codec, codec)
    wide = "" if codec in {"iso-8859-1", "us-ascii"} else "甲"
    frame = f'<?xml version="1.0" encoding="{declared}"?><worksheet xmlns="{MAIN}"><!-- {wide} --><sheetData><row r="1">{{}}</row></sheetData></worksheet>'
    old = frame.format('<c r="A1"><v>1</v></c>').encode(codec)
    done = part(patch(small_book(old), {"表": {"A1": "乙"}}))
    shown = "&#20057;" if not wide else "乙"
    assert done == frame.format(f'<c r="A1" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>').encode(codec)


@pytest.mark.parametrize(
    ("where", "target"),
    [(PART, "worksheets/sheet1.xml"), (PART, "/xl/worksheets/sheet1.xml"), ("sheets/a b.xml", "../sheets/a%20b.xml"), ("XL/Worksheets/Sheet1.XML", "worksheets/sheet1.xml"),
     ("xl/表一.xml", "表一.xml"), ("xl\\s.xml", "s.xml"), (PART, "./worksheets/./sheet1.xml")],
)  # fmt: skip
def test_a_sheet_is_found_through_its_relation(where: str, target: str) -> None:
    old = sheet('<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>')
    done = patch(small_book(old, part=where, target=target, name="一 & 二"), {"一 & 二": {"A1": 2}})
    assert part(done, where) == sheet('<sheetData><row r="1"><c r="A1"><v>2</v></c></row></sheetData>')


def test_a_value_that_stands_there_already_changes_no_byte() -> None:
    data = small_book(sheet('<sheetData><row r="1"><c r="A1"><v>39.9</v></c></row></sheetData>'))
    assert patch(data, {"表": {"A1": Decimal("39.90")}}) == data
    assert patch(data, {"表": {}}) == data
    assert patch(data, {}) == data


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"表": {"A0": 1}}, "工作表“表”没有单元格“A0”。"), ({"表": {"XFE1": 1}}, "没有单元格“XFE1”"), ({"表": {"A1048577": 1}}, "没有单元格“A1048577”"),
     ({"表": {"A1": 1, "$A$1": 2}}, "工作表“表”的同一单元格有两个新值。"), ({"表": {"A1": "\x00"}}, "工作表“表”的新值无法写入：文字中有不能写入单元格的控制字符。"),
     ({"表": {"A1": "x" * 32_768}}, "工作表“表”的新值无法写入：文字有 32768 个字，超过单元格的上限 32767 个。"),
     ({"表": {"A1": Decimal("NaN")}}, "工作表“表”的新值无法写入：“NaN”不是有限的数。"), ({"表": {"A1": float("inf")}}, "“inf”不是有限的数")],
)  # fmt: skip
def test_what_no_cell_can_hold_is_refused(changes: dict[str, dict[str, NewValue]], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("$", r"\$")):
        patch(small_book(sheet("<sheetData/>")), changes)


def test_a_sheet_that_is_not_there_is_refused() -> None:
    with pytest.raises(PatchError, match=r"找不到工作表“别的表”的内容，不能原样修改。请用 Excel 或 WPS 打开原文件，另存为 .xlsx 后再试。"):
        patch(small_book(sheet("<sheetData/>")), {"别的表": {"A1": 1}})


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_other_members_lie_in_the_file_as_before(method: int) -> None:
    data = small_book(sheet("<sheetData/>"), method=method)
    done = patch(data, {"表": {"A1": 1}})
    before, after = members(data), members(done)
    assert list(before) == list(after)
    assert [n for n in before if before[n] != after[n]] == [PART]
    assert directory(data) == directory(done)
    assert done.endswith(b"as sent")


class _Pipe(io.RawIOBase):
    """Cannot go back: a zip written here carries sizes behind its data."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.data += bytes(data)  # type: ignore[call-overload]
        return len(bytes(data))  # type: ignore[call-overload]


@pytest.mark.parametrize("force", [False, True])
def test_streamed_and_large_form_archives_are_kept(force: bool) -> None:  # noqa: FBT001  # parametrized
    source = zipfile.ZipFile(io.BytesIO(small_book(sheet("<sheetData/>"))))
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            with archive.open(name, "w", force_zip64=force) as stream:
                stream.write(source.read(name))
    data = bytes(pipe.data)
    done = patch(data, {"表": {"A1": 1}})
    before, after = members(data), members(done)
    assert [n for n in before if before[n] != after[n]] == [PART]
    assert b'<c r="A1"><v>1</v></c>' in part(done)
    _, _, flags, _, _, _, checksum, stored, real, name, extra = struct.unpack_from("<4s5H3I2H", after[PART])
    assert (flags & 8, checksum, real, extra) == (0, zlib.crc32(part(done)), len(part(done)), 0)  # sizes stand in the header, nothing behind the data
    assert len(after[PART]) == 30 + name + stored
    assert patch(done, {"表": {"A1": 2}}) != done


def test_an_archive_in_the_large_form_throughout_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some writers use 64-bit places for small files as well."""
    data = small_book(sheet("<sheetData/>"))
    source = zipfile.ZipFile(io.BytesIO(data))
    contents = {n: source.read(n) for n in source.namelist()}
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 0)
    large = zipped(contents)
    monkeypatch.undo()
    assert b"PK\6\6" in large
    done = patch(large, {"表": {"A1": 1}})
    before, after = members(large), members(done)
    assert [n for n in before if before[n] != after[n]] == [PART]
    assert b'<c r="A1"><v>1</v></c>' in part(done)


def test_what_the_file_says_of_a_cell() -> None:
    styles = (f'<styleSheet xmlns="{MAIN}"><numFmts count="3"><numFmt numFmtId="170" formatCode="0.0%;[红色]-0.0%"/><numFmt numFmtId="171" formatCode="0&quot;%&quot;"/>'
              '<numFmt numFmtId="172" formatCode="0\\%"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>'
              '<cellXfs><xf numFmtId="0"/><xf numFmtId="10"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="172"/></cellXfs></styleSheet>')  # fmt: skip
    cells = "".join(f'<c r="{c}1" s="{i}"><f>1</f></c>' for i, c in enumerate("ABCDE"))
    book = with_parts(small_book(sheet(f'<sheetData><row r="1">{cells}<c r="F1" s="1"/></row></sheetData>')), {"xl/styles.xml": styles.encode()}, {}, {})
    source = zipfile.ZipFile(io.BytesIO(book))
    contents = {n: source.read(n) for n in source.namelist()}
    relations = contents["xl/_rels/workbook.xml.rels"].replace(b"</Rel", b'<Relationship Id="rId9" Type="urn:x/styles" Target="styles.xml"/></Rel')
    book = zipped(contents | {"xl/_rels/workbook.xml.rels": relations})
    found = look(book, {"表": ["A1", "B1", "C1", "D1", "E1", "F1", "G1"]})
    assert list(found.values()) == [
        Standing(exists=True, is_formula=True, is_percent=False), Standing(exists=True, is_formula=True, is_percent=True),
        Standing(exists=True, is_formula=True, is_percent=True), Standing(exists=True, is_formula=True, is_percent=False),
        Standing(exists=True, is_formula=True, is_percent=False), Standing(exists=True, is_formula=False, is_percent=True),
        Standing(exists=False, is_formula=False, is_percent=False),
    ]  # fmt: skip
    assert formula_count(book) == 5
    assert traits(book) == (".xlsx", False)
