"""Files that mean harm, or are broken: refused in bounded time and memory with one Chinese sentence, never half changed."""

from __future__ import annotations

import io
import resource
import struct
import time
import zipfile
from contextlib import suppress

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from perfeval_xl.workbook import package
from perfeval_xl.workbook.patch import PatchError, look, patch, traits
from tests.support.rich import DECLARATION, FORM, MAIN, RELATIONS, rich_form, small_book, zipped

ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'
LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))


def sheet(body: str, before: str = "") -> bytes:
    return f'{before}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'.encode()


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {n: archive.read(n) for n in archive.namelist()}


def duplicated(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"x")
    return out.getvalue()


def flagged(data: bytes, bit: int) -> bytes:
    """Every member marked in its directory record and its header."""
    out = bytearray(data)
    for mark, offset in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        at = out.find(mark)
        while at >= 0:
            out[at + offset] |= bit
            at = out.find(mark, at + 4)
    return bytes(out)


def overlapping(data: bytes) -> bytes:
    """The second member's record says that it starts where the first one does."""
    out = bytearray(data)
    first = out.find(b"PK\1\2")
    second = out.find(b"PK\1\2", first + 4)
    out[second + 42 : second + 46] = out[first + 42 : first + 46]
    return bytes(out)


GOOD = small_book(sheet(ROW))
REFUSED = {
    "entities that grow": (small_book(sheet('<row r="1"><c r="A1" t="str"><v>&l9;</v></c></row>', f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>')), "含有不应出现的文档类型声明（DOCTYPE）"),
    "an outside entity": (small_book(sheet(ROW, '<!DOCTYPE x SYSTEM "file:///etc/hosts">')), "含有不应出现的文档类型声明（DOCTYPE）"),
    "entities in the workbook part": (zipped(contents(GOOD) | {"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]>' + contents(GOOD)["xl/workbook.xml"]}), "DOCTYPE"),
    "deep nesting": (small_book(sheet("<a>" * 100_000 + "</a>" * 100_000)), "嵌套超过 256 层"),
    "not well-formed": (small_book(sheet(ROW + "<row>")), "第 1 行不是格式正确的 XML"),
    "cut off": (small_book(sheet(ROW)[:-9]), "不是格式正确的 XML"),
    "an address elsewhere": (small_book(sheet('<row r="1"><c r="B7"/></row>')), "第 1 行中有地址为“B7”的单元格"),
    "an address outside": (small_book(sheet('<row r="1"><c r="D99999999999"/></row>')), "第 1 行中有地址为“D99999999999”的单元格"),
    "a row outside": (small_book(sheet('<row r="9999999"/>')), "行号“9999999”有误"),
    "a row in words": (small_book(sheet('<row r="一"/>')), "行号“一”有误"),
    "a row twice": (small_book(sheet(ROW + '<row r="1"/>')), "第 1 行出现了两次"),
    "a cell twice": (small_book(sheet('<row r="1"><c r="A1"/><c r="A1"/></row>')), "单元格“A1”出现了两次"),
    "two bodies": (small_book(f'<worksheet xmlns="{MAIN}"><sheetData/><sheetData/></worksheet>'.encode()), "有两份数据区"),
    "no body": (small_book(f'<worksheet xmlns="{MAIN}"/>'.encode()), "没有数据区"),
    "a chart sheet": (small_book(f'<chartsheet xmlns="{MAIN}"/>'.encode()), "不是工作表"),
    "another language": (small_book(b"<html/>"), "不是工作表"),
    "an unknown encoding": (small_book(sheet(ROW, '<?xml version="1.0" encoding="ebcdic-us"?>')), "采用了少见的文字编码“ebcdic-us”"),
    "another encoding than declared": (small_book(sheet(ROW, '<?xml version="1.0" encoding="gb18030"?><!-- 字 -->')[:-3] + b"\xff\xff>"), "文字编码有误"),
    "half a UTF-16 character": (small_book(sheet(ROW).decode().encode("utf-16") + b"\0"), "文字编码有误"),
    "something before the package": (b"MZ" + GOOD, "文件不是 .xlsx 或 .xlsm 工作簿"),
    "something behind the package": (GOOD + b"x", "其压缩结构不完整"),
    "something in the package": (GOOD.replace(b"PK\1\2", b"xPK\1\2", 1), "其压缩结构不完整"),
    "half a package": (GOOD[: len(GOOD) // 2], "其压缩结构不完整"),
    "no directory": (b"PK\3\4" + bytes(40), "其压缩结构不完整"),
    "nothing": (b"", "文件不是 .xlsx 或 .xlsm 工作簿"),
    "an old or encrypted workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "文件不是 .xlsx 或 .xlsm 工作簿"),
    "a name twice": (duplicated(GOOD), "文件内有两个同名的部件"),
    "a zip password": (flagged(GOOD, 1), "文件设有压缩包密码"),
    "members in each other": (overlapping(GOOD), "其压缩结构不完整"),
    "no parts of a workbook": (zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "文件不是 .xlsx 或 .xlsm 工作簿，不能原样修改"),
    "a binary workbook": (zipped(contents(GOOD) | {"xl/workbook.xml": b"\x83\x01"}), "部件“xl/workbook.xml”第 1 行不是格式正确的 XML"),
    "no sheet part": (zipped({k: v for k, v in contents(GOOD).items() if "sheet1" not in k}), "找不到工作表“表”的内容"),
    "two sheets of one name": (zipped(contents(GOOD) | {"xl/workbook.xml": contents(GOOD)["xl/workbook.xml"].replace(b"</sheets>", '<sheet name="表" r:id="rId1"/></sheets>'.encode())}),
                               "有 2 张工作表都叫“表”"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_changed_in_place_is_refused_with_the_reason(case: str) -> None:
    data, message = REFUSED[case]
    begun = time.perf_counter()
    with pytest.raises(PatchError) as caught:
        patch(data, {"表": {"A1": 1, "B2": 2}})
    assert message in str(caught.value)
    assert "，不能原样修改。请" in str(caught.value)
    assert time.perf_counter() - begun < 5


def test_a_part_that_inflates_without_end_is_not_inflated() -> None:
    bomb = small_book(b" " * (package.MAX_PART + 1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(PatchError, match="解压后有 150 MB，超过 150 MB"):
        patch(bomb, {"表": {"A1": 1}})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KiB


def test_a_part_that_says_it_is_small_is_cut_off() -> None:
    out = bytearray(small_book(sheet(" " * 100_000 + ROW)))
    for mark, offset in ((b"PK\1\2", 24), (b"PK\3\4", 22)):
        at = out.rfind(mark) if mark == b"PK\1\2" else out.find(b"xl/worksheets/sheet1.xml") - 30
        out[at + offset : at + offset + 4] = struct.pack("<I", 10)
    with pytest.raises(PatchError, match=r"部件“xl/worksheets/sheet1.xml”已损坏，无法解压"):
        patch(bytes(out), {"表": {"A1": 1}})


def test_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_MEMBERS", 3)
    with pytest.raises(PatchError, match="文件内有 5 个部件，超过 3 个"):
        patch(GOOD, {"表": {"A1": 1}})


def test_a_rare_compression_of_the_sheet_is_refused() -> None:
    with pytest.raises(PatchError, match="采用了少见的压缩方式"):
        patch(small_book(sheet(ROW), method=zipfile.ZIP_BZIP2), {"表": {"A1": 2}})


def test_an_external_target_is_no_part() -> None:
    parts = contents(GOOD)
    for name, old, new in (
        ("_rels/.rels", b'Target="xl/workbook.xml"', b'Target="xl/workbook.xml" TargetMode="External"'),
        ("xl/_rels/workbook.xml.rels", b'Target="worksheets', b'TargetMode="External" Target="worksheets'),
    ):
        with pytest.raises(PatchError):
            patch(zipped(parts | {name: parts[name].replace(old, new)}), {"表": {"A1": 2}})


def test_a_target_above_the_package_stays_inside() -> None:
    parts = contents(GOOD)
    name = "xl/_rels/workbook.xml.rels"
    data = zipped(parts | {name: parts[name].replace(b"worksheets/sheet1.xml", b"../../../xl/worksheets/sheet1.xml")})
    assert b'<c r="A1"><v>2</v></c>' in contents(patch(data, {"表": {"A1": 2}}))["xl/worksheets/sheet1.xml"]


def test_strict_workbooks_are_changed_as_well() -> None:
    strict = {k: v.replace(MAIN.encode(), b"http://purl.oclc.org/ooxml/spreadsheetml/main").replace(RELATIONS.encode(), b"http://purl.oclc.org/ooxml/officeDocument/relationships")
              for k, v in contents(GOOD).items()}  # fmt: skip
    done = patch(zipped(strict), {"表": {"A1": 2}})
    assert b'<c r="A1"><v>2</v></c>' in contents(done)["xl/worksheets/sheet1.xml"]


def test_a_large_sheet_takes_seconds() -> None:
    """200,000 cells, ten of them changed."""
    rows = "".join(f'<row r="{r}">' + "".join(f'<c r="{c}{r}" s="1"><v>{r}</v></c>' for c in "ABCDEFGHIJ") + "</row>" for r in range(1, 20_001))
    data = small_book((DECLARATION + sheet(rows).decode()).encode())
    begun = time.perf_counter()
    done = patch(data, {"表": {f"J{r}": r for r in range(1, 20_001, 2_000)}})
    assert time.perf_counter() - begun < 10
    assert len(contents(done)["xl/worksheets/sheet1.xml"]) == len(contents(data)["xl/worksheets/sheet1.xml"])


RICH = rich_form()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(RICH) - 1), st.integers(0, 255)), min_size=1, max_size=4), st.integers(0, len(RICH)))
def test_damaged_files_are_patched_or_refused_and_nothing_else(damage: list[tuple[int, int]], length: int) -> None:
    data = bytearray(RICH)
    for at, value in damage:
        data[at] = value
    for broken in (bytes(data), bytes(data[:length])):
        for work in (lambda d: patch(d, {FORM: {"H5": 1, "J40": "x"}}), traits, lambda d: look(d, {FORM: ["H5"]})):
            with suppress(PatchError):
                work(broken)
