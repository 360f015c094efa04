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
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.bundling import OWN_FILES, RUNTIME
from pants_freeze.field_sets import (
    FREEZERS,
    CxFreezeFieldSet,
    DistributionFieldSet,
    FreezingFieldSet,
    NuitkaFieldSet,
    PyInstallerFieldSet,
    freezing_field_set,
)
from pants_freeze.sizes import Record
from pants_freeze.stages.archive import ArchiveRequest, archive
from pants_freeze.stages.budget import BudgetRequest, RecordRequest, WithinBudget
from pants_freeze.stages.bundle import BundleRequest, bundle
from pants_freeze.stages.component import ComponentRequest, component
from pants_freeze.stages.files import NamedFilesRequest, named_files
from pants_freeze.stages.report import ReportRequest, report_on
from pants_freeze.stages.single_file import SingleFileRequest, single_file
from pants_freeze.target_types import FrozenOutputPathField

_OTHERS = "`cx_freeze_binary` or `nuitka_binary`"


def executable_problem(executables: Iterable[tuple[str, str, str]]) -> str:
    """What is wrong with (executable, runtime folder, address) triples; empty if nothing is.

    No name may be there twice, nor be that of the folder around a runtime folder, nor that of a
    file of every package. Names that differ only in case are one, as on Windows and macOS.
    """
    executables = tuple(executables)
    owners: dict[str, tuple[str, str]] = {}
    folders = {runtime.partition("/")[0].casefold() for _, runtime, _ in executables}
    own = {name.casefold() for name in OWN_FILES}
    for executable, _, address in executables:
        name = executable.casefold()
        if name in folders:
            return (
                f"the executable of {address} and the runtime folder both have the name "
                f"{executable!r}; give the program another `output_path`"
            )
        if name in own:
            return (
                f"the executable of {address} has the name {executable!r}, which is that of a file "
                "of every package; give the program another `output_path`"
            )
        other, other_executable = owners.setdefault(name, (address, executable))
        if other != address:
            both = (
                f"both make the executable {executable!r}"
                if executable == other_executable
                else f"make the executables {other_executable!r} and {executable!r}, which are one "
                "where case does not count"
            )
            return f"{other} and {address} {both}; give one of them another `output_path`"
    return ""


def file_problems(
    paths: Iterable[str], executables: Iterable[tuple[str, str, str]]
) -> tuple[errors.Problem, ...]:
    """What is wrong with the *paths* of the files of a distribution.

    *executables* are (executable, runtime folder, address) triples. As with their names, case does
    not count.
    """
    taken = {name.casefold(): f"the distribution's own {name!r}" for name in OWN_FILES}
    for executable, runtime, address in executables:
        taken[runtime.casefold()] = f"the runtime folder {runtime!r}"
        taken[executable.casefold()] = f"the executable of {address}"
    around = {
        "/".join(place.split("/")[:end]): owner
        for place, owner in taken.items()
        for end in range(1, place.count("/") + 1)
    }
    problems = []
    for path in sorted(paths):
        parts = path.casefold().split("/")
        beginnings = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
        owner = next((taken[each] for each in beginnings if each in taken), "")
        owner = owner or around.get(path.casefold(), "")
        if owner:
            what = f"{path} has the place of {owner}; move it by `relocated_files`, or leave it out"
            problems.append(errors.Problem("files", what))
    return tuple(problems)


def _triples(requests: Iterable[ComponentRequest]) -> list[tuple[str, str, str]]:
    """Executable, runtime folder and address of each of *requests*."""
    return [
        (
            request.field_set.output_path.executable(),
            request.contents_directory,
            str(request.field_set.address),
        )
        for request in requests
    ]


def check_files(
    field_set: DistributionFieldSet, paths: Iterable[str], requests: Iterable[ComponentRequest]
) -> None:
    """Raise `errors.InvalidTarget` if the *paths* of its files are no places for them."""
    problems = file_problems(paths, _triples(requests))
    if problems:
        raise errors.InvalidTarget(str(field_set.address), problems)


