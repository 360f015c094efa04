from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest

from pants_freeze.sandbox import errors, execute, start

MB = 1_000_000
FOREVER = "import time; time.sleep(600)"
READY = "print('first', flush=True); print('it is ready', flush=True)"


def a_start(*arguments: str, marker: str = "", **environment: str) -> dict[str, Any]:
    return {"arguments": list(arguments), "marker": marker, "environment": environment}


VERSION = a_start("--version")
SERVE = a_start("--serve", marker="is ready")


def program(path: Path, code: str) -> str:
    """An executable that runs *code*; a shebang cannot name every interpreter."""
    script = path.with_suffix(".py")
    script.write_text(code, encoding="utf-8")
    command = shlex.join([sys.executable, "-S", str(script)])
    path.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def measured(
    path: str,
    *starts: dict[str, Any],
    startup_budget: float = 0.0,
    memory_budget: int = 0,
    traced: str = "",
) -> dict[str, Any]:
    """What is written of *starts*; raises `errors.BudgetError` if a budget is not kept."""
    plan = start.Plan(path, traced, list(starts), startup_budget, memory_budget)
    Path("plan.json").write_text(json.dumps(asdict(plan)))
    start.main("plan.json")
    return written()


def written() -> dict[str, Any]:
    content = json.loads(start.OUTPUT.read_bytes())
    assert isinstance(content, dict)
    return content


def one(path: str, one_start: dict[str, Any], **budgets: Any) -> dict[str, Any]:
    """The same of a single start."""
    (only,) = measured(path, one_start, **budgets)["starts"]
    assert isinstance(only, dict)
    return only


def alive(pids: Iterable[int]) -> list[int]:
    """Those of *pids* that still run, a moment later."""
    found = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    _, running = psutil.wait_procs(found, timeout=2)
    return [process.pid for process in running if process.status() != psutil.STATUS_ZOMBIE]


@contextlib.contextmanager
def no_process_left(file: Path) -> Iterator[None]:
    """Processes whose numbers are in *file* afterwards must have ended."""
    try:
        yield
        running = alive(map(int, file.read_text().split()))
        assert running == []
    finally:
        for pid in alive(map(int, file.read_text().split())) if file.exists() else []:
            os.kill(pid, signal.SIGKILL)


def noting(file: Path) -> str:
    """Code that adds the number of its process to *file*."""
    return f"import os\nwith open({str(file)!r}, 'a') as file: print(os.getpid(), file=file)\n"


# --- Starts that end -----------------------------------------------------------------------------


def test_times_are_those_of_five_starts(folder: Path) -> None:
    pids = folder / "pids"
    path = program(folder / "app", noting(pids) + "import time; time.sleep(0.2)")
    found = one(path, VERSION)
    assert found["what"] == "--version"
    assert found["problem"] == ""
    assert found["runs"] == start.RUNS == 5
    assert 0.2 <= found["fastest_seconds"] <= found["seconds"] < 30
    assert 2 * MB < found["peak_bytes"] < 100 * MB
    # One to fill caches, five for the time, two for the memory.
    assert len(pids.read_text().split()) == 8


def test_the_median_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    given = given_times(monkeypatch, [9.0, 9.0, 0.5, 0.1, 0.4, 0.2])
    found = one("app", VERSION)
    assert (found["seconds"], found["fastest_seconds"], found["runs"]) == (0.4, 0.1, 5)
    assert given == []


def test_the_machine_is_told(folder: Path) -> None:
    content = measured(program(folder / "app", ""), VERSION)
    assert set(content) == {"machine", "starts", "imports"}
    assert content["machine"]["cpus"] == os.cpu_count()
    assert content["machine"]["system"] in ("Linux", "Darwin", "Windows")
    assert content["machine"]["machine"]
    assert content["imports"] == []


