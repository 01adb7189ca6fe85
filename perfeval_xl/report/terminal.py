"""Evaluation, rule sets and kinds of findings as text for the terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from perfeval_xl.core.decimals import HUNDRED, plain, round_to
from perfeval_xl.core.findings import SEVERITY_TITLES, Finding, FindingKind
from perfeval_xl.core.model import Evaluation, IndicatorScore, Status, Step
from perfeval_xl.core.parameters import STATUS_TITLES, RuleStatus
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.core.texts import one_line, shortened
from perfeval_xl.rulesets.loader import RulesetError, Source, load_toml
from perfeval_xl.rulesets.sheets import BY_KEY, Kind

if TYPE_CHECKING:
    from rich.console import Console

_STATUS = {Status.UNSCORED: "未计分", Status.NOT_APPLICABLE: "不适用", Status.ALTERNATIVE: "二选一", Status.DETAIL: "不计分"}
WIDE = 160
LONGEST_CELL = 60
LONGEST_LINE = 600


def console() -> Console:
    """stdout; as wide as a table needs where it is no terminal."""
    from rich.console import Console  # noqa: PLC0415  # on demand: slow to load

    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else WIDE)


def show_evaluation(evaluation: Evaluation, traces: Sequence[Sequence[Step]] | None = None) -> None:
    """The whole answer: table, sections, total, notes, findings, and the traces where asked for."""
    from rich.table import Table  # noqa: PLC0415

    out, submission = console(), evaluation.submission
    out.print(f"{_short(submission.title)}  {_short(submission.department)}")
    out.print(f"规则集：{evaluation.ruleset}（{evaluation.ruleset_reason}）")
    table = Table(show_lines=False)
    for name, right in (("单元格", False), ("一级指标", False), ("三级指标", False), ("目标值", False), ("实现值", False), ("完成率", True),
                        ("分值", True), ("计算得分", True), ("填报得分", True)):  # fmt: skip
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for score in evaluation.scores:
        table.add_row(*map(_short, _cells(score)))
    out.print(table)
    for section in evaluation.sections:
        bands = "，".join(f"完成率 {name} 的指标 {count} 个" for name, count in section.bands.items())
        reported = f"，填报 {section.reported}" if section.reported is not None else ""
        left_out = f"，有 {section.unscored} 项未能计分" if section.unscored else ""
        out.print(f"{_short(section.name)}：分值 {plain(section.weight)}，得分 {_dash(section.score)}{reported}，{section.count} 项{'，' + bands if bands else ''}{left_out}")
    grade = f"，等级 {evaluation.grade}" if evaluation.grade else ""
    reported = f"，填报 {evaluation.reported}" if evaluation.reported is not None else ""
    left_out = f"，有 {evaluation.unscored} 项未能计分" if evaluation.unscored else ""
    shared = f"，其中不适用指标的分值 {plain(evaluation.redistributed)} 已分给其余指标" if evaluation.redistributed else ""
    out.print(f"合计：分值 {plain(evaluation.weight)}，得分 {plain(evaluation.total)}{reported}{grade}{left_out}{shared}")
    for note in evaluation.notes:
        out.print(f"注：{one_line(note)}", soft_wrap=True)
    if traces is not None:
        _show_trace(evaluation, traces, out)
    _show_findings(evaluation.findings, out)


def _cells(score: IndicatorScore) -> list[str]:
    row = score.indicator
    rate = "" if score.completion is None else plain(round_to(score.completion * HUNDRED, 2)) + "%"
    shown = _STATUS.get(score.status) or str(score.score)
    return [row.place.cell("score") or row.place.cell("name"), row.level1, row.name, row.target, score.actual.text, rate,
            "" if score.weight is None else plain(score.weight), shown, "" if row.score is None else str(row.score)]  # fmt: skip


_QUOTED = re.compile(rf"“([^“”]{{{LONGEST_CELL},}})”")


def _short(text: str) -> str:
    """A cell of 32,767 characters must not fill the screen; `--json` has it whole."""
    return shortened(one_line(text[: LONGEST_CELL + 1]), LONGEST_CELL)


def bounded(text: str) -> str:
    """A message or step with every quoted cell shortened, and itself of bounded length."""
    return shortened(_QUOTED.sub(lambda quoted: f"“{_short(quoted[1])}”", one_line(text)), LONGEST_LINE)


def _show_trace(evaluation: Evaluation, traces: Sequence[Sequence[Step]], out: Console) -> None:
    out.print("\n表格识别")
    for line in evaluation.submission.layout:
        out.print(f"  {bounded(line)}", soft_wrap=True)
    out.print("\n计算过程")
    for score, steps in zip(evaluation.scores, traces, strict=True):
        place = score.indicator.place
        out.print(f"\n{place.location('score')}  {_short(score.indicator.name)}")
        for number, step in enumerate(steps, 1):
            out.print(f"  {number}. {bounded(str(step))}", soft_wrap=True)
    out.print("\n合计")
    for number, step in enumerate(evaluation.steps, 1):
        out.print(f"  {number}. {bounded(str(step))}", soft_wrap=True)


def _show_findings(findings: Iterable[Finding], out: Console) -> None:
    found = list(findings)
    if not found:
        out.print("\n未发现问题。")
        return
    out.print(f"\n发现 {len(found)} 个问题")
    for one in found:
        out.print(f"  {SEVERITY_TITLES[one.severity]} {one.kind.code} {one.kind.kind} {one.location}\n    {bounded(one.message)}", soft_wrap=True)


def show_rulesets(sources: Iterable[Source], in_use: Collection[Path]) -> list[str]:
    """The list, and where each comes from; returns the messages of those that cannot be used."""
    from rich.table import Table  # noqa: PLC0415

    table, broken = Table(), []
    for name in ("编号", "名称", "适用", "来自", "依据状态", "未核实"):
        table.add_column(name, overflow="fold")
    for source in sources:
        try:
            one = load_toml(source.path)
        except RulesetError as error:
            broken.append(str(error))
            continue
        where = source.where if source.path in in_use else f"{source.where}（未采用，编号相同的已优先）"
        unconfirmed = sum(p.status is RuleStatus.UNCONFIRMED for _, p in one.parameters())
        table.add_row(source.path.stem, one_line(one.title), "部门整体支出" if one.form == "department" else "项目支出", where, STATUS_TITLES[one.status],
                      f"{unconfirmed} 项" if unconfirmed else "")  # fmt: skip
    console().print(table)
    return broken


_KEYS = {
    "rounding": "得分取位", "completion": "完成率上下限", "grades": "等级划分", "bands": "完成率分段", "sections": "分值结构", "indicators": "表内固定指标", "execution": "预算执行率",
    "not_applicable": "不适用指标的处理", "caps": "总分上限", "either_or": "二选一", "thresholds": "提醒界限", "checks": "检查", "plausible": "数量的合理上限",
    "rules": "评分规则",
}  # fmt: skip


def show_ruleset(ruleset: Ruleset) -> None:
    """One rule set with its references, and what in it is unconfirmed."""
    out = console()
    out.print(f"{ruleset.id}\n{ruleset.title}\n发布：{ruleset.issuer}  状态：{STATUS_TITLES[ruleset.status]}\n\n依据")
    for key, reference in ruleset.references.items():
        out.print(f"  {key}：{reference.title}（来源：{reference.source}）", soft_wrap=True)
    out.print("\n参数")
    for key, parameter in ruleset.parameters():
        title = getattr(parameter, "title", "") or getattr(parameter, "name", "")
        dates = f"，{parameter.since or '…'} 至 {parameter.until or '…'}" if parameter.since or parameter.until else ""
        source = ruleset.references[parameter.reference].title
        out.print(f"  {_KEYS[key]}{'：' + title if title else ''}{_values(key, parameter)} — {source}{' ' + parameter.article if parameter.article else ''}"
                  f"（{STATUS_TITLES[parameter.status]}{dates}）", soft_wrap=True)  # fmt: skip
    unconfirmed = [_KEYS[k] + (f"“{getattr(p, 'title', '') or getattr(p, 'name', '')}”" if hasattr(p, "title") or hasattr(p, "name") else "")
                   for k, p in ruleset.parameters() if p.status.value == "unconfirmed"]  # fmt: skip
    if unconfirmed:
        out.print("\n未核实的参数，请与本级财政部门的规定核对：" + "、".join(dict.fromkeys(unconfirmed)) + "。", soft_wrap=True)


def _values(key: str, parameter: object) -> str:
    """The plain numbers of a parameter, under the headings of the workbook form."""
    shown = []
    for column in BY_KEY[key].columns:
        value = getattr(parameter, column.field, None)
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            shown.append(f"{column.heading} {plain(value * HUNDRED) + '%' if column.kind is Kind.RATE else plain(Decimal(value))}")
    return "（" + "，".join(shown) + "）" if shown else ""


def show_kind(kind: FindingKind) -> None:
    """What `explain` prints."""
    out = console()
    out.print(f"{kind.code} {kind.kind}\n{kind.title}（{SEVERITY_TITLES[kind.severity]}）\n\n含义：{kind.help}\n处理：{kind.remedy}\n依据：{kind.basis}", soft_wrap=True)


def _dash(value: object) -> str:
    return "—" if value is None else str(value)
