"""Evaluation → what a report's template may use, under Chinese names that staff see in Word. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from perfeval_xl.core.decimals import HUNDRED, ZERO, plain
from perfeval_xl.core.findings import Finding
from perfeval_xl.core.model import Evaluation, Indicator, Status
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.report.accounts import (
    date_sentences,
    fund_rows,
    fund_sentences,
    money_rows,
    money_sentences,
    within_budget,
)
from perfeval_xl.report.points import (
    Part,
    counts_sentence,
    difference_note,
    differences,
    evidence_rows,
    lost_sentences,
    overview_sentence,
    parts_of,
    rules_note,
    section_sentence,
    table_rows,
    total_of,
)
from perfeval_xl.report.remarks import NO_REMARKS, Annotate, annex_rows, remarks_of
from perfeval_xl.report.wording import CHART, TO_FILL, joined, one_paragraph, paragraphs
from perfeval_xl.workbook.drawings import Chart, ChartKind, ChartSheet
from perfeval_xl.workbook.forms.form import MANAGEMENT, is_management

NARRATIVES: Mapping[str, Sequence[str]] = {
    "部门职能": ("部门职能", "主要职能"), "年度工作任务": ("年度工作任务", "年度重点工作任务", "年度总体工作和重点工作任务"),
    "整体绩效目标": ("整体绩效目标", "部门整体绩效目标", "年度总体目标"), "绩效管理情况": ("绩效管理情况",), "主要问题": ("主要问题", "存在问题", "存在的主要问题"),
    "改进措施": ("改进措施", "下一步改进措施"), "项目概况": ("项目概况",), "自评结论": ("自评结论",),
    "收支情况": ("收支情况说明",), "履职效能分析": ("履职效能分析",), "管理效率分析": ("管理效率分析",),
}  # fmt: skip
"""Name in the template → labels of the form, the usual one first."""
_COUNTED = re.compile(r"共?设[立置][^。；]{0,20}指标\s*[0-9]+\s*个")
"""The unit's own sentence about its indicators: it need not be said twice; the checks compare its numbers with the table."""
_NOTHING = re.compile(rf"[^0-9，]*{TO_FILL}(?:，[^0-9，]*{TO_FILL})*。")
"""A generated sentence without a single number."""
_DAY = re.compile(r"(20[0-9]{2})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?(?:\s+[0-9:]+)?")


CHART_TITLE = "各部分分值与得分"


class Story(NamedTuple):
    """What a template is filled with. charts: by their numbers. remarks: texts of Word comments, by number."""

    values: dict[str, Any]
    charts: list[ChartSheet]
    remarks: list[str]
    title: str
    author: str


def evaluation_story(evaluation: Evaluation, book: Rulebook, findings: Sequence[Finding], annotate: Annotate = Annotate.NONE) -> Story:
    """Everything a report of one self-evaluation says. findings: of the audit, shown as `annotate` says."""
    submission = evaluation.submission
    facts = submission.facts
    year, department, project = str(submission.year or TO_FILL), one_paragraph(submission.department) or TO_FILL, one_paragraph(submission.project) or TO_FILL
    parts = parts_of(evaluation)
    managed = [p for p in parts if _is_management(p, book)]
    duties = [p for p in parts if p not in managed]
    remarks = remarks_of(evaluation, findings) if annotate is Annotate.COMMENTS else NO_REMARKS
    execution = next((s for s in evaluation.scores if s.indicator.is_execution), None)
    told = {name: _narrative(facts, labels) for name, labels in NARRATIVES.items()}
    subject = "部门整体" if is_department(evaluation, book) else "项目"
    counts = [counts_sentence(year, subject, parts)] if parts else []
    total = total_of(evaluation)
    result = _total_sentences(evaluation, year, subject, missing_sections(evaluation, book))
    values: dict[str, Any] = {
        "年度": year, "单位名称": department, "项目名称": project, "批注": remarks.others,
        **{name: joined(lines) for name, lines in told.items()},
        "绩效管理情况": joined([*(told["绩效管理情况"] or [TO_FILL]), *([] if _COUNTED.search("".join(told["绩效管理情况"])) else counts)]),
        "项目概况": joined([*told["项目概况"], *told["年度工作任务"]]),
        "收支情况": joined(_own_first(told["收支情况"], money_sentences(submission.money, told["收支情况"]))), "收支表": money_rows(submission.money), "金额单位": (submission.money.unit if submission.money else "") or "万元",
        "资金情况": joined(_own_first(told["收支情况"], [*fund_sentences(submission.execution, execution), *date_sentences(submission.money)])), "资金表": fund_rows(submission.execution, execution),
        "资金单位": (submission.execution.unit if submission.execution else "") or "万元",
        "自评结论": joined(_own_first(told["自评结论"], [*result, *filter(None, [within_budget(submission.money)])])),
        "得分图": f"{CHART}0{CHART}",
        "履职效能分析": joined(_own_first(told["履职效能分析"], _analysis("履职效能" if subject != "项目" else "绩效", duties, year))),
        "管理效率分析": joined(_own_first(told["管理效率分析"], _analysis("管理效率", managed, year))),
        "指标完成分析": joined(_own_first([*told["履职效能分析"], *told["管理效率分析"]], _analysis("绩效", parts, year))),
        "指标表": [_table(p, remarks.rows) for p in parts],
        "总分": {"分值": plain(evaluation.weight), "得分": TO_FILL if total is None else plain(total)},
        "得分说明": joined(filter(None, [rules_note(book.ruleset) if parts else "", difference_note(differences(evaluation, parts))])) if parts else "",
        "佐证材料": evidence_rows(evaluation.scores),
        "填报人": one_paragraph(_first(facts, ("填报人", "填表人", "联系人"))), "联系电话": one_paragraph(_first(facts, ("联系电话",))),
        "填报日期": day_text(_first(facts, ("填报日期", "填表日期", "填报时间"))),
        "问题清单": annex_rows(findings) if annotate is Annotate.ANNEX else [],
    }  # fmt: skip
    title = f"{year}年度{department}部门整体支出绩效自评报告" if subject != "项目" else f"{year}年度{project}项目支出绩效自评报告"
    return Story(values, [_chart(parts, (execution is not None and evaluation) or None)], remarks.texts, title, department)


