"""Issues as text for the terminal and as the JSON document of `check --json`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from perfeval_xl.compare.issues import Checked, CheckedFile, Issue
from perfeval_xl.core.findings import SEVERITY_TITLES, Severity
from perfeval_xl.core.texts import one_line
from perfeval_xl.report.document import finding_document
from perfeval_xl.report.terminal import bounded, console

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
MAX_SHOWN = 1_000
"""Issues printed; `--json` and the issue list have all of them."""


def issues_document(checked: Checked) -> dict[str, Any]:
    """The document other programs rely on. counts: open issues; accepted ones apart."""
    return {
        "files": [_file(one) for one in checked.files],
        "counts": checked.counts(),
        "notes": list(checked.notes),
    }


def _file(one: CheckedFile) -> dict[str, Any]:
    return {
        "file": one.file,
        "department": one.department,
        "year": one.year,
        "ruleset": {"id": one.ruleset, "status": one.ruleset_status, "reason": one.ruleset_reason} if one.ruleset else None,
        "findings": [_issue(issue) for issue in one.issues],
    }


def _issue(issue: Issue) -> dict[str, Any]:
    document: dict[str, Any] = dict(finding_document(issue.finding))
    review = issue.review
    document["accepted"] = {"by": review.by, "reason": review.reason} if review is not None and issue.is_accepted else None
    return document


def show_issues(checked: Checked) -> None:
    """Grouped by severity, then by file; accepted ones last; counts at the end."""
    out = console()
    every = list(checked.issues())
    groups: list[tuple[str, str, list[tuple[CheckedFile, Issue]]]] = [
        (title, _STYLES[severity], [p for p in every if p[1].finding.severity is severity and not p[1].is_accepted])
        for severity, title in SEVERITY_TITLES.items()
    ]
    groups.append(("已接受", "dim", [p for p in every if p[1].is_accepted]))
    shown = 0
    for title, style, members in groups:
        if not members:
            continue
        out.print(f"{title} {len(members)} 项", style=style)
        for name, part in groupby(members, key=lambda pair: pair[0].file):
            out.print(f"  {one_line(name)}")
            for _, issue in part:
                shown += 1
                if shown <= MAX_SHOWN:
                    out.print("\n".join(_lines(issue)), soft_wrap=True)
        out.print()
    if shown > MAX_SHOWN:
        out.print(f"另有 {shown - MAX_SHOWN} 项未显示，请用 -o 问题清单.xlsx 或 --json 查看全部。")
    for note in checked.notes:
        out.print(f"注：{one_line(note)}", soft_wrap=True)
    out.print(_rulesets(checked.files), soft_wrap=True)
    out.print(_summary(checked), soft_wrap=True)


def _lines(issue: Issue) -> Iterable[str]:
    found = issue.finding
    place = f"{found.location.sheet}!{found.location.cell}".strip("!") or "整个文件"
    yield f"    {one_line(place)}  {found.kind.code} {found.kind.kind}"
    yield f"      {bounded(found.message)}"
    review = issue.review
    if review is not None and issue.is_accepted:
        yield f"      已由 {one_line(review.by)} 接受：{bounded(review.reason)}"
    elif review is not None and review.opinion:
        yield f"      复核意见（未接受）：{bounded(review.opinion)}{f'（{one_line(review.by)}）' if review.by else ''}"


def _rulesets(files: Iterable[CheckedFile]) -> str:
    used = dict.fromkeys(f"{one.ruleset}（{one.ruleset_reason}）" for one in files if one.ruleset)
    return "规则集：" + ("；".join(used) or "无")


def _summary(checked: Checked) -> str:
    counts, unread = checked.counts(), sum(not one.is_read for one in checked.files)
    failed = f"（{unread} 个无法读取或无法计分）" if unread else ""
    accepted = f"，另有已接受 {counts['accepted']} 项" if counts["accepted"] else ""
    if not sum(counts.values()):
        return f"共校验 {len(checked.files)} 个文件{failed}，未发现问题。"
    return f"共校验 {len(checked.files)} 个文件{failed}：错误 {counts['error']} 项，提醒 {counts['warning']} 项，提示 {counts['info']} 项{accepted}。"
