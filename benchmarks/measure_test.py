from __future__ import annotations

import sys
from pathlib import Path

import pytest
from build import Failure
from measure import Usage, in_turn, median, run

_MB = 1_000_000


def test_each_figure_has_its_own_median() -> None:
    usages = [Usage(1, 30, 5), Usage(2, 10, 9), Usage(3, 20, 7)]
    assert median(usages) == Usage(2, 20, 7)


def test_memory_of_this_process_is_not_counted(tmp_path: Path) -> None:
    ballast = b"x" * 100 * _MB
    usage = run(["/bin/sleep", "0.1"], {}, tmp_path / "log")
    assert usage.wall >= 0.1
    assert usage.cpu < 0.1
    assert usage.peak < len(ballast) / 2


def test_the_largest_of_a_programs_processes_counts(tmp_path: Path) -> None:
    child = f"x = b'x' * {100 * _MB}"
    parent = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    )
    assert run([sys.executable, "-c", parent], {}, tmp_path / "log").peak > 100 * _MB


def test_a_failing_program_is_named_with_what_it_said(tmp_path: Path) -> None:
    command = ["/bin/sh", "-c", "echo broken >&2; exit 3"]
    with pytest.raises(Failure, match=r"'sh -c .*' ended with 3:\nbroken"):
        run(command, {}, tmp_path / "log")


def test_programs_take_turns(tmp_path: Path) -> None:
    order = tmp_path / "order"
    commands = {name: ["/bin/sh", "-c", f"echo {name} >>{order}"] for name in ("a", "b")}
    usages = in_turn(commands, {}, tmp_path / "log", 2)
    assert order.read_text().split() == ["a", "b"] * 3
    assert set(usages) == {"a", "b"}
