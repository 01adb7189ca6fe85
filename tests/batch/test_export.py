"""Export: three forms of the same rows, exact numbers, year beside year; nothing half-written, nothing executed by a spreadsheet."""

from __future__ import annotations

# ruff: noqa: S608  # names of tables and columns are the module's own
import contextlib
import csv
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import duckdb
import pytest

from perfeval_xl.batch.consolidation import DEPARTMENTS, FILES, FINDINGS, INDICATORS, ROLLUPS, SPREADS, Consolidation
from perfeval_xl.batch.export import (
    DATABASE,
    MANIFEST,
    NO_YEAR,
    TABLES,
    VIEWS,
    Exported,
    Replaced,
    check_export,
    export,
    is_unfinished,
    moves,
    schema_markdown,
)
from perfeval_xl.batch.export.moves import LOCK, READY, locked
from perfeval_xl.batch.history import HistoryError, submissions
from perfeval_xl.files import OutputError

RUN = {"version": "0.1.0", "ruleset": "各表自行识别"}


class Named(NamedTuple):
    """What an export asks of a table."""

    year: int | None
    file: str


class Rows:
    """A consolidation made by hand. rows: table → rows as they come, by column name."""

    def __init__(self, **rows: Sequence[dict[str, Any]]) -> None:
        self.given = rows

    def _rows(self, name: str, fields: Iterable[Any]) -> Iterator[list[Any]]:
        for row in self.given.get(name, ()):
            yield [row.get(f.name, None if f.type != "text" else "") for f in fields]

    def tables(self) -> list[Named]:
        return [Named(row.get("year"), row.get("file", "")) for row in self.given.get("departments", ())]

    def departments(self) -> Iterator[list[Any]]:
        return self._rows("departments", DEPARTMENTS)

    def indicators(self) -> Iterator[list[Any]]:
        return self._rows("indicators", INDICATORS)

    def findings(self) -> Iterator[list[Any]]:
        return self._rows("findings", FINDINGS)

    def inputs(self) -> Iterator[list[Any]]:
        return self._rows("files", FILES)

    def rolled(self) -> list[list[Any]]:
        return list(self._rows("rollups", ROLLUPS))

    def statistics(self) -> list[list[Any]]:
        return list(self._rows("spreads", SPREADS))


def of_year(year: int | None, count: int = 2, actual: str = "95人", score: float = 9.5) -> Rows:
    """A small run: so many departments, each with one file, one finding, and one indicator twice."""
    names = [f"单位{i}" for i in range(count)]
    common = [{"department": n, "year": year, "file": f"{n}.xlsx", "sheet": "自评表"} for n in names]
    return Rows(
        departments=[{**c, "rank": i, "total": Decimal("95.50"), "indicators": 2, "form": "项目", "errors": 1, "warnings": 0} for i, c in enumerate(common, 1)],
        indicators=[{**c, "level1": "产出", "level2": "数量", "name": "培训人数", "target": "≥100人", "actual": actual, "score": score, "weight": 10.0, "completion_rate": 0.95, "cell": f"H{r}"}
                    for c in common for r in (5, 6)],
        findings=[*({**c, "severity": "提醒", "kind": "score-mismatch"} for c in common), {"severity": "错误", "kind": "encrypted-workbook", "file": "加密.xlsx"}],
        files=[*({**c, "status": "已汇总"} for c in common), {"file": "加密.xlsx", "status": "未采用"}],
        rollups=[{"name": "培训人数", "target": Decimal(200)}],
        spreads=[{"year": year, "by": "一级指标", "group": "产出", "mean_rate": Decimal("0.95")}],
    )  # fmt: skip


def exported(rows: Rows, folder: Path, run: dict[str, str] | None = None) -> Exported:
    return export(cast("Consolidation", rows), folder, RUN if run is None else run)


