"""Grids from rows of plain values, as a reader would hand them over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openpyxl.worksheet.cell_range import CellRange

from perfeval_xl.core.model import Submission
from perfeval_xl.workbook.grid import Grid, Merge, merge_map
from perfeval_xl.workbook.parse import parse_book


def grid(rows: Sequence[Sequence[Any]], *merged: str, sheet: str = "Sheet1", **more: Any) -> Grid:
    """merged: areas such as A1:C1."""
    blocks = [Merge(b.min_row, b.min_col, b.max_row, b.max_col) for b in map(CellRange, merged)]
    return Grid("a.xlsx", sheet, rows, merge_map(blocks), **more)


def submission(*grids: Grid, names: dict[str, str] | None = None, sheet: str = "") -> Submission:
    done = parse_book("a.xlsx", grids, names or {}, sheet)
    assert isinstance(done, Submission), done.message
    return done
