"""Layout: where the indicator table of a sheet is, and which column holds what. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from perfeval_xl.workbook.grid import Grid

MAX_HEADER_ROW = 300
MAX_HEADER_HEIGHT = 3

_HEADINGS: dict[str, tuple[str, ...]] = {
    "level1": ("一级指标",),
    "level2": ("二级指标",),
    "name": ("三级指标", "指标名称", "具体指标", "指标内容", "评价指标名称"),
    "levels": ("自评指标", "绩效指标", "评价指标", "指标"),
    "target": ("年度目标值", "年度指标值", "目标值", "指标值", "年初目标值", "绩效指标值", "预期值", "预期指标值", "全年目标值", "计划值", "年初指标值",
               "年度预期指标值", "年度绩效目标值", "计划完成值", "目标"),
    "actual": ("年度实现值", "实际完成值", "全年实际值", "实现值", "完成值", "实际完成情况", "全年完成值", "实际值", "全年实际完成值", "年度实际完成值", "实际完成",
               "完成情况", "实际完成指标值", "全年完成情况", "自评完成值"),
    "rate": ("指标完成率", "完成率", "完成比例"),
    "weight": ("单项分值", "分值", "权重", "标准分", "标准分值", "满分", "权重分值", "分值权重"),
    "score": ("单项自评得分", "自评得分", "得分", "单项得分", "自评分", "评分", "自评分值"),
    "direction": ("方向", "指标方向", "指标性质", "完成方向", "指标符号"),
    "unit": ("单位", "计量单位", "度量单位"),
}  # fmt: skip
_FIELD_OF = {heading: name for name, headings in _HEADINGS.items() for heading in headings}
_REASON = re.compile(r"偏差原因|未完成原因|原因分析|扣分原因|改进措施|备注|说明")
_EXECUTION: dict[str, tuple[str, ...]] = {
    "initial": ("年初预算数", "年初预算", "年初批复预算数"),
    "annual": ("全年预算数", "全年预算", "预算数", "年度预算数"),
    "adjusted": ("调整后预算数", "调整后预算", "调整预算数"),
    "actual": ("全年执行数", "执行数", "预算执行数", "全年执行", "实际执行数", "实际支出数"),
    "weight": ("分值", "权重"),
    "rate": ("执行率", "预算执行率"),
    "score": ("得分", "自评得分"),
}
_EXECUTION_OF = {heading: name for name, headings in _EXECUTION.items() for heading in headings}


@dataclass(frozen=True, slots=True)
class Table:
    """header: its last row. columns: field → column. levels: columns of the headings' hierarchy, outermost first."""

    header: int
    columns: dict[str, int]
    levels: tuple[int, ...]


def heading(text: str) -> str:
    """A heading without blanks, brackets and what they hold.

    >>> heading("单项分值\\n（权重）"), heading("实际完成值 (B)")
    ('单项分值', '实际完成值')
    """
    return re.sub(r"[（(][^（()）]*[)）]|\s|[:：]", "", text)


def find_table(grid: Grid) -> Table | None:
    """The fullest header row of the sheet that names indicators, a target and an actual."""
    best: Table | None = None
    for row in range(1, min(grid.rows, MAX_HEADER_ROW) + 1):
        table = _as_header(grid, row)
        if table is not None and (best is None or len(table.columns) > len(best.columns)):
            best = table
    return best


def _as_header(grid: Grid, row: int) -> Table | None:
    columns: dict[str, int] = {}
    levels: list[int] = []
    bottom = row
    for column in range(1, grid.columns + 1):
        text = grid.own(row, column)
        if not text:
            continue
        plain = heading(text)
        name = _FIELD_OF.get(plain) or ("reason" if _REASON.search(plain) and len(plain) <= 20 else None)
        block = grid.merges.get((row, column))
        if block is not None and block.bottom - block.top >= MAX_HEADER_HEIGHT:
            continue  # a label at the side of the whole table (绩效指标), not a heading of a column
        if name == "levels":
            levels += range(column, column + grid.width(row, column))
        elif name in {"level1", "level2", "name"}:
            levels += range(column, column + grid.width(row, column)) if name == "name" else [column]
        if name is None or name in columns:
            continue
        columns[name] = column
        bottom = max(bottom, block.bottom if block else row)
    if not levels or "target" not in columns or "actual" not in columns:
        return None
    return Table(bottom, columns, tuple(dict.fromkeys(levels)))


def find_execution(grid: Grid, before: int) -> tuple[int, dict[str, int]] | None:
    """Row of the fund total, and its columns, above the indicator table."""
    for row in range(1, min(before, grid.rows) + 1):
        columns: dict[str, int] = {}
        for column in range(1, grid.columns + 1):
            name = _EXECUTION_OF.get(heading(grid.own(row, column)))
            if name and name not in columns:
                columns[name] = column
        if "actual" not in columns or not columns.keys() & {"initial", "annual", "adjusted"}:
            continue
        for line in range(row + 1, min(row + 6, grid.rows) + 1):
            label = "".join(heading(t) for t in _left_of(grid, line, min(columns.values())))
            if re.search(r"总额|合计|资金总|总计", label) and "其中" not in label:
                return line, columns
    return None


def _left_of(grid: Grid, row: int, column: int) -> Iterator[str]:
    return (grid.own(row, c) for c in range(1, column))