def asked(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(duckdb.connect(str(folder / DATABASE), read_only=True)) as opened:
        return opened.execute(query).fetchall()


def parquet(folder: Path, table: str, what: str = "*") -> list[tuple[Any, ...]]:
    with closing(duckdb.connect()) as opened:
        return opened.execute(f"SELECT {what} FROM read_parquet('{folder}/parquet/{table}/*/part.parquet', hive_partitioning=true) ORDER BY ALL").fetchall()


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_table_is_there_in_three_forms_with_the_same_rows(tmp_path: Path) -> None:
    paths = exported(of_year(2024), tmp_path / "导出").files
    folder = tmp_path / "导出"
    assert paths == [*(p for t in TABLES for p in (folder / "parquet" / t.name / "year=2024" / "part.parquet", folder / "csv" / "2024" / f"{t.name}.csv")), folder / DATABASE, folder / MANIFEST]
    assert sorted(p for p in folder.rglob("*") if p.is_file() and p.name != LOCK) == sorted(paths)
    for table in TABLES:
        names = ", ".join(f'"{f.name}"' for f in table.fields)
        rows = asked(folder, f"SELECT {names} FROM {table.name} ORDER BY ALL")
        assert rows
        assert parquet(folder, table.name, names) == rows
        assert len(read_csv(folder / "csv" / "2024" / f"{table.name}.csv")) == len(rows)


def test_columns_have_the_documented_types_and_the_titles_as_comments(tmp_path: Path) -> None:
    exported(of_year(2024), tmp_path)
    for table in TABLES:
        found = asked(tmp_path, f"SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name='{table.name}' ORDER BY column_index")
        assert found == [(f.name, {"text": "VARCHAR", "count": "BIGINT", "number": "DECIMAL(38,10)"}[f.type], f.title) for f in table.fields]
    for view in VIEWS:
        found = asked(tmp_path, f"SELECT column_name, comment FROM duckdb_columns() WHERE table_name='{view.name}' ORDER BY column_index")
        assert found == list(view.columns.items())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (0.1, Decimal("0.1")), (0.30000000000000004, Decimal("0.3")), (Decimal("493.3"), Decimal("493.3")), (1e-05, Decimal("0.00001")), (Decimal("1E+3"), Decimal(1000)),
        (0.12345678905, Decimal("0.1234567891")), (123456789012345.67, Decimal("123456789012345.67")), (-2.5, Decimal("-2.5")), (None, None), (float("nan"), None),
        (float("inf"), None), (1e30, None), (Decimal("9" * 28), Decimal("9" * 28)),
    ],
)  # fmt: skip
def test_numbers_are_exact_and_what_is_no_number_of_that_size_is_left_out(tmp_path: Path, given: Any, kept: Decimal | None) -> None:
    exported(Rows(indicators=[{"year": 2024, "name": "甲", "completion_rate": given}]), tmp_path)
    assert asked(tmp_path, "SELECT completion_rate FROM indicators") == [(kept,)]
    shown = read_csv(tmp_path / "csv" / "2024" / "indicators.csv")[0]["completion_rate"]
    assert (Decimal(shown) if shown else None) == kept
    assert "E" not in shown
    assert not ("." in shown and shown.endswith("0"))


@pytest.mark.parametrize(
    ("text", "in_csv"),
    [
        ("=1+1", "'=1+1"), ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("\r=1", "'\n=1"), (" =1+1", "' =1+1"),
        ("＝1+1", "'＝1+1"), ("-5", "-5"), ("+3.5", "+3.5"), ("-5%", "-5%"), ("-1,234.5", "-1,234.5"), ("≥95%", "≥95%"), ("a=1", "a=1"), ("-", "'-"), ("", ""),
        ('说"是",\n第二行', '说"是",\n第二行'), ("\\N", "\\N"), ("NULL", "NULL"), ("'=1", "'=1"),
    ],
)  # fmt: skip
def test_no_text_becomes_a_formula_in_the_csv_and_all_stay_themselves_in_the_data(tmp_path: Path, text: str, in_csv: str) -> None:
    exported(Rows(indicators=[{"year": 2024, "name": "甲", "target": text}]), tmp_path)
    assert [row["target"] for row in read_csv(tmp_path / "csv" / "2024" / "indicators.csv")] == [in_csv]
    assert asked(tmp_path, "SELECT target FROM indicators") == [(text.replace("\r", "\n"),)]


