@echo off
rem Drop workbooks on this file. ASCII only; made by addin/tools.py.
set "PERFEVAL_TASK=doctor"
rem Without CALL: CALL would read the name a second time and take % and ^ out of it.
rem The user's own first: this file may have been copied to where others can put one beside it.
if exist "%USERPROFILE%\.perfeval\perfeval-run.cmd" "%USERPROFILE%\.perfeval\perfeval-run.cmd"
if exist "%~dp0perfeval-run.cmd" "%~dp0perfeval-run.cmd"
echo %~nx0: "%~dp0perfeval-run.cmd" ?
pause
exit 2
