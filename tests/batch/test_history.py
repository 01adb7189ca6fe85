"""History: an export read back is last year's table, fit to be compared with this year's."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from perfeval_xl.batch.consolidation import FORMS, Consolidation
from perfeval_xl.batch.discover import discover
from perfeval_xl.batch.export import export
from perfeval_xl.batch.history import HistoryError, is_export, submissions, years
from perfeval_xl.batch.outcome import details_of, head_of
from perfeval_xl.batch.work import Job, one
from perfeval_xl.compare.previous import compare_with_previous
from perfeval_xl.core.model import Submission
from perfeval_xl.workbook.assess import assess_tables
from perfeval_xl.workbook.read import read_workbook
from tests.batch.test_export import Rows, exported, of_year

SAMPLES = sorted((Path(__file__).parents[2] / "workbooks" / "samples").glob("*.xlsx"))
_NAMES = ("level1", "level2", "name", "direction", "target", "actual", "unit", "completion_rate", "weight", "score", "reported_score", "difference", "status", "rule", "reason", "sheet", "cell")


def read(path: Path) -> Rows:
    """One workbook as a run of one file."""
    done = one(Job(0, discover([path]).sources[0], None))
    head = head_of(done.outcome.head, 0, path.name, 0.0)
    departments, indicators = [], []
    for table, (rows, *_) in zip(head.tables, details_of(done.outcome.details), strict=True):
        r = table.result
        common = {"department": r.department, "project": r.project, "year": r.year or 2023, "file": path.name}
        departments.append({**common, "sheet": r.sheet, "form": FORMS.get(r.form, r.form), "total": r.total})
        indicators += [{**dict(zip(_NAMES, row, strict=True)), **common} for row in rows]
    return Rows(departments=departments, indicators=indicators)


def original(path: Path) -> list[Submission]:
    return [a.evaluation.submission for a in assess_tables(read_workbook(path), None)]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_a_table_comes_back_as_it_was_read(path: Path, tmp_path: Path) -> None:
    exported(read(path), tmp_path)
    found, want = submissions(tmp_path), original(path)
    assert [(s.department, s.project, s.form, s.sheet, s.year) for s in found] == [(s.department.strip(), s.project.strip(), s.form, s.sheet, s.year or 2023) for s in want]
    for mine, theirs in zip(found, want, strict=True):
        rows = {(r.level1, r.level2, r.name.strip(), r.target.strip(), r.weight) for r in mine.indicators if not r.is_execution}
        assert rows >= {(r.level1, r.level2, r.name.strip(), r.target.strip(), r.weight) for r in theirs.indicators if not r.is_execution and r.weight is not None}
        assert [f.kind.kind for f in compare_with_previous(mine, theirs)] == ["wrong-year"] * (theirs.year is not None)


def test_last_years_values_are_held_against_this_years(tmp_path: Path) -> None:
    exported(of_year(2023, 1, "95人"), tmp_path)
    before = submissions(tmp_path, 2024)[0]
    assert (before.department, before.year, before.form, before.file) == ("单位0", 2023, "project", "单位0.xlsx")
    first = before.indicators[0]
    assert (first.name, first.target, first.actual, first.weight, first.score, first.place.row, first.place.cell("score")) == ("培训人数", "≥100人", "95人", Decimal(10), None, 5, "H5")
    now = Submission("今年.xlsx", "自评表", "", "单位0", 2024, [first._replace(actual="950000人")])
    assert [f.kind.kind for f in compare_with_previous(before, now)] == ["jump-from-last-year"]


def test_the_latest_year_before_the_one_given_is_taken(tmp_path: Path) -> None:
    for year in (2021, 2023, None):
        exported(of_year(year), tmp_path)
    assert years(tmp_path) == [0, 2021, 2023]
    assert {s.year for s in submissions(tmp_path)} == {2023}
    assert {s.year for s in submissions(tmp_path, 2023)} == {2021}
    assert submissions(tmp_path, 2021) == []


def test_only_the_departments_asked_for(tmp_path: Path) -> None:
    exported(of_year(2023, 5), tmp_path)
    assert [s.department for s in submissions(tmp_path, departments=["单位3", "没有"])] == ["单位3"]


def test_rows_of_another_sheet_belong_to_the_table_before_them(tmp_path: Path) -> None:
    common = {"department": "甲", "year": 2023, "file": "甲.xlsx"}
    rows = Rows(
        departments=[{**common, "sheet": "自评表"}, {**common, "sheet": "二"}],
        indicators=[{**common, "sheet": s, "name": n} for s, n in (("自评表", "a"), ("管理效率", "b"), ("二", "c"), ("管理效率", "d"))],
    )
    export(cast("Consolidation", rows), tmp_path, {})
    assert [(s.sheet, [r.name for r in s.indicators]) for s in submissions(tmp_path)] == [("自评表", ["a", "b"]), ("二", ["c", "d"])]


def test_a_folder_that_is_no_export_is_told(tmp_path: Path) -> None:
    assert not is_export(tmp_path)
    with pytest.raises(HistoryError, match="没有汇总时导出的数据"):
        submissions(tmp_path)
    exported(of_year(2023), tmp_path)
    assert is_export(tmp_path)
    (tmp_path / "parquet" / "indicators" / "year=2023" / "part.parquet").write_bytes(b"broken")
    with pytest.raises(HistoryError, match="2023 年度的数据无法读取"):
        submissions(tmp_path)
