"""Archives: the workbooks of a zip archive, measured before anything of it is inflated."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from perfeval_xl.batch.sources import ARCHIVES, CLOSED, SUFFIXES, Found, Refusal, Source
from perfeval_xl.core.findings import Location
from perfeval_xl.workbook.read import content_of, shown_name
from perfeval_xl.workbook.readers.base import ReadError
from perfeval_xl.workbook.readers.detect import HEAD, may_be_read

MAX_MEMBERS = 20_000
MAX_MEMBER = 60_000_000  # bytes of one workbook in an archive, inflated
MAX_ARCHIVE = 4_000_000_000  # bytes of all members of an archive, inflated
MAX_RATIO = 200  # a workbook is packed already: an archive gains little on it
MAX_UNREAD = 50
"""Unusable members of one archive that are named one by one; the others are counted: thousands cost a stranger nothing."""
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_END = 65_557  # bytes in which an archive's end must lie


def archive_members(archive: Source, found: Found) -> None:
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