def test_csv_files_say_that_they_are_utf_8(tmp_path: Path) -> None:
    exported(of_year(2024), tmp_path)
    for path in (tmp_path / "csv").rglob("*.csv"):
        assert path.read_bytes().startswith(b"\xef\xbb\xbf" + ("rank" if path.stem == "departments" else "").encode())


def test_control_characters_lone_surrogates_and_the_longest_texts_pass(tmp_path: Path) -> None:
    odd = "甲\0\x01\x1f\x7f\ud800\udfff\ufffe乙\r\n丙\u2028😀"
    exported(Rows(indicators=[{"year": 2024, "name": odd, **dict.fromkeys(("level1", "target", "actual", "reason"), '"' * 32_767)}], files=[{"file": odd, "department": "长" * 10_000_000}]), tmp_path, {odd: odd})
    clean = "甲" + "\ufffd" * 7 + "乙\n丙\u2028😀"
    assert asked(tmp_path, "SELECT name, length(reason) FROM indicators") == [(clean, 32_767)]
    assert asked(tmp_path, "SELECT file, length(department) FROM files") == [(clean, 32_767)]
    assert (2024, clean, clean) in asked(tmp_path, "SELECT * FROM runs")


def test_years_accumulate_and_a_year_exported_again_is_replaced(tmp_path: Path) -> None:
    exported(of_year(2023), tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and "2023" in str(p)}
    exported(of_year(2024, 3), tmp_path)
    exported(of_year(2024, 1), tmp_path, {"version": "0.2.0"})
    assert {p: p.read_bytes() for p in before} == before
    for table, counts in {"departments": [(2023, 2), (2024, 1)], "indicators": [(2023, 4), (2024, 2)], "findings": [(2023, 3), (2024, 2)], "rollups": [(2023, 1), (2024, 1)]}.items():
        query = "SELECT year, count(*) FROM {} GROUP BY year ORDER BY year"
        assert asked(tmp_path, query.format(table)) == counts
        with closing(duckdb.connect()) as opened:
            assert opened.execute(query.format(f"read_parquet('{tmp_path}/parquet/{table}/*/*.parquet', hive_partitioning=true)")).fetchall() == counts
    assert len(read_csv(tmp_path / "csv" / "2024" / "departments.csv")) == 1
    assert asked(tmp_path, "SELECT * FROM runs ORDER BY ALL") == [(2023, "ruleset", "各表自行识别"), (2023, "version", "0.1.0"), (2024, "version", "0.2.0")]


def test_it_is_said_which_years_gave_way_to_how_many_tables(tmp_path: Path) -> None:
    assert exported(of_year(2023), tmp_path).replaced == []
    assert exported(of_year(2024, 3), tmp_path).replaced == []
    assert exported(of_year(2024, 1), tmp_path).replaced == [Replaced(2024, 3, 1)]
    (tmp_path / DATABASE).unlink()
    assert exported(of_year(2023, 4), tmp_path).replaced == [Replaced(2023, 2, 4)], "known from the files where the database is gone"
    shutil.rmtree(tmp_path / "parquet")
    assert exported(of_year(2024), tmp_path).replaced == [Replaced(2024, 1, 2)], "known from the database where the files are gone"
    assert exported(of_year(None), tmp_path).replaced == []
    assert exported(of_year(None, 1), tmp_path).replaced == [Replaced(NO_YEAR, 2, 1)]


def test_rows_without_a_year(tmp_path: Path) -> None:
    """A table that names no year is under 0 with all that is said of it; a refused file belongs to the run's year."""
    rows = of_year(2024)
    undated = of_year(None, 1)
    exported(Rows(**{name: [*rows.given[name], *({**r, "file": "无年度.xlsx"} for r in undated.given[name][:1])] for name in ("departments", "indicators", "findings", "files")}), tmp_path)
    for table in ("departments", "indicators", "findings", "files"):
        assert asked(tmp_path, f"SELECT DISTINCT file FROM {table} WHERE year=0") == [("无年度.xlsx",)]
        assert (tmp_path / "csv" / "0" / f"{table}.csv").is_file()
    assert asked(tmp_path, "SELECT year FROM files WHERE file='加密.xlsx'") == [(2024,)]


