"""Binary OOXML workbooks (.xlsb): values by calamine; errors, formulas, formats and merged cells by a walk over the records.

The walk comes first: it counts cells and their extent, so that calamine lays out only what is of sensible size.
Whether a formula was ever calculated cannot be known: the format always stores a result.
"""

from __future__ import annotations

import io
import posixpath
import struct
from collections.abc import Iterator

from perfeval_xl.core.findings import Finding
from perfeval_xl.workbook.grid import CellValue, Grid, Merge
from perfeval_xl.workbook.readers.base import Book, FileKind, broken, clean, make_grid, refused
from perfeval_xl.workbook.readers.limits import MAX_ALL_TEXT, MAX_AREA, MAX_CELLS, MAX_MERGES, MAX_SHEETS
from perfeval_xl.workbook.readers.package import Package
from perfeval_xl.workbook.readers.styles import BUILT_IN, NO_STYLES, Styles, styles_of
from perfeval_xl.workbook.readers.xlsx import is_foreign
from perfeval_xl.workbook.readers.xml import parse_xml

# record types of [MS-XLSB] 2.3
_ROW, _CELL_FIRST, _CELL_LAST = 0, 1, 11
_ERROR_CELL, _FORMULA_ERROR, _FORMULA_FIRST = 3, 11, 8
_SHARED_TEXT, _NUMBERS = 7, {2, 5, 9}
_FORMAT, _XF, _XFS_BEGIN, _XFS_END, _SHEET, _MERGE, _COLUMN, _PROTECTION, _ITEM = 44, 47, 617, 618, 156, 176, 60, 535, 19
_WORKBOOK_PROPERTIES = 153
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA"}


