"""What a run of a program takes: time, processor time and memory. For Linux."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from build import Failure, tail

_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER
_LONGEST_SECONDS = 600
# Starts a program in the background as soon as there is a line to read, and tells its number.
_START = 'exec 3<&0; (read -r line <&3 && exec "$@" 3<&-) >/dev/null & echo $!'


@dataclass(frozen=True)
class Usage:
    """What one run took: *wall* and *cpu* seconds, *peak* bytes resident of its largest process.

    *read* are bytes that came from a disk, as they were not in memory.
    """

    wall: float
    cpu: float
    peak: float
    read: float


def median(usages: Sequence[Usage]) -> Usage:
    """The median of each figure."""
    return Usage(
        statistics.median(usage.wall for usage in usages),
        statistics.median(usage.cpu for usage in usages),
        statistics.median(usage.peak for usage in usages),
        statistics.median(usage.read for usage in usages),
    )


def run(command: Sequence[str | Path], environment: Mapping[str, str], log: Path) -> Usage:
    """Run *command* in just this *environment*, with what it reports as errors in *log*.

    A process counts the memory of the one that started it as its own, until it has grown beyond
    that. So a shell starts the program, which is smaller than any of them, and leaves it to us.
    """
    with (
        log.open("wb") as errors,
        _adopting(),
        subprocess.Popen(
            ["/bin/sh", "-c", _START, "sh", *command],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        ) as shell,
    ):
        assert shell.stdin is not None and shell.stdout is not None
        limit = threading.Timer(_LONGEST_SECONDS, _kill, (shell.pid,))
        limit.start()
        try:
            process = int(shell.stdout.read())
            shell.wait()
            begin = time.monotonic()
            shell.stdin.write(b"\n")
            shell.stdin.flush()
            _, status, usage = os.wait4(process, 0)
            wall = time.monotonic() - begin
        except BaseException:
            _kill(shell.pid)
            raise
        finally:
            limit.cancel()
    code = os.waitstatus_to_exitcode(status)
    if code:
        name = " ".join(str(word) for word in [Path(command[0]).name, *command[1:]])
        raise Failure(f"'{name}' ended with {code}:\n{tail(log)}")
    cpu = usage.ru_utime + usage.ru_stime
    return Usage(wall, cpu, 1024 * usage.ru_maxrss, 512 * usage.ru_inblock)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


@contextlib.contextmanager
def _adopting() -> Iterator[None]:
    """Become the parent of a process whose own parent has ended."""
    system = ctypes.CDLL(None)
    system.prctl(_ADOPT_ORPHANS, 1, 0, 0, 0)
    try:
        yield
    finally:
        system.prctl(_ADOPT_ORPHANS, 0, 0, 0, 0)


def fewer(rounds: int) -> int:
    """How often to do what takes long, where other things are done *rounds* times."""
    return max(1, rounds // 2)


def in_turn(
    commands: Mapping[str, Sequence[str | Path]],
    environment: Mapping[str, str],
    log: Path,
    rounds: int,
    prepare: Callable[[str], None] = lambda _: None,
) -> dict[str, Usage]:
    """The median usage of each of *commands*, by name; they take turns, *rounds* times.

    A turn before those is not counted: it reads the files from the disk. *prepare* is called before
    each run, with the name.
    """
    usages: dict[str, list[Usage]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            prepare(name)
            usage = run(command, environment, log)
            if turn:
                usages[name].append(usage)
    return {name: median(each) for name, each in usages.items()}


def separate(work: Path) -> dict[str, str]:
    """An environment for programs that keeps caches, settings and what they unpack in *work*."""
    home, temporary = work / "home", work / "tmp"
    for folder in (home, temporary):
        folder.mkdir(exist_ok=True)
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "QT_QPA_PLATFORM": "offscreen",
    }


def forget(paths: Iterable[Path]) -> None:
    """Have the system drop from memory what it holds of the files that *paths* are or contain."""
    for path in paths:
        for file in [path] if path.is_file() else path.rglob("*"):
            if file.is_symlink() or not file.is_file():
                continue
            descriptor = os.open(file, os.O_RDONLY)
            try:
                # What is not on the disk yet would stay.
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