def test_a_form_with_a_slip_in_its_year_does_not_wipe_out_that_year(tmp_path: Path) -> None:
    exported(of_year(2023), tmp_path)
    rows = of_year(2024, 20)
    for name in ("departments", "indicators", "findings", "files"):
        for row in rows.given[name]:
            if row["file"] == "单位7.xlsx":
                row["year"] = 2023
    exported(rows, tmp_path)
    assert asked(tmp_path, "SELECT year, count(*) FROM departments GROUP BY year ORDER BY year") == [(0, 1), (2023, 2), (2024, 19)]


def test_views_put_the_years_side_by_side(tmp_path: Path) -> None:
    exported(of_year(2022, 1, "90人", 9.0), tmp_path)
    exported(of_year(2024, 1, "99人", 9.9), tmp_path)
    found = asked(tmp_path, "SELECT department, name, occurrence, year, previous_year, actual, previous_actual, score - previous_score FROM trend ORDER BY occurrence")
    assert found == [("单位0", "培训人数", n, 2024, 2022, "99人", "90人", Decimal("0.9")) for n in (1, 2)]
    assert asked(tmp_path, "SELECT department, year, previous_year, change FROM department_trend") == [("单位0", 2024, 2022, Decimal(0))]
    assert asked(tmp_path, "SELECT year, departments, tables, indicators FROM years") == [(2022, 1, 1, 2), (2024, 1, 1, 2)]


def test_tables_and_views_of_others_in_the_database_stay(tmp_path: Path) -> None:
    exported(of_year(2023), tmp_path)
    with closing(duckdb.connect(str(tmp_path / DATABASE))) as opened:
        opened.execute("CREATE TABLE notes AS SELECT 'x' AS note")
        opened.execute("CREATE VIEW mine AS SELECT department FROM departments")
    exported(of_year(2024), tmp_path)
    assert asked(tmp_path, "SELECT * FROM notes") == [("x",)]
    assert len(asked(tmp_path, "SELECT * FROM mine")) == 4


def test_a_database_that_is_gone_is_made_again_from_the_other_years(tmp_path: Path) -> None:
    exported(of_year(2023), tmp_path)
    (tmp_path / DATABASE).unlink()
    exported(of_year(2024), tmp_path)
    assert asked(tmp_path, "SELECT year, count(*) FROM indicators GROUP BY year ORDER BY year") == [(2023, 4), (2024, 4)]


def test_folders_with_odd_names(tmp_path: Path) -> None:
    folder = tmp_path / "year=1999" / "a[1]*'导出"
    exported(of_year(2023), folder)
    (folder / DATABASE).unlink()
    exported(of_year(2024), folder)
    assert asked(folder, "SELECT year, count(*) FROM departments GROUP BY year ORDER BY year") == [(2023, 2), (2024, 2)]


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        exported(of_year(2024), tmp_path / name)
    for path in (tmp_path / "a").rglob("*.*"):
        if path.is_file() and path.name != DATABASE:
            assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def test_a_run_without_any_row(tmp_path: Path) -> None:
    assert exported(Rows(), tmp_path) == ([tmp_path / DATABASE, tmp_path / MANIFEST], [])
    assert asked(tmp_path, "SELECT count(*) FROM indicators") == [(0,)]


