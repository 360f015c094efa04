from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from pants_freeze.sandbox import usage

MB = 1_000_000

# It starts a child, both keep memory that they have written to, and only then does it end.
FAMILY = f"""
import subprocess, sys, time
child = "block = b'x' * {80 * MB}; print(flush=True); input()"
with subprocess.Popen(
    [sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE
) as process:
    block = b"x" * {60 * MB}
    process.stdout.readline()
    time.sleep(0.5)
    process.communicate(b"end")
"""

# A process that measures another one.
FRESH = """
import sys
from pants_freeze.sandbox import usage
exec(sys.argv[1])
status, used = usage.run([sys.executable, "-c", sys.argv[2]])
print(status, used.peak_bytes)
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def fresh(code: str, before: str = "") -> tuple[int, int]:
    """Exit status and peak of a Python program; the process that measures runs *before* first."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [*python(FRESH), before, code],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    status, peak = result.stdout.split()
    return int(status), int(peak)


def test_a_program_and_its_children_are_summed() -> None:
    """Neither of the two alone has as much, so it is not what the system records of one."""
    status, peak = fresh(FAMILY)
    assert status == 0
    assert 140 * MB < peak < 240 * MB


def test_children_of_children_are_summed() -> None:
    run_family = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {FAMILY!r}])"
    status, peak = fresh(run_family)
    assert status == 0
    assert 140 * MB < peak < 260 * MB


def test_a_small_program_takes_little() -> None:
    status, peak = fresh("import time; time.sleep(0.5)")
    assert status == 0
    assert 2 * MB < peak < 60 * MB


def test_what_the_process_that_measures_takes_does_not_count() -> None:
    """The system records of a process at least what the process had that started it."""
    status, peak = fresh("", before=f"block = b'x' * {150 * MB}")
    assert status == 0
    assert peak < 60 * MB


def test_what_ran_before_does_not_count() -> None:
    large = f"block = b'x' * {150 * MB}"
    status, peak = fresh("", before=f"usage.run([sys.executable, '-c', {large!r}])")
    assert status == 0
    assert peak < 60 * MB


def test_a_peak_of_some_hundredths_of_a_second_is_seen() -> None:
    status, peak = fresh(f"block = b'x' * {80 * MB}; import time; time.sleep(0.05)")
    assert status == 0
    assert 80 * MB < peak < 140 * MB


@pytest.mark.parametrize("status", [0, 1, 16, 255])
def test_the_exit_status_is_that_of_the_program(status: int) -> None:
    assert usage.run(python(f"raise SystemExit({status})"))[0] == status


def test_a_program_that_a_signal_ends() -> None:
    # On a loaded machine what ends within some milliseconds is not seen at all.
    late = "import os, signal, time; time.sleep(0.5); os.kill(os.getpid(), signal.SIGKILL)"
    status, used = usage.run(python(late))
    assert status == -signal.SIGKILL
    assert used.peak_bytes > 0


def test_time_is_that_of_the_wall() -> None:
    begin = time.monotonic()
    _, used = usage.run(python("import time; time.sleep(0.5)"))
    assert 0.5 <= used.seconds <= time.monotonic() - begin


def test_a_program_that_has_ended_before_the_first_look() -> None:
    with subprocess.Popen(python("")) as process:
        process.wait()
    with usage.Memory(process.pid) as memory:
        time.sleep(0.05)
    assert memory.peak_bytes >= 0


def test_looks_become_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes time from what is measured, most of all one for children: it reads the table of
    all processes."""
    looks, looks_for_children = itertools.count(), itertools.count()
    monkeypatch.setattr(usage, "_resident", lambda _: next(looks))
    monkeypatch.setattr(usage, "_members", lambda _: [next(looks_for_children)])
    with usage.Memory(os.getpid()):
        time.sleep(1)
    assert 5 <= next(looks) <= 200
    assert 2 <= next(looks_for_children) <= 20


def test_a_program_is_ended_with_its_children() -> None:
    child = "import time; print(flush=True); time.sleep(60)"
    parent = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\nprint(child.pid, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen(python(parent), stdout=subprocess.PIPE) as process:
        assert process.stdout
        grandchild = psutil.Process(int(process.stdout.readline()))
        usage.kill(process.pid)
        assert process.wait(timeout=10) == -signal.SIGKILL
    _, running = psutil.wait_procs([grandchild], timeout=10)
    assert [each for each in running if each.status() != psutil.STATUS_ZOMBIE] == []


def test_what_has_ended_need_not_be_ended() -> None:
    with subprocess.Popen(python("")) as process:
        process.wait()
    usage.kill(process.pid)
