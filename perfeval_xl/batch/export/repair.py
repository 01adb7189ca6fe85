"""Repair: years of earlier exports whose Parquet files and database do not say the same are brought together again."""

from __future__ import annotations

# ruff: noqa: S608  # names in statements are this package's own, paths are quoted
from collections.abc import Collection
from pathlib import Path

import duckdb

from perfeval_xl.batch.export.manifest import is_whole, read_manifest
from perfeval_xl.batch.export.schema import SQL_TYPES, TABLES, YEAR, Table
from perfeval_xl.batch.export.statements import literal, names, quoted, year_files


def parquet_name(table: Table, year: int) -> str:
    """Path of one year of a table, relative to the export's folder."""
    return f"parquet/{table.name}/year={year}/part.parquet"


def repair(opened: duckdb.DuckDBPyConnection, folder: Path, without: Collection[int]) -> list[int]:
    """Years that the database lacks, or knows otherwise, are loaded from the files where these are as they were written.

    without: years that are replaced anyway. Returns: years whose files are not, to be written again from the database. Raises: OSError.
    """
    known = read_manifest(folder)
    again = []
    for year in _years(folder):
        if year in without or all(_is_same(opened, table, folder, year) for table in TABLES):
            continue
        whole = is_whole(folder, [parquet_name(table, year) for table in TABLES], known)
        if whole or not any(_count(opened, table, year) for table in TABLES):
            for table in TABLES:
                _load(opened, table, folder, year)
        if not whole:  # one file, replaced in one step, is more to be trusted than many
            again.append(year)
    return again


def _years(folder: Path) -> list[int]:
    """Years of which any table has a file, ascending."""
    return sorted({year for table in TABLES for year in year_files(folder, table.name)})


def _columns(opened: duckdb.DuckDBPyConnection, table: Table, path: Path) -> tuple[str, str, str]:
    """Columns that the file has, the same cast to our types, and the file as a source."""
    source = f"read_parquet({literal(path)}, hive_partitioning=false)"
    there = {row[0] for row in opened.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    fields = [f for f in table.fields if f.name in there and f != YEAR]
    return names(fields), ", ".join(f"{quoted(f.name)}::{SQL_TYPES[f.type]}" for f in fields), source


def _is_same(opened: duckdb.DuckDBPyConnection, table: Table, folder: Path, year: int) -> bool:
    """Whether the file and the database have the same rows, in whatever order."""
    path = folder / parquet_name(table, year)
    if not path.is_file():
        return False
    try:
        columns, cast, source = _columns(opened, table, path)
        theirs = opened.execute(f"SELECT count(*), sum(hash({cast})::HUGEINT) FROM {source}").fetchall()
    except duckdb.Error:  # a file that was damaged
        return False
    return theirs == opened.execute(f"SELECT count(*), sum(hash({columns})::HUGEINT) FROM {table.name} WHERE year={year}").fetchall()


def _count(opened: duckdb.DuckDBPyConnection, table: Table, year: int) -> int:
    return int(opened.execute(f"SELECT count(*) FROM {table.name} WHERE year={year}").fetchall()[0][0])


def _load(opened: duckdb.DuckDBPyConnection, table: Table, folder: Path, year: int) -> None:
    opened.execute("BEGIN")
    opened.execute(f"DELETE FROM {table.name} WHERE year={year}")
    path = folder / parquet_name(table, year)
    if path.is_file():
        columns, cast, source = _columns(opened, table, path)
        opened.execute(f"INSERT INTO {table.name} ({quoted(YEAR.name)}, {columns}) SELECT {year}, {cast} FROM {source}")
    opened.execute("COMMIT")
