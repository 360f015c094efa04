"""``./pants run``: the frozen program, or the launcher of a distribution."""

from __future__ import annotations

from collections.abc import Iterable

from pants_freeze import errors
from pants_freeze._engine import (
    BuiltPackage,
    Get,
    Rule,
    RunRequest,
    UnionRule,
    collect_rules,
    rule,
)
from pants_freeze.field_sets import DistributionFieldSet, PyInstallerFieldSet
from pants_freeze.goals.package import DistributionPrograms, DistributionProgramsRequest


def _run_request(package: BuiltPackage, *executable: str) -> RunRequest:
    """A run of *executable* in the folder of *package*, or of the one file that *package* is."""
    path = package.artifacts[0].relpath
    assert path is not None
    return RunRequest(digest=package.digest, args=["/".join(("{chroot}", path, *executable))])


@rule
async def run_component(field_set: PyInstallerFieldSet) -> RunRequest:
    package = await Get(BuiltPackage, PyInstallerFieldSet, field_set)
    if field_set.is_one_file:
        return _run_request(package)
    return _run_request(package, field_set.output_path.executable())


@rule
async def run_distribution(field_set: DistributionFieldSet) -> RunRequest:
    programs = await Get(DistributionPrograms, DistributionProgramsRequest(field_set))
    if programs.launcher is None:
        problem = "it has none, so there is nothing to run; name a target, or run a program of it"
        raise errors.InvalidTarget(str(field_set.address), [errors.Problem("launcher", problem)])
    package = await Get(BuiltPackage, DistributionFieldSet, field_set)
    return _run_request(package, programs.launcher.output_path.executable())


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *PyInstallerFieldSet.rules(), *DistributionFieldSet.rules())
