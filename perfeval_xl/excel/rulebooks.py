"""Rule sets of worksheet functions: by the identifier in a cell, looked up once for thousands of calls."""

from __future__ import annotations

import datetime
import re
import time
from functools import lru_cache

from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.excel.arguments import RefusedError

FALLBACK = "national-project-2020"
_SECONDS = 5
"""Until a rule set added meanwhile is seen: the server of functions lives as long as Excel."""
_LAST_DAY = datetime.date(9999, 12, 31)  # a row by itself names no year: what is in force now, as for a table that names none
_NAME = re.compile(r"([0-9A-Za-z][0-9A-Za-z_-]*)(?:@([0-9]{4}))?")


def rulebook(cell: object) -> Rulebook:
    """What is in force of the rule set named in a cell: its identifier, with @2025 behind it that of a year; blank: the national one.

    A path is no identifier: a workbook must not choose what is read here. Raises: RefusedError.
    """
    name = FALLBACK if cell is None or cell == "" else cell.strip() if isinstance(cell, str) else None
    if name is None or not (found := _NAME.fullmatch(name or FALLBACK)):
        raise RefusedError("规则集编号不正确")
    return _book(found[1], int(found[2] or 0), int(time.monotonic() / _SECONDS))


@lru_cache(maxsize=64)
def _book(name: str, year: int, _moment: int) -> Rulebook:
    from perfeval_xl.rulesets.loader import RulesetError, load  # noqa: PLC0415  # on demand: Excel waits for the functions at its start

    try:
        return load(name).at(datetime.date(year, 12, 31) if year else _LAST_DAY)
    except RulesetError as error:
        raise RefusedError(f"规则集“{name[:40]}”不可用") from error
    except (LookupError, ValueError) as error:
        raise RefusedError(f"规则集“{name[:40]}”在该年度无效") from error


def year_of(cell: object) -> int:
    """The year behind @; 0 where none is named."""
    return int(cell.strip()[-4:]) if isinstance(cell, str) and re.search(r"@[0-9]{4}\s*\Z", cell) else 0
