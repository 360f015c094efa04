"""Standalone: the closure and the first-party code of a component -> its program, in one step.

For the freezers that have no runtime layer to link over: cx_Freeze and Nuitka.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    Digest,
    Get,
    PexRequest,
    PythonSetup,
    Rule,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.field_sets import CxFreezeFieldSet, NuitkaFieldSet, StandaloneFieldSet
from pants_freeze.report import Step
from pants_freeze.sandbox import standalone as program
from pants_freeze.sandbox.graph import GRAPH
from pants_freeze.sandbox.layer import RUNTIME
from pants_freeze.stages import sandbox
from pants_freeze.stages.closure import Closure
from pants_freeze.stages.freeze import FreezeOptions, TrimRules, TrimRulesRequest
from pants_freeze.subsystems import CxFreeze, Nuitka

_SOURCES = "sources"
_HOOKS = "hooks"

# What the programs of all these freezers consist of.
_MODULES = (
    "frozen/entry.py",
    "frozen/missing.py",
    "frozen/start.py",
    "sandbox/bytecode.py",
    "sandbox/environment.py",
    "sandbox/errors.py",
    "sandbox/files.py",
    "sandbox/graph.py",
    "sandbox/imports.py",
    "sandbox/layer.py",
    "sandbox/level.py",
    "sandbox/levels/high.trim",
    "sandbox/levels/medium.trim",
    "sandbox/modules.py",
    "sandbox/standalone.py",
    "sandbox/trim.py",
)


@dataclass(frozen=True)
class Freezer:
    """What is special about one of these freezers.

    ``program`` and ``modules`` are as in `sandbox.ProgramRequest`; ``data`` is the folder of data
    files, relative to that of the executable, or empty; ``system_programs`` are those that it runs;
    ``caches`` are pairs of a named cache and its folder in the sandbox.
    """

    tool: PexRequest
    program: str
    modules: tuple[str, ...]
    data: str
    system_programs: tuple[str, ...] = ()
    caches: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FreezerRequest:
    """The freezer of ``field_set``, to run with the interpreter of ``closure``."""

    field_set: StandaloneFieldSet
    closure: Closure


@dataclass(frozen=True)
class StandaloneRequest:
    """The program of ``field_set``, of its ``closure``, with what its fields say in ``options``."""

    field_set: StandaloneFieldSet
    closure: Closure
    options: FreezeOptions


@dataclass(frozen=True)
class StandaloneProgram:
    """A program: ``runtime`` is its folder, in which ``program`` is the path of the executable.

    ``data`` is the folder in it for data files, or empty; the rest is as in `RuntimeLayer`.
    """

    runtime: Digest
    program: str
    data: str
    graph: Digest
    origins: tuple[tuple[str, str], ...]
    hooks: tuple[str, ...]
    step: Step


@rule
async def choose_freezer(
    request: FreezerRequest, cx_freeze: CxFreeze, nuitka: Nuitka, python_setup: PythonSetup
) -> Freezer:
    constraints = request.closure.constraints
    is_cx_freeze = isinstance(request.field_set, CxFreezeFieldSet)
    supported = (cx_freeze if is_cx_freeze else nuitka).interpreter_constraints
    if not engine.accepts(supported, constraints, python_setup):
        problem = (
            f"its program may run with {constraints}, but this freezer supports {supported}; "
            "narrow the `interpreter_constraints` of the program, or use another freezer"
        )
        owner = str(request.field_set.address)
        raise errors.InvalidTarget(owner, [errors.Problem("pex", problem)])
    if is_cx_freeze:
        return Freezer(
            cx_freeze.to_pex_request(interpreter_constraints=constraints),
            program="cx_freeze",
            modules=(*_MODULES, "frozen/certificates.py", "sandbox/cx_freeze.py"),
            data="lib",
            system_programs=("ldd",),
        )
    return Freezer(
        nuitka.to_pex_request(interpreter_constraints=constraints),
        program="nuitka",
        modules=(
            *_MODULES,
            "frozen/hidden_variables.c",
            "frozen/nuitka.py",
            "sandbox/link.py",
            "sandbox/nuitka.py",
            "sandbox/nuitka_plugin.py",
        ),
        data="",
        system_programs=("gcc", "as", "ld", "objdump", "readelf", "ldd", "ldconfig"),
        caches=(("nuitka_cache", ".nuitka_cache"),),
    )


@rule
async def freeze_program(request: StandaloneRequest) -> StandaloneProgram:
    field_set, closure, options = request.field_set, request.closure, request.options
    owner = field_set.address
    freezer, rules, hooks, icon = await concurrently(
        Get(Freezer, FreezerRequest(field_set, closure)),
        Get(TrimRules, TrimRulesRequest(owner, options.trim)),
        engine.workspace_files(
            options.runtime_hooks, f"the `runtime_hooks` field of the target {owner}"
        ),
        engine.workspace_files(
            (field_set.icon_path(),) if field_set.icon_path() else (),
            f"the `icon` field of the target {owner}",
        ),
    )
    tool, sources, hook_files = await concurrently(
        engine.pex(freezer.tool),
        engine.add_prefix(closure.modules, _SOURCES),
        engine.add_prefix(hooks.digest, _HOOKS),
    )
    inputs = await engine.merge((sources, hook_files, icon.digest))
    plan = program.Plan(
        owner=str(owner),
        name=field_set.output_path.executable(),
        entry_module=closure.entry_module,
        entry_function=closure.entry_function,
        console_script=closure.console_script,
        arguments=list(closure.arguments),
        environment=dict(closure.environment),
        sources=_SOURCES,
        hidden_imports=list(options.hidden_imports),
        excludes=list(options.excludes),
        runtime_hooks=[f"{_HOOKS}/{path}" for path in options.runtime_hooks],
        distributions=[str(requirement) for requirement in closure.requirements],
        trim=[[each.action, each.kind, each.pattern, path] for each, path in rules.rules],
        level=options.level.value,
        system_libraries=list(options.system_libraries),
        strip=options.strip,
        optimize=options.optimize,
        console=field_set.console.value,
        icon=field_set.icon_path(),
        lto=isinstance(field_set, NuitkaFieldSet) and field_set.lto.value,
    )
    result = await sandbox.run(
        sandbox.ProgramRequest(
            program=freezer.program,
            plan=sandbox.plan_json(plan),
            modules=freezer.modules,
            inputs=inputs,
            output=str(program.OUTPUT),
            output_is_folder=True,
            constraints=closure.constraints,
            parts=(closure.requirements_pex,),
            freezer=tool,
            system_programs=(*freezer.system_programs, *(("strip",) if options.strip else ())),
            caches=freezer.caches,
            description=f"Freeze {owner}",
        )
    )
    output = await engine.remove_prefix(
        result.checked(errors.FreezeFailed, str(owner)), str(program.OUTPUT)
    )
    folder, graph, index_file = await concurrently(
        engine.subset(output, [f"{RUNTIME}/**"]),
        engine.subset(output, [GRAPH]),
        engine.subset(output, [program.INDEX]),
    )
    runtime, index_files = await concurrently(
        engine.remove_prefix(folder, RUNTIME), engine.contents(index_file)
    )
    index = program.ProgramIndex.parse(index_files[0].content)
    return StandaloneProgram(
        runtime=runtime,
        program=f"{plan.name}.bin",
        data=freezer.data,
        graph=graph,
        origins=tuple(sorted(index.origins.items())),
        hooks=tuple(index.hooks),
        step=result.step,
    )


def standalone(request: StandaloneRequest) -> Get:
    """``StandaloneProgram`` as requested."""
    return Get(StandaloneProgram, StandaloneRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
