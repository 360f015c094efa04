"""What lies in a folder of programs: which files, whose they are, and what tells of them.

It is the same whether Pants or ``build_all.py`` has made the files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from pants_freeze.manifest import DISTRIBUTION_FILES, MANIFEST, SUMS, ManifestFile
from pants_freeze.requirements import Requirement, requirements_txt
from pants_freeze.runtime import RuntimeFile, conflict_message, find_conflicts, runtime_files
from pants_freeze.sandbox import sbom as sbom_program
from pants_freeze.sandbox.environment import FIRST_PARTY, INTERPRETER, SYSTEM_LIBRARY

# The runtime folder of a program that is packaged alone.
RUNTIME = "runtime"
_REQUIREMENTS = "requirements.txt"
# The folder of the requirements of each component.
_OF_EACH = "requirements"
# What every folder with programs has beside them.
OWN_FILES = (MANIFEST, SUMS, str(sbom_program.OUTPUT), _REQUIREMENTS, _OF_EACH)
_FILES = "a target of `files`"
_OWN = "the backend itself"

# Distributions of a freezer of which its programs have a part: bootloader, runtime.
PARTS_OF_FREEZERS = frozenset({"cx-freeze", "freeze-core", "nuitka", "pyinstaller"})


class Conflicting(Exception):
    """Files at one path differ; the message says whose they are, and what to do."""


@dataclass(frozen=True)
class BundledProgram:
    """A program to bundle.

    ``executables`` are the files at the top, ``runtime`` those below the folder
    ``contents_directory``, both without origin and components; ``origins`` are (path below that
    folder, origin) pairs, ``packed`` the paths of files that UPX has packed.
    """

    address: str
    executable: str
    contents_directory: str
    executables: tuple[ManifestFile, ...]
    runtime: tuple[ManifestFile, ...]
    origins: tuple[tuple[str, str], ...]
    packed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class DescribedProgram:
    """What an SBOM reads of a program.

    ``licences`` are pairs of "name==version" and licences; ``freezer`` are those of them that are
    parts of the freezer.
    """

    executable: str
    requirements: tuple[Requirement, ...]
    origins: tuple[tuple[str, str], ...]
    licences: tuple[tuple[str, tuple[str, ...]], ...]
    freezer: tuple[str, ...]


def requirement_files(
    components: Iterable[tuple[str, tuple[Requirement, ...]]], per_component: bool
) -> dict[str, bytes]:
    """``requirements.txt`` of the (executable, requirements) pairs, and of each if asked for.

    Path -> content.
    """
    components = tuple(components)
    union = {requirement for _, requirements in components for requirement in requirements}
    names = ", ".join(name for name, _ in components)
    files = {_REQUIREMENTS: requirements_txt(union, f"closure of {names}")}
    if per_component:
        for name, requirements in components:
            program = name[: -len(".exe")] if name.endswith(".exe") else name
            path = f"{_OF_EACH}/{program}.txt"
            files[path] = requirements_txt(requirements, f"closure of {name}")
    return files


def place_problem(origins: Iterable[tuple[str, str]], data: Iterable[str]) -> str:
    """What is wrong if a file of *data* has the place of one that has an origin; empty if none."""
    taken = dict(origins)
    for path in sorted(taken.keys() & set(data)):
        return (
            f"the data file {path} has the place of a file of {taken[path]} in the runtime folder; "
            "put it elsewhere"
        )
    return ""


def manifest_files(
    programs: Iterable[BundledProgram], files: Iterable[ManifestFile], own: Iterable[ManifestFile]
) -> list[ManifestFile]:
    """All files of a folder of *programs* with their origins and users, sorted by path.

    *files* are those of the author, *own* those that tell of the programs; manifest and sums, which
    have the fingerprints of the others, are not among them. Raises `Conflicting`.
    """
    programs, files, own = tuple(programs), tuple(files), tuple(own)
    layers: dict[str, Mapping[str, RuntimeFile]] = {
        _FILES: _layer(files, ((file.path, DISTRIBUTION_FILES) for file in files)),
        _OWN: {
            **_layer(own, ((file.path, DISTRIBUTION_FILES) for file in own)),
            # Written last; the names are taken all the same.
            **{name: RuntimeFile(name, DISTRIBUTION_FILES) for name in (MANIFEST, SUMS)},
        },
    }
    listed = {file.path: file for file in (*files, *own)}
    needed_by: dict[str, set[str]] = defaultdict(set)
    for each in programs:
        folder = each.contents_directory
        placed = (
            *each.executables,
            *(replace(file, path=f"{folder}/{file.path}") for file in each.runtime),
        )
        origins = [
            *((file.path, FIRST_PARTY) for file in each.executables),
            *((f"{folder}/{path}", origin) for path, origin in each.origins),
        ]
        layers[each.address] = _layer(placed, origins, each.packed)
        # Programs that share a file have it once; that it is the same is checked below.
        for file in placed:
            listed[file.path] = file
            needed_by[file.path].add(each.executable)
    conflicts = find_conflicts(layers)
    if conflicts:
        raise Conflicting(conflict_message(conflicts))
    origin_of = {path: file.origin for layer in layers.values() for path, file in layer.items()}
    return [
        replace(file, origin=origin_of[path], components=tuple(sorted(needed_by[path])))
        for path, file in sorted(listed.items())
    ]


def _layer(
    files: Iterable[ManifestFile],
    origins: Iterable[tuple[str, str]],
    packed: frozenset[str] = frozenset(),
) -> dict[str, RuntimeFile]:
    contents = (
        (file.path, f"link to {file.link}" if file.link else f"{file.mode} {file.sha256}")
        for file in files
    )
    return runtime_files(contents, origins, packed)


def sbom_plan(name: str, version: str, programs: Iterable[DescribedProgram]) -> sbom_program.Plan:
    """What the SBOM of *programs* says, which are *name* of *version* as a whole."""
    labels = {}
    licences: dict[str, list[str]] = {}
    freezers: set[str] = set()
    system_libraries: set[str] = set()
    for program in programs:
        licences.update((label, list(names)) for label, names in program.licences)
        freezers.update(program.freezer)
        origins = {origin for _, origin in program.origins}
        others = {each for each in origins if each.startswith(f"{INTERPRETER} ")}
        others |= origins & {SYSTEM_LIBRARY}
        labels[program.executable] = sorted(
            {*map(str, program.requirements), *program.freezer, *others}
        )
        system_libraries.update(
            PurePosixPath(path).name for path, origin in program.origins if origin == SYSTEM_LIBRARY
        )
    return sbom_program.Plan(
        name=name,
        version=version,
        programs=labels,
        licences=licences,
        freezers=sorted(freezers),
        system_libraries=sorted(system_libraries),
    )
