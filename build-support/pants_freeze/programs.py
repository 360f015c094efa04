"""How the programs of ``pants_freeze.sandbox`` are run, by Pants and without it."""

from __future__ import annotations

_SHOWN_LINES = 40

# The exit codes of `pants_freeze.sandbox.errors`: the message says all there is to say.
_EXPLAINED = range(10, 20)

ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    # Columns in tracebacks are shown below lines of source, which a frozen program does not have.
    # They are a quarter of compressed bytecode.
    "PYTHONNODEBUGRANGES": "1",
    # The order of sets decides the order of some tables of PyInstaller.
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYINSTALLER_CONFIG_DIR": ".pyinstaller",
    "SOURCE_DATE_EPOCH": "315532800",
}


def failure_message(exit_code: int, stderr: str) -> str:
    """What to tell of a program that ended with *exit_code*; empty if it succeeded."""
    if exit_code == 0:
        return ""
    _, marker, message = f"\n{stderr}".partition("\nerror: ")
    if exit_code in _EXPLAINED and marker:
        return message.strip()
    lines = stderr.strip().splitlines()[-_SHOWN_LINES:]
    return "\n".join([f"the process ended with exit code {exit_code}:", *lines])
