"""The programs need nothing of the machine: no Python, no environment, no place of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from frozen.support import Argument, Distribution, Result, run, snapshot

# `own` is not used here: these tests prove that a read-only folder will do.

# What a program may open outside its folder. Python itself must come from that folder.
SYSTEM = (
    "/dev/",
    "/etc/",
    "/gnu/store/",
    "/lib/",
    "/lib32/",
    "/lib64/",
    "/nix/store/",
    "/proc/",
    "/run/",
    "/sys/",
    "/usr/",
    "/var/cache/fontconfig",
)
PYTHON = re.compile(r"/(site|dist)-packages\b|/lib\d*/python\d|/pyenv\b|/\.pyenv\b")

CALL = re.compile(r'(openat|open|execve)\((?:\w+, )?"((?:[^"\\]|\\.)*)".* = (-?\d+)')


def expect_version(result: Result, program: str) -> None:
    assert (result.status, result.stdout, result.stderr) == (0, f"ai-coder-{program} 1.0.0\n", "")


def test_version_and_help(distribution: Distribution, program: str) -> None:
    expect_version(distribution.run(program, "--version"), program)
    usage = distribution.run(program, "--help")
    assert (usage.status, usage.stderr) == (0, "")
    assert usage.stdout.startswith(f"usage: ai-coder-{program}")
    assert "130 interrupted" in usage.stdout


def test_qt_is_loaded_for_a_window_only(distribution: Distribution) -> None:
    """The desktop's spec file leaves out a run-time hook that imports Qt at every start."""
    # The dynamic linker writes what it loads.
    result = distribution.run("core", "--version", env={"LD_DEBUG": "files"})
    assert result.status == 0
    assert "libpython3" in result.stderr
    assert "libQt6Core" not in result.stderr


@pytest.mark.parametrize(
    "way", ["path", "relative path", "name on PATH", "link", "link to a link in its folder"]
)
def test_ways_to_start(distribution: Distribution, tmp_path: Path, program: str, way: str) -> None:
    name = f"ai-coder-{program}"
    first, second = tmp_path / "a link", tmp_path / "second"
    first.symlink_to(distribution.path(program))
    second.symlink_to(first.name)
    folder = distribution.folder
    # A shell looks names up on PATH; its own path is absolute, so it needs none itself.
    result = {
        "path": lambda: run(folder / name, "--version", cwd=tmp_path),
        "relative path": lambda: run(f"./{name}", "--version", cwd=folder),
        "name on PATH": lambda: run(
            "/bin/sh", "-c", f"{name} --version", env={"PATH": str(folder)}, cwd=tmp_path
        ),
        "link": lambda: run(first, "--version", cwd=tmp_path),
        "link to a link in its folder": lambda: run("./second", "--version", cwd=tmp_path),
    }[way]()
    expect_version(result, program)


@pytest.mark.parametrize("through_link", [False, True], ids=["direct", "through a link"])
def test_launcher_runs_each(
    distribution: Distribution, tmp_path: Path, program: str, through_link: bool
) -> None:
    launcher = distribution.path("launcher")
    if through_link:
        launcher = tmp_path / "start"
        launcher.symlink_to(distribution.path("launcher"))
    expect_version(run(launcher, program, "--version", cwd=tmp_path), program)


def test_nothing_is_written(built: Path, distribution: Distribution, tmp_path: Path) -> None:
    """Neither beside the programs nor in the folders where others keep caches and temporaries."""
    home, tree = tmp_path / "home", tmp_path / "tree"
    home.mkdir()
    tree.mkdir()
    (tree / "a.py").write_text("import json\n")
    env = {"HOME": str(home), "TMPDIR": str(home), "XDG_CACHE_HOME": str(home)}
    before = snapshot(tree)
    for program in distribution.programs:
        expect_version(distribution.run(program, "--version", env=env, cwd=tree), program)
    if "launcher" in distribution.programs:
        assert distribution.run("launcher", "list", env=env).status == 0
    scan = distribution.run("scanner", "--path", tree, "--no-lint", env=env)
    assert scan.status == 0
    assert snapshot(tree) == before
    # Other tests have run the programs of this copy before.
    assert snapshot(distribution.folder) == snapshot(built)
    assert list(home.iterdir()) == []


def traced_calls(folder: Path) -> Iterator[tuple[str, str]]:
    """Calls that succeeded, with their paths; each thread has a file of its own in *folder*."""
    for file in folder.iterdir():
        for line in file.read_text().splitlines():
            match = CALL.match(line)
            if match and int(match[3]) >= 0:
                # strace writes what is not ASCII as octal escapes.
                path = match[2].encode().decode("unicode_escape").encode("latin-1")
                yield match[1], os.fsdecode(path)


def strace() -> str:
    """The tracer; skips where there is none, or where it may not trace."""
    program = shutil.which("strace")
    if program is None:
        pytest.skip("strace is not installed")
    probe = subprocess.run([program, "-o", "/dev/null", "/bin/true"], check=False)
    if probe.returncode:
        pytest.skip("strace may not trace here")
    return program


def traced(*command: Argument, work: Path, status: int) -> tuple[set[str], set[str]]:
    """The programs that *command* executes in the folder *work*, and the files it opens, by
    absolute paths; it must end with *status*."""
    with tempfile.TemporaryDirectory() as traces:
        tracing = (strace(), "-qq", "-ff", "-e", "trace=openat,open,execve", "-o", f"{traces}/of")
        env = {"QT_QPA_PLATFORM": "offscreen", "AI_CODER_HOME": str(work)}
        result = run(*tracing, *command, env=env, cwd=work)
        assert result.status == status, result.stderr
        calls = set(traced_calls(Path(traces)))
    executed = {path for name, path in calls if name == "execve"}
    return executed, {path for name, path in calls if name != "execve" and path.startswith("/")}


def expect_own_files(opened: set[str], *folders: Path) -> None:
    """That no file in *opened*, but for those below *folders*, is of Python or not the system's."""
    foreign = {path for path in opened if not path.startswith(tuple(map(str, folders)))}
    assert {path for path in foreign if PYTHON.search(path)} == set()
    assert {path for path in foreign if not path.startswith(SYSTEM)} == set()


@pytest.mark.parametrize(
    ("program", "arguments", "status"),
    [
        ("scanner", ("--no-lint", "--path", "{folder}"), 0),
        # TLS and its certificates are loaded before the connection is refused.
        ("web", ("--allow-private", "--retries", "0", "--url", "https://127.0.0.1:1/"), 5),
        ("core", ("--screenshot", "{folder}/window.png"), 0),
    ],
)
def test_no_file_of_another_python_is_opened(
    distribution: Distribution,
    tmp_path: Path,
    program: str,
    arguments: tuple[str, ...],
    status: int,
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "a.py").write_text("import json\n")
    executed, opened = traced(
        distribution.path("launcher"),
        program,
        *(each.format(folder=work) for each in arguments),
        work=work,
        status=status,
    )
    assert executed == {str(distribution.path("launcher")), str(distribution.path(program))}
    assert any(Path(path).name.startswith("libpython") for path in opened)
    expect_own_files(opened, distribution.folder, work)
