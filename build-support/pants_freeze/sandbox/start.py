"""Start: a frozen program -> how fast it starts, how much memory that takes, and what it imports.

Run as ``python -m pants_freeze.sandbox.start PLAN``; PLAN is a JSON file with the fields of `Plan`.
Writes ``start.json`` (see `main`). Where the plan has budgets, exceeding one is an error.

The rule against noise: other processes only ever make a start slower. So after one start that fills
the system's caches, a program keeps its `startup_budget` as soon as three starts are within it, of
at most twenty. Memory is sampled, which can only miss something, so the larger of two starts
counts.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pants_freeze.sandbox import errors, usage

OUTPUT = Path("start.json")
RUNS = 5
_MEMORY_RUNS = 2
_ENOUGH = 3
_MOST_RUNS = 20
_TIMEOUT = 60.0
_HOME = Path("home")
_SHOWN_LINES = 5

_IMPORT_TIME = re.compile(r"import time: +(?P<own>\d+) \| +\d+ \| (?P<indent> *)(?P<name>\S.*)")


@dataclass(frozen=True)
class Plan:
    """What to start.

    ``program``         path of the executable
    ``traced``          path of the same program linked to print its imports, or empty
    ``starts``          each ``{"arguments": [...], "marker": TEXT, "environment": {...}}``; a start
                        lasts until the output has the marker, or until the end if that is empty
    ``startup_budget``  seconds, for the last of the starts; 0 is no budget
    ``memory_budget``   bytes, likewise
    """

    program: str
    traced: str
    starts: list[dict[str, Any]]
    startup_budget: float
    memory_budget: int


class _Problem(Exception):
    """Why a program could not be measured."""


def _run_once(
    program: str, start: dict[str, Any], with_memory: bool = False
) -> tuple[float, int, str]:
    """Seconds, peak bytes (0 unless asked for) and output of one start; raises `_Problem`."""
    marker = start["marker"].encode()
    begin = time.perf_counter()
    try:
        process = subprocess.Popen(
            [os.path.abspath(program), *start["arguments"]],
            env={"HOME": str(_HOME.resolve()), **start["environment"]},
            cwd=_HOME,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A group of its own, so that what it leaves behind can be ended with it.
            start_new_session=True,
        )
    except OSError as error:
        raise _Problem(f"it cannot be run here: {error.strerror}") from None
    output = bytearray()
    ready = threading.Event()
    late = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        with process.stdout as stream:
            for chunk in iter(lambda: os.read(stream.fileno(), 65536), b""):
                output.extend(chunk)
                if marker and marker in output:
                    ready.set()
        ready.set()

    def give_up() -> None:
        late.set()
        _end(process)

    reader = threading.Thread(target=read, daemon=True)
    timer = threading.Timer(_TIMEOUT, give_up)
    memory = usage.Memory(process.pid)
    with memory if with_memory else contextlib.nullcontext():
        reader.start()
        timer.start()
        # Neither has a timeout, which would make them look now and then instead of at once.
        if marker:
            ready.wait()
        else:
            process.wait()
        seconds = time.perf_counter() - begin
    timer.cancel()
    _end(process)
    status = process.wait()
    reader.join()
    text = output.decode("utf-8", "replace")
    if late.is_set():
        raise _Problem(f"it was not ready after {_TIMEOUT:.0f} seconds")
    if marker and marker not in output:
        raise _Problem(f"it ended without printing {start['marker']!r}{_tail(text)}")
    if not marker and status:
        raise _Problem(f"it ended with status {status}{_tail(text)}")
    return seconds, memory.peak_bytes if with_memory else 0, text


def _end(process: subprocess.Popen[bytes]) -> None:
    """End *process* and all that it has started, also what has outlived it."""
    usage.kill(process.pid)
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _tail(output: str) -> str:
    # Tracebacks name files, and where the sandbox is says nothing of the program.
    lines = output.replace(os.getcwd() + os.sep, "").strip().splitlines()[-_SHOWN_LINES:]
    return "".join(f"\n  {line}" for line in lines)


def import_tree(trace: str) -> list[dict[str, Any]]:
    """The imports in *trace*, what ``-X importtime`` prints, as a tree in the order of their start.

    Each is ``{"name": ..., "microseconds": own time, "imports": [...]}``.
    """
    # Of each depth the imports that are complete and whose importer is still to come.
    waiting: dict[int, list[dict[str, Any]]] = {}
    for line in trace.splitlines():
        match = _IMPORT_TIME.fullmatch(line.rstrip())
        if match:
            depth = len(match["indent"]) // 2
            waiting.setdefault(depth, []).append(
                {
                    "name": match["name"],
                    "microseconds": int(match["own"]),
                    "imports": waiting.pop(depth + 1, []),
                }
            )
    return waiting.get(0, [])


def _what(start: dict[str, Any]) -> str:
    return " ".join(start["arguments"]) or "no arguments"


def _needs_more(times: list[float], budget: float) -> bool:
    if len(times) < RUNS:
        return True
    within = sum(seconds <= budget for seconds in times)
    return bool(budget) and within < _ENOUGH and len(times) < _MOST_RUNS


def _measured(plan: Plan, start: dict[str, Any], budget: float) -> dict[str, Any]:
    """The fields of `report.Start`."""
    times: list[float] = []
    try:
        _run_once(plan.program, start)
        while _needs_more(times, budget):
            times.append(_run_once(plan.program, start)[0])
        peak = max(_run_once(plan.program, start, True)[1] for _ in range(_MEMORY_RUNS))
    except _Problem as problem:
        return {
            "what": _what(start),
            "seconds": 0.0,
            "fastest_seconds": 0.0,
            "peak_bytes": 0,
            "runs": 0,
            "problem": str(problem),
        }
    return {
        "what": _what(start),
        # With a budget, the third best: the one that decides.
        "seconds": sorted(times)[_ENOUGH - 1] if budget else statistics.median(times),
        "fastest_seconds": min(times),
        "peak_bytes": peak,
        "runs": len(times),
        "problem": "",
    }


def _check(plan: Plan, measured: dict[str, Any]) -> None:
    """Raise `errors.BudgetError` if *measured* exceeds a budget, or could not be measured."""
    what = f"`{measured['what']}`"
    if measured["problem"]:
        raise errors.BudgetError(f"the start with {what} cannot be measured: {measured['problem']}")
    problems = []
    if plan.startup_budget and measured["seconds"] > plan.startup_budget:
        problems.append(
            f"startup_budget: with {what} it starts in {measured['seconds'] * 1000:.0f} ms (third "
            f"best of {measured['runs']} starts), {plan.startup_budget * 1000:.0f} ms are allowed; "
            "see the flame of imports in the report of a `frozen_distribution`"
        )
    if plan.memory_budget and measured["peak_bytes"] > plan.memory_budget:
        problems.append(
            f"memory_budget: with {what} it takes {measured['peak_bytes'] / 1e6:.1f} MB, "
            f"{plan.memory_budget / 1e6:.1f} MB are allowed"
        )
    if problems:
        raise errors.BudgetError("\n".join(problems))


def main(plan_path: str) -> None:
    """Measure what the JSON file *plan_path* says.

    Writes ``{"machine": fields of report.Machine, "starts": [fields of report.Start, ...],
    "imports": fields of report.Import}``.
    """
    plan = Plan(**json.loads(Path(plan_path).read_bytes()))
    _HOME.mkdir()
    budgets = [0.0] * (len(plan.starts) - 1) + [plan.startup_budget]
    measured = [_measured(plan, *each) for each in zip(plan.starts, budgets)]
    imports: list[dict[str, Any]] = []
    if plan.traced and plan.starts and not measured[-1]["problem"]:
        with contextlib.suppress(_Problem):
            imports = import_tree(_run_once(plan.traced, plan.starts[-1])[2])
    content = {
        "machine": {
            "system": platform.system(),
            "machine": platform.machine(),
            "cpus": os.cpu_count() or 1,
        },
        "starts": measured,
        "imports": imports,
    }
    OUTPUT.write_text(json.dumps(content), encoding="utf-8")
    if plan.startup_budget or plan.memory_budget:
        _check(plan, measured[-1])


if __name__ == "__main__":
    errors.run(main, sys.argv)
