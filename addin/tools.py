"""Writes addin/desktop/tools: one .cmd file for each button, for workbooks to be dragged onto.

Run: python addin/tools.py. The files hold only ASCII and end lines with CR LF: cmd.exe reads them right in every code page. What
was dropped never passes through the text of a command: & ^ % ! in a name would be taken for commands. Python reads the command line
that Explorer made (cmdcmdline) and takes it apart itself; `exit` then keeps cmd.exe from going on behind an & of its own.
"""

from __future__ import annotations

from pathlib import Path

from perfeval_xl.cli.drop import LINE, TASKS

FOLDER = Path(__file__).parent / "desktop" / "tools"
COMMON, MISSING = "perfeval-run.cmd", "not-installed.txt"

BUTTON = r"""@echo off
rem Drop workbooks on this file. ASCII only; made by addin/tools.py.
set "PERFEVAL_TASK={task}"
rem Without CALL: CALL would read the name a second time and take % and ^ out of it.
rem The user's own first: this file may have been copied to where others can put one beside it.
if exist "%USERPROFILE%\.perfeval\{common}" "%USERPROFILE%\.perfeval\{common}"
if exist "%~dp0{common}" "%~dp0{common}"
echo %~nx0: "%~dp0{common}" ?
pause
exit 2
"""

RUN = r"""@echo off
rem The common part of the .cmd files beside it. ASCII only; made by addin/tools.py.
setlocal DisableDelayedExpansion
chcp 65001 >nul
set "PERFEVAL_PYTHON="
set "PERFEVAL_CONF=%USERPROFILE%\.perfeval\perfeval.conf"
if not exist "%PERFEVAL_CONF%" goto missing
for /f "usebackq tokens=1,* delims=," %%K in ("%PERFEVAL_CONF%") do if /i "%%~K"=="INTERPRETER_WIN" set "PERFEVAL_PYTHON=%%~L"
if not defined PERFEVAL_PYTHON goto missing
set "PERFEVAL_PYTHON=%PERFEVAL_PYTHON:pythonw.exe=python.exe%"
if not exist "%PERFEVAL_PYTHON%" goto missing
setlocal EnableDelayedExpansion
set "{line}=!cmdcmdline!"
"!PERFEVAL_PYTHON!" -X utf8 -P -m perfeval_xl.cli drop !PERFEVAL_TASK!
set "PERFEVAL_STATUS=!ERRORLEVEL!"
pause
exit !PERFEVAL_STATUS!
:missing
if exist "%~dp0{missing}" type "%~dp0{missing}"
pause
exit 2
"""

WORDS = """绩效自评没有安装，或没有装好。
请联系信息技术人员：运行离线安装包中的 install.cmd，或运行 perfeval addin install。
"""


def files() -> dict[str, bytes]:
    """Name → content."""
    made = {task.script: _ascii(BUTTON.format(task=name, common=COMMON)) for name, task in TASKS.items()}
    made[COMMON] = _ascii(RUN.format(line=LINE, missing=MISSING))
    made[MISSING] = WORDS.replace("\n", "\r\n").encode()
    return made


def _ascii(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("ascii")


def main() -> None:
    """All files."""
    FOLDER.mkdir(exist_ok=True)
    for name, data in files().items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
