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
from pants_freeze.field_sets import (
    FREEZERS,
    CxFreezeFieldSet,
    DistributionFieldSet,
    FreezingFieldSet,
    NuitkaFieldSet,
    PyInstallerFieldSet,
)
from pants_freeze.goals.package import (
    DistributionPrograms,
    DistributionProgramsRequest,
    PackageRequest,
)


def _run_request(package: BuiltPackage, *executable: str) -> RunRequest:
    """A run of *executable* in the folder of *package*, or of the one file that *package* is."""
    path = package.artifacts[0].relpath
    assert path is not None
    return RunRequest(digest=package.digest, args=["/".join(("{chroot}", path, *executable))])


def _run_program(field_set: FreezingFieldSet, package: BuiltPackage) -> RunRequest:
    if field_set.is_one_file:
        return _run_request(package)
    return _run_request(package, field_set.output_path.executable())


@rule
async def run_pyinstaller(field_set: PyInstallerFieldSet) -> RunRequest:
    return _run_program(field_set, await Get(BuiltPackage, PackageRequest(field_set)))


@rule
async def run_cx_freeze(field_set: CxFreezeFieldSet) -> RunRequest:
    return _run_program(field_set, await Get(BuiltPackage, PackageRequest(field_set)))


@rule
async def run_nuitka(field_set: NuitkaFieldSet) -> RunRequest:
    return _run_program(field_set, await Get(BuiltPackage, PackageRequest(field_set)))


@rule
async def run_distribution(field_set: DistributionFieldSet) -> RunRequest:
    programs = await Get(DistributionPrograms, DistributionProgramsRequest(field_set))
    if programs.launcher is None:
        problem = "it has none, so there is nothing to run; name a target, or run a program of it"
        raise errors.InvalidTarget(str(field_set.address), [errors.Problem("launcher", problem)])
    package = await Get(BuiltPackage, DistributionFieldSet, field_set)
    return _run_request(package, programs.launcher.output_path.executable())


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        *(each_rule for each in FREEZERS for each_rule in each.rules()),
        *DistributionFieldSet.rules(),
    )
