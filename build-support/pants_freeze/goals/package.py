"""``./pants package``: folders and archives of frozen programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    EMPTY_DIGEST,
    Address,
    BuiltPackage,
    BuiltPackageArtifact,
    Get,
    PackageFieldSet,
    Rule,
    Target,
    UnionRule,
    UnparsedAddressInputs,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.field_sets import DistributionFieldSet, PyInstallerFieldSet
from pants_freeze.stages.archive import ArchiveRequest, archive
from pants_freeze.stages.bundle import BundleRequest, bundle
from pants_freeze.stages.closure import Closure, ClosureRequest
from pants_freeze.stages.component import ComponentRequest, component

_RUNTIME = "runtime"


@rule(desc="Package a frozen program")
async def package_component(field_set: PyInstallerFieldSet) -> BuiltPackage:
    built = await component(ComponentRequest(field_set, _RUNTIME))
    folder = field_set.output_path.folder()
    bundled = await bundle(BundleRequest(field_set.address, (built,), EMPTY_DIGEST, False))
    digest = await engine.add_prefix(bundled.digest, folder)
    return BuiltPackage(digest, (BuiltPackageArtifact(folder),))


@dataclass(frozen=True)
class DistributionPrograms:
    """The programs of a distribution, in the order of its fields; ``launcher`` may be None."""

    field_sets: tuple[PyInstallerFieldSet, ...]
    launcher: PyInstallerFieldSet | None


@dataclass(frozen=True)
class DistributionProgramsRequest:
    """The programs that ``field_set`` names."""

    field_set: DistributionFieldSet


def _programs(owner: Address, field: str, targets: Iterable[Target]) -> list[PyInstallerFieldSet]:
    """Field sets of *targets*; raises `errors.InvalidTarget` naming those that are no programs."""
    targets = tuple(targets)
    wrong = [
        errors.Problem(field, f"{each.address} is a `{each.alias}`; name a `pyinstaller_binary`")
        for each in targets
        if not PyInstallerFieldSet.is_applicable(each)
    ]
    if wrong:
        raise errors.InvalidTarget(str(owner), wrong)
    return [PyInstallerFieldSet.create(each) for each in targets]


@rule
async def distribution_programs(request: DistributionProgramsRequest) -> DistributionPrograms:
    field_set = request.field_set
    owner = field_set.address
    launchers = (field_set.launcher.value,) if field_set.launcher.value else ()
    binaries, launcher = await concurrently(
        engine.targets(field_set.binaries.to_unparsed_address_inputs()),
        engine.targets(
            UnparsedAddressInputs(
                launchers,
                owning_address=owner,
                description_of_origin=f"the `launcher` field of the target {owner}",
            )
        ),
    )
    named = _programs(owner, "binaries", binaries)
    launching = _programs(owner, "launcher", launcher)
    by_address = {each.address: each for each in (*named, *launching)}
    return DistributionPrograms(tuple(by_address.values()), launching[0] if launching else None)


@rule(desc="Package a distribution of frozen programs")
async def package_distribution(field_set: DistributionFieldSet) -> BuiltPackage:
    programs = await Get(DistributionPrograms, DistributionProgramsRequest(field_set))
    shared = field_set.runtime_path.value
    components = await concurrently(
        [
            component(
                ComponentRequest(
                    each,
                    f"{shared}-{each.output_path.executable()}"
                    if each.private_runtime.value
                    else shared,
                )
            )
            for each in programs.field_sets
        ]
    )
    file_targets = await engine.targets(field_set.files.to_unparsed_address_inputs())
    files = await engine.file_sources(file_targets)
    bundled = await bundle(
        BundleRequest(field_set.address, tuple(components), files.snapshot.digest, True)
    )
    folder = field_set.folder()
    digest = await engine.add_prefix(bundled.digest, folder)
    if field_set.archive.value == "none":
        return BuiltPackage(digest, (BuiltPackageArtifact(folder),))
    writer = await Get(
        Closure, ClosureRequest(programs.field_sets[0].address, programs.field_sets[0].pex.value)
    )
    archived = await archive(
        ArchiveRequest(
            field_set.address, bundled, folder, field_set.archive.value, writer.constraints
        )
    )
    both = await engine.merge((digest, archived.digest))
    return BuiltPackage(both, (BuiltPackageArtifact(folder), BuiltPackageArtifact(archived.path)))


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(PackageFieldSet, PyInstallerFieldSet),
        UnionRule(PackageFieldSet, DistributionFieldSet),
    )
