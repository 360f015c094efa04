"""Measure: a component -> how fast it starts, what memory that takes, what it imports."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import Get, Rule, collect_rules, rule
from pants_freeze.field_sets import ProgramStart
from pants_freeze.report import Import, Machine, Start
from pants_freeze.sandbox import start as program
from pants_freeze.stages import sandbox
from pants_freeze.stages.component import ComponentRequest, component

_TRACED = "-import-times"


@dataclass(frozen=True)
class MeasureRequest:
    """The starts of the component ``component``."""

    component: ComponentRequest


@dataclass(frozen=True)
class Measurements:
    """What was measured on ``machine``; ``imports`` are those of the last start."""

    machine: Machine | None
    starts: tuple[Start, ...]
    imports: tuple[Import, ...]


@dataclass(frozen=True)
class StartProgramRequest:
    """A run of the sandbox program: ``starts`` of a component, with or without budgets.

    ``startup_budget`` is in seconds, ``memory_budget`` in bytes; 0 is none.
    """

    component: ComponentRequest
    starts: tuple[ProgramStart, ...]
    with_imports: bool
    startup_budget: float
    memory_budget: int


@rule
async def start_program(request: StartProgramRequest) -> sandbox.ProgramResult:
    built = await component(request.component)
    parts = [built.executable_digest]
    traced = ""
    # Only the linker makes a second executable, one that prints them, within moments.
    if request.with_imports and not built.program:
        other = await component(replace(request.component, import_times=True))
        (entry,) = await engine.entries(other.executable_digest)
        traced = built.executable + _TRACED
        parts.append(await engine.create([engine.moved(entry, traced)]))
    runtime = await engine.add_prefix(built.runtime, built.contents_directory)
    inputs = await engine.merge([*parts, runtime])
    result: sandbox.ProgramResult = await sandbox.run(
        sandbox.ProgramRequest(
            program="start",
            plan=sandbox.plan_json(
                program.Plan(
                    program=built.executable,
                    traced=traced,
                    starts=[each.plan() for each in request.starts],
                    startup_budget=request.startup_budget,
                    memory_budget=request.memory_budget,
                )
            ),
            modules=(
                "sandbox/errors.py",
                "sandbox/execute.py",
                "sandbox/start.py",
                "sandbox/usage.py",
            ),
            inputs=inputs,
            output=str(program.OUTPUT),
            constraints=built.closure.constraints,
            description=f"Measure the start of {built.address}",
        )
    )
    return result


def imports_of(content: Iterable[dict[str, object]]) -> tuple[Import, ...]:
    """The tree of imports that the sandbox program writes."""
    return tuple(
        Import(each["name"], each["microseconds"], imports_of(each["imports"]))  # type: ignore
        for each in content
    )


@rule
async def measure_component(request: MeasureRequest) -> Measurements:
    field_set = request.component.field_set
    starts = field_set.starts()
    if not starts:
        return Measurements(None, (), ())
    result = await Get(
        sandbox.ProgramResult, StartProgramRequest(request.component, starts, True, 0, 0)
    )
    output = result.checked(errors.FreezeFailed, str(field_set.address))
    files = await engine.contents(output)
    content = json.loads(files[0].content)
    return Measurements(
        Machine(**content["machine"]),
        tuple(Start(**each) for each in content["starts"]),
        imports_of(content["imports"]),
    )


def rules() -> Iterable[Rule]:
    return collect_rules()
