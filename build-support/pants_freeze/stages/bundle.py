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
from pants_freeze.manifest import (
    DISTRIBUTION_FILES,
    MANIFEST,
    SUMS,
    ManifestFile,
    manifest_json,
    sha256sums,
)
from pants_freeze.requirements import Requirement, requirements_txt
from pants_freeze.runtime import RuntimeFile, conflict_message, find_conflicts
from pants_freeze.sandbox.environment import FIRST_PARTY
from pants_freeze.sandbox.sbom import OUTPUT as SBOM
from pants_freeze.stages.component import Component, runtime_files
from pants_freeze.stages.sbom import SbomRequest, sbom

_REQUIREMENTS = "requirements.txt"
# The folder of the requirements of each component.
_OF_EACH = "requirements"
# What every folder with programs has beside them.
OWN_FILES = (MANIFEST, SUMS, str(SBOM), _REQUIREMENTS, _OF_EACH)
_FILES = "a target of `files`"
_OWN = "the backend itself"


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


def requirement_files(
    components: Iterable[tuple[str, tuple[Requirement, ...]]], per_component: bool
) -> list[FileContent]:
    """``requirements.txt`` of the (executable, requirements) pairs, and of each if asked for."""
    components = tuple(components)
    union = {requirement for _, requirements in components for requirement in requirements}
    names = ", ".join(name for name, _ in components)
    files = [FileContent(_REQUIREMENTS, requirements_txt(union, f"closure of {names}"))]
    if per_component:
        for name, requirements in components:
            program = name[: -len(".exe")] if name.endswith(".exe") else name
            path = f"{_OF_EACH}/{program}.txt"
            files.append(FileContent(path, requirements_txt(requirements, f"closure of {name}")))
    return files


@rule(desc="Bundle frozen programs")
async def bundle_components(request: BundleRequest) -> Bundle:
    components = request.components
    pairs = tuple((each.executable, each.closure.requirements) for each in components)
    lists, bill = await concurrently(
        engine.create(requirement_files(pairs, request.per_component)),
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
        tuple((entry.path, engine.content_of(entry)) for entry in entries) for entries in contents
    ]
    layers = {
        _FILES: runtime_files(files, ((path, DISTRIBUTION_FILES) for path, _ in files)),
        _OWN: runtime_files(own, ((path, DISTRIBUTION_FILES) for path, _ in own)),
    }
    # Written last, for they have the fingerprints of all others; the names are taken all the same.
    for name in (MANIFEST, SUMS):
        layers[_OWN][name] = RuntimeFile(name, DISTRIBUTION_FILES)
    for each, executable, runtime in zip(components, rest, rest[len(components) :]):
        folder = each.contents_directory
        layers[str(each.address)] = runtime_files(
            [*executable, *((f"{folder}/{path}", content) for path, content in runtime)],
            [
                *((path, FIRST_PARTY) for path, _ in executable),
                *((f"{folder}/{path}", origin) for path, origin in each.origins),
            ],
            each.packed,
        )
    conflicts = find_conflicts(layers)
    if conflicts:
        raise errors.RuntimeConflict(
            str(request.owner), [errors.Problem("", conflict_message(conflicts))]
        )
    by_origin: dict[str, dict[str, Entry]] = defaultdict(dict)
    needed_by: dict[str, list[str]] = defaultdict(list)
    origin_of = {path: file.origin for layer in layers.values() for path, file in layer.items()}
    listed: dict[str, Entry] = {entry.path: entry for part in contents[:2] for entry in part}
    for each, executables, entries in zip(
        components, contents[2:], contents[2 + len(components) :]
    ):
        for entry in executables:
            listed[entry.path] = entry
            needed_by[entry.path].append(each.executable)
        for entry in entries:
            path = f"{each.contents_directory}/{entry.path}"
            # Components that share a file have it once; that it is the same was checked above.
            listed[path] = by_origin[origin_of[path]][path] = engine.moved(entry, path)
            needed_by[path].append(each.executable)
    manifest_files = [
        engine.manifest_file(entry, origin_of[path], needed_by[path])
        for path, entry in sorted(listed.items())
    ]
    manifest = await engine.create([FileContent(MANIFEST, manifest_json(manifest_files))])
    (manifest_entry,) = await engine.entries(manifest)
    in_sums = (*manifest_files, engine.manifest_file(manifest_entry, DISTRIBUTION_FILES, ()))
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
