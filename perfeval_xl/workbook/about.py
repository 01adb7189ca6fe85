"""What a workbook says besides its table: title, unit, year, project, the stated total, labels with their texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from perfeval_xl.core.dates import in_digits
from perfeval_xl.workbook.frames import frame_of
from perfeval_xl.workbook.grid import Grid
from perfeval_xl.workbook.headings import field_of, heading
from perfeval_xl.workbook.labels import is_day
from perfeval_xl.workbook.layout import Table, transposed

# The unit that reports, the most telling label first: a project form names the department in charge and the unit that carries it out.
DEPARTMENTS = ("填报单位", "单位名称", "部门名称", "填报部门", "自评单位", "报送单位", "申报单位", "预算部门", "预算部门名称", "预算单位", "部门预算单位", "主管部门", "主管部门名称",
                "项目主管部门", "部门", "实施单位", "项目单位", "项目实施单位", "资金使用单位", "单位")  # fmt: skip
PROJECTS = ("项目名称", "专项名称", "资金名称", "专项资金名称", "转移支付名称", "项目支出名称")
FILLED_IN = ("填报日期", "填表日期", "填报时间", "填表时间", "报送日期", "报送时间", "编制日期", "制表日期", "日期")
"""Labels of the day a form was filled in, the most telling first."""
_TOTALS = ("自评总分", "总分", "自评得分", "自评总得分", "总得分", "自评分数", "综合得分")
_LABELS = frozenset({
    *DEPARTMENTS, *PROJECTS, *_TOTALS, "年度", "预算年度", "自评年度", "填报年度", "填报人", "填表人", "联系人", "联系电话", *FILLED_IN, "自评等级", "单位负责人",
    "项目负责人", "部门职能", "主要职能", "年度工作任务", "年度重点工作任务", "年度总体工作和重点工作任务", "整体绩效目标", "部门整体绩效目标", "年度总体目标", "绩效管理情况", "主要问题",
    "存在问题", "存在的主要问题", "改进措施", "下一步改进措施", "项目概况", "项目类型", "项目属性", "规则集", "自评结论", "履职效能分析", "管理效率分析", "收支情况说明", "本年收入", "本年支出",
})  # fmt: skip
_TITLE = re.compile(r"自评|绩效|评价")
_YEAR = re.compile(r"(?:20[0-9]{2}\s*[-—至~～]\s*)?(20[0-9]{2})\s*年")
_FILLED_IN = re.compile(r"(?:填报|填表|编制|报送|制表)(?:日期|时间)|日\s*期")
_NO_UNIT = re.compile(r"(?:人民币)?(?:万元|亿元|元|%|％|万|个)")
_BARE_YEAR = re.compile(r"\A\s*(20[0-9]{2})\s*年?度?\s*\Z")
_COLON = re.compile(r"[：:]")
_BETWEEN = "，,；;、|/"
_TRIMMED = _BETWEEN + " \t\n\u3000"
MAX_LABEL = 20
MAX_ROWS = 300
MAX_FACTS = 400
MAX_FACT = 2000  # characters that may hold several labels; a longer text holds one, at its beginning


class About(NamedTuple):
    """total: text and (sheet, cell) of a total stated outside the table. facts: label → text."""

    title: str
    department: str
    year: int | None
    project: str
    total: tuple[str, tuple[str, str]] | None
    facts: dict[str, str]


def about(table: Table, side: Sequence[Grid], names: Mapping[str, str], last: int) -> About:
    """Reads the rows above and below the table, and the sheets beside it. last: row of the sheet in which its last indicator stands."""
    facts: dict[str, str] = {}
    title, total = "", None
    grid, top = upright(table)
    above = list(_cells(grid, max(table.start if grid is table.grid else 1, top - MAX_ROWS), top - 1))
    for row, column, text in above:
        if not title and 4 <= len(text) <= 80 and _TITLE.search(text) and not field_of(text):
            title = re.sub(r"\s+", "", text)
        for label, value, at in _facts(grid, row, column, text):
            facts.setdefault(label, value)
            if label in _TOTALS and total is None:
                total = (value, (grid.sheet, grid.location(*at).cell))
    end = (table.end if grid is table.grid else 0) or grid.height
    for row, column, text in _cells(grid, last + 1, min(end, last + MAX_ROWS)):
        for label, value, _ in _facts(grid, row, column, text) or _lone_day(text):
            if label not in _TOTALS:  # a row of sums is the table's own
                facts.setdefault(label, value)
    for other in side:
        for row, column, text in _cells(other, 1, min(other.height, MAX_ROWS)):
            for label, value, _ in _facts(other, row, column, text):
                if len(facts) < MAX_FACTS:
                    facts.setdefault(label, value)
    department = names.get("PE_DEPARTMENT") or first_of(facts, DEPARTMENTS)
    project = first_of(facts, PROJECTS)
    return About(title or grid.sheet, department, _year(title, [text for _, _, text in above], facts, names), project, total, facts)


def upright(table: Table) -> tuple[Grid, int]:
    """The sheet as it lies before its reader, and the first row of the table in it."""
    if not table.is_sideways:
        return table.grid, table.top
    return transposed(table.grid), min(frame_of(s.shape, sideways=True).left for s in table.segments)


def first_of(facts: Mapping[str, str], labels: Sequence[str]) -> str:
    """The text of the most telling label that has one; a money unit (单位：万元) is none."""
    for label in labels if facts else ():
        text = facts.get(label)
        if text and not _NO_UNIT.fullmatch(text):
            return text
    return ""


def _cells(grid: Grid, first: int, last: int) -> Iterator[tuple[int, int, str]]:
    for row in range(first, min(last, grid.height) + 1):
        for column, value in enumerate(grid.rows[row - 1], 1):
            if type(value) is str and value:
                yield row, column, value.strip()


def _word(label: str) -> str:
    """A known label; empty where it is none."""
    word = heading(label).removesuffix("及代码").removesuffix("及编码")
    return word if word in _LABELS else ""


def labelled(text: str) -> tuple[tuple[str, str, str], ...]:
    """As `_labels_of`; a long text is a narrative, with at most the label it begins with."""
    if len(text) <= MAX_FACT:
        return _labels_of(text)
    first = _COLON.search(text[: MAX_LABEL + 1])
    word = _word(text[: first.start()]) if first is not None else ""
    return ((word, first[0], text[first.end() :].strip()),) if first is not None and word else ()


@lru_cache(maxsize=8192)
def _labels_of(text: str) -> tuple[tuple[str, str, str], ...]:
    """Known labels, each with its colon and what follows it; none where the text begins with none.

    >>> _labels_of("填报人：张三  联系电话：020-1  填报日期：2026年3月10日")
    (('填报人', '：', '张三'), ('联系电话', '：', '020-1'), ('填报日期', '：', '2026年3月10日'))
    """
    first = _COLON.search(text)
    if first is None:
        word = _word(text)
        return ((word, "", ""),) if word else ()
    word = _word(text[: first.start()])
    if not word:
        return ()
    found, begin, mark = [], first.end(), first[0]
    for colon in _COLON.finditer(text, first.end()):
        at, other = _label_before(text, begin, colon.start())
        if other:
            found.append((word, mark, text[begin:at].strip(_TRIMMED)))
            word, mark, begin = other, colon[0], colon.end()
    return (*found, (word, mark, text[begin:].strip()))


def _label_before(text: str, begin: int, colon: int) -> tuple[int, str]:
    """The longest known label that ends at a colon and begins after a blank or a comma: where, and which."""
    for at in range(max(begin, colon - MAX_LABEL), colon):
        if (at == begin or text[at - 1] in _BETWEEN or text[at - 1].isspace()) and (word := _word(text[at:colon])):
            return at, word
    return 0, ""


def _facts(grid: Grid, row: int, column: int, text: str) -> list[tuple[str, str, tuple[int, int]]]:
    """Labels and their texts, after the colon or, behind the last, in the next filled cell; and where the text stands."""
    labels = labelled(text)
    if not labels:
        return []
    found = [(word, rest, (row, column)) for word, _, rest in labels if rest]
    word, mark, rest = labels[-1]
    if rest or (mark and grid.span(row, column) > 3):
        return found
    start = column + grid.span(row, column)
    for at in range(start, start + 4):
        value = grid.own(row, at)
        if value:
            return found if _word(_COLON.split(value, maxsplit=1)[0]) else [*found, (word, value, (row, at))]
    return found


def _lone_day(text: str) -> list[tuple[str, str, tuple[int, int]]]:
    """A day that stands alone under a table is the day it was filled in."""
    return [(FILLED_IN[0], text, (0, 0))] if is_day(text) else []


def _year(title: str, above: Sequence[str], facts: Mapping[str, str], names: Mapping[str, str]) -> int | None:
    stated = names.get("PE_YEAR", "")
    found = _BARE_YEAR.match(stated) or _YEAR.search(in_digits(title))
    if found is None:
        found = next((m for label in ("年度", "预算年度", "自评年度", "填报年度") if (m := _BARE_YEAR.match(facts.get(label, "")))), None)
    if found is None:
        dated = {j for i, text in enumerate(above) if _FILLED_IN.search(text) for j in (i, i + 1)}
        found = next((m for i, text in enumerate(above) if i not in dated and (m := _YEAR.search(in_digits(text)))), None)
    return int(found[1]) if found else None
