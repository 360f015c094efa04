"""Ends a component that takes more memory than it may.

The kernel has no limit on the memory of a process and all that it starts: `RLIMIT_AS` counts
addresses, of which a program may have a hundred times more than memory, and control groups take
rights that users rarely have. So another process watches. It is no child of the component, holds
none of its streams but standard error, and ends with it.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from contextlib import suppress

from ai_coder.common.cli import flush_streams
from ai_coder.common.errors import InputError
from ai_coder.launcher.main import PROGRAM

# Between two looks; longer where a look takes long, so that the watch has a tenth of a processor.
_SECONDS = 0.025
_SHARE = 0.1
# What a process has for itself, also where that is swapped out. Files that it maps can be dropped.
_COUNTED = ("RssAnon:", "RssShmem:", "VmSwap:")
_WATCHED = 3
_STDERR = 2


def limit(most: int, component: str, where: str) -> None:
    """Have all that this process becomes and starts ended when it has more than *most* bytes.

    *component* and *where*, the place of the limit, are for the message. Raises `InputError` if
    that is not possible on this system.
    """
    pid = os.getpid()
    try:
        if not os.path.exists(f"/proc/{pid}/task/{pid}/children"):
            raise OSError(0, "the kernel does not tell which processes a process has started")
        watched = os.pidfd_open(pid)
        flush_streams()
        first = os.fork()
    except (AttributeError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{where}: a limit on memory cannot be enforced here: {reason}; leave it out"
        ) from None
    if first:
        # Where the children of this process are ignored, there is nothing left to wait for.
        with suppress(ChildProcessError):
            os.waitpid(first, 0)
        os.close(watched)
        return
    # The watch is the child of a child that ends at once: the component must not find a child that
    # it did not start.
    try:
        if os.fork():
            os._exit(0)
        _detach(watched)
        _watch(pid, most, component, where)
    except BaseException as error:  # whatever it is, nobody else would tell
        _tell(f"the memory of {component} is no longer limited: {error!r}")
    finally:
        os._exit(0)


def _detach(watched: int) -> None:
    """Keep nothing of the component but standard error, and be out of reach of its terminal."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    os.chdir("/")
    kept = {_WATCHED} if sys.stderr is None else {_WATCHED, _STDERR}
    if watched != _WATCHED:
        os.dup2(watched, _WATCHED)
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            # That of the listing itself is closed already.
            with suppress(OSError):
                os.close(int(name))


def _watch(pid: int, most: int, component: str, where: str) -> None:
    poll = select.poll()
    poll.register(_WATCHED, select.POLLIN)
    known = {pid}
    pause = _SECONDS
    while not poll.poll(pause * 1000):
        start = time.monotonic()
        used = _look(known)
        if used > most:
            _tell(
                f"{component} was ended: it took {used / 1e6:,.0f} MB of memory, more than the "
                f"{most / 1e6:,.0f} MB of {where}; raise the limit, or give it less to do at once"
            )
            _end(known)
            return
        pause = max(_SECONDS, (time.monotonic() - start) / _SHARE)


def _look(known: set[int]) -> int:
    """The memory in bytes of the processes *known*, and of those they started, which are added.

    One whose parent ended stays known; those that ended themselves are removed.
    """
    total = 0
    waiting = list(known)
    while waiting:
        pid = waiting.pop()
        used = _memory(pid)
        if used is None:
            known.discard(pid)
            continue
        total += used
        started = _children(pid) - known
        known |= started
        waiting += started
    return total


def _memory(pid: int) -> int | None:
    """The memory of the process *pid* in bytes; ``None`` if it has ended."""
    try:
        with open(f"/proc/{pid}/status", "rb", buffering=0) as file:
            status = file.read(1 << 16).decode("ascii", "replace")
    except OSError:
        return None
    total = 0
    for line in status.splitlines():
        if line.startswith(_COUNTED):
            total += int(line.split()[1]) * 1024
        elif line.startswith("State:") and line.split()[1] in "ZX":
            return None
    return total


def _children(pid: int) -> set[int]:
    """The processes that a thread of the process *pid* has started and that still are its own."""
    result: set[int] = set()
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with (
                suppress(OSError),
                open(f"/proc/{pid}/task/{thread}/children", "rb", buffering=0) as file,
            ):
                result.update(map(int, file.read(1 << 20).split()))
    return result


def _end(known: set[int]) -> None:
    # Again while some are left: they may have started others in the meantime.
    for _ in range(100):
        for pid in known:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        _look(known)
        if not known:
            return
        time.sleep(0.01)


def _tell(message: str) -> None:
    """Write *message* to standard error, if someone takes it: a full pipe must stop nothing."""
    with suppress(OSError):
        poll = select.poll()
        poll.register(_STDERR, select.POLLOUT)
        if any(event & select.POLLOUT for _, event in poll.poll(100)):
            os.write(_STDERR, f"{PROGRAM}: {message}\n".encode("utf-8", "backslashreplace"))
