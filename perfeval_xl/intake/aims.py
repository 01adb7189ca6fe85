"""The block of the year's aim in a form (年度总体目标: 预期目标, 实际完成情况), and names for which our form has no field. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from perfeval_xl.intake.grids import PlacedGrid
from perfeval_xl.intake.source import Doubt
from perfeval_xl.workbook.about import DEPARTMENTS
from perfeval_xl.workbook.grid import Grid
from perfeval_xl.workbook.headings import heading

_LABELS = frozenset({"年度总体目标", "总体目标", "年度目标", "年度绩效目标", "年度总体绩效目标", "整体绩效目标", "项目总体目标", "绩效目标"})
_AIM = frozenset({"预期目标", "年初预期目标", "年初设定目标", "年度预期目标", "年度目标", "年初目标", "预期目标情况"})
_DONE = frozenset({"实际完成情况", "实际完成目标", "目标实际完成情况", "全年实际完成情况", "年度实际完成情况", "完成情况", "目标完成情况", "年度总体目标完成情况综述"})
AIM_HEADINGS = _AIM | _DONE
MAX_ROWS = 60
MAX_LINES = 10


class Aims(NamedTuple):
    """The texts, each with its place; empty where there is none."""

    aim: str = ""
    aim_place: str = ""
    done: str = ""
    done_place: str = ""


def aims_of(table: PlacedGrid | None) -> Aims:
    """The texts below 预期目标 and 实际完成情况, as far down as the label's block goes; beside them where they stand in one row each."""
    if table is None:
        return Aims()
    grid = table.grid
    for row in range(1, min(grid.height, MAX_ROWS) + 1):
        label = next((c for c in range(1, grid.width + 1) if heading(grid.own(row, c)) in _LABELS), 0)
        if not label:
            continue
        heads = {heading(grid.own(row, c)): c for c in range(label + 1, grid.width + 1) if heading(grid.own(row, c)) in AIM_HEADINGS}
        aim, done = (next((c for word, c in heads.items() if word in words), 0) for words in (_AIM, _DONE))
        if not aim and not done:
            continue
        block = grid.merges.get((row, label))
        bottom = max(block.bottom if block is not None else row, row + 1)
        found = [_below(grid, row, c, bottom) if c else ("", row) for c in (aim, done)]
        (aim_text, aim_row), (done_text, done_row) = found
        return Aims(aim_text, table.place(aim_row), done_text, table.place(done_row))
    return Aims()


def _below(grid: Grid, row: int, column: int, bottom: int) -> tuple[str, int]:
    """The texts of a column in the rows below, to the block's last; and the row of the first."""
    texts = [(text, at) for at in range(row + 1, min(bottom, row + MAX_LINES) + 1) if (text := grid.own(at, column).strip())]
    return ("\n".join(t for t, _ in texts), texts[0][1]) if texts else ("", row)


def unfilled(facts: Mapping[str, str], department: str, place: str) -> list[Doubt]:
    """Units that the source names besides the one of the form (实施单位 beside 主管部门), and who answers for them."""
    others = {label: facts[label].strip() for label in DEPARTMENTS if label not in {"单位", "部门"} and facts.get(label, "").strip() not in {"", department, "【待填】"}}
    out = [Doubt(place, f"{label}：{text}", f"自评表只有一个单位名称，已填“{department}”，这一项没有填入", "需要以这个单位填报的，请修改“基本情况”中的单位名称。", is_minor=True) for label, text in others.items()]
    people = {label: facts[label].strip() for label in ("单位负责人", "项目负责人", "项目类型", "项目属性") if facts.get(label, "").strip()}
    return out + [Doubt(place, f"{label}：{text}", "自评表没有这一栏，没有填入", is_minor=True) for label, text in people.items()]
