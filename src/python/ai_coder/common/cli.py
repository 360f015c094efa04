"""The command-line frame that every component shares."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence

from ai_coder.common.errors import ComponentError, ExitCode, InputError
from ai_coder.common.performance import PROFILE
from ai_coder.common.version import __version__


def version_line(program: str) -> str:
    """What *program* answers to ``--version``."""
    return f"{program} {__version__}"


def run(program: str, body: Callable[[Sequence[str]], int], argv: Sequence[str] | None) -> int:
    """Run *body* on *argv* (default: the process's) and turn its failures into exit codes.

    ``--version`` is answered here, before *body* imports what it needs. A `ComponentError` is
    printed as one line; Ctrl-C ends with 130; a closed pipe on standard output ends quietly, as it
    does for any filter. Anything else is a defect and keeps its traceback. Where the variable
    `PROFILE` is set, its folder gets a profile.
    """
    _make_live()
    code: int = ExitCode.OK
    try:
        arguments = sys.argv[1:] if argv is None else argv
        if list(arguments) == ["--version"]:
            print(version_line(program))
        else:
            code = _body(program, body, arguments)
        flush_streams()
        return code
    except ComponentError as error:
        tell(program, str(error))
        return error.exit_code
    except KeyboardInterrupt:
        tell(program, "interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The interpreter flushes stdout once more at exit; give it somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK


def write_out(text: str) -> None:
    """Write *text* to standard output; raises `InputError` if that was closed before the start."""
    if sys.stdout is None:
        raise InputError("there is no standard output to write to; do not close it")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that is not UTF-8 shows an escape for what it lacks; it is no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.stdout.write(text)


def tell(program: str, message: str) -> None:
    """Write *message* of *program* to standard error, if that was not closed before the start."""
    # To print where nothing is prints to standard output.
    if sys.stderr is not None:
        print(f"{program}: {message}", file=sys.stderr)


def flush_streams() -> None:
    """Write out what is kept back; a stream that was closed before the start is not there."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _body(program: str, body: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    folder = os.environ.get(PROFILE)
    # The launcher only becomes another program, which is the one to profile.
    if not folder or program == "ai-coder-launcher":
        return body(arguments)
    # Only who asks for it pays for the import.
    from ai_coder.common.profiling import profiled

    return profiled(program, body, arguments, folder)


def _make_live() -> None:
    """Write each line at once, as UTF-8, if ``PYTHONUNBUFFERED`` asks for it.

    The desktop application sets it to show output while it is made; only a frozen interpreter has
    to be told twice, for it ignores the variables of Python.
    """
    if getattr(sys, "frozen", False) and os.environ.get("PYTHONUNBUFFERED"):
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
