"""``./pants freeze-accept``: write down the sizes of components, to compare with later."""

from __future__ import annotations

from collections.abc import Iterable

from pants_freeze import _engine as engine
from pants_freeze._engine import (
    Console,
    FileContent,
    Get,
    Goal,
    GoalSubsystem,
    Rule,
    Targets,
    Workspace,
    collect_rules,
    concurrently,
    goal_rule,
)
from pants_freeze.goals.targets import NO_PROGRAM, NamedComponents, NamedComponentsRequest
from pants_freeze.sizes import Sizes
from pants_freeze.stages.budget import ComponentSizesRequest
from pants_freeze.stages.component import component
from pants_freeze.subsystems import Freeze


class FreezeAcceptSubsystem(GoalSubsystem):
    name = "freeze-accept"
    help = (
        "Accept the sizes that frozen programs have now, such as `./pants freeze-accept ::`: write "
        "them into the folder `[freeze].size_records`. Commit the files; budgets and reports "
        "compare with them."
    )


class FreezeAccept(Goal):
    subsystem_cls = FreezeAcceptSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def freeze_accept(
    targets: Targets, freeze: Freeze, console: Console, workspace: Workspace
) -> FreezeAccept:
    named = await Get(NamedComponents, NamedComponentsRequest(tuple(targets)))
    if not named.requests:
        console.print_stderr(NO_PROGRAM)
        return FreezeAccept(exit_code=0)
    built = await concurrently([component(request) for request in named.requests])
    sizes = await concurrently(
        [
            Get(Sizes, ComponentSizesRequest(request.field_set, each))
            for request, each in zip(named.requests, built)
        ]
    )
    records = {freeze.record(each.address): size.record() for each, size in zip(built, sizes)}
    digest = await engine.create([FileContent(*record) for record in records.items()])
    workspace.write_digest(digest)
    for path in records:
        console.print_stdout(f"Wrote {path}")
    return FreezeAccept(exit_code=0)


def rules() -> Iterable[Rule]:
    return collect_rules()
