"""The command-line frame that every component shares."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence

from ai_coder.common.errors import ComponentError, ExitCode
from ai_coder.common.paths import is_frozen
from ai_coder.common.progress import MODES
from ai_coder.common.version import __version__

_EXIT_CODES = "exit codes: " + ", ".join(
    f"{code.value} {code.name.lower().replace('_', ' ')}" for code in ExitCode
)


def parser(program: str, description: str) -> argparse.ArgumentParser:
    """An argument parser with ``--version`` and the exit codes in its help."""
    result = argparse.ArgumentParser(prog=program, description=description, epilog=_EXIT_CODES)
    result.add_argument("--version", action="version", version=f"{program} {__version__}")
    return result


def add_report_options(arguments: argparse.ArgumentParser) -> None:
    """Add ``--format`` and ``--progress``, for components that report."""
    arguments.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print the report"
    )
    arguments.add_argument(
        "--progress",
        choices=MODES,
        default="auto",
        help="how to show progress on standard error: a bar on a terminal, JSON lines, or none",
    )


def run(program: str, body: Callable[[Sequence[str]], int], argv: Sequence[str] | None) -> int:
    """Run *body* on *argv* (default: the process's) and turn its failures into exit codes.

    A `ComponentError` is printed as one line; Ctrl-C ends with 130; a closed pipe on standard
    output ends quietly, as it does for any filter. Anything else is a defect and keeps its
    traceback.
    """
    _make_live()
    try:
        code = body(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        return code
    except ComponentError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The interpreter flushes stdout once more at exit; give it somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK


def _make_live() -> None:
    """Write each line at once, as UTF-8, if ``PYTHONUNBUFFERED`` asks for it.

    The desktop application sets it to show output while it is made; only a frozen interpreter has
    to be told twice, for it ignores the variables of Python.
    """
    if is_frozen() and os.environ.get("PYTHONUNBUFFERED"):
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