def is_department(evaluation: Evaluation, book: Rulebook) -> bool:
    """Whether a whole department is evaluated, or a project."""
    return "department" in {evaluation.submission.form, book.ruleset.form}


def _is_management(part: Part, book: Rulebook) -> bool:
    named = {s.name for s in book.sections if is_management(s, book)} | {i.level1 for i in book.indicators}
    return part.name in named or MANAGEMENT in part.name


def _narrative(facts: Mapping[str, str], labels: Sequence[str]) -> list[str]:
    return paragraphs(_first(facts, labels))


def _first(facts: Mapping[str, str], labels: Sequence[str]) -> str:
    return next((text for label in labels if (text := facts.get(label, "").strip())), "")


def _own_first(own: Sequence[str], made: Sequence[str]) -> list[str]:
    """The unit's own paragraphs, then the sentences made out of the numbers: what it says itself is not said twice, nor left open below it."""
    return [*own, *(m for m in made if m not in own and not (own and _NOTHING.fullmatch(m)))]


def _analysis(subject: str, parts: Sequence[Part], year: str) -> list[str]:
    return [overview_sentence(subject, parts), *(section_sentence(year, p) for p in parts), *lost_sentences(parts)] if parts else []


def missing_sections(evaluation: Evaluation, book: Rulebook) -> list[str]:
    """Sections of the rule set of which nothing is scored, while the table is short of the full score: points of a part are no points of the whole."""
    if evaluation.weight >= HUNDRED:
        return []
    scored = [s.indicator for s in evaluation.scores if s.status in {Status.SCORED, Status.UNSCORED}]
    return [one.name for one in book.sections if not any(_is_headed(row, (one.name, *one.levels)) for row in scored)]


def _is_headed(row: Indicator, levels: Sequence[str]) -> bool:
    return any(word in row.level1 or word in row.level2 for word in levels)


def _total_sentences(evaluation: Evaluation, year: str, subject: str, missing: Sequence[str]) -> list[str]:
    """Full score, total and grade; what could not be scored is said. A total that the rules contradict stands beside theirs."""
    total = total_of(evaluation)
    if total is None:
        return [f"{year}年度{subject}支出绩效自评得分{TO_FILL}。"]
    told = f"{year}年度{subject}支出绩效自评分值{plain(evaluation.weight)}分，自评得分{plain(total)}分"
    left = [f"“{'”、“'.join(map(one_paragraph, missing))}”部分没有填写，以上为已填写部分的分值和得分，不评定等级。"] if missing else []
    if evaluation.unscored:
        told += f"，另有{evaluation.unscored}项指标未能计分{TO_FILL}"
    elif total != evaluation.total:
        told += f"，按评分规则计算为{plain(evaluation.total)}分，请核对"
    elif evaluation.grade and not missing:
        told += f"，评定等级为“{evaluation.grade}”"
    return [told + "。", *left]


def _table(part: Part, marks: dict[int, str]) -> dict[str, Any]:
    name = one_paragraph(part.name)
    return {
        "名称": name, "合计名称": f"{name.removesuffix('指标')}评价指标综合得分", "分值": plain(part.weight), "得分": TO_FILL if part.score is None else plain(part.score),
        "行": table_rows(part, marks),
    }  # fmt: skip


def day_text(text: str) -> str:
    """A day as documents write it; as it stands where it is none; to be filled in where there is nothing.

    >>> day_text("2024-03-05"), day_text("2024/3/5 00:00:00"), day_text("")
    ('2024年3月5日', '2024年3月5日', '【待填】')
    """
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return one_paragraph(text) or TO_FILL
    try:
        day = datetime.date(*map(int, found.groups()))
    except ValueError:
        return one_paragraph(text)
    return f"{day.year}年{day.month}月{day.day}日"


def _chart(parts: Sequence[Part], funded: Evaluation | None) -> ChartSheet:
    """Full score and score of each section, budget execution first where there is one."""
    rows: list[tuple[str, Decimal, Decimal | None]] = []
    if funded is not None:
        score = next(s for s in funded.scores if s.indicator.is_execution)
        rows.append(("预算执行率", score.weight or ZERO, score.indicator.score if score.indicator.score is not None else score.score))
    rows += [(one_paragraph(p.name), p.weight, p.score) for p in parts]
    cells: dict[int, list[str | float | None]] = {0: [r[0] for r in rows], 1: [float(r[1]) for r in rows], 2: [None if r[2] is None else float(r[2]) for r in rows]}
    chart = Chart(ChartKind.COLUMN, CHART_TITLE, 0, [1, 2], "E2", "", "分", width=560, height=270, has_labels=True)
    return ChartSheet("图表数据", 0, ["部分", "分值", "得分"], [24, 10, 10], ["General", "General", "General"], {}, cells, [chart])
