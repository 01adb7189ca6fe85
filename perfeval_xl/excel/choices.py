"""The rule set a user chose for a workbook that names none: remembered on this PC, the workbook itself is left alone."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import xlwings as xw
from filelock import FileLock, Timeout

from perfeval_xl.excel.host import Host, place_of
from perfeval_xl.excel.snapshot import folder
from perfeval_xl.files import OutputError, write_aside

CHOSEN = "由您在“规则集”中选定"
"""Why a table is scored by a rule set."""
MAX_KEPT = 500
"""Workbooks of one user; the longest known goes first."""
MAX_USERS = 5_000
_LOCK_SECONDS = 10


class Choice(NamedTuple):
    """ruleset: identifier, empty where none was chosen. unit: mark of the unit whose workbook it was chosen for, empty where it named none."""

    ruleset: str = ""
    unit: str = ""

    def of(self, department: str) -> str:
        """The identifier for a workbook of that unit: every unit calls its form the same, and another's is scored by its own rules."""
        return "" if self.unit and department.strip() and self.unit != unit_mark(department) else self.ruleset


def unit_mark(department: str) -> str:
    """A mark that the name cannot be read from; empty for none."""
    return _digest(department.strip()) if department.strip() else ""


def _file(host: Host) -> Path:
    """A file of its own for each user of a server, so that nobody's choices crowd out another's."""
    place = folder().parent
    return place / "rulesets" / f"{_digest(host.identity)}.json" if host.identity else place / "rulesets.json"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _key(book: xw.Book, host: Host) -> str:
    return _digest(f"{host.identity}\0{place_of(book, host)}")


def _all(host: Host) -> dict[str, Choice]:
    try:
        found = json.loads(_file(host).read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(k): Choice(str(v[0]), str(v[1])) for k, v in found.items() if isinstance(v, list) and len(v) == 2} if isinstance(found, dict) else {}


def chosen(book: xw.Book, host: Host) -> Choice:
    """What was chosen for a workbook of that place and name."""
    return _all(host).get(_key(book, host), Choice())


def choose(book: xw.Book, host: Host, ruleset: str, department: str = "") -> None:
    """Remembers it for that unit's workbook; an empty one forgets. Several at once lose nothing. Raises: OutputError."""
    path = _file(host)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(".rulesets.lock"), timeout=_LOCK_SECONDS):
            known = _all(host)
            known.pop(_key(book, host), None)
            if ruleset:
                known[_key(book, host)] = Choice(ruleset, unit_mark(department))
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
