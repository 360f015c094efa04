"""A function in a process of its own, whose memory is given back when it returns."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from ai_coder.common.errors import ComponentError

_Result = TypeVar("_Result")


def call(function: Callable[..., _Result], *arguments: Any) -> _Result:
    """What *function* returns for *arguments*, or raises; all of them must be picklable.

    Raises `ComponentError` if the process ends before that, say for lack of memory.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(sender, function, arguments), daemon=True)
    try:
        with _without_interrupts():
            process.start()
        sender.close()
        succeeded, result = receiver.recv()
        process.join()
    except EOFError:
        process.join()
        raise ComponentError(
            f"a process of the trainer was ended ({process.exitcode}) while it read the data; "
            "there may be too little memory"
        ) from None
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
    if not succeeded:
        raise result
    returned: _Result = result
    return returned


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Let a process that is started meanwhile ignore Ctrl-C, which this one handles for both."""
    if os.name == "nt":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(sender: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        outcome = (True, function(*arguments))
    except Exception as error:
        if not isinstance(error, ComponentError):
            error.add_note(f"in a process of its own:\n{traceback.format_exc()}")
        outcome = (False, error)
    sender.send(outcome)


def _end_with_parent() -> None:
    """End when the process that waits for the result is killed: nobody clears up after this one."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