def _check_executables(owner: Address, field: str, requests: Iterable[ComponentRequest]) -> None:
    problem = executable_problem(_triples(requests))
    if problem:
        raise errors.InvalidTarget(str(owner), [errors.Problem(field, problem)])


def same_output_problem(
    address: Address, folder: str, others: Iterable[tuple[Address, str]]
) -> str:
    """What is wrong if *others*, which `parametrize` makes too, write to *folder*; or empty."""
    same = sorted(str(other) for other, path in others if path == folder and other != address)
    if not same:
        return ""
    return (
        f"{', '.join(same)} would overwrite what this writes to {folder!r}; remove `output_path`, "
        "so that each has a folder of its own, or write a target for each"
    )


@dataclass(frozen=True)
class DistinctOutput:
    """No parametrization of a target writes where another does."""


@dataclass(frozen=True)
class DistinctOutputRequest:
    """Whether other parametrizations of the target at ``address`` write to ``folder``."""

    address: Address
    folder: str


def _output_of(target: Target) -> str:
    """The folder that *target* writes below the dist folder."""
    if DistributionFieldSet.is_applicable(target):
        return DistributionFieldSet.create(target).folder()
    return target[FrozenOutputPathField].folder()


@rule
async def check_distinct_output(request: DistinctOutputRequest) -> DistinctOutput:
    address = request.address
    if address == engine.template(address):
        return DistinctOutput()
    others = await engine.parametrizations(address, "the check of outputs")
    outputs = ((each.address, _output_of(each)) for each in others)
    problem = same_output_problem(address, request.folder, outputs)
    if problem:
        raise errors.InvalidTarget(str(address), [errors.Problem("output_path", problem)])
    return DistinctOutput()


@dataclass(frozen=True)
class PackageRequest:
    """The package of the program of ``field_set``."""

    field_set: FreezingFieldSet


@rule(desc="Package a frozen program")
async def package_component(package: PackageRequest) -> BuiltPackage:
    field_set = package.field_set
    request = ComponentRequest(field_set, RUNTIME)
    _check_executables(field_set.address, "output_path", [request])
    await Get(
        DistinctOutput,
        DistinctOutputRequest(field_set.address, field_set.output_path.folder()),
    )
    # What is compared with in the end is damaged or not before that.
    await Get(Record, RecordRequest(field_set.address))
    built = await component(request)
    await Get(WithinBudget, BudgetRequest(field_set, built))
    folder = field_set.output_path.folder()
    if field_set.is_one_file:
        one_file = await single_file(SingleFileRequest(field_set, built))
        digest = await engine.create([engine.moved(one_file.entry, folder)])
        return BuiltPackage(digest, (BuiltPackageArtifact(folder),))
    bundled = await bundle(
        BundleRequest(
            owner=field_set.address,
            name=field_set.output_path.executable(),
            version="",
            components=(built,),
            files=EMPTY_DIGEST,
            per_component=False,
        )
    )
    digest = await engine.add_prefix(bundled.digest, folder)
    return BuiltPackage(digest, (BuiltPackageArtifact(folder),))


@rule
async def package_pyinstaller(field_set: PyInstallerFieldSet) -> BuiltPackage:
    return await Get(BuiltPackage, PackageRequest(field_set))


@rule
async def package_cx_freeze(field_set: CxFreezeFieldSet) -> BuiltPackage:
    return await Get(BuiltPackage, PackageRequest(field_set))


@rule
async def package_nuitka(field_set: NuitkaFieldSet) -> BuiltPackage:
    return await Get(BuiltPackage, PackageRequest(field_set))


@dataclass(frozen=True)
class DistributionPrograms:
    """The programs of a distribution, in the order of its fields; ``launcher`` may be None."""

    requests: tuple[ComponentRequest, ...]
    launcher: FreezingFieldSet | None


