"""Discovery: which files a run is about. Folders, patterns and archives are followed; what is no regular file is named, not opened."""

from __future__ import annotations

import glob
import hashlib
import os
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from perfeval_xl.batch.remote import content, is_remote, listed
from perfeval_xl.core.findings import Finding, Location, finding
from perfeval_xl.workbook.read import content_of, shown_name
from perfeval_xl.workbook.readers.base import ReadError
from perfeval_xl.workbook.readers.detect import HEAD, may_be_read

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".et", ".ett", ".ods", ".csv", ".tsv"})
ARCHIVES = frozenset({".zip"})
CLOSED = frozenset({".rar", ".7z", ".tar", ".gz", ".tgz", ".cab", ".iso"})
"""Archives that are not opened: what they hold is lost unless they are named."""
NO_TABLES = frozenset({
    ".doc", ".docx", ".wps", ".dot", ".dotx", ".rtf", ".ppt", ".pptx", ".pdf", ".ofd", ".txt", ".md", ".log", ".json", ".xml", ".htm", ".html", ".jpg", ".jpeg", ".png", ".gif", ".bmp",
    ".tif", ".tiff", ".heic", ".mp4", ".mp3", ".wav", ".mov", ".exe", ".msi", ".bat", ".lnk", ".url", ".ini", ".db", ".eml", ".msg", ".dwg", ".psd", ".vsd", ".vsdx",
})  # fmt: skip
"""What is no workbook by its name. A name that says nothing is looked into."""
_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
MAX_MEMBERS = 20_000
MAX_MEMBER = 60_000_000  # bytes of one workbook in an archive, inflated
MAX_ARCHIVE = 4_000_000_000  # bytes of all members of an archive, inflated
MAX_RATIO = 200  # a workbook is packed already: an archive gains little on it
MAX_UNREAD = 50
"""Unusable members of one archive that are named one by one; the others are counted: thousands cost a stranger nothing."""
MAX_DEPTH = 40
MAX_PASSED = 1_000  # names that are told
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_END = 65_557  # bytes in which an archive's end must lie


class Source(NamedTuple):
    """One workbook to be read.

    path: the file on disk, its address (s3://…), or the archive. member: name inside the archive as its directory spells it, else empty. name: for people,
    relative to what the user gave. link: path from the given folder on disk, empty for a member of an archive, which no link can open.
    modified: seconds. size: bytes, as announced.
    """

    path: str
    member: str
    name: str
    modified: float
    size: int


class Refusal(NamedTuple):
    """A file that was not read, and the finding that says why."""

    name: str
    finding: Finding


@dataclass(slots=True)
class Found:
    """sources: in the order of their names. refused: what cannot be read at all. skipped: reason → number of files passed over; passed: the
    names of those that may have been meant as a return (a photo, a PDF).
    """

    sources: list[Source] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """What was given and is not there."""

    def skip(self, reason: str, name: str = "") -> None:
        """Counts one file that is no submission. name: where it should be told."""
        if name and len(self.passed) < MAX_PASSED:
            self.passed.append(name)
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def refuse(self, name: str, kind: str, found: str, expected: str) -> None:
        """Names one file that cannot be taken."""
        self.refused.append(Refusal(name, finding(kind, Location(name), found, expected)))


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
    if _is_passing(path.name, ending):
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
        _archive(source, found)
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


def _is_passing(name: str, ending: str) -> bool:
    """Whether a name is one of those that programs give to locks and to files on their way."""
    return name.startswith(("~$", ".~lock")) or ending in {".tmp", ".temp", ".crdownload", ".part", ".bak", ".swp"}


def _remote(address: str, found: Found, seen: set[object]) -> None:
    """Files under an address, by the same rules as those of a folder; archives there are named, not brought here."""

    def take(path: str, name: str, modified: float, size: int, is_given: bool) -> None:  # noqa: FBT001  # one answer of the storage
        last = name.rpartition("/")[2]
        ending = os.path.splitext(last)[1].lower()  # noqa: PTH122  # an address is no path
        if not is_given and any(part.startswith(".") for part in name.split("/")):
            found.skip("隐藏文件")
        elif _is_passing(last, ending):
            found.skip("锁定文件和临时文件")
        elif ending not in SUFFIXES | ARCHIVES and not is_given:
            found.skip("其他类型的文件", name)
        elif ending in ARCHIVES:
            found.refuse(name, "not-a-workbook", "网络地址上的压缩包，未打开", "工作簿；请先解压")
        elif path not in seen:
            seen.add(path)
            found.sources.append(Source(path, "", name, modified, size))

    listed(address, found, take)