def records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of every record. Raises: ValueError for one that is cut off."""
    at, end = 0, len(part)
    while at < end:
        kind = part[at]
        at += 1
        if kind & 0x80:
            if at >= end:
                raise ValueError("type")
            kind = (kind & 0x7F) | (part[at] & 0x7F) << 7
            at += 1
        size = 0
        for shift in (0, 7, 14, 21):
            if at >= end:
                raise ValueError("size")
            byte = part[at]
            at += 1
            size |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        if at + size > end:
            raise ValueError("body")
        yield kind, part[at : at + size]
        at += size


class _Sheet:
    """What calamine hides of one sheet."""

    def __init__(self, part: bytes, styles: Styles) -> None:
        """Raises: ValueError, struct.error for a broken part."""
        self.errors: dict[tuple[int, int], str] = {}
        self.formulas: set[tuple[int, int]] = set()
        self.formats: dict[tuple[int, int], str] = {}
        self.merges: list[Merge] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.is_protected = False
        self.cells = self.shared = 0
        row = height = width = 0
        for kind, body in records(part):
            if kind == _ROW:
                row = struct.unpack_from("<I", body)[0] + 1
                if len(body) > 12 and body[11] & 0x10:
                    self.hidden_rows.add(row)
            elif _CELL_FIRST <= kind <= _CELL_LAST:
                column, style = struct.unpack_from("<II", body)
                self._cell(kind, body, (row, column + 1), styles.formats.get(style & 0xFFFFFF, ""))
                height, width = max(height, row), max(width, column + 1)
            elif kind == _MERGE and len(self.merges) < MAX_MERGES:
                top, bottom, left, right = struct.unpack_from("<4I", body)
                self.merges.append(Merge(top + 1, left + 1, bottom + 1, right + 1))
            elif kind == _COLUMN:
                first, last = struct.unpack_from("<2I", body)
                if len(body) > 16 and body[16] & 1 and first <= last < 16_384:
                    self.hidden_columns.update(range(first + 1, last + 2))
            elif kind == _PROTECTION:
                self.is_protected = True
        self.area = height * width

    def _cell(self, kind: int, body: bytes, spot: tuple[int, int], code: str) -> None:
        self.cells += 1
        self.shared += kind == _SHARED_TEXT
        if kind in {_ERROR_CELL, _FORMULA_ERROR} and len(body) > 8:
            self.errors[spot] = _ERRORS.get(body[8], "#N/A")
        if kind >= _FORMULA_FIRST:
            self.formulas.add(spot)
        if code and kind in _NUMBERS:
            self.formats[spot] = code


def read_xlsb(file: str, data: bytes, package: Package) -> Book:
    """Raises: ReadError."""
    try:
        sheets = _sheets(package)
        styles = _styles(package.part("xl/styles.bin")) if "xl/styles.bin" in package else NO_STYLES
        longest = max((len(b) for k, b in records(package.part("xl/sharedstrings.bin")) if k == _ITEM), default=0) if "xl/sharedstrings.bin" in package else 0
        seen = [_Sheet(package.part(part), styles) for _, _, part in sheets]
    except (ValueError, struct.error) as error:
        raise refused(file, "not-a-workbook", "二进制工作簿的部件已损坏", "部件完好的工作簿") from error
    if not sheets:
        raise refused(file, "not-a-workbook", "工作簿中没有工作表", "至少有一张工作表")
    if any(s.area > MAX_AREA for s in seen) or sum(s.cells for s in seen) > MAX_CELLS or sum(s.shared for s in seen) * longest > MAX_ALL_TEXT:
        raise refused(file, "unsafe-workbook", "有单元格远离表格，或内容异常庞大", "表格紧凑的工作簿；请另存为 .xlsx")
    from python_calamine import CalamineWorkbook  # noqa: PLC0415  # on demand

    grids: list[Grid] = []
    problems: list[Finding] = []
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        order = {name: i for i, name in enumerate(book.sheet_names)}
    except BaseException as error:  # a panic of calamine is no Exception
        if is_foreign(error):
            raise refused(file, "not-a-workbook", "二进制工作簿无法解析") from error
        raise
    for (name, is_hidden, part), sheet in zip(sheets, seen, strict=True):
        try:
            rows: list[list[CellValue]] = [
                [clean(v) if type(v) is str else v for v in line] for line in book.get_sheet_by_index(order[name]).to_python(skip_empty_area=False)
            ]
        except BaseException as error:
            if not is_foreign(error):
                raise
            problems.append(broken(file, name, f"部件“{part}”无法解析，整张工作表未读取"))
            continue
        grids.append(
            make_grid(file, name, rows, sheet.merges, sheet.formats, sheet.errors, (), sheet.formulas, sheet.hidden_rows, sheet.hidden_columns,
                      is_hidden=is_hidden, is_protected=sheet.is_protected)
        )  # fmt: skip
    if not grids:
        raise refused(file, "not-a-workbook", problems[0].found, "部件完好的工作簿")
    return Book(file, FileKind.XLSB, "calamine", tuple(grids), {}, tuple(problems))


def _sheets(package: Package) -> list[tuple[str, bool, str]]:
    """Name, whether hidden, and part of every worksheet. Raises: ValueError, struct.error."""
    relations: dict[str, tuple[str, str]] = {}
    for relation in parse_xml(package.part("xl/_rels/workbook.bin.rels")):
        target = relation.get("Target", "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        relations[relation.get("Id", "")] = relation.get("Type", "").rpartition("/")[2], part
    found: list[tuple[str, bool, str]] = []
    for kind, body in records(package.part("xl/workbook.bin")):
        if kind == _SHEET:
            state, _ = struct.unpack_from("<II", body)
            identifier, at = _wide_text(body, 8)
            name, _ = _wide_text(body, at)
            relation_kind, part = relations.get(identifier, ("", ""))
            if relation_kind == "worksheet" and len(found) < MAX_SHEETS:
                found.append((name, state != 0, part))
    return found


def _wide_text(body: bytes, at: int) -> tuple[str, int]:
    size = struct.unpack_from("<I", body, at)[0]
    if size == 0xFFFFFFFF:
        return "", at + 4
    end = at + 4 + 2 * size
    if end > len(body):
        raise ValueError("text")
    return body[at + 4 : end].decode("utf-16-le", "replace"), end


def _styles(part: bytes) -> Styles:
    codes = dict(BUILT_IN)
    numbers: list[int] = []
    is_inside = False
    for kind, body in records(part):
        if kind == _FORMAT:
            codes[struct.unpack_from("<H", body)[0]] = _wide_text(body, 2)[0]
        elif kind in {_XFS_BEGIN, _XFS_END}:
            is_inside = kind == _XFS_BEGIN
        elif kind == _XF and is_inside:
            numbers.append(struct.unpack_from("<2xH", body)[0])
    return styles_of(numbers, codes)
