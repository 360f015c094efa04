"""Starts a frozen program once: with an empty environment, in a HOME of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from pants_freeze.sandbox import usage

# The folder that programs run in, and their HOME; who starts one makes it.
HOME = Path("home")
_TIMEOUT = 60.0
_SHOWN_LINES = 5


class Problem(Exception):
    """Why a start is no good; "it" is the program."""


def run_once(
    program: str, start: dict[str, Any], with_memory: bool = False
) -> tuple[float, int, str]:
    """Seconds, peak bytes (0 unless asked for) and output of one start; raises `Problem`.

    *start* is ``{"arguments": [...], "marker": TEXT, "environment": {...}}``; it lasts until the
    output has the marker, or until the end if that is empty.
    """
    marker = start["marker"].encode()
    begin = time.perf_counter()
    try:
        process = subprocess.Popen(
            [os.path.abspath(program), *start["arguments"]],
            env={"HOME": str(HOME.resolve()), **start["environment"]},
            cwd=HOME,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A group of its own, so that what it leaves behind can be ended with it.
            start_new_session=True,
        )
    except OSError as error:
        raise Problem(f"it cannot be run here: {error.strerror}") from None
    output = bytearray()
    ready = threading.Event()
    late = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        with process.stdout as stream:
            for chunk in iter(lambda: os.read(stream.fileno(), 65536), b""):
                output.extend(chunk)
                if marker and marker in output:
                    ready.set()
        ready.set()

    def give_up() -> None:
        late.set()
        _end(process)

    reader = threading.Thread(target=read, daemon=True)
    timer = threading.Timer(_TIMEOUT, give_up)
    memory = usage.Memory(process.pid)
    with memory if with_memory else contextlib.nullcontext():
        reader.start()
        timer.start()
        # Neither has a timeout, which would make them look now and then instead of at once.
        if marker:
            ready.wait()
        else:
            process.wait()
        seconds = time.perf_counter() - begin
    timer.cancel()
    _end(process)
    status = process.wait()
    reader.join()
    text = output.decode("utf-8", "replace")
    if late.is_set():
        what = "was not ready" if marker else "did not end"
        raise Problem(f"it {what} within {_TIMEOUT:.0f} seconds")
    if marker and marker not in output:
        raise Problem(f"it ended without printing {start['marker']!r}{_tail(text)}")
    if not marker and status:
        raise Problem(f"it ended with status {status}{_tail(text)}")
    return seconds, memory.peak_bytes if with_memory else 0, text


def _end(process: subprocess.Popen[bytes]) -> None:
    """End *process* and all that it has started, also what has outlived it."""
    usage.kill(process.pid)
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _tail(output: str) -> str:
    # Tracebacks name files, and where the sandbox is says nothing of the program.
    lines = output.replace(os.getcwd() + os.sep, "").strip().splitlines()[-_SHOWN_LINES:]
    return "".join(f"\n  {line}" for line in lines)
