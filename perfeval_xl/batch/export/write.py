"""Writing an export: every table into the database, then each of its years as Parquet and CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import duckdb

from perfeval_xl.batch.consolidation import Consolidation
from perfeval_xl.batch.export.database import (
    copy_database,
    describe,
    exported_tables,
    failed,
    is_blank,
    load,
    open_database,
    prepare,
    recover,
    remember,
    tables_by_year,
)
from perfeval_xl.batch.export.place import aside_in, check_export, moved
from perfeval_xl.batch.export.schema import DATABASE, TABLES, YEAR, Table
from perfeval_xl.batch.export.spool import spool
from perfeval_xl.batch.export.statements import csv_column, literal, names
from perfeval_xl.batch.export.years import Years
from perfeval_xl.files import OutputError


class Replaced(NamedTuple):
    """A year that an earlier export had. year: 0 for tables that name none. before, now: how many self-evaluation tables it had and has."""

    year: int
    before: int
    now: int


class Exported(NamedTuple):
    """files: those written. replaced: years whose earlier data gave way, ascending."""

    files: Sequence[Path]
    replaced: Sequence[Replaced]


def export(consolidation: Consolidation, folder: Path, run: Mapping[str, str]) -> Exported:
    """Writes every table into the folder; what was there for the years of this run is replaced, other years stay.

    run: what to remember of the run, kept with each of its years. Raises: OutputError.
    """
    check_export(folder)
    try:
        with aside_in(folder) as aside:
            copy_database(folder / DATABASE, aside / DATABASE)
            made, replaced = _made(consolidation, folder, aside, run)
            return Exported(moved(made, aside, folder), replaced)
    except duckdb.Error as error:
        raise failed(folder, error) from error
    except OSError as error:
        raise OutputError(f"无法写入导出文件夹“{folder}”：没有写入权限，磁盘已满，或其中的文件正被其他程序打开。请关闭这些文件或换一个位置后重试。") from error


def _made(consolidation: Consolidation, folder: Path, aside: Path, run: Mapping[str, str]) -> tuple[list[str], list[Replaced]]:
    """Makes every file aside. Returns: their paths, relative, in the order in which they move into place; the years replaced."""
    in_files = exported_tables(folder)
    years = Years(consolidation, in_files)
    with closing(open_database(aside)) as opened:
        is_new = is_blank(opened)
        prepare(opened)
        before = tables_by_year(opened) | in_files
        spools = {table.name: aside / f"{table.name}.spool" for table in TABLES}
        for table in TABLES:  # each as a file: only when all are through is it known which years the run has
            spool(years.keyed(table), spools[table.name])
        taken = sorted(years.taken)
        for table in TABLES:
            load(opened, table, spools[table.name], taken)
            spools[table.name].unlink()
            if is_new:
                recover(opened, table, folder, taken)
        remember(opened, run, taken)
        describe(opened)
        now = tables_by_year(opened)
        opened.execute("SET threads=1")  # with more, whole parts of a file are held in memory to keep the rows in order
        files = [path for table in TABLES for year in taken for path in _files(opened, aside, table, year)]
        opened.execute("CHECKPOINT")
    return [*files, DATABASE], [Replaced(year, before[year], now.get(year, 0)) for year in taken if before.get(year)]


def _files(opened: duckdb.DuckDBPyConnection, aside: Path, table: Table, year: int) -> list[str]:
    """One year of a table as Parquet and as CSV. Returns: their paths, relative."""
    parquet, text = f"parquet/{table.name}/year={year}/part.parquet", f"csv/{year}/{table.name}.csv"
    for path in (parquet, text):
        (aside / path).parent.mkdir(parents=True, exist_ok=True)
    source = f"FROM {table.name} WHERE year={year}"
    bare = tuple(f for f in table.fields if f != YEAR)
    opened.execute(f"COPY (SELECT {names(bare)} {source}) TO {literal(aside / parquet)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20000)")
    first, *others = table.fields
    shown = ", ".join([f'{csv_column(first)} AS "\ufeff{first.name}"', *(f'{csv_column(f)} AS "{f.name}"' for f in others)])  # the mark by which Excel knows UTF-8
    opened.execute(f"COPY (SELECT {shown} {source}) TO {literal(aside / text)} (FORMAT csv, HEADER true)")
    return [parquet, text]
