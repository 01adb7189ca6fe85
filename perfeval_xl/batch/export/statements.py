"""Pieces of SQL: names, paths, a column as CSV shows it, all years of a table in one query. Pure, but for a look at which files are there."""

from __future__ import annotations

# ruff: noqa: S608  # names in statements are this package's own, paths are quoted
from collections.abc import Collection, Iterable
from pathlib import Path

from perfeval_xl.batch.consolidation import Field, Type


def quoted(name: str) -> str:
    """A name of ours as an identifier."""
    return f'"{name}"'


def names(fields: Iterable[Field]) -> str:
    """Columns, as a list."""
    return ", ".join(quoted(f.name) for f in fields)


def literal(path: Path) -> str:
    """A path as a string."""
    text = str(path).replace("'", "''")
    return f"'{text}'"


def csv_column(field: Field) -> str:
    """A column as CSV: numbers without idle zeros; a text that a spreadsheet would execute as a formula behind an apostrophe."""
    name = quoted(field.name)
    if field.type is Type.NUMBER:
        return rf"regexp_replace({name}::VARCHAR, '\.?0+$', '')"
    if field.type is not Type.TEXT:
        return name
    is_formula = rf"regexp_matches({name}, '^\s*[=+\-@＝＋－＠]|^[\t\n]') AND NOT regexp_full_match({name}, '[+-]?[0-9][0-9,]*(\.[0-9]+)?%?')"
    return f"CASE WHEN {is_formula} THEN '''' || {name} ELSE nullif({name}, '') END"


def all_years(folder: Path, table: str, without: Collection[int] = ()) -> str:
    """All years of a table that lie in the folder, as a query; empty where there are none. The year is taken from the file's own folder
    here: DuckDB would also take a folder of that form further up, which is the user's.
    """
    found = {int(p.parent.name[len("year=") :]): p for p in folder.glob(f"parquet/{table}/year=*/part.parquet") if p.parent.name[len("year=") :].isdecimal()}
    parts = [f"SELECT {year}::BIGINT AS year, * FROM read_parquet({literal(p)}, hive_partitioning=false)" for year, p in sorted(found.items()) if year not in without]
    return " UNION ALL BY NAME ".join(parts)
