"""Export: the tables of a consolidation as Parquet, CSV and a DuckDB database, year beside year, for those who go on with the data.

Rows pass through a file on disk; memory does not grow with them. Everything is made aside and moved into place at the end.
"""

from __future__ import annotations

# ruff: noqa: S608  # names in statements are this module's own, paths are quoted, what people wrote comes in as data
import csv
import io
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from perfeval_xl.batch.consolidation import (
    DEPARTMENTS,
    FILES,
    FINDINGS,
    INDICATORS,
    ROLLUPS,
    SPREADS,
    Consolidation,
    Field,
    Type,
)
from perfeval_xl.files import OutputError

DATABASE = "perfeval.duckdb"
NO_YEAR = 0
MEMORY = "256MB"
THREADS = 2
MAX_NUMBER = 28
"""Digits before the point that a number may have: what is larger is left out, its text stays in the text columns."""
_MAIN_SHARE = 0.9
"""Share of the tables with a year that must agree before the run itself is of that year; the rest are slips of the pen."""
_CHUNK = 2_000
MAX_TEXT = 32_767
"""Characters of one text, as in a cell; only a list of names gathered from a whole file can be longer."""
MAX_LINE = 5_000_000  # bytes: a row of the longest texts there can be
_NEVER = "\x01"  # stands for NULL in the files on the way; it is none of the characters left in them
_ASIDE = ".perfeval-export-"
_STALE_SECONDS = 86_400
_SQL_TYPES = {Type.TEXT: "VARCHAR", Type.COUNT: "BIGINT", Type.NUMBER: "DECIMAL(38, 10)", Type.DATE: "DATE"}
_YEAR = Field("year", "年度", Type.COUNT)
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # no character of a text file, or none at all
_Rows = Callable[[Consolidation], Iterable[Sequence[Any]]]


class Table(NamedTuple):
    """One exported table. is_own: every row belongs to the year it names; a row of the others that names none is of the run's year."""

    name: str
    title: str
    about: str
    given: tuple[Field, ...]
    rows: _Rows
    is_own: bool = False

    @property
    def fields(self) -> tuple[Field, ...]:
        """Columns, the year among them."""
        return self.given if _YEAR in self.given else (_YEAR, *self.given)


TABLES = (
    Table("departments", "汇总", "每张计入汇总的自评表一行", DEPARTMENTS, lambda c: c.departments(), is_own=True),
    Table("indicators", "指标明细", "每个指标一行", INDICATORS, lambda c: c.indicators(), is_own=True),
    Table("findings", "问题清单", "每个问题一行", FINDINGS, lambda c: c.findings()),
    Table("files", "报送情况", "每个文件一行，包括未采用的", FILES, lambda c: c.inputs()),
    Table("rollups", "指标汇总", "两个以上单位都有的指标，各单位合在一起", ROLLUPS, lambda c: c.rolled()),  # whole after the indicators
    Table("spreads", "分类统计", "按一级指标、二级指标、单位类别统计", SPREADS, lambda c: c.statistics()),
)
RUNS = (_YEAR, Field("name", "项目"), Field("value", "内容"))


class View(NamedTuple):
    """A question that is asked again and again. columns: name → title."""

    name: str
    title: str
    columns: Mapping[str, str]
    sql: str


