"""Integrity: what was done to a form of ours after it was handed out: formulas typed over, rows put in, names or sheets changed. Pure.

Nothing here stops the reading: every number is computed anew, and what differs is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from perfeval_xl.core.findings import Finding, Location, Severity, finding
from perfeval_xl.core.model import Indicator, Submission
from perfeval_xl.workbook.forms.origin import score_item, unreported_scores
from perfeval_xl.workbook.grid import Grid, column_number

NAMES = ("PE_DEPARTMENT", "PE_YEAR", "PE_RULESET", "PE_TEMPLATE", "PE_INDICATORS", "PE_TOTAL")
SHEETS = ("填报说明", "基本情况", "自评表", "收支情况", "问题清单")
_OWN_COLUMNS = frozenset({"level1", "level2", "name", "direction", "target", "unit", "actual", "rate", "weight", "score", "reason", "evidence"})
_COMPUTED = {"rate": "完成率", "score": "得分"}
_TRADE = "perfeval-"


def form_findings(submission: Submission, grids: Sequence[Grid], names: Mapping[str, str], version: str) -> Iterator[Finding]:
    """What is remarkable about a form of ours; nothing for forms that others made.

    grids, names: the workbook's. version: of the templates made now, the part of PE_TEMPLATE before the first slash.
    """
    if not is_own(submission, names):
        return
    file = submission.file
    missing = [n for n in NAMES if n not in names]
    if missing:
        yield finding("template-changed", Location(file, submission.sheet), f"工作簿中的名称 {'、'.join(missing)} 已被删除", "保留模板自带的名称")
    sheets = {g.sheet for g in grids}
    gone = [s for s in SHEETS if s not in sheets]
    if gone:
        yield finding("template-changed", Location(file), f"没有名为“{'”“'.join(gone)}”的工作表，可能已改名或删除", "保留模板的工作表及其名称")
    stated = names.get("PE_TEMPLATE", "").partition("/")[0]
    if stated and _order(stated) < _order(version):
        yield finding("template-outdated", Location(file, submission.sheet), f"模板版本 {stated}", f"现行版本 {version}")
    by_sheet = {g.sheet: g for g in grids}
    for sheet in dict.fromkeys(r.place.sheet for r in submission.indicators):
        grid = by_sheet.get(sheet)
        if stated and grid is not None and grid.formulas and not grid.is_protected:
            yield finding("template-changed", Location(file, sheet), "工作表保护已被撤销，公式可能被改动", "在“审阅”中恢复工作表保护（没有密码）", Severity.INFO)
    for row in submission.indicators:
        grid = by_sheet.get(row.place.sheet)
        if grid is not None and row.place.row:
            yield from _computed_cells(row, grid, is_imported="PE_SOURCE" in names)


def is_own(submission: Submission, names: Mapping[str, str]) -> bool:
    """Whether a table stands in a form of ours: by its names, or by its columns where the names are gone."""
    if names.get("PE_TEMPLATE", "").startswith(_TRADE):
        return True
    return bool(submission.indicators) and submission.indicators[0].place.columns.keys() >= _OWN_COLUMNS - {"level1", "level2"}


def with_computed_scores(submission: Submission, grids: Sequence[Grid]) -> Submission:
    """A form of ours: scores that its formulas computed are marked, so that the engine does not take them for a person's, and
    are not missed where a program filled the form in without calculating it: they are computed here anyway. In a form that was filled in
    from a document, a score which that document does not state is none that was reported, nor is a sum of such."""
    by_sheet = {g.sheet: g for g in grids}
    rows = [r._replace(is_computed=_score_cell(r) in by_sheet[r.place.sheet].formulas) if r.place.sheet in by_sheet else r for r in submission.indicators]
    unreported = unreported_scores(grids)
    is_bare = [r.is_computed and (r.place.sheet, score_item(("★" if r.is_core else "") + r.name)) in unreported for r in rows]
    rows = [r._replace(score=None) if bare else r for r, bare in zip(rows, is_bare, strict=True)]
    sums = {"", *(r.level1 for r, bare in zip(rows, is_bare, strict=True) if bare)} if any(is_bare) else set()  # what the form's formulas add up from them nobody reported either
    totals = [replace(t, score=None) if t.section in sums else t for t in submission.totals]
    inputs = {(r.place.sheet, r.place.cell(n)) for r in rows for n in ("target", "actual", "weight")}
    hints = {(r.place.sheet, r.place.cell("score")) for r in rows if r.is_computed}  # 请填数值: the form's own words, not the clerk's
    found = [
        f for f in submission.findings
        if not (f.kind.kind == "uncalculated-formula" and (f.location.sheet, f.location.cell) not in inputs)
        and not (f.kind.kind == "missing-score" and (f.location.sheet, f.location.cell) in hints)
    ]  # fmt: skip
    return replace(submission, indicators=rows, totals=totals, findings=found)


def _score_cell(row: Indicator) -> tuple[int, int]:
    return row.place.row, column_number(row.place.columns.get("score", ""))


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.removeprefix(_TRADE).split(".") if part.isdigit())


def _computed_cells(row: Indicator, grid: Grid, *, is_imported: bool) -> Iterator[Finding]:
    """The rate and score of a row are formulas of the form; a constant there was typed."""
    if not (row.target or row.actual):
        return
    absent = []
    for name, title in _COMPUTED.items():
        cell = row.place.cell(name)
        if not cell:
            continue
        at = (row.place.row, column_number(row.place.columns[name]))
        if at in grid.formulas:
            continue
        text = grid.own(*at)
        if text and is_imported:  # as the published report states it: the form was filled in from one
            continue
        if text:
            yield finding("formula-overwritten", Location(grid.file, grid.sheet, cell), f"{title}列的公式被改成了“{text[:40]}”", "模板自带的公式")
        else:
            absent.append(cell)
    if absent:
        yield finding("template-changed", Location(grid.file, grid.sheet, absent[-1]), f"第 {row.place.row} 行没有计分公式，可能是插入的行", "从上一行复制整行后再填写")
