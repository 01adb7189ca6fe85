"""A rule set written and read back is the same rule set: as TOML, as rows, as a workbook, and after an office has saved it."""

from __future__ import annotations

import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.rulesets.loader import available, from_text, load
from perfeval_xl.rulesets.sheet_finding import Sheet
from perfeval_xl.rulesets.sheet_reading import read
from perfeval_xl.rulesets.sheet_rows import Value, fill, join, split
from perfeval_xl.rulesets.sheets import TABLES, Column, Kind, Shape, headings
from perfeval_xl.rulesets.store import to_toml
from perfeval_xl.rulesets.validate import check
from perfeval_xl.workbook.ruleset_book import read_ruleset_book, write_ruleset_book
from tests.support.books import cell_of
from tests.support.generated import TEXT, rulesets

SHIPPED = [p.stem for p in available()]
QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large])


def _cell(column: Column, value: Value) -> str:
    if isinstance(value, Decimal | int):
        return plain(Decimal(value) * 100) + "%" if column.kind is Kind.RATE else plain(Decimal(value))
    return "" if value is None else str(value)


def _sheets(ruleset: Ruleset) -> list[Sheet]:
    """The workbook's texts without a workbook."""
    rows = fill(ruleset, "origin")
    sheets: dict[str, list[list[str]]] = {}
    for table in TABLES:
        lines = sheets.setdefault(table.sheet, [])
        lines += [[table.title], list(headings(table))]
        for column, line in zip(table.columns, rows[table.key], strict=False) if table.shape is Shape.PAIRS else ():
            lines.append([column.heading, _cell(column, line[0]), column.help])
        if table.shape is not Shape.PAIRS:
            lines += [[_cell(c, v) for c, v in zip(table.columns, line, strict=True)] for line in rows[table.key]]
        lines.append([])
    return [Sheet(name, lines, {}) for name, lines in sheets.items()]


@given(rulesets())
@settings(QUIET, max_examples=60)
def test_any_rule_set_survives_toml_and_rows(ruleset: Ruleset) -> None:
    assert from_text(to_toml(ruleset), "a.toml") == ruleset
    back = read("a.xlsx", _sheets(ruleset))
    assert [str(f) for f in back.faults] == []
    assert back.ruleset == ruleset
    assert back.origin == "origin"


@given(rulesets())
@settings(QUIET, max_examples=25)
def test_any_rule_set_survives_the_workbook(tmp_path: Path, ruleset: Ruleset) -> None:
    write_ruleset_book(ruleset, tmp_path / "a.xlsx")
    back = read_ruleset_book(tmp_path / "a.xlsx")
    assert [str(f) for f in back.faults] == []
    assert back.ruleset == ruleset


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_rule_set_survives_the_workbook(name: str, tmp_path: Path) -> None:
    write_ruleset_book(load(name), tmp_path / "a.xlsx")
    back = read_ruleset_book(tmp_path / "a.xlsx")
    assert (back.ruleset, [str(f) for f in back.faults], back.origin) == (load(name), [], name)


@given(st.lists(TEXT, max_size=6))
def test_words_joined_are_split_into_the_same_words(words: list[str]) -> None:
    assert split(join(words)) == words


@pytest.mark.office
def test_rule_sets_survive_an_office_that_opens_and_saves_them(tmp_path: Path) -> None:
    """All shipped ones and five generated ones, in one run of LibreOffice."""
    office = shutil.which("soffice")
    if office is None and not os.environ.get("CI"):
        pytest.skip("needs LibreOffice Calc; where CI is set, its absence is a failure")
    assert office, "LibreOffice Calc is needed: apt-get install libreoffice-calc"
    expected = {name: load(name) for name in SHIPPED}

    @given(rulesets())
    @settings(QUIET, max_examples=5, database=None, derandomize=True)
    def collect(ruleset: Ruleset) -> None:
        expected[f"generated-{len(expected)}"] = ruleset

    collect()
    for name, ruleset in expected.items():
        write_ruleset_book(ruleset, tmp_path / f"{name}.xlsx")
    book = load_workbook(tmp_path / "hunan-department-2018.xlsx")
    step = cell_of(book["评分规则"], "每档百分点", "budget-completion")
    book["评分规则"][step] = "=SUM(2,3)"  # the value it had; an office stores the result beside the formula
    book.save(tmp_path / "hunan-department-2018.xlsx")
    assert [f.location.cell for f in read_ruleset_book(tmp_path / "hunan-department-2018.xlsx").faults] == [step]
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    files = [str(tmp_path / f"{name}.xlsx") for name in expected]
    subprocess.run([office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "saved"), *files], check=True, capture_output=True, timeout=300)
    for name, ruleset in expected.items():
        back = read_ruleset_book(tmp_path / "saved" / f"{name}.xlsx")
        assert [str(f) for f in back.faults] == [], name
        assert back.ruleset == ruleset, name


def test_the_same_rule_set_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_ruleset_book(load("hunan-department-2018"), tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@given(rulesets())
@settings(QUIET, max_examples=20)
def test_what_is_generated_holds(ruleset: Ruleset) -> None:
    """The other properties would say nothing about rule sets that are refused."""
    from perfeval_xl.rulesets.store import to_data  # noqa: PLC0415

    assert check(to_data(ruleset)) == (ruleset, [])
