"""Roster: the units that must report. Names are matched as they are, then without signs and blanks; likeness only proposes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import fuzz, process

from perfeval_xl.core.department import unit_key
from perfeval_xl.workbook.grid import Grid
from perfeval_xl.workbook.headings import heading
from perfeval_xl.workbook.read import ReadError, read_workbook

LIKE = 72
"""Percent of likeness from which a name is proposed; a person decides."""
MAX_HEADER_ROW = 20
_FIELDS = {
    "department": ("单位名称", "部门名称", "单位", "部门", "预算单位", "预算单位名称", "填报单位", "报送单位", "名称", "预算部门"),
    "code": ("单位编码", "编码", "代码", "单位代码", "预算单位编码", "部门编码", "预算代码"),
    "parent": ("主管部门", "上级单位", "主管单位", "归口部门", "主管部门名称", "所属部门"),
    "person": ("联系人", "负责人", "经办人", "责任人", "填报人"),
}  # fmt: skip


_SUMS = frozenset({"合计", "小计", "总计", "共计"})


class RosterError(Exception):
    """Why the roster cannot be used; str() is one Chinese sentence."""


class Unit(NamedTuple):
    """One unit of the roster."""

    department: str
    code: str = ""
    parent: str = ""
    person: str = ""


class Unlisted(NamedTuple):
    """A reporting unit that the roster does not have. like: the names it may mean, most alike first; units that share its name, with their codes, where there are several."""

    department: str
    like: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matched:
    """received: name as reported → unit. missing: units without a submission. unlisted: reporting units the roster does not have."""

    units: Sequence[Unit]
    received: dict[str, Unit] = field(default_factory=dict)
    missing: Sequence[Unit] = ()
    unlisted: Sequence[Unlisted] = ()


def read_roster(path: Path) -> list[Unit]:
    """The units of a roster workbook. Raises: RosterError."""
    if not path.exists():
        raise RosterError(f"找不到名单“{path.name}”。请检查文件名和所在的文件夹。")
    try:
        book = read_workbook(path)
    except ReadError as error:
        raise RosterError(f"名单“{path.name}”无法读取：{error.finding.message}") from error
    if "PE_TEMPLATE" in book.names or [g.sheet for g in book.grids][:2] == ["汇总", "指标明细"]:
        raise RosterError(f"“{path.name}”是自评表或汇总表，不是名单。请给出每行一个单位的名单，表头写“单位名称”。")
    units = _once([unit for grid in book.grids for unit in _units(grid)])
    if units:
        return units
    raise RosterError(f"名单“{path.name}”中没有“单位名称”一列，或该列为空。请在表头注明“单位名称”（可另有单位编码、主管部门、联系人），每行一个单位。")


def _units(grid: Grid) -> list[Unit]:
    for row in range(1, min(grid.height, MAX_HEADER_ROW) + 1):
        words = [heading(text) for text in grid.line(row)]
        columns: dict[str, int] = {}
        for name, titles in _FIELDS.items():
            at = next((words.index(title) + 1 for title in titles if title in words), 0)
            if at and at not in columns.values():
                columns[name] = at
        if "department" not in columns:
            continue
        found: list[Unit] = []
        for line in range(row + 1, grid.height + 1):
            name = grid.text(line, columns["department"])
            first = next((text for text in grid.line(line) if text), "")
            if name and heading(name) not in _SUMS and heading(first) not in _SUMS:
                unit = Unit(name, *(grid.text(line, columns[f]) if f in columns else "" for f in ("code", "parent", "person")))
                found.append(unit)
        return found
    return []


def _once(units: Sequence[Unit]) -> list[Unit]:
    """Each unit once: one without a code is the same as one of its name with a code, two codes are two units."""
    coded = {unit_key(u.department) for u in units if u.code}
    once: dict[tuple[str, str], Unit] = {}
    for unit in units:
        key = unit_key(unit.department) or unit.department
        if unit.code or key not in coded:
            once.setdefault((key, unit.code), unit)
    return list(once.values())


def match(units: Sequence[Unit], departments: Iterable[str]) -> Matched:
    """Reporting units against the roster."""
    by_key: dict[str, list[Unit]] = {}
    for unit in units:
        by_key.setdefault(unit_key(unit.department), []).append(unit)
    received: dict[str, Unit] = {}
    unlisted: list[Unlisted] = []
    names = {u.department: unit_key(u.department) for u in units}
    for department in dict.fromkeys(departments):
        key = unit_key(department)
        same = by_key.get(key, [])
        exact = [u for u in same if u.department == department] or same
        if len(exact) == 1:
            received[department] = exact[0]
            continue
        like = [name for _, _, name in process.extract(key, names, scorer=fuzz.ratio, score_cutoff=LIKE, limit=3)] if key else []
        unlisted.append(Unlisted(department, tuple(f"{u.department}（编码 {u.code or '未填'}）" for u in exact) or tuple(like)))
    taken = set(received.values())
    return Matched(units, received, [u for u in units if u not in taken], unlisted)
