"""Prose beside the table: claims that all was done, counts of indicators, growth told in words. Plain contradictions only. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from perfeval_xl.core.checks.accounts import agrees, shown_growth
from perfeval_xl.core.checks.reasons import READ, percent
from perfeval_xl.core.checks.sections import part_name
from perfeval_xl.core.decimals import ONE, plain
from perfeval_xl.core.finance import growth_spread
from perfeval_xl.core.findings import Finding, Location, finding
from perfeval_xl.core.model import Direction, Evaluation, IndicatorScore, Status, Submission
from perfeval_xl.core.ruleset import Rulebook

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_DETAIL = Status.DETAIL

MAX_TEXT = 5000
# Labels whose text says what is planned, asked for or to be mended, not what was done.
_PLANS = re.compile(r"目标(?!完成)|任务|职能|措施|问题|计划|下一步|概况|名称|单位|负责人|依据")
_ALL_DONE = re.compile(
    r"(?:(?<![未没不])(?<!尚未)(?:全部|全面|均已?|都已?|各项(?:绩效)?(?:指标|目标|任务)(?:均|都|全部)?已?|100%)(?:按期|按时|圆满|顺利|如期|较好地?)?(?:完成|达成|实现|达标|达到))"
    r"(?!率|[\u4e00-\u9fff]{0,6}的?(?:指标|项目)有)"
)
_DENIED = re.compile(r"(?:未|没有|尚未|未能|不能|除|基本|部分|大部分|力争|确保|争取|计划|预计|将)[\u4e00-\u9fff“”]{0,8}\Z")
_EXCEPT = re.compile(r"\A[^。；;]{0,30}(?:除外|但|其中[^。；;]{0,20}未)")
_COUNT = re.compile(r"(?P<a>[\u4e00-\u9fff]{2,10}?)指标(?:共|共有|有|共设立|设立|设置|共设置|数量|数)?(?P<n>[0-9]{1,3})个|(?P<m>[0-9]{1,3})个(?P<b>[\u4e00-\u9fff]{2,8}?)指标")
_GROWTH = re.compile(
    r"(?P<what>[\u4e00-\u9fff]{2,12}?)(?P<now>[0-9][0-9,]{0,15}(?:\.[0-9]{1,6})?)(?P<unit>万元|亿元|元)[，,；;]?(?:与|比|较)(?:上年|去年|上年度)(?:决算数?|同期)?(?:对比|相比)?[，,]?"
    r"(?P<way>增加|增长|减少|下降)(?:了)?(?P<by>[0-9][0-9,]{0,15}(?:\.[0-9]{1,6})?)(?P<unit2>万元|亿元|元)[，,；;]?(?:增长率?|下降|降低|减少|上升|增幅|降幅)(?:为|了|约)?(?P<rate>[0-9]{1,5}(?:\.[0-9]{1,4})?)%"
)


def prose_contradicts_table(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001  # every check takes the same
    """全部完成 in a text about what was done, against a row whose own numbers say it was not."""
    claim = next(_claims(submission), None)
    if claim is None:
        return
    unmet = [s for s in evaluation.scores if _is_unmet(s)]
    if unmet:
        row = unmet[0].indicator
        more = f"，另有 {len(unmet) - 1} 项" if len(unmet) > 1 else ""
        yield finding("prose-contradicts-table", row.place.location(unmet[0].actual_field),
                      f"“{claim[0]}”写有“{claim[1]}”，表中“{row.name.strip()[:40]}”目标值“{row.target.strip()}”，实现值“{unmet[0].actual.text.strip()}”{more}",
                      "文字与表中完成情况一致")  # fmt: skip


def _claims(submission: Submission) -> Iterator[tuple[str, str]]:
    for label, text in submission.facts.items():
        if _PLANS.search(label):
            continue
        short = text[:MAX_TEXT]
        for found in _ALL_DONE.finditer(short):
            if not _DENIED.search(short[max(found.start() - 12, 0) : found.start()]) and not _EXCEPT.search(short[found.end() : found.end() + 60]):
                yield label, found[0]


def _is_unmet(score: IndicatorScore) -> bool:
    """Missed by its own numbers or dates; budget execution is no aim of the work."""
    measured = {Direction.HIGHER, Direction.LOWER, Direction.EQUAL, Direction.RANGE, Direction.DATE}
    return score.status in READ and score.completion is not None and score.completion < ONE and score.direction in measured and not score.indicator.is_execution


def indicator_count(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """产出指标 6 个, 5 个效益指标: counts in the prose beside the table's own headings."""
    if not any("指标" in text for text in submission.facts.values()):
        return
    rows = [s.indicator for s in evaluation.scores if s.status is not _DETAIL and not s.indicator.is_execution]
    counts = Counter(part_name(r.level1) for r in rows) | Counter(part_name(r.level2) for r in rows)
    whole = Location(submission.file, submission.sheet)
    told: set[tuple[str, int]] = set()
    for label, text in submission.facts.items():
        if label.endswith("目标") or "措施" in label:
            continue
        for found in _COUNT.finditer(re.sub(r"\s", "", text[:MAX_TEXT])):
            words, number = found["a"] or found["b"], int(found["n"] or found["m"])
            name = next((n for n in sorted(counts, key=len, reverse=True) if n and words.endswith(n)), "")
            if name and counts[name] != number and (name, number) not in told:
                told.add((name, number))
                yield finding("indicator-count", whole, f"“{label}”写有“{found[0]}”，表中{name}指标有 {counts[name]} 个", f"{name}指标 {counts[name]} 个")


def growth_in_prose(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """决算收入 9,121 万元，与上年对比增加 1,634.28 万元，增长 21.8%: three numbers of which two give the third."""
    whole = Location(submission.file, submission.sheet)
    for label, text in submission.facts.items():
        if "上年" not in text and "去年" not in text:
            continue
        for found in _GROWTH.finditer(re.sub(r"\s", "", text[:MAX_TEXT])):
            now, by = (Decimal(found[n].replace(",", "")) for n in ("now", "by"))
            if found["unit"] != found["unit2"] or by == 0:
                continue
            sign = -1 if found["way"] in {"减少", "下降"} else 1
            bounds = growth_spread(now, by * sign)
            shown = shown_growth(f"{found['rate']}%")
            if bounds is None or shown is None or agrees([(value * sign, places) for value, places in shown], *bounds):
                continue
            yield finding("growth-wrong", whole, f"“{label}”写有“{found[0]}”，{plain(by)} ÷ {plain(now - by * sign)} 不等于 {found['rate']}%", percent(abs(bounds[0] + bounds[1]) / 2))
