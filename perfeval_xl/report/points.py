"""Sentences and table rows about indicators: how many of which kind, points, completion, lost points with their reasons. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core.decimals import ONE, ZERO, plain
from perfeval_xl.core.model import Evaluation, Indicator, IndicatorScore, Status
from perfeval_xl.core.quantity import Operator, parse
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.core.texts import shortened
from perfeval_xl.report.wording import CONTINUED, TO_FILL, from_to, one_paragraph, percent, sentence

_SIGNS = "≥≤＞＜＝"
_SAME_SIGN = str.maketrans("><=", "＞＜＝")
_STATES = {Status.UNSCORED: "未计分", Status.NOT_APPLICABLE: "不适用", Status.ALTERNATIVE: "二选一，不计分", Status.DETAIL: "不计分"}
MAX_NOTES = 20
MAX_TITLE = 100
"""Characters of a rule set's title in a sentence."""


class Part(NamedTuple):
    """A section of the table: its rows, its full score, and the score the workbook states, else the computed one; None where neither is whole."""

    name: str
    weight: Decimal
    score: Decimal | None
    computed: Decimal | None
    rows: Sequence[IndicatorScore]
    unscored: int
    bands: Sequence[tuple[str, int]]

    @property
    def left(self) -> int:
        """Rows without a score of anyone: the sum is not that of the whole section."""
        return sum(r.status is Status.UNSCORED and shown_score(r) is None for r in self.counted)

    @property
    def counted(self) -> list[IndicatorScore]:
        """Rows that count as indicators of their own."""
        return [r for r in self.rows if r.status not in {Status.DETAIL, Status.ALTERNATIVE}]


def parts_of(evaluation: Evaluation) -> list[Part]:
    """The sections, in sheet order, without budget execution, which stands in the fund table."""
    out = []
    for section in evaluation.sections:
        rows = [s for s in evaluation.scores if s.indicator.level1 == section.name and not s.indicator.is_execution]
        if rows:
            out.append(Part(section.name, section.weight, _stated(section.reported, section.score, rows), section.score, rows, section.unscored, list(section.bands.items())))
    return out


def _stated(reported: Decimal | None, computed: Decimal | None, rows: Sequence[IndicatorScore]) -> Decimal | None:
    """The form's own sum, else that of the scores its rows show, else the computed one.

    A sum of our own form leaves out rows whose formula left the score to the engine: then what the rows show is summed.
    """
    if reported is not None and not _lacks_some(rows):
        return reported
    shown = [v for r in rows if (v := shown_score(r)) is not None]
    return sum(shown, ZERO) if shown else computed


def _lacks_some(rows: Sequence[IndicatorScore]) -> bool:
    """Whether some rows state a score and others, which have one, do not: or their formulas have no result yet."""
    counted = [r for r in rows if r.score is not None and r.indicator.score_rows]
    stated = sum(r.indicator.score is not None for r in counted)
    return 0 < stated < len(counted) or any(r.indicator.is_computed and r.indicator.score is None for r in counted)


def shown_score(score: IndicatorScore) -> Decimal | None:
    """The score the workbook states, else the computed one: a document repeats its workbook."""
    return score.score if score.indicator.score is None else score.indicator.score


def total_of(evaluation: Evaluation) -> Decimal | None:
    """The total the workbook states, else the sum of what its parts state; None where nothing is scored."""
    if evaluation.reported is not None and not _lacks_some(evaluation.scores):
        return evaluation.reported
    known = [p.score for p in parts_of(evaluation) if p.score is not None]
    known += [v for s in evaluation.scores if s.indicator.is_execution and (v := shown_score(s)) is not None]
    return sum(known, ZERO) if known else None


def kind_name(name: str) -> str:
    """A heading as the name of a kind of indicators.

    >>> kind_name("经济效益"), kind_name("时效指标")
    ('经济效益指标', '时效指标')
    """
    text = one_paragraph(name)
    return text if text.endswith("指标") else text + "指标"


