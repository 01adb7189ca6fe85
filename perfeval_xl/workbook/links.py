"""Links from an issue list to the file, sheet and cell of a finding, relative to where the list lies. Pure but for path arithmetic."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

MAX_LINK = 2_000
"""Excel stops a little above."""
_UNSAFE = re.compile(r"[%#\[\]^`{}<>\"?:| ]")  # other blanks stand as they are, as all letters beyond ASCII do
_ASTRAY = re.compile(r"[\\\x00-\x1f\x7f-\x9f]|\A\s*[A-Za-z][A-Za-z0-9+.-]*[:|]")
_CELL = re.compile(r"\A[A-Z]{1,3}[1-9][0-9]{0,6}\Z")


def link(target: str, folder: Path, sheet: str, cell: str) -> str:
    """An XlsxWriter address; empty where the place cannot be linked to, as inside an archive, which has no target.

    >>> link("/a/部门 1/自评#1.xlsx", Path("/a"), "张三's 表", "H12")
    "external:部门%201/自评%231.xlsx#'张三''s 表'!H12"
    """
    quoted = _quoted(target, folder) if target else ""
    if not quoted:
        return ""
    place = ""
    if sheet:
        name = sheet.replace("'", "''")
        place = f"#'{name}'!{cell if _CELL.match(cell) else 'A1'}"
    whole = f"external:{quoted}{place}"
    return whole if len(quoted) <= MAX_LINK and len(place) <= MAX_LINK else ""


def leads_astray(path: str) -> bool:
    """Whether a name in the path, which "/" divides, means something else to Windows or as an address than the name of a file: a backslash makes a share or
    a folder of it, "C:" a drive, "javascript:" a scheme. A share of files can hold such names, and who clicks would be led, or sign in, elsewhere.

    >>> [leads_astray(name) for name in (r"\\\\srv\\a.xlsx", "C:a.xlsx", "a/javascript:b.xlsx", "报送/12:30 自评.xlsx")]
    [True, True, True, False]
    """
    return any(_ASTRAY.search(name) for name in path.split("/"))


@lru_cache(maxsize=4096)  # one file has many findings
def _quoted(target: str, folder: Path) -> str:
    """The way from the folder to the file, as links spell it; empty where none can be said.

    A colon is encoded: in the first name of a relative reference it would end a scheme (RFC 3986, 4.2), and a relationship's target is such a reference (ECMA-376, part 2).
    """
    try:
        path = os.path.relpath(Path(target).absolute(), folder.absolute())
    except ValueError:  # another drive of Windows
        path = str(Path(target).absolute())
    try:
        path.encode()
    except UnicodeEncodeError:  # bytes that are no text: no link says them
        return ""
    drive, rest = (part.replace(os.sep, "/") for part in os.path.splitdrive(path))  # only Windows has drives
    if leads_astray(rest):
        return ""
    return _encoded(drive).replace("%3A", ":") + _encoded(rest)


def _encoded(path: str) -> str:
    return _UNSAFE.sub(lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode()), path)
