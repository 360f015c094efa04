from __future__ import annotations

import os
import pstats
import subprocess
import sys
from pathlib import Path

import pytest

import ai_coder
from ai_coder.common import components, performance
from ai_coder.common.errors import InputError
from ai_coder.common.paths import HOME_VARIABLE
from ai_coder.launcher import limits
from ai_coder.launcher.command import command

SOURCE = Path(ai_coder.__file__).absolute().parents[1]
STARTS = """
import os, sys
def execve(path, command, environment):
    print(*sorted({"argparse", "difflib", "tomllib", "select", "cProfile"} & sys.modules.keys()))
    raise SystemExit(0)
os.execve = execve
from ai_coder.launcher.main import main
main(["launcher"])
"""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The environment of the component that `command` would have become."""
    result: dict[str, str] = {}

    def start(_: list[str], environment: dict[str, str]) -> int:
        result.update(environment)
        return 0

    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.setattr("ai_coder.launcher.command.start", start)
    monkeypatch.setattr(components, "defect", lambda _: None)
    return result


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "shared" / "config" / "performance.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def shipped() -> str:
    # A test sandbox has the layout of the repository and runs in its root.
    roots = (Path.cwd(), SOURCE.parents[1])
    paths = (each / "src/distribution/shared/config/performance.toml" for each in roots)
    return next(each for each in paths if each.is_file()).read_text()


ALL = """
[performance]
memory_limit = "1GB"
cpu_limit = 2
cache_size = "100MB"
thread_pool_size = "8"
optimization_level = "O1"
enable_profiling = true
"""


def test_all_of_a_file(tmp_path: Path) -> None:
    values = limits.of_file(tmp_path, ALL.encode())
    assert {key: each.value for key, each in values.items()} == {
        "memory_limit": 1_000_000_000,
        "cpu_limit": 2,
        "cache_size": 100_000_000,
        "thread_pool_size": 8,
        "optimization_level": "O1",
        "enable_profiling": True,
    }


def test_the_file_that_is_shipped_limits_nothing_and_explains_each_key(
    tmp_path: Path, started: dict[str, str]
) -> None:
    text = shipped()
    write(tmp_path, text)
    assert command(["web"]) == 0
    assert not {performance.THREADS, performance.CACHE_SIZE, performance.PROFILE} & started.keys()
    # With the "#" of its settings removed it is a file with all keys.
    lines = (line[2:] if line[2:3] == "[" or " = " in line else line for line in text.splitlines())
    values = limits.of_file(tmp_path, "\n".join(lines).encode())
    assert list(values) == [each.key for each in sorted_as(text)]
    assert len(values) == len(limits.SETTINGS)


def sorted_as(text: str) -> list[limits.Setting]:
    return sorted(limits.SETTINGS, key=lambda each: text.index(f"# {each.key} ="))


def test_the_environment_of_a_component(tmp_path: Path, started: dict[str, str]) -> None:
    write(tmp_path, '[performance]\nthread_pool_size = 8\ncache_size = "1MB"\n')
    assert command(["--thread-pool-size", "3", "--enable-profiling", "web", "--cpu-limit"]) == 0
    threads = (performance.THREADS, *performance.LIBRARY_THREADS)
    assert {started[each] for each in threads} == {"3"}
    assert started[performance.CACHE_SIZE] == "1000000"
    assert started[performance.PROFILE] == str(tmp_path / "shared" / "data" / "profiles")
    assert performance.OPTIMIZATION not in started


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("memory_limit", "is not TOML"),
        ('memory_limit = "1GB"', "'memory_limit' is not known there"),
        ("[perfromance]\n", r"below \[performance\]"),
        ("performance = 1\n", "is no table"),
        ('[performance]\nmemory_limt = "1GB"', "did you mean 'memory_limit'"),
        ("[performance]\nx = 1", "there are memory_limit, cpu_limit"),
        ('[performance]\nmemory_limit = "1GiB"', 'memory_limit = "1GiB" is wrong.*write.*"1GB"'),
        ("[performance]\nmemory_limit = 0", "memory_limit = 0 is wrong"),
        ("[performance]\nmemory_limit = 1.5", "memory_limit = 1.5 is of the wrong type"),
        ("[performance]\nmemory_limit = true", "memory_limit = true is of the wrong type"),
        ("[performance]\ncpu_limit = -1", "cpu_limit = -1 is wrong.*1 to 1024; write"),
        ('[performance]\ncpu_limit = "two"', 'cpu_limit = "two" is wrong'),
        (f'[performance]\ncpu_limit = "{"9" * 5000}"', "is wrong"),
        ("[performance]\ncpu_limit = [1]", "is of the wrong type"),
        ("[performance]\nthread_pool_size = 0", "thread_pool_size = 0 is wrong"),
        ('[performance]\nenable_profiling = "yes"', "neither true nor false"),
        ("[performance]\noptimization_level = 2", "optimization_level = 2 is wrong.*O0, O1, O2"),
        ('[performance]\ncache_size = "-1MB"', "cache_size"),
        ("a = " + "[" * 5000, "is not TOML"),
    ],
)
def test_a_wrong_file_is_one_clear_error(
    text: str, words: str, tmp_path: Path, started: dict[str, str]
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError, match=words) as error:
        command(["web"])
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
    # It has no say in what starts nothing.
    assert command(["list"]) == 0


def test_a_launcher_without_what_reads_the_file_says_so(
    tmp_path: Path, started: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, ALL)
    monkeypatch.setitem(sys.modules, "tomllib", None)
    with pytest.raises(InputError, match="frozen without tomllib; remove the file, and give"):
        command(["web"])
    write(tmp_path, "# nothing\n")
    assert command(["web"]) == 0


def test_profiling_that_is_switched_off(tmp_path: Path, started: dict[str, str]) -> None:
    write(tmp_path, "[performance]\nenable_profiling = false\n")
    assert command(["web"]) == 0
    assert performance.PROFILE not in started


@pytest.mark.parametrize(
    "argv",
    [
        ["--memory-limit", "0", "web"],
        ["--memory-limit=1XB", "web"],
        ["--memory-limit"],
        ["--memory-limit", "1GB"],
        ["--cpu-limit", "0", "web"],
        ["--cpu", "1", "web"],
        ["--optimization-level", "O3", "web"],
        ["--cpu-limit", "1", "list"],
        ["--cpu-limit", "1", "verify"],
    ],
)
def test_wrong_options(
    argv: list[str], started: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        command(argv)
    assert end.value.code == 2
    assert "usage: ai-coder-launcher" in capsys.readouterr().err
    assert not started


@pytest.mark.parametrize("option", ["--memory-limit", "--cpu-limit"])
def test_what_this_system_cannot_enforce_is_an_error(
    option: str, started: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(InputError, match=f"{option}: only Linux"):
        command([option, "1", "web"])


@pytest.mark.skipif(sys.platform != "linux", reason="no affinity elsewhere")
def test_a_component_sees_as_many_processors_as_it_may_use(tmp_path: Path) -> None:
    code = (
        "import os, sys; from ai_coder.launcher import limits\n"
        "limits.apply({'cpu_limit': limits.Value(int(sys.argv[1]), '')}, 'web', {})\n"
        "os.execv(sys.executable, [sys.executable, '-c', "
        "'import os; print(len(os.sched_getaffinity(0)))'])"
    )

    def processors(count: int) -> int:
        output = subprocess.run(
            [sys.executable, "-c", code, str(count)],
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            capture_output=True,
            check=True,
        ).stdout
        return int(output)

    assert processors(1) == 1
    assert processors(1024) == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(("text", "imported"), [("# nothing\n\n", ""), (ALL, "tomllib")])
def test_who_limits_nothing_does_not_wait_for_imports(
    text: str, imported: str, tmp_path: Path
) -> None:
    write(tmp_path, text)
    done = subprocess.run(
        [sys.executable, "-S", "-c", STARTS],
        env={"PYTHONPATH": str(SOURCE), HOME_VARIABLE: str(tmp_path)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert imported in done.stdout
    # Not even then a profiler: the launcher is not what is profiled.
    assert "cProfile" not in done.stdout
    assert imported or done.stdout == "\n"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("return 3", 3),
        ("raise InputError('wrong')", 3),
        ("raise KeyboardInterrupt", 130),
        ("sys.exit(2)", 2),
        ("1 / 0", 1),
    ],
)
def test_a_profile_is_written_at_every_end(body: str, code: int, tmp_path: Path) -> None:
    program = (
        "import sys; from ai_coder.common.cli import run\n"
        "from ai_coder.common.errors import InputError\n"
        f"def body(argv): {body}\n"
        "sys.exit(run('ai-coder-test', body, []))"
    )
    folder = tmp_path / "profiles"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(SOURCE), performance.PROFILE: str(folder)},
        capture_output=True,
        check=False,
        text=True,
    )
    (file,) = folder.iterdir()
    assert (done.returncode, done.stdout) == (code, "")
    assert f"ai-coder-test: the profile is in {file}\n" in done.stderr
    assert any("body" in function for _, _, function in pstats.Stats(str(file)).stats)  # type: ignore[attr-defined]


def test_a_profile_that_cannot_be_written_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    program = "import sys; from ai_coder.common.cli import run; sys.exit(run('x', lambda _: 0, []))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(SOURCE), performance.PROFILE: str(tmp_path / "file")},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0
    assert done.stderr.startswith("x: cannot write the profile")
