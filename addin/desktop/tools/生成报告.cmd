@echo off
rem Drop workbooks on this file. ASCII only; made by addin/tools.py.
set "PERFEVAL_TASK=report"
rem Without CALL: CALL would read the name a second time and take % and ^ out of it.
if exist "%~dp0run.cmd" "%~dp0run.cmd"
if exist "%USERPROFILE%\.perfeval\run.cmd" "%USERPROFILE%\.perfeval\run.cmd"
echo %~nx0: "%~dp0run.cmd" ?
pause
exit 2
