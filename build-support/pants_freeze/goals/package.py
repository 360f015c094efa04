"""``./pants package``: folders and archives of frozen programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    EMPTY_DIGEST,
    Address,
    AllTargets,
    BuiltPackage,
    BuiltPackageArtifact,
    Get,
    OutputPathField,
    PackageFieldSet,
    Platform,
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
from pants_freeze.stages.inputs import InputProblems, InputProblemsRequest
from pants_freeze.stages.report import ReportRequest, report_on
from pants_freeze.stages.single_file import SingleFileRequest, single_file

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
    field_set: DistributionFieldSet,
    output: OutputProblem,
    paths: Iterable[str],
    requests: Iterable[ComponentRequest],
) -> None:
    """Raise `errors.InvalidTarget` if something is wrong with the *output*, or if the *paths* of
    its files are no places for them."""
    problems = file_problems(paths, _triples(requests))
    if output.what:
        problems = (errors.Problem("output_path", output.what), *problems)
    if problems:
        raise errors.InvalidTarget(str(field_set.address), problems)


def _check_executables(owner: Address, field: str, requests: Iterable[ComponentRequest]) -> None:
    problem = executable_problem(_triples(requests))
    if problem:
        raise errors.InvalidTarget(str(owner), [errors.Problem(field, problem)])


def output_problem(path: str, others: Iterable[tuple[str, str]]) -> str:
    """What is wrong with the output *path* if *others*, (path, address) pairs, are written too;
    empty if nothing is."""
    for other, address in sorted(others):
        if f"{other}/".startswith(f"{path}/") or f"{path}/".startswith(f"{other}/"):
            where = f"{other!r} too" if other == path else f"{other!r}, and one lies in the other"
            return (
                f"it is {path!r}, and {address} writes {where}; give one of them another "
                "`output_path`, or none: that is made of the address"
            )
    return ""


@dataclass(frozen=True)
class OutputProblemRequest:
    """What is wrong with the output ``path`` of the target ``owner``, which holds ``programs``."""

    owner: Address
    path: str
    programs: tuple[FreezingFieldSet, ...]


@dataclass(frozen=True)
class OutputProblem:
    """What is wrong, and what to do; nothing is if it is empty."""

    what: str


def output_paths(targets: Iterable[Target], platform: str) -> Iterable[tuple[str, str]]:
    """(path below the dist folder, address) of what `package` writes of *targets* on *platform*.

    Of targets of other backends only those that an author has written: others have a suffix.
    """
    for target in targets:
        field_set = freezing_field_set(target)
        if field_set is not None:
            if not field_set.platform_problems(platform):
                yield field_set.output_path.folder(), str(target.address)
        elif DistributionFieldSet.is_applicable(target):
            yield DistributionFieldSet.create(target).folder(), str(target.address)
        else:
            path = target.get(OutputPathField).value
            if path:
                yield path, str(target.address)


@dataclass(frozen=True)
class OtherOutputsRequest:
    """What `package` writes of all targets but ``owner``."""

    owner: Address


@dataclass(frozen=True)
class OtherOutputs:
    """(path below the dist folder, address) pairs."""

    paths: tuple[tuple[str, str], ...]


@rule
async def find_other_outputs(
    request: OtherOutputsRequest, targets: AllTargets, platform: Platform
) -> OtherOutputs:
    # A goal does not tell what else it packages. So it is all that `package ::` would.
    others = (target for target in targets if target.address != request.owner)
    return OtherOutputs(tuple(output_paths(others, platform.value)))


@rule
async def find_output_problem(request: OutputProblemRequest) -> OutputProblem:
    # Pants ends when it looks for all targets and finds a link to itself. One that a field names is
    # told of, so that comes first.
    inputs = await concurrently(
        [Get(InputProblems, InputProblemsRequest(program)) for program in request.programs]
    )
    if any(each.problems for each in inputs):
        return OutputProblem("")
    others = await Get(OtherOutputs, OtherOutputsRequest(request.owner))
    return OutputProblem(output_problem(request.path, others.paths))


@dataclass(frozen=True)
class PackageRequest:
    """The package of the program of ``field_set``."""

    field_set: FreezingFieldSet


@rule(desc="Package a frozen program")
async def package_component(package: PackageRequest) -> BuiltPackage:
    field_set = package.field_set
    folder = field_set.output_path.folder()
    output = await Get(OutputProblem, OutputProblemRequest(field_set.address, folder, (field_set,)))
    if output.what:
        problem = errors.Problem("output_path", output.what)
        raise errors.InvalidTarget(str(field_set.address), [problem])
    request = ComponentRequest(field_set, RUNTIME)
    _check_executables(field_set.address, "output_path", [request])
    # What is compared with in the end is damaged or not before that.
    await Get(Record, RecordRequest(field_set.address))
    built = await component(request)
    await Get(WithinBudget, BudgetRequest(field_set, built))
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
    programs = await Get(DistributionPrograms, DistributionProgramsRequest(field_set))
    folder = field_set.folder()
    frozen = tuple(each.field_set for each in programs.requests)
    output = await Get(OutputProblem, OutputProblemRequest(field_set.address, folder, frozen))
    files = await named_files(
        NamedFilesRequest(field_set.address, "files", tuple(field_set.files.value or ()))
    )
    check_files(field_set, output, files.paths, programs.requests)
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
