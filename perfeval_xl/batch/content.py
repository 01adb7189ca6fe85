"""Content: the bytes of a source, wherever it lies, and their hash."""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from perfeval_xl.batch.archives import MAX_MEMBER
from perfeval_xl.batch.remote import content, is_remote
from perfeval_xl.batch.sources import Source
from perfeval_xl.core.findings import Finding, Location, finding
from perfeval_xl.workbook.read import content_of
from perfeval_xl.workbook.readers.base import ReadError


def bytes_of(source: Source) -> bytes:
    """The workbook's bytes. Raises: ReadError."""
    if is_remote(source.path):
        return content(source.path, source.name, MAX_MEMBER)
    path = Path(source.path)
    if not source.member:
        return content_of(path)
    try:
        with _opened(source.path, path.stat()).open(source.member) as stream:
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


class _Held(threading.local):
    """The archive that was read last: members follow one another, reading the directory for each would take the square of the time."""

    key: tuple[str, int, int] | None = None
    archive: zipfile.ZipFile | None = None


_held = _Held()


def _opened(path: str, status: os.stat_result) -> zipfile.ZipFile:
    """status: an archive written anew is opened anew."""
    key = path, status.st_mtime_ns, status.st_size
    if _held.archive is None or _held.key != key:
        close_archives()
        _held.archive, _held.key = zipfile.ZipFile(path), key
    return _held.archive


def close_archives() -> None:
    """Lets go of what this thread holds open: while an archive is open, its owner cannot move or delete it on Windows."""
    if _held.archive is not None:
        _held.archive.close()
    _held.archive = _held.key = None


def digest(data: bytes) -> str:
    """sha256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digests(sources: Sequence[Source]) -> Iterator[tuple[Source, str | Finding]]:
    """The hash of every workbook, or why it cannot be read."""
    try:
        for source in sources:
            try:
                yield source, digest(bytes_of(source))
            except ReadError as error:
                yield source, error.finding._replace(location=Location(source.name))
    finally:
        close_archives()
