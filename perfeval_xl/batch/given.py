"""What the user gave a check: files, folders, patterns and archives → workbooks to read, by the same rules as a merge follows them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from glob import has_magic
from pathlib import Path
from typing import NamedTuple

from perfeval_xl.batch.content import bytes_of
from perfeval_xl.batch.discover import discover
from perfeval_xl.batch.sources import ARCHIVES, Source
from perfeval_xl.core.findings import Finding
from perfeval_xl.workbook.read import Book, ReadError, read_bytes, shown_name

MAX_FILES = 10_000
_TOLD = 5  # names in a note


class Given(NamedTuple):
    """One workbook. name: for people, unique in the run. is_named: by the user, not met in a folder, pattern or archive. refused: why it is not read at all."""

    source: Source
    name: str
    is_named: bool
    refused: Finding | None = None

    @property
    def path(self) -> str:
        """Where a link can open it; empty inside an archive."""
        return "" if self.source.member else self.source.path

    def book(self, password: str | None) -> Book:
        """Reads it. Raises: ReadError."""
        if self.refused is not None:
            raise ReadError(self.refused)
        return read_bytes(_last(self.source), bytes_of(self.source), password)


def given_workbooks(paths: Iterable[Path], others: Iterable[Path], notes: list[str]) -> list[Given]:
    """Each workbook once, in the order given, those of a folder in order of name. others: the run's own files, never taken from a folder.

    notes: gets what was passed over.
    """
    own = list(others)
    found: dict[tuple[str, str], Given] = {}
    for path in paths:
        for one in _followed(path, own, notes) if _leads_on(path) else [_named(path)]:
            found.setdefault((_resolved(one.source.path), one.source.member), one)
    kept = list(found.values())
    if len(kept) > MAX_FILES:
        notes.append(f"共有 {len(kept)} 个文件，一次最多校验 {MAX_FILES} 个，其余 {len(kept) - MAX_FILES} 个未校验。请分批校验。")
        kept = kept[:MAX_FILES]
    count = Counter(one.name for one in kept)
    return [one if count[one.name] == 1 else one._replace(name=_whole(one.source)) for one in kept]


def _leads_on(path: Path) -> bool:
    """Whether the path stands for other files."""
    return path.is_dir() or (path.suffix.lower() in ARCHIVES and path.is_file()) or (has_magic(str(path)) and not os.path.lexists(path))


def _named(path: Path) -> Given:
    return Given(Source(str(path), "", shown_name(path.name), 0.0, 0), shown_name(path.name), is_named=True)


def _followed(path: Path, own: Iterable[Path], notes: list[str]) -> list[Given]:
    found = discover([path], own)
    if found.missing:
        return [_named(path)]
    if found.passed:
        told = "、".join(f"“{name}”" for name in found.passed[:_TOLD]) + (f"等 {len(found.passed)} 个" if len(found.passed) > _TOLD else "")
        notes.append(f"{told}不是工作簿，未校验。")
    root = path if path.is_dir() else path.parent
    refused = [Given(source, _last(source), path.is_file() and not source.member, r.finding) for r in found.refused for source in [_place(path, root / r.name, r.name)]]
    return sorted([*(Given(s, _last(s), is_named=False) for s in found.sources), *refused], key=lambda g: g.source.name)


def _place(given: Path, at: Path, name: str) -> Source:
    """Of what was refused: the file on disk, or its place inside an archive."""
    return Source(str(at), "", name, 0.0, 0) if os.path.lexists(at) else Source(str(given), name, name, 0.0, 0)


def _last(source: Source) -> str:
    """The file's own name."""
    return source.name.rpartition("/")[2] if source.member else shown_name(Path(source.path).name)


def _whole(source: Source) -> str:
    """The name with the way to it."""
    path = Path(source.path)
    shown = str(Path(*map(shown_name, path.parts)))
    return f"{shown}/{source.name.partition(f'{shown_name(path.name)}/')[2] or source.name}" if source.member else shown


def _resolved(path: str) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path
