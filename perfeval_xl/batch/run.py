"""Run: folders in, one consolidation out. What is known is not read again; what is read is kept at once; what cannot be used is named."""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from perfeval_xl.batch import across
from perfeval_xl.batch.consolidation import (
    DUPLICATE,
    MERGED,
    REFUSED,
    REPLACED,
    Consolidation,
    File,
    Remark,
    Statistics,
)
from perfeval_xl.batch.content import digests
from perfeval_xl.batch.discover import discover
from perfeval_xl.batch.outcome import Head, Table, head_of
from perfeval_xl.batch.pool import Limits, local_jobs, run_local
from perfeval_xl.batch.roster import Unit, match
from perfeval_xl.batch.sources import Found, Source
from perfeval_xl.batch.store import Store
from perfeval_xl.batch.work import OWN_WORKBOOK, Done, Job, key_hash
from perfeval_xl.core.consolidate import Superseded, TableResult, newest_of_each, ranks
from perfeval_xl.core.department import unit_key
from perfeval_xl.core.findings import Finding
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.rulesets.loader import FALLBACK, RulesetError, load

Tell = Callable[[int, int, str], None]
Runner = Callable[[Sequence[Job]], Generator[list[Done], None, None]]
_LIMIT = "unsafe-workbook"
"""The kind of a refusal by a limit of time or memory: it is this moment's, and yet says nothing about whether the file is still there."""


