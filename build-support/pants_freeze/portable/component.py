"""Component: a program of a plan -> its executable and its runtime folder."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from pants_freeze.bundling import (
    PARTS_OF_FREEZERS,
    BundledProgram,
    DescribedProgram,
    place_problem,
)
from pants_freeze.external import excluded_problems, with_places
from pants_freeze.manifest import ManifestFile
from pants_freeze.platforms import mismatch
from pants_freeze.portable.environments import (
    Environment,
    Environments,
    blocks,
    pinned,
)
from pants_freeze.portable.errors import InvalidTargetError, LeftToPantsError, MissingProgramError
from pants_freeze.portable.plan import ComponentPlan
from pants_freeze.portable.work import Work, copy_folder, files_of, fingerprints
from pants_freeze.sandbox import errors, imports, licences
from pants_freeze.sandbox.environment import FIRST_PARTY
from pants_freeze.sandbox.layer import LINK, RUNTIME, LayerIndex, data_folders

_SYSTEMS = {"darwin": "macos", "win32": "windows"}
_ARCHITECTURES = {"amd64": "x86_64", "aarch64": "arm64"}
_LAYER = "layer"
_LINKED = "linked"
_FILES = "files.json"
_DEBIAN = {"ldd": "libc-bin", "ldconfig": "libc-bin", "objdump": "binutils", "strip": "binutils"}


@dataclass(frozen=True)
class Built:
    """A program: where its files are, and what tells of them."""

    program: BundledProgram
    description: DescribedProgram
    executables: Path
    layer: Path
    data: Path

    def source(self, path: str) -> Path:
        """The file that is to be at *path* of a folder with this program."""
        runtime = f"{self.program.contents_directory}/"
        if not path.startswith(runtime):
            return self.executables / path
        own = path[len(runtime) :]
        return self.data / own if (self.data / own).exists() else self.layer / own


def check_here(plan: ComponentPlan) -> None:
    """Raise an error of `portable.errors` if the program cannot be built here at all."""
    if plan.left_to_pants:
        raise LeftToPantsError(
            f"{plan.address}: {plan.left_to_pants}; build it with `./pants package {plan.address}`"
        )
    system = _SYSTEMS.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    for problem in (
        mismatch("system", plan.platform, system),
        mismatch("architecture", plan.architecture, _ARCHITECTURES.get(machine, machine)),
    ):
        if problem:
            raise LeftToPantsError(f"{plan.address}: {problem}")


def check_python(plan: ComponentPlan) -> None:
    """Raise `errors.InterpreterError` if the program is not for this Python."""
    major, minor, patch = sys.version_info[:3]
    first, last = plan.pythons.get(f"{major}.{minor}", (1, 0))
    if first <= patch <= last:
        return
    wanted = " or ".join(sorted(plan.pythons, key=lambda each: int(each.partition(".")[2])))
    raise errors.InterpreterError(
        f"{plan.address} is for {plan.constraints}, and this is Python {major}.{minor}.{patch}; "
        f"start build_all.py with Python {wanted or 'of another plan'}"
    )


def _strips(plan: ComponentPlan) -> bool:
    return bool(plan.freeze["strip"]) and sys.platform != "win32"


def check_system_programs(plan: ComponentPlan) -> None:
    """Raise `MissingProgramError` for programs of the system that freezing would run."""
    needed = ["strip"] if _strips(plan) else []
    if sys.platform.startswith("linux"):
        needed += ["ldd", "ldconfig", "objdump"]
    path = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin{os.pathsep}/sbin"
    missing = sorted(name for name in needed if shutil.which(name, path=path) is None)
    if missing:
        packages = ", ".join(sorted({_DEBIAN[name] for name in missing}))
        raise MissingProgramError(
            f"the system has no {', '.join(missing)}; install what has them (Debian: {packages}; "
            "macOS: xcode-select --install)"
        )


class Builder:
    """Builds the programs of the plan in *folder*."""

    def __init__(self, folder: Path, work: Work, environments: Environments) -> None:
        self._folder = folder
        self._work = work
        self._environments = environments

    def build(self, plan: ComponentPlan, contents_directory: str) -> Built:
        """The program of *plan* with its runtime folder at *contents_directory*.

        Raises the classes of ``portable.errors`` and of ``sandbox.errors``.
        """
        self._environments.check_missing(plan.missing)
        closure, tools = (
            (self._folder / path).read_text(encoding="utf-8")
            for path in (plan.requirements, plan.freezer)
        )
        environment = self._environments.environment(closure, tools, plan.executable)
        files = self._folder / plan.folder
        sources = fingerprints(files_of(files / "sources"))
        found = self._imports(plan, environment, sources)
        layer = self._freeze(plan, environment, found)
        index = LayerIndex.read(layer / _LAYER)
        origins = tuple(sorted(index.origins.items()))
        data = files_of(files / "data")
        runtime = _files(layer)
        collected = {path for path, origin in origins if origin == FIRST_PARTY}
        # A spec file may collect what the closure has anyway.
        both = {file.path for file in {*runtime}.intersection(data)} & collected
        problem = place_problem((each for each in origins if each[0] not in both), _paths(data))
        if problem:
            raise InvalidTargetError(f"{plan.address} (datas): {problem}")
        program = {
            **plan.link,
            "data_folders": sorted(data_folders({*_paths(data), *collected})),
            "contents_directory": contents_directory,
        }
        linked = self._link(plan, environment, layer, (program, sources))
        executables = files_of(linked / _LINKED)
        labels, parts = self._licences(plan, environment, tools)
        own_data = tuple(file for file in data if file.path not in both)
        of_program = (*origins, *((file.path, FIRST_PARTY) for file in own_data))
        name = executables[0].path
        return Built(
            BundledProgram(
                plan.address,
                name,
                contents_directory,
                executables,
                (*runtime, *own_data),
                of_program,
            ),
            DescribedProgram(name, environment.closure, of_program, labels, parts),
            linked / _LINKED,
            layer / _LAYER / RUNTIME,
            files / "data",
        )

    def _imports(
        self, plan: ComponentPlan, environment: Environment, sources: object
    ) -> imports.Imports:
        program = asdict(
            imports.Plan("sources", plan.link["entry_module"], plan.link["entry_function"])
        )

        def make(folder: Path) -> None:
            (folder / "sources").mkdir()
            copy_folder(self._folder / plan.folder / "sources", folder / "sources")
            self._environments.run(environment, "imports", program, folder)

        folder = self._work.step("imports", [program, sources], make, plan.executable)
        found = imports.Imports(**json.loads((folder / imports.OUTPUT).read_bytes()))
        if not plan.may_replace_modules:
            problems = excluded_problems(
                plan.freeze["excludes"], with_places(found.certain, plan.places)
            )
            if problems:
                lines = (f"{plan.address} (excludes): {each.what}" for each in problems)
                raise InvalidTargetError("\n".join(lines))
        return found

    def _freeze(
        self, plan: ComponentPlan, environment: Environment, found: imports.Imports
    ) -> Path:
        program = {
            **plan.freeze,
            "imports": list(found.external),
            "libraries": found.libraries,
            "groups": found.groups,
            "distributions": [str(each) for each in environment.closure],
            "strip": _strips(plan),
        }
        inputs = {name: self._folder / plan.folder / name for name in ("hooks", "repository")}

        def make(folder: Path) -> None:
            for name, source in inputs.items():
                copy_folder(source, folder / name)
            self._environments.run(environment, "freeze", program, folder)
            files = [asdict(each) for each in files_of(folder / _LAYER / RUNTIME)]
            (folder / _FILES).write_text(json.dumps(files), encoding="utf-8")

        key = [
            program,
            environment.folder.name,
            {name: fingerprints(files_of(source)) for name, source in inputs.items()},
        ]
        return self._work.step("freeze", key, make, plan.executable)

    def _link(
        self,
        plan: ComponentPlan,
        environment: Environment,
        layer: Path,
        what: tuple[dict[str, object], object],
    ) -> Path:
        """The step that links; *what* is its plan, and what identifies the sources."""
        program, _ = what
        own = self._folder / plan.folder

        def make(folder: Path) -> None:
            (folder / "sources").mkdir()
            copy_folder(own / "sources", folder / "sources")
            copy_folder(own / "icon", folder)
            copy_folder(layer / _LAYER / LINK, folder / _LAYER / LINK)
            self._environments.run(environment, "link", program, folder)

        key = [*what, layer.name, fingerprints(files_of(own / "icon"))]
        return self._work.step("link", key, make, plan.executable)

    def _licences(
        self, plan: ComponentPlan, environment: Environment, tools: str
    ) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[str, ...]]:
        """The licences of the requirements, and of the parts of the freezer that are in it."""
        parts = [
            str(each)
            for each in map(pinned, blocks(tools))
            if each is not None and each.name in PARTS_OF_FREEZERS
        ]
        program = {"distributions": [*map(str, environment.closure), *sorted(parts)]}

        def make(folder: Path) -> None:
            self._environments.run(environment, "licences", program, folder)

        key = [program, environment.folder.name]
        folder = self._work.step("licences", key, make, plan.executable)
        found = json.loads((folder / licences.OUTPUT).read_bytes())
        return (
            tuple((label, tuple(names)) for label, names in sorted(found.items())),
            tuple(sorted(parts)),
        )


def _files(layer: Path) -> tuple[ManifestFile, ...]:
    content = json.loads((layer / _FILES).read_bytes())
    return tuple(ManifestFile(**{**each, "components": ()}) for each in content)


def _paths(files: tuple[ManifestFile, ...]) -> list[str]:
    return [file.path for file in files]