@dataclass(frozen=True)
class DistributionProgramsRequest:
    """The programs that ``field_set`` names."""

    field_set: DistributionFieldSet


def _programs(owner: Address, field: str, targets: Iterable[Target]) -> list[FreezingFieldSet]:
    """Field sets of *targets*; raises `errors.InvalidTarget` naming those that do not fit."""
    programs, wrong = [], []
    for target in targets:
        program = freezing_field_set(target)
        if program is None:
            problem = f"{target.address} is a `{target.alias}`; name a `pyinstaller_binary`"
            wrong.append(errors.Problem(field, f"{problem}, {_OTHERS}"))
        else:
            programs.append(program)
    wrong = wrong or [
        errors.Problem(
            field,
            f'{each.address} has `layout="onefile"`, which shares no runtime folder; name one '
            'with `layout="folder"`, and set `archive` for one file to download',
        )
        for each in programs
        if each.is_one_file
    ]
    if wrong:
        raise errors.InvalidTarget(str(owner), wrong)
    return programs


@rule
async def distribution_programs(request: DistributionProgramsRequest) -> DistributionPrograms:
    field_set = request.field_set
    owner = field_set.address
    launchers = (field_set.launcher.value,) if field_set.launcher.value else ()
    binaries, launcher = await concurrently(
        engine.targets(field_set.binaries.to_unparsed_address_inputs()),
        engine.targets(engine.named(launchers, "launcher", owner)),
    )
    named = _programs(owner, "binaries", binaries)
    launching = _programs(owner, "launcher", launcher)
    shared = field_set.runtime_path.value
    requests = {
        each.address: ComponentRequest(
            each,
            f"{shared}-{each.output_path.executable()}" if each.keeps_runtime else shared,
        )
        for each in (*named, *launching)
    }
    _check_executables(owner, "binaries", requests.values())
    return DistributionPrograms(tuple(requests.values()), launching[0] if launching else None)


@rule(desc="Package a distribution of frozen programs")
async def package_distribution(field_set: DistributionFieldSet) -> BuiltPackage:
    await Get(DistinctOutput, DistinctOutputRequest(field_set.address, field_set.folder()))
    programs = await Get(DistributionPrograms, DistributionProgramsRequest(field_set))
    files = await named_files(
        NamedFilesRequest(field_set.address, "files", tuple(field_set.files.value or ()))
    )
    check_files(field_set, files.paths, programs.requests)
    await concurrently(
        [Get(Record, RecordRequest(each.field_set.address)) for each in programs.requests]
    )
    components = await concurrently([component(request) for request in programs.requests])
    await concurrently(
        [
            Get(WithinBudget, BudgetRequest(request.field_set, built))
            for request, built in zip(programs.requests, components)
        ]
    )
    folder = field_set.folder()
    bundled = await bundle(
        BundleRequest(
            owner=field_set.address,
            name=field_set.name(),
            version=field_set.version.value,
            components=tuple(components),
            files=files.digest,
            per_component=True,
        )
    )
    constraints = components[0].closure.constraints
    parts = [await engine.add_prefix(bundled.digest, folder)]
    paths = [folder]
    archive_digest = None
    if field_set.archive.value != "none":
        archived = await archive(
            ArchiveRequest(
                field_set.address,
                bundled,
                folder,
                field_set.archive.value,
                constraints,
            )
        )
        archive_digest = archived.digest
        parts.append(archived.digest)
        paths.append(archived.path)
    report = await report_on(
        ReportRequest(
            field_set.address,
            field_set.version.value,
            folder,
            programs.requests,
            bundled,
            archive_digest,
            constraints,
        )
    )
    digest = await engine.merge((*parts, report.digest))
    return BuiltPackage(digest, tuple(map(BuiltPackageArtifact, (*paths, *report.paths))))


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        *(UnionRule(PackageFieldSet, each) for each in FREEZERS),
        UnionRule(PackageFieldSet, DistributionFieldSet),
    )
