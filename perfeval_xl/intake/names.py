"""Unit, project and year as a report's title and the lines under it say them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from perfeval_xl.core.dates import in_digits
from perfeval_xl.intake.chapters import Cover
from perfeval_xl.intake.lines import CHAPTER
from perfeval_xl.intake.source import Block, Paragraph
from perfeval_xl.workbook.about import DEPARTMENTS, PROJECTS, first_of, labelled

MAX_LINE = 120
_YEARS = ("年度", "预算年度", "自评年度", "填报年度")
_LABELS = frozenset({*DEPARTMENTS, *PROJECTS, *_YEARS, "填报人", "填表人", "联系人", "联系电话", "填报日期", "填表日期", "填报时间", "填表时间"})
_APART = re.compile("(?:" + "|".join(sorted((x for x in _LABELS if len(x) > 2), key=len, reverse=True)) + ")(?=[：:])")
"""Where a label begins in a line whose blanks the reader of documents closed up."""
_YEAR = re.compile(r"[（(]?(20[0-9]{2})年度?[)）]?")
_YEAR_IN = re.compile(r"(20[0-9]{2})\s*年")
_KINDS = r"(?P<kind>部门整体支出|整体支出|部门整体|项目支出|项目|专项资金|财政支出|预算支出)(?:预算)?(?:绩效)?(?:自我?评价?|评价)(?:报告|情况|表)"
_UNIT_YEAR_PROJECT = re.compile(r"(?P<unit>\D{2,40}?)(?:关于)?20[0-9]{2}\s*年?度?\s*(?P<project>.{2,50}?)" + _KINDS)
_UNIT_ONLY = re.compile(r"(?:附件[0-9]*[：:.]?)?(?P<unit>\D{2,40}?)(?=部门整体|整体支出)")


class Names(NamedTuple):
    """What is said by name; empty where nothing is. facts: label → text. lines: label → the line that says it."""

    department: str = ""
    project: str = ""
    year: int | None = None
    unit_of_title: str = ""
    project_of_title: str = ""
    facts: Mapping[str, str] = MappingProxyType({})
    lines: Mapping[str, Paragraph] = MappingProxyType({})


def without_names(blocks: Sequence[Block]) -> tuple[list[Block], Names]:
    """The blocks without the lines that only name unit, project, year and contact above the first chapter, or above a table; and what they say."""
    kept: list[Block] = []
    facts: dict[str, str] = {}
    lines: dict[str, Paragraph] = {}
    year: int | None = None
    is_open = True
    for at, block in enumerate(blocks):
        is_open = is_open and isinstance(block, Paragraph) and not CHAPTER.match(block.text)
        if isinstance(block, Paragraph) and (is_open or _is_above_table(blocks[at + 1 : at + 4])):
            own = _named(block.text)
            found = _YEAR.fullmatch("".join(in_digits(block.text).split()))
            if own or found:
                year = year or (int(found[1]) if found else None)
                for label, text in own.items():
                    facts.setdefault(label, text)
                    lines.setdefault(label, block)
                continue
        kept.append(block)
    if year is None:
        year = next((int(m[1]) for label in _YEARS if (m := _YEAR_IN.match(facts.get(label, "") + "年"))), None)
    return kept, Names(first_of(facts, DEPARTMENTS), first_of(facts, PROJECTS), year, facts=facts, lines=lines)


def _is_above_table(following: Sequence[Block]) -> bool:
    """Whether a table follows at once, or behind lines that are neither headings nor sentences."""
    for block in following:
        if not isinstance(block, Paragraph):
            return True
        if CHAPTER.match(block.text) or "。" in block.text:
            return False
    return False


def _named(text: str) -> dict[str, str]:
    """Label → text of a line that holds nothing else.

    >>> _named("填报单位：某市大数据局  填报日期：2025年1月3日"), _named("单位：万元"), _named("单位职责：负责养护。")
    ({'填报单位': '某市大数据局', '填报日期': '2025年1月3日'}, {}, {})
    """
    if len(text) > MAX_LINE or "。" in text or not re.search(r"[：:]", text):
        return {}
    found = {label: told for label, _, told in labelled(_APART.sub(r" \g<0>", text).strip()) if told}
    return found if found and found.keys() <= _LABELS and not re.fullmatch(r"(?:人民币)?(?:万元|亿元|元)", found.get("单位", "")) else {}


def with_title(names: Names, cover: Cover) -> Names:
    """What the title says besides: a unit before the year and a project behind it; the year at its end."""
    title = in_digits("".join(cover.title.split()))
    year = names.year
    if cover.year is None and year is None and (found := _YEAR_IN.search(title)):
        year = int(found[1])
    both = _UNIT_YEAR_PROJECT.match(re.sub(r"\A附件[0-9]*[：:.]?", "", title))
    if both is not None and "整体" not in both["kind"]:
        project = both["project"]
        if both["kind"] in {"项目支出", "项目"} and not project.endswith("项目"):
            project += "项目"
        return names._replace(year=year, unit_of_title=both["unit"].strip("《》“” "), project_of_title=project.strip("《》“” "))
    alone = _UNIT_ONLY.match(title) if not cover.name else None
    return names._replace(year=year, unit_of_title=alone["unit"] if alone is not None else "")
