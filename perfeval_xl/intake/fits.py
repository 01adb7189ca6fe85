"""Whether a sentence of our own report still says what the table beside it says: every number, kind and name in it. Pure.

A person may have edited it in Word: then it is theirs, and stays.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from perfeval_xl.core.decimals import ZERO, plain
from perfeval_xl.core.model import Evaluation, IndicatorScore, Section, Status
from perfeval_xl.core.quantity import parse

TO_FILL = "【待填】"
_UNCOUNTED = frozenset({Status.DETAIL, Status.ALTERNATIVE})
_COUNT = re.compile(r"(.{1,60}指标)([0-9]+)个")
_NUMBER = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?")
_SECTION = re.compile(r"(20[0-9]{2}|【待填】)年共设置(.{1,60}指标)([0-9]+)个，分值([0-9.]+)分，(.*)合计得分(?:为(-?[0-9.]+)分|【待填】)。")
_POINTS = re.compile(r"(?:每个|该)指标评分为(-?[0-9.]+(?:--?[0-9.]+)?)分")
_BAND = re.compile(r"完成率在([^，]{1,30})的指标有([0-9]+)个")
_OPEN = re.compile(r"有([0-9]+)个指标未能计分")
_OVERVIEW = re.compile(r"(.{2,4})指标分值([0-9.]+)分，自评得分(?:(-?[0-9.]+)分|【待填】)，包括(.+)。")
_TOTAL = re.compile(
    r"(20[0-9]{2}|【待填】)年度(?:部门整体|项目)支出绩效自评(?:分值([0-9.]+)分，自评)?得分(?:(-?[0-9.]+)分|【待填】)"
    r"(?:，评定等级为“(.)”|，另有([0-9]+)项指标未能计分【待填】|，按评分规则计算为(-?[0-9.]+)分，请核对)?。")  # fmt: skip
_MISSING = re.compile(r"“(.{1,200})”部分没有填写，以上为已填写部分的分值和得分，不评定等级。")
_COUNTS = re.compile(r"(20[0-9]{2}|【待填】)年，(?:部门整体|项目)共设立(.+)。")


class Table:
    """What the table says, as the sentences of a report say it."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.year = {str(evaluation.submission.year), TO_FILL}
        self.rows: dict[str, list[IndicatorScore]] = {}
        for score in evaluation.scores:
            if not score.indicator.is_execution and score.status not in _UNCOUNTED:
                self.rows.setdefault(_kind(score.indicator.level1), []).append(score)
        self.sections = {_kind(s.name): s for s in evaluation.sections}

    def fits(self, text: str) -> bool:
        """Whether all that a sentence about the indicators says is what the table says."""
        kinds: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
            (_COUNTS, self._counts), (_TOTAL, self._total), (_OVERVIEW, self._overview), (_SECTION, self._section), (_MISSING, self._missing))  # fmt: skip
        return any(check(found) for pattern, check in kinds if (found := pattern.fullmatch(text)))

    def _missing(self, found: re.Match[str]) -> bool:
        return not any(_kind(name) in self.sections for name in found[1].split("”、“"))

    def _counts(self, found: re.Match[str]) -> bool:
        if found[1] not in self.year:
            return False
        for group in found[2].split("；"):
            first, *others = (_COUNT.fullmatch(c.removeprefix("其中")) for c in group.split("，"))
            if first is None or len(self.rows.get(first[1], ())) != int(first[2]):
                return False
            own = Counter(_kind(r.indicator.level2) for r in self.rows[first[1]])
            if any(o is None or own[o[1]] != int(o[2]) for o in others):
                return False
        return True

    def _total(self, found: re.Match[str]) -> bool:
        done = self.evaluation
        whole = self._sum([s for rows in self.rows.values() for s in rows] + [s for s in done.scores if s.indicator.is_execution])
        return (
            found[1] in self.year
            and (found[2] is None or Decimal(found[2]) == done.weight)
            and (found[3] is None or Decimal(found[3]) in {done.reported, done.total, whole})
        )

    def _overview(self, found: re.Match[str]) -> bool:
        counts = [re.fullmatch(r"([0-9]+)个(.{1,60}指标)", c) for c in re.split(r"、|和(?=[0-9])", found[4])]
        if any(c is None or len(self.rows.get(c[2], ())) != int(c[1]) or c[2] not in self.sections for c in counts):
            return False
        kinds = [c[2] for c in counts if c is not None]
        weight = sum((self.sections[k].weight for k in kinds), ZERO)
        return Decimal(found[2]) == weight and (found[3] is None or Decimal(found[3]) in _sums([self._scores(k) for k in kinds]))

    def _section(self, found: re.Match[str]) -> bool:
        kind, section = found[2], self.sections.get(found[2])
        if found[1] not in self.year or section is None or len(self.rows.get(kind, ())) != int(found[3]) or Decimal(found[4]) != section.weight:
            return False
        if found[6] is not None and Decimal(found[6]) not in self._scores(kind):
            return False
        return all(self._clause(clause, kind, section) for clause in found[5].split("，") if clause)

    def _clause(self, clause: str, kind: str, section: Section) -> bool:
        if points := _POINTS.fullmatch(clause):
            known = sorted(v for r in self.rows[kind] if (v := _shown(r)) is not None)
            return bool(known) and points[1] == (plain(known[0]) if known[0] == known[-1] else f"{plain(known[0])}-{plain(known[-1])}")
        if band := _BAND.fullmatch(clause):
            return int(band[2]) <= len(self.rows[kind])  # the document does not hold all that rates are computed from
        unscored = _OPEN.fullmatch(clause)
        return unscored is not None and int(unscored[1]) <= section.count

    def _scores(self, kind: str) -> set[Decimal]:
        """A section's score as stated, as computed, and as its rows make it up."""
        section = self.sections[kind]
        return {s for s in (section.reported, section.score, self._sum(self.rows[kind])) if s is not None}

    @staticmethod
    def _sum(rows: Iterable[IndicatorScore]) -> Decimal:
        return sum((v for r in rows if (v := _shown(r)) is not None), ZERO)