def counts_sentence(year: str, subject: str, parts: Sequence[Part]) -> str:
    """How many indicators there are of each kind."""
    told = []
    for part in parts:
        kinds: dict[str, int] = {}
        for row in part.counted:
            if row.indicator.level2:
                kinds[kind_name(row.indicator.level2)] = kinds.get(kind_name(row.indicator.level2), 0) + 1
        inner = "，".join(f"{kind}{n}个" for kind, n in kinds.items())
        told.append(f"{kind_name(part.name)}{len(part.counted)}个" + (f"，其中{inner}" if inner else ""))
    return f"{year}年，{subject}共设立" + "；".join(told) + "。"


def overview_sentence(subject: str, parts: Sequence[Part]) -> str:
    """Full score and score of several sections together."""
    weight = sum((p.weight for p in parts), ZERO)
    known = [p.score for p in parts if p.score is not None]
    kinds = [f"{len(p.counted)}个{kind_name(p.name)}" for p in parts]
    count = "和".join(filter(None, ["、".join(kinds[:-1]), kinds[-1]]))
    left = sum(p.left for p in parts)
    score = f"自评得分{plain(sum(known, ZERO))}分" if known else f"自评得分{TO_FILL}"
    part = f"；自评得分为已计分指标的合计，另有{left}项未计分" if left and known else ""
    return f"{subject}指标分值{plain(weight)}分，{score}，包括{count}{part}。"


def section_sentence(year: str, part: Part) -> str:
    """One section: number, full score, scores of its rows, bands of completion, sum."""
    scores = [v for r in part.counted if (v := shown_score(r)) is not None]
    clauses = [f"{year}年共设置{kind_name(part.name)}{len(part.counted)}个", f"分值{plain(part.weight)}分"]
    if scores:
        clauses.append(f"{'每个' if len(scores) > 1 else '该'}指标评分为{from_to(scores)}分")
    is_beyond = any(r.completion is not None and r.completion > ONE for r in part.counted)
    clauses += [f"完成率在{_band(band) if is_beyond else band}的指标有{n}个" for band, n in part.bands]
    if part.score is None:
        clauses.append(f"合计得分{TO_FILL}")
    elif part.left:
        clauses.append(f"另有{part.left}项未计分，已计分的指标合计得分为{plain(part.score)}分")
    else:
        clauses.append(f"合计得分为{plain(part.score)}分")
    return "，".join(clauses) + "。"


def _band(name: str) -> str:
    """The highest band holds what was over-fulfilled, too.

    >>> _band("60-100%"), _band("0-60%")
    ('60%以上', '0-60%')
    """
    return f"{name.removesuffix('-100%')}%以上" if name.endswith("-100%") else name


def lost_sentences(parts: Sequence[Part]) -> list[str]:
    """Every indicator below its full score: target, actual, rate, points lost, and why."""
    out = []
    for row in (r for p in parts for r in p.counted):
        score = shown_score(row)
        if score is None or row.weight is None or score >= row.weight:
            continue
        rate = f"，完成率{rate_text(row)}" if row.completion is not None else ""
        name = one_paragraph(row.indicator.name)
        why = sentence(one_paragraph(row.indicator.reason)) if row.indicator.reason.strip() else f"{TO_FILL}。"
        out.append(f"“{name}”目标值{target_text(row.indicator) or TO_FILL}，实际完成{actual_text(row) or TO_FILL}{rate}，扣{plain(row.weight - score)}分，扣分原因：{why}")
    return out


def target_text(row: Indicator) -> str:
    """The target with its sign and unit, however the form keeps them apart."""
    return _written(row.target, row.direction.translate(_SAME_SIGN), row.unit)


def actual_text(score: IndicatorScore) -> str:
    """The actual with its unit, from the cell it really stands in."""
    row = score.indicator
    return _written(score.actual.text or row.actual, "", row.actual_unit or row.unit)


