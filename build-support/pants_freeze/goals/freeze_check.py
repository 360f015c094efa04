"""``./pants freeze-check``: frozen programs check themselves, and say what users would hit."""

from __future__ import annotations

from collections.abc import Iterable

from pants_freeze._engine import (
    Console,
    Get,
    Goal,
    GoalSubsystem,
    Rule,
    Targets,
    collect_rules,
    concurrently,
    goal_rule,
)
from pants_freeze.goals.targets import NamedComponents, NamedComponentsRequest, no_program
from pants_freeze.stages.check import CheckRequest, check

# The exit status where something is found; 1 is for what cannot be checked.
_FOUND = 2


class FreezeCheckSubsystem(GoalSubsystem):
    name = "freeze-check"
    help = (
        "Look for what users of a frozen program would hit, such as `./pants freeze-check "
        "src/python/project:binary`: modules that plain Python with the same closure imports and "
        "the frozen program does not; modules that its `exercises` ask for in vain, and files and "
        "native libraries of this machine that they read; native libraries that are missing, and "
        "those that need a newer glibc than `oldest_glibc`. Ends with 2 if anything is found. "
        "Needs Linux."
    )


class FreezeCheck(Goal):
    subsystem_cls = FreezeCheckSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def freeze_check(targets: Targets, console: Console) -> FreezeCheck:
    named = await Get(NamedComponents, NamedComponentsRequest(tuple(targets)))
    if not named.requests:
        console.print_stderr(no_program(targets))
        return FreezeCheck(exit_code=1)
    checks = await concurrently([check(CheckRequest(request)) for request in named.requests])
    for request, each in zip(named.requests, checks):
        address = request.field_set.address
        for kind, problem in each.findings:
            console.print_stdout(f"{kind} at {address} ({problem.field}): {problem.what}")
        found = len(each.findings) or "nothing"
        console.print_stdout(f"{address}: {found} found")
        for note in each.notes:
            console.print_stdout(f"  {note}")
    return FreezeCheck(exit_code=_FOUND if any(each.findings for each in checks) else 0)


def rules() -> Iterable[Rule]:
    return collect_rules()
