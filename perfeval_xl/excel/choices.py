"""The rule set a user chose for a workbook that names none: remembered on this PC, the workbook itself is left alone."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path

import xlwings as xw
from filelock import FileLock, Timeout

from perfeval_xl.excel.host import Host, place_of
from perfeval_xl.excel.snapshot import folder
from perfeval_xl.files import OutputError, write_aside

MAX_KEPT = 500
"""Workbooks of one user; the longest known goes first."""
MAX_USERS = 5_000
_LOCK_SECONDS = 10


def _file(host: Host) -> Path:
    """A file of its own for each user of a server, so that nobody's choices crowd out another's."""
    place = folder().parent
    return place / "rulesets" / f"{_digest(host.identity)}.json" if host.identity else place / "rulesets.json"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _key(book: xw.Book, host: Host) -> str:
    return _digest(f"{host.identity}\0{place_of(book, host)}")


def _all(host: Host) -> dict[str, str]:
    try:
        found = json.loads(_file(host).read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def chosen(book: xw.Book, host: Host) -> str:
    """The identifier; empty where none was chosen."""
    return _all(host).get(_key(book, host), "")


def choose(book: xw.Book, host: Host, ruleset: str) -> None:
    """Remembers it; an empty one forgets. Several at once lose nothing. Raises: OutputError."""
    path = _file(host)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(".rulesets.lock"), timeout=_LOCK_SECONDS):
            known = _all(host)
            known.pop(_key(book, host), None)
            if ruleset:
                known[_key(book, host)] = ruleset
            if host.identity and not path.exists():
                _make_room(path.parent)
            write_aside(path, json.dumps(dict(list(known.items())[-MAX_KEPT:])).encode())
    except (OSError, Timeout) as error:
        raise OutputError(f"无法写入文件夹“{path.parent}”") from error


def _make_room(place: Path) -> None:
    """The choices of who has changed none for longest go: on a server with one token every browser is a user."""
    found = []
    for path in place.glob("*.json"):
        with suppress(OSError):
            found.append((path.stat().st_mtime, path))
    for _, path in sorted(found)[: max(0, len(found) - MAX_USERS + 1)]:
        path.unlink(missing_ok=True)