def _written(text: str, sign: str, unit: str) -> str:
    """A bare number takes the unit of its column; a target without a sign takes the one of its column."""
    text = one_paragraph(text)
    read = parse(text)
    if not text or not read.is_number:
        return text
    if unit and not read.unit.symbol:
        text += one_paragraph(unit)
    return sign + text if sign in tuple(_SIGNS) and read.operator is Operator.NONE else text


def rate_text(score: IndicatorScore) -> str:
    """The rate as computed; as written where there is none to compute; blank where there is neither."""
    if score.completion is not None:
        return percent(score.completion)
    return "" if score.actual_field == "rate" else one_paragraph(score.indicator.rate)


def table_rows(part: Part, remarks: dict[int, str]) -> list[dict[str, str]]:
    """Rows for the template; headings that go on from the row above are marked. remarks: id of a row → its mark."""
    out: list[dict[str, str]] = []
    above: IndicatorScore | None = None
    for score in part.rows:
        row = score.indicator
        is_same = above is not None and (above.indicator.level1, above.indicator.level2) == (row.level1, row.level2)
        value = shown_score(score)
        if row.score_rows == 0:
            points = weight = CONTINUED
        else:
            state = _STATES.get(score.status, TO_FILL if value is None else "")
            points = plain(value) if value is not None and score.status in {Status.SCORED, Status.UNSCORED} else state
            weight = plain(score.weight) if score.weight is not None else TO_FILL
        name = ("★" if row.is_core and "★" not in row.name else "") + one_paragraph(row.name)
        out.append({
            "一级指标": CONTINUED if above is not None else one_paragraph(row.level1), "二级指标": CONTINUED if is_same else one_paragraph(row.level2),
            "三级指标": name + remarks.get(id(score), ""), "目标值": target_text(row) or TO_FILL, "实现值": actual_text(score) or TO_FILL,
            "完成率": rate_text(score), "分值": weight, "得分": points, "偏差原因": one_paragraph(row.reason),
        })  # fmt: skip
        above = score
    return out


def differences(evaluation: Evaluation, parts: Sequence[Part]) -> list[str]:
    """Where the workbook states another score than the rules give: both, side by side."""
    found: list[str] = []
    for score in evaluation.scores:
        stated = score.indicator.score
        if stated is not None and score.score is not None and stated != score.score and score.indicator.score_rows == 1:
            found.append(f"“{one_paragraph(score.indicator.name)}”填报{plain(stated)}分，计算{plain(score.score)}分")
        elif stated is not None and score.status is Status.UNSCORED:
            found.append(f"“{one_paragraph(score.indicator.name)}”填报{plain(stated)}分，按评分规则未能计分")
    found += [f"{kind_name(p.name)}合计填报{plain(p.score)}分，计算{plain(p.computed)}分" for p in parts if not p.unscored and p.score is not None and p.computed is not None and p.score != p.computed]
    total = total_of(evaluation)
    if total is not None and total != evaluation.total and not evaluation.unscored:  # without rows that could not be scored, sums cannot agree
        found.append(f"总分填报{plain(total)}分，计算{plain(evaluation.total)}分")
    return found


def rules_note(ruleset: Ruleset) -> str:
    """By what rules the scores were computed: an auditor asks, and an import finds its form by it."""
    return f"注：得分按“{shortened(one_paragraph(ruleset.title), MAX_TITLE)}”（规则集 {ruleset.id}）计算。"


def difference_note(found: Sequence[str]) -> str:
    """The remark below the table; empty where there is nothing to say."""
    if not found:
        return ""
    more = f"等{len(found)}处" if len(found) > MAX_NOTES else ""
    return "注：以下得分与按评分规则计算的结果不一致，表中为填报得分，请核对：" + "；".join(found[:MAX_NOTES]) + more + "。"


def evidence_rows(rows: Iterable[IndicatorScore]) -> list[dict[str, str]]:
    """What the form names as evidence, by indicator."""
    given = [(one_paragraph(r.indicator.name), one_paragraph(r.indicator.evidence)) for r in rows if r.indicator.evidence.strip()]
    return [{"序号": str(i), "指标": name, "材料": text} for i, (name, text) in enumerate(given, 1)]
