"""BIFF workbooks (.xls, .et): values, formats and merged cells by xlrd; formulas by a walk over the records.

A record walk comes first: it counts the cells, so that xlrd reads only what is of sensible size. Whether a formula was ever
calculated cannot be known: the format always stores a result.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, NamedTuple

from perfeval_xl.workbook.grid import Grid, Merge
from perfeval_xl.workbook.readers.base import Book, Cells, FileKind, clean, refused
from perfeval_xl.workbook.readers.limits import MAX_CELLS, MAX_MERGES
from perfeval_xl.workbook.readers.strict import moment
from perfeval_xl.workbook.readers.styles import meaning

if TYPE_CHECKING:
    from xlrd.book import Book as XlrdBook
    from xlrd.sheet import Sheet

_BOF, _EOF, _PROTECT, _FILEPASS, _MULRK = {0x0809, 0x0409, 0x0209, 0x0009}, 0x000A, 0x0012, 0x002F, 0x00BD
_FORMULA = {0x0006, 0x0206, 0x0406}
_CELL = {0x0203, 0x027E, 0x00FD, 0x0204, 0x0205, *_FORMULA}
_RECORD = struct.Struct("<HH")


class Substream(NamedTuple):
    """What the records of one sheet say, by the position of its first."""

    formulas: set[tuple[int, int]]
    is_protected: list[bool]


class Walk(NamedTuple):
    """All sheets of a stream by their position, number of cells, and whether the stream is encrypted."""

    sheets: dict[int, Substream]
    cells: int
    is_encrypted: bool


def walk(stream: bytes) -> Walk:
    """Reads record heads up to the end or the first that is cut off. Never raises."""
    sheets: dict[int, Substream] = {}
    current, cells, depth, at, end = Substream(set(), []), 0, 0, 0, len(stream) - 4
    while at <= end:
        kind, size = _RECORD.unpack_from(stream, at)
        body = at + 4
        if kind in _BOF:
            depth += 1
            if depth == 1:  # charts inside a sheet are streams of their own
                current = sheets[at] = Substream(set(), [])
        elif kind == _EOF:
            depth = max(depth - 1, 0)
        elif kind == _FILEPASS:
            return Walk(sheets, cells, is_encrypted=True)
        elif kind in _CELL:
            cells += 1
            if kind in _FORMULA and size >= 4 and body + 4 <= len(stream):
                row, column = _RECORD.unpack_from(stream, body)
                current.formulas.add((row + 1, column + 1))
        elif kind == _MULRK:
            cells += size // 6
        elif kind == _PROTECT and depth == 1 and size >= 2 and body + 2 <= len(stream):
            current.is_protected.append(stream[body] == 1)
        at = body + size
    return Walk(sheets, cells, is_encrypted=False)


def read_xls(file: str, stream: bytes) -> Book:
    """Reads the workbook stream. Raises: ReadError."""
    seen = walk(stream)
    if seen.is_encrypted:
        raise refused(file, "encrypted-workbook", "文件设有打开密码", "没有密码的工作簿")
    if seen.cells > MAX_CELLS:
        raise refused(file, "unsafe-workbook", f"工作簿有 {seen.cells} 个单元格", f"不超过 {MAX_CELLS} 个")
    import xlrd  # noqa: PLC0415  # on demand

    try:
        book = xlrd.open_workbook(file_contents=stream, formatting_info=True, ragged_rows=True, logfile=io.StringIO())
        positions = list(book._sh_abs_posn)
        grids = [
            _grid(file, book, book.sheet_by_index(i), seen.sheets.get(positions[i] if i < len(positions) else -1)) for i in range(book.nsheets)
        ]
        names = _names(book, grids)
    except Exception as error:  # xlrd lets many kinds of errors of broken files through
        raise refused(file, "not-a-workbook", "旧版工作簿的内容已损坏，无法解析") from error
    if not grids:
        raise refused(file, "not-a-workbook", "工作簿中没有工作表", "至少有一张工作表")
    return Book(file, FileKind.XLS, "xlrd", tuple(grids), names)


def _grid(file: str, book: XlrdBook, sheet: Sheet, seen: Substream | None) -> Grid:
    import xlrd  # noqa: PLC0415  # on demand

    cells = Cells(file, sheet.name)
    cells.is_hidden = sheet.visibility != 0
    for row in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(row)):
            kind, value, spot = cell.ctype, cell.value, (row + 1, column + 1)
            if kind == xlrd.XL_CELL_TEXT:
                cells.put(*spot, clean(value))
            elif kind == xlrd.XL_CELL_ERROR:
                cells.errors[spot] = xlrd.error_text_from_code.get(value, "#N/A")
            elif kind == xlrd.XL_CELL_BOOLEAN:
                cells.put(*spot, bool(value))
            elif kind in {xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE}:
                code, is_date = _format(book, cell.xf_index)
                if cells.put(*spot, moment(value, code, epoch_1904=book.datemode == 1) if is_date else value) and code:
                    cells.formats[spot] = code
    cells.merges = [Merge(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells[:MAX_MERGES]]
    cells.hidden_rows = {row + 1 for row, shape in sheet.rowinfo_map.items() if shape.hidden}
    cells.hidden_columns = {column + 1 for column, shape in sheet.colinfo_map.items() if shape.hidden and column < 256}
    if seen is not None:
        cells.formulas = seen.formulas
        cells.is_protected = any(seen.is_protected)
    return cells.grid()


def _format(book: XlrdBook, index: int | None) -> tuple[str, bool]:
    if index is None or not 0 <= index < len(book.xf_list):
        return "", False
    entry = book.format_map.get(book.xf_list[index].format_key)
    return meaning(entry.format_str) if entry is not None else ("", False)


def _names(book: XlrdBook, grids: list[Grid]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in book.name_obj_list:
        if not name.name.startswith("PE_") or name.result is None:
            continue
        reference = str(name.result.text or "")
        if name.name == "PE_INDICATORS":
            found[name.name] = reference
            continue
        area = name.area2d(clipped=False)  # raises for what is no area; such a name has no text
        if area[0].name in {g.sheet for g in grids}:
            grid = next(g for g in grids if g.sheet == area[0].name)
            found[name.name] = grid.text(area[1] + 1, area[3] + 1)
    return found
