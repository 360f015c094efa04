"""Time and memory of a process with all its children."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psutil

# How often memory is looked at, in seconds: at first often enough to see what lives for a few
# hundredths of a second, later rarely enough to take no more than some hundredths of one CPU.
_INTERVAL = 0.001
_LONGEST_INTERVAL = 0.1
# To find children means to read the table of all processes, so that is done less often.
_LOOKS_FOR_CHILDREN = 10


@dataclass(frozen=True)
class Usage:
    """What a process took: wall time in seconds, and the peak of the resident memory of the
    process and its children together, in bytes."""

    seconds: float
    peak_bytes: int


def _members(pid: int) -> list[psutil.Process]:
    """The process *pid* and its children, as far as they are still there."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _resident(members: Iterable[psutil.Process]) -> int:
    total = 0
    for member in members:
        with contextlib.suppress(psutil.Error):
            total += member.memory_info().rss
    return total


class Memory:
    """Samples the memory of the process *pid* and its children for as long as it is entered.

    A peak between two samples is missed. What the system records of a process that has ended is no
    help: on Linux it is at least the memory of the process that started it.
    """

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        interval = _INTERVAL
        looks = 0
        members: list[psutil.Process] = []
        while not self._ended.wait(interval):
            if looks % _LOOKS_FOR_CHILDREN == 0 or interval == _LONGEST_INTERVAL:
                members = _members(self._pid)
                interval = min(1.5 * interval, _LONGEST_INTERVAL)
            looks += 1
            self.peak_bytes = max(self.peak_bytes, _resident(members))


def kill(pid: int) -> None:
    """End the process *pid* and its children, at once."""
    for member in _members(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()


def run(command: Sequence[str]) -> tuple[int, Usage]:
    """Run *command* to its end: exit status, and usage."""
    begin = time.perf_counter()
    process = subprocess.Popen(command)
    with Memory(process.pid) as memory:
        status = process.wait()
        seconds = time.perf_counter() - begin
    return status, Usage(seconds, memory.peak_bytes)
