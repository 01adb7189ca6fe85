"""Remote places: workbooks under addresses such as s3://桶/2024, listed and read through fsspec."""

from __future__ import annotations

import datetime
import importlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from perfeval_xl.workbook.read import shown_name
from perfeval_xl.workbook.readers.base import ReadError, refused

if TYPE_CHECKING:
    from perfeval_xl.batch.sources import Found

SIGN = "://"
MAX_FILES = 1_000_000
_log = logging.getLogger(__name__)


def is_remote(path: str) -> bool:
    """Whether a path is an address."""
    return SIGN in path


def listed(address: str, found: Found, take: Callable[[str, str, float, int, bool], None]) -> None:
    """Every file at or below an address. take: gets address, name for people, time, size, and whether the address names this file itself.

    What cannot be listed is refused in `found`.
    """
    try:
        for path, name, info, is_given in _files(address):
            take(path, name, _modified(info), int(info.get("size") or 0), is_given)
    except ReadError as error:
        found.refuse(shown_name(address), error.finding.kind.kind, error.finding.found, error.finding.expected)


@contextmanager
def _told(name: str, expected: str) -> Iterator[None]:
    """Whatever a storage's own library raises, as a refusal in Chinese."""
    try:
        yield
    except ReadError:
        raise
    except ImportError as error:
        raise refused(name, "not-a-workbook", f"读取这一地址需要另外安装程序库（{_missing(error)}）。请运行 pip install \"perfeval-xl[cluster]\"，并安装该存储所需的库（如 s3fs）", expected) from error
    except FileNotFoundError as error:
        raise refused(name, "not-a-workbook", "该地址不存在", expected) from error
    except PermissionError as error:
        raise refused(name, "not-a-workbook", "没有读取该地址的权限，或没有提供访问凭据", expected) from error
    except MemoryError:
        raise
    except Exception as error:  # every storage has errors of its own; the kind of error is for those who mend it
        _log.debug("remote", exc_info=True)
        raise refused(name, "not-a-workbook", f"该地址无法读取（{type(error).__name__}）", expected) from error


def _system(address: str) -> tuple[Any, str]:
    """Storage and place in it. The library is no dependency of the package: imported only where an address is given."""
    system, path = importlib.import_module("fsspec.core").url_to_fs(address)
    return system, path


def _missing(error: ImportError) -> str:
    return error.name or str(error)[:80] or "fsspec"


def _files(address: str) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    """Address, name, what the storage tells, and whether it was given itself."""
    with _told(address, "可以读取的地址，如 s3://桶/文件夹"):
        if "::" in address:
            raise refused(address, "not-a-workbook", "不支持层层相套的地址（::）", "一个文件夹的地址")
        system, root = _system(address)
        is_pattern = any(c in root for c in "*?[") and not system.exists(root)
        roots = (sorted(system.glob(root)) if is_pattern else []) or [root]
        for one in roots:
            info = system.info(one)
            if info["type"] == "file":
                yield system.unstrip_protocol(one), shown_name(one.rstrip("/").rpartition("/")[2]), info, True
                continue
            below = system.find(one, detail=True)
            if len(below) > MAX_FILES:
                raise refused(address, "unsafe-workbook", f"该地址下有 {len(below)} 个文件", f"不超过 {MAX_FILES} 个文件的文件夹")
            for path in sorted(below):
                if not below[path].get("islink"):  # links of file:// may lead anywhere
                    yield system.unstrip_protocol(path), _relative(path, one), below[path], False


def _relative(path: str, root: str) -> str:
    inside = path.removeprefix(root.rstrip("/")).strip("/")
    return "/".join(shown_name(part) for part in inside.split("/"))


def _modified(info: dict[str, Any]) -> float:
    """Storages call it by different names and give numbers, times, or nothing."""
    for key in ("mtime", "LastModified", "last_modified", "updated", "created"):
        value = info.get(key)
        if isinstance(value, (int, float)):
            return float(value)
        if isinstance(value, datetime.datetime):
            return (value if value.tzinfo else value.replace(tzinfo=datetime.UTC)).timestamp()
    return 0.0


def content(address: str, name: str, most: int) -> bytes:
    """The bytes at an address, at most so many. Raises: ReadError."""
    with _told(name, "一个可以打开的工作簿文件"):
        system, path = _system(address)
        with system.open(path, "rb") as stream:
            data: bytes = stream.read(most + 1)
    if len(data) > most:
        raise refused(name, "unsafe-workbook", f"文件超过 {most // 1_000_000} MB", f"不超过 {most // 1_000_000} MB")
    return data
