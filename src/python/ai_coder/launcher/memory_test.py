"""Tests of the limit on memory, with components that are Python programs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import ai_coder
from ai_coder.common.errors import InputError

if sys.platform != "linux":
    pytest.skip("only Linux can enforce it", allow_module_level=True)

from ai_coder.launcher import memory

SOURCE = Path(ai_coder.__file__).absolute().parents[1]
# Becomes the program given, as the launcher would.
BECOME = """
import os, sys
from ai_coder.launcher import memory
memory.limit(int(sys.argv[1]), "web", "--memory-limit")
os.execv(sys.executable, [sys.executable, "-c", sys.argv[2]])
"""
MB = 1_000_000
ENDLESS = """
import time
taken = []
while True:
    taken.append(b"x" * 10_000_000)
    time.sleep(0.005)
"""
# A child that takes 200 MB and tells its number.
CHILD = """
import os, sys, time
if (child := os.fork()) == 0:
    os.setsid()
    taken = b"x" * 200_000_000
    time.sleep(60)
print(child, flush=True)
"""


def start(code: str, most: int, close: str = "") -> subprocess.Popen[str]:
    """Start *code* with at most *most* bytes; *close* is what a shell closes before."""
    command = [sys.executable, "-c", BECOME, str(most), code]
    return subprocess.Popen(
        ["/bin/sh", "-c", f'exec "$@" {close}', "sh", *command],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def watches() -> set[int]:
    """The processes of `BECOME` that are no component: those that watch."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and BECOME.encode() in (entry / "cmdline").read_bytes():
                found.add(int(entry.name))
        except OSError:
            continue
    return found


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def is_alive(pid: int) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_who_takes_too_much_is_ended_with_a_message() -> None:
    began = time.monotonic()
    with start(ENDLESS, 150 * MB) as process:
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert stderr.startswith("ai-coder-launcher: web was ended: it took ")
    assert "more than the 150 MB of --memory-limit; raise the limit" in stderr
    assert stderr.count("\n") == 1
    taken = int(stderr.split(" took ")[1].split(" MB")[0].replace(",", ""))
    print(f"ended at {taken} MB of 150 MB, after {time.monotonic() - began:.2f} s")
    assert wait_for(lambda: not watches())


def test_who_stays_below_is_left_alone_and_so_is_nothing_else() -> None:
    code = "import os, sys; taken = b'x' * 50_000_000; print(os.getpid()); sys.exit(7)"
    with start(code, 150 * MB) as process:
        stdout, stderr = process.communicate(timeout=30)
    assert (int(stdout), stderr, process.returncode) == (process.pid, "", 7)
    assert wait_for(lambda: not watches())


def test_the_component_has_no_child_that_it_did_not_start() -> None:
    code = (
        "import os\n"
        "try: os.waitpid(-1, 0)\n"
        "except ChildProcessError: print('none', os.listdir('/proc/self/fd'))"
    )
    with start(code, 150 * MB) as process:
        # The last one is that of the listing.
        assert process.communicate(timeout=30) == ("none ['0', '1', '2', '3']\n", "")


def test_children_count_in_a_session_of_their_own_too() -> None:
    with start(CHILD + "time.sleep(60)", 150 * MB) as process:
        stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert "web was ended" in stderr
    assert wait_for(lambda: not is_alive(int(stdout)))


def test_an_orphan_still_counts() -> None:
    # The one in between lives long enough to be seen.
    code = (
        "import os, sys, time\n"
        "if os.fork() == 0:\n"
        "    if os.fork():\n"
        "        time.sleep(1); os._exit(0)\n"
        "    time.sleep(2); taken = b'x' * 200_000_000; time.sleep(60)\n"
        "os.wait(); time.sleep(60)"
    )
    with start(code, 150 * MB) as process:
        _, stderr = process.communicate(timeout=30)
    assert "web was ended" in stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_signals_reach_the_component_and_the_watch_goes_with_it(number: signal.Signals) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
    code = (
        "import signal, time; [signal.signal(each, signal.SIG_DFL) for each in (1, 2, 15)]; "
        "print('up', flush=True); time.sleep(60)"
    )
    with start(code, 150 * MB) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        assert watches()
        process.send_signal(number)
        process.communicate(timeout=30)
    assert process.returncode == -number
    assert wait_for(lambda: not watches())


def test_the_watch_is_out_of_reach_of_the_terminal() -> None:
    code = "import time; print('up', flush=True); time.sleep(60)"
    with start(code, 150 * MB) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        (watch,) = watches()
        assert os.getsid(watch) == watch
        links = {each.name: os.readlink(each) for each in Path(f"/proc/{watch}/fd").iterdir()}
        assert sorted(links) == ["2", "3"]
        assert "pidfd" in links["3"]
        assert os.readlink(f"/proc/{watch}/cwd") == "/"
        process.kill()


@pytest.mark.parametrize("close", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_before_the_start(close: str) -> None:
    began = time.monotonic()
    with start(ENDLESS, 150 * MB, close) as process:
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert stderr.count("\n") == ("2>&-" not in close)
    assert time.monotonic() - began < 20


def test_the_watch_survives_a_component_that_closes_its_streams() -> None:
    closes = "import os\nfor each in range(3): os.close(each)\n"
    with start(closes + ENDLESS, 150 * MB) as process:
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert "web was ended" in stderr


def test_a_full_pipe_stops_nothing() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 65536)
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    code = f"import os; os.dup2({writer}, 2)\n" + BECOME
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(150 * MB), ENDLESS],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        pass_fds=[writer],
    )
    assert process.wait(timeout=30) == -signal.SIGKILL
    for each in (reader, writer):
        os.close(each)


def test_an_older_kernel_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", missing)
    with pytest.raises(InputError, match="--memory-limit: a limit on memory cannot be enforced"):
        memory.limit(MB, "web", "--memory-limit")
