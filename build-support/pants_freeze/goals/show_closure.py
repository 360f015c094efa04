"""``./pants closure``: what a program consists of."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from pants_freeze._engine import (
    Console,
    EnumOption,
    Get,
    Goal,
    GoalSubsystem,
    Rule,
    Targets,
    collect_rules,
    concurrently,
    goal_rule,
)
from pants_freeze.contents import Contents, as_json, as_text
from pants_freeze.goals.targets import NamedComponents, NamedComponentsRequest, no_program
from pants_freeze.sizes import Sizes
from pants_freeze.stages.budget import ComponentSizesRequest
from pants_freeze.stages.component import component


class OutputFormat(Enum):
    TEXT = "text"
    JSON = "json"


class ClosureSubsystem(GoalSubsystem):
    name = "closure"
    help = (
        "Print what frozen programs consist of: first-party sources, requirements with versions "
        "and sizes, what the sources import from outside, and run-time hooks. For example "
        "`./pants closure --format=json src/python/project:binary`."
    )

    format = EnumOption(
        default=OutputFormat.TEXT,
        help="`text` for people, or `json`: a list with one object for each program.",
    )


class ShowClosure(Goal):
    subsystem_cls = ClosureSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def print_closures(
    targets: Targets, options: ClosureSubsystem, console: Console
) -> ShowClosure:
    named = await Get(NamedComponents, NamedComponentsRequest(tuple(targets)))
    if not named.requests:
        console.print_stderr(no_program(targets))
        return ShowClosure(exit_code=1)
    built = await concurrently([component(request) for request in named.requests])
    sizes = await concurrently(
        [
            Get(Sizes, ComponentSizesRequest(request.field_set, each))
            for request, each in zip(named.requests, built)
        ]
    )
    found = [
        Contents(
            address=str(each.address),
            executable=each.executable,
            sources=tuple(sorted(path for _, path in each.closure.sources)),
            requirements=each.closure.requirements,
            sizes=size,
            imports=tuple((place.name, place.place) for place in each.closure.imports),
            hooks=each.hooks,
        )
        for each, size in zip(built, sizes)
    ]
    write = as_json if options.format == OutputFormat.JSON else as_text
    console.print_stdout(write(found))
    return ShowClosure(exit_code=0)


def rules() -> Iterable[Rule]:
    return collect_rules()
