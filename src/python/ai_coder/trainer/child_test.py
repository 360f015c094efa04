from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ai_coder.common.errors import ComponentError, InputError
from ai_coder.trainer.child import call

# What starts a process of its own, tells its number and never ends.
_WAITING = """
import sys
from ai_coder.trainer.child import call
from ai_coder.trainer.child_test import tell_and_wait
if __name__ == "__main__":
    call(tell_and_wait, sys.argv[1])
"""


def parts(first: str, second: int) -> tuple[int, str, int]:
    return os.getpid(), first, second


def refuse(what: str) -> None:
    raise InputError(f"{what} is wrong")


def fail() -> None:
    raise ZeroDivisionError("nothing to divide by")


def vanish() -> None:
    os._exit(7)


def tell_and_wait(path: str) -> None:
    part = Path(f"{path}.part")
    part.write_text(str(os.getpid()))
    part.rename(path)
    time.sleep(60)


def test_the_result_comes_from_another_process() -> None:
    process, first, second = call(parts, "a", 1)
    assert process != os.getpid()
    assert (first, second) == ("a", 1)


def test_failures_come_back() -> None:
    with pytest.raises(InputError, match=r"^it is wrong$"):
        call(refuse, "it")
    with pytest.raises(ZeroDivisionError) as caught:
        call(fail)
    # A defect keeps its traceback.
    assert "in fail" in caught.value.__notes__[0]


def test_a_process_that_vanishes_is_told() -> None:
    with pytest.raises(ComponentError, match=r"was ended \(7\) while it read the data"):
        call(vanish)


def is_running(process: int) -> bool:
    try:
        # A process that nobody has waited for is still listed.
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    script = tmp_path / "waiting.py"
    script.write_text(_WAITING)
    told = tmp_path / "told"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, str(script), str(told)], env=environment) as parent:
        until = time.monotonic() + 30
        while not told.exists() and time.monotonic() < until:
            time.sleep(0.01)
        child = int(told.read_text())
        assert is_running(child)
        parent.kill()
    while is_running(child) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_running(child)
