"""Spools: rows on their way into the database, as a file. Reading a file is by far the fastest way in, and memory stays flat. Both sides of its format are here."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from perfeval_xl.batch.export.statements import literal

MAX_TEXT = 32_767
"""Characters of one text, as in a cell; only a list of names gathered from a whole file can be longer."""
MAX_LINE = 5_000_000  # bytes: a row of the longest texts there can be
_CHUNK = 2_000
_NEVER = "\x01"  # stands for NULL in the files on the way; it is none of the characters left in them
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # no character of a text file, or none at all


def spool(rows: Iterable[Sequence[Any]], path: Path) -> None:
    """Writes the rows, texts cleaned."""
    rest = iter(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        while chunk := list(islice(rest, _CHUNK)):
            buffer = io.StringIO()
            csv.writer(buffer, lineterminator="\r\n").writerows(chunk)  # so that either of them alone is put in quotes; \n in the end
            stream.write(clean(buffer.getvalue()))  # a whole chunk at once: none of the characters replaced is one of the format's


def spooled(path: Path, width: int) -> str:
    """The rows as a source for FROM: texts in columns c0, c1, …"""
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    return (
        f"read_csv({literal(path)}, columns={{{columns}}}, header=false, auto_detect=false, delim=',', quote='\"', escape='\"', new_line='\\n', "
        f"nullstr='{_NEVER}', max_line_size={MAX_LINE}, buffer_size={2 * MAX_LINE})"
    )


def clean(text: str) -> str:
    """Line ends as \\n; what no text file holds becomes U+FFFD."""
    return _UNFIT.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
