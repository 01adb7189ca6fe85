@echo off
rem Offline installer for IT. ASCII only. Compares every file with SHA256SUMS before any of them runs.
setlocal DisableDelayedExpansion
chcp 65001 >nul
pushd "%~dp0" || goto damaged
set /a PERFEVAL_FILES=1
for /f "usebackq tokens=1,*" %%H in ("SHA256SUMS") do (
  set /a PERFEVAL_FILES+=1
  "%SystemRoot%\System32\certutil.exe" -hashfile "%%I" SHA256 2>nul | "%SystemRoot%\System32\findstr.exe" /i /x /c:"%%H" >nul || goto damaged
)
rem A file more would be a library that somebody put beside Python.
for /f %%N in ('dir /a-d /b /s ^| "%SystemRoot%\System32\find.exe" /c /v ""') do if not "%%N"=="%PERFEVAL_FILES%" goto damaged
python\python.exe -X utf8 start.py %*
set "PERFEVAL_STATUS=%ERRORLEVEL%"
popd
pause
exit /b %PERFEVAL_STATUS%
:damaged
type "%~dp0damaged.txt"
pause
exit /b 2
