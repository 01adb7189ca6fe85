"""The rule set a user chose for a workbook that names none: remembered on this PC, the workbook itself is left alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import xlwings as xw

from perfeval_xl.excel.host import Host, place_of
from perfeval_xl.excel.snapshot import folder
from perfeval_xl.files import OutputError, write_aside

MAX_KEPT = 500


def _file() -> Path:
    return folder().parent / "rulesets.json"


def _key(book: xw.Book, host: Host) -> str:
    return hashlib.sha256(f"{host.identity}\0{place_of(book, host)}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _all() -> dict[str, str]:
    try:
        found = json.loads(_file().read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def chosen(book: xw.Book, host: Host) -> str:
    """The identifier; empty where none was chosen."""
    return _all().get(_key(book, host), "")


def choose(book: xw.Book, host: Host, ruleset: str) -> None:
    """Remembers it; an empty one forgets. Raises: OutputError."""
    known = _all()
    known.pop(_key(book, host), None)
    if ruleset:
        known[_key(book, host)] = ruleset
    kept = dict(list(known.items())[-MAX_KEPT:])
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"无法写入文件夹“{_file().parent}”") from error
    write_aside(_file(), json.dumps(kept).encode())
