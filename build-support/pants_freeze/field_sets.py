"""Which fields of a target each goal needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar

from pants_freeze import target_types as fields
from pants_freeze._engine import (
    EnvironmentField,
    PackageFieldSet,
    RunFieldSet,
    RunInSandboxBehavior,
    Target,
)
from pants_freeze.budgets import SizeBudget
from pants_freeze.errors import Problem
from pants_freeze.platforms import mismatch, windows_problem
from pants_freeze.sandbox.level import Level


@dataclass(frozen=True)
class ProgramStart:
    """A start of a program: until it prints ``marker``, or until its end if that is empty.

    ``env_vars`` are "NAME=value".
    """

    arguments: tuple[str, ...]
    marker: str
    env_vars: tuple[str, ...]

    def plan(self) -> dict[str, object]:
        """The start as a sandbox program reads it; see `sandbox.execute.run_once`."""
        return {
            "arguments": list(self.arguments),
            "marker": self.marker,
            "environment": dict(variable.split("=", 1) for variable in self.env_vars),
        }


@dataclass(frozen=True)
class FreezingFieldSet(PackageFieldSet, RunFieldSet):
    """What it takes to freeze a program, with any freezer."""

    run_in_sandbox_behavior = RunInSandboxBehavior.RUN_REQUEST_HERMETIC
    freezer: ClassVar[str]
    # What an executable has in it, which its size is explained by.
    executable_holds: ClassVar[str]

    pex: fields.PexField
    output_path: fields.FrozenOutputPathField
    hidden_imports: fields.HiddenImportsField
    excludes: fields.ExcludesField
    datas: fields.DatasField
    runtime_hooks: fields.RuntimeHooksField
    trim: fields.TrimField
    system_libraries: fields.SystemLibrariesField
    optimization_level: fields.OptimizationLevelField
    strip: fields.StripField
    optimize: fields.OptimizeField
    target_platform: fields.TargetPlatformField
    target_arch: fields.TargetArchField
    console: fields.ConsoleField
    icon: fields.IconField
    layout: fields.LayoutField
    compression: fields.CompressionField
    size_budget: fields.SizeBudgetField
    closure_budget: fields.ClosureBudgetField
    startup_budget: fields.StartupBudgetField
    memory_budget: fields.MemoryBudgetField
    startup_arguments: fields.StartupArgumentsField
    ready_arguments: fields.ReadyArgumentsField
    ready_marker: fields.ReadyMarkerField
    ready_env_vars: fields.ReadyEnvVarsField
    exercises: fields.ExercisesField
    exercise_files: fields.ExerciseFilesField
    oldest_glibc: fields.OldestGlibcField
    environment: EnvironmentField

    def size_budgets(self) -> tuple[SizeBudget, ...]:
        """The budgets that `package` checks."""
        return tuple(
            SizeBudget(field.alias, int(field.limit()))
            for field in (self.size_budget, self.closure_budget)
            if field.limit()
        )

    def starts(self) -> tuple[ProgramStart, ...]:
        """The starts to measure; the last is the one that budgets are for."""
        found = []
        if self.startup_arguments.value:
            found.append(ProgramStart(tuple(self.startup_arguments.value), "", ()))
        if self.ready_arguments.value or self.ready_marker.value:
            found.append(
                ProgramStart(
                    tuple(self.ready_arguments.value),
                    self.ready_marker.value,
                    tuple(self.ready_env_vars.value),
                )
            )
        return tuple(found)

    def level(self, default: Level) -> Level:
        """The optimisation level, which is *default* if the target says none."""
        value = self.optimization_level.value
        return Level(value) if value else default

    def platform_problems(self, platform: str) -> tuple[Problem, ...]:
        """What is wrong with a build on *platform*, such as "linux_x86_64"."""
        system, _, architecture = platform.partition("_")
        found = (
            (self.target_platform, mismatch("system", self.target_platform.value, system)),
            (self.target_arch, mismatch("architecture", self.target_arch.value, architecture)),
        )
        return tuple(Problem(field.alias, problem) for field, problem in found if problem)

    @property
    def is_one_file(self) -> bool:
        """Whether the program is shipped as one file."""
        return self.layout.value == "onefile"

    def payload_compression(self) -> str:
        """How one file is compressed: "none", "zlib", "lzma" or "zstd"."""
        compression = self.compression.value or "lzma"
        # What UPX has packed are native libraries; the rest is still to be compressed.
        return "lzma" if compression == "upx" else compression

    def exercise_starts(self) -> tuple[ProgramStart, ...]:
        """The starts that the exercises are."""
        return tuple(
            ProgramStart(arguments, "", env_vars)
            for env_vars, arguments in self.exercises.command_lines()
        )

    @property
    def keeps_runtime(self) -> bool:
        """Whether the program has a runtime folder of its own in a distribution."""
        raise NotImplementedError

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong between fields."""
        found = []
        if self.ready_env_vars.value and not (
            self.ready_arguments.value or self.ready_marker.value
        ):
            what = "no start is described; set `ready_arguments` or `ready_marker`, or remove it"
            found.append(Problem("ready_env_vars", what))
        if not self.is_one_file and self.compression.value in ("zlib", "lzma", "zstd"):
            what = (
                f"a folder is not compressed by {self.compression.value!r}; write "
                '`layout="onefile"` for one compressed file, or remove it: what compresses a '
                "folder is the `archive` of a `frozen_distribution`"
            )
            found.append(Problem("compression", what))
        if self.target_platform.value == "windows":
            problem = windows_problem(self.output_path.folder())
            if problem:
                found.append(Problem("output_path", problem))
        for hidden in self.hidden_imports.value:
            outer = [each for each in self.excludes.value if f"{hidden}.".startswith(f"{each}.")]
            if outer:
                what = (
                    f"{outer[0]!r} leaves out {hidden!r}, which `hidden_imports` names; remove one"
                )
                found.append(Problem("excludes", what))
        return tuple(found)

    def further_files(self) -> tuple[tuple[str, str], ...]:
        """(field, path in the repository) of files that only some freezers take."""
        return ()

    def named_files(self) -> tuple[tuple[str, str], ...]:
        """(field, path in the repository) of all files that fields name; of `datas`, globs."""
        icon = self.icon_path()
        return (
            *((self.datas.alias, glob) for glob, _ in self.datas.pairs()),
            *((self.runtime_hooks.alias, path) for path in self.runtime_hooks.paths()),
            *((self.trim.alias, path) for path in self.trim.paths()),
            *([(self.icon.alias, icon)] if icon else ()),
            *self.further_files(),
        )

    def icon_path(self) -> str:
        """The icon relative to the root of the repository, or empty."""
        if not self.icon.value:
            return ""
        return str(PurePosixPath(self.address.spec_path, self.icon.value))


