@echo off
rem Build all programs: build_windows.bat [options of build_all.py]
rem Pants does not run on Windows: write a plan on Linux or macOS (./pants freeze-plan ::), and put it
rem into dist\freeze-plan, or name it by --plan. FREEZE_PYTHON names the Python, by default 3.11.
setlocal
cd /d "%~dp0"
if defined FREEZE_PYTHON goto named
py -3.11 -c "" >nul 2>nul
if not errorlevel 1 goto launcher
python -c "import sys; sys.exit(sys.version_info < (3, 9))" >nul 2>nul
if not errorlevel 1 goto path
echo error: there is no Python 3.11; install it, or name a Python by FREEZE_PYTHON>&2
exit /b 13
:named
"%FREEZE_PYTHON%" build_all.py %*
exit /b %errorlevel%
:launcher
py -3.11 build_all.py %*
exit /b %errorlevel%
:path
python build_all.py %*
exit /b %errorlevel%
