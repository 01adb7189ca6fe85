"""Findings in a document: rows of an annex, or remarks that Word shows beside what they are about. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from perfeval_xl.core.findings import SEVERITY_TITLES, Finding
from perfeval_xl.core.model import Evaluation, IndicatorScore
from perfeval_xl.report.wording import REMARK, clean, one_paragraph

MAX_REMARKS = 300
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class Annotate(StrEnum):
    """Whether and how findings go into the document."""

    NONE = "none"
    ANNEX = "annex"
    COMMENTS = "comments"


class Remarks(NamedTuple):
    """texts: of each remark, by its number. rows: id of a row's score → mark behind its name. others: mark of what concerns no row."""

    texts: list[str]
    rows: dict[int, str]
    others: str


NO_REMARKS = Remarks([], {}, "")


def remarks_of(evaluation: Evaluation, findings: Sequence[Finding]) -> Remarks:
    """One remark for each row that has findings, and one for all others together."""
    texts: list[str] = []
    marks: dict[int, str] = {}
    by_row: dict[int, list[Finding]] = {}
    others: list[Finding] = []
    for one in findings[:MAX_REMARKS]:
        row = _row_of(evaluation.scores, one)
        if row is None:
            others.append(one)
        else:
            by_row.setdefault(id(row), []).append(one)
    for key, found in by_row.items():
        marks[key] = f"{REMARK}{len(texts)}{REMARK}"
        texts.append("\n".join(map(_text, found)))
    mark = ""
    told = [f"{place_of(f)}　{_text(f)}" for f in others]
    if len(findings) > MAX_REMARKS:
        told.append(f"另有{len(findings) - MAX_REMARKS}项问题未列入批注，请运行 perfeval check 查看全部，或将问题作为附表写入报告。")
    if told:
        mark = f"{REMARK}{len(texts)}{REMARK}"
        texts.append("\n".join(told))
    return Remarks(texts, marks, mark)


def _row_of(scores: Sequence[IndicatorScore], found: Finding) -> IndicatorScore | None:
    at = _ADDRESS.fullmatch(found.location.cell)
    if at is None:
        return None
    column, row = at.groups()
    for score in scores:
        place = score.indicator.place
        if place.sheet == found.location.sheet and not score.indicator.is_execution and (place.line == column if place.line else str(place.row) == row):
            return score
    return None


def _text(found: Finding) -> str:
    return clean(f"【{SEVERITY_TITLES[found.severity]} {found.kind.code}】{found.message}")


def place_of(found: Finding) -> str:
    """Sheet and cell, for people."""
    return one_paragraph("!".join(p for p in (found.location.sheet, found.location.cell) if p)) or "整个文件"


def annex_rows(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Rows of the annex."""
    return [
        {
            "序号": str(i), "级别": SEVERITY_TITLES[f.severity], "位置": place_of(f), "问题": f"{f.kind.code} {f.kind.title}", "发现": one_paragraph(f.found), "应为": one_paragraph(f.expected),
            "处理办法": f.kind.remedy,
        }
        for i, f in enumerate(findings, 1)
    ]  # fmt: skip