def _archive(archive: Source, found: Found) -> None:
    """The workbooks of a zip archive, one level deep; an archive in an archive is named, not opened."""
    try:
        content_of(Path(archive.path), is_read=False, most=MAX_ARCHIVE)
        announced = _announced(Path(archive.path))
        if announced > MAX_MEMBERS:
            found.refuse(archive.name, "unsafe-workbook", f"压缩包内有 {announced} 个文件", f"不超过 {MAX_MEMBERS} 个文件的压缩包")
            return
        with zipfile.ZipFile(archive.path) as opened:
            _members(archive, opened, found)
    except ReadError as error:
        found.refused.append(Refusal(archive.name, error.finding._replace(location=Location(archive.name))))
        return
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        found.refuse(archive.name, "not-a-workbook", "压缩包已损坏，无法打开", "完好的 zip 压缩包")
        return


def _members(archive: Source, opened: zipfile.ZipFile, found: Found) -> None:
    members = opened.infolist()
    if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_ARCHIVE:
        found.refuse(archive.name, "unsafe-workbook", f"压缩包内有 {len(members)} 个文件，或解压后过大", f"不超过 {MAX_MEMBERS} 个文件的压缩包")
        return
    sources, refused = len(found.sources), len(found.refused)
    names = Counter(m.filename for m in members)
    for member in members:
        if names[member.filename] == 1:
            _member(archive, member, found)
    for name, n in names.items():
        if n > 1 and not name.endswith("/"):
            found.refuse(f"{archive.name}/{name}", "unsafe-workbook", f"压缩包内有 {n} 个同名文件，无法判断以哪一个为准", "文件名不重复的压缩包")
    if len(found.sources) == sources and len(found.refused) == refused:
        found.refuse(archive.name, "not-a-workbook", "压缩包中没有工作簿", "含有自评表的压缩包")
    own = found.refused[refused:]
    good, bad = _looked_into(opened, found.sources[sources:])
    room = max(MAX_UNREAD - len(own), 0)
    found.sources[sources:] = good + bad[:room]  # they are read, which tells best what is wrong
    found.refused[refused:] = own[:MAX_UNREAD]
    left = len(own) + len(bad) - MAX_UNREAD
    if left > 0:
        found.refuse(archive.name, "not-a-workbook", f"压缩包中另有 {left} 个文件无法读取（不是工作簿、设有密码或已损坏），未逐一列出", "只含自评表的压缩包；请解压后核对其中的文件")


def _looked_into(opened: zipfile.ZipFile, sources: Sequence[Source]) -> tuple[list[Source], list[Source]]:
    """Members that may be workbooks by their first bytes, and those that cannot be. The same content is looked at once."""
    if len(sources) <= MAX_UNREAD:
        return list(sources), []
    known: dict[tuple[int, int], bool] = {}
    parts: tuple[list[Source], list[Source]] = [], []
    for source in sources:
        info = opened.getinfo(source.member)
        content = info.CRC, info.file_size
        if content not in known:
            known[content] = _may_be_read(opened, info)
        parts[not known[content]].append(source)
    return parts


def _may_be_read(opened: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    try:
        with opened.open(member) as stream:
            return may_be_read(stream.read(HEAD))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, zlib.error):
        return False


def _announced(path: Path) -> int:
    """Members a zip archive says to have, before its directory is read; 0 where its end is not found."""
    with path.open("rb") as stream:
        stream.seek(max(path.stat().st_size - _END, 0))
        tail = stream.read(_END)
    at = tail.rfind(b"PK\x05\x06")
    count = int.from_bytes(tail[at + 10 : at + 12], "little") if at >= 0 else 0
    return count if count != 0xFFFF else max(tail.count(b"PK\x01\x02"), MAX_MEMBERS + 1)


