"""Files: targets that a field names -> their files, at their places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    Address,
    Digest,
    Get,
    Rule,
    collect_rules,
    rule,
)
from pants_freeze.stages.component import duplicate_problems


@dataclass(frozen=True)
class NamedFilesRequest:
    """The files of the targets ``addresses``, which the field ``field`` of ``owner`` names."""

    owner: Address
    field: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class NamedFiles:
    """Files and their ``paths`` in ``digest``."""

    digest: Digest
    paths: tuple[str, ...]


@rule
async def find_named_files(request: NamedFilesRequest) -> NamedFiles:
    targets = await engine.targets(engine.named(request.addresses, request.field, request.owner))
    digests: list[Digest] = []
    placed: list[tuple[str, str, str]] = []
    problems: list[str] = []
    for target in targets:
        try:
            sources = await engine.file_sources((target,))
        except Exception as error:  # Pants does not say whose files they are.
            what = f"{target.address} has no files to copy: {error}".partition("\n")[0]
            problems.append(f"{what}; correct that target")
            continue
        digests.append(sources.snapshot.digest)
        entries = await engine.entries(sources.snapshot.digest)
        placed += [(str(target.address), entry.path, engine.content_of(entry)) for entry in entries]
        if not sources.snapshot.files:
            problems.append(
                f"{target.address} is a `{target.alias}` without files to copy; name a `file`, "
                "`files` or `relocated_files`"
            )
    problems += duplicate_problems(placed)
    if problems:
        raise errors.InvalidTarget(
            str(request.owner), [errors.Problem(request.field, each) for each in problems]
        )
    paths = sorted({path for _, path, _ in placed})
    return NamedFiles(await engine.merge(digests), tuple(paths))


def named_files(request: NamedFilesRequest) -> Get:
    """``NamedFiles`` as requested."""
    return Get(NamedFiles, NamedFilesRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
