"""Grids → submissions, with the cell of every value. Pure.

Which tables of a workbook make one submission is decided here; what a row is, in `rows`; where tables are, in `layout`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core.decimals import ZERO, plain
from perfeval_xl.core.findings import Finding, Location, Severity, finding
from perfeval_xl.core.memory import without_cycle_search
from perfeval_xl.core.model import Execution, Fund, Indicator, Place, Submission, Total
from perfeval_xl.core.quantity import Kind, parse
from perfeval_xl.workbook.about import About, about, upright
from perfeval_xl.workbook.funds import FundLines, find_funds, label_of
from perfeval_xl.workbook.grid import Grid, letter
from perfeval_xl.workbook.labels import number
from perfeval_xl.workbook.layout import Table, find_sideways, find_tables
from perfeval_xl.workbook.money import find_money
from perfeval_xl.workbook.rows import TableRows, last_row, read_rows

_SAMPLE_SHEETS = ("填报说明", "填表说明", "填写说明", "示例", "样表", "范例", "样例", "填写范例")
_RESULT_SHEETS = ("计算结果", "问题清单")  # what we ourselves write beside a table
_OWN_PARTS = ("自评表", "管理效率")
_HUNDRED = Decimal(100)
MAX_SIDE_WIDTH = 30  # a wider sheet is data, not a form with labels


def parse_book(file: str, grids: Iterable[Grid], names: Mapping[str, str], sheet: str = "") -> Submission | Finding:
    """The one submission of a workbook; a finding where there is no table, or several that cannot be told apart.

    sheet: the sheet to take where there are several.
    """
    found = parse_tables(file, grids, names, sheet)
    if isinstance(found, Finding):
        return found
    if len(found) == 1:
        return found[0]
    listed = "；".join(f"工作表“{s.sheet}”中的“{s.project or s.title}”（{len(s.indicators)} 项指标，{s.layout[0].rpartition('：')[2]}）" for s in found)
    return finding("ambiguous-table", Location(file, found[0].sheet), f"有 {len(found)} 个完整的指标表：{listed}", "一份指标表，或指明取哪个工作表", Severity.ERROR)


def parse_tables(file: str, grids: Iterable[Grid], names: Mapping[str, str], sheet: str = "") -> list[Submission] | Finding:
    """Every submission of a workbook: parts of one table are put together, samples and empty copies left out."""
    with without_cycle_search():
        return _parsed(file, list(grids), names, sheet)


def _parsed(file: str, every: Sequence[Grid], names: Mapping[str, str], sheet: str) -> list[Submission] | Finding:
    tables, notes = _tables(every, sheet)
    if not tables:
        expected = "同时含有指标名称、目标值、实现值的表头"
        if sheet and sheet not in {g.sheet for g in every}:
            return finding("no-indicator-table", Location(file), f"没有名为“{sheet}”的工作表，现有：" + "、".join(g.sheet for g in every), expected)
        where = f"工作表“{sheet}”" if sheet else "各工作表"
        return finding("no-indicator-table", Location(file), f"{where}中都没有指标表的表头", expected)
    tables = [part for table in tables for part in _side_by_side(table)]
    read = [read_rows(table) for table in tables]
    groups, remarks = _submissions(tables, read, names)
    used = {t.grid.sheet for t in tables}
    side = [g for g in every if not g.is_hidden and g.sheet not in used and g.width <= MAX_SIDE_WIDTH]
    aside = _Aside([*notes, *remarks.notes], remarks.findings, side, has_money=len(groups) == 1)
    return [_submission(file, group, names, aside) for group in groups]


class _Aside(NamedTuple):
    """What goes with every submission of a workbook: notes and findings about its tables, and the sheets beside them.

    has_money: whether the money on those sheets is this submission's; of several projects nobody knows whose it is.
    """

    notes: Sequence[str]
    findings: Sequence[Finding]
    grids: Sequence[Grid] = ()
    has_money: bool = True


Group = list[tuple[Table, TableRows]]


def _tables(grids: Sequence[Grid], sheet: str) -> tuple[list[Table], list[str]]:
    """The tables worth reading, and what was left aside."""
    notes: list[str] = []
    shown = [g for g in grids if (g.sheet == sheet if sheet else not g.is_hidden)]
    tables = [t for g in shown for t in find_tables(g)] or [t for g in shown for t in find_sideways(g)]
    if not tables and not sheet:
        tables = [t for g in grids if g.is_hidden for t in find_tables(g)]
        notes += [f"工作表“{t.grid.sheet}”是隐藏的，其他工作表中没有指标表，已读取" for t in tables]
    elif not sheet:
        notes += [f"隐藏的工作表“{g.sheet}”未读取" for g in grids if g.is_hidden and find_tables(g)]
    real = [t for t in tables if not any(word in t.grid.sheet for word in (*_SAMPLE_SHEETS, *_RESULT_SHEETS))]
    if real and len(real) < len(tables):
        notes += [f"工作表“{t.grid.sheet}”是填写说明、示例或计算结果，未读取" for t in tables if t not in real]
        tables = real
    best = max((t.rank[0] for t in tables), default=0)
    # a list of names and targets beside a full table is no second table; names with weights and scores are
    whole = [t for t in tables if t.rank[0] >= min(best, 3) or {"weight", "score"} <= t.segments[0].columns.keys()]
    notes += [f"工作表“{t.grid.sheet}”第 {t.top} 行的表没有实现值或得分，未作为自评表" for t in tables if t not in whole]
    return whole, notes


_WHOLE = Decimal(80)


def _side_by_side(table: Table) -> list[Table]:
    """Halves of one table beside each other stay together; two whole tables on one line are two."""
    if len({s.top for s in table.segments}) == len(table.segments):
        return [table]
    parts = [replace(table, segments=(s,)) for s in table.segments]
    weights = [sum((r.weight or ZERO for r in read_rows(p).indicators), ZERO) for p in parts]
    return parts if min(weights) >= _WHOLE else [table]


def _submissions(tables: Sequence[Table], read: Sequence[TableRows], names: Mapping[str, str]) -> tuple[list[Group], _Aside]:
    """Tables that belong together, in order; empty and repeated ones left out and said so."""
    pairs = [(t, r) for t, r in zip(tables, read, strict=True) if r.indicators]
    notes, remarks = [], []
    if not pairs:
        return [[(tables[0], read[0])]], _Aside([], [])
    filled = [p for p in pairs if any(i.actual or i.score for i in p[1].indicators)] or pairs[:1]
    notes += [f"工作表“{t.grid.sheet}”第 {t.top} 行的指标表没有填写实现值和得分，未读取" for t, r in pairs if (t, r) not in filled]
    kept: Group = filled if len(filled) == 1 else []
    seen: dict[tuple[object, ...], Table] = {}
    for table, rows in filled if not kept else ():
        known = about(table, [], names, last_row(table, rows))
        key = (known.project, known.department, *((r.name, r.target, r.actual, r.weight, r.score) for r in rows.indicators))
        twin = seen.setdefault(key, table)
        if twin is table:
            kept.append((table, rows))
            continue
        text = f"工作表“{table.grid.sheet}”第 {table.top} 行的指标表与工作表“{twin.grid.sheet}”第 {twin.top} 行的内容相同"
        remarks.append(finding("ambiguous-table", Location(table.grid.file, table.grid.sheet, f"A{table.top}"), text + "，只计算了一次", "一份指标表", Severity.INFO))
    if len(kept) > 1 and _belong_together(kept, names):
        notes.append("以下各表合为一份自评表：" + "、".join(f"工作表“{t.grid.sheet}”第 {t.top} 行" for t, _ in kept))
        return [kept], _Aside(notes, remarks)
    return [[pair] for pair in kept], _Aside(notes, remarks)


def _belong_together(kept: Group, names: Mapping[str, str]) -> bool:
    """Sheets of our own form; or parts that share no indicator and whose weights make up a hundred only together."""
    sheets = [t.grid.sheet for t, _ in kept]
    if names.get("PE_TEMPLATE") and set(sheets) <= set(_OWN_PARTS):
        return True
    if len(kept) == len(_OWN_PARTS) and all(sum(part in s for s in sheets) == 1 for part in _OWN_PARTS):
        return True
    weights = [sum((r.weight or ZERO for r in rows.indicators if not r.is_detail), ZERO) for _, rows in kept]
    heads = [{r.level1 for r in rows.indicators} for _, rows in kept]
    is_apart = all(not (a & b) for i, a in enumerate(heads) for b in heads[i + 1 :])
    return is_apart and all(ZERO < w < _HUNDRED for w in weights) and sum(weights, ZERO) <= _HUNDRED and sum(weights, ZERO) > 90


def _submission(file: str, group: Group, names: Mapping[str, str], aside: _Aside) -> Submission:
    first, rows = group[0]
    grid = first.grid
    indicators: list[Indicator] = []
    totals: list[Total] = []
    found: list[Finding] = [*grid.findings, *aside.findings]
    facts: dict[str, str] = {}
    layout: list[str] = []
    for table, part in group:
        indicators += part.indicators
        totals += part.totals
        found += part.findings
        facts.update(part.facts)
        layout += table.described()
        if table.grid.is_hidden:
            found.append(finding("hidden-rows", Location(file, table.grid.sheet), f"指标表在隐藏的工作表“{table.grid.sheet}”中，已读取", "显示的工作表"))
    known = about(first, aside.grids, names, last_row(first, rows))
    facts = {**known.facts, **facts}
    sheet, top = upright(first)
    funds = find_funds(sheet, first.start if sheet is grid else 1, top - 1) or (_funds_below(grid, first, rows) if sheet is grid else None)
    execution = _execution(sheet, funds, found) if funds else None
    if execution is not None:
        layout.append(f"资金表在第 {funds.total if funds else 0} 行：" + "、".join(f"{_FUND_TITLES[n]}＝{execution.total.place.cell(n)}" for n in execution.total.place.columns if n in _FUND_TITLES))
    totals = _with_stated_total(totals, known, file)
    form = "department" if any("整体" in text for text in (known.title, grid.sheet, names.get("PE_TEMPLATE", ""))) or "department" in names.get("PE_TEMPLATE", "") else "project"
    return Submission(
        file, grid.sheet, known.title, known.department, known.year, indicators, totals, names.get("PE_RULESET", ""), form, found, execution,
        [*layout, *aside.notes], known.project, facts, find_money(aside.grids) if aside.has_money else None,
    )  # fmt: skip


def _with_stated_total(totals: Sequence[Total], known: About, file: str) -> list[Total]:
    """The total that stands beside the title (自评总分：98.5), where the table has no total row."""
    if any(not t.section for t in totals) or known.total is None:
        return list(totals)
    score = number(known.total[0])
    return list(totals) if score is None else [*totals, Total("", score, Location(file, *known.total[1]))]


def _funds_below(grid: Grid, table: Table, rows: TableRows) -> FundLines | None:
    """A fund table printed under the indicators, where no other table follows on the sheet."""
    return find_funds(grid, last_row(table, rows) + 1, table.end or grid.height)


_FUND_TITLES = {"initial": "年初预算数", "annual": "全年预算数", "adjusted": "调整后预算数", "actual": "执行数", "rate": "执行率", "weight": "分值", "score": "得分"}


def _execution(grid: Grid, lines: FundLines, found: list[Finding]) -> Execution:
    def cell(row: int, name: str) -> str:
        column = lines.columns.get(name)
        if column is None:
            return ""
        if (row, column) in grid.errors:
            found.append(finding("error-cell", grid.location(row, column), f"单元格显示 {grid.errors[row, column]}", "数值"))
            return ""
        text = grid.text(row, column)
        if not text and (row, column) in grid.uncalculated:
            found.append(finding("uncalculated-formula", grid.location(row, column), "公式没有计算结果", "已计算并保存的数值"))
        return "" if parse(text).kind is Kind.NONE else text

    letters = {name: letter(column) for name, column in lines.columns.items()}

    def fund(row: int) -> Fund:
        budgets = {name: cell(row, name) for name in ("initial", "annual", "adjusted") if name in lines.columns}
        label = label_of(grid, row, min(lines.columns.values()))
        return Fund(label, budgets, cell(row, "actual"), cell(row, "rate"), Place(grid.file, grid.sheet, row, letters))

    total, sources = fund(lines.total), tuple(fund(r) for r in lines.sources)
    waits = {name for name, column in lines.columns.items() if (lines.total, column) in grid.uncalculated}
    if waits and sources:  # a sum that nothing has calculated yet is the sum of its lines
        budgets = {name: _sum([s.budgets[name] for s in sources]) if name in waits else text for name, text in total.budgets.items()}
        total = total._replace(budgets=budgets, spent=_sum([s.spent for s in sources]) if "actual" in waits else total.spent)
    return Execution(total, number(cell(lines.total, "weight")), number(cell(lines.total, "score")), sources, lines.unit)



def _sum(amounts: Sequence[str]) -> str:
    """The sum of amounts as text; blank where there is none or one cannot be read."""
    read = [parse(text) for text in amounts if text.strip()]
    if not read or any(q.value is None or q.unit.dimension not in {"", "money"} for q in read) or len({q.unit for q in read}) > 1:
        return ""
    return plain(sum((q.value for q in read if q.value is not None), ZERO)) + read[0].unit.symbol
