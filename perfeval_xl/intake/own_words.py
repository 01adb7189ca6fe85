"""Sentences that our own report makes out of the numbers: on the way back they are left out, for the form makes them again. Pure.

Only what is written exactly so and says what the table says; a sentence that a person wrote or changed is kept, with a doubt where its
numbers are not those of the table. A reason for lost points that a person filled in goes into its row.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from perfeval_xl.core.model import Evaluation, IndicatorScore
from perfeval_xl.intake.fits import TO_FILL, Table, fits_funds, lost_points
from perfeval_xl.intake.source import Doubt, Paragraph

_LONGEST = 4_000
"""Characters of a paragraph; a longer one is none of ours."""
_CHART = "各部分分值与得分"
"""Above the chart, where a PDF keeps it as text."""
_NUMBER = r"(?:-?[0-9]+(?:\.[0-9]+)?|【待填】)"
_COUNTS = r"[^，；。]{1,40}指标[0-9]+个(?:，其中[^；。]{1,300})?"
_GENERATED: dict[str, tuple[re.Pattern[str], ...]] = {
    "绩效管理情况": (re.compile(rf"(?:20[0-9]{{2}}|【待填】)年，(?:部门整体|项目)共设立{_COUNTS}(?:；{_COUNTS})*。"),),
    "自评结论": (
        re.compile(rf"(?:20[0-9]{{2}}|【待填】)年度(?:部门整体|项目)支出绩效自评(?:分值{_NUMBER}分，自评)?得分{_NUMBER}分?(?:，(?:评定等级为“.”|另有[0-9]+项指标未能计分【待填】|按评分规则计算为{_NUMBER}分，请核对))?。"),
        re.compile(r"“三公”经费支出(?:未超|超出)本年预算。"),
        re.compile(r"“[^。]{1,200}”部分没有填写，以上为已填写部分的分值和得分，不评定等级。"),
    ),
    "履职效能分析": (
        re.compile(rf"(?:履职效能|绩效|管理效率)指标分值{_NUMBER}分，自评得分{_NUMBER}分?，包括[^。]{{1,300}}。"),
        re.compile(rf"(?:20[0-9]{{2}}|【待填】)年共设置[^，。]{{1,60}}[0-9]+个，分值{_NUMBER}分，[^。]*?合计得分(?:为{_NUMBER}分|【待填】)。", re.DOTALL),
        re.compile(rf"“.{{1,500}}”目标值.*，扣{_NUMBER}分，扣分原因：.*", re.DOTALL),
    ),
}
_AMOUNT = r"(?:[^，；。]{1,40}(?:亿元|万元|元)|【待填】)"
_BUDGETS = rf"(?:年初预算数|全年预算数|调整后预算数|全年执行数){_AMOUNT}"
_GENERATED["收支情况说明"] = (
    re.compile(rf"项目{_BUDGETS}(?:，{_BUDGETS})*(?:，预算执行率[^，。]{{1,12}})?(?:，分值[^，。]{{1,8}})?(?:，得分[^，。]{{1,10}})?。"),
    re.compile(rf"其中：[^，；。]{{1,40}}?{_BUDGETS}(?:，{_BUDGETS})*(?:；[^，；。]{{1,40}}?{_BUDGETS}(?:，{_BUDGETS})*)*。"),
    re.compile(r"(?:本部门本年决算收入|决算支出)【待填】。"),
)
_RULES = re.compile(r"注:得分按[“”\"](?:(?!\)计算[。.]).)+[“”\"]\(规则集([a-z0-9\u4e00-\u9fff-]{1,100})\)计算[。.]")
"""In a text made plain. The title may hold quotes and parentheses of its own: of what it could be, the longest."""
_DIFFERENCES = "注:以下得分与按评分规则计算的结果不一致,表中为填报得分,请核对:"
_HYPHENS = dict.fromkeys(map(ord, "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_GENERATED["管理效率分析"] = _GENERATED["履职效能分析"]


@dataclass(slots=True)
class Told:
    """kept: paragraphs that a person wrote. reasons: name of a row → why it lost points."""

    kept: list[Paragraph] = field(default_factory=list)
    reasons: dict[str, Paragraph] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    def keep(self, one: Paragraph, why: str) -> None:
        """A sentence like ours that says something else."""
        self.kept.append(one)
        self.doubts.append(Doubt(one.place, one.text, why, "请核对这句话与指标表哪一个正确。"))


def is_own_note(text: str) -> bool:
    """The remark below our own table of indicators; the form's formulas and its check say the same again."""
    rules, sign, _ = _plain(text).partition(_DIFFERENCES)
    return bool(rules or sign) and (not rules or (len(rules) <= _LONGEST and bool(_RULES.fullmatch(rules))))


def ruleset_named(told: Iterable[Paragraph]) -> tuple[str, Paragraph] | None:
    """The rule set by whose rules our own report says that its scores were computed, and where it says so."""
    return next(((found[1], one) for one in told if len(one.text) <= _LONGEST and (found := _RULES.match(_plain(one.text)))), None)


def _plain(text: str) -> str:
    """Without blanks, punctuation and hyphens in one form: Word's and WPS's own corrections, and a PDF's lines that end inside an identifier."""
    return "".join(unicodedata.normalize("NFKC", text).translate(_HYPHENS).split())


def own_words(label: str, told: Sequence[Paragraph], evaluation: Evaluation) -> Told:
    """What of a field a person wrote. evaluation: of the table in the same document."""
    out = Told()
    named = Counter(_name(s) for s in evaluation.scores)
    rows = {_name(s): s for s in evaluation.scores if named[_name(s)] == 1}
    table = Table(evaluation)
    for one in told:
        if one.text in {TO_FILL, _CHART}:
            continue
        if len(one.text) > _LONGEST or not any(pattern.fullmatch(one.text) for pattern in _GENERATED.get(label, ())):
            out.kept.append(one)
        elif "扣分原因：" in one.text:
            _reason(out, one, rows)
        elif not _is_same(label, one.text, table):
            out.keep(one, "这句话是由指标表生成的，但与表中的数不一致，作为填报的文字保留")
    return out


def _is_same(label: str, text: str, table: Table) -> bool:
    if TO_FILL in text and not any(c.isdigit() for c in text):
        return True
    if label == "收支情况说明":
        return fits_funds(text, table.evaluation)
    return _within_budget(text, table.evaluation) if text.startswith("“三公”") else table.fits(text)


def _within_budget(text: str, evaluation: Evaluation) -> bool:
    money = evaluation.submission.money
    line = next((x for x in money.lines if x.subject == "three-public"), None) if money is not None else None
    return line is not None and line.current is not None and line.budget is not None and ("未超" in text) == (line.current <= line.budget)


def _reason(out: Told, one: Paragraph, rows: Mapping[str, IndicatorScore]) -> None:
    """Why a row lost points: what a person filled in goes into the row."""
    found = lost_points(one.text, rows)
    if found is None:
        out.keep(one, "这句话是由指标表生成的，但与表中的数不一致，作为填报的文字保留")
        return
    row, why = found[0].indicator, found[1].strip()
    known = "".join(row.reason.split()).rstrip("。")
    bare = "".join(why.split()).rstrip("。")
    if bare in {TO_FILL, known}:
        return
    if known or TO_FILL in why:
        out.keep(one, "这句话中的扣分原因与指标表中的不一致，作为填报的文字保留")
        return
    out.reasons[row.name] = Paragraph(why[:-1] if why.endswith("。") and "。" not in why[:-1] else why, one.place)


def _name(score: IndicatorScore) -> str:
    return score.indicator.name.strip("★ ")
