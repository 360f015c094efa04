"""Failure classes of the sandbox programs, each with an exit code of its own."""

from __future__ import annotations

import sys
from typing import Callable


class SandboxError(Exception):
    """A failure the author of a BUILD file can act on: one message, no traceback."""

    exit_code = 10


class MissingLibraryError(SandboxError):
    """A native library that the closure needs is neither in it nor on the build machine."""

    exit_code = 11


class LeakError(SandboxError):
    """A file of the freezer's own environment would have entered the runtime layer."""

    exit_code = 12


class InterpreterError(SandboxError):
    """The interpreter cannot be frozen, or the runtime layer was frozen with another one."""

    exit_code = 13


class MissingModuleError(SandboxError):
    """A module that the target names (entry point, script, hidden import) is not in the closure."""

    exit_code = 14


class TrimError(SandboxError):
    """A rule of a trim list covers nothing that the closure has."""

    exit_code = 15


class BudgetError(SandboxError):
    """A program starts slower, or takes more memory, than its target allows."""

    exit_code = 16


class ExerciseError(SandboxError):
    """An exercise of a program fails, or what it opens cannot be recorded here."""

    exit_code = 17


class SpecError(SandboxError):
    """A spec file fails, or asks for what it cannot have."""

    exit_code = 18


def run(main: Callable[[str], None], argv: list[str]) -> None:
    """Run *main* on the plan that *argv* names; a `SandboxError` becomes message and exit code."""
    try:
        main(argv[1])
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
