"""What `recalc` did, as text for the terminal and as JSON."""

from __future__ import annotations

from typing import Any

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.model import Evaluation
from perfeval_xl.core.texts import one_line
from perfeval_xl.report.document import evaluation_document
from perfeval_xl.report.terminal import console
from perfeval_xl.workbook.recalc import FIELD_TITLES
from perfeval_xl.workbook.refill import Refilled


def changes_document(evaluation: Evaluation, refilled: Refilled, output: str) -> dict[str, Any]:
    """The document of `recalc --json`."""
    whole = evaluation_document(evaluation)
    done = refilled.recalculation
    return {
        "file": whole["file"],
        "output": output,
        "method": "new" if refilled.is_new else "patched",
        "ruleset": whole["ruleset"],
        "changes": [
            {"sheet": c.sheet, "cell": c.cell, "field": c.field, "name": c.name, "old": c.old, "new": c.new, "formula": c.is_formula} for c in done.changes
        ],
        "kept": [{"sheet": k.sheet, "cell": k.cell, "field": k.field, "name": k.name, "value": k.value, "reason": k.reason} for k in done.kept],
        "total": whole["total"],
        "findings": whole["findings"],
        "notes": [*refilled.notes, *whole["notes"]],
    }


def show_changes(evaluation: Evaluation, refilled: Refilled, output: str) -> None:
    """Every cell changed, old → new; every cell left, and why."""
    from rich.table import Table  # noqa: PLC0415  # on demand: slow to load

    out, done = console(), refilled.recalculation
    out.print(f"规则集：{evaluation.ruleset}（{evaluation.ruleset_reason}）")
    if done.changes:
        table = Table()
        for name, right in (("单元格", False), ("内容", False), ("指标", False), ("原值", True), ("新值", True), ("说明", False)):
            table.add_column(name, justify="right" if right else "left", overflow="fold")
        for c in done.changes:
            cells = (f"{c.sheet}!{c.cell}", FIELD_TITLES[c.field], c.name, c.old or "（空）", c.new, "保留公式" if c.is_formula else "")
            table.add_row(*map(one_line, cells))
        out.print(table)
        out.print(f"改动 {len(done.changes)} 个单元格。")
    else:
        out.print("各单元格与计算结果一致，没有改动。")
    if done.kept:
        out.print(f"以下 {len(done.kept)} 个单元格保留原值：")
        for k in done.kept:
            out.print(one_line(f"  {k.sheet}!{k.cell} {FIELD_TITLES[k.field]} {k.name}：{k.value or '（空）'} — {k.reason}"), soft_wrap=True)
    left_out = f"，有 {evaluation.unscored} 项未能计分" if evaluation.unscored else ""
    out.print(f"合计：分值 {plain(evaluation.weight)}，得分 {plain(evaluation.total)}{left_out}")
    for note in (*refilled.notes, *evaluation.notes):
        out.print(f"注：{one_line(note)}", soft_wrap=True)
    errors = sum(f.severity.value == "error" for f in evaluation.findings)
    if errors:
        out.print(f"原表有 {errors} 个错误，运行 perfeval score 查看。")
    out.print(f"已写入 {output}")
