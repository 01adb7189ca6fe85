"""Outcomes: what reading and evaluating one file gives, small enough to be sent between processes and kept by the hundred thousand.

A head (what consolidation needs of every file), and packed rows for the sheets (details, issues), opened one file at a time when
they are written. None of them knows the file's name or time: the same content under another name is the same outcome. Everything is JSON:
what lies on disk is data, never executed.
"""

from __future__ import annotations

import datetime
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from perfeval_xl.core.consolidate import Group, SectionResult, TableResult
from perfeval_xl.core.findings import KINDS, Finding, Location
from perfeval_xl.core.rollup import Amount

FORMAT = 4
"""Raised whenever what is kept changes its meaning."""
_PACKING = 1  # the fastest level: rows repeat themselves so much that more gains little


class Outcome(NamedTuple):
    """head: JSON text. details, issues: packed JSON."""

    head: str
    details: bytes = b""
    issues: bytes = b""


@dataclass(slots=True)
class Table:
    """One table of a file. keys: hashes of the roll-up keys, each with the one of its name. kinds: findings by kind. groups: counts for statistics. notes: assumptions to show with the answer, what was left unread."""

    result: TableResult
    notes: Sequence[str]
    keys: Sequence[tuple[int, int]]
    kinds: Mapping[str, int]
    groups: Sequence[Group]


@dataclass(slots=True)
class Head:
    """What the run needs of one file at once. refused: why it could not be used, else None."""

    reader: str
    seconds: float
    refused: Finding | None
    tables: list[Table] = field(default_factory=list)


class Details(NamedTuple):
    """Of one table. rows: cells of the detail sheet from the first level on. left: names of rows that cannot be rolled up, and why, in Chinese."""

    rows: list[list[str | int | float | None]]
    amounts: Sequence[Amount]
    left: Sequence[tuple[str, str]] = ()


def refused_outcome(finding: Finding, seconds: float = 0.0) -> Outcome:
    """Of a file that cannot be used."""
    head = {"reader": "", "seconds": round(seconds, 4), "refused": [finding.kind.kind, finding.found, finding.expected, finding.location.sheet, finding.location.cell], "tables": []}
    return Outcome(json.dumps(head, ensure_ascii=False))


def outcome(reader: str, seconds: float, tables: Sequence[Table], details: Sequence[Details], issues: Sequence[Sequence[Sequence[str]]]) -> Outcome:
    """Of a file that was read and evaluated. issues: of each table; severity, code, kind, title, found, expected, remedy, sheet, cell."""
    head = {"reader": reader, "seconds": round(seconds, 4), "refused": None, "tables": [_packed(t) for t in tables]}
    rows = [[d.rows, [[*a[:5], str(a.size), *a[6:9], str(a.target), str(a.actual)] for a in d.amounts], d.left] for d in details]
    return Outcome(json.dumps(head, ensure_ascii=False), _pack(rows), _pack(issues))


def _pack(data: Any) -> bytes:
    return zlib.compress(json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass"), _PACKING)


def _unpacked(data: bytes) -> Any:
    return json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass")) if data else []


def head_of(text: str, number: int, file: str, modified: float) -> Head:
    """The head, with what only the run knows of the file."""
    data = json.loads(text)
    refused = None
    if data["refused"] is not None:
        kind, found, expected, sheet, cell = data["refused"]
        entry = KINDS[kind]
        refused = Finding(entry, Location(file, sheet, cell), found, expected, entry.severity)
    return Head(data["reader"], data["seconds"], refused, [_table(t, (number, i), file, modified) for i, t in enumerate(data["tables"])])


def details_of(data: bytes) -> list[Details]:
    """The detail rows of every table of a file."""
    return [Details(rows, [Amount._make((*a[:5], Decimal(a[5]), *a[6:9], Decimal(a[9]), Decimal(a[10]))) for a in amounts], left) for rows, amounts, left in _unpacked(data)]


def issues_of(data: bytes) -> list[list[list[str]]]:
    """The issues of every table of a file."""
    issues: list[list[list[str]]] = _unpacked(data)
    return issues


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


@lru_cache(maxsize=65536)  # the same few rates come again and again
def _decimal(text: str) -> Decimal:
    return Decimal(text)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _packed(table: Table) -> list[Any]:
    r = table.result
    return [
        [r.sheet, r.department, r.project, r.form, r.year, r.subject, r.kind, r.ruleset, str(r.total), str(r.weight), _text(r.reported), r.grade, r.indicators, r.unscored,
         [[s.name, str(s.weight), _text(s.score), _text(s.reported)] for s in r.sections], r.errors, r.warnings, r.infos, _text(r.execution), _text(r.completion),
         _text(r.funds), r.dated.isoformat() if r.dated else None, r.rows],
        table.notes, table.keys, table.kinds, [[*g[:5], [[str(rate), n] for rate, n in g.rates.items()]] for g in table.groups],
    ]  # fmt: skip


def _table(data: list[Any], number: tuple[int, int], file: str, modified: float) -> Table:
    (sheet, department, project, form, year, subject, kind, ruleset, total, weight, reported, grade, indicators, unscored, sections, errors, warnings, infos, execution,
     completion, funds, dated, rows), notes, keys, kinds, groups = data  # fmt: skip
    result = TableResult(
        number, file, sheet, department, project, form, year, tuple(subject) if subject is not None else None, kind, ruleset, Decimal(total), Decimal(weight), _number(reported), grade,
        indicators, unscored, tuple(SectionResult(n, Decimal(w), _number(s), _number(p)) for n, w, s, p in sections), errors, warnings, infos, _number(execution),
        _number(completion), _number(funds), datetime.date.fromisoformat(dated) if dated else None, modified, rows,
    )  # fmt: skip
    return Table(result, notes, keys, kinds, [Group(a, b, rows, scored, full, {_decimal(rate): n for rate, n in rates}) for a, b, rows, scored, full, rates in groups])
