"""xlwings' own VBA module, from the installed xlwings, made safe for files that strangers send. Pure: text in, text out.

As it comes, it lets the active workbook decide what runs: a sheet `perfeval.conf` in it or a file beside it names the Python
to start, sheets called *.py become code, its folder is searched for modules, its name stands on a command line. All of that is
cut out here; GetConfig and ShowError are written anew in addin/desktop/vba. A module that does not look as expected is refused,
so that a later xlwings cannot bring any of it back unseen.
"""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = "perfeval"

# Procedures that read the active workbook, its folder or its code, or change it; and the two that have a replacement.
_REMOVED = (
    "GetConfig", "ShowError",
    "GetConfigFromSheet", "GetDirectoryConfigFilePath", "GetDirectoryPath", "GetFullName", "GetUdfModules",
    "ImportPythonUDFsBase", "ImportPythonUDFs", "ImportPythonUDFsToAddin", "ImportXlwingsUdfsModule", "RunFrozenPython",
)  # fmt: skip
_REPLACED = ("GetConfig", "ShowError")  # called still, found in modules of our own

# text, what takes its place, how often it must be there
_CHANGES = (
    ('PROJECT_NAME As String = "myaddin"', f'PROJECT_NAME As String = "{PROJECT}"', 1),
    # Neither name serves anything when the workbook's folder is not searched; both would stand unquoted on a command line.
    ("ActiveWorkbook.FullName", '""', 5),
    ("ThisWorkbook.FullName", '""', 4),
    # -P: Python does not search the current folder, which is that of the file just opened.
    ('" -B -c ""import ', '" -P -B -c ""import ', 2),
    # The command processor of the system, whatever lies in the current folder.
    ('"cmd.exe ', 'Environ("ComSpec") & " ', 3),
    ('MsgBox "Could not find Interpreter!", vbCritical', 'ShowError "", "Could not find Interpreter: " & PYTHON_WIN', 1),
)  # fmt: skip

# The search for sheets called *.py in RunPython.
_EMBEDDED = re.compile(r"(?ms)^ +For i = 1 To 2$.*?^ +Next i$\n")

# What may still name the active workbook: as the book a command works on, never as a source of settings.
_ALLOWED = (
    'XLPy.SetAttr XLPy.Module("xlwings._xlwindows"), "BOOK_CALLER", ActiveWorkbook',
    'ParameterString = ParameterString + "|" + ActiveWorkbook.Name',
    '" --wb=" & """" & ActiveWorkbook.Name & """ --from_xl=1" & " --app=" & Chr(34) & _',
)
_OF_A_STRANGER = re.compile(r"(?i)\b(ActiveWorkbook|ActiveSheet|ActiveDocument|ActivePresentation|CurrentProject|ThisDocument|CurDir|Workbooks)\b")
_OTHER_PROGRAMS = ("ThisDocument.FullName", "CurrentProject.FullName", "ActivePresentation.FullName")  # in branches for Word and others


class StandaloneError(Exception):
    """The installed module does not look as expected; the text says how, for the log of whoever builds."""


def installed_module() -> str:
    """Text of the module in the installed xlwings. Raises: StandaloneError."""
    import xlwings  # noqa: PLC0415  # takes a second, and the command line must answer without it

    try:
        return (Path(xlwings.__file__).parent / "xlwings_custom_addin.bas").read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise StandaloneError(f"xlwings {xlwings.__version__}: xlwings_custom_addin.bas cannot be read: {error}") from error


def version_of(module: str) -> str:
    """Version the module belongs to, which is that of the DLL it loads. Raises: StandaloneError."""
    found = re.search(r'XLWINGS_VERSION As String = "([\d.]+)"', module)
    if found is None:
        raise StandaloneError("no XLWINGS_VERSION in the module")
    return found[1]


def made_safe(module: str) -> str:
    """The module without the holes. Raises: StandaloneError when anything is not exactly as expected."""
    for name in _REMOVED:
        module = _without(module, name)
    module, count = _EMBEDDED.subn("", module)
    _expect("search for embedded code", count, 1)
    for old, new, times in _CHANGES:
        _expect(old, module.count(old), times)
        module = module.replace(old, new)
    _check(module)
    return module


def _without(module: str, name: str) -> str:
    """The module without one procedure, whichever of its headings (#If … #Else) holds."""
    lines = module.split("\n")
    heading = re.compile(rf"(?i)^(Public |Private )?(Function|Sub) {name}\b")
    starts = [i for i, line in enumerate(lines) if heading.match(line)]
    if not starts or len(starts) > 2:
        raise StandaloneError(f"{name}: {len(starts)} headings in the module, 1 or 2 expected")
    first = starts[0]
    last = next(i for i in range(starts[-1], len(lines)) if re.match(r"End (Function|Sub)\b", lines[i]))
    if len(starts) == 2:
        first -= 1
        if not lines[first].startswith("#If ") or starts[1] - starts[0] != 2:
            raise StandaloneError(f"{name}: two headings that are not those of #If … #Else")
    return "\n".join(lines[:first] + lines[last + 1 :])


def _check(module: str) -> None:
    """Nothing of the active workbook is left but what is allowed, and nothing that was cut out is still called."""
    for line in module.split("\n"):
        code = line.strip()
        if code.startswith("'") or code in _ALLOWED or any(other in code for other in _OTHER_PROGRAMS):
            continue
        if _OF_A_STRANGER.search(code):
            raise StandaloneError(f"this line of the module reads the active workbook: {code}")
    code = re.sub(r"(?m)^\s*'.*$", "", module)
    for name in _REMOVED:
        if name not in _REPLACED and re.search(rf"\b{name}\b", code):
            raise StandaloneError(f"{name} is cut out and still called")
    for name, times in ((r"\bGetConfig\(", 30), (r"\bShowError\b", 3)):
        if len(re.findall(name, code)) < times:
            raise StandaloneError(f"{name}: fewer calls than expected")


def _expect(what: str, found: int, times: int) -> None:
    if found != times:
        raise StandaloneError(f"{what}: {found} times in the module, {times} expected")
