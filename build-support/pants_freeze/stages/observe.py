"""Observe: a component and its exercises -> the files of its runtime folder that it opens."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import Get, Rule, collect_rules, concurrently, rule
from pants_freeze.sandbox import observe as program
from pants_freeze.sandbox.execute import HOME
from pants_freeze.stages import sandbox
from pants_freeze.stages.component import ComponentRequest, component
from pants_freeze.stages.files import NamedFilesRequest, named_files


@dataclass(frozen=True)
class ObserveRequest:
    """The exercises of the component ``component``."""

    component: ComponentRequest


@dataclass(frozen=True)
class Observation:
    """The paths in the runtime folder that exercises open, sorted."""

    opened: tuple[str, ...]


@rule
async def observe_component(request: ObserveRequest) -> Observation:
    field_set = request.component.field_set
    exercise_files = await named_files(
        NamedFilesRequest(
            field_set.address, "exercise_files", tuple(field_set.exercise_files.value or ())
        )
    )
    built = await component(request.component)
    files, runtime = await concurrently(
        engine.add_prefix(exercise_files.digest, str(HOME)),
        engine.add_prefix(built.runtime, built.contents_directory),
    )
    inputs = await engine.merge((built.executable_digest, runtime, files))
    result = await sandbox.run(
        sandbox.ProgramRequest(
            program="observe",
            plan=sandbox.plan_json(
                program.Plan(
                    program=built.executable,
                    runtime=built.contents_directory,
                    exercises=[each.plan() for each in field_set.exercise_starts()],
                )
            ),
            modules=(
                "sandbox/errors.py",
                "sandbox/execute.py",
                "sandbox/observe.py",
                "sandbox/usage.py",
            ),
            inputs=inputs,
            output=str(program.OUTPUT),
            constraints=built.closure.constraints,
            description=f"Observe the exercises of {built.address}",
        )
    )
    if result.failure:
        problem = errors.Problem(field_set.exercises.alias, result.failure)
        raise errors.ExerciseFailed(str(field_set.address), [problem])
    contents = await engine.contents(result.output)
    return Observation(tuple(json.loads(contents[0].content)))


def observe(request: ObserveRequest) -> Get:
    """``Observation`` as requested."""
    return Get(Observation, ObserveRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
