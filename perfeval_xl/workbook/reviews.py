"""Reviews: what people wrote into the columns 复核意见 and 复核人 of an issue list, read back by its headings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from perfeval_xl.compare.issues import Review
from perfeval_xl.core.findings import KINDS
from perfeval_xl.workbook.grid import Grid
from perfeval_xl.workbook.headings import heading
from perfeval_xl.workbook.read import Book

SHEET: Final = "问题清单"
SUMMARY: Final = "统计"
HEADINGS: Final = {
    "code": "编号", "title": "问题", "department": "单位", "file": "文件", "sheet": "工作表", "cell": "单元格", "found": "发现", "opinion": "复核意见", "by": "复核人",
}  # fmt: skip
_NEEDED = {"cell", "found", "opinion", "by"}
_TOP = 20
_BY_CODE = {k.code: k.kind for k in KINDS.values()}
_BY_TITLE = {k.title: k.kind for k in KINDS.values()}


def is_issue_book(book: Book) -> bool:
    """Whether a workbook is an issue list we wrote, and no table of a department."""
    return bool(book.grids) and book.grids[0].sheet == SHEET and any(g.sheet == SUMMARY for g in book.grids) and bool(_header(book.grids[0])[1])


def reviews_of(book: Book, department: str = "") -> list[Review]:
    """Every line with an opinion, in sheet order. department: of the book, where the list has no such column."""
    found: list[Review] = []
    for grid in book.grids:
        if not grid.sheet.startswith(SHEET):
            continue
        row, columns = _header(grid)
        for at in range(row + 1, grid.height + 1) if columns else ():
            text = {name: grid.text(at, column) for name, column in columns.items()}
            kind = _BY_CODE.get(text.get("code", "").upper()) or _BY_TITLE.get(text.get("title", ""), "")
            if kind and (text["opinion"] or text["by"]):
                where = (text.get("file") or book.file, text.get("department") or department, text.get("sheet", ""), text["cell"], text["found"])
                found.append(Review(kind, *where, text["opinion"], text["by"], book.file))
    return found


def _header(grid: Grid) -> tuple[int, Mapping[str, int]]:
    names = {title: name for name, title in HEADINGS.items()}
    for row in range(1, min(grid.height, _TOP) + 1):
        columns: dict[str, int] = {}
        for column, text in enumerate(grid.line(row), 1):
            name = names.get(heading(text)) if text and len(text) < 20 else None
            if name:
                columns.setdefault(name, column)
        if columns.keys() >= _NEEDED and columns.keys() & {"code", "title"}:
            return row, columns
    return 0, {}
