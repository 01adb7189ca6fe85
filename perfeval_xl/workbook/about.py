"""What a workbook says besides its table: title, unit, year, project, the stated total, labels with their texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from perfeval_xl.workbook.grid import Grid
from perfeval_xl.workbook.headings import field_of, heading
from perfeval_xl.workbook.layout import Table

# The unit that reports, the most telling label first: a project form names the department in charge and the unit that carries it out.
_DEPARTMENTS = ("填报单位", "单位名称", "部门名称", "填报部门", "自评单位", "报送单位", "申报单位", "预算部门", "预算部门名称", "预算单位", "部门预算单位", "主管部门", "主管部门名称",
                "项目主管部门", "部门", "实施单位", "项目单位", "项目实施单位", "资金使用单位", "单位")  # fmt: skip
_PROJECTS = ("项目名称", "专项名称", "资金名称", "专项资金名称", "转移支付名称", "项目支出名称")
_TOTALS = ("自评总分", "总分", "自评得分", "自评总得分", "总得分", "自评分数", "综合得分")
_LABELS = frozenset({
    *_DEPARTMENTS, *_PROJECTS, *_TOTALS, "年度", "预算年度", "自评年度", "填报年度", "填报人", "填表人", "联系人", "联系电话", "填报日期", "填表日期", "填报时间", "自评等级", "单位负责人",
    "项目负责人", "部门职能", "主要职能", "年度工作任务", "年度重点工作任务", "年度总体工作和重点工作任务", "整体绩效目标", "部门整体绩效目标", "年度总体目标", "绩效管理情况", "主要问题",
    "存在问题", "存在的主要问题", "改进措施", "下一步改进措施", "项目概况", "项目类型", "项目属性", "规则集", "自评结论", "履职效能分析", "管理效率分析", "收支情况说明", "本年收入", "本年支出",
})  # fmt: skip
_TITLE = re.compile(r"自评|绩效|评价")
_YEAR = re.compile(r"(?:20[0-9]{2}\s*[-—至~～]\s*)?(20[0-9]{2})\s*年")
_HAN_YEAR = re.compile(r"二[〇零○O0][一二][〇零○一二三四五六七八九]年")
_HAN_DIGITS = str.maketrans("〇零○O一二三四五六七八九", "0000123456789")
_FILLED_IN = re.compile(r"(?:填报|填表|编制|报送|制表)(?:日期|时间)|日\s*期")
_NO_UNIT = re.compile(r"(?:人民币)?(?:万元|亿元|元|%|％|万|个)")
_BARE_YEAR = re.compile(r"\A\s*(20[0-9]{2})\s*年?度?\s*\Z")
MAX_ROWS = 300
MAX_FACTS = 400
MAX_LABEL = 60  # characters; what follows its colon in the same cell may be as long as a cell holds


class About(NamedTuple):
    """total: text and (sheet, cell) of a total stated outside the table. facts: label → text."""

    title: str
    department: str
    year: int | None
    project: str
    total: tuple[str, tuple[str, str]] | None
    facts: dict[str, str]


def about(table: Table, side: Sequence[Grid], names: Mapping[str, str]) -> About:
    """Reads the rows above and below the table, and the sheets beside it."""
    facts: dict[str, str] = {}
    title, total = "", None
    grid = table.grid
    for row, column, text in _around(table):
        if not title and row < table.top and 4 <= len(text) <= 80 and _TITLE.search(text) and not field_of(text):
            title = re.sub(r"\s+", "", text)
        found = _fact(grid, row, column, text)
        if found is not None:
            label, value, at = found
            facts.setdefault(label, value)
            if label in _TOTALS and total is None:
                total = (value, (grid.sheet, grid.location(*at).cell))
    for other in side:
        for row, column, text in _cells(other, 1, min(other.height, MAX_ROWS)):
            found = _fact(other, row, column, text)
            if found is not None and len(facts) < MAX_FACTS:
                facts.setdefault(found[0], found[1])
    department = names.get("PE_DEPARTMENT") or _first(facts, _DEPARTMENTS)
    project = _first(facts, _PROJECTS)
    return About(title or grid.sheet, department, _year(title, table, facts, names), project, total, facts)


def _first(facts: Mapping[str, str], labels: Sequence[str]) -> str:
    """The text of the most telling label that has one; a money unit (单位：万元) is none."""
    for label in labels if facts else ():
        text = facts.get(label)
        if text and not _NO_UNIT.fullmatch(text):
            return text
    return ""


def _around(table: Table) -> Iterator[tuple[int, int, str]]:
    grid = table.grid
    yield from _cells(grid, max(table.start, table.top - MAX_ROWS), table.top - 1)
    yield from _cells(grid, table.last + 1, min(table.end or grid.height, table.last + MAX_ROWS))


def _cells(grid: Grid, first: int, last: int) -> Iterator[tuple[int, int, str]]:
    for row in range(first, min(last, grid.height) + 1):
        for column, value in enumerate(grid.rows[row - 1], 1):
            if type(value) is str and value:
                yield row, column, value.strip()


def _label(text: str) -> tuple[str, str, str]:
    """A known label, its colon and what follows; empty where the text begins with none."""
    head = text[:MAX_LABEL]
    mark = "：" if "：" in head else ":" if ":" in head else ""
    if not mark and len(text) > MAX_LABEL:
        return "", "", ""
    label, _, rest = text.partition(mark) if mark else (text, "", "")
    word = _word(label)
    return (word, mark, rest) if word in _LABELS else ("", "", "")


@lru_cache(maxsize=8192)
def _word(label: str) -> str:
    return heading(label).removesuffix("及代码").removesuffix("及编码")


def _fact(grid: Grid, row: int, column: int, text: str) -> tuple[str, str, tuple[int, int]] | None:
    """A label and its text, after the colon or in the next filled cell; and where the text stands."""
    word, mark, rest = _label(text)
    if not word:
        return None
    if rest.strip():
        return word, rest.strip(), (row, column)
    if mark and not rest.strip() and grid.span(row, column) > 3:
        return None
    start = column + grid.span(row, column)
    for at in range(start, start + 4):
        value = grid.own(row, at)
        if value:
            other = heading(value.partition("：")[0])
            return None if other in _LABELS else (word, value, (row, at))
    return None


def _year(title: str, table: Table, facts: Mapping[str, str], names: Mapping[str, str]) -> int | None:
    stated = names.get("PE_YEAR", "")
    found = _BARE_YEAR.match(stated) or _YEAR.search(_digits(title))
    if found is None:
        found = next((m for label in ("年度", "预算年度", "自评年度", "填报年度") if (m := _BARE_YEAR.match(facts.get(label, "")))), None)
    if found is None:
        texts = [text for _, _, text in _cells(table.grid, table.start, table.top - 1)]
        dated = {i + 1 for i, text in enumerate(texts) if _FILLED_IN.search(text)} | {i for i, text in enumerate(texts) if _FILLED_IN.search(text)}
        found = next((m for i, text in enumerate(texts) if i not in dated and (m := _YEAR.search(_digits(text)))), None)
    return int(found[1]) if found else None


def _digits(text: str) -> str:
    """二〇二三年 as 2023年."""
    return _HAN_YEAR.sub(lambda m: m[0].translate(_HAN_DIGITS), text)