def test_memory_is_that_of_the_program_with_its_children(folder: Path) -> None:
    child = f"block = b'x' * {80 * MB}; import time; time.sleep(0.5)"
    path = program(
        folder / "app",
        f"import subprocess, sys\nblock = b'x' * {60 * MB}\n"
        f"subprocess.run([sys.executable, '-c', {child!r}])",
    )
    assert 140 * MB < one(path, VERSION)["peak_bytes"] < 260 * MB


def test_memory_of_a_start_is_not_that_of_another(folder: Path) -> None:
    """Nor of the first one, which fills caches."""
    path = program(
        folder / "app", f"import sys\nif '--large' in sys.argv: block = b'x' * {150 * MB}"
    )
    plan = start.Plan(path, "", [a_start("--large"), VERSION], 0.0, 0)
    Path("plan.json").write_text(json.dumps(asdict(plan)))
    subprocess.run(
        [sys.executable, "-m", "pants_freeze.sandbox.start", "plan.json"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=120,
        check=True,
    )
    large, small = written()["starts"]
    assert large["peak_bytes"] > 150 * MB
    assert 2 * MB < small["peak_bytes"] < 100 * MB


def test_starts_keep_their_order(folder: Path) -> None:
    path = program(folder / "app", "print('it is ready')")
    starts = measured(path, VERSION, SERVE, a_start())["starts"]
    assert [each["what"] for each in starts] == ["--version", "--serve", "no arguments"]
    assert [each["problem"] for each in starts] == ["", "", ""]


def test_the_environment_has_home_and_what_is_given_only(folder: Path) -> None:
    env = shutil.which("env")
    assert env
    (folder / "app").symlink_to(env)
    Path("home").mkdir()
    _, _, output = execute.run_once("app", a_start(QT_QPA_PLATFORM="offscreen", EMPTY=""))
    assert sorted(output.splitlines()) == [
        "EMPTY=",
        f"HOME={(folder / 'home').resolve()}",
        "QT_QPA_PLATFORM=offscreen",
    ]


def test_it_runs_in_a_folder_of_its_own(folder: Path) -> None:
    path = program(
        folder / "app",
        "import os\nassert os.getcwd() == os.path.realpath(os.environ['HOME'])\n"
        "print(os.listdir('.'), os.getcwd())\nopen('left', 'w').close()\n",
    )
    Path("home").mkdir()
    _, _, output = execute.run_once(path, VERSION)
    assert output == f"[] {(folder / 'home').resolve()}\n"
    assert not (folder / "left").exists()


def test_a_relative_program_is_found(folder: Path) -> None:
    program(folder / "app", "")
    assert one("app", VERSION)["problem"] == ""


def test_it_has_no_input(folder: Path) -> None:
    path = program(folder / "app", "import sys; print(repr(sys.stdin.read()))")
    Path("home").mkdir()
    assert execute.run_once(path, VERSION)[2] == "''\n"


# --- Starts until the program is ready -----------------------------------------------------------


def test_a_program_that_would_run_for_ever_is_ended_when_it_is_ready(folder: Path) -> None:
    pids = folder / "pids"
    path = program(folder / "app", f"{noting(pids)}\n{READY}\n{FOREVER}")
    with no_process_left(pids):
        found = one(path, SERVE)
        assert found["problem"] == ""
        assert 0 < found["fastest_seconds"] <= found["seconds"] < 10
        assert found["peak_bytes"] > 2 * MB
        assert len(pids.read_text().split()) == 8


def test_its_children_are_ended_too(folder: Path) -> None:
    pids = folder / "pids"
    child = f"{noting(pids)}\nprint('child', flush=True)\n{FOREVER}"
    path = program(
        folder / "app",
        f"import subprocess, sys\n{noting(pids)}\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE)\n"
        f"child.stdout.readline()\n{READY}\n{FOREVER}",
    )
    with no_process_left(pids):
        assert one(path, SERVE)["problem"] == ""
        assert len(pids.read_text().split()) == 16


def test_a_marker_in_pieces_is_seen(folder: Path) -> None:
    path = program(
        folder / "app",
        "import sys, time\nfor each in ('it is', ' rea', 'dy'):\n"
        "    print(each, end='', file=sys.stderr, flush=True)\n    time.sleep(0.05)\n" + FOREVER,
    )
    found = one(path, SERVE)
    assert found["problem"] == ""
    assert found["fastest_seconds"] >= 0.1


def test_until_the_marker_and_no_longer(folder: Path) -> None:
    path = program(folder / "app", f"{READY}\nimport time; time.sleep(1)")
    assert one(path, SERVE)["fastest_seconds"] < 1


# --- Starts that cannot be measured --------------------------------------------------------------

LINES = "for number in range(9): print('line', number)\n"
END = "".join(f"\n  line {number}" for number in range(4, 9))


@pytest.mark.parametrize(
    ("code", "a_start", "problem"),
    [
        (f"{LINES}raise SystemExit(3)", VERSION, f"it ended with status 3{END}"),
        ("raise SystemExit(3)", VERSION, "it ended with status 3"),
        (
            f"{LINES}import os, signal, sys\nsys.stdout.flush()\nos.kill(os.getpid(), 9)",
            VERSION,
            f"it ended with status -9{END}",
        ),
        (LINES, SERVE, f"it ended without printing 'is ready'{END}"),
        ("", SERVE, "it ended without printing 'is ready'"),
        (f"{LINES}raise SystemExit(3)", SERVE, f"it ended without printing 'is ready'{END}"),
        (
            "import sys; sys.stdout.buffer.write(b'no \\xff text'); raise SystemExit(3)",
            VERSION,
            "it ended with status 3\n  no \ufffd text",
        ),
    ],
)
def test_a_start_that_cannot_be_measured(
    folder: Path, code: str, a_start: dict[str, Any], problem: str
) -> None:
    assert one(program(folder / "app", code), a_start) == {
        "what": " ".join(a_start["arguments"]),
        "seconds": 0.0,
        "fastest_seconds": 0.0,
        "peak_bytes": 0,
        "runs": 0,
        "problem": problem,
    }


def test_the_end_of_an_error_is_told(folder: Path) -> None:
    path = program(folder / "app", "raise RuntimeError('on purpose')")
    problem = one(path, VERSION)["problem"]
    assert problem.startswith("it ended with status 1\n  Traceback (most recent call last):\n")
    assert problem.endswith("\n  RuntimeError: on purpose")


@pytest.mark.parametrize("a_start", [VERSION, SERVE])
def test_a_program_that_is_not_ready_in_time(
    folder: Path, a_start: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "_TIMEOUT", 1.0)
    pids = folder / "pids"
    path = program(folder / "app", f"{noting(pids)}\n{FOREVER}")
    with no_process_left(pids):
        what = "was not ready" if a_start["marker"] else "did not end"
        assert one(path, a_start)["problem"] == f"it {what} within 1 seconds"


def test_a_child_that_keeps_the_output_open_does_not_keep_us(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "_TIMEOUT", 1.0)
    pids = folder / "pids"
    child = f"{noting(pids)}\nimport time; time.sleep(15)"
    path = program(
        folder / "app",
        f"import subprocess, sys\n{noting(pids)}\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}]).wait()\n",
    )
    begin = time.monotonic()
    with no_process_left(pids):
        assert one(path, VERSION)["problem"] == "it did not end within 1 seconds"
        assert time.monotonic() - begin < 10


def test_a_child_that_outlives_the_program_does_not_keep_us(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "_TIMEOUT", 1.0)
    pids = folder / "pids"
    child = f"{noting(pids)}\nimport time; time.sleep(15)"
    path = program(
        folder / "app",
        f"import os, subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', {child!r}])"
        f"\nwhile not os.path.exists({str(pids)!r}): pass\n",
    )
    begin = time.monotonic()
    with no_process_left(pids):
        one(path, VERSION)
        assert time.monotonic() - begin < 10


def test_a_problem_does_not_tell_where_the_sandbox_is(folder: Path) -> None:
    path = program(folder / "app", "import os, sys; sys.exit(os.path.dirname(os.getcwd()) + '/a')")
    assert one(path, VERSION)["problem"] == "it ended with status 1\n  a"


def test_a_program_that_is_none(folder: Path) -> None:
    (folder / "app").write_text("no program")
    (folder / "app").chmod(0o755)
    assert one("app", VERSION)["problem"].startswith("it cannot be run here: ")


def test_one_start_that_cannot_be_measured_does_not_hide_the_other(folder: Path) -> None:
    path = program(folder / "app", "import sys; raise SystemExit('--version' in sys.argv)")
    first, second = measured(path, VERSION, a_start("--serve"))["starts"]
    assert first["problem"] == "it ended with status 1"
    assert second["problem"] == ""


# --- Budgets -------------------------------------------------------------------------------------


def given_times(monkeypatch: pytest.MonkeyPatch, times: Iterable[float]) -> list[float]:
    """Replaces the function that starts a program once; what is left of *times* afterwards."""
    left = list(times)

    def run_once(
        program: str, start: dict[str, Any], with_memory: bool = False
    ) -> tuple[float, int, str]:
        return (0.0, 50 * MB, "") if with_memory else (left.pop(0), 0, "")

    monkeypatch.setattr(start, "run_once", run_once)
    return left


@pytest.mark.parametrize(
    ("times", "runs", "seconds"),
    [
        ([0.1] * 5, 5, 0.1),
        ([0.2] * 5, 5, 0.2),  # exactly the budget
        ([0.9, 0.9, 0.1, 0.1, 0.1], 5, 0.1),
        ([0.9, 0.9, 0.9, 0.1, 0.1, 0.1], 6, 0.1),
        ([0.1, 0.9, 0.9, 0.15, 0.9, 0.9, 0.2], 7, 0.2),
        ([*[0.9] * 17, 0.1, 0.12, 0.11], 20, 0.12),
    ],
)
def test_three_starts_within_the_budget_are_enough(
    monkeypatch: pytest.MonkeyPatch, times: list[float], runs: int, seconds: float
) -> None:
    """Other processes only ever make a start slower, so the slow ones prove nothing."""
    left = given_times(monkeypatch, [9.0, *times, *[0.9] * 30])
    found = one("app", VERSION, startup_budget=0.2)
    assert (found["runs"], found["seconds"]) == (runs, seconds)
    assert len(left) == 30


@pytest.mark.parametrize("fast", [0, 1, 2])
def test_fewer_of_twenty_are_not_enough(monkeypatch: pytest.MonkeyPatch, fast: int) -> None:
    left = given_times(monkeypatch, [0.1, *[0.1] * fast, *[0.9] * 30])
    with pytest.raises(errors.BudgetError) as caught:
        one("app", VERSION, startup_budget=0.2)
    assert str(caught.value).startswith(
        "startup_budget: with `--version` it starts in 900 ms (third best of 20 starts), "
        "200 ms are allowed"
    )
    assert len(left) == 30 + fast - 20
    assert written()["starts"][0]["runs"] == 20


def test_the_first_start_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    given_times(monkeypatch, [0.1, 0.1, 0.1, *[0.9] * 30])
    with pytest.raises(errors.BudgetError):
        one("app", VERSION, startup_budget=0.2)


def test_without_a_budget_slow_starts_are_no_reason_for_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_times(monkeypatch, [9.0] * 30)
    assert one("app", VERSION, memory_budget=100 * MB)["runs"] == 5


def test_budgets_are_for_the_last_start(monkeypatch: pytest.MonkeyPatch) -> None:
    given_times(monkeypatch, [*[9.0] * 6, *[0.1] * 6])
    first, last = measured("app", VERSION, SERVE, startup_budget=0.2)["starts"]
    assert (first["runs"], first["seconds"]) == (5, 9.0)
    assert (last["runs"], last["seconds"]) == (5, 0.1)


@pytest.mark.parametrize("peaks", [[70 * MB, 30 * MB], [30 * MB, 70 * MB]])
def test_the_larger_of_two_starts_counts(monkeypatch: pytest.MonkeyPatch, peaks: list[int]) -> None:
    """Memory is sampled, which can only miss something."""
    left = [*peaks, 90 * MB]

    def run_once(
        program: str, start: dict[str, Any], with_memory: bool = False
    ) -> tuple[float, int, str]:
        return 0.1, left.pop(0) if with_memory else 0, ""

    monkeypatch.setattr(start, "run_once", run_once)
    assert one("app", VERSION, memory_budget=80 * MB)["peak_bytes"] == 70 * MB
    assert left == [90 * MB]


def test_budgets_that_are_kept(folder: Path) -> None:
    path = program(folder / "app", "")
    found = one(path, VERSION, startup_budget=30.0, memory_budget=200 * MB)
    assert (found["problem"], found["runs"]) == ("", 5)


def test_a_slow_program_exceeds_its_budget(folder: Path) -> None:
    path = program(folder / "app", "import time; time.sleep(0.2)")
    with pytest.raises(errors.BudgetError) as caught:
        one(path, VERSION, startup_budget=0.1)
    match = re.fullmatch(
        r"startup_budget: with `--version` it starts in (\d+) ms \(third best of 20 starts\), "
        "100 ms are allowed; see .*",
        str(caught.value),
    )
    assert match and int(match[1]) >= 200, str(caught.value)
    assert written()["starts"][0]["seconds"] >= 0.2


def test_a_large_program_exceeds_its_budget(folder: Path) -> None:
    path = program(folder / "app", f"block = b'x' * {80 * MB}\n{READY}\n{FOREVER}")
    with pytest.raises(errors.BudgetError) as caught:
        one(path, SERVE, startup_budget=30.0, memory_budget=60 * MB)
    match = re.fullmatch(
        r"memory_budget: with `--serve` it takes (\d+\.\d) MB, 60\.0 MB are allowed",
        str(caught.value),
    )
    assert match and float(match[1]) > 80, str(caught.value)


def test_both_budgets_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    given_times(monkeypatch, [0.9] * 30)
    with pytest.raises(errors.BudgetError) as caught:
        one("app", VERSION, startup_budget=0.2, memory_budget=40 * MB)
    first, second = str(caught.value).splitlines()
    assert first.startswith("startup_budget: ")
    assert second == "memory_budget: with `--version` it takes 50.0 MB, 40.0 MB are allowed"


@pytest.mark.parametrize("budget", [{"startup_budget": 9.0}, {"memory_budget": 900 * MB}])
def test_a_budget_of_what_cannot_be_measured(folder: Path, budget: dict[str, float]) -> None:
    path = program(folder / "app", f"{LINES}raise SystemExit(3)")
    with pytest.raises(errors.BudgetError) as caught:
        one(path, VERSION, **budget)
    assert str(caught.value) == (
        f"the start with `--version` cannot be measured: it ended with status 3{END}"
    )


def test_an_exceeded_budget_as_the_build_sees_it(folder: Path) -> None:
    path = program(folder / "app", f"block = b'x' * {80 * MB}")
    plan = start.Plan(path, "", [VERSION], 0.0, 60 * MB)
    Path("plan.json").write_text(json.dumps(asdict(plan)))
    result = subprocess.run(
        [sys.executable, "-m", "pants_freeze.sandbox.start", "plan.json"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == errors.BudgetError.exit_code
    assert result.stderr.startswith("error: memory_budget: with `--version` it takes ")
    assert "Traceback" not in result.stderr


# --- Imports -------------------------------------------------------------------------------------


def trace_of(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-S", "-X", "importtime", "-c", code],
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    )
    return result.stderr


def flat(tree: Iterable[dict[str, Any]], parent: str = "") -> Iterator[tuple[str, str, int]]:
    """(importer, import, microseconds) of all imports, those of an import before itself."""
    for each in tree:
        yield from flat(each["imports"], each["name"])
        yield parent, each["name"], each["microseconds"]


def lines_of(trace: str) -> list[tuple[str, str, int, int]]:
    """(importer, import, own, cumulative microseconds) of each line of a trace, read backwards:
    there the importer is the last line before that is indented less."""
    found = []
    above: list[tuple[int, str]] = []
    for line in reversed(trace.splitlines()):
        own, cumulative, name = line.partition(":")[2].split("|")
        if not own.strip().isdigit():
            continue
        depth = len(name) - len(name.lstrip())
        above = [each for each in above if each[0] < depth]
        found.append((above[-1][1] if above else "", name.strip(), int(own), int(cumulative)))
        above.append((depth, name.strip()))
    return found[::-1]


def test_the_tree_of_a_real_trace() -> None:
    trace = trace_of("import json")
    tree = start.import_tree(trace)
    expected = lines_of(trace)
    assert list(flat(tree)) == [(importer, name, own) for importer, name, own, _ in expected]
    (json_,) = [each for each in tree if each["name"] == "json"]
    (decoder,) = [each for each in json_["imports"] if each["name"] == "json.decoder"]
    assert "json.scanner" in [each["name"] for each in decoder["imports"]]
    # Each number is rounded to a microsecond.
    inside = list(flat([json_]))
    (cumulative,) = [total for _, name, _, total in expected if name == "json"]
    assert abs(sum(own for _, _, own in inside) - cumulative) <= len(inside)


def test_other_output_between_is_ignored() -> None:
    trace = trace_of("import json")
    noise = ["a line", "", "import time: none", "import time: 1 | 2", "12 | 34 | json"]
    mixed = []
    for number, line in enumerate(trace.splitlines()):
        mixed += [line, noise[number % len(noise)]]
    assert start.import_tree("\n".join(mixed)) == start.import_tree(trace)


TRACE = """\
import time: self [us] | cumulative | imported package
import time:        12 |         12 |   a.b.c
import time:         3 |         15 | a.b
import time:         5 |          5 |     deep
import time:         7 |         12 |   middle
ready
import time:         1 |          1 |   second
import time:         2 |         15 | top
import time:         9 |          9 | last
"""


def test_imports_come_before_their_importer() -> None:
    def node(name: str, own: int, *imports: dict[str, Any]) -> dict[str, Any]:
        return {"name": name, "microseconds": own, "imports": list(imports)}

    assert start.import_tree(TRACE) == [
        node("a.b", 3, node("a.b.c", 12)),
        node("top", 2, node("middle", 7, node("deep", 5)), node("second", 1)),
        node("last", 9),
    ]
    assert start.import_tree("") == []
    assert start.import_tree("nothing of that\n") == []


def test_imports_are_those_of_the_last_start_of_the_traced_program(folder: Path) -> None:
    path = program(folder / "app", READY)
    traced = folder / "app-traced"
    command = shlex.join([sys.executable, "-S", "-X", "importtime"])
    code = shlex.quote(f"import sys, json\n{READY}\n{FOREVER}")
    traced.write_text(f'#!/bin/sh\n[ "$1" = --serve ] && exec {command} -c {code}\n')
    traced.chmod(0o755)
    content = measured(path, VERSION, SERVE, traced=str(traced))
    names = {name for _, name, _ in flat(content["imports"])}
    assert {"json", "json.decoder"} <= names


def test_no_imports_of_what_cannot_be_measured(folder: Path) -> None:
    path = program(folder / "app", "raise SystemExit(3)")
    assert measured(path, VERSION, traced=path)["imports"] == []


def test_a_traced_program_that_fails_is_no_reason_to_fail(folder: Path) -> None:
    path = program(folder / "app", "")
    broken = program(folder / "app-traced", "raise SystemExit(3)")
    content = measured(path, VERSION, traced=broken)
    assert content["starts"][0]["problem"] == ""
    assert content["imports"] == []
