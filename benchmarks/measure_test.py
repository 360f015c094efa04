from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from build import Failure
from measure import Usage, fewer, forget, in_turn, median, run

_MB = 1_000_000


def test_each_figure_has_its_own_median() -> None:
    usages = [Usage(1, 30, 5, 0), Usage(2, 10, 9, 4), Usage(3, 20, 7, 2)]
    assert median(usages) == Usage(2, 20, 7, 2)


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


def test_a_program_is_prepared_before_each_run(tmp_path: Path) -> None:
    order = tmp_path / "order"

    def prepare(name: str) -> None:
        with order.open("a") as file:
            file.write(f"for-{name}\n")

    commands = {name: ["/bin/sh", "-c", f"echo {name} >>{order}"] for name in ("a", "b")}
    in_turn(commands, {}, tmp_path / "log", 1, prepare)
    assert order.read_text().split() == ["for-a", "a", "for-b", "b"] * 2


def test_what_takes_long_is_done_half_as_often_but_once() -> None:
    assert [fewer(rounds) for rounds in (1, 2, 7)] == [1, 1, 3]


def test_what_is_forgotten_is_read_from_the_disk_again(tmp_path: Path) -> None:
    if os.major(tmp_path.stat().st_dev) == 0:
        pytest.skip("files here are not on a disk")
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "link").symlink_to("/missing")
    files = [folder / "deep" / "file", tmp_path / "single"]
    for file in files:
        file.write_bytes(b"x" * _MB)
    command: list[str | Path] = ["/bin/cat", *files]
    run(command, {}, tmp_path / "log")
    assert run(command, {}, tmp_path / "log").read < _MB
    forget([folder, files[1], tmp_path / "missing"])
    assert run(command, {}, tmp_path / "log").read >= 2 * _MB
