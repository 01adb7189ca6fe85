"""The consolidated workbook read back: what it says of all units together, for the summary report."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.batch.sheets import DETAIL, ISSUES, ROLLED, STATISTICS, STATUS, SUMMARY
from perfeval_xl.batch.sheets import RECORD as RUN
from perfeval_xl.core.decimals import to_decimal
from perfeval_xl.core.findings import SEVERITY_TITLES, Location, Severity, finding
from perfeval_xl.core.overview import Overview, Problem, Spread, State, Unit
from perfeval_xl.workbook.drawings import sheet_parts
from perfeval_xl.workbook.grid import CellValue, Grid
from perfeval_xl.workbook.readers.base import Book, ReadError
from perfeval_xl.workbook.readers.package import Package

_SHEETS = frozenset({SUMMARY, ISSUES, STATUS, RUN})
_SKIPPED = frozenset({DETAIL, ROLLED})
_BLANK = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
_HEADER_ROWS = 10


def without_details(name: str, data: bytes) -> bytes:
    """A consolidated workbook without the sheets that hold a row for every indicator, which the report does not need; other files as they are.

    Those sheets of a large bureau are beyond what a form may hold. Raises: ReadError for an unsafe package.
    """
    if not data.startswith(b"PK"):
        return data
    Package(name, data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            parts = sheet_parts(source)
            if not parts.keys() >= _SHEETS:
                return data
            skipped = {parts[s] for s in _SKIPPED & parts.keys()}
            relations = {f"{p.rpartition('/')[0]}/_rels/{p.rpartition('/')[2]}.rels" for p in skipped}
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
                for member in source.infolist():
                    if member.filename not in relations:
                        target.writestr(member.filename, _BLANK if member.filename in skipped else source.read(member))
            return out.getvalue()
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, RuntimeError, NotImplementedError, StopIteration):
        return data  # the reader says what is wrong with it


def is_consolidated(book: Book) -> bool:
    """Whether `merge` wrote it: by its sheets, those that could not be read too."""
    return {g.sheet for g in book.grids} | {f.location.sheet for f in book.findings} >= _SHEETS


class _Row(NamedTuple):
    """Cells of a row by their headings."""

    cells: Mapping[str, CellValue]

    def text(self, title: str) -> str:
        value = self.cells.get(title)
        return "" if value is None else str(value).strip()

    def number(self, title: str) -> Decimal | None:
        return to_decimal(self.cells.get(title))

    def count(self, title: str) -> int:
        return int(self.number(title) or 0)


def read_overview(book: Book) -> Overview:
    """Raises: ReadError where a sheet is damaged or has lost its headings: a summary of a part would pass for one of the whole."""
    for found in book.findings:
        if found.severity is Severity.ERROR:
            raise ReadError(found)
    grids = {g.sheet: g for g in book.grids}
    status = grids[STATUS]
    units = [_unit(r) for r in _rows(grids[SUMMARY], "单位", "计算得分", "分值合计", "文件")]
    problems = [Problem(r.text("级别"), r.text("编号"), r.text("问题"), r.text("单位"), r.text("处理办法")) for r in _rows(grids[ISSUES], "级别", "编号", "问题", "处理办法")]
    states = [State(r.text("情况"), r.text("单位"), r.text("文件"), r.text("说明")) for r in _rows(status, "情况", "单位", "文件", "说明")]
    spreads = [_spread(r) for r in _rows(grids[STATISTICS], "分类", "类别", "平均完成率")] if STATISTICS in grids else []
    notes = [r.text("内容") for r in _rows(grids[RUN], "类别", "名称", "内容") if r.text("类别") == "规则集" and r.text("名称") == "说明"]
    has_roster = any("名单 " in cell for row in range(1, min(status.height, 3) + 1) for cell in status.line(row))
    return Overview(book.file, units, problems, spreads, states, has_roster, list(dict.fromkeys(notes)))


def _unit(row: _Row) -> Unit:
    rank, year = row.number("名次"), row.number("年度")
    return Unit(
        None if rank is None else int(rank), row.text("单位"), row.text("项目"), None if year is None else int(year), row.number("计算得分"), row.number("填报得分"), row.number("分值合计"), row.text("等级"),
        row.number("预算执行率"), row.number("平均完成率"), row.count("指标数"), row.count("未计分"), row.count(SEVERITY_TITLES[Severity.ERROR]), row.count(SEVERITY_TITLES[Severity.WARNING]), row.text("文件"), row.text("表类"),
    )  # fmt: skip


def _spread(row: _Row) -> Spread:
    year = row.number("年度")
    return Spread(None if year is None else int(year), row.text("分类"), row.text("类别"), row.count("自评表份数"), row.count("指标数"), row.number("平均完成率"), row.number("满分比例"), row.number("中位数"))


def _rows(grid: Grid, *needed: str) -> Iterator[_Row]:
    """The rows below the headings. Raises: ReadError where a needed one is not there."""
    for top in range(1, min(grid.height, _HEADER_ROWS) + 1):
        titles = [t.strip() for t in grid.line(top)]
        if set(needed) <= set(titles):
            break
    else:
        raise ReadError(finding("no-indicator-table", Location(grid.file, grid.sheet), f"汇总表的工作表“{grid.sheet}”中没有“{'、'.join(needed)}”这些列", "perfeval merge 写出、列名没有改动的汇总表"))
    places = {title: i for i, title in reversed(list(enumerate(titles))) if title}
    for row in grid.rows[top:]:
        cells = {title: row[i] for title, i in places.items() if i < len(row)}
        if any(v not in {None, ""} for v in cells.values()):
            yield _Row(cells)
