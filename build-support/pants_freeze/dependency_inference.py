"""Dependencies that the fields of freezing targets imply, so that `dependents` and
`--changed-since` know them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from pants_freeze import _engine as engine
from pants_freeze import target_types as fields
from pants_freeze._engine import (
    Address,
    FieldSet,
    Get,
    InferDependenciesRequest,
    InferredDependencies,
    Rule,
    StringField,
    UnionRule,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.field_sets import freezing_field_set
from pants_freeze.stages.inputs import PathProblem, PathProblemRequest
from pants_freeze.subsystems import Freeze

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PexDependencyFieldSet(FieldSet):
    required_fields = (fields.PexField,)

    pex: fields.PexField


@dataclass(frozen=True)
class LauncherDependencyFieldSet(FieldSet):
    required_fields = (fields.LauncherField,)

    launcher: fields.LauncherField


class InferPexDependency(InferDependenciesRequest):
    infer_from = PexDependencyFieldSet


class InferFilesDependency(InferDependenciesRequest):
    infer_from = PexDependencyFieldSet


class InferLauncherDependency(InferDependenciesRequest):
    infer_from = LauncherDependencyFieldSet


async def _dependency_on(owner: Address, field: StringField) -> InferredDependencies:
    values = (field.value,) if field.value else ()
    return InferredDependencies(await engine.addresses(engine.named(values, field.alias, owner)))


@rule
async def infer_pex_dependency(request: InferPexDependency) -> InferredDependencies:
    field_set = request.field_set
    return await _dependency_on(field_set.address, field_set.pex)


@rule
async def infer_launcher_dependency(request: InferLauncherDependency) -> InferredDependencies:
    field_set = request.field_set
    return await _dependency_on(field_set.address, field_set.launcher)


def unowned_hint(field: str, path: str) -> str:
    """What to tell if no target has the file *path*, which *field* names, in its sources."""
    folder, name = str(PurePosixPath(path).parent), PurePosixPath(path).name
    build = "BUILD" if folder == "." else f"{folder}/BUILD"
    return (
        f"({field}): {path} is in no target, so `dependents` and `--changed-since` do not see its "
        f'changes; write `files(name="frozen_files", sources=["{name}"])` into {build}'
    )


@rule
async def infer_files_dependency(
    request: InferFilesDependency, options: Freeze
) -> InferredDependencies:
    """The targets that own the files which fields name by path, and the record of sizes."""
    address = request.field_set.address
    wrapped = await engine.target(address, "the dependency inference of freezing targets")
    field_set = freezing_field_set(wrapped.target)
    if field_set is None:
        return InferredDependencies(())
    # A record that no target owns is nothing to warn of, so it has no field here: all that it
    # decides is a comparison.
    named = (*field_set.named_files(), ("", options.record(address)))
    # What is wrong with a file is told by the goals that read it.
    problems = await concurrently(
        [Get(PathProblem, PathProblemRequest(path, is_glob=True)) for _, path in named]
    )
    there = [each for each, problem in zip(named, problems) if not problem.what]
    snapshots = await concurrently([engine.workspace_file_if_any(path) for _, path in there])
    files = [(alias, path) for (alias, _), each in zip(there, snapshots) for path in each.files]
    found = await concurrently([engine.owners(path) for _, path in files])
    addresses: set[Address] = set()
    for (alias, path), owners in zip(files, found):
        primary = engine.primary_owners(owners)
        addresses.update(primary)
        if alias and not primary:
            _logger.warning("%s %s", address, unowned_hint(alias, path))
    return InferredDependencies(sorted(addresses))


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(InferDependenciesRequest, InferPexDependency),
        UnionRule(InferDependenciesRequest, InferFilesDependency),
        UnionRule(InferDependenciesRequest, InferLauncherDependency),
    )