@dataclass(frozen=True)
class PyInstallerFieldSet(FreezingFieldSet):
    """What it takes to freeze a `pyinstaller_binary`."""

    required_fields = (fields.PexField, fields.PyInstallerDependenciesField)
    freezer = "pyinstaller"
    executable_holds = "the first-party code that the program imports"

    private_runtime: fields.PrivateRuntimeField
    spec: fields.SpecField
    dependencies: fields.PyInstallerDependenciesField

    def further_files(self) -> tuple[tuple[str, str], ...]:
        return ((self.spec.alias, self.spec.path()),) if self.spec.value else ()

    @property
    def keeps_runtime(self) -> bool:
        return self.private_runtime.value


@dataclass(frozen=True)
class StandaloneFieldSet(FreezingFieldSet):
    """What it takes to freeze a program with a freezer that takes first-party code, too."""

    @property
    def keeps_runtime(self) -> bool:
        return True

    def problems(self) -> tuple[Problem, ...]:
        found = super().problems()
        if self.compression.value == "upx":
            what = (
                "UPX packs the programs of a `pyinstaller_binary` only; remove it, or use that "
                "target"
            )
            found += (Problem("compression", what),)
        return found


@dataclass(frozen=True)
class CxFreezeFieldSet(StandaloneFieldSet):
    """What it takes to freeze a `cx_freeze_binary`."""

    required_fields = (fields.PexField, fields.CxFreezeDependenciesField)
    freezer = "cx_freeze"
    executable_holds = "the interpreter, and all modules lie in the runtime folder"


@dataclass(frozen=True)
class NuitkaFieldSet(StandaloneFieldSet):
    """What it takes to compile a `nuitka_binary`."""

    required_fields = (fields.PexField, fields.NuitkaDependenciesField)
    freezer = "nuitka"
    executable_holds = "all modules that the program imports, compiled"

    lto: fields.LtoField


FREEZERS: tuple[type[FreezingFieldSet], ...] = (
    PyInstallerFieldSet,
    CxFreezeFieldSet,
    NuitkaFieldSet,
)


def freezing_field_set(target: Target) -> FreezingFieldSet | None:
    """The field set of *target* for its freezer, or None if it is no freezing target."""
    for each in FREEZERS:
        if each.is_applicable(target):
            return each.create(target)
    return None


@dataclass(frozen=True)
class DistributionFieldSet(PackageFieldSet, RunFieldSet):
    """What it takes to bundle a `frozen_distribution`."""

    required_fields = (fields.BinariesField, fields.VersionField)
    run_in_sandbox_behavior = RunInSandboxBehavior.RUN_REQUEST_HERMETIC

    binaries: fields.BinariesField
    launcher: fields.LauncherField
    version: fields.VersionField
    files: fields.DistributionFilesField
    runtime_path: fields.RuntimePathField
    archive: fields.ArchiveField
    output_path: fields.DistributionOutputPathField
    environment: EnvironmentField

    def folder(self) -> str:
        """The folder below the dist folder."""
        if self.output_path.value:
            return self.output_path.value
        return f"{self.output_path.folder()}-v{self.version.value}"

    def name(self) -> str:
        """What it is called: its folder without the version."""
        name, version = PurePosixPath(self.folder()).name, f"-v{self.version.value}"
        return name[: -len(version)] if name.endswith(version) else name
