"""History: what an earlier run exported, read back as submissions, so that this year's tables can be held against last year's."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import closing
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from perfeval_xl.batch.consolidation import FORMS
from perfeval_xl.batch.export import MANIFEST, NO_YEAR, is_unfinished
from perfeval_xl.core.decimals import plain
from perfeval_xl.core.model import NOWHERE, Indicator, Place, Submission

# ruff: noqa: S608  # names in statements are this module's own, paths are parameters

_COLUMNS = ("department", "project", "level1", "level2", "name", "target", "actual", "unit", "weight", "reported_score", "status", "reason", "sheet", "cell", "file")
_CODES = {title: code for code, title in FORMS.items()}
_PARTS = re.compile(r"\A([A-Z]+)([0-9]+)\Z")
_ROWS = 2_000


class HistoryError(Exception):
    """A folder that holds no export; the text is one Chinese sentence."""


def is_export(folder: Path) -> bool:
    """Whether the folder looks like one that `merge --export` wrote."""
    return bool(years(folder))


def years(folder: Path) -> list[int]:
    """Years of an export, ascending; 0 stands for tables that name none."""
    names = (path.parent.name.partition("=")[2] for path in folder.glob("parquet/indicators/year=*/part.parquet"))
    return sorted(int(name) for name in names if name.isdecimal())


def submissions(folder: Path, year: int | None = None, departments: Collection[str] | None = None) -> list[Submission]:
    """Tables of the latest year of an export; where `year` is given, of the latest before it. None where there is no such year.

    departments: only theirs, by the exact name; a whole export can hold hundreds of thousands of rows. Raises: HistoryError.
    """
    known = years(folder)
    if not known:
        raise HistoryError(f"“{folder}”中没有汇总时导出的数据。请给出 perfeval merge --export 写出的文件夹。")
    before = [y for y in known if y != NO_YEAR and (year is None or y < year)] or ([NO_YEAR] if year is None else [])
    if not before:
        return []
    mark = _state(folder)
    try:
        found = list(_read(folder, before[-1], departments))
    except (duckdb.Error, OSError, UnicodeError) as error:
        raise HistoryError(f"“{folder}”中 {before[-1]} 年度的数据无法读取。请重新导出该年度。") from error
    if _state(folder) != mark:  # an export moved in meanwhile
        raise HistoryError(_UNFINISHED.format(folder))
    return found


_UNFINISHED = "“{}”中的数据正在导出，或上次导出在中途被中断，各表可能不是同一次汇总的。请等导出结束后重试；如已中断，请再导出一次，会自动补完。"


def _state(folder: Path) -> bytes:
    """The same before and after where no export came between: its manifest. Raises: HistoryError where an export is on its way into place."""
    if is_unfinished(folder):
        raise HistoryError(_UNFINISHED.format(folder))
    try:
        return (folder / MANIFEST).read_bytes()
    except OSError:
        return b""


def _read(folder: Path, year: int, departments: Collection[str] | None) -> Iterator[Submission]:
    wanted = "" if departments is None else " WHERE list_contains(?, department)"
    more = [] if departments is None else [list(departments)]
    with closing(duckdb.connect(config={"threads": 1})) as opened:

        def rows(table: str, columns: str) -> Iterator[tuple[Any, ...]]:
            path = folder.absolute() / "parquet" / table / f"year={year}" / "part.parquet"
            found = opened.execute(f"SELECT {columns} FROM read_parquet(?, hive_partitioning=false){wanted}", [str(path), *more])
            while part := found.fetchmany(_ROWS):
                yield from part

        forms = {(file, sheet): _CODES.get(form, form) for file, sheet, form in rows("departments", "file, sheet, form")}
        first = dict(reversed(forms))  # file → sheet of its first table
        at = "", ""

        def table_of(row: tuple[Any, ...]) -> tuple[str, str, str, str]:
            """Rows from other sheets of the file (管理效率) belong to the table before them."""
            nonlocal at
            file, sheet = row[-1], row[-3]
            if (file, sheet) in forms or file != at[0]:
                at = file, sheet if (file, sheet) in forms else first.get(file, sheet)
            return *at, row[0], row[1]

        for (file, title, department, project), members in groupby(rows("indicators", ", ".join(_COLUMNS)), table_of):
            indicators = [_indicator(row) for row in members]
            yield Submission(file, title, "", department, year or None, indicators, form=forms.get((file, title), ""), project=project)


def _indicator(row: tuple[Any, ...]) -> Indicator:
    _, _, level1, level2, name, target, actual, unit, weight, score, status, reason, sheet, cell, file = row
    found = _PARTS.match(cell)
    place = Place(file, sheet, int(found[2]), {"score": found[1]}) if found else NOWHERE._replace(file=file, sheet=sheet)
    return Indicator(
        level1, level2, name, target, actual, _number(weight), score=_number(score), reason=reason, unit=unit, place=place,
        is_execution=level1 == name, is_detail=status == "其中项",
    )  # fmt: skip


def _number(value: Decimal | None) -> Decimal | None:
    """Without the zeros that the column's type adds."""
    return None if value is None else Decimal(plain(value))