def test_targets_that_do_not_fit_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = tmp_path / "文件"
    taken.write_text("x", encoding="utf-8")
    for folder, words in [(taken, "是一个文件，不是文件夹"), (taken / "下面", "不是文件夹"), (tmp_path / "问?号", "路径中有问号"), (tmp_path / "\udc80", "不是 UTF-8")]:
        with pytest.raises(OutputError, match=words):
            exported(of_year(2024), folder)
    (tmp_path / "a" / DATABASE).parent.mkdir()
    (tmp_path / "a" / DATABASE).write_bytes(b"no database" * 1000)
    with pytest.raises(OutputError, match="不是可用的 DuckDB 数据库"):
        exported(of_year(2024), tmp_path / "a")
    assert (tmp_path / "a" / DATABASE).read_bytes() == b"no database" * 1000

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(OutputError, match="磁盘已满"):
        exported(of_year(2024), tmp_path / "b")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="没有写入权限"):
        check_export(tmp_path)


def test_a_database_in_use_is_named_and_nothing_changes(tmp_path: Path) -> None:
    exported(of_year(2023), tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    program = f"import duckdb, sys; c = duckdb.connect({str(tmp_path / DATABASE)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(OutputError, match="正被其他程序使用"):
            exported(of_year(2023, 5), tmp_path)
        other.communicate()
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_changes_that_a_killed_program_left_waiting_are_kept(tmp_path: Path) -> None:
    exported(of_year(2023), tmp_path)
    program = f"import duckdb, os; c = duckdb.connect({str(tmp_path / DATABASE)!r}); c.execute('CREATE TABLE notes AS SELECT 1 AS n'); os._exit(9)"
    subprocess.run([sys.executable, "-c", program], check=False)
    exported(of_year(2024), tmp_path)
    assert asked(tmp_path, "SELECT * FROM notes") == [(1,)]
    assert not (tmp_path / f"{DATABASE}.wal").exists()


_PROGRAM = """
import sys
from pathlib import Path
from tests.batch.test_export import Rows, exported
from perfeval_xl.batch import export as e
rows = [{"year": 2023, "name": f"指标{i}", "department": "新"} for i in range(40_000)]
class Slow(Rows):
    def indicators(self):
        for n, row in enumerate(super().indicators()):
            if n == 20_000:
                print("half", flush=True)
            yield row
exported(Slow(indicators=rows), Path(sys.argv[1]))
print("done", flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals as on Linux")
@pytest.mark.parametrize("later", [0.0, 0.15, 0.4])
def test_killed_on_the_way_the_old_export_is_whole(tmp_path: Path, later: float) -> None:
    exported(of_year(2023), tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with subprocess.Popen([sys.executable, "-c", _PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"half\n"
        time.sleep(later)
        child.kill()
    rows = asked(tmp_path, "SELECT count(*) FROM indicators")
    assert rows in ([(4,)], [(40_000,)])
    if rows == [(4,)]:
        assert {p: p.read_bytes() for p in before} == before
    exported(of_year(2023), tmp_path)
    assert asked(tmp_path, "SELECT count(*) FROM indicators") == [(4,)]


def files(folder: Path) -> dict[str, bytes]:
    """What an export consists of, but for the lock."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != LOCK}


def years_in(folder: Path, table: str = "indicators") -> list[tuple[int, int]]:
    """Years and their rows, which must be the same in the database and in the files."""
    found = cast("list[tuple[int, int]]", asked(folder, f"SELECT year, count(*) FROM {table} GROUP BY year ORDER BY year"))
    with closing(duckdb.connect()) as opened:
        query = f"SELECT year, count(*) FROM read_parquet('{folder}/parquet/{table}/*/part.parquet', hive_partitioning=true) GROUP BY year ORDER BY year"
        assert opened.execute(query).fetchall() == found
    return found


class Stop(BaseException):
    """Something that ends a program."""


@pytest.mark.parametrize("error", [OSError(13, "open elsewhere"), Stop()])
@pytest.mark.parametrize("nth", [0, 5, 13])
def test_where_one_file_cannot_move_everything_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int, error: BaseException) -> None:
    exported(of_year(2023), tmp_path)
    before = files(tmp_path)
    replace, count = Path.replace, [0]

    def failing(path: Path, target: Path) -> Path:
        if READY in path.parts and "old" not in path.parts:
            count[0] += 1
            if count[0] == nth + 1:
                raise error
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OutputError if isinstance(error, OSError) else Stop):
        exported(of_year(2023, 5), tmp_path)
    assert count[0] == nth + 1
    assert files(tmp_path) == before
    assert not is_unfinished(tmp_path)
    monkeypatch.undo()
    exported(of_year(2024), tmp_path)
    assert years_in(tmp_path) == [(2023, 4), (2024, 4)]