def _sums(choices: Sequence[set[Decimal]]) -> set[Decimal]:
    out = {ZERO}
    for some in choices:
        out = {a + b for a in out for b in some} if some else out
    return out


def _kind(name: str) -> str:
    """As our reports name a kind of indicators."""
    text = "".join(name.split())
    return text if text.endswith("指标") else text + "指标"


def _shown(score: IndicatorScore) -> Decimal | None:
    return score.score if score.indicator.score is None else score.indicator.score


def fits_funds(text: str, evaluation: Evaluation) -> bool:
    """Whether every number of a sentence about funds stands in the fund table, or follows from it."""
    execution = evaluation.submission.execution
    told = {Decimal(n.replace(",", "")) for n in _NUMBER.findall(text)}
    if execution is None:
        return not told
    texts = [t for f in (execution.total, *execution.sources) for t in (*f.budgets.values(), f.spent, f.rate, f.label) if t]
    known = {Decimal(n.replace(",", "")) for t in texts for n in _NUMBER.findall(t)} | {v for t in texts if (v := parse(t).value) is not None}
    for score in (s for s in evaluation.scores if s.indicator.is_execution):
        known |= {v for v in (score.weight, _shown(score)) if v is not None}
        if score.completion is not None:
            known |= {round(score.completion * 100, places) for places in range(5)}
    return told <= known


_LOST = re.compile(r"“(.{1,500})”目标值(.*?)，实际完成(.*?)(?:，完成率([0-9.]+%))?，扣([0-9.]+)分，扣分原因：(.*)", re.DOTALL)


def lost_points(text: str, rows: Mapping[str, IndicatorScore]) -> tuple[IndicatorScore, str] | None:
    """The row that a sentence about lost points is about, and the reason it gives; None where it does not say what the row says. rows: by name."""
    found = _LOST.fullmatch(text)
    score = rows.get(found[1].strip("★ ")) if found else None
    if found is None or score is None:
        return None
    row, shown = score.indicator, _shown(score)
    if shown is None or row.weight is None or row.weight - shown != Decimal(found[5]):
        return None
    for told, stated in ((found[2], row.target), (found[3], row.actual)):
        if _bare(told) != _bare(stated) and not (told == TO_FILL and not stated):
            return None
    return score, found[6]


def _bare(text: str) -> str:
    return "".join(text.split())
