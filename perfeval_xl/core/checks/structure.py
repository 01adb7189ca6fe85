"""PE1xx: years that contradict each other, indicators that stand twice. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from perfeval_xl.core.findings import Finding, Location, Severity, finding
from perfeval_xl.core.model import Evaluation, Indicator, Status, Submission
from perfeval_xl.core.quantity import Kind
from perfeval_xl.core.ruleset import Rulebook

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_DETAIL, _ALTERNATIVE, _NOT_APPLICABLE, _DATE = Status.DETAIL, Status.ALTERNATIVE, Status.NOT_APPLICABLE, Kind.DATE

_YEAR = re.compile(r"(20[0-9]{2})\s*(?:年|$)")
_YEAR_LABELS = ("年度", "预算年度", "自评年度", "填报年度")
# Only what names the year of this very report; 2022年, 与上年相比, 2024年起 in running text are comparisons and plans.
_REPORT_YEAR = re.compile(r"(20[0-9]{2})\s*年度?[\u4e00-\u9fff“”（）()]{0,30}?(?:绩效自评|自评报告|自评表|自评结论|整体支出)")
_SPACE = re.compile(r"[\s“”\"'‘’（）()，,、。.：:·\-]")
MAX_TEXT = 5000


def wrong_year(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001  # every check takes the same
    """Title, year labels, the report's own name in the prose, and deadlines that were over before the year began."""
    year = submission.year
    if year is None:
        return
    whole = Location(submission.file, submission.sheet)
    in_title = {int(y) for y in _YEAR.findall(submission.title)}
    if len(in_title) == 1 and in_title != {year}:
        yield finding("wrong-year", whole, f"标题为“{submission.title[:60]}”，工作簿注明的年度为 {year}", f"{year} 年度")
    for label, text in submission.facts.items():
        if label in _YEAR_LABELS:
            stated = {int(y) for y in re.findall(r"20[0-9]{2}", text[:20])}
            if len(stated) == 1 and stated != {year}:
                yield finding("wrong-year", whole, f"“{label}”栏为“{text[:20].strip()}”，自评表为 {year} 年度", f"{year} 年度")
            continue
        named = {int(y) for y in _REPORT_YEAR.findall(text[:MAX_TEXT])}
        if named and year not in named:
            yield finding("wrong-year", whole, f"“{label}”中写的是 {min(named)} 年度的自评，自评表为 {year} 年度", f"{year} 年度")
    yield from _deadlines(evaluation, year)


def _deadlines(evaluation: Evaluation, year: int) -> Iterable[Finding]:
    """A deadline before the year began: a table filled in by copying last year's. Works of several years end later, not earlier."""
    for score in evaluation.scores:
        span = score.target.span
        if span is None or score.target.kind is not _DATE or not 1 < span.end.year < year:
            continue
        row = score.indicator
        actual = score.actual.span
        if actual is not None and actual.end.year > 1 and actual.end.year == span.end.year and str(span.end.year) in row.name:
            continue  # the indicator itself is about that year: 2022年结转项目完成时间
        yield finding("wrong-year", row.place.location("target"), f"目标值“{row.target.strip()}”是 {span.end.year} 年的期限，自评表为 {year} 年度", f"{year} 年度内的期限")


def duplicate_indicator(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """The same name under the same headings with the same aim."""
    seen: dict[tuple[str, str, str, str, str], Indicator] = {}
    for score in evaluation.scores:
        row = score.indicator
        if not row.name or row.is_execution or score.status in {_DETAIL, _ALTERNATIVE}:
            continue
        key = (row.level1, row.level2, row.name, row.target, row.unit)
        first = seen.get(key)
        if first is None:
            seen[key] = row
            continue
        if not _SPACE.sub("", row.name).strip("/-") or score.status is _NOT_APPLICABLE:
            continue
        severity = None if row.target.strip() else Severity.INFO
        yield finding("duplicate-indicator", row.place.location("name"), f"“{row.name.strip()}”与 {first.place.cell('name') or '前面的行'} 的指标名称、目标值都相同", "每项指标只列一行", severity)
