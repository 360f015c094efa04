"""Component: a freezing target -> its executable and all that it needs at run time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    Address,
    Digest,
    EnvironmentName,
    Get,
    Platform,
    Rule,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.bundling import place_problem
from pants_freeze.external import excluded_problems
from pants_freeze.field_sets import FreezingFieldSet, PyInstallerFieldSet, StandaloneFieldSet
from pants_freeze.report import PackedFile, Step
from pants_freeze.sandbox.environment import FIRST_PARTY
from pants_freeze.sandbox.level import Level
from pants_freeze.stages.closure import Closure, ClosureRequest, FirstParty
from pants_freeze.stages.freeze import FreezeOptions, FreezeRequest, freeze
from pants_freeze.stages.inputs import InputProblems, InputProblemsRequest
from pants_freeze.stages.link import LinkOptions, LinkRequest, link
from pants_freeze.stages.standalone import StandaloneRequest, standalone
from pants_freeze.stages.upx import UpxRequest, packed, upx
from pants_freeze.subsystems import Freeze


@dataclass(frozen=True)
class ComponentRequest:
    """The component of ``field_set``, with its runtime folder at ``contents_directory``.

    With ``import_times`` its executable prints how long each import takes; with ``is_checked`` it
    can be checked, if its freezer links. The trim list at the path ``without_trim`` is not applied.
    """

    field_set: FreezingFieldSet
    contents_directory: str
    import_times: bool = False
    is_checked: bool = False
    without_trim: str = ""


@dataclass(frozen=True)
class Component:
    """One program, ready to be bundled.

    ``executable`` is a file name in ``executable_digest``; ``runtime`` is the content of its
    runtime folder: its layer, first-party resources and data files. ``origins`` names for each path
    of it the requirement, or whoever else it comes from. ``graph`` is the file with the import
    graph of its layer, ``hooks`` are its run-time hooks, ``steps`` what building it took,
    ``packed`` what UPX made of its native files, if it was asked, ``left_out`` modules that the
    layer leaves out on purpose, each with all below it. If ``program`` is not empty, the
    executable is a link to the file at that path of the runtime folder. ``freezer`` is the freezer
    as field sets name it.
    """

    address: Address
    executable: str
    executable_digest: Digest
    contents_directory: str
    runtime: Digest
    origins: tuple[tuple[str, str], ...]
    closure: Closure
    graph: Digest
    hooks: tuple[str, ...]
    steps: tuple[Step, ...]
    freezer: str
    packed: tuple[PackedFile, ...] = ()
    left_out: tuple[str, ...] = ()
    program: str = ""


@dataclass(frozen=True)
class FirstPartyData:
    """First-party files of a runtime folder, at their places in it."""

    digest: Digest
    paths: tuple[str, ...]


@dataclass(frozen=True)
class FirstPartyDataRequest:
    """Resources of the closure and what the `datas` field names: (glob, destination folder)."""

    owner: Address
    resources: Digest
    datas: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FrozenComponentRequest:
    """The component ``request``, of ``closure``, with what its fields say in ``options``."""

    request: ComponentRequest
    closure: Closure
    options: FreezeOptions


@dataclass(frozen=True)
class LinkedComponent:
    """A component of PyInstaller: an executable over a runtime layer."""

    component: Component


@dataclass(frozen=True)
class StandaloneComponent:
    """A component of cx_Freeze or Nuitka."""

    component: Component


@dataclass(frozen=True)
class ComponentHere:
    """A component, built in the environment of whoever asks.

    A `Component` is built in that of its own target, alone as well as in a distribution, and for
    all that only looks at it.
    """

    component: Component


def is_named(address: Address, named: Iterable[Address]) -> bool:
    """Whether one of *named* is *address*, or has generated it, or is it without parameters."""
    generator = address.maybe_convert_to_target_generator()
    return any(each == generator or each.is_parametrized_subset_of(address) for each in named)


def relocate(glob: str, destination: str, path: str) -> str:
    """Where the file *path* that matched *glob* lies in the runtime folder.

    What follows the last folder of *glob* without a wildcard is kept: "templates/**" puts
    "templates/mail/a.html" at "mail/a.html" below *destination*.
    """
    base = PurePosixPath(glob).parent
    while any(character in str(base) for character in "*?["):
        base = base.parent
    return str(PurePosixPath(destination, PurePosixPath(path).relative_to(base)))


def duplicate_problems(placed: Iterable[tuple[str, str, object]]) -> list[str]:
    """What is wrong with (source, place, content) triples: different content at one place."""
    taken: dict[str, tuple[str, object]] = {}
    problems = []
    for source, place, content in placed:
        other, other_content = taken.setdefault(place, (source, content))
        if content != other_content:
            problems.append(
                f"{other} and {source} both have the place {place}; give one another place"
            )
    return problems


@rule
async def place_first_party_data(request: FirstPartyDataRequest) -> FirstPartyData:
    origin = f"the `datas` field of the target {request.owner}"
    snapshots = await concurrently(
        [engine.workspace_files((glob,), origin) for glob, _ in request.datas]
    )
    resources, *contents = await concurrently(
        [
            engine.entries(request.resources),
            *(engine.entries(snapshot.digest) for snapshot in snapshots),
        ]
    )
    placed = [(f"the resource {entry.path}", entry) for entry in resources]
    placed += [
        (entry.path, engine.moved(entry, relocate(glob, destination, entry.path)))
        for (glob, destination), entries in zip(request.datas, contents)
        for entry in entries
    ]
    problems = duplicate_problems((source, entry.path, entry) for source, entry in placed)
    if problems:
        raise errors.InvalidTarget(
            str(request.owner), [errors.Problem("datas", problem) for problem in problems]
        )
    files = {entry.path: entry for _, entry in placed}
    return FirstPartyData(await engine.create(files.values()), tuple(files))


def _check_places(
    address: Address, origins: Iterable[tuple[str, str]], data: FirstPartyData
) -> None:
    """Raise `errors.InvalidTarget` if a data file has the place of one that has an origin."""
    problem = place_problem(origins, data.paths)
    if problem:
        raise errors.InvalidTarget(str(address), [errors.Problem("datas", problem)])


@rule
async def build_linked(frozen: FrozenComponentRequest) -> LinkedComponent:
    request, closure, options = frozen.request, frozen.closure, frozen.options
    field_set = request.field_set
    assert isinstance(field_set, PyInstallerFieldSet)
    address = field_set.address
    # Asked for first: nothing is frozen where it is missing.
    is_packed = field_set.compression.value == "upx" and not request.is_checked
    tool = await upx(address) if is_packed else None
    if field_set.spec.value:
        reads, named = await concurrently(
            engine.direct_dependencies(field_set.dependencies),
            engine.explicit_dependencies(field_set.dependencies),
        )
        # Others are inferred: whoever edits a trim list has not touched what the spec file reads.
        spec_files = await engine.sources(
            target for target in reads if is_named(target.address, named.includes)
        )
        options = replace(
            options, spec=field_set.spec.path(), spec_files=spec_files.snapshot.digest
        )
    layer, data = await concurrently(
        freeze(FreezeRequest(address, closure, options)),
        Get(
            FirstPartyData,
            FirstPartyDataRequest(address, closure.resources, field_set.datas.pairs()),
        ),
    )
    collected = {path for path, origin in layer.origins if origin == FIRST_PARTY}
    both = collected.intersection(data.paths)
    if both:
        frozen_files, own = await concurrently(
            engine.entries(layer.runtime), engine.entries(data.digest)
        )
        # A spec file may collect what the closure has anyway.
        both &= {entry.path for entry in set(frozen_files).intersection(own)}
    _check_places(address, [each for each in layer.origins if each[0] not in both], data)
    executable, runtime = await concurrently(
        link(
            LinkRequest(
                address,
                closure,
                layer.link,
                request.contents_directory,
                (*data.paths, *sorted(collected)),
                LinkOptions(
                    name=field_set.output_path.executable(),
                    optimize=options.optimize,
                    console=field_set.console.value,
                    icon=field_set.icon_path(),
                    import_times=request.import_times,
                    is_checked=request.is_checked,
                ),
            )
        ),
        engine.merge((layer.runtime, data.digest)),
    )
    built = Component(
        address=address,
        executable=executable.path,
        executable_digest=executable.digest,
        contents_directory=request.contents_directory,
        runtime=runtime,
        origins=(
            *layer.origins,
            *((path, FIRST_PARTY) for path in data.paths if path not in both),
        ),
        closure=closure,
        graph=layer.graph,
        hooks=layer.hooks,
        steps=(closure.step, layer.step, executable.step),
        freezer=field_set.freezer,
        left_out=layer.left_out,
    )
    if tool is None:
        return LinkedComponent(built)
    made = await packed(
        UpxRequest(
            owner=address,
            tool=tool,
            layer=layer.runtime,
            data=data.digest,
            executable=executable.path,
            executable_digest=executable.digest,
            contents_directory=request.contents_directory,
            arguments=field_set.startup_arguments.value,
            constraints=closure.constraints,
        )
    )
    return LinkedComponent(
        replace(
            built,
            executable_digest=made.executable_digest,
            runtime=await engine.merge((made.layer, data.digest)),
            steps=(*built.steps, made.step),
            packed=made.files,
        )
    )


@rule
async def build_standalone(frozen: FrozenComponentRequest) -> StandaloneComponent:
    request, closure = frozen.request, frozen.closure
    field_set = request.field_set
    assert isinstance(field_set, StandaloneFieldSet)
    address, name = field_set.address, field_set.output_path.executable()
    made, placed = await concurrently(
        standalone(StandaloneRequest(field_set, closure, frozen.options)),
        Get(
            FirstPartyData,
            FirstPartyDataRequest(address, closure.resources, field_set.datas.pairs()),
        ),
    )
    data_digest = await engine.add_prefix(placed.digest, made.data) if made.data else placed.digest
    data = FirstPartyData(
        data_digest, tuple(str(PurePosixPath(made.data, path)) for path in placed.paths)
    )
    _check_places(address, made.origins, data)
    executable, runtime = await concurrently(
        engine.create([engine.link(name, f"{request.contents_directory}/{made.program}")]),
        engine.merge((made.runtime, data.digest)),
    )
    return StandaloneComponent(
        Component(
            address=address,
            executable=name,
            executable_digest=executable,
            contents_directory=request.contents_directory,
            runtime=runtime,
            origins=(*made.origins, *((path, FIRST_PARTY) for path in data.paths)),
            closure=closure,
            graph=made.graph,
            hooks=made.hooks,
            steps=(closure.step, made.step),
            freezer=field_set.freezer,
            program=made.program,
        )
    )


def may_replace_modules(field_set: FreezingFieldSet) -> bool:
    """Whether a run-time hook or a spec file may put something in the place of what is left out."""
    return bool(field_set.runtime_hooks.value) or bool(field_set.further_files())


def freeze_options(
    field_set: FreezingFieldSet, default: Level, without_trim: str = ""
) -> FreezeOptions:
    """What the fields of *field_set* say about its runtime layer, but for its spec file.

    *default* is the optimisation level of programs that say none.
    """
    level = field_set.level(default)
    strip, optimize = field_set.strip.value, field_set.optimize.value
    return FreezeOptions(
        hidden_imports=field_set.hidden_imports.value,
        excludes=field_set.excludes.value,
        runtime_hooks=field_set.runtime_hooks.paths(),
        trim=tuple(path for path in field_set.trim.paths() if path != without_trim),
        system_libraries=field_set.system_libraries.value or (),
        level=level,
        strip=level.strips if strip is None else strip,
        optimize=level.bytecode if optimize is None else optimize,
    )


@rule
async def build_component(request: ComponentRequest) -> Component:
    environment = await engine.environment_of(request.field_set)
    built = await Get(ComponentHere, {request: ComponentRequest, environment: EnvironmentName})
    return built.component


@rule
async def build_component_here(
    request: ComponentRequest, freeze_subsystem: Freeze, platform: Platform
) -> ComponentHere:
    field_set = request.field_set
    default_level = freeze_subsystem.optimization_level
    address = field_set.address
    # What the graph and the named files show is told before any process is started.
    inputs = await Get(InputProblems, InputProblemsRequest(field_set, request.without_trim))
    problems = (
        *field_set.problems(),
        *field_set.platform_problems(platform.value),
        *inputs.problems,
    )
    if problems:
        raise errors.InvalidTarget(str(address), problems)
    closure_request = ClosureRequest(address, field_set.pex.value)
    first_party = await Get(FirstParty, ClosureRequest, closure_request)
    await Get(
        FirstPartyData,
        FirstPartyDataRequest(address, first_party.resources, field_set.datas.pairs()),
    )
    closure = await Get(Closure, ClosureRequest, closure_request)
    if not may_replace_modules(field_set):
        excluded = excluded_problems(field_set.excludes.value, closure.certain_imports)
        if excluded:
            raise errors.InvalidTarget(str(address), excluded)
    options = freeze_options(field_set, default_level, request.without_trim)
    frozen = FrozenComponentRequest(request, closure, options)
    if isinstance(field_set, StandaloneFieldSet):
        alone = await Get(StandaloneComponent, FrozenComponentRequest, frozen)
        return ComponentHere(alone.component)
    linked = await Get(LinkedComponent, FrozenComponentRequest, frozen)
    return ComponentHere(linked.component)


def component(request: ComponentRequest) -> Get:
    """``Component`` as requested."""
    return Get(Component, ComponentRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