def _silent(_done: int, _all: int, _name: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """What the user asked for. others: the run's own files. runner: where jobs run, else workers on this machine. tell: called with
    files done, files in all, and the name of the file being read. password: for the files that are behind one.
    """

    paths: Sequence[str]
    ruleset: str | None = None
    others: Sequence[Path] = ()
    units: Sequence[Unit] | None = None
    jobs: int | None = None
    fresh: bool = False
    limits: Limits = field(default_factory=Limits)
    runner: Runner | None = None
    password: str | None = None
    tell: Tell = field(default=_silent)


class Plan(NamedTuple):
    """What a run would do. unread: sources to be read, with their hash. same: source → name of the one with the same content."""

    found: Found
    hashed: Sequence[tuple[Source, str]]
    unread: Sequence[tuple[Source, str]]
    known: dict[str, str]
    same: dict[str, str]
    refused: Sequence[tuple[Source, Finding]]


def plan(request: MergeRequest, store: Store) -> Plan:
    """Finds and hashes every file, and looks which are known."""
    found = discover(request.paths, request.others)
    hashed: list[tuple[Source, str]] = []
    refused: list[tuple[Source, Finding]] = []
    first: dict[str, Source] = {}
    for source, mark in digests(found.sources):
        if isinstance(mark, Finding):
            refused.append((source, mark))
            continue
        hashed.append((source, mark))
        if mark not in first or source.modified > first[mark].modified:  # what was sent again counts from then
            first[mark] = source
    same = {source.name: first[mark].name for source, mark in hashed if first[mark] is not source}
    known = {} if request.fresh else dict(store.heads(first))
    unread = [(s, d) for s, d in hashed if d not in known and s.name not in same]
    return Plan(found, hashed, unread, known, same, refused)


def run(request: MergeRequest, planned: Plan, store: Store) -> Consolidation:
    """Reads what is not known yet and brings everything together. Outcomes are kept as they come: a killed run loses none of them."""
    reading = _Reading(request, planned, store)
    reading.known()
    reading.read([s.name for s, _ in planned.unread])
    # a twin of a file that was changed or went away meanwhile is read itself: what it was a twin of is gone
    twins = [name for name, first in planned.same.items() if first in reading.changed]
    for name in twins:
        del planned.same[name]
    reading.read(twins)
    return _together(request, planned, reading, store)


class _Reading:
    """What is known of each file, by its name, and the counts of all their tables."""

    def __init__(self, request: MergeRequest, planned: Plan, store: Store) -> None:
        self.request, self.planned, self.store = request, planned, store
        self.at = {s.name: i for i, (s, _) in enumerate(planned.hashed)}
        self.files: dict[str, File] = {}
        self.changed: set[str] = set()
        self.unclear: list[str] = []
        self.statistics = Statistics()
        self.keys: dict[int, str] = {}
        """Hash of a roll-up key → key of the only department that reports it; empty where there are several."""
        self.names: set[int] = set()
        """Hashes of the names of those."""
        self.notes: dict[str, list[str]] = {}

    def known(self) -> None:
        """Takes what earlier runs have kept; what cannot be understood is read again."""
        for source, mark in self.planned.hashed:
            if source.name not in self.planned.same and mark in self.planned.known:
                try:
                    self._take(source, mark, self.planned.known[mark], is_unchanged=True)
                except (ValueError, KeyError, TypeError, ArithmeticError):
                    self.unclear.append(source.name)

    def read(self, names: Sequence[str]) -> None:
        """Reads these files, and once those whose remembered outcome was unclear."""
        names, self.unclear = [*names, *self.unclear], []
        request, hashed = self.request, self.planned.hashed
        jobs = [Job(self.at[name], hashed[self.at[name]][0], request.ruleset, request.password) for name in names]
        if not jobs:
            return
        runner = request.runner or (lambda given: run_local(given, request.jobs or local_jobs(), request.limits))
        done = 0
        with closing(runner(jobs)) as results:
            for batch in results:
                kept = []
                for one in batch:
                    source, mark = hashed[one.number]
                    digest = one.digest or mark
                    if digest != mark:
                        self.changed.add(source.name)
                    refused = self._take(source, digest, one.outcome.head).refused
                    if not one.digest and refused is not None and refused.kind.kind != _LIMIT:  # gone, or closed to us
                        self.changed.add(source.name)
                    if one.digest and one.is_lasting:
                        kept.append((digest, one.outcome))
                self.store.put(kept)
                done += len(batch)
                request.tell(done, len(jobs), hashed[batch[-1].number][0].name)

    def _take(self, source: Source, digest: str, text: str, *, is_unchanged: bool = False) -> Head:
        head = head_of(text, self.at[source.name], source.name, source.modified)
        link = "" if source.member else source.path
        file = File(source.name, link, REFUSED if head.refused else MERGED, digest, source.size, head.reader, head.seconds, source.modified, head.refused, is_unchanged=is_unchanged)
        notes = []
        for position, table in enumerate(head.tables):
            file.tables.append(table.result)
            file.kinds[position] = table.kinds
            notes += list(table.notes)
            self.count(table)
        self.files[source.name] = file
        self.notes[source.name] = notes
        return head

    def count(self, table: Table) -> None:
        """One table that counts."""
        self.statistics.add(table.result, table.groups)
        unit = unit_key(table.result.department) or f"\0{table.result.file}"
        for key, name in table.keys:
            if self.keys.setdefault(key, unit) != unit:
                self.keys[key] = ""
                self.names.add(name)

    def count_again(self, files: Sequence[File], gone: Collection[tuple[int, int]]) -> None:
        """All over, without the tables that another submission replaces."""
        self.statistics, self.keys, self.names = Statistics(), {}, set()
        for position, file in enumerate(files):
            for _, text in self.store.heads([file.digest] if file.tables else []):
                for i, table in enumerate(head_of(text, position, file.name, file.modified).tables):
                    if (position, i) not in gone:
                        self.count(table)


def _together(request: MergeRequest, planned: Plan, reading: _Reading, store: Store) -> Consolidation:
    files: list[File] = []
    more: list[Remark] = []
    for source, mark in planned.hashed:
        if source.name not in planned.same:
            files.append(reading.files[source.name])
            continue
        other = reading.files[planned.same[source.name]]
        twin = File(source.name, "" if source.member else source.path, DUPLICATE, mark, source.size, modified=source.modified)
        if other.refused is not None:
            twin.status, twin.refused = REFUSED, other.refused
        else:
            twin.reason, twin.kept, twin.departments = f"内容与“{other.name}”完全相同", other.name, _departments(other)
            more.append(across.twin(source.name, other))
        files.append(twin)
    for source, found in planned.refused:
        files.append(File(source.name, "" if source.member else source.path, REFUSED, size=source.size, modified=source.modified, refused=found))
    files += [File(refusal.name, "", REFUSED, refused=refusal.finding) for refusal in planned.found.refused]
    for file in [f for f in files if f.refused is not None and f.refused.found == OWN_WORKBOOK]:
        planned.found.skip("以前的汇总工作簿", file.name)
        files.remove(file)
    files.sort(key=lambda f: f.name)
    for position, file in enumerate(files):
        file.tables = [replace(t, number=(position, t.number[1])) for t in file.tables]
    kept, superseded = newest_of_each([t for f in files for t in f.tables], _namesakes(request.units))
    more += map(across.superseded, superseded)
    if superseded:
        reading.count_again(files, {one.result.number for one in superseded})
    _set_aside(files, superseded)
    for file in files:
        unread = [note for note in reading.notes.get(file.name, ()) if "未读取" in note] if file.tables else []
        more += [across.unread(file, note) for note in dict.fromkeys(unread)]
    more += [*across.unnamed(kept), *across.odd_years(kept)]
    matched, absent = None, {}
    if request.units is not None:
        matched = across.with_year(match(request.units, [t.department for t in kept]), kept)
        roll = across.of_roster(matched, kept, files)
        more += roll.remarks
        absent = dict(roll.absent)
    notes = _joined(sorted({note for name in sorted(reading.notes) for note in reading.notes[name] if note.startswith(("规则集", _UNCONFIRMED))}))
    return Consolidation(
        files, ranks(kept), superseded, more, matched, store.details, store.issues, frozenset(k for k, unit in reading.keys.items() if not unit), frozenset(reading.names), key_hash, _book(request, kept),
        reading.statistics, notes=notes, absent=absent, skipped=planned.found.skipped, passed=planned.found.passed, is_settled=not reading.changed,
    )  # fmt: skip


def _namesakes(units: Sequence[Unit] | None) -> frozenset[str]:
    """Keys of names that several units of the roster bear: a person must say whose a file is."""
    return frozenset(key for key, n in Counter(unit_key(u.department) for u in units or ()).items() if n > 1)


def _departments(file: File) -> list[str]:
    return list(dict.fromkeys(t.department for t in file.tables))


_UNCONFIRMED = "以下参数未核实，请与本级财政部门的规定核对："


def _joined(notes: Sequence[str]) -> list[str]:
    """The unconfirmed parameters of all rule sets in one sentence."""
    names = dict.fromkeys(name for note in notes if note.startswith(_UNCONFIRMED) for name in note.removeprefix(_UNCONFIRMED).rstrip("。").split("、"))
    return [note for note in notes if not note.startswith(_UNCONFIRMED)] + ([_UNCONFIRMED + "、".join(names) + "。"] if names else [])


def _set_aside(files: Sequence[File], superseded: Sequence[Superseded]) -> None:
    """Tables that another one replaces no longer count; a file left without any is a duplicate itself."""
    gone = {one.result.number: one for one in superseded}
    for file in files:
        before = len(file.tables)
        out = [gone[t.number] for t in file.tables if t.number in gone]
        file.tables = [t for t in file.tables if t.number not in gone]
        if out and not file.tables:
            file.departments = list(dict.fromkeys(one.result.department for one in out))
            file.status, file.reason, file.kept = REPLACED, f"已采用“{out[0].by.file}”：{out[0].reason}", out[0].by.file
        elif out:
            file.reason, file.kept = f"{before} 张表中有 {len(out)} 张已有更新的一份，已采用“{out[0].by.file}”", out[0].by.file


def _book(request: MergeRequest, kept: Sequence[TableResult]) -> Rulebook | None:
    """The rules that roll-ups are scored by: those asked for, else those most tables use."""
    used = Counter(t.ruleset for t in kept).most_common(1)
    years = [t.year for t in kept if t.year]
    try:
        rules = load(request.ruleset or (used[0][0] if used else FALLBACK))
        return rules.at(datetime.date(Counter(years).most_common(1)[0][0] if years else datetime.datetime.now().year, 12, 31))
    except (RulesetError, LookupError):
        return None


def output_key(mark: str, planned: Plan, request: MergeRequest, place: str) -> str:
    """The same for two runs that must give the same workbook. place: the folder it will lie in, which its links start from."""
    parts = [mark, place, *(f"{s.path}\0{s.name}\0{d}\0{s.modified}" for s, d in planned.hashed), *(f"{s.name}\0{f.found}" for s, f in planned.refused)]
    parts += [f"{r.name}\0{r.finding.found}" for r in planned.found.refused]
    parts += [f"passed\0{name}" for name in planned.found.passed]
    parts += [f"{name}\0{n}" for name, n in sorted(planned.found.skipped.items())]
    parts += ["\0".join(u) for u in request.units] if request.units is not None else ["no roster"]
    return hashlib.sha256("\1".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


