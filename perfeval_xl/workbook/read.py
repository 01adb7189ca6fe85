"""Files → grids. What a file is comes from its bytes; guards first; every failure is one Chinese sentence."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from perfeval_xl.core.memory import without_cycle_search
from perfeval_xl.workbook.readers.base import Book, FileKind, ReadError, refused
from perfeval_xl.workbook.readers.limits import MAX_FILE

__all__ = ["Book", "FileKind", "ReadError", "content_of", "read_bytes", "read_workbook", "shown_name"]


def read_workbook(path: Path, password: str | None = None) -> Book:
    """Reads every sheet of a file, hidden ones too. Raises: ReadError."""
    return read_bytes(shown_name(path.name), content_of(path), password)


def read_bytes(name: str, data: bytes, password: str | None = None) -> Book:
    """The same for a file's bytes; name: what findings call it. Raises: ReadError."""
    from perfeval_xl.workbook.readers.detect import read_any  # noqa: PLC0415  # on demand: --help answers at once

    if len(data) > MAX_FILE:
        raise refused(name, "unsafe-workbook", f"文件有 {len(data) // 1_000_000} MB", f"不超过 {MAX_FILE // 1_000_000} MB")
    with without_cycle_search():
        return read_any(name, data, password)


def shown_name(name: str) -> str:
    """A file name for people: bytes that are no UTF-8 are read as GB18030, the old encoding of Chinese file names."""
    try:
        name.encode()
    except UnicodeEncodeError:  # surrogates stand for such bytes
        return os.fsencode(name).decode("gb18030", "replace")
    return name


def content_of(path: Path, *, is_read: bool = True, most: int = MAX_FILE) -> bytes:
    """The bytes of a regular file; nothing else is read: a pipe would wait for ever, a device never end.

    is_read: False only looks whether it may be read. most: bytes. Raises: ReadError.
    """
    name = shown_name(path.name)
    try:
        # not waiting for the other end of a pipe; one descriptor throughout, so that nothing can be exchanged in between
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
        try:
            before = os.fstat(descriptor)
            _check_regular(name, before, most)
            if not is_read:
                return b""
            data = os.read(descriptor, before.st_size + 1)
            while 0 < len(data) < before.st_size and (more := os.read(descriptor, before.st_size + 1 - len(data))):
                data += more
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise refused(name, "not-a-workbook", _reason(path, error), "一个可以打开的工作簿文件") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise refused(name, "not-a-workbook", "文件正在被写入，内容不完整", "已保存并关闭的工作簿")
    if name.startswith("~$"):
        raise refused(name, "not-a-workbook", "这是打开工作簿时产生的临时锁定文件，不是工作簿", "不带“~$”的同名工作簿")
    return data


def _check_regular(name: str, status: os.stat_result, most: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise refused(name, "not-a-workbook", "这是一个文件夹", "一个工作簿文件")
    if not stat.S_ISREG(status.st_mode):
        raise refused(name, "not-a-workbook", "这不是普通文件（管道或设备）", "一个工作簿文件")
    if status.st_size > most:
        raise refused(name, "unsafe-workbook", f"文件有 {status.st_size // 1_000_000} MB", f"不超过 {most // 1_000_000} MB")


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "文件不存在"
    if path.is_dir():  # where folders cannot be opened
        return "这是一个文件夹"
    if isinstance(error, PermissionError):
        return "没有读取权限，或文件正被其他程序占用"
    return "文件无法打开"