_SAME = "department, project, level1, level2, name, occurrence"
VIEWS = (
    View(
        "trend", "各单位同名指标与上一个年度对照",
        {"department": "单位", "project": "项目", "level1": "一级指标", "level2": "二级指标", "name": "指标名称", "occurrence": "同名指标中的第几个", "year": "年度",
         "previous_year": "上一个年度", "unit": "计量单位", "target": "目标值", "previous_target": "上一个年度目标值", "actual": "实现值", "previous_actual": "上一个年度实现值",
         "completion_rate": "完成率", "previous_completion_rate": "上一个年度完成率", "completion_change": "完成率增减", "score": "计算得分", "previous_score": "上一个年度计算得分",
         "weight": "分值", "previous_weight": "上一个年度分值"},
        f"""WITH numbered AS (
          SELECT *, row_number() OVER (PARTITION BY year, department, project, level1, level2, name ORDER BY file, sheet, cell) AS occurrence
          FROM indicators WHERE year <> {NO_YEAR} AND name <> ''),
        paired AS (
          SELECT {_SAME}, year, lag(year) OVER w AS previous_year, unit, target, lag(target) OVER w AS previous_target, actual, lag(actual) OVER w AS previous_actual,
            completion_rate, lag(completion_rate) OVER w AS previous_completion_rate, score, lag(score) OVER w AS previous_score, weight, lag(weight) OVER w AS previous_weight
          FROM numbered WINDOW w AS (PARTITION BY {_SAME} ORDER BY year))
        SELECT {_SAME}, year, previous_year, unit, target, previous_target, actual, previous_actual, completion_rate, previous_completion_rate,
          completion_rate - previous_completion_rate AS completion_change, score, previous_score, weight, previous_weight
        FROM paired WHERE previous_year IS NOT NULL""",
    ),
    View(
        "department_trend", "各单位总分与上一个年度对照",
        {"department": "单位", "project": "项目", "form": "表类", "year": "年度", "previous_year": "上一个年度", "total": "计算得分", "previous_total": "上一个年度计算得分",
         "change": "得分增减", "rank": "名次", "previous_rank": "上一个年度名次", "grade": "等级", "previous_grade": "上一个年度等级"},
        f"""SELECT * FROM (
          SELECT department, project, form, year, lag(year) OVER w AS previous_year, total, lag(total) OVER w AS previous_total, total - lag(total) OVER w AS change,
            rank, lag(rank) OVER w AS previous_rank, grade, lag(grade) OVER w AS previous_grade
          FROM departments WHERE year <> {NO_YEAR} AND department <> '' WINDOW w AS (PARTITION BY department, project, form ORDER BY year))
        WHERE previous_year IS NOT NULL""",
    ),
    View(
        "years", "各年度的数量",
        {"year": "年度", "departments": "单位数", "tables": "自评表数", "indicators": "指标数", "mean_total": "平均得分", "errors": "错误", "warnings": "提醒"},
        """SELECT year, count(DISTINCT nullif(department, '')) AS departments, count(*) AS tables, sum(indicators)::BIGINT AS indicators, round(avg(total), 4) AS mean_total,
          sum(errors)::BIGINT AS errors, sum(warnings)::BIGINT AS warnings FROM departments GROUP BY year ORDER BY year""",
    ),
)  # fmt: skip


def export(consolidation: Consolidation, folder: Path, run: Mapping[str, str]) -> list[Path]:
    """Writes every table into the folder; what was there for the years of this run is replaced, other years stay.

    run: what to remember of the run, kept with each of its years. Returns: the files written. Raises: OutputError.
    """
    check_export(folder)
    aside: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear(folder)
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder.absolute()))
        _copy_database(folder / DATABASE, aside / DATABASE)
        return _moved(_Export(consolidation, folder, aside, run).made(), aside, folder)
    except duckdb.Error as error:
        raise _failed(folder, error) from error
    except OSError as error:
        raise OutputError(f"无法写入导出文件夹“{folder}”：没有写入权限，磁盘已满，或其中的文件正被其他程序打开。请关闭这些文件或换一个位置后重试。") from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def check_export(folder: Path) -> None:
    """Whether the folder can take an export; looked at before any work is done. Raises: OutputError."""
    try:
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"导出位置“{folder}”是一个文件，不是文件夹。请给出一个文件夹。")
        above = next((p for p in folder.absolute().parents if p.exists()), None)
        if above is None or not above.is_dir():
            raise OutputError(f"导出位置“{folder}”的上级“{above}”不是文件夹。请换一个位置。")
        for name in ("parquet", "csv"):
            if (folder / name).exists() and not (folder / name).is_dir():
                raise OutputError(f"导出文件夹中的“{name}”应是文件夹。请将它移走，或换一个导出位置。")
        with tempfile.TemporaryFile(dir=folder if folder.is_dir() else above):
            pass
    except (OSError, ValueError, RuntimeError) as error:
        raise OutputError(f"导出位置“{folder}”不能写入：没有写入权限，或磁盘已满。请换一个位置。") from error
    try:
        str(folder.absolute()).encode()
    except UnicodeEncodeError as error:
        raise OutputError(f"导出位置“{folder.name.encode('utf-8', 'replace').decode()}”的路径中有不是 UTF-8 的文件名，数据库不能写在这里。请换一个位置。") from error
    if "?" in str(folder.absolute()):
        raise OutputError(f"导出位置“{folder}”的路径中有问号，数据库不能写在这里。请换一个位置。")
    _check_database(folder / DATABASE)


