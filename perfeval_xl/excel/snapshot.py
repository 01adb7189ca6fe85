"""Snapshots: what the last command changed and what stood there, so that it can be taken back, by another process too.

Kept in the user's own folder, one per workbook, never in the workbook: what is sent on holds nothing of it. It goes when it
is used, and after some days.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import xlwings as xw

from perfeval_xl.excel.host import Host, place_of
from perfeval_xl.excel.live import Reading
from perfeval_xl.files import OutputError, write_aside
from perfeval_xl.workbook.forms.form import ISSUES
from perfeval_xl.workbook.grid import CellValue, texts

FOLDER_VARIABLE = "PERFEVAL_UNDO"
MAX_DAYS = 7
MAX_MARKS = 20_000
LEAST_COMMON = 0.95
"""Share of texts that must be there still."""
_VERSION = 3


class Old(NamedTuple):
    """One cell: what stood there, and what was written. Both as a reading shows them."""

    sheet: str
    row: int
    column: int
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one command did. title: of the command, in Chinese. added: sheets it put in. notes: cells it put notes on. plain: cells that had no number
    format, and got one with their value.

    witness: marks of the workbook's texts, for a name and even a path say little: every unit calls its form the same.
    """

    title: str
    when: str
    cells: Sequence[Old]
    added: Sequence[str] = ()
    notes: Sequence[tuple[str, str]] = ()
    plain: Sequence[tuple[str, str]] = ()
    witness: Sequence[str] = ()


def folder() -> Path:
    """Where snapshots lie; the environment variable PERFEVAL_UNDO names another folder."""
    own = os.environ.get(FOLDER_VARIABLE)
    if own:
        return Path(own)
    from platformdirs import user_cache_path  # noqa: PLC0415

    return user_cache_path("perfeval", appauthor=False) / "undo"


def _file(book: xw.Book, host: Host) -> Path:
    key = f"{host.identity}\0{place_of(book, host)}"
    return folder() / f"{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"


def plain(value: CellValue) -> Any:
    """A value as JSON keeps it, equal for equal values: 10 and 10.0 are one number."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value or None if isinstance(value, str) else value
    if isinstance(value, int | float | Decimal):
        return float(format(value, ".15g"))
    if isinstance(value, datetime.datetime):
        return {"day": value.isoformat()}
    if isinstance(value, datetime.date):
        return {"day": datetime.datetime(value.year, value.month, value.day).isoformat()}  # a cell has no zone
    return str(value)


def restored(value: Any) -> Any:
    """A kept value as Excel is to take it."""
    if isinstance(value, dict):
        return datetime.datetime.fromisoformat(value["day"])
    return f"'{value}" if isinstance(value, str) and value else value


def witness(reading: Reading) -> list[str]:
    """Marks of the department's name and of every text in the workbook; none of them can be read back."""
    found = {text for grid in reading.book.grids if not grid.sheet.startswith(ISSUES) for _, _, text in texts(grid) if not text.replace(".", "").isdecimal()}
    return [_mark(reading.book.names.get("PE_DEPARTMENT", "")), *sorted(map(_mark, found))[:MAX_MARKS]]


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def fits(kept: Snapshot, reading: Reading) -> bool:
    """Whether it is this workbook's, though a few texts were changed meanwhile, or only some sheets were read."""
    then, now = kept.witness, witness(reading)
    if not then or then[0] != now[0]:
        return False
    common = len({*then} & {*now})
    return common >= LEAST_COMMON * min(len({*then}), len({*now}))


def stored(book: xw.Book, host: Host) -> bytes | None:
    """The last one as it is stored, to be put back where a command fails."""
    try:
        return _file(book, host).read_bytes()
    except OSError:
        return None


def put_back(book: xw.Book, host: Host, data: bytes | None) -> None:
    """What was stored before; never fails, for it follows a failure."""
    with contextlib.suppress(OSError, OutputError):
        if data is None:
            forget(book, host)
        else:
            write_aside(_file(book, host), data)


def keep(book: xw.Book, host: Host, snapshot: Snapshot) -> None:
    """Stores it in the place of the one before. Raises: OutputError where nothing can be stored."""
    path = _file(book, host)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        clear(path.parent)
    except OSError as error:
        raise OutputError(f"无法写入文件夹“{path.parent}”") from error
    write_aside(path, json.dumps({"version": _VERSION, **asdict(snapshot)}, ensure_ascii=False).encode())


def kept(book: xw.Book, host: Host) -> Snapshot | None:
    """The last command's, if it can still be taken back."""
    try:
        data = json.loads(_file(book, host).read_bytes())
        if data.pop("version") != _VERSION:
            return None
        cells = [Old(*cell) for cell in data.pop("cells")]
        return Snapshot(**{**data, "cells": cells, "notes": [(s, c) for s, c in data["notes"]], "plain": [(s, c) for s, c in data["plain"]]})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget(book: xw.Book, host: Host) -> None:
    """Drops it: it was used, or the command it was for failed."""
    _file(book, host).unlink(missing_ok=True)


def now() -> str:
    """The moment, for people."""
    return datetime.datetime.now().astimezone().strftime("%H:%M")


def clear(place: Path) -> None:
    """Removes what is older than it may be."""
    oldest = time.time() - MAX_DAYS * 86_400
    for path in place.glob("*.json"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
