"""Bundle: linked components -> one folder over one runtime folder.

Files are merged by their fingerprints; nothing is copied or compared byte by byte.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    Address,
    Digest,
    Entry,
    FileContent,
    Get,
    Rule,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.bundling import (
    BundledProgram,
    Conflicting,
    manifest_files,
    requirement_files,
)
from pants_freeze.manifest import (
    DISTRIBUTION_FILES,
    MANIFEST,
    SUMS,
    ManifestFile,
    manifest_json,
    sha256sums,
)
from pants_freeze.stages.component import Component
from pants_freeze.stages.sbom import SbomRequest, sbom


@dataclass(frozen=True)
class BundleRequest:
    """``components`` and ``files`` in one folder, for the target ``owner``.

    ``name`` and ``version``, which may be empty, are those of the whole. ``per_component`` asks for
    the requirements of each component too, not only of all.
    """

    owner: Address
    name: str
    version: str
    components: tuple[Component, ...]
    files: Digest
    per_component: bool


@dataclass(frozen=True)
class Bundle:
    """A folder ready to ship.

    ``digest`` is all of it; ``runtime`` are the runtime folders, split by where their files come
    from (see the archive stage), sorted; ``programs`` is the rest. ``files`` are all of them with
    their origins, the manifest and the sums included.
    """

    digest: Digest
    runtime: tuple[tuple[str, Digest], ...]
    programs: Digest
    files: tuple[ManifestFile, ...]


@rule(desc="Bundle frozen programs")
async def bundle_components(request: BundleRequest) -> Bundle:
    components = request.components
    pairs = tuple((each.executable, each.closure.requirements) for each in components)
    lists, bill = await concurrently(
        engine.create(
            [
                FileContent(path, content)
                for path, content in requirement_files(pairs, request.per_component).items()
            ]
        ),
        sbom(SbomRequest(request.owner, request.name, request.version, components)),
    )
    own_files = await engine.merge((lists, bill.digest))
    contents = await concurrently(
        [
            engine.entries(request.files),
            engine.entries(own_files),
            *(engine.entries(each.executable_digest) for each in components),
            *(engine.entries(each.runtime) for each in components),
        ]
    )
    files, own, *rest = [
        tuple(engine.manifest_file(entry, "", ()) for entry in entries) for entries in contents
    ]
    try:
        in_manifest = manifest_files(
            (
                BundledProgram(
                    str(each.address),
                    each.executable,
                    each.contents_directory,
                    executables,
                    runtime,
                    each.origins,
                    frozenset(file.path for file in each.packed if not file.reason),
                )
                for each, executables, runtime in zip(components, rest, rest[len(components) :])
            ),
            files,
            own,
        )
    except Conflicting as error:
        raise errors.RuntimeConflict(str(request.owner), [errors.Problem("", str(error))]) from None
    origin_of = {file.path: file.origin for file in in_manifest}
    by_origin: dict[str, dict[str, Entry]] = defaultdict(dict)
    for each, entries in zip(components, contents[2 + len(components) :]):
        for entry in entries:
            path = f"{each.contents_directory}/{entry.path}"
            by_origin[origin_of[path]][path] = engine.moved(entry, path)
    manifest = await engine.create([FileContent(MANIFEST, manifest_json(in_manifest))])
    (manifest_entry,) = await engine.entries(manifest)
    in_sums = (*in_manifest, engine.manifest_file(manifest_entry, DISTRIBUTION_FILES, ()))
    sums = await engine.create([FileContent(SUMS, sha256sums(in_sums))])
    (sums_entry,) = await engine.entries(sums)
    origins = sorted(by_origin)
    programs, *parts = await concurrently(
        [
            engine.merge(
                (
                    request.files,
                    own_files,
                    manifest,
                    sums,
                    *(each.executable_digest for each in components),
                )
            ),
            *(engine.create(by_origin[origin].values()) for origin in origins),
        ]
    )
    everything = await engine.merge((programs, *parts))
    return Bundle(
        everything,
        tuple(zip(origins, parts)),
        programs,
        (*in_sums, engine.manifest_file(sums_entry, DISTRIBUTION_FILES, ())),
    )


def bundle(request: BundleRequest) -> Get:
    """``Bundle`` as requested."""
    return Get(Bundle, BundleRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
