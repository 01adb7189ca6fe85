"""A foreign workbook (.xlsx .xls .et .ods …) → our form: the table as the reader of workbooks understands it."""

from __future__ import annotations

from perfeval_xl.core.findings import Finding
from perfeval_xl.intake.chapters import Story
from perfeval_xl.intake.convert import Parts, Taken, Wishes, taken_from
from perfeval_xl.intake.grids import PlacedGrid
from perfeval_xl.intake.source import Doubt, IntakeError, Source
from perfeval_xl.workbook.forms.form import DOUBTS, ORIGINS
from perfeval_xl.workbook.parse import parse_book
from perfeval_xl.workbook.readers.base import Book

_SKIPPED = ("填报说明", "问题清单", "计算结果", "基本情况", ORIGINS, DOUBTS)
"""Sheets whose labels are read as facts, and those that only repeat or explain."""


def taken_from_book(book: Book, wishes: Wishes) -> Taken:
    """Raises: IntakeError, RulesetError."""
    names = dict(book.names)
    if "/target-declaration/" in names.get("PE_TEMPLATE", ""):
        raise IntakeError(f"“{book.file}”是绩效目标申报表，没有实现值和得分，不能导入为自评表。")
    submission = parse_book(book.file, book.grids, names, wishes.sheet)
    if isinstance(submission, Finding):
        hint = "请用 --sheet 指明工作表。" if submission.kind.kind == "ambiguous-table" else "没有生成自评表。请确认文件是否选对。"
        raise IntakeError(f"“{book.file}”：{submission.found}。{hint}")
    if not submission.indicators:
        raise IntakeError(f"“{book.file}”的指标自评表中没有一行指标，没有生成自评表。请确认文件是否选对。")
    tables = {
        g.sheet: PlacedGrid(g, [f"工作表“{g.sheet}”第 {row} 行" for row in range(1, g.height + 1)])
        for g in book.grids if not g.is_hidden and g.sheet not in _SKIPPED and g.height <= 5_000
    }  # fmt: skip
    hidden = [Doubt(f"工作表“{g.sheet}”", g.sheet, "这张工作表是隐藏的，没有导入") for g in book.grids if g.is_hidden and g.height]
    return taken_from(submission, Parts(Source(book.file, "工作簿", ()), Story(), tables, hidden), wishes)
