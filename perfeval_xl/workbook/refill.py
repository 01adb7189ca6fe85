"""Refill: a file's bytes and its evaluation in, the file with every computed cell filled out; in place, or a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perfeval_xl.core.model import Evaluation
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.workbook import patch
from perfeval_xl.workbook.fresh import fresh_workbook
from perfeval_xl.workbook.grid import Grid
from perfeval_xl.workbook.recalc import Recalculation, recalculated

SIGNED = "原文件带有数字签名。改动后签名失效，请在核对无误后重新签名。"
FORMULAS = "有公式的单元格保留原公式，只更新其保存的结果；用 Excel 或 WPS 重新计算后，以公式自身的结果为准。"

OTHERS = "文件中还有其他公式。如果它们引用了改动的单元格，请在 Excel 或 WPS 中按 Ctrl+Alt+F9 全部重新计算并保存。"


@dataclass(frozen=True, slots=True)
class Refilled:
    """data: the new file. suffix: the ending its name needs. is_new: not the original with changes; notes say why."""

    data: bytes
    suffix: str
    recalculation: Recalculation
    notes: Sequence[str]
    is_new: bool


def state_of(path: Path) -> tuple[int, int, int] | None:
    """What tells one state of a file from another; None where there is none to read."""
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_size, now.st_mtime_ns, now.st_ino


def same_bytes(path: Path, state: tuple[int, int, int] | None) -> bytes | None:
    """The file, or None where it is no longer in that state: someone saved it meanwhile."""
    try:
        data = path.read_bytes() if state is not None and state_of(path) == state else None
    except OSError:
        return None
    return data if state_of(path) == state else None


def refilled(data: bytes, evaluation: Evaluation, ruleset: Ruleset, grids: Sequence[Grid]) -> Refilled:
    """Fills the computed cells. data: the file the grids were read from. Raises: nothing a user could cause."""

    def look(cells: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], tuple[bool, bool]]:
        return {at: (cell.is_formula, cell.is_percent) for at, cell in patch.look(data, cells).items()}

    try:
        traits = patch.traits(data)
        done = recalculated(evaluation, ruleset, grids, look)
        content = patch.patch(data, done.values)
        others = patch.formula_count(data)
    except patch.PatchError as error:
        return _fresh(evaluation, ruleset, grids, error.cause)
    notes = [SIGNED] if traits.is_signed and done.changes else []
    refreshed = sum(change.is_formula for change in done.changes)
    notes += [FORMULAS] if refreshed else []
    notes += [OTHERS] if done.changes and others > refreshed else []
    return Refilled(content, traits.suffix, done, notes, is_new=False)


def _fresh(evaluation: Evaluation, ruleset: Ruleset, grids: Sequence[Grid], reason: str) -> Refilled:
    done = recalculated(evaluation, ruleset, grids)
    submission = evaluation.submission
    grid = next((g for g in grids if g.sheet == submission.sheet), grids[0])
    origin = f"来源：{submission.file}。{reason}，不能原样修改，故另建本工作簿。"
    content = fresh_workbook(evaluation, grid, done.values.get(grid.sheet, {}), origin)
    note = f"{reason}，不能原样修改。已将表格和计算结果写入新的工作簿；原文件的公式、图表、图片和格式不在其中，如需保留，请先用 Excel 或 WPS 将原文件另存为 .xlsx，再重新运行。"
    return Refilled(content, ".xlsx", done, [note], is_new=True)
