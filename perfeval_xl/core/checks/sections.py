"""Sections: which part of the form a row belongs to, parts that are missing, rows under the wrong heading. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from perfeval_xl.core.findings import Finding, Location, Severity, finding
from perfeval_xl.core.model import Evaluation, Indicator, Status, Submission
from perfeval_xl.core.parameters import SectionRule
from perfeval_xl.core.ruleset import Rulebook

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_DETAIL, _NOT_APPLICABLE = Status.DETAIL, Status.NOT_APPLICABLE

# Headings of the form of 2021 and later, where costs are a section of their own.
_COST_PARTS = frozenset({"经济成本", "社会成本", "生态环境成本"})
_SPENT = re.compile(r"(?:经费|成本|费用|投资|支出|造价)(?:控制)?(?:数|额|金额|总额)?\Z")
_SATISFACTION = re.compile(r"(?:满意度|满意率)\Z")


def part_name(text: str) -> str:
    """A heading without 指标, for comparing: 经济效益指标 is 经济效益."""
    return text.strip().removesuffix("指标")


class Sections:
    """The rule set's sections, looked up once per pair of headings."""

    def __init__(self, sections: Sequence[SectionRule]) -> None:
        self.sections = sections
        self.known: dict[tuple[str, str], SectionRule | None] = {}

    def of(self, row: Indicator) -> SectionRule | None:
        """The section of a row: by its second heading where that names one, else by its first."""
        key = row.level1, row.level2
        if key not in self.known:
            self.known[key] = next((s for text in (row.level2, row.level1) for s in self.sections if text and any(word in text for word in s.levels)), None)
        return self.known[key]

    def by_first(self, level1: str) -> SectionRule | None:
        """The section that a first heading alone names."""
        return next((s for s in self.sections if any(word in level1 for word in s.levels)), None)


def unscored_section(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:
    """Forms and parts without any score, and parts that the rule set asks for and the form leaves out."""
    rows = [s.indicator for s in evaluation.scores if s.status not in {_DETAIL, _NOT_APPLICABLE} and not s.indicator.is_execution]
    if not rows:
        return
    whole = Location(submission.file, submission.sheet)
    if all(r.is_computed for r in rows):
        pass  # a form of ours that nothing has calculated yet: its scores are worked out here
    elif all(r.score is None for r in rows):
        what = "分值和得分" if all(r.weight is None for r in rows) else "得分"
        yield finding("unscored-section", whole, f"{len(rows)} 项指标都没有{what}", f"各项指标的{what}")
    else:
        yield from _parts_without_score(rows)
    if book.ruleset.form == "department":
        yield from _parts_left_out([s.indicator for s in evaluation.scores if s.status is not _DETAIL], whole, book)


def _parts_without_score(rows: Sequence[Indicator]) -> Iterable[Finding]:
    parts: dict[str, list[Indicator]] = {}
    for row in rows:
        parts.setdefault(row.level1, []).append(row)
    for name, members in parts.items():
        weighted = [r for r in members if r.weight]
        if len(weighted) > 1 and all(r.score is None for r in members) and all(r.score_rows == 1 for r in members):
            yield finding("unscored-section", weighted[0].place.location("score"), f"“{name}”的 {len(members)} 项指标都没有得分", "各项指标的得分")


def _parts_left_out(rows: Sequence[Indicator], whole: Location, book: Rulebook) -> Iterable[Finding]:
    """A form that has some of the rule set's sections should have them all."""
    sections = Sections(book.sections)
    present = {found.name for row in rows if (found := sections.of(row)) is not None}
    missing = [s for s in book.sections if s.name not in present]
    if not present or not missing:
        return
    shared = set.intersection(*(set(s.levels) for s in missing))  # 管理效率 over all of its parts
    names = [min(shared)] if len(missing) > 1 and shared else [s.name for s in missing]
    for name in names:
        yield finding("unscored-section", whole, f"没有填写{name.removesuffix('指标')}指标", f"规则集“{book.ruleset.title}”要求的{name.removesuffix('指标')}指标及其得分")


def wrong_section(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001  # every check takes the same
    """A second heading that belongs to another first heading, satisfaction among outputs, money spent among amounts done."""
    sections = Sections(book.sections)
    known: dict[tuple[str, str], str] = {}
    for score in evaluation.scores:
        row = score.indicator
        if row.is_execution or score.status is _DETAIL:
            continue
        key = row.level1, row.level2
        if key not in known:
            known[key] = _home(row, sections)
        if known[key]:
            yield finding("wrong-section", row.place.location("level2"), f"“{row.level2}”列在“{row.level1}”下（指标“{row.name.strip()[:40]}”）", f"列在“{known[key]}”下")
        elif "产出" in row.level1 and _SATISFACTION.search(row.name.strip()):
            yield finding("wrong-section", row.place.location("name"), f"“{row.name.strip()[:40]}”列在“{row.level1}”下", "列在满意度指标或效益指标下")
        elif score.target.unit.dimension == "money" and not score.target.unit.per and part_name(row.level2) == "数量" and _SPENT.search(row.name.strip()):
            yield finding("wrong-section", row.place.location("level2"), f"“{row.name.strip()[:40]}”是支出金额，列在“{row.level2}”下", "列在成本指标下", Severity.INFO)


def _home(row: Indicator, sections: Sections) -> str:
    """The first heading a second one belongs to; empty where it stands right, or nobody can say."""
    part = part_name(row.level2)
    own = sections.by_first(row.level1)
    if part in _COST_PARTS and "产出" in row.level1:
        return "成本指标"
    if own is None or not part:
        return ""
    if any(part_name(p) == part or part in p or part_name(p) in part for p in own.parts):
        return ""
    other = next((s for s in sections.sections if s is not own and any(part_name(p) == part for p in s.parts)), None)
    if other is None or "满意度" in other.name or "满意度" in part:
        return ""  # many forms count satisfaction among the effects
    return other.name
