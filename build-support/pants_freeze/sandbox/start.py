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
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pants_freeze.sandbox import errors
from pants_freeze.sandbox.execute import HOME, Problem, run_once

OUTPUT = Path("start.json")
RUNS = 5
_MEMORY_RUNS = 2
_ENOUGH = 3
_MOST_RUNS = 20

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
        run_once(plan.program, start)
        while _needs_more(times, budget):
            times.append(run_once(plan.program, start)[0])
        peak = max(run_once(plan.program, start, True)[1] for _ in range(_MEMORY_RUNS))
    except Problem as problem:
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
    HOME.mkdir()
    budgets = [0.0] * (len(plan.starts) - 1) + [plan.startup_budget]
    measured = [_measured(plan, *each) for each in zip(plan.starts, budgets)]
    imports: list[dict[str, Any]] = []
    if plan.traced and plan.starts and not measured[-1]["problem"]:
        with contextlib.suppress(Problem):
            imports = import_tree(run_once(plan.traced, plan.starts[-1])[2])
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
