"""Hands over to another program so that nobody can tell the launcher was in between."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Mapping

from ai_coder.common.cli import flush_streams
from ai_coder.common.errors import ComponentError, ComponentNotExecutable, ComponentNotFound


def start(command: list[str], environment: Mapping[str, str]) -> int:
    """Run *command* in place of this process; the result is its exit status.

    On POSIX this does not return: the process becomes the component. Streams, signals, process id
    and exit status are then exactly the component's, and no launcher stays behind in between.
    """
    flush_streams()
    try:
        if os.name == "nt":
            # There os.execve ends the parent at once, so the shell would not wait for the child.
            return run_child(command, environment)
        _restore_signals()
        os.execve(command[0], command, environment)
    except OSError as error:
        raise _explain(command, environment, error) from None


def run_child(command: list[str], environment: Mapping[str, str]) -> int:
    """Run *command* as a child on the same streams and return its exit status."""
    import subprocess

    child = subprocess.Popen(command, env=environment)
    # Ctrl-C reaches both processes of the console; what it means is for the component to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    status = child.wait()
    # Windows reports crashes as unsigned 32 bits; sys.exit takes only signed ones.
    return status - 2**32 if status >= 2**31 else status


def _restore_signals() -> None:
    # Python ignores these, and a process that is replaced keeps ignoring them: "component | head"
    # would then see a write error instead of ending.
    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)


def _explain(command: list[str], environment: Mapping[str, str], error: OSError) -> ComponentError:
    path = command[0]
    if error.errno == errno.E2BIG:
        pairs = (f"{name}={value}" for name, value in environment.items())
        size = sum(len(os.fsencode(each)) + 1 for each in (*command, *pairs))
        return ComponentNotExecutable(
            f"{path} cannot be started: the arguments are too long for this system (with the "
            f"environment {size:,} bytes); give fewer or shorter ones, or name a folder or a file"
        )
    if error.errno == errno.ENOEXEC:
        return ComponentNotExecutable(
            f"{path} is not a program for this system; install the build for {sys.platform}"
        )
    if error.errno == errno.ENOENT:
        return ComponentNotFound(
            f"{path} cannot be started: it, or the interpreter it names, is not there"
        )
    return ComponentNotExecutable(f"{path} cannot be started: {error.strerror}")
