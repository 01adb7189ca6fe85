"""Discovery: which files a run is about. Folders, patterns and archives are followed; what is no regular file is named, not opened."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from perfeval_xl.batch.archives import archive_members
from perfeval_xl.batch.remote import is_remote, listed
from perfeval_xl.batch.sources import ARCHIVES, CLOSED, NO_TABLES, SUFFIXES, Found, Source, is_passing
from perfeval_xl.workbook.read import content_of, shown_name
from perfeval_xl.workbook.readers.base import ReadError

_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
MAX_DEPTH = 40


def discover(paths: Sequence[str | Path], others: Iterable[Path] = ()) -> Found:
    """Every workbook the paths lead to, each once. others: the run's own files (output, roster), never taken for submissions.

    A path that does not exist may be a pattern (各部门/*.xlsx). Links are followed only as long as they stay inside the folder given.
    """
    found = Found()
    own: set[object] = {_identity(p) for p in others}
    seen: set[object] = set()
    for given in paths:
        if is_remote(str(given)):
            _remote(str(given), found, seen)
            continue
        for path in _expanded(Path(given)):
            if not os.path.lexists(path):
                found.missing.append(str(given))
            elif path.is_dir():
                if not _is_own(path, own, seen):
                    _folder(path, path, found, own, seen, 0)
            elif not _is_own(path, own, seen):
                _file(path, path.parent, found, is_given=True)
    found.sources = _with_own_names(sorted(found.sources, key=lambda s: (s.name, s.path, s.member)))
    taken = {s.name for s in found.sources}
    found.refused.sort(key=lambda r: r.name)
    found.refused = [r._replace(name=_free(r.name, taken)) for r in found.refused]
    return found


def _with_own_names(sources: Sequence[Source]) -> list[Source]:
    """No two of one name: 一局/自评表.xlsx and 二局/自评表.xlsx, each given by itself, are told apart by their folders."""
    count = Counter(s.name for s in sources)
    named = [s if count[s.name] == 1 or s.member else s._replace(name=f"{shown_name(Path(s.path).parent.name)}/{s.name}") for s in sources]
    taken: set[str] = set()
    return [s._replace(name=_free(s.name, taken)) for s in named]


def _free(name: str, taken: set[str]) -> str:
    """The name, numbered where it is taken."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}（{number}）"
    taken.add(free)
    return free


def _expanded(given: Path) -> list[Path]:
    text = str(given)
    try:
        is_there = os.path.lexists(given)
    except ValueError:
        is_there = False
    if is_there or not glob.has_magic(text):
        return [given]
    return sorted(Path(p) for p in glob.glob(text, recursive=True)) or [given]  # noqa: PTH207  # the pattern may be absolute


def _identity(path: Path) -> str:
    """The path without links and detours: what tells files apart. Two names of one content are two files, as hard links are."""
    return os.path.realpath(path)


def _is_own(path: Path, own: set[object], seen: set[object]) -> bool:
    mark = _identity(path)
    if mark in own or mark in seen:
        return True
    seen.add(mark)
    return False


def _folder(folder: Path, root: Path, found: Found, own: set[object], seen: set[object], depth: int) -> None:  # noqa: PLR0913  # what the walk carries
    name = _relative(folder, root)
    if depth > MAX_DEPTH:
        found.refuse(name, "unreadable-part", f"文件夹的层数超过 {MAX_DEPTH}", "层数较少的文件夹")
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError:
        found.refuse(name, "unreadable-part", "文件夹无法打开", "有读取权限的文件夹")
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith("."):
            found.skip("隐藏文件")
            continue
        # a folder is asked where it lies, whatever it calls itself: a junction of Windows is no link to Python, and leads anywhere
        if (entry.is_symlink() or entry.is_dir()) and not _is_inside(path, root):
            found.refuse(_relative(path, root), "not-a-workbook", "这是指向文件夹之外（或不存在的位置）的链接", "文件本身")
            continue
        if entry.is_dir():
            if not _is_own(path, own, seen):  # a loop of links comes back to a folder already seen
                _folder(path, root, found, own, seen, depth + 1)
        elif not _is_own(path, own, seen):
            _file(path, root, found, is_given=False)


def _is_inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def _relative(path: Path, root: Path) -> str:
    parts = path.relative_to(root).parts if path != root and path.is_relative_to(root) else (path.name or str(path),)
    return "/".join(shown_name(part) for part in parts)


def _file(path: Path, root: Path, found: Found, *, is_given: bool) -> None:
    name, ending = _relative(path, root), path.suffix.lower()
    if is_passing(path.name, ending):
        found.skip("锁定文件和临时文件")
        return
    if ending in CLOSED:
        found.refuse(name, "not-a-workbook", f"这是 {ending[1:]} 压缩包，不能打开", "zip 压缩包，或解压后的工作簿")
        return
    if ending not in SUFFIXES | ARCHIVES and not is_given and (ending in NO_TABLES or not _looks_like_workbook(path)):
        found.skip("其他类型的文件", name)
        return
    try:
        status = path.stat()
    except (OSError, ValueError):
        found.refuse(name, "not-a-workbook", "文件无法打开", "一个可以打开的工作簿文件")
        return
    source = Source(str(path), "", name, status.st_mtime, status.st_size)
    if ending in ARCHIVES:
        archive_members(source, found)
    else:
        found.sources.append(source)


def _looks_like_workbook(path: Path) -> bool:
    """Whether a file begins as workbooks do, whatever its name."""
    try:
        content_of(path, is_read=False)
        with path.open("rb") as stream:
            return stream.read(8).startswith(_SIGNATURES)
    except (ReadError, OSError, ValueError):
        return False


def _remote(address: str, found: Found, seen: set[object]) -> None:
    """Files under an address, by the same rules as those of a folder; archives there are named, not brought here."""

    def take(path: str, name: str, modified: float, size: int, is_given: bool) -> None:  # noqa: FBT001  # one answer of the storage
        last = name.rpartition("/")[2]
        ending = os.path.splitext(last)[1].lower()  # noqa: PTH122  # an address is no path
        if not is_given and any(part.startswith(".") for part in name.split("/")):
            found.skip("隐藏文件")
        elif is_passing(last, ending):
            found.skip("锁定文件和临时文件")
        elif ending not in SUFFIXES | ARCHIVES and not is_given:
            found.skip("其他类型的文件", name)
        elif ending in ARCHIVES:
            found.refuse(name, "not-a-workbook", "网络地址上的压缩包，未打开", "工作簿；请先解压")
        elif path not in seen:
            seen.add(path)
            found.sources.append(Source(path, "", name, modified, size))

    listed(address, found, take)