def _check_database(database: Path) -> None:
    if not database.exists():
        return
    try:
        with database.open("rb+"):  # on Windows a file that others have open cannot be replaced
            pass
        # Changes of a program that was killed wait in a second file; opening the database for writing brings them in.
        is_waiting = _wal(database).exists()
        with closing(duckdb.connect(str(database), read_only=not is_waiting)) as opened:
            if is_waiting:
                opened.execute("CHECKPOINT")
    except OSError as error:
        raise OutputError(f"数据库“{database}”不能写入：没有写入权限，或正被其他程序打开。请关闭它后重试。") from error
    except duckdb.Error as error:
        if _is_in_use(error):
            raise _in_use(database) from error
        raise OutputError(f"“{database}”不是可用的 DuckDB 数据库，或由更新的版本写成。请将它移走后重试，已导出的各年度会从 parquet 文件夹重新装入。") from error


def schema_markdown() -> str:
    """The exported tables and views, in Chinese, as Markdown."""
    head = (
        f"文本列没有内容时为空字符串，数值列没有内容时为 NULL。数值为精确的十进制数 `DECIMAL(38, 10)`（整数部分超过 {MAX_NUMBER} 位的留空），金额以元计，完成率 1 即 100%。"
        f"年度 {NO_YEAR} 表示未填年度，或所填年度与本次汇总不符、而该年度已另有数据。Parquet 文件中没有 `year` 列，年度在文件夹名 `year=<年度>` 中，读取整个文件夹时自动成为一列。"
        "CSV 中可能被电子表格软件当作公式的文字前加了一个撇号。"
    )
    parts = [head]
    for table in TABLES:
        rows = [f"| `{f.name}` | `{_SQL_TYPES[f.type]}` | {f.title} |" for f in table.fields]
        parts.append("\n".join([f"**`{table.name}`** {table.title}：{table.about}。", "", "| 列 | 类型 | 含义 |", "|---|---|---|", *rows]))
    rows = [f"| `{f.name}` | `{_SQL_TYPES[f.type]}` | {f.title} |" for f in RUNS]
    parts.append("\n".join([f"**`runs`** 运行记录：各年度的数据出自哪一次汇总（只在 `{DATABASE}` 中）。", "", "| 列 | 类型 | 含义 |", "|---|---|---|", *rows]))
    for view in VIEWS:
        columns = "，".join(f"`{name}` {title}" for name, title in view.columns.items())
        parts.append(f"**`{view.name}`** 视图，{view.title}（只在 `{DATABASE}` 中）：{columns}。")
    return "\n\n".join(parts) + "\n"