def _member(archive: Source, member: zipfile.ZipInfo, found: Found) -> None:
    inside = member_name(member)
    last = inside.rpartition("/")[2]
    name, ending = f"{archive.name}/{inside}", os.path.splitext(last)[1].lower()  # noqa: PTH122  # a name in an archive is no path
    if member.is_dir() or inside.startswith("__MACOSX/") or last.startswith(("~$", ".")):
        if not member.is_dir():
            found.skip("锁定文件和临时文件")
        return
    if ending in ARCHIVES | CLOSED:
        found.refuse(name, "not-a-workbook", "压缩包中还有压缩包，未打开", "工作簿；请先解压里层的压缩包")
    elif ending not in SUFFIXES:
        found.skip("其他类型的文件", name)
    elif member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        found.refuse(name, "unsafe-workbook", "压缩方法不常见，未打开", "用系统自带的方法压缩的 zip")
    elif member.flag_bits & _ENCRYPTED:
        found.refuse(name, "encrypted-workbook", "压缩包设有密码", "没有密码的压缩包")
    elif member.file_size > MAX_MEMBER or member.file_size > max(member.compress_size, 1) * MAX_RATIO + MAX_RATIO * 1000:
        found.refuse(name, "unsafe-workbook", f"解压后有 {member.file_size // 1_000_000} MB，是压缩时的 {member.file_size // max(member.compress_size, 1)} 倍", "正常大小的工作簿")
    else:
        found.sources.append(Source(archive.path, member.filename, name, _time(member, archive.modified), member.file_size))


def member_name(member: zipfile.ZipInfo) -> str:
    """A member's name for people: without the UTF-8 mark it is read as UTF-8 if it can be, else as GB18030, as old packers in China write
    it; no way upwards.
    """
    text = member.filename
    if not member.flag_bits & _UTF8_NAME:
        for codec in ("utf-8", "gb18030"):
            try:
                text = member.filename.encode("cp437").decode(codec)
                break
            except (UnicodeEncodeError, UnicodeDecodeError):
                continue
    parts = [p for p in text.replace("\\", "/").split("/") if p not in {"", ".", ".."}]
    return "/".join(shown_name(p) for p in parts) or "（无名）"


def _time(member: zipfile.ZipInfo, otherwise: float) -> float:
    import datetime  # noqa: PLC0415

    try:
        return datetime.datetime(*member.date_time).timestamp()  # an archive keeps local times
    except (ValueError, OverflowError, OSError):
        return otherwise


def bytes_of(source: Source) -> bytes:
    """The workbook's bytes. Raises: ReadError."""
    if is_remote(source.path):
        return content(source.path, source.name, MAX_MEMBER)
    path = Path(source.path)
    if not source.member:
        return content_of(path)
    try:
        with _opened(source.path, path.stat().st_mtime_ns).open(source.member) as stream:
            data = stream.read(MAX_MEMBER + 1)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, KeyError, EOFError) as error:
        raise ReadError(finding("not-a-workbook", Location(source.name), "压缩包中的这个文件已损坏，无法解压", "完好的压缩包")) from error
    except Exception as error:
        if type(error).__module__ not in {"zlib", "lzma", "_lzma"}:
            raise
        raise ReadError(finding("not-a-workbook", Location(source.name), "压缩包中的这个文件已损坏，无法解压", "完好的压缩包")) from error
    if len(data) > MAX_MEMBER:
        raise ReadError(finding("unsafe-workbook", Location(source.name), f"解压后超过 {MAX_MEMBER // 1_000_000} MB", "正常大小的工作簿"))
    return data


@lru_cache(maxsize=1)  # members follow one another: reading the directory for each would take the square of the time
def _opened(path: str, changed: int) -> zipfile.ZipFile:  # noqa: ARG001  # changed: an archive written anew is opened anew
    return zipfile.ZipFile(path)


def digest(data: bytes) -> str:
    """sha256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digests(sources: Sequence[Source]) -> Iterator[tuple[Source, str | Finding]]:
    """The hash of every workbook, or why it cannot be read."""
    for source in sources:
        try:
            yield source, digest(bytes_of(source))
        except ReadError as error:
            yield source, error.finding._replace(location=Location(source.name))
