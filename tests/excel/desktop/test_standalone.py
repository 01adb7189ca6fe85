"""xlwings' module without what lets a received workbook decide which program runs; refused where it is not as expected."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from perfeval_xl.excel.desktop.standalone import StandaloneError, installed_module, made_safe, version_of
from tests.support.addin import sheet_rows, sources

CUT = ("GetConfigFromSheet", "GetDirectoryConfigFilePath", "GetDirectoryPath", "GetFullName", "RunFrozenPython", "ImportPythonUDFs", "GetUdfModules")


@pytest.fixture(scope="module")
def original() -> str:
    return installed_module()


def code(module: str) -> str:
    """Without comments."""
    return re.sub(r"(?m)^\s*'.*$", "", module)


def test_the_module_as_it_comes_has_the_holes(original: str) -> None:
    """Where xlwings closes them itself, this whole room can go."""
    assert all(re.search(rf"\b{name}\b", original) for name in CUT)
    assert "ActiveWorkbook.FullName" in original


def test_nothing_that_reads_the_active_workbook_for_settings_or_code_is_left(original: str) -> None:
    safe = code(made_safe(original))
    assert [name for name in CUT if re.search(rf"\b{name}\b", safe)] == []
    assert "ActiveWorkbook.FullName" not in safe
    assert "ActiveWorkbook.Path" not in safe
    assert 'Right$(sht.Name, 3) = ".py"' not in safe


def test_settings_are_read_by_one_procedure_and_that_is_ours(addin: Path) -> None:
    found = {name: re.findall(r"(?im)^(?:Public |Private )?Function GetConfig\b", source) for name, source in sources(addin).items()}
    assert {name for name, heads in found.items() if heads} == {"PerfevalConfig"}


def test_our_own_settings_procedure_never_names_another_workbook(addin: Path) -> None:
    found = sources(addin)
    for name in ("PerfevalConfig", "PerfevalFunctions"):
        assert not re.search(r"(?i)\b(Active\w+|Workbooks|CurDir|Selection)\b", code(found[name])), name


def test_python_is_started_without_the_current_folder_on_its_path(original: str) -> None:
    starts = [line for line in code(made_safe(original)).splitlines() if '-c ""import' in line]
    assert starts
    assert all(" -P -B -c" in line for line in starts)


def test_fixed_settings_keep_the_workbook_s_folder_away_from_python(addin: Path) -> None:
    assert ["ADD_WORKBOOK_TO_PYTHONPATH", "False"] in sheet_rows(addin, "perfeval.conf")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Function ReadFile(", 'Function Later()\n    Later = ActiveWorkbook.Sheets("conf").Range("A1")\nEnd Function\nFunction ReadFile('),
        ("ActiveWorkbook.FullName", "ActiveWorkbook.Name"),
        ("Function GetConfigFromSheet", "Function GetConfigFromTable"),
        ('PROJECT_NAME As String = "myaddin"', 'PROJECT_NAME As String = "another"'),
        ("    For i = 1 To 2", "    For i = 1 To 3"),
        (" -B -c ", " -c "),
    ],
)  # fmt: skip
def test_a_later_module_that_differs_is_refused(original: str, old: str, new: str) -> None:
    assert old in original
    with pytest.raises(StandaloneError):
        made_safe(original.replace(old, new, 1))


def test_a_module_without_a_version_is_refused() -> None:
    with pytest.raises(StandaloneError):
        version_of("Attribute VB_Name")
