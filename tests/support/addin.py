"""The add-in under test: built once, read back by olevba; and a copy of it that runs in LibreOffice, with stand-ins for what needs Windows."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from oletools.olevba import VBA_Parser

from perfeval_xl.excel.desktop import build as building
from perfeval_xl.excel.desktop.project import Document, Module, code_module, document_module, vba_project
from tests.support.office import TIMEOUT, UNO_PYTHON, office

ROOT = Path(__file__).parents[2]

# In place of the xlwings module: what Python is told is written into the sheet "log"; a function answers with what it was called with.
STUB = """
Public Const PROJECT_NAME As String = "perfeval"

Public Sub Noted(text As String)
    Dim row As Long
    row = 1
    With ThisWorkbook.Worksheets("log")
        Do While .Cells(row, 1).Value <> ""
            row = row + 1
        Loop
        .Cells(row, 1).Value = text
    End With
End Sub

Public Function RunPython(PythonCommand As String)
    If ThisWorkbook.Worksheets("log").Range("C1").Value = "broken" Then Err.Raise 1000, "stub", "no Python here"
    Noted PythonCommand
End Function

Public Function ReadFile(ByVal FileName As String)
    ReadFile = "content of " & FileName
End Function

Public Function StubCallUDF(moduleName, functionName, args, book, caller)
    If ThisWorkbook.Worksheets("log").Range("C1").Value = "broken" Then Err.Raise 1000, "stub", "no Python here"
    StubCallUDF = functionName & " of " & moduleName & " with " & (UBound(args) + 1) & ", first " & args(0) & ", for " & (book Is ThisWorkbook)
End Function

Function ExpandEnvironmentStrings(ByVal s As String)
    ExpandEnvironmentStrings = s
End Function
"""
# In place of ActiveWorkbook, which for LibreOffice is always the workbook whose macro runs.
ACTIVE = """
Public Function WorkbookInFront() As Object
    Set WorkbookInFront = Workbooks("{name}")
End Function
"""
# What LibreOffice has no word for, and what takes its place.
_FOREIGN = (
    ("control As IRibbonControl", "control"),
    ("If TypeOf Application.Caller Is Range Then On Error", "On Error"),
    (", Application.Caller)", ", Nothing)"),
    ("XLPy.CallUDF", "StubCallUDF"),
)
WINDOWS = """
Public Sub PerfevalShow(message As String, title As String)
    Noted title & ": " & message
End Sub

Public Function PerfevalIsProtectedView() As Boolean
    PerfevalIsProtectedView = ThisWorkbook.Worksheets("log").Range("C1").Value = "protected"
End Function

Public Sub PerfevalDescribe()
End Sub
"""


@functools.cache
def sources(path: Path) -> dict[str, str]:
    """Text of each module of the file, as olevba reads it."""
    parser = VBA_Parser(str(path))
    try:
        return {stream.rpartition("/")[2]: code for _, stream, _, code in parser.extract_all_macros()}
    finally:
        parser.close()


def procedure(source: str, name: str) -> str:
    """One procedure of a module."""
    found = re.search(rf"(?ms)^(?:Public |Private )?(Function|Sub) {name}\b.*?^End \1", source)
    assert found, name
    return found[0]


def as_on_windows(source: str, active: str = "") -> str:
    """The branches that Excel on Windows compiles: LibreOffice knows no #If."""
    lines, kept = [], [True]
    for line in source.splitlines():
        word = line.strip()
        if found := re.fullmatch(r"#If (.+) Then", word):
            assert found[1] in {"Mac", "VBA7", "Win64", 'App = "Microsoft Excel"'}, word
            kept.append(found[1] != "Mac")
        elif word == "#Else":
            kept[-1] = not kept[-1]
        elif word == "#End If":
            kept.pop()
        elif all(kept) and not word.startswith("#Const"):
            lines.append(line)
    text = "\n".join(lines)
    for foreign, known in _FOREIGN:
        text = text.replace(foreign, known)
    return text.replace("ActiveWorkbook", "WorkbookInFront") if active else text


def runnable(addin: Path, path: Path, cells: dict[str, str], mode: str = "", extra: str = "", active: str = "") -> Path:
    """A workbook with macros for LibreOffice: the VBA of the add-in, stand-ins where it needs Windows. cells: formulas of the sheet "cells". active: the open workbook that is to be the one in front."""
    found = sources(addin)
    replaced = {
        "xlwings": STUB + extra + (ACTIVE.format(name=active) if active else ""),
        "PerfevalWindows": WINDOWS,
    }
    modules = [code_module(name, as_on_windows(replaced.get(name, source), active)) for name, source in found.items() if name.startswith("Perfeval") or name == "xlwings"]
    rows: dict[str, Sequence[Sequence[str]]] = {"perfeval.conf": list(building.SETTINGS), "perfeval.text": sheet_rows(addin, "perfeval.text"), "log": [["", "", mode]], "cells": []}
    documents: list[Module] = [document_module("ThisWorkbook", Document.WORKBOOK), *(document_module(f"S{i}", Document.SHEET) for i in range(len(rows)))]
    book = xlsxwriter.Workbook(path)
    for number, (name, lines) in enumerate(rows.items()):
        sheet = book.add_worksheet(name)
        sheet.set_vba_name(f"S{number}")
        for row, line in enumerate(lines):
            for column, text in enumerate(line):
                if text:
                    sheet.write_string(row, column, text)
    for cell, formula in cells.items():
        book.get_worksheet_by_name("cells").write_formula(cell, formula)
    book.add_vba_project(BytesIO(vba_project("perfeval", [*documents, *modules])), is_stream=True)
    book.set_vba_name("ThisWorkbook")
    book.close()
    return path


def sheet_rows(addin: Path, sheet: str) -> list[list[str]]:
    """Texts of a sheet of the add-in, read by openpyxl from a copy that is typed as a workbook with macros: add-ins it refuses."""
    with zipfile.ZipFile(addin) as source, zipfile.ZipFile(copy := BytesIO(), "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"excel.addin.macroEnabled", b"excel.sheet.macroEnabled"))
    book = openpyxl.load_workbook(copy)
    try:
        return [["" if value is None else str(value) for value in row] for row in book[sheet].iter_rows(values_only=True)]
    finally:
        book.close()


def run(
    folder: Path, books: Sequence[Path], calls: Sequence[tuple[str, list[Any]]], cells: Sequence[tuple[str, str]] = (), env: dict[str, str] | None = None
) -> dict[str, Any]:
    """Calls macros of the first book in LibreOffice while the last one is active; see run_vba.py."""
    assert office()
    job = folder / "job.json"
    job.write_text(json.dumps({"profile": str(folder / "profile"), "books": list(map(str, books)), "calls": calls, "cells": cells}), encoding="utf-8")
    script = Path(__file__).parent / "run_vba.py"
    done = subprocess.run([UNO_PYTHON, str(script), str(job)], capture_output=True, text=True, timeout=TIMEOUT, check=False, env={**os.environ, **(env or {})})
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
