"""Dependencies on the files that fields of freezing targets name, so that `dependents` and
`--changed-since` know them. Fields that name targets are dependencies of their own."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze import target_types as fields
from pants_freeze._engine import (
    Address,
    FieldSet,
    Get,
    InferDependenciesRequest,
    InferredDependencies,
    Rule,
    UnionRule,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.field_sets import freezing_field_set
from pants_freeze.subsystems import Freeze, Unowned

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class NamedFilesFieldSet(FieldSet):
    required_fields = (fields.PexField,)

    pex: fields.PexField


class InferNamedFiles(InferDependenciesRequest):
    infer_from = NamedFilesFieldSet


@dataclass(frozen=True)
class FileOwnersRequest:
    """The owners of the files of the repository that match ``glob``."""

    glob: str


@dataclass(frozen=True)
class FileOwners:
    """The targets that own files, sorted, and the files that no target owns."""

    addresses: tuple[Address, ...]
    unowned: tuple[str, ...]


@rule
async def find_file_owners(request: FileOwnersRequest) -> FileOwners:
    paths = await engine.workspace_paths((request.glob,))
    owners = await engine.owners(paths.files)
    targets = await engine.targets_at(owners)
    sources = await concurrently([engine.source_paths(target) for target in targets])
    owned = {path for each in sources for path in each.files}
    return FileOwners(tuple(sorted(owners)), tuple(sorted(set(paths.files) - owned)))


def unowned_problems(unowned: Iterable[tuple[str, str]]) -> tuple[errors.Problem, ...]:
    """What to tell of (field, path) pairs of files that no target owns."""
    found = []
    for field, path in unowned:
        place = PurePosixPath(path)
        kind = "python_sources" if place.suffix == ".py" else "files"
        what = (
            f"no target owns {path}, so `--changed-since` does not see its changes; write "
            f'`{kind}(name="{kind}", sources=["{place.name}"])` into {place.parent / "BUILD"}'
        )
        found.append(errors.Problem(field, what))
    return tuple(found)


@rule
async def infer_named_files(request: InferNamedFiles, freeze: Freeze) -> InferredDependencies:
    address = request.field_set.address
    wrapped = await engine.target(address, "the inference of dependencies")
    field_set = freezing_field_set(wrapped.target)
    assert field_set is not None, "only freezing targets have the required fields"
    named = field_set.named_files()
    # The record need not be there, nor owned: sizes are compared with it, but it is in no program.
    paths = (*(path for _, path in named), freeze.record(address))
    found = await concurrently([Get(FileOwners, FileOwnersRequest(path)) for path in paths])
    problems = unowned_problems(
        (alias, path) for (alias, _), each in zip(named, found) for path in each.unowned
    )
    if problems and freeze.unowned_files != Unowned.IGNORE:
        error = errors.UnownedFiles(str(address), problems)
        if freeze.unowned_files == Unowned.ERROR:
            raise error
        _logger.warning(error)
    owners = {owner for each in found for owner in each.addresses}
    return InferredDependencies(owners - {address})


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), UnionRule(InferDependenciesRequest, InferNamedFiles))
