"""Our VBA run for real, by LibreOffice: buttons, dialogs, functions in cells, and whose settings count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from perfeval_xl.excel.commands import COMMANDS
from perfeval_xl.excel.desktop.ribbon import buttons
from tests.support.addin import procedure, run, runnable, sheet_rows, sources
from tests.support.office import needs_office

pytestmark = [pytest.mark.office, needs_office]

FILES = ("GetConfigFilePath", "FileExists", "FileExistsOnWindows", "GetConfigFromFile")
# An error that nobody catches is lost between LibreOffice and this test.
ASKING = """
Function InFront()
    InFront = ActiveWorkbook.Name
End Function

Function Asked(name As String)
    On Error GoTo failed
    Asked = GetConfig(name, "")
    Exit Function
failed:
    Asked = "failed: " & Err.Description
End Function
"""
OWN, STRANGE = r"C:\Users\wang\perfeval\pythonw.exe", r"\\stranger\share\python.exe"


def callbacks(addin: Path) -> dict[str, str]:
    """Name of the procedure by button."""
    from perfeval_xl.excel.desktop.assets import material  # noqa: PLC0415

    assert addin.is_file()
    return {b.name: b.callback for b in buttons((material() / "ribbon" / "customUI14.xml").read_bytes())}


def log(answer: dict[str, Any]) -> list[str]:
    return [text for text, _ in answer["cells"] if text]


LOG = [("log", f"A{row}") for row in range(1, 16)]


def pressed(addin: Path, folder: Path, mode: str = "", only: str = "") -> list[str]:
    """What the stand-ins noted when each button was pressed, in order."""
    book = runnable(addin, folder / "addin.xlsm", {}, mode)
    calls: list[tuple[str, list[Any]]] = [(f"PerfevalRibbon.{name}", [None]) for key, name in callbacks(addin).items() if only in {"", key}]
    answer = run(folder, [book], calls, LOG)
    assert not [r for r in answer["results"] if isinstance(r, dict)], answer["results"]
    return log(answer)


def test_each_button_sends_python_its_own_command(addin: Path, tmp_path: Path) -> None:
    assert pressed(addin, tmp_path) == [
        f"from perfeval_xl.excel.commands import press_button; press_button('{name}')" for name in callbacks(addin)
    ]  # fmt: skip
    assert sorted(callbacks(addin)) == sorted(COMMANDS)


def test_where_python_cannot_start_each_button_says_so_in_chinese(addin: Path, tmp_path: Path) -> None:
    told = pressed(addin, tmp_path, "broken")
    assert len(told) == 11
    for text in told:
        assert text.startswith("绩效自评: 绩效自评插件未能启动计算程序，工作簿没有改动。")
        assert text.endswith("no Python here")


def test_in_protected_view_buttons_that_need_the_workbook_say_what_to_do(addin: Path, tmp_path: Path) -> None:
    assert pressed(addin, tmp_path, "protected", "check") == [f"绩效自评: {dict(r[:2] for r in sheet_rows(addin, 'perfeval.text'))['protected-view']}"]


def test_functions_in_cells_reach_python_with_their_arguments(addin: Path, tmp_path: Path) -> None:
    cells = {"A1": '=PE_SCORE("≥95%","96%",4)', "A2": '=IFERROR(PE_SCORE("≥95%","96%",4),"native")', "A3": "=PE_GRADE(91)"}
    at = [("cells", name) for name in cells]
    reached = run(made(tmp_path / "1"), [runnable(addin, tmp_path / "1" / "a.xlsm", cells)], [], at)["cells"]
    assert reached[0][0] == "PE_SCORE of perfeval_xl.excel.udfs with 5, first ≥95%, for True"
    assert reached[1] == reached[0]
    assert reached[2][0] == "PE_GRADE of perfeval_xl.excel.udfs with 3, first 91, for True"


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


# The hole: a received workbook that names another interpreter


def received(folder: Path) -> Path:
    """A stranger's workbook with a sheet of settings, and a file of settings beside it."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("perfeval.conf")
    for row in (("INTERPRETER_WIN", STRANGE), ("PYTHONPATH", r"\\stranger\share"), ("ADD_WORKBOOK_TO_PYTHONPATH", "True"), ("SHOW CONSOLE", "True")):
        sheet.append(row)
    book.save(path := folder / "received.xlsx")
    (folder / "perfeval.conf").write_text(f'"INTERPRETER_WIN","{STRANGE}"\n"TEMP DIR","{STRANGE}"\n', encoding="ascii")
    return path


def settings(home: Path, text: str) -> dict[str, str]:
    """The user's own file, where VBA looks for it; a backslash is part of a name on this system. Returns: the environment that names it."""
    Path(f"{home}\\.perfeval\\perfeval.conf").write_text(text, encoding="ascii")
    return {"USERPROFILE": str(home)}


def asked(addin: Path, folder: Path, env: dict[str, str], names: list[str]) -> list[Any]:
    """What GetConfig answers while the stranger's workbook is the active one."""
    module = sources(addin)["xlwings"]
    book = runnable(addin, made(folder / "own") / "addin.xlsm", {}, extra="\n".join([ASKING, *(procedure(module, name) for name in FILES)]), active="received.xlsx")
    calls: list[tuple[str, list[Any]]] = [("xlwings.InFront", [])]
    answer = run(folder, [book, received(folder)], [*calls, *(("xlwings.Asked", [name]) for name in names)], env=env)
    assert answer["results"][0] == "received.xlsx"
    results: list[Any] = answer["results"][1:]
    return results


def test_a_received_workbook_names_no_interpreter_and_no_path(addin: Path, tmp_path: Path) -> None:
    env = settings(tmp_path / "home", f'"INTERPRETER_WIN","{OWN}"\n"ADD_WORKBOOK_TO_PYTHONPATH","True"\n')
    names = ["INTERPRETER_WIN", "PYTHONPATH", "ADD_WORKBOOK_TO_PYTHONPATH", "SHOW CONSOLE", "TEMP DIR"]
    assert asked(addin, tmp_path, env, names) == [OWN, "", "False", "", ""]


def test_without_a_file_of_the_user_s_own_nothing_starts(addin: Path, tmp_path: Path) -> None:
    (answer,) = asked(addin, tmp_path, {"USERPROFILE": str(tmp_path / "nobody")}, ["INTERPRETER_WIN"])
    assert answer.startswith("failed: ")


def test_a_program_without_a_folder_is_not_started(addin: Path, tmp_path: Path) -> None:
    """Windows would look for it in the current folder first, which is that of the file just opened."""
    (answer,) = asked(addin, tmp_path, settings(tmp_path / "home", '"INTERPRETER_WIN","python.exe"\n'), ["INTERPRETER_WIN"])
    assert answer.startswith("failed: ")
