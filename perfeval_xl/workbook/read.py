"""Files → grids. Guards first: size, kind, encryption, bombs; every failure is one Chinese sentence."""

from __future__ import annotations

import datetime
import re
import warnings
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.findings import Finding, Location, Severity, finding
from perfeval_xl.workbook.grid import Grid, Merge

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook

MAX_FILE = 60_000_000
MAX_UNPACKED = 400_000_000
MAX_PART = 150_000_000
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_MERGED = 20_000  # cells of one merged block that can belong to a table
MAX_ALL_MERGED = 1_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class ReadError(Exception):
    """A file that cannot be read as a workbook; `finding` says why and where."""

    def __init__(self, found: Finding) -> None:
        super().__init__(f"{found.location}：{found.message}")
        self.finding = found


@dataclass(frozen=True, slots=True)
class Book:
    """Sheets in order, and the texts behind the workbook's own names (PE_RULESET, PE_YEAR)."""

    file: str
    grids: tuple[Grid, ...]
    names: dict[str, str]


def read_workbook(path: Path) -> Book:
    """Reads every visible sheet of an .xlsx or .xlsm file. Raises: ReadError."""
    _guard(path)
    import openpyxl  # noqa: PLC0415  # on demand: slow to load

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of parts it drops; nothing is written back
            values = openpyxl.load_workbook(path, data_only=True)
            formulas = openpyxl.load_workbook(path) if _has_formulas(path) else None
        grids = tuple(
            _grid(path.name, sheet, formulas[sheet.title] if formulas else None)
            for sheet in values.worksheets
            if sheet.sheet_state == "visible"
        )
        return Book(path.name, grids, _names(values))
    except Exception as error:  # openpyxl lets many kinds of errors of broken files through
        raise _refused(path, "not-a-workbook", f"文件内容无法解析（{type(error).__name__}）") from error


def _refused(path: Path, kind: str, found: str, expected: str = "一个 .xlsx 工作簿") -> ReadError:
    return ReadError(finding(kind, Location(path.name), found, expected))


def _guard(path: Path) -> None:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise _refused(path, "not-a-workbook", "这是一个文件夹")
        with path.open("rb") as stream:
            head = stream.read(8)
    except OSError as error:
        reason = "文件不存在" if isinstance(error, FileNotFoundError) else "没有读取权限，或文件正被其他程序占用"
        raise _refused(path, "not-a-workbook", reason) from error
    if size > MAX_FILE:
        raise _refused(path, "unsafe-workbook", f"文件有 {size // 1_000_000} MB", f"不超过 {MAX_FILE // 1_000_000} MB")
    if not head:
        raise _refused(path, "not-a-workbook", "文件是空的")
    if head == _OLE:
        text = path.read_bytes()[:MAX_FILE]
        if "EncryptedPackage".encode("utf-16-le") in text:
            raise _refused(path, "encrypted-workbook", "文件设有打开密码", "没有密码的工作簿")
        raise _refused(path, "not-a-workbook", "这是旧版 .xls 或其他格式的文件", "另存为 .xlsx 的工作簿")
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _refused(path, "not-a-workbook", "文件不是 Excel 工作簿，或已损坏") from error
    if len(parts) > 5_000 or sum(p.file_size for p in parts) > MAX_UNPACKED or max((p.file_size for p in parts), default=0) > MAX_PART:
        raise _refused(path, "unsafe-workbook", "解压后的内容异常庞大", f"解压后不超过 {MAX_UNPACKED // 1_000_000} MB")
    if "[Content_Types].xml" not in {p.filename for p in parts}:
        raise _refused(path, "not-a-workbook", "这是压缩包，但不是 Excel 工作簿")


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                with archive.open(part) as stream:
                    tail = b""
                    while block := stream.read(1 << 20):
                        if b"<f>" in tail + block or b"<f " in tail + block or b"<f/" in tail + block:
                            return True
                        tail = block[-3:]
    return False


def _names(book: Workbook) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, defined in book.defined_names.items():
        if name.startswith("PE_"):
            for sheet, area in defined.destinations:
                if sheet in book.sheetnames and ":" not in area:
                    value = book[sheet][area.replace("$", "")].value
                    found[name] = "" if value is None else str(value).strip()
    return found


def _grid(file: str, sheet: Any, formulas: Any) -> Grid:
    cells: dict[tuple[int, int], str] = {}
    blank_formulas: set[tuple[int, int]] = set()
    rows = columns = 0
    # only cells that exist: iter_rows would make every cell up to a stray one in the last row and column
    for (row, column), cell in sheet._cells.items():
        if cell.value is not None:
            text = shown(cell.value, cell.number_format or "General")
            if text:
                cells[row, column] = text
                rows, columns = max(rows, row), max(columns, column)
        elif formulas is not None and cell.coordinate in formulas and formulas[cell.coordinate].data_type == "f":
            blank_formulas.add((row, column))
    findings: list[Finding] = []
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        place = Location(file, sheet.title, f"A{MAX_ROWS + 1}" if rows > MAX_ROWS else "")
        findings.append(finding("unreadable-part", place, f"内容到第 {rows} 行、第 {columns} 列，只读取了前 {MAX_ROWS} 行、前 {MAX_COLUMNS} 列",
                                f"不超过 {MAX_ROWS} 行、{MAX_COLUMNS} 列", Severity.ERROR))  # fmt: skip
        rows, columns = min(rows, MAX_ROWS), min(columns, MAX_COLUMNS)
    merges: dict[tuple[int, int], Merge] = {}
    for area in sheet.merged_cells.ranges:
        if area.min_row > rows or area.min_col > columns or area.size["rows"] * area.size["columns"] > MAX_MERGED or len(merges) > MAX_ALL_MERGED:
            continue
        block = Merge(area.min_row, area.min_col, min(area.max_row, rows), min(area.max_col, columns))
        for row in range(block.top, block.bottom + 1):
            for column in range(block.left, block.right + 1):
                merges[row, column] = block
    return Grid(file, sheet.title, cells, rows, columns, merges, frozenset(blank_formulas), tuple(findings))


_QUOTED_TAIL = re.compile(r'"([^"]*)"(?:;.*)?\Z')


def shown(value: object, number_format: str) -> str:
    """A cell's value as text, exact: 0.9866 under 0% is 98.66%, not 99%; a unit in the format is part of it.

    >>> shown(0.9866, "0%"), shown(3, '0"人"'), shown(datetime.datetime(2023, 12, 31), "yyyy-mm-dd")
    ('98.66%', '3人', '2023年12月31日')
    """
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float)):
        # 15 significant digits are what spreadsheets keep; the rest is noise of binary fractions
        number = Decimal(format(value, ".15g")) if isinstance(value, float) else Decimal(value)
        if not number.is_finite():
            return ""
        if "%" in re.sub(r'"[^"]*"', "", number_format):
            return plain(number * 100) + "%"
        tail = _QUOTED_TAIL.search(number_format)
        return plain(number) + (tail[1] if tail else "")
    if isinstance(value, datetime.datetime | datetime.date):
        has_day = "d" in number_format.lower() or "日" in number_format
        return f"{value.year}年{value.month}月" + (f"{value.day}日" if has_day else "")
    if isinstance(value, datetime.time | datetime.timedelta):
        return str(value)
    return str(value).replace("_x000D_", "").strip()
