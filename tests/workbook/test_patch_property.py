"""Properties of patching generated sheets: new values at the changed cells, the same values and bytes everywhere else."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal
from xml.sax.saxutils import escape

import hypothesis.strategies as st
from hypothesis import given, settings
from openpyxl import load_workbook

from perfeval_xl.workbook.grid import address
from perfeval_xl.workbook.patch import patch
from tests.support.rich import MAIN, members, small_book

PART = "xl/worksheets/sheet1.xml"
texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=8).filter(lambda t: not re.search("_x[0-9A-Fa-f]{4}_", t))
numbers = st.decimals(-10**9, 10**9, places=4, allow_nan=False)
values = st.one_of(texts, numbers, st.integers(-10**12, 10**12), st.booleans(), st.none())
CELL = r"<(?:x:)?c(?: [^<>]*)?(?:/>|(?<!/)>(?:(?!</(?:x:)?c>).)*</(?:x:)?c>)"
places = st.tuples(st.integers(1, 12), st.integers(1, 30))
blanks = st.sampled_from(["", " ", "\n\t", "<!-- > ' -->", "<?x y?>"])


@st.composite
def sheets(draw: st.DrawFn) -> tuple[str, dict[tuple[int, int], str]]:
    """A sheet part with a \\0row,column\\0 for each cell, and the cells' own texts."""
    cells: dict[tuple[int, int], str] = {}
    prefix = draw(st.sampled_from(["", "x:"]))
    rows = []
    for row in draw(st.lists(st.integers(1, 12), unique=True, max_size=6).map(sorted)):
        line, previous = "", 0
        for column in draw(st.lists(st.integers(1, 30), unique=True, max_size=6).map(sorted)):
            kind = draw(st.sampled_from(["number", "text", "formula", "blank", "closed", "plain"]))
            number = draw(st.integers(-999, 999))
            where = f' r="{address(row, column)}"' if kind != "plain" or column != previous + 1 or draw(st.booleans()) else ""
            text = {
                "number": f"<P:c{where}><P:v>{number}</P:v></P:c>", "plain": f"<P:c{where} ><P:v>{number}</P:v></P:c>",
                "text": f'<P:c{where} t="inlineStr"><P:is><P:t xml:space="preserve">{escape(draw(texts))}</P:t></P:is></P:c>',
                "formula": f"<P:c{where}><P:f>1&lt;2</P:f><P:v>{number}</P:v></P:c>", "blank": f"<P:c{where}></P:c>", "closed": f"<P:c{where} />",
            }[kind].replace("P:", prefix)  # fmt: skip
            cells[row, column], previous = text, column
            line += draw(blanks) + f"\0{row},{column}\0"
        rows.append(f'<{prefix}row r="{row}">{line}{draw(blanks)}</{prefix}row>' if line or draw(st.booleans()) else f'<{prefix}row r="{row}"/>')
    body = "".join(rows)
    data = f"<{prefix}sheetData>{body}</{prefix}sheetData>" if body or draw(st.booleans()) else f"<{prefix}sheetData/>"
    name = "xmlns:x" if prefix else "xmlns"
    return f'<{prefix}worksheet {name}="{MAIN}">{draw(blanks)}{data}{draw(blanks)}</{prefix}worksheet>', cells


def read(data: bytes) -> dict[tuple[int, int], object]:
    sheet = load_workbook(io.BytesIO(data), data_only=True)["表"]
    return {(c.row, c.column): c.value for line in sheet.iter_rows() for c in line if c.value is not None}


def as_read(value: object) -> object:
    return None if value == "" else float(value) if isinstance(value, Decimal) else value


@settings(max_examples=200, deadline=None)
@given(sheets(), st.dictionaries(places, values, max_size=8), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_changed_cells_read_as_written_and_all_others_as_before(
    drawn: tuple[str, dict[tuple[int, int], str]], changes: dict[tuple[int, int], object], codec: str
) -> None:
    data = small_book(filled(*drawn).encode(codec))
    done = patch(data, {"表": {address(*at): v for at, v in changes.items()}})  # type: ignore[misc]
    before, after = read(data), read(done)
    assert {at: v for at, v in after.items() if at not in changes} == {at: v for at, v in before.items() if at not in changes}
    assert {at: as_read(after.get(at)) for at in changes} == {at: as_read(v) for at, v in changes.items()}
    kept = [name for name, record in members(data).items() if record == members(done)[name]]
    assert [n for n in members(data) if n != PART] == [n for n in kept if n != PART]
    with zipfile.ZipFile(io.BytesIO(done)) as archive:
        assert archive.testzip() is None
    assert patch(done, {"表": {address(*at): v for at, v in changes.items()}}) == done  # type: ignore[misc]


@settings(max_examples=200, deadline=None)
@given(sheets(), st.data(), st.sampled_from(["utf-8", "utf-16", "gb18030"]))
def test_every_byte_outside_the_changed_cells_stays(drawn: tuple[str, dict[tuple[int, int], str]], data: st.DataObject, codec: str) -> None:
    """The new part is the old one with the changed cells' elements replaced, and nothing else."""
    template, cells = drawn
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(cells)), values)) if cells else {}
    old = f'<?xml version="1.0" encoding="{codec}"?>' + filled(template, cells)
    done = patch(small_book(old.encode(codec)), {"表": {address(*at): v for at, v in changes.items()}})
    with zipfile.ZipFile(io.BytesIO(done)) as archive:
        new = archive.read(PART).decode(codec)
    pattern = re.escape(old.partition("?>")[0] + "?>") + "".join(
        (CELL if _place(piece) in changes else re.escape(cells[_place(piece)]))
        if number % 2
        else re.escape(piece)
        for number, piece in enumerate(template.split("\0"))
    )
    assert re.fullmatch(pattern, new, re.DOTALL)


def _place(piece: str) -> tuple[int, int]:
    row, column = piece.split(",")
    return int(row), int(column)


def filled(template: str, cells: dict[tuple[int, int], str]) -> str:
    return "".join(cells[_place(piece)] if number % 2 else piece for number, piece in enumerate(template.split("\0")))
