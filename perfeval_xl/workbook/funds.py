"""The fund table of project forms: 年初预算数, 全年预算数, 执行数, 执行率, in all the words forms use for them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from perfeval_xl.core.quantity import parse
from perfeval_xl.workbook.grid import Grid
from perfeval_xl.workbook.headings import bracketed, field_of, heading

_WORDS: dict[str, tuple[str, ...]] = {
    "initial": ("年初预算数", "年初预算", "年初批复预算数", "年初预算安排", "年初预算金额", "年初批复数", "年初预算资金"),
    "annual": ("全年预算数", "全年预算", "预算数", "年度预算数", "预算金额", "全年预算金额", "预算安排", "预算安排数", "本年预算数", "预算资金", "年度预算", "全年预算资金", "预算总额", "预算安排金额", "预算安排资金", "预算下达数", "下达预算数"),
    "adjusted": ("调整后预算数", "调整后预算", "调整预算数", "调整后全年预算数", "调整后的预算数", "预算调整数"),
    "actual": ("全年执行数", "执行数", "预算执行数", "全年执行", "实际执行数", "实际支出数", "执行金额", "支出数", "全年支出数", "实际支出", "决算数", "资金执行数", "实际执行", "全年实际执行数",
               "实际支付数", "执行资金"),
    "weight": ("分值", "权重", "标准分", "满分"),
    "rate": ("执行率", "预算执行率", "资金执行率", "支出率", "执行进度"),
    "score": ("得分", "自评得分", "自评分", "执行率得分"),
}  # fmt: skip
_FIELD_OF = {word: name for name, words in _WORDS.items() for word in words}
_BUDGETS = frozenset({"initial", "annual", "adjusted"})
_SUM = re.compile(r"总额|合计|资金总|总计|项目资金\Z|预算资金总|资金情况")
_SOURCE = re.compile(r"其中|财政拨款|财政资金|上级|本级|结转|其他资金|自有|自筹|补助|专项")
MAX_LINES = 40
_MONEY = re.compile(r"(万元|亿元|元)")
_STATED_UNIT = re.compile(r"单位\s*[:：]\s*(?:人民币)?\s*(万元|亿元|元)")


class FundLines(NamedTuple):
    """columns: field → column. total: row of the sum. sources: the other lines. is_pairs: labels and values alternate in one row."""

    columns: Mapping[str, int]
    total: int
    sources: tuple[int, ...]
    unit: str
    first_label: int


@lru_cache(maxsize=8192)
def fund_field(text: str) -> str:
    """The field a heading of the fund table names; empty where it names none."""
    if not text or len(text) > 30:
        return ""
    word = heading(text)
    return _FIELD_OF.get(word) or _FIELD_OF.get(word.rstrip("ABCDabcd"), "")


def find_funds(grid: Grid, first: int, last: int) -> FundLines | None:
    """The fund table between two rows, or None."""
    for row in range(max(first, 1), min(last, grid.height) + 1):
        columns: dict[str, int] = {}
        for column, value in enumerate(grid.rows[row - 1], 1):
            name = fund_field(value) if type(value) is str and value else ""
            if name and name not in columns:
                columns[name] = column
        if "actual" not in columns or not columns.keys() & _BUDGETS:
            continue
        unit = _unit(grid, row)
        pairs = _as_pairs(grid, row, columns)
        if pairs is not None:
            return FundLines(pairs, row, (), unit, 1)
        lines = _lines(grid, row, last, columns)
        if lines is not None:
            return FundLines(columns, lines[0], lines[1], unit, 1)
    return None


def label_of(grid: Grid, row: int, before: int) -> str:
    """What a line of the fund table is called."""
    return "".join(dict.fromkeys(t for c in range(1, before) if (t := grid.own(row, c)))).strip()


def _as_pairs(grid: Grid, row: int, columns: Mapping[str, int]) -> dict[str, int] | None:
    """预算数｜100｜执行数｜95: each label's value in the next cell."""
    out: dict[str, int] = {}
    for name, column in columns.items():
        right = column + grid.span(row, column)
        text = grid.own(row, right)
        if not text or not parse(text).is_number:
            return None
        out[name] = right
    return out


def _lines(grid: Grid, header: int, last: int, columns: Mapping[str, int]) -> tuple[int, tuple[int, ...]] | None:
    left = min(columns.values())
    total, sources, plain = 0, [], []
    for row in range(header + 1, min(header + MAX_LINES, last, grid.height) + 1):
        label = heading(label_of(grid, row, left))
        amounts = [t for name in (*_BUDGETS, "actual") if name in columns and (t := grid.own(row, columns[name]))]
        if any(len(t) > 20 or (field_of(t) or fund_field(t)) for t in amounts):
            break  # sentences or the next header: no line of amounts; 未安排 is one
        if _SOURCE.search(label) and not (_SUM.search(label) and "其中" not in label):
            sources.append(row)
        elif _SUM.search(label) and not total:
            total = row
        elif amounts:
            plain.append(row)
        elif label:
            break
    if not total:
        if not plain:
            return None
        total, plain = plain[0], plain[1:]
    return total, tuple(sorted({*sources, *plain}))


def _unit(grid: Grid, row: int) -> str:
    """The money unit that the table's heading or its columns name."""
    for near in (row, row - 1, row + 1, row - 2, row - 3):
        if not 1 <= near <= grid.height:
            continue
        for value in grid.rows[near - 1]:
            if type(value) is str and "元" in value:
                found = _MONEY.search(bracketed(value)) or _STATED_UNIT.search(value)
                if found:
                    return found[1]
    return ""


def heads_funds(texts: Sequence[str]) -> bool:
    """Whether a row heads a fund table: what was budgeted, and what was spent."""
    names = {fund_field(t) for t in texts if t}
    return "actual" in names and bool(names & _BUDGETS)
