"""Declarations: the table of targets a unit applied with, read by the same layout finder as self-evaluations. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from perfeval_xl.core.findings import Finding, Location, finding
from perfeval_xl.core.model import Indicator, Submission
from perfeval_xl.workbook.about import about
from perfeval_xl.workbook.layout import Table, find_tables, transposed
from perfeval_xl.workbook.read import Book
from perfeval_xl.workbook.rows import last_row, read_rows

_WANTED = frozenset({"target"})
_SAMPLES = ("填报说明", "填表说明", "填写说明", "示例", "样表", "范例", "样例", "问题清单", "计算结果")
MAX_SIDE_WIDTH = 30


def parse_declaration(book: Book) -> Submission | Finding:
    """Every declared indicator of a workbook as one submission; a finding where no table of targets is found."""
    shown = [g for g in book.grids if not g.is_hidden] or list(book.grids)
    grids = [g for g in shown if not any(w in g.sheet for w in _SAMPLES)]
    tables = _targets([t for g in grids for t in find_tables(g, _WANTED)])
    if not tables:
        tables = _targets([replace(t, is_sideways=True) for g in grids for t in find_tables(transposed(g), _WANTED)])
    read = [(t, read_rows(t)) for t in tables]
    read = [(t, rows) for t, rows in read if any(r.target for r in rows.indicators)]
    if not read:
        expected = "同时含有指标名称、目标值的表头，及其下的目标值"
        return finding("no-indicator-table", Location(book.file), "各工作表中都没有绩效目标申报表", expected)
    first, rows = read[0]
    indicators: list[Indicator] = []
    seen: set[tuple[str, ...]] = set()
    for _, part in read:
        for row in part.indicators:
            key = (row.level1, row.level2, row.name, row.target)
            if key not in seen:  # a copy of the sheet declares nothing new
                seen.add(key)
                indicators.append(row)
    used = {t.grid.sheet for t, _ in read}
    side = [g for g in shown if g.sheet not in used and g.width <= MAX_SIDE_WIDTH]
    known = about(first, side, dict(book.names), last_row(first, rows))
    findings: Sequence[Finding] = [f for _, part in read for f in part.findings]
    return Submission(
        book.file, first.grid.sheet, known.title, known.department, known.year, indicators, rows.totals, findings=findings,
        layout=_described([t for t, _ in read]), project=known.project, facts=known.facts,
    )  # fmt: skip


def _targets(tables: Sequence[Table]) -> list[Table]:
    return [t for t in tables if any("target" in s.columns for s in t.segments)]


def _described(tables: Sequence[Table]) -> list[str]:
    return [line for table in tables for line in table.described()]
