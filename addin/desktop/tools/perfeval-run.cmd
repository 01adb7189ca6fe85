@echo off
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
set "PERFEVAL_LINE=!cmdcmdline!"
"!PERFEVAL_PYTHON!" -X utf8 -P -m perfeval_xl.cli drop !PERFEVAL_TASK!
set "PERFEVAL_STATUS=!ERRORLEVEL!"
pause
exit !PERFEVAL_STATUS!
:missing
if exist "%~dp0not-installed.txt" type "%~dp0not-installed.txt"
pause
exit 2
