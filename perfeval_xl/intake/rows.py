"""Rows of a published table → rows of our form: headings by the rule set's names; rates and scores that the rules give otherwise stay as stated. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.finance import is_shown_as, places_of
from perfeval_xl.core.model import Indicator, IndicatorScore, Status, Submission
from perfeval_xl.core.parameters import SectionRule
from perfeval_xl.core.quantity import parse
from perfeval_xl.core.ruleset import Rulebook, Ruleset
from perfeval_xl.intake.grids import PlacedGrid
from perfeval_xl.intake.source import Doubt
from perfeval_xl.workbook.forms.form import (
    NOT_REPORTED,
    Entry,
    FormRow,
    Origin,
    is_management,
    number,
    row_of,
    split_target,
)
from perfeval_xl.workbook.forms.words import Words
from perfeval_xl.workbook.labels import head, is_first_level

Placed = tuple[str, str, FormRow]


@dataclass(frozen=True, slots=True)
class FormRows:
    """Rows of 自评表 and of 管理效率: first heading, second heading, cells. sections: first heading of the source → of the form."""

    table: Sequence[Placed]
    management: Sequence[Placed]
    doubts: Sequence[Doubt] = field(default=())
    sections: Mapping[str, str] = field(default_factory=dict)


def form_rows(submission: Submission, ruleset: Ruleset, tables: Mapping[str, PlacedGrid], evidence: Mapping[str, str]) -> FormRows:
    """evidence: name of an indicator → its text, from a list beside the table. Raises: LookupError (no parameters for the year)."""
    book = ruleset.at(datetime.date(submission.year or 2100, 12, 31))
    read = [_with_both_levels(r, book) for r in submission.indicators if not r.is_execution]
    own = [replace_levels(r, book) for r in read]
    own = [r if r.evidence else r._replace(evidence=evidence.get(r.name, "")) for r in own]
    bare = [r._replace(rate="", score=None, score_rows=1) for r in own]
    computed = evaluate(replace(submission, indicators=bare, totals=(), findings=()), ruleset)
    by_row = {(s.indicator.place.sheet, s.indicator.place.row, s.indicator.place.line): s for s in computed.scores if not s.indicator.is_execution}
    managed = {s.name for s in book.sections if is_management(s, book)} | {i.level1 for i in book.indicators}
    out: dict[bool, list[Placed]] = {False: [], True: []}
    doubts: list[Doubt] = []
    unreported: list[tuple[str, str]] = []
    assumed: dict[str, list[tuple[str, str]]] = {}
    for row in own:
        table = tables.get(row.place.sheet)
        place = table.place(row.place.row) if table is not None else f"{row.place.sheet}!{row.place.cell('name')}"
        score = by_row.get((row.place.sheet, row.place.row, row.place.line))
        cells = _with_stated(row, score)
        if row.score is None and row.score_rows == 1 and not row.is_detail and score is not None and score.score is not None and score.status is not Status.NOT_APPLICABLE:
            cells = cells._replace(is_unreported=True)
            unreported.append((place, row.name))
        cells = cells._replace(name=("★" if row.is_core and "★" not in row.name else "") + cells.name, origin=Origin(place, table.text(row.place.row) if table is not None else _told(row)))
        if not row.direction and cells.direction in _SIGNS and not split_target(row.target, row.unit)[0]:
            assumed.setdefault(cells.direction, []).append((place, f"{row.name} {row.target}"))
        out[ruleset.form == "department" and row.level1 in managed].append((row.level1, row.level2, cells))
        doubts += _doubts(row, place)
    if unreported:
        names = "、".join(name for _, name in unreported)
        doubts.append(Doubt(unreported[0][0], names, f"{NOT_REPORTED}（{len(unreported)} 项）", "请核对公式算出的得分；计分、报告和汇总时，这些行按没有填报得分处理。"))
    for sign, rows in assumed.items():
        listed = "；".join(text for _, text in rows)
        doubts.append(Doubt(rows[0][0], listed, f"目标值没有写明方向，按通常的理解填为“{sign}”（{len(rows)} 项）", "请核对“方向”一栏，不对的请改选。", is_minor=True))
    sections = {r.level1: o.level1 for r, o in zip(read, own, strict=True)}
    return FormRows(out[False], out[True], doubts, sections)


def replace_levels(row: Indicator, book: Rulebook) -> Indicator:
    """The row under the names that the rule set's form prints, where its headings are those by another name."""
    printed = _printed(row, book)
    if printed is not None:
        return row._replace(level1=printed[0], level2=printed[1])
    section = _section(row.level1, book)
    if section is None:
        return row._replace(level1=head(row.level1) or row.level1)
    return row._replace(level1=section.name, level2=_part(row.level2, section))


_SIGNS = frozenset("≥≤＞＜＝")
_BETWEEN_LEVELS = re.compile(r"\s*(?:[-－—–/／、：:·>＞→\\|]+|\s)\s*")


def _with_both_levels(row: Indicator, book: Rulebook) -> Indicator:
    """A row whose one heading names both levels (产出指标-数量指标), or only one of them (数量指标, 满意度指标)."""
    if bool(row.level1) == bool(row.level2):
        return row
    words = [w for w in _BETWEEN_LEVELS.split((row.level1 or row.level2).strip(), maxsplit=1) if w]
    if len(words) == 2 and is_first_level(words[0]):
        return row._replace(level1=words[0], level2=words[1])
    if row.level1:
        return row
    if is_first_level(row.level2) or _section(row.level2, book) is not None:
        return row._replace(level1=row.level2, level2="")
    above = next((s.name for s in book.sections if any(_part(row.level2, s) == part for part in s.parts)), "")
    return row._replace(level1=above)


