"""calamine and the strict reader agree on every value, date and text; where calamine would change one, it is not asked."""

from __future__ import annotations

from html import escape

import pytest

from perfeval_xl.workbook.grid import Grid
from perfeval_xl.workbook.read import Book, read_bytes
from perfeval_xl.workbook.readers import xlsx
from tests.support.hostile import book, sheet, strings, zipped

CODES = (
    'yyyy"年"m"月"d"日"', "[$-804]yyyy/m/d", "0.0%", '0"人"', "0\\人", '#,##0.00"万元"', "[Red]0.00", "0.00_ ", "0.00_);(0.00)", "h:mm:ss", "[h]:mm",
    '"共"0"人"', 'G/通用格式"元"', 'General"元"', '0!.0,"万元"', "@", "mmm-yy", "[DBNum1]yyyy年m月d日", "0.00E+00", "yyyy年m月", '上午/下午h"时"', "0;-0;;@",
    '"¥"#,##0.00', '#,##0.00\\ "€"',
)  # fmt: skip
NUMBERS = [*range(60), *(164 + i for i in range(len(CODES)))]
TEXTS = (
    "_x000D_", "_x0041_", "a_x005F_x0041_", "\u3000全角 ", "  x ", "&#9;=1+1", "&#10;x&#10;", "a&#13;&#10;b", "&amp;lt;", "𠮷", "a\nb", "a\r\nb", "_x0000_", "",
)  # fmt: skip


def styles() -> str:
    formats = "".join(f'<numFmt numFmtId="{164 + i}" formatCode="{escape(code)}"/>' for i, code in enumerate(CODES))
    shapes = "".join(f'<xf numFmtId="{number}"/>' for number in NUMBERS)
    return f'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts>{formats}</numFmts><cellXfs>{shapes}</cellXfs></styleSheet>'


def both(data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Book, Book]:
    usual = read_bytes("a.xlsx", data)
    with monkeypatch.context() as patched:
        patched.setattr(xlsx, "_open", lambda *_: None)
        strict = read_bytes("a.xlsx", data)
    assert strict.reader == "lxml"
    return usual, strict


def cells(grid: Grid) -> dict[tuple[int, int], object]:
    """Values with their type, texts as they are shown."""
    return {
        (r, c): (type(v).__name__, v.strip() if isinstance(v, str) else v)
        for r, line in enumerate(grid.rows, 1) for c, v in enumerate(line, 1) if v is not None and v != ""
    }  # fmt: skip


@pytest.mark.parametrize("value", ["45291", "0.5", "45291.25", "1", "0.9866", "59", "60", "61", "-3"])
def test_both_readers_see_the_same_under_every_number_format(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f'<row r="{i}"><c r="A{i}" s="{i - 1}"><v>{value}</v></c></row>' for i in range(1, len(NUMBERS) + 1))
    usual, strict = both(zipped(book(sheet(rows), styles=styles())), monkeypatch)
    # of a negative number calamine makes midnight: it is not asked
    assert usual.reader == ("lxml" if value == "-3" else "calamine")
    assert cells(usual.grids[0]) == cells(strict.grids[0])
    assert usual.grids[0].formats == strict.grids[0].formats


def test_both_readers_see_the_same_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    def line(row: int, content: str) -> str:
        return f'<row r="{row}">' + "".join(content.format(at=f"{chr(65 + i)}{row}", text=t, number=i) for i, t in enumerate(TEXTS)) + "</row>"

    rows = (
        line(1, '<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>') + line(2, '<c r="{at}" t="s"><v>{number}</v></c>')
        + line(3, '<c r="{at}" t="str"><f>A1</f><v>{text}</v></c>') + line(4, '<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')
    )  # fmt: skip
    usual, strict = both(zipped(book(sheet(rows), strings=strings(*TEXTS))), monkeypatch)
    assert usual.reader == "calamine"
    assert cells(usual.grids[0]) == cells(strict.grids[0])
    assert usual.grids[0].text(1, 3) == "a_x0041_"


@pytest.mark.parametrize("index", ["-5", "99", "1.5"])
def test_a_reference_to_a_text_that_is_not_there_gives_no_other_text(index: str) -> None:
    grid = read_bytes("a.xlsx", zipped(book(sheet(f'<row r="1"><c r="A1" t="s"><v>{index}</v></c></row>'), strings=strings("甲")))).grids[0]
    assert grid.text(1, 1) == ""
    assert [(f.kind.kind, f.location.cell) for f in grid.findings] == [("unreadable-part", "A1")]
