"""``./pants freeze-plan``: a folder to build programs from on a machine that has no Pants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    Console,
    Digest,
    Get,
    Goal,
    GoalSubsystem,
    Rule,
    StrOption,
    Targets,
    Workspace,
    collect_rules,
    concurrently,
    goal_rule,
    rule,
)
from pants_freeze.field_sets import DistributionFieldSet
from pants_freeze.goals.package import (
    DistributionPrograms,
    DistributionProgramsRequest,
    OutputProblem,
    OutputProblemRequest,
    check_files,
)
from pants_freeze.goals.targets import NamedComponents, NamedComponentsRequest, no_program
from pants_freeze.portable.plan import DistributionPlan
from pants_freeze.stages.files import NamedFilesRequest, named_files
from pants_freeze.stages.plan import (
    PlanFolder,
    PlannedComponent,
    PlannedComponentRequest,
    PlanRequest,
    distribution_plan,
)
from pants_freeze.target_types import relative_path_problem


class FreezePlanSubsystem(GoalSubsystem):
    name = "freeze-plan"
    help = (
        "Write a folder that programs are built from where there is no Pants, as on Windows: "
        "`./pants freeze-plan ::`, then `python build_all.py` in it. Nothing is frozen for it."
    )

    output = StrOption(
        default="dist/freeze-plan",
        help="The folder to write, relative to the root of the repository. It is replaced.",
    )

    def folder(self) -> PurePosixPath:
        """The folder; raises `errors.InvalidOption`."""
        problem = relative_path_problem(self.output)
        if problem:
            raise errors.InvalidOption("[freeze-plan].output", problem)
        return PurePosixPath(self.output)


class FreezePlan(Goal):
    subsystem_cls = FreezePlanSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@dataclass(frozen=True)
class PlannedDistributionRequest:
    """The plan of the distribution of ``field_set``."""

    field_set: DistributionFieldSet


@dataclass(frozen=True)
class PlannedDistribution:
    """The plan of a distribution, as JSON, and the files that it names."""

    plan: str
    files: Digest


@rule
async def plan_distribution(request: PlannedDistributionRequest) -> PlannedDistribution:
    field_set = request.field_set
    address = field_set.address
    programs = await Get(DistributionPrograms, DistributionProgramsRequest(field_set))
    files = await named_files(
        NamedFilesRequest(address, "files", tuple(field_set.files.value or ()))
    )
    frozen = tuple(each.field_set for each in programs.requests)
    output = await Get(OutputProblem, OutputProblemRequest(address, field_set.folder(), frozen))
    check_files(field_set, output, files.paths, programs.requests)
    folder = f"distributions/{address.path_safe_spec}"
    plan = DistributionPlan(
        address=str(address),
        output=field_set.folder(),
        name=field_set.name(),
        version=field_set.version.value,
        archive=field_set.archive.value,
        folder=folder,
        programs=[
            [str(each.field_set.address), each.contents_directory] for each in programs.requests
        ],
    )
    return PlannedDistribution(
        distribution_plan(plan), await engine.add_prefix(files.digest, folder)
    )


@goal_rule
async def freeze_plan(
    targets: Targets, options: FreezePlanSubsystem, console: Console, workspace: Workspace
) -> FreezePlan:
    folder = options.folder()
    named = await Get(NamedComponents, NamedComponentsRequest(tuple(targets)))
    if not named.requests:
        console.print_stderr(no_program(targets))
        return FreezePlan(exit_code=1)
    components = await concurrently(
        [
            Get(PlannedComponent, PlannedComponentRequest(request.field_set))
            for request in named.requests
        ]
    )
    distributions = await concurrently(
        [
            Get(
                PlannedDistribution,
                PlannedDistributionRequest(DistributionFieldSet.create(each)),
            )
            for each in targets
            if DistributionFieldSet.is_applicable(each)
        ]
    )
    files = await engine.merge([each.files for each in distributions])
    plan = await Get(
        PlanFolder,
        PlanRequest(components, tuple(each.plan for each in distributions), files),
    )
    workspace.write_digest(
        await engine.add_prefix(plan.digest, folder.name),
        path_prefix=str(folder.parent),
        clear_paths=(folder.name,),
    )
    console.print_stdout(f"Wrote {folder}")
    return FreezePlan(exit_code=0)


def rules() -> Iterable[Rule]:
    return collect_rules()
