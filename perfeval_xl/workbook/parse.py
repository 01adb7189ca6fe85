"""Grid → submission with the cell of every value. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from perfeval_xl.core.decimals import to_decimal
from perfeval_xl.core.findings import Finding, Location, finding
from perfeval_xl.core.model import Execution, Indicator, Place, Submission, Total
from perfeval_xl.core.quantity import Kind, parse
from perfeval_xl.core.weighting import equal_split
from perfeval_xl.workbook.grid import ERRORS, Grid
from perfeval_xl.workbook.layout import Table, find_execution, find_table, heading

_TOTAL = re.compile(r"(?:合计|总分|综合得分|小计|总计|总得分|合计得分|总分值)\Z")
_BARE_TOTAL = re.compile(r"合计|小计|总分|总计|得分合计|合计得分|总得分")
_GRAND = re.compile(r"\A(?:合计|总分|总计|总得分|自评总分|得分合计|自评得分合计|总分合计|综合得分|自评综合得分)\Z")
_REMARK = re.compile(r"(?:注|备注|说明|填报说明|填表人|填表说明|联系人|联系电话|单位负责人|负责人|审核人|制表人)\s*[:：0-9]")
_LABELS = ("填报单位", "单位名称", "部门名称", "预算部门", "实施单位", "项目单位", "主管部门", "预算单位", "部门")
_PROJECT_LABELS = ("项目名称",)
_YEAR = re.compile(r"(20[0-9]{2})\s*年")


def parse_book(file: str, grids: Iterable[Grid], names: dict[str, str]) -> Submission | Finding:
    """The sheet with the fullest indicator table; a finding where no sheet has one."""
    best: tuple[int, Grid, Table] | None = None
    for grid in grids:
        table = find_table(grid)
        if table is not None and (best is None or len(table.columns) > best[0]):
            best = (len(table.columns), grid, table)
    if best is None:
        return finding("no-indicator-table", Location(file), "各工作表中都没有指标表的表头", "同时含有指标名称、目标值、实现值的表头")
    return parse_grid(best[1], best[2], names)


def parse_grid(grid: Grid, table: Table, names: dict[str, str]) -> Submission:
    """Every row below the header, in sheet order; totals, notes and sums of the form told apart."""
    found: list[Finding] = list(grid.findings)
    letters = {name: _letter(column) for name, column in table.columns.items()}
    letters["name"] = _letter(table.levels[-1])
    rows: list[Indicator] = []
    totals: list[Total] = []
    level1 = level2 = ""
    for row in range(table.header + 1, grid.rows + 1):
        texts = [grid.text(row, c) for c in table.levels]
        own = {name: _clean(grid, row, column, found) for name, column in table.columns.items()}
        if not any([*texts, own["target"], own["actual"]]):
            continue
        label = _total_label(texts, own)
        number = _number(own.get("score", "")) if label else None
        if label:
            section = "" if _GRAND.match(label) else level1
            if number is not None:
                totals.append(Total(section, number, Location(grid.file, grid.sheet, f"{letters.get('score', 'A')}{row}")))
            continue
        if _is_note(grid, row, table) or _as_repeated_header(own):
            continue
        first, second, name = _levels(texts)
        level1, level2 = first or level1, (second or (level2 if not first or first == level1 else ""))
        place = Place(grid.file, grid.sheet, row, letters)
        rows.append(
            Indicator(
                level1, level2, name, own["target"], own["actual"], _number(own.get("weight", "")), own.get("rate", ""),
                _number(own.get("score", "")), own.get("reason", ""), own.get("direction", ""), own.get("unit", ""), place,
            )
        )  # fmt: skip
    rows = _share_merged(grid, table, rows)
    title, department, year = _about(grid, table.header, names)
    return Submission(
        grid.file, grid.sheet, title, department, year, rows, totals, names.get("PE_RULESET", ""),
        "department" if "整体支出" in title else "project", found, _execution(grid, table.header, found),
    )  # fmt: skip


def _total_label(texts: list[str], own: dict[str, str]) -> str:
    """The label of a row that sums others; empty for an indicator, even one named 补贴合计 or 总分排名."""
    labels = {heading(t) for t in texts if t}
    last = next((heading(t) for t in reversed(texts) if t), "")
    if not _TOTAL.search(last) or {heading(own["target"]), heading(own["actual"])} - labels - {""}:
        return ""
    return last if len(labels) == 1 or _BARE_TOTAL.fullmatch(last) else ""


def _letter(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _clean(grid: Grid, row: int, column: int, found: list[Finding]) -> str:
    """A cell's text; error values and uncalculated formulas are reported and read as blank."""
    text = grid.text(row, column)
    if text in ERRORS:
        found.append(finding("error-cell", Location(grid.file, grid.sheet, f"{_letter(column)}{row}"), f"单元格显示 {text}", "数值或文字"))
        return ""
    if not text and (row, column) in grid.uncalculated:
        found.append(finding("uncalculated-formula", Location(grid.file, grid.sheet, f"{_letter(column)}{row}"), "公式没有计算结果", "已计算并保存的数值"))
    return text