def _printed(row: Indicator, book: Rulebook) -> tuple[str, str] | None:
    """Headings of a row that stands among those which the form prints filled in: by its first heading, or one level higher, by the second.

    The sections of such rows may lie on the second level (管理效率 → 预算编制, 预算执行 …): the first heading names no single one.
    """
    first, second = head(row.level1) or row.level1, head(row.level2) or row.level2
    parts = {i.level2: i.level1 for i in book.indicators}
    if first in parts.values():
        return first, second if second in parts else row.level2
    return (parts[first], first) if first in parts else None


def _section(level1: str, book: Rulebook) -> SectionRule | None:
    """The section of a heading; of several that it names, the one named last."""
    word = head(level1) or level1
    same = next((s for s in book.sections if word == s.name or word in s.levels), None)
    if same is not None:
        return same
    found = [(level1.rfind(level), s) for s in book.sections for level in s.levels if level in level1]
    return max(found, key=lambda f: f[0])[1] if found else None


def _part(level2: str, section: SectionRule) -> str:
    word = head(level2) or level2
    for part in section.parts:
        if word.removesuffix("指标") == part.removesuffix("指标"):
            return part
    return level2


def _with_stated(row: Indicator, score: IndicatorScore | None) -> FormRow:
    cells = _cells(row)
    is_odd = bool(row.rate) and parse(row.rate).is_number and parse(row.rate).unit.dimension != "ratio" and bool(parse(row.rate).unit.symbol) and not row.rate.strip().endswith(("%", "％"))
    same_rate = not row.rate or (score is not None and score.completion is not None and _is_rate(row.rate, score.completion))
    if not same_rate:
        cells = cells._replace(rate=_entry(row.rate))
    if row.score is not None and (is_odd or not _is_native(cells) or score is None or score.score != row.score):
        cells = cells._replace(score=Entry(number(row.score)))
    return cells


_NATIVE = frozenset({*Words.MET, *Words.PARTLY, *Words.MISSED, *Words.YES, *Words.NO, *Words.ON_TIME, *Words.LATE, Words.NOT_APPLICABLE[0]})


def _is_native(cells: FormRow) -> bool:
    """Whether the form's own formulas surely read the row, in any spreadsheet program: numbers, or the words of its drop-down lists."""
    target, actual = cells.target.value, cells.actual.value
    return actual in _NATIVE if isinstance(actual, str) else isinstance(target, int | float) and isinstance(actual, int | float)


def _cells(row: Indicator) -> FormRow:
    """The row as cells. Words around a number stay: only a text that is nothing but sign, number and unit becomes a number."""
    cells = row_of(row)
    _, number_, unit = _plain(row.target)
    if row.target and not number_ and isinstance(cells.target.value, int | float):
        cells = cells._replace(direction=row.direction, target=Entry(row.target), unit=row.unit, actual=Entry(row.actual or None))
    done = _plain(row.actual)
    if row.actual and isinstance(cells.actual.value, int | float) and (not done[1] or done[0] or done[2] not in {"", unit, cells.unit}):
        cells = cells._replace(actual=Entry(row.actual))
    return cells


_QUANTITY = re.compile(r"([≥≤＞＜＝=<>]?)\s*(-?[0-9][0-9,]*(?:\.[0-9]+)?)\s*([^\s0-9]{0,8})\Z")


def _plain(text: str) -> tuple[str, str, str]:
    """Sign, number and unit of a text that is nothing else; blanks for others.

    >>> _plain("≥ 95%"), _plain("保洁面积500平方米"), _plain("100%完成")
    (('≥', '95', '%'), ('', '', ''), ('', '', ''))
    """
    found = _QUANTITY.match(text.strip())
    if found is None:
        return "", "", ""
    read = parse(text)
    unit = found[3]
    if unit and (unit != read.unit.symbol or unit in {"多", "余", "左右"}):
        return "", "", ""
    return found[1], found[2], unit


def _is_rate(text: str, completion: Decimal) -> bool:
    """Whether a stated rate is the computed one, rounded or cut; one above a hundred may be stated as a hundred."""
    value = _percent(text)
    if value is None:
        return False
    return is_shown_as(value, places_of(value), completion * 100, completion * 100)


def _percent(text: str) -> Decimal | None:
    read = parse(text)
    return read.value if read.is_number and text.strip().endswith(("%", "％")) else None


def _entry(text: str) -> Entry:
    value = _percent(text)
    return Entry(text) if value is None else Entry(float(value / 100), "0.00%")


def _told(row: Indicator) -> str:
    """The row as the source has it."""
    parts = {"指标": row.name, "目标值": row.target, "实现值": row.actual, "完成率": row.rate, "分值": row.weight, "得分": row.score, "偏差原因": row.reason}
    return "；".join(f"{title} {value}" for title, value in parts.items() if value not in {None, ""})


def _doubts(row: Indicator, place: str) -> list[Doubt]:
    out = []
    if row.review is not None:
        out.append(Doubt(place, f"{row.name}：{row.review}", "这一行还有复核（评审）得分，自评表没有这一栏，没有填入"))
    if not row.target and not row.actual:
        out.append(Doubt(place, row.name, "这一行没有读到目标值和实现值"))
    if row.score_rows != 1:
        out.append(Doubt(place, row.name, "这一行与相邻的行合用一个得分", "请把合并的得分分到各行。"))
    return out
