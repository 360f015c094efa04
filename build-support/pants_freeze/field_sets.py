"""Which fields of a target each goal needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from pants_freeze import target_types as fields
from pants_freeze._engine import (
    EnvironmentField,
    PackageFieldSet,
    RunFieldSet,
    RunInSandboxBehavior,
)


@dataclass(frozen=True)
class PyInstallerFieldSet(PackageFieldSet, RunFieldSet):
    """What it takes to freeze a `pyinstaller_binary`."""

    required_fields = (fields.PexField, fields.PyInstallerDependenciesField)
    run_in_sandbox_behavior = RunInSandboxBehavior.RUN_REQUEST_HERMETIC

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
    icon: fields.IconField
    private_runtime: fields.PrivateRuntimeField
    environment: EnvironmentField

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