class _Export:
    """One export on its way. years: those this run replaces."""

    def __init__(self, consolidation: Consolidation, folder: Path, aside: Path, run: Mapping[str, str]) -> None:
        self.consolidation, self.folder, self.aside, self.run = consolidation, folder, aside, run
        tables = consolidation.tables()
        dated = Counter(year for t in tables if (year := _known(t.year)))
        year, most = max(dated.items(), key=lambda e: (e[1], e[0]), default=(NO_YEAR, 0))
        self.main = year if most >= dated.total() * _MAIN_SHARE else NO_YEAR
        self.undated = {t.file for t in tables if not _known(t.year)}
        # One form that names the wrong year must not take the place of all that was exported for that year.
        before = self._exported()
        self.strays = {y for y, n in dated.items() if n < most and before.get(y, 0) > n}
        self.years: set[int] = set()

    def _exported(self) -> dict[int, int]:
        """Year → tables that an earlier export has of it."""
        query = _parquet(self.folder, "departments")
        if not query:
            return {}
        with closing(duckdb.connect()) as opened:
            return dict(opened.execute(f"SELECT year, count(*) FROM ({query}) GROUP BY ALL").fetchall())

    def made(self) -> list[str]:
        """Makes every file aside. Returns: their paths, relative, in the order in which they move into place."""
        with closing(duckdb.connect(str(self.aside / DATABASE), config={"memory_limit": MEMORY, "threads": THREADS, "temp_directory": str(self.aside / "spill")})) as opened:
            opened.execute("SET enable_progress_bar=false")
            is_new = not opened.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name='departments'").fetchall()[0][0]
            _prepare(opened)
            for table in TABLES:  # each as a file: only when all are through is it known which years the run has
                _spool(self._keyed(table), self._spooled(table))
            for table in TABLES:
                self._load(opened, table)
                if is_new:
                    self._recover(opened, table)
            opened.execute(f"DELETE FROM runs WHERE year IN ({self._list})")
            entries = [(year, _text(name), _text(value)) for year in sorted(self.years) for name, value in self.run.items()]
            if entries:
                opened.executemany("INSERT INTO runs VALUES (?, ?, ?)", entries)
            _describe(opened)
            opened.execute("SET threads=1")  # with more, whole parts of a file are held in memory to keep the rows in order
            files = [path for table in TABLES for year in sorted(self.years) for path in self._files(opened, table, year)]
            opened.execute("CHECKPOINT")
        return [*files, DATABASE]

    @property
    def _list(self) -> str:
        return ", ".join(map(str, sorted(self.years))) or "NULL"

    def _spooled(self, table: Table) -> Path:
        return self.aside / f"{table.name}.spool"

    def _load(self, opened: duckdb.DuckDBPyConnection, table: Table) -> None:
        """Rows of one table from their file: reading a file is by far the fastest way into a database.

        A bare TRY_CAST of a column would be taken over by the reader of the file, which fails where the cast gives NULL.
        """
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(table.given) + 1))
        at = {f.name: f"c{i}" for i, f in enumerate(table.given, 1)} | {_YEAR.name: "c0"}
        values = ", ".join(f"TRY_CAST(nullif({at[f.name]}, '') AS {_SQL_TYPES[f.type]})" if f.type is not Type.TEXT else at[f.name] for f in table.fields)
        opened.execute("BEGIN")
        opened.execute(f"DELETE FROM {table.name} WHERE year IN ({self._list})")
        opened.execute(
            f"INSERT INTO {table.name} ({_names(table.fields)}) SELECT {values} FROM read_csv({_literal(self._spooled(table))}, columns={{{columns}}}, "
            f"header=false, auto_detect=false, delim=',', quote='\"', escape='\"', new_line='\\n', nullstr='{_NEVER}', max_line_size={MAX_LINE}, buffer_size={2 * MAX_LINE})"
        )
        opened.execute("COMMIT")
        self._spooled(table).unlink()

    def _recover(self, opened: duckdb.DuckDBPyConnection, table: Table) -> None:
        """A database that is gone is made again from the files of the other years."""
        query = _parquet(self.folder, table.name, self.years)
        if query:
            there = {row[0] for row in opened.execute(f"DESCRIBE {query}").fetchall()}
            names = _names(f for f in table.fields if f.name in there)
            opened.execute(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM ({query})")

    def _keyed(self, table: Table) -> Iterator[Sequence[Any]]:
        """Rows with the year under which they are kept before them."""
        names = [f.name for f in table.given]
        year_at = names.index(_YEAR.name) if _YEAR.name in names else None
        file_at = names.index("file") if "file" in names and not table.is_own else None
        for row in table.rows(self.consolidation):
            year = _known(row[year_at]) if year_at is not None else None
            if year is None:
                year = NO_YEAR if table.is_own or (file_at is not None and row[file_at] in self.undated) else self.main
            elif year in self.strays:
                year = NO_YEAR
            self.years.add(year)
            yield (year, *row) if table.is_own else (year, *(v[:MAX_TEXT] if isinstance(v, str) else v for v in row))

    def _files(self, opened: duckdb.DuckDBPyConnection, table: Table, year: int) -> list[str]:
        parquet, text = f"parquet/{table.name}/year={year}/part.parquet", f"csv/{year}/{table.name}.csv"
        for path in (parquet, text):
            (self.aside / path).parent.mkdir(parents=True, exist_ok=True)
        source = f"FROM {table.name} WHERE year={year}"
        bare = tuple(f for f in table.fields if f != _YEAR)
        opened.execute(f"COPY (SELECT {_names(bare)} {source}) TO {_literal(self.aside / parquet)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20000)")
        first, *others = table.fields
        shown = ", ".join([f'{_shown(first)} AS "\ufeff{first.name}"', *(f'{_shown(f)} AS "{f.name}"' for f in others)])  # the mark by which Excel knows UTF-8
        opened.execute(f"COPY (SELECT {shown} {source}) TO {_literal(self.aside / text)} (FORMAT csv, HEADER true)")
        return [parquet, text]


def _known(year: Any) -> int | None:
    return year if isinstance(year, int) and 0 < year < 10_000 else None


def _spool(rows: Iterable[Sequence[Any]], path: Path) -> None:
    rest = iter(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        while chunk := list(islice(rest, _CHUNK)):
            buffer = io.StringIO()
            csv.writer(buffer, lineterminator="\r\n").writerows(chunk)  # so that either of them alone is put in quotes; \n in the end
            stream.write(_text(buffer.getvalue()))  # a whole chunk at once: none of the characters replaced is one of the format's


def _text(text: str) -> str:
    """Line ends as \\n; what no text file holds becomes U+FFFD."""
    return _UNFIT.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _prepare(opened: duckdb.DuckDBPyConnection) -> None:
    """Tables that are missing; columns that an export of an older version has not."""
    for name, fields in (*((t.name, t.fields) for t in TABLES), ("runs", RUNS)):
        opened.execute(f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(f'{_quoted(f.name)} {_SQL_TYPES[f.type]}' for f in fields)})")
        for f in fields:
            opened.execute(f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS {_quoted(f.name)} {_SQL_TYPES[f.type]}")


def _describe(opened: duckdb.DuckDBPyConnection) -> None:
    for name, title, fields in (*((t.name, f"{t.title}：{t.about}", t.fields) for t in TABLES), ("runs", "运行记录", RUNS)):
        opened.execute(f"COMMENT ON TABLE {name} IS '{title}'")
        for f in fields:
            opened.execute(f"COMMENT ON COLUMN {name}.{_quoted(f.name)} IS '{f.title}'")
    for view in VIEWS:
        opened.execute(f"CREATE OR REPLACE VIEW {view.name} AS {view.sql}")
        opened.execute(f"COMMENT ON VIEW {view.name} IS '{view.title}'")
        for name, title in view.columns.items():
            opened.execute(f"COMMENT ON COLUMN {view.name}.{_quoted(name)} IS '{title}'")


def _shown(field: Field) -> str:
    """A column as CSV: numbers without idle zeros; a text that a spreadsheet would execute as a formula behind an apostrophe."""
    name = _quoted(field.name)
    if field.type is Type.NUMBER:
        return rf"regexp_replace({name}::VARCHAR, '\.?0+$', '')"
    if field.type is not Type.TEXT:
        return name
    is_formula = rf"regexp_matches({name}, '^\s*[=+\-@＝＋－＠]|^[\t\n]') AND NOT regexp_full_match({name}, '[+-]?[0-9][0-9,]*(\.[0-9]+)?%?')"
    return f"CASE WHEN {is_formula} THEN '''' || {name} ELSE nullif({name}, '') END"


def _names(fields: Iterable[Field]) -> str:
    return ", ".join(_quoted(f.name) for f in fields)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _literal(path: Path) -> str:
    text = str(path).replace("'", "''")
    return f"'{text}'"


def _parquet(folder: Path, table: str, without: Collection[int] = ()) -> str:
    """All years of a table that lie in the folder, as a query; empty where there are none. The year is taken from the file's own folder
    here: DuckDB would also take a folder of that form further up, which is the user's.
    """
    found = {int(p.parent.name[len("year=") :]): p for p in folder.glob(f"parquet/{table}/year=*/part.parquet") if p.parent.name[len("year=") :].isdecimal()}
    parts = [f"SELECT {year}::BIGINT AS year, * FROM read_parquet({_literal(p)}, hive_partitioning=false)" for year, p in sorted(found.items()) if year not in without]
    return " UNION ALL BY NAME ".join(parts)


def _wal(database: Path) -> Path:
    return database.with_name(f"{database.name}.wal")


def _copy_database(source: Path, target: Path) -> None:
    """The database as it is, with whatever tables and views others have put into it; while it is copied no one writes."""
    if source.exists():
        with closing(duckdb.connect(str(source), read_only=True)):
            shutil.copyfile(source, target)


def _moved(made: Sequence[str], aside: Path, folder: Path) -> list[Path]:
    """Everything into place. Each file is replaced in one step; whether all can be is looked at first."""
    targets = [folder / path for path in made]
    for target in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            with target.open("rb+"):
                pass
    for path, target in zip(made, targets, strict=True):
        (aside / path).replace(target)
    return targets


def _clear(folder: Path) -> None:
    """What exports that were killed left behind. A younger one may belong to an export that is still at it."""
    for left in folder.glob(f"{_ASIDE}*"):
        with suppress(OSError):
            if left.is_dir() and time.time() - left.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _failed(folder: Path, error: duckdb.Error) -> OutputError:
    if _is_in_use(error):
        return _in_use(folder / DATABASE)
    said = str(error).splitlines() or [type(error).__name__]
    if "No space" in said[0] or "max_temp_directory_size" in said[0]:
        return OutputError(f"导出到“{folder}”时磁盘已满。请腾出空间或换一个位置后重试。")
    return OutputError(f"导出到“{folder}”失败（{said[0][:200]}）。请换一个空的文件夹后重试。")


def _is_in_use(error: duckdb.Error) -> bool:
    said = str(error)
    return isinstance(error, duckdb.ConnectionException) or "Could not set lock" in said or "being used by another process" in said or "already open" in said


def _in_use(database: Path) -> OutputError:
    return OutputError(f"数据库“{database}”正被其他程序使用。请关闭使用它的程序后重试。")
