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
from pants_freeze.goals.targets import NamedComponents, NamedComponentsRequest, no_program
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
        console.print_stderr(no_program(targets))
        return FreezeAccept(exit_code=1)
    paths = [freeze.record(request.field_set.address) for request in named.requests]
    built = await concurrently([component(request) for request in named.requests])
    sizes = await concurrently(
        [
            Get(Sizes, ComponentSizesRequest(request.field_set, each))
            for request, each in zip(named.requests, built)
        ]
    )
    records = {path: size.record() for path, size in zip(paths, sizes)}
    digest = await engine.create([FileContent(*record) for record in records.items()])
    workspace.write_digest(digest)
    for path in records:
        console.print_stdout(f"Wrote {path}")
    return FreezeAccept(exit_code=0)


def rules() -> Iterable[Rule]:
    return collect_rules()
