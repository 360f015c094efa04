"""Plan: programs -> a folder that ``build_all.py`` builds them from where there is no Pants.

Nothing is frozen or downloaded for it. What Pants alone knows is written down: the closure, the
requirements with their hashes, the values of fields after all defaults. The sandbox programs that
do the work come along, so the folder needs nothing else than a Python.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    EMPTY_DIGEST,
    Address,
    Digest,
    FileContent,
    Get,
    Lockfile,
    PexArgsField,
    PexEnvField,
    PythonSetup,
    Rule,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.field_sets import FreezingFieldSet, PyInstallerFieldSet
from pants_freeze.locked import Locked, Unlocked, locked
from pants_freeze.portable.plan import VERSION, ComponentPlan, DistributionPlan, Plan
from pants_freeze.sandbox import link as link_program
from pants_freeze.stages.closure import ClosureRequest, FirstParty
from pants_freeze.stages.component import (
    FirstPartyData,
    FirstPartyDataRequest,
    freeze_options,
    may_replace_modules,
)
from pants_freeze.stages.freeze import HOOKS, TrimRules, TrimRulesRequest, layer_plan
from pants_freeze.stages.inputs import InputProblems, InputProblemsRequest
from pants_freeze.subsystems import Cyclonedx, Freeze, PyInstaller, PyInstallerWindows

_PACKAGE = Path(__file__).resolve().parents[1]
_DRIVER = "portable/build_all.py"
# The modules that are shared by Pants and what builds without it.
_SHARED = (
    "__init__.py",
    "bundling.py",
    "errors.py",
    "external.py",
    "manifest.py",
    "platforms.py",
    "programs.py",
    "requirements.py",
    "runtime.py",
)
_ON_WINDOWS = 'sys_platform == "win32"'


@dataclass(frozen=True)
class PlannedTools:
    """The requirements of PyInstaller, for any platform, and of what writes an SBOM."""

    freezer: Locked
    sbom: Locked


@dataclass(frozen=True)
class PlannedToolsRequest:
    """The requirements of the tools."""


@dataclass(frozen=True)
class LockfileRequest:
    """The content of ``lockfile``, or of the lockfile of the resolve ``resolve``."""

    lockfile: Lockfile | None
    resolve: str = ""


@dataclass(frozen=True)
class LockfileText:
    """The content of the lockfile at ``path``, without comments."""

    path: str
    content: bytes


@dataclass(frozen=True)
class ResolvedRequest:
    """What ``wanted``, requirement strings, need of the lockfile of the resolve ``resolve``."""

    owner: Address
    resolve: str
    wanted: tuple[str, ...]


@dataclass(frozen=True)
class PlannedComponentRequest:
    """The plan of the program of ``field_set``."""

    field_set: FreezingFieldSet


@dataclass(frozen=True)
class PlannedComponent:
    """The plan of a program, as JSON, and the files that it names, at their places."""

    plan: str
    files: Digest


@dataclass(frozen=True)
class PlanRequest:
    """A plan of ``components`` and of ``distributions``, JSON of `DistributionPlan`.

    ``files`` are those of the distributions, at their places.
    """

    components: tuple[PlannedComponent, ...]
    distributions: tuple[str, ...]
    files: Digest


@dataclass(frozen=True)
class PlanFolder:
    """A plan, ready to be carried away."""

    digest: Digest


@rule
async def read_lockfile(request: LockfileRequest) -> LockfileText:
    lockfile = request.lockfile
    if lockfile is None:
        lockfile = await engine.resolve_lockfile(request.resolve)
    loaded = await engine.loaded_lockfile(lockfile)
    files = await engine.contents(loaded.lockfile_digest)
    return LockfileText(loaded.lockfile_path, files[0].content)


@rule
async def plan_tools(
    request: PlannedToolsRequest,
    pyinstaller: PyInstaller,
    windows: PyInstallerWindows,
    cyclonedx: Cyclonedx,
) -> PlannedTools:
    freezer, on_windows, sbom = await concurrently(
        [
            Get(
                LockfileText,
                LockfileRequest(engine.own_lockfile(each), each.install_from_resolve or ""),
            )
            for each in (pyinstaller, windows, cyclonedx)
        ]
    )
    main = locked(freezer.content, freezer.path)
    more = locked(on_windows.content, on_windows.path, marker=_ON_WINDOWS)
    both = Locked(
        main.text + more.text,
        tuple(each for each in main.missing if f"\n{each.name}==" not in f"\n{more.text}"),
    )
    return PlannedTools(both, locked(sbom.content, sbom.path))


def requirements_path(text: str) -> str:
    """Where in a plan the requirements file *text* is."""
    return f"requirements/{hashlib.sha256(text.encode()).hexdigest()[:16]}.txt"


def left_to_pants(field_set: FreezingFieldSet, closure: Iterable[str]) -> str:
    """Why only Pants builds the program of *field_set*; empty if it can be built without it.

    *closure* are the types of the targets in its closure.
    """
    if not isinstance(field_set, PyInstallerFieldSet):
        return f"it is frozen by {field_set.freezer}; without Pants, `pyinstaller_binary` is"
    if field_set.is_one_file:
        return 'it has `layout="onefile"`; without Pants, `layout="folder"` is built'
    if field_set.compression.value == "upx":
        return 'it has `compression="upx"`; without Pants, nothing is packed'
    if "python_distribution" in closure:
        return "it needs a `python_distribution` of the repository, which Pants packages"
    return ""


@rule(desc="Plan a program to be built without Pants")
async def plan_component(
    request: PlannedComponentRequest, freeze_subsystem: Freeze, setup: PythonSetup
) -> PlannedComponent:
    field_set = request.field_set
    address = field_set.address
    inputs = await Get(InputProblems, InputProblemsRequest(field_set))
    problems = (*field_set.problems(), *inputs.problems)
    if problems:
        raise errors.InvalidTarget(str(address), problems)
    own = await Get(FirstParty, ClosureRequest(address, field_set.pex.value))
    options = freeze_options(field_set, freeze_subsystem.optimization_level)
    data, transitive, constraints, rules, tools = await concurrently(
        Get(
            FirstPartyData,
            FirstPartyDataRequest(address, own.resources, field_set.datas.pairs()),
        ),
        engine.transitive_targets((own.pex.address,)),
        engine.interpreter_constraints(own.pex.address),
        Get(TrimRules, TrimRulesRequest(address, options.trim)),
        Get(PlannedTools, PlannedToolsRequest()),
    )
    repository = EMPTY_DIGEST
    if isinstance(field_set, PyInstallerFieldSet) and field_set.spec.value:
        reads = await engine.direct_dependencies(field_set.dependencies)
        spec_files = await engine.sources(reads)
        options = replace(options, spec=field_set.spec.path())
        spec_file = await engine.workspace_files((options.spec,), f"the `spec` of {address}")
        repository = await engine.merge((spec_file.digest, spec_files.snapshot.digest))
    icon = field_set.icon_path()
    hooks, icon_file = await concurrently(
        engine.workspace_files(options.runtime_hooks, f"the `runtime_hooks` of {address}"),
        engine.workspace_files((icon,) if icon else (), f"the `icon` of {address}"),
    )
    wanted = engine.requirement_strings(transitive.closure)
    requirements = Locked("", ())
    if wanted:
        requirements = await Get(
            Locked, ResolvedRequest(address, engine.resolve_of(own.pex, setup), wanted)
        )
    folder = f"components/{address.path_safe_spec}"
    placed = await concurrently(
        [
            engine.add_prefix(digest, f"{folder}/{name}")
            for name, digest in (
                ("sources", own.modules),
                ("data", data.digest),
                (HOOKS, hooks.digest),
                ("repository", repository),
                ("icon", icon_file.digest),
            )
        ]
    )
    texts = await engine.create(
        [
            FileContent(requirements_path(each.text), each.text.encode())
            for each in {requirements, tools.freezer}
        ]
    )
    plan = ComponentPlan(
        address=str(address),
        executable=field_set.output_path.executable(),
        output=field_set.output_path.folder(),
        left_to_pants=left_to_pants(field_set, {each.alias for each in transitive.closure}),
        constraints=str(constraints),
        pythons={name: list(patches) for name, patches in engine.pythons(constraints).items()},
        platform=field_set.target_platform.value,
        architecture=field_set.target_arch.value,
        requirements=requirements_path(requirements.text),
        freezer=requirements_path(tools.freezer.text),
        missing=[
            [each.name, each.marker, each.needed_by]
            for each in (*requirements.missing, *tools.freezer.missing)
        ],
        folder=folder,
        places=dict(own.sources),
        may_replace_modules=may_replace_modules(field_set),
        freeze=vars(layer_plan(options, rules, own.console_script)),
        link=vars(
            link_program.Plan(
                owner=str(address),
                name=field_set.output_path.executable(),
                entry_module=own.entry_module,
                entry_function=own.entry_function,
                arguments=list(own.pex[PexArgsField].value or ()),
                environment=dict(sorted((own.pex[PexEnvField].value or {}).items())),
                sources="sources",
                data_folders=[],
                layer="layer",
                contents_directory="",
                optimize=options.optimize,
                console=field_set.console.value,
                icon=icon,
                import_times=False,
                is_checked=False,
            )
        ),
    )
    files = await engine.merge((*placed, texts))
    return PlannedComponent(json.dumps(asdict(plan), sort_keys=True), files)


@rule
async def subset_lockfile(request: ResolvedRequest) -> Locked:
    if not request.resolve:
        problem = (
            "its requirements are in no lockfile, so a plan cannot pin them; set "
            "`[python].enable_resolves`, and run `./pants generate-lockfiles`"
        )
        raise errors.InvalidTarget(str(request.owner), [errors.Problem("pex", problem)])
    lockfile = await Get(LockfileText, LockfileRequest(None, request.resolve))
    try:
        return locked(lockfile.content, lockfile.path, request.wanted)
    except Unlocked as error:
        problem = str(error)
        raise errors.InvalidTarget(str(request.owner), [errors.Problem("pex", problem)]) from None


def tools() -> Iterable[FileContent]:
    """The programs that build a plan: the driver, and what of the plugin it consists of."""
    paths = [
        *(_PACKAGE / name for name in _SHARED),
        *(_PACKAGE / "portable").glob("*.py"),
        *(_PACKAGE / "sandbox").glob("**/*.py"),
        *(_PACKAGE / "sandbox").glob("levels/*.trim"),
        *(_PACKAGE / "frozen").glob("*.py"),
    ]
    for path in sorted(paths):
        if not path.name.endswith("_test.py"):
            name = path.relative_to(_PACKAGE.parent).as_posix()
            yield FileContent(f"tools/{name}", path.read_bytes())


@rule(desc="Write a plan to build without Pants")
async def write_plan(request: PlanRequest) -> PlanFolder:
    planned = await Get(PlannedTools, PlannedToolsRequest())
    plan = Plan(
        version=VERSION,
        sbom=requirements_path(planned.sbom.text),
        components=[json.loads(each.plan) for each in request.components],
        distributions=[json.loads(each) for each in request.distributions],
    )
    text = json.dumps(vars(plan), sort_keys=True, indent=1) + "\n"
    own = await engine.create(
        (
            FileContent("plan.json", text.encode()),
            FileContent("build_all.py", (_PACKAGE / _DRIVER).read_bytes()),
            FileContent(requirements_path(planned.sbom.text), planned.sbom.text.encode()),
            *tools(),
        )
    )
    return PlanFolder(
        await engine.merge((own, request.files, *(each.files for each in request.components)))
    )


def distribution_plan(plan: DistributionPlan) -> str:
    """*plan* as JSON."""
    return json.dumps(asdict(plan), sort_keys=True)


def rules() -> Iterable[Rule]:
    return collect_rules()
