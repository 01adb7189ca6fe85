"""Run: folders in, one consolidation out. What is known is not read again; what is read is kept at once; what cannot be used is named."""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from perfeval_xl.batch.consolidation import DUPLICATE, MERGED, REFUSED, REPLACED, Consolidation, File, Statistics
from perfeval_xl.batch.discover import Found, Source, digests, discover
from perfeval_xl.batch.outcome import Head, Table, head_of
from perfeval_xl.batch.pool import Limits, local_jobs, run_local
from perfeval_xl.batch.roster import Matched, Unit, match
from perfeval_xl.batch.store import Store
from perfeval_xl.batch.work import Done, Job, key_hash
from perfeval_xl.core.consolidate import Superseded, TableResult, newest_of_each, ranks
from perfeval_xl.core.findings import Finding, Location, finding
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.rulesets.loader import FALLBACK, RulesetError, load

Tell = Callable[[int, int, str], None]
Runner = Callable[[Sequence[Job]], Generator[list[Done], None, None]]
_NO_CACHE = frozenset({"unsafe-workbook"})
"""Refusals that may be this machine's and this moment's (a limit of time or memory): such a file is tried again next time."""


def _silent(_done: int, _all: int, _name: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """What the user asked for. others: the run's own files. runner: where jobs run, else workers on this machine. tell: called with
    files done, files in all, and the name of the file being read.
    """

    paths: Sequence[str]
    ruleset: str | None = None
    others: Sequence[Path] = ()
    units: Sequence[Unit] | None = None
    jobs: int | None = None
    fresh: bool = False
    limits: Limits = field(default_factory=Limits)
    runner: Runner | None = None
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
    first: dict[str, str] = {}
    same: dict[str, str] = {}
    for source, mark in digests(found.sources):
        if isinstance(mark, Finding):
            refused.append((source, mark))
        elif mark in first:
            same[source.name] = first[mark]
            hashed.append((source, mark))
        else:
            first[mark] = source.name
            hashed.append((source, mark))
    known = {} if request.fresh else dict(store.heads(first))
    unread = [(s, d) for s, d in hashed if d not in known and s.name not in same]
    return Plan(found, hashed, unread, known, same, refused)


def run(request: MergeRequest, planned: Plan, store: Store) -> Consolidation:
    """Reads what is not known yet and brings everything together. Outcomes are kept as they come: a killed run loses none of them."""
    heads = _Heads()
    names = {s.name: i for i, (s, _) in enumerate(planned.hashed)}
    for number, (source, mark) in enumerate(planned.hashed):
        if source.name not in planned.same and mark in planned.known:
            heads.take(number, source, mark, planned.known[mark], is_unchanged=True)
    total, done = len(planned.unread), 0
    jobs = [Job(names[s.name], s, request.ruleset) for s, _ in planned.unread]
    runner = request.runner or (lambda batch: run_local(batch, min(request.jobs or local_jobs(), max(len(batch), 1)), request.limits))
    if jobs:
        with closing(runner(jobs)) as results:
            for batch in results:
                kept = []
                for one in batch:
                    source, mark = planned.hashed[one.number]
                    digest = one.digest or mark
                    head = heads.take(one.number, source, digest, one.outcome.head)
                    if head.refused is None or head.refused.kind.kind not in _NO_CACHE:
                        kept.append((digest, one.outcome))
                store.put(kept)
                done += len(batch)
                request.tell(done, total, planned.hashed[batch[-1].number][0].name)
    return _together(request, planned, heads, store)


class _Heads:
    """What is known of each file, by its number."""

    def __init__(self) -> None:
        self.statistics = Statistics()
        self.keys: Counter[int] = Counter()
        """Hashes of roll-up keys → tables that report them."""
        self.files: dict[int, File] = {}
        self.notes: Counter[str] = Counter()

    def take(self, number: int, source: Source, digest: str, text: str, *, is_unchanged: bool = False) -> Head:
        """One outcome."""
        head = head_of(text, number, source.name, source.modified)
        link = "" if source.member else source.path
        file = File(source.name, link, REFUSED if head.refused else MERGED, digest, source.size, head.reader, head.seconds, source.modified, head.refused, is_unchanged=is_unchanged)
        for position, table in enumerate(head.tables):
            file.tables.append(table.result)
            file.kinds[position] = table.kinds
            self.notes.update(dict.fromkeys(_general(table.notes), 1))
            self._count(table)
        self.files[number] = file
        return head


    def _count(self, table: Table, sign: int = 1) -> None:
        self.statistics.add(table.result, table.groups, sign)
        for key in set(table.keys):
            self.keys[key] += sign

    def without(self, superseded: Sequence[Superseded], store: Store, files: Sequence[File]) -> None:
        """Takes out of the counts what another submission replaces."""
        by_name = {f.name: f for f in files}
        for one in superseded:
            file = by_name[one.result.file]
            for _, text in store.heads([file.digest]):
                self._count(head_of(text, 0, file.name, file.modified).tables[one.result.number[1]], -1)


def _together(request: MergeRequest, planned: Plan, heads: _Heads, store: Store) -> Consolidation:
    files: list[File] = []
    more: list[tuple[Finding, str, str]] = []
    by_name = {f.name: f for f in heads.files.values()}
    for number, (source, mark) in enumerate(planned.hashed):
        if source.name in planned.same:
            other = planned.same[source.name]
            files.append(File(source.name, "" if source.member else source.path, DUPLICATE, mark, source.size, modified=source.modified, reason=f"内容与“{other}”完全相同"))
            text = f"本文件与“{other}”的内容完全相同，只汇总一次"
            first = by_name[other].tables if other in by_name else []
            more.append((finding("duplicate-submission", Location(source.name), text, "一份自评表"), first[0].department if first else "", ""))
        else:
            files.append(heads.files[number])
    for source, found in planned.refused:
        files.append(File(source.name, "" if source.member else source.path, REFUSED, size=source.size, modified=source.modified, refused=found))
    files += [File(refusal.name, "", REFUSED, refused=refusal.finding) for refusal in planned.found.refused]
    files.sort(key=lambda f: f.name)
    for position, file in enumerate(files):
        file.tables = [_numbered(t, position) for t in file.tables]
    kept, superseded = newest_of_each([t for f in files for t in f.tables])
    more += [(_superseded(one), one.result.department, one.result.project) for one in superseded]
    heads.without(superseded, store, files)
    _set_aside(files, superseded)
    matched = None
    if request.units is not None:
        matched = match(request.units, [t.department for t in kept])
        more += _of_roster(matched, kept)
    return Consolidation(
        files, ranks(kept), superseded, more, matched, store.details, store.issues, frozenset(k for k, n in heads.keys.items() if n > 1), key_hash, _book(request, kept), heads.statistics, notes=_joined([note for note, _ in heads.notes.most_common()]), skipped=planned.found.skipped,
    )  # fmt: skip


_UNCONFIRMED = "以下参数未核实，请与本级财政部门的规定核对："


def _general(notes: Sequence[str]) -> list[str]:
    """What a table's notes say of its rule set; the rest is about single cells, which findings name."""
    return [note for note in notes if note.startswith(("规则集", _UNCONFIRMED))]


def _joined(notes: Sequence[str]) -> list[str]:
    """The unconfirmed parameters of all rule sets in one sentence."""
    names = dict.fromkeys(name for note in notes if note.startswith(_UNCONFIRMED) for name in note.removeprefix(_UNCONFIRMED).rstrip("。").split("、"))
    return [note for note in notes if not note.startswith(_UNCONFIRMED)] + ([_UNCONFIRMED + "、".join(names) + "。"] if names else [])


def _numbered(table: TableResult, position: int) -> TableResult:
    return replace(table, number=(position, table.number[1]))


def _superseded(one: Superseded) -> Finding:
    text = f"本文件与“{one.by.file}”都是“{one.result.department[:40]}”" + (f"{one.result.year} 年度" if one.result.year else "") + f"的自评表，未采用本文件：{one.reason}"
    return finding("duplicate-submission", Location(one.result.file, one.result.sheet), text, "一份自评表")


def _set_aside(files: Sequence[File], superseded: Sequence[Superseded]) -> None:
    """Tables that another one replaces no longer count; a file left without any is a duplicate itself."""
    gone = {one.result.number: one for one in superseded}
    for file in files:
        before = len(file.tables)
        out = [gone[t.number] for t in file.tables if t.number in gone]
        file.tables = [t for t in file.tables if t.number not in gone]
        if out and not file.tables:
            file.status, file.reason = REPLACED, f"已采用“{out[0].by.file}”：{out[0].reason}"
        elif out:
            file.reason = f"{before} 张表中有 {len(out)} 张已有更新的一份"


def _of_roster(matched: Matched, kept: Sequence[TableResult]) -> list[tuple[Finding, str, str]]:
    first: dict[str, TableResult] = {}
    for table in kept:
        first.setdefault(table.department, table)
    found = []
    for one in matched.unlisted:
        table = first[one.department]
        like = f"，名单中相近的有：{'、'.join(one.like)}，请人工确认" if one.like else "，名单中没有相近的名称"
        name = f"报送单位“{one.department[:60]}”" if one.department else "表中没有填写单位名称，"
        found.append((finding("unlisted-department", Location(table.file, table.sheet), f"{name}不在名单中{like}", "名单中的单位全称"), one.department, ""))
    for unit in matched.missing:
        who = "，".join(part for part in (f"编码 {unit.code}" if unit.code else "", f"主管部门 {unit.parent}" if unit.parent else "", f"联系人 {unit.person}" if unit.person else "") if part)
        found.append((finding("missing-submission", Location(""), f"“{unit.department}”没有报送" + (f"（{who}）" if who else ""), "该单位的自评表"), unit.department, ""))
    return found


def _book(request: MergeRequest, kept: Sequence[TableResult]) -> Rulebook | None:
    """The rules that roll-ups are scored by: those asked for, else those most tables use."""
    used = Counter(t.ruleset for t in kept).most_common(1)
    years = [t.year for t in kept if t.year]
    try:
        rules = load(request.ruleset or (used[0][0] if used else FALLBACK))
        return rules.at(datetime.date(Counter(years).most_common(1)[0][0] if years else datetime.datetime.now().year, 12, 31))
    except (RulesetError, LookupError):
        return None


def output_key(mark: str, planned: Plan, request: MergeRequest) -> str:
    """The same for two runs that must give the same workbook."""
    parts = [mark, *(f"{s.name}\0{d}\0{s.modified}" for s, d in planned.hashed), *(f"{s.name}\0{f.found}" for s, f in planned.refused)]
    parts += [f"{r.name}\0{r.finding.found}" for r in planned.found.refused]
    parts += [f"{name}\0{n}" for name, n in sorted(planned.found.skipped.items())]
    parts += ["\0".join(u) for u in request.units] if request.units is not None else ["no roster"]
    return hashlib.sha256("\1".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


