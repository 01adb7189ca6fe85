"""What `rulesets add` answers: for the terminal, and as the JSON document of --json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.core.texts import one_line
from perfeval_xl.report.terminal import console
from perfeval_xl.rulesets.compare import Comparison, summary
from perfeval_xl.rulesets.sheet_finding import Fault
from perfeval_xl.rulesets.store import Stored


def refused_document(file: str, faults: Sequence[Fault | str]) -> dict[str, Any]:
    """A file that was refused; nothing has been stored. faults: of a workbook with their cells, of a text file as sentences."""
    return {"file": file, "stored": False, "errors": [_fault(fault) for fault in faults]}


def _fault(fault: Fault | str) -> dict[str, str]:
    if isinstance(fault, str):
        return {"sheet": "", "cell": "", "message": fault, "found": "", "expected": "", "remedy": ""}
    at = fault.location
    return {"sheet": at.sheet, "cell": at.cell, "message": str(fault), "found": fault.found, "expected": fault.expected, "remedy": fault.remedy}


def added_document(file: str, ruleset: Ruleset, stored: Stored, comparison: Comparison | None, notes: Sequence[str]) -> dict[str, Any]:
    """A rule set that was taken in. Numbers are strings of exact decimals."""
    document: dict[str, Any] = {
        "file": file,
        "stored": True,
        "ruleset": {"id": ruleset.id, "title": ruleset.title, "status": ruleset.status.value},
        "path": str(stored.path),
        "previous": str(stored.previous) if stored.previous else None,
        "notes": list(notes),
        "compared_with": comparison.old if comparison else None,
        "changes": [],
        "sample": None,
    }
    if comparison is not None:
        document["changes"] = [{"place": c.place, "where": c.where, "old": c.old or None, "new": c.new or None} for c in comparison.changes]
        document["sample"] = {
            "rows": [r._asdict() for r in comparison.rows],
            "total": {"old": comparison.old_total or None, "new": comparison.new_total or None},
            "grade": {"old": comparison.old_grade or None, "new": comparison.new_grade or None},
            "note": comparison.note,
        }
    return document


def show_added(ruleset: Ruleset, stored: Stored, comparison: Comparison | None, notes: Sequence[str]) -> None:
    """The whole answer for the terminal."""
    from rich.table import Table  # noqa: PLC0415

    out = console()
    out.print(f"已存入规则集 {ruleset.id}（{ruleset.title}）\n文件：{stored.path}", soft_wrap=True)
    if stored.previous:
        out.print(f"原有版本另存为：{stored.previous}", soft_wrap=True)
    for note in notes:
        out.print(f"注：{note}。", soft_wrap=True)
    if comparison is None:
        out.print("没有可对比的规则集。")
        return
    if not comparison.changes:
        out.print(f"\n与规则集“{comparison.old}”相比，参数没有改动。")
        return
    out.print(f"\n与规则集“{comparison.old}”相比，改动 {len(comparison.changes)} 处")
    table = Table()
    for name in ("参数", "原", "新"):
        table.add_column(name, overflow="fold")
    for change in summary(comparison.changes):
        table.add_row(*(one_line(text) or "—" for text in (change.where, change.old, change.new)))
    out.print(table)
    _show_sample(comparison)


def _show_sample(comparison: Comparison) -> None:
    from rich.table import Table  # noqa: PLC0415

    out = console()
    if comparison.note:
        out.print(f"\n注：{comparison.note}。")
        return
    changed = [row for row in comparison.rows if row.old != row.new]
    out.print(f"\n样表 {len(comparison.rows)} 行，得分有变化的 {len(changed)} 行")
    table = Table(show_footer=True)
    for title, foot, right in (("指标", "合计", False), ("目标值", "", False), ("实现值", "", False), ("分值", "", True), ("原得分", comparison.old_total, True),
                               ("新得分", comparison.new_total, True), ("", "", False)):  # fmt: skip
        table.add_column(title, foot, justify="right" if right else "left", overflow="fold")
    for row in comparison.rows:
        table.add_row(*(one_line(text) for text in row), "有变化" if row.old != row.new else "")
    out.print(table)
    if comparison.old_grade or comparison.new_grade:
        out.print(f"等级：原 {comparison.old_grade or '—'}，新 {comparison.new_grade or '—'}")