_KILLED = """
import os, sys
from pathlib import Path
from tests.batch.test_export import exported, of_year
replace, count = Path.replace, [0]
def killed(path, target):
    if count[0] == int(sys.argv[2]):
        os._exit(9)
    count[0] += 1
    return replace(path, target)
Path.replace = killed
exported(of_year(2023, 5), Path(sys.argv[1]))
"""


@pytest.mark.parametrize("nth", [0, 7, 13])
def test_killed_between_two_files_it_is_said_and_the_next_export_makes_everything_new(tmp_path: Path, nth: int) -> None:
    """Tables of the old and of the new run lie side by side then: nothing is read from them until they are one again."""
    exported(of_year(2023), tmp_path)
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), str(nth)], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == 9
    with pytest.raises(HistoryError, match="各表可能不是同一次汇总的"):
        submissions(tmp_path)
    exported(of_year(2024), tmp_path)
    for table, rows in {"departments": [(2023, 5), (2024, 2)], "indicators": [(2023, 10), (2024, 4)], "findings": [(2023, 6), (2024, 3)]}.items():
        assert years_in(tmp_path, table) == rows
    assert len(read_csv(tmp_path / "csv" / "2023" / "departments.csv")) == 5
    assert not is_unfinished(tmp_path)
    assert len(submissions(tmp_path, 2024)) == 5


def test_what_is_no_part_of_an_export_is_not_moved_by_the_next_one(tmp_path: Path) -> None:
    folder = tmp_path / "导出"
    (folder / READY / "old" / "parquet").mkdir(parents=True)
    (folder / READY / "别的.txt").write_text("x", encoding="utf-8")
    (folder / READY / "csv").symlink_to(tmp_path)
    exported(of_year(2024), folder)
    assert not (folder / READY).exists()
    assert not (folder / "别的.txt").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["导出"]


_ONE_OF_TWO = """
import sys
from pathlib import Path
from tests.batch.test_export import Rows, exported, of_year
class Slow(Rows):
    def indicators(self):
        print("at it", flush=True)
        sys.stdin.readline()
        yield from super().indicators()
exported(Slow(**of_year(int(sys.argv[2]), int(sys.argv[3])).given), Path(sys.argv[1]))
"""


