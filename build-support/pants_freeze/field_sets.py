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
)
from pants_freeze.budgets import SizeBudget
from pants_freeze.errors import Problem


@dataclass(frozen=True)
class ProgramStart:
    """A start of a program: until it prints ``marker``, or until its end if that is empty.

    ``env_vars`` are "NAME=value".
    """

    arguments: tuple[str, ...]
    marker: str
    env_vars: tuple[str, ...]


@dataclass(frozen=True)
class PyInstallerFieldSet(PackageFieldSet, RunFieldSet):
    """What it takes to freeze a `pyinstaller_binary`."""

    required_fields = (fields.PexField, fields.PyInstallerDependenciesField)
    run_in_sandbox_behavior = RunInSandboxBehavior.RUN_REQUEST_HERMETIC
    freezer: ClassVar[str] = "pyinstaller"

    pex: fields.PexField
    output_path: fields.FrozenOutputPathField
    hidden_imports: fields.HiddenImportsField
    excludes: fields.ExcludesField
    datas: fields.DatasField
    runtime_hooks: fields.RuntimeHooksField
    trim: fields.TrimField
    system_libraries: fields.SystemLibrariesField
    strip: fields.StripField
    optimize: fields.OptimizeField
    console: fields.ConsoleField
    compression: fields.CompressionField
    icon: fields.IconField
    private_runtime: fields.PrivateRuntimeField
    size_budget: fields.SizeBudgetField
    closure_budget: fields.ClosureBudgetField
    startup_budget: fields.StartupBudgetField
    memory_budget: fields.MemoryBudgetField
    startup_arguments: fields.StartupArgumentsField
    ready_arguments: fields.ReadyArgumentsField
    ready_marker: fields.ReadyMarkerField
    ready_env_vars: fields.ReadyEnvVarsField
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

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong between fields."""
        if self.ready_env_vars.value and not (
            self.ready_arguments.value or self.ready_marker.value
        ):
            what = "no start is described; set `ready_arguments` or `ready_marker`, or remove it"
            return (Problem("ready_env_vars", what),)
        return ()

    def icon_path(self) -> str:
        """The icon relative to the root of the repository, or empty."""
        if not self.icon.value:
            return ""
        return str(PurePosixPath(self.address.spec_path, self.icon.value))


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
