"""The same table in every file kind gives the same grid; what a kind cannot carry is listed, nothing else may differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msoffcrypto
import pytest

from perfeval_xl.workbook.grid import Grid
from perfeval_xl.workbook.read import Book, FileKind, ReadError, read_bytes, read_workbook
from perfeval_xl.workbook.readers import xlsx
from tests.support import contract, xlsb
from tests.support.contract import CELLS, DATA, HIDDEN_COLUMN, HIDDEN_ROW, MERGES, SHEET

MERGED, FORMATS, FORMULAS, UNCALCULATED, HIDDEN, TYPES, SHEETS, PROTECTION = (
    "merged cells", "formats", "formulas", "uncalculated formulas", "hidden rows and columns", "numbers and dates", "more than one named sheet", "protection",
)  # fmt: skip


class Kind(NamedTuple):
    """lacks: what the kind (or the program that wrote the file) cannot carry. changed: cells that program wrote otherwise."""

    make: Callable[[], bytes]
    kind: FileKind
    reader: str
    lacks: frozenset[str] = frozenset()
    changed: Mapping[tuple[int, int], str] = {}  # never written


STORED = {(6, 6): "41"}  # a program that calculates leaves no formula without result
PLAIN = frozenset({MERGED, FORMATS, FORMULAS, UNCALCULATED, HIDDEN, TYPES, SHEETS, PROTECTION})
KINDS = {
    "openpyxl": Kind(contract.by_openpyxl, FileKind.XLSX, "calamine"),
    "xlsxwriter": Kind(contract.by_xlsxwriter, FileKind.XLSX, "calamine", frozenset({UNCALCULATED}), STORED),
    "strict": Kind(contract.by_openpyxl, FileKind.XLSX, "lxml"),
    "xlsb": Kind(xlsb.contract, FileKind.XLSB, "calamine", frozenset({UNCALCULATED, PROTECTION}), STORED),
    "xls": Kind((DATA / "contract.xls").read_bytes, FileKind.XLS, "xlrd", frozenset({UNCALCULATED}), STORED),
    # LibreOffice writes the logical value as the number 1
    "ods": Kind((DATA / "contract.ods").read_bytes, FileKind.ODS, "lxml", frozenset({UNCALCULATED}), {**STORED, (8, 4): "1"}),
    "xml2003": Kind(contract.as_xml2003, FileKind.XML, "lxml"),
    "html": Kind(contract.as_html, FileKind.HTML, "lxml", PLAIN - {MERGED}),
    "html-gb18030": Kind(lambda: contract.as_html("gb18030"), FileKind.HTML, "lxml", PLAIN - {MERGED}),
    "csv-utf-8": Kind(lambda: contract.as_csv("utf-8"), FileKind.TEXT, "csv", PLAIN),
    "csv-utf-8-mark": Kind(lambda: contract.as_csv("utf-8-sig"), FileKind.TEXT, "csv", PLAIN),
    "csv-gb18030": Kind(lambda: contract.as_csv("gb18030"), FileKind.TEXT, "csv", PLAIN),
    "tsv-utf-16": Kind(lambda: contract.as_csv("utf-16", "\t"), FileKind.TEXT, "csv", PLAIN),
    "tsv-gb18030": Kind(lambda: contract.as_csv("gb18030", "\t"), FileKind.TEXT, "csv", PLAIN),
}


@pytest.fixture(params=KINDS)
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[Kind, Book]:
    kind = KINDS[request.param]
    if request.param == "strict":
        monkeypatch.setattr(xlsx, "_open", lambda *_: None)
    return kind, read_bytes("表.xls", kind.make())


def shown(grid: Grid) -> dict[tuple[int, int], str]:
    return {(r, c): t for r in range(1, grid.height + 1) for c in range(1, grid.width + 1) if (t := grid.own(r, c))}


def test_every_kind_gives_the_same_texts_at_the_same_addresses(case: tuple[Kind, Book]) -> None:
    kind, book = case
    assert (book.kind, book.reader, book.file) == (kind.kind, kind.reader, "表.xls")
    assert shown(book.grids[0]) == {**contract.texts(), **kind.changed}
    assert (book.findings, book.grids[0].findings) == ((), ())


def test_every_kind_names_the_error_cell(case: tuple[Kind, Book]) -> None:
    assert case[1].grids[0].errors == {(5, 6): "#DIV/0!"}


def test_every_kind_keeps_numbers_dates_and_the_formats_that_change_them(case: tuple[Kind, Book]) -> None:
    kind, book = case
    grid = book.grids[0]
    typed = {spot: cell.value for spot, cell in CELLS.items() if cell.value is not None and not isinstance(cell.value, str) and spot not in kind.changed}
    found: dict[tuple[int, int], Any] = {(r, c): grid.rows[r - 1][c - 1] for r, c in typed}
    if TYPES in kind.lacks:
        assert all(isinstance(v, str) for v in found.values())
    else:
        assert {s: round(v, 12) if isinstance(v, float) else v for s, v in found.items()} == {
            s: round(v, 12) if isinstance(v, float) else v for s, v in typed.items()
        }
    assert set(grid.formats) == (set() if FORMATS in kind.lacks else {s for s, c in CELLS.items() if c.code != "General"})


def test_every_kind_keeps_merged_blocks(case: tuple[Kind, Book]) -> None:
    kind, book = case
    assert {tuple(m) for m in book.grids[0].merges.values()} == (set() if MERGED in kind.lacks else MERGES)


def test_every_kind_knows_formulas_and_those_never_calculated(case: tuple[Kind, Book]) -> None:
    kind, book = case
    grid = book.grids[0]
    assert grid.uncalculated == (frozenset() if UNCALCULATED in kind.lacks else {(6, 6)})
    assert ((6, 6) in grid.formulas) == (FORMULAS not in kind.lacks)
    assert (8, 2) not in grid.formulas  # a text that begins with =


def test_every_kind_knows_hidden_rows_columns_and_sheets(case: tuple[Kind, Book]) -> None:
    kind, book = case
    grid = book.grids[0]
    if HIDDEN not in kind.lacks:
        assert (set(grid.hidden_rows), set(grid.hidden_columns)) == ({HIDDEN_ROW}, {HIDDEN_COLUMN})
    if SHEETS not in kind.lacks:
        assert [(g.sheet, g.is_hidden) for g in book.grids] == [(SHEET, False), ("隐藏表", True)]
        assert book.grids[1].text(1, 1) == "看不见"
    assert grid.is_protected == (PROTECTION not in kind.lacks)


@pytest.mark.parametrize("name", ["xlsxwriter", "xls", "ods"])
def test_the_workbooks_own_names_are_read(name: str) -> None:
    names = read_bytes("a.xlsx", KINDS[name].make()).names
    assert names["PE_YEAR"] == "00123"
    assert "$B$4:" in names["PE_INDICATORS"]


@pytest.mark.parametrize("suffix", ["xlsx", "xls", "et", "csv", "txt", "乱", "pdf"])
def test_the_name_of_a_file_says_nothing(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"表.{suffix}"
    path.write_bytes(contract.by_openpyxl())
    assert read_workbook(path).kind is FileKind.XLSX


def encrypted(password: str) -> bytes:
    import io  # noqa: PLC0415

    from msoffcrypto.format.ooxml import OOXMLFile  # noqa: PLC0415

    stream = io.BytesIO()
    OOXMLFile(io.BytesIO(contract.by_openpyxl())).encrypt(password, stream)
    assert msoffcrypto.OfficeFile(io.BytesIO(stream.getvalue())).is_encrypted()
    return stream.getvalue()


def test_an_encrypted_workbook_opens_with_its_password_only() -> None:
    data = encrypted("绩效2023")
    assert shown(read_bytes("a.xlsx", data, "绩效2023").grids[0]) == contract.texts()
    for password, found in ((None, "文件设有打开密码"), ("错", "给出的密码打不开此文件")):
        with pytest.raises(ReadError) as error:
            read_bytes("a.xlsx", data, password)
        assert (error.value.finding.kind.kind, error.value.finding.found) == ("encrypted-workbook", found)


def test_a_workbook_that_is_only_write_protected_opens_without_a_password() -> None:
    assert shown(read_bytes("a.xlsx", encrypted("VelvetSweatshop")).grids[0]) == contract.texts()
