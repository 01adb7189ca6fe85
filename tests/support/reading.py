"""A form of ours read back through the reader: the cells as a submission, and what its formulas show."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

from openpyxl import Workbook, load_workbook

from perfeval_xl.core.model import Submission
from perfeval_xl.workbook.grid import Grid
from perfeval_xl.workbook.parse import parse_book
from perfeval_xl.workbook.read import read_workbook


def inputs_of(path: Path) -> tuple[Submission, dict[str, Grid]]:
    """All tables of a form as one submission, without what formulas say: rates and scores are left out."""
    book = read_workbook(path)
    done = parse_book(book.file, book.grids, {**book.names, "PE_YEAR": "2025"})
    assert isinstance(done, Submission), done.message
    rows = [r._replace(rate="", score=None) for r in done.indicators]
    return replace(done, indicators=rows, totals=(), findings=()), {g.sheet: g for g in book.grids}


def loaded(path: Path, *, data_only: bool = False) -> Workbook:
    """A workbook as openpyxl sees it, the second pair of eyes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl drops parts it does not know; nothing is written back
        return load_workbook(path, data_only=data_only)