def _number(text: str) -> Decimal | None:
    """A weight or a score: a bare number, or one with 分."""
    if not text:
        return None
    read = parse(text)
    if read.kind is Kind.NUMBER and read.unit.dimension in {"", "分"} and read.value is not None:
        return read.value
    if read.kind is Kind.PERCENT and read.unit.symbol == "%":
        return read.value
    return to_decimal(text.strip())


def _is_note(grid: Grid, row: int, table: Table) -> bool:
    """One merged cell over the whole table, or a lone 注：…: a remark, not an indicator."""
    texts = [t for c in range(1, grid.columns + 1) if (t := grid.own(row, c).strip())]
    if len(texts) == 1 and _REMARK.match(texts[0]):
        return True
    block = grid.merges.get((row, table.levels[0]))
    return block is not None and block.right >= max(table.columns["target"], table.columns["actual"]) and block.left <= table.levels[0]


def _as_repeated_header(own: dict[str, str]) -> bool:
    """A header printed again on the next page."""
    return heading(own["target"]).endswith("值") and heading(own["actual"]).endswith(("值", "情况")) and "指标" in own["target"] + own["actual"]


def _levels(texts: list[str]) -> tuple[str, str, str]:
    """level1, level2, name of a row: the innermost columns; brackets such as （分值20） belong to the form."""
    name = texts[-1].strip()
    second = _head(texts[-2]) if len(texts) > 1 else ""
    first = _head(texts[-3]) if len(texts) > 2 else second
    return first, second if len(texts) > 2 else "", name


def _head(text: str) -> str:
    return re.sub(r"\s", "", re.split(r"[（(]", text, maxsplit=1)[0])


def _share_merged(grid: Grid, table: Table, rows: list[Indicator]) -> list[Indicator]:
    """Rows under one merged weight or score cell share it: the weight is split evenly, the score stands for all of them."""
    out = list(rows)
    for name in ("weight", "score"):
        column = table.columns.get(name)
        groups: dict[tuple[int, int], list[int]] = {}
        for i, row in enumerate(rows):
            block = grid.merges.get((row.place.row, column)) if column else None
            if block is not None and block.bottom > block.top:
                groups.setdefault((block.top, block.left), []).append(i)
        for members in groups.values():
            if len(members) < 2:
                continue
            value = getattr(rows[members[0]], name)
            if name == "weight" and value is not None:
                for i, share in zip(members, equal_split(value, len(members)), strict=True):
                    out[i] = replace(out[i], weight=share)
            elif name == "score":
                for position, i in enumerate(members):
                    out[i] = replace(out[i], score=value if not position else None, score_rows=len(members) if not position else 0)
    return out


def _about(grid: Grid, header: int, names: dict[str, str]) -> tuple[str, str, int | None]:
    title, department, project = "", "", ""
    for row in range(1, header):
        for column in range(1, grid.columns + 1):
            text = grid.own(row, column).strip()
            if not text:
                continue
            if not title and len(text) >= 4 and re.search(r"自评|绩效|评价", text):
                title = re.sub(r"\s+", "", text)
            label, _, rest = text.partition("：")
            plain = heading(label)
            if plain in _LABELS and not department:
                department = rest.strip() or _next_text(grid, row, column)
            if plain in _PROJECT_LABELS and not project:
                project = rest.strip() or _next_text(grid, row, column)
    department = names.get("PE_DEPARTMENT") or department
    year_text = names.get("PE_YEAR", "")
    found = _YEAR.search(title) or next(
        (m for r in range(1, header) for c in range(1, grid.columns + 1) if (m := _YEAR.search(grid.own(r, c)))), None
    )
    year = int(year_text) if year_text.isdigit() and len(year_text) == 4 else int(found[1]) if found else None
    return title or grid.sheet, department, year


def _next_text(grid: Grid, row: int, column: int) -> str:
    start = column + grid.width(row, column)
    return next((t.strip() for c in range(start, min(start + 4, grid.columns) + 1) if (t := grid.own(row, c))), "")


def _execution(grid: Grid, before: int, found: list[Finding]) -> Execution | None:
    spot = find_execution(grid, before)
    if spot is None:
        return None
    row, columns = spot
    texts = {name: _clean(grid, row, column, found) for name, column in columns.items()}
    budgets: dict[str, str] = {name: texts[name] for name in ("initial", "annual", "adjusted") if name in texts}
    place = Place(grid.file, grid.sheet, row, {name: _letter(column) for name, column in columns.items()})
    return Execution(budgets, texts["actual"], texts.get("rate", ""), _number(texts.get("weight", "")), _number(texts.get("score", "")), place)
