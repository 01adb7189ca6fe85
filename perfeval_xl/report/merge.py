"""The answer of a merge in the terminal: what was merged, what was not and why, where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perfeval_xl.core.texts import one_line
from perfeval_xl.report.terminal import bounded, console

MAX_SHOWN = 20
"""Refused files printed; the workbook and `--json` have all of them."""


def show_merge(document: Mapping[str, Any], notes: Sequence[str]) -> None:
    """A few lines; every file that could not be used, up to a screenful."""
    out = console()
    files, counts = document["files"], document["findings"]
    out.print(f"找到 {files['found']} 个文件：汇总 {files['merged']} 个，未采用 {files['refused']} 个；其中未变化、未重新读取 {files['unchanged']} 个。")
    out.print(f"{document['departments']} 个单位，{document['tables']} 份自评表，{document['indicators']} 项指标；错误 {counts['error']} 项，提醒 {counts['warning']} 项，提示 {counts['info']} 项。")
    _listed(out, "未采用的文件", [f"{one['file']}：{one['reason']}" for one in document["refused"]])
    _listed(out, "未报送的单位", [one["department"] for one in document["missing"]])
    _listed(out, "不在名单中的单位", [(one["department"] or "（表中未填单位名称）") + (f"（相近：{'、'.join(one['like'])}）" if one["like"] else "") for one in document["unlisted"]])
    if document["skipped"]:
        out.print("略过：" + "、".join(f"{reason} {n} 个" for reason, n in document["skipped"].items()) + "。")
    for note in notes:
        out.print(bounded(one_line(note)), markup=False, style="dim")
    out.print(f"用时 {document['seconds']:.1f} 秒，内存最多 {document['peak_mib']:.0f} MiB。")


def _listed(out: Any, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    out.print(f"{title}（{len(lines)} 个）：", style="bold")
    for line in lines[:MAX_SHOWN]:
        out.print("  " + bounded(one_line(line)), markup=False)
    if len(lines) > MAX_SHOWN:
        out.print(f"  …… 其余 {len(lines) - MAX_SHOWN} 个见汇总表的“报送情况”。")
