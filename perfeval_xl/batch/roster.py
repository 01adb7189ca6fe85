"""Roster: the units that must report. Names are matched as they are, then without signs and blanks; likeness only proposes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
_PROPOSED = 3
_COMPARED = 100  # characters of a name: who writes thousands would have them compared with every unit
_BLOCK = 256
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
    """units: each once. received: name as reported → unit. missing: units without a submission. unlisted: reporting units the roster does not have.
    doubled: names of units that stand in the roster more than once, which count once; two codes are two units.
    """

    units: Sequence[Unit]
    received: dict[str, Unit] = field(default_factory=dict)
    missing: Sequence[Unit] = ()
    unlisted: Sequence[Unlisted] = ()
    doubled: Sequence[str] = ()


def read_roster(path: Path) -> list[Unit]:
    """The units of a roster workbook, line by line: `match` takes each once and tells which stand there twice. Raises: RosterError."""
    if not path.exists():
        raise RosterError(f"找不到名单“{path.name}”。请检查文件名和所在的文件夹。")
    try:
        book = read_workbook(path)
    except ReadError as error:
        raise RosterError(f"名单“{path.name}”无法读取：{error.finding.message}") from error
    if "PE_TEMPLATE" in book.names or [g.sheet for g in book.grids][:2] == ["汇总", "指标明细"]:
        raise RosterError(f"“{path.name}”是自评表或汇总表，不是名单。请给出每行一个单位的名单，表头写“单位名称”。")
    units = [unit for grid in book.grids for unit in _units(grid)]
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


def _once(units: Sequence[Unit]) -> tuple[list[Unit], list[str]]:
    """Each unit once, and the names of those that stand there again: one without a code is the same as one of its name with a code, two codes are two units."""
    coded: dict[str, str] = {}
    for unit in units:
        if unit.code:
            coded.setdefault(unit_key(unit.department) or unit.department, unit.code)
    once: dict[tuple[str, str], Unit] = {}
    lines: Counter[tuple[str, str]] = Counter()
    for unit in units:
        name = unit_key(unit.department) or unit.department
        key = name, unit.code or coded.get(name, "")
        lines[key] += 1
        if unit.code or name not in coded:
            once.setdefault(key, unit)
    return list(once.values()), list(dict.fromkeys(once[key].department for key in once if lines[key] > 1))


def match(lines: Sequence[Unit], departments: Iterable[str]) -> Matched:
    """Reporting units against the lines of the roster."""
    units, doubled = _once(lines)
    by_key: dict[str, list[Unit]] = {}
    for unit in units:
        by_key.setdefault(unit_key(unit.department), []).append(unit)
    received: dict[str, Unit] = {}
    unlisted: list[Unlisted] = []
    for department in dict.fromkeys(departments):
        key = unit_key(department)
        same = by_key.get(key, [])
        exact = [u for u in same if u.department == department] or same
        if len(exact) == 1:
            received[department] = exact[0]
            continue
        unlisted.append(Unlisted(department, tuple(f"{u.department}（编码 {u.code or '未填'}）" for u in exact)))
    unknown = [one.department for one in unlisted if not one.like]
    like = dict(zip(unknown, _alike(unknown, [u.department for u in units]), strict=True))
    taken = set(received.values())
    return Matched(units, received, [u for u in units if u not in taken], [u._replace(like=u.like or like[u.department]) for u in unlisted], doubled)


def _alike(departments: Sequence[str], listed: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """For each name those of the list that are like it, the most alike first. The work of all pairs is the library's; memory is that of a block of them."""
    names = list(dict.fromkeys(listed))
    keys = [unit_key(name)[:_COMPARED] for name in names]
    for start in range(0, len(departments), _BLOCK):
        block = [unit_key(name)[:_COMPARED] for name in departments[start : start + _BLOCK]]
        for key, scores in zip(block, process.cdist(block, keys, scorer=fuzz.ratio, score_cutoff=LIKE), strict=True):
            best = sorted(scores.nonzero()[0].tolist(), key=lambda i: (-scores[i], i))[:_PROPOSED] if key else []
            yield tuple(names[i] for i in best)