def test_two_exports_at_once_come_one_after_the_other_and_lose_nothing(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        both = [
            stack.enter_context(subprocess.Popen([sys.executable, "-c", _ONE_OF_TWO, str(tmp_path), year, "3"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]))
            for year in ("2022", "2023")
        ]
        streams = [(cast("IO[bytes]", one.stdin), cast("IO[bytes]", one.stdout)) for one in both]
        ready = select.select([out for _, out in streams], [], [], 60)[0]
        assert len(ready) == 1
        time.sleep(1.5)
        assert select.select([out for _, out in streams], [], [], 0)[0] == ready, "the other one waits"
        for given, _ in streams:
            given.write(b"go on\n")
            given.flush()
        assert [one.wait(60) for one in both] == [0, 0]
    for table in ("departments", "indicators", "findings", "files"):
        assert [year for year, _ in years_in(tmp_path, table)] == [2022, 2023]
    assert asked(tmp_path, "SELECT DISTINCT year FROM runs ORDER BY year") == [(2022,), (2023,)]


def test_an_export_that_does_not_get_its_turn_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exported(of_year(2023), tmp_path)
    before = files(tmp_path)
    monkeypatch.setattr(moves, "WAIT_SECONDS", 0.2)
    with locked(tmp_path), pytest.raises(OutputError, match="正被另一次汇总使用，等候 0 秒后仍未结束。请等它结束后重新运行"):
        exported(of_year(2024), tmp_path)
    assert files(tmp_path) == before
    exported(of_year(2024), tmp_path)
    assert years_in(tmp_path) == [(2023, 4), (2024, 4)]


def test_a_year_that_the_database_lost_comes_back_from_the_files(tmp_path: Path) -> None:
    exported(of_year(2022, 3), tmp_path)
    old = (tmp_path / DATABASE).read_bytes()
    exported(of_year(2023), tmp_path)
    (tmp_path / DATABASE).write_bytes(old)  # as two exports at once left it, or a copy brought back
    (tmp_path / MANIFEST).unlink()  # of an earlier version
    exported(of_year(2024), tmp_path)
    for table in ("departments", "indicators", "findings", "files", "rollups", "spreads"):
        assert [year for year, _ in years_in(tmp_path, table)] == [2022, 2023, 2024]


def test_where_files_and_database_differ_the_one_that_is_as_written_counts(tmp_path: Path) -> None:
    for year in (2022, 2023):
        exported(of_year(year), tmp_path)
    whole = files(tmp_path)
    with closing(duckdb.connect(str(tmp_path / DATABASE))) as opened:
        opened.execute("UPDATE indicators SET score=1 WHERE year=2022")
    exported(of_year(2024), tmp_path)
    assert asked(tmp_path, "SELECT DISTINCT score FROM indicators") == [(Decimal("9.5"),)]
    exported(of_year(2023, 5), tmp_path / "另处")
    shutil.copyfile(tmp_path / "另处" / "parquet" / "indicators" / "year=2023" / "part.parquet", tmp_path / "parquet" / "indicators" / "year=2023" / "part.parquet")
    (tmp_path / "parquet" / "files" / "year=2022" / "part.parquet").unlink()
    exported(of_year(2024), tmp_path)
    assert years_in(tmp_path) == [(2022, 4), (2023, 4), (2024, 4)]
    assert {name: mark for name, mark in files(tmp_path).items() if name in whole and name.endswith((".parquet", ".csv"))} == {n: m for n, m in whole.items() if n.endswith((".parquet", ".csv"))}


@pytest.mark.parametrize("table", ["departments", "indicators", "spreads"])
def test_a_damaged_file_of_another_year_is_written_again(tmp_path: Path, table: str) -> None:
    exported(of_year(2023, 20), tmp_path)
    path = tmp_path / "parquet" / table / "year=2023" / "part.parquet"
    before = path.read_bytes()
    for damage in (b"broken", before[:-20], before[:100] + bytes(20) + before[120:]):
        path.write_bytes(damage)
        exported(of_year(2024), tmp_path)
        assert path.read_bytes() == before
    assert years_in(tmp_path, "departments") == [(2023, 20), (2024, 2)]
    path.write_bytes(b"broken")
    rows = of_year(2024, 20)
    rows.given["departments"][3]["year"] = 2023  # a slip does not take the place of a year only because its file is damaged
    exported(rows, tmp_path)
    assert asked(tmp_path, "SELECT year, count(*) FROM departments GROUP BY year ORDER BY year") == [(0, 1), (2023, 20), (2024, 19)]


def test_what_a_killed_export_left_behind_is_removed_after_a_day(tmp_path: Path) -> None:
    old, young = tmp_path / ".perfeval-export-old", tmp_path / ".perfeval-export-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    exported(of_year(2024), tmp_path)
    assert not old.exists()
    assert young.exists()
    shutil.rmtree(young)


def test_the_documented_schema_names_every_column() -> None:
    text = schema_markdown()
    for table in TABLES:
        assert f"**`{table.name}`** {table.title}" in text
        for f in table.fields:
            assert f"| `{f.name}` |" in text
    assert all(f"**`{view.name}`**" in text for view in VIEWS)


def test_the_description_in_the_repository_is_that_of_the_export() -> None:
    shown = (Path(__file__).parents[2] / "workbooks" / "SCHEMA.md").read_text(encoding="utf-8")
    assert shown == "# perfeval merge --export：表和列\n\n" + schema_markdown().rstrip() + "\n"
