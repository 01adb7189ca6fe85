"""The database of an export: opened, brought to the present schema, its years replaced, its columns described."""

from __future__ import annotations

# ruff: noqa: S608  # names in statements are this package's own, paths are quoted, what people wrote comes in as data
import shutil
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path

import duckdb

from perfeval_xl.batch.consolidation import Type
from perfeval_xl.batch.export.schema import DATABASE, RUNS, SQL_TYPES, TABLES, VIEWS, YEAR, Table
from perfeval_xl.batch.export.spool import clean, spooled
from perfeval_xl.batch.export.statements import all_years, names, quoted
from perfeval_xl.files import OutputError

MEMORY = "256MB"
THREADS = 2


def check_database(database: Path) -> None:
    """Whether the database, where there is one, can be replaced. Raises: OutputError."""
    if not database.exists():
        return
    try:
        with database.open("rb+"):  # on Windows a file that others have open cannot be replaced
            pass
        # Changes of a program that was killed wait in a second file; opening the database for writing brings them in.
        is_waiting = database.with_name(f"{database.name}.wal").exists()
        with closing(duckdb.connect(str(database), read_only=not is_waiting)) as opened:
            if is_waiting:
                opened.execute("CHECKPOINT")
    except OSError as error:
        raise OutputError(f"数据库“{database}”不能写入：没有写入权限，或正被其他程序打开。请关闭它后重试。") from error
    except duckdb.Error as error:
        if _is_in_use(error):
            raise _in_use(database) from error
        raise OutputError(f"“{database}”不是可用的 DuckDB 数据库，或由更新的版本写成。请将它移走后重试，已导出的各年度会从 parquet 文件夹重新装入。") from error


def copy_database(source: Path, target: Path) -> None:
    """The database as it is, with whatever tables and views others have put into it; while it is copied no one writes."""
    if source.exists():
        with closing(duckdb.connect(str(source), read_only=True)):
            shutil.copyfile(source, target)


def open_database(aside: Path) -> duckdb.DuckDBPyConnection:
    """The database in that folder, made where there is none; what does not fit into memory is spilled beside it."""
    opened = duckdb.connect(str(aside / DATABASE), config={"memory_limit": MEMORY, "threads": THREADS, "temp_directory": str(aside / "spill")})
    opened.execute("SET enable_progress_bar=false")
    return opened


def is_blank(opened: duckdb.DuckDBPyConnection) -> bool:
    """Whether no export has been in it."""
    return not opened.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name='departments'").fetchall()[0][0]


def prepare(opened: duckdb.DuckDBPyConnection) -> None:
    """Tables that are missing; columns that an export of an older version has not."""
    for name, fields in (*((t.name, t.fields) for t in TABLES), ("runs", RUNS)):
        opened.execute(f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(f'{quoted(f.name)} {SQL_TYPES[f.type]}' for f in fields)})")
        for f in fields:
            opened.execute(f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS {quoted(f.name)} {SQL_TYPES[f.type]}")


def tables_by_year(opened: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """Year → self-evaluation tables that the database has of it."""
    return dict(opened.execute("SELECT year, count(*) FROM departments GROUP BY ALL").fetchall())


def exported_tables(folder: Path) -> dict[int, int]:
    """Year → self-evaluation tables that the Parquet files in the folder have of it."""
    query = all_years(folder, "departments")
    if not query:
        return {}
    with closing(duckdb.connect()) as opened:
        return dict(opened.execute(f"SELECT year, count(*) FROM ({query}) GROUP BY ALL").fetchall())


def load(opened: duckdb.DuckDBPyConnection, table: Table, spool: Path, years: Collection[int]) -> None:
    """Puts the spooled rows of a table in the place of what it has of these years.

    A bare TRY_CAST of a column would be taken over by the reader of the file, which fails where the cast gives NULL.
    """
    at = {f.name: f"c{i}" for i, f in enumerate(table.given, 1)} | {YEAR.name: "c0"}
    values = ", ".join(f"TRY_CAST(nullif({at[f.name]}, '') AS {SQL_TYPES[f.type]})" if f.type is not Type.TEXT else at[f.name] for f in table.fields)
    opened.execute("BEGIN")
    opened.execute(f"DELETE FROM {table.name} WHERE year IN ({_listed(years)})")
    opened.execute(f"INSERT INTO {table.name} ({names(table.fields)}) SELECT {values} FROM {spooled(spool, len(table.given) + 1)}")
    opened.execute("COMMIT")


def recover(opened: duckdb.DuckDBPyConnection, table: Table, folder: Path, without: Collection[int]) -> None:
    """A database that is gone is made again from the files of the other years."""
    query = all_years(folder, table.name, without)
    if query:
        there = {row[0] for row in opened.execute(f"DESCRIBE {query}").fetchall()}
        columns = names(f for f in table.fields if f.name in there)
        opened.execute(f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM ({query})")


def remember(opened: duckdb.DuckDBPyConnection, run: Mapping[str, str], years: Collection[int]) -> None:
    """Keeps what is said of the run with each of its years."""
    opened.execute(f"DELETE FROM runs WHERE year IN ({_listed(years)})")
    entries = [(year, clean(name), clean(value)) for year in sorted(years) for name, value in run.items()]
    if entries:
        opened.executemany("INSERT INTO runs VALUES (?, ?, ?)", entries)


def describe(opened: duckdb.DuckDBPyConnection) -> None:
    """The views; titles of tables, views and columns as their comments."""
    for name, title, fields in (*((t.name, f"{t.title}：{t.about}", t.fields) for t in TABLES), ("runs", "运行记录", RUNS)):
        opened.execute(f"COMMENT ON TABLE {name} IS '{title}'")
        for f in fields:
            opened.execute(f"COMMENT ON COLUMN {name}.{quoted(f.name)} IS '{f.title}'")
    for view in VIEWS:
        opened.execute(f"CREATE OR REPLACE VIEW {view.name} AS {view.sql}")
        opened.execute(f"COMMENT ON VIEW {view.name} IS '{view.title}'")
        for name, title in view.columns.items():
            opened.execute(f"COMMENT ON COLUMN {view.name}.{quoted(name)} IS '{title}'")


def failed(folder: Path, error: duckdb.Error) -> OutputError:
    """What the user is told of an error of the database on the way."""
    if _is_in_use(error):
        return _in_use(folder / DATABASE)
    said = str(error).splitlines() or [type(error).__name__]
    if "No space" in said[0] or "max_temp_directory_size" in said[0]:
        return OutputError(f"导出到“{folder}”时磁盘已满。请腾出空间或换一个位置后重试。")
    return OutputError(f"导出到“{folder}”失败（{said[0][:200]}）。请换一个空的文件夹后重试。")


def _listed(years: Collection[int]) -> str:
    return ", ".join(map(str, sorted(years))) or "NULL"


def _is_in_use(error: duckdb.Error) -> bool:
    said = str(error)
    return isinstance(error, duckdb.ConnectionException) or "Could not set lock" in said or "being used by another process" in said or "already open" in said


def _in_use(database: Path) -> OutputError:
    return OutputError(f"数据库“{database}”正被其他程序使用。请关闭使用它的程序后重试。")
