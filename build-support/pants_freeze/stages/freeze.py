"""Freeze: the closure of a component -> its runtime layer. The slow stage; first-party code is not
among what it reads, but for what a spec file reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    EMPTY_DIGEST,
    Address,
    Digest,
    Get,
    Rule,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.report import Step
from pants_freeze.sandbox import freeze as program
from pants_freeze.sandbox import layer, spec
from pants_freeze.sandbox import trim as trim_list
from pants_freeze.sandbox.graph import GRAPH
from pants_freeze.sandbox.level import Level
from pants_freeze.stages import sandbox
from pants_freeze.stages.closure import Closure

_LAYER = "layer"
HOOKS = "hooks"


@dataclass(frozen=True)
class FreezeOptions:
    """What the fields of a freezing target say about its runtime layer.

    ``spec`` is the path of a spec file in the repository, or empty; ``spec_files`` are the files
    that it reads, at their paths in the repository.
    """

    hidden_imports: tuple[str, ...]
    excludes: tuple[str, ...]
    runtime_hooks: tuple[str, ...]
    trim: tuple[str, ...]
    system_libraries: tuple[str, ...]
    level: Level
    strip: bool
    optimize: int
    spec: str = ""
    spec_files: Digest = EMPTY_DIGEST


@dataclass(frozen=True)
class FreezeRequest:
    """The runtime layer of ``closure`` for the target ``owner``."""

    owner: Address
    closure: Closure
    options: FreezeOptions


@dataclass(frozen=True)
class RuntimeLayer:
    """A runtime layer: ``runtime`` is the folder to ship, ``link`` is what the linker reads of it.

    ``origins`` says for each file of ``runtime`` which requirement it comes from; ``graph`` is the
    file with the `ImportGraph`; ``hooks`` are names of run-time hooks; ``left_out`` are the modules
    that are left out on purpose, each with all below it; ``step`` is what freezing took.
    """

    runtime: Digest
    link: Digest
    graph: Digest
    origins: tuple[tuple[str, str], ...]
    hooks: tuple[str, ...]
    left_out: tuple[str, ...]
    step: Step


@dataclass(frozen=True)
class TrimRulesRequest:
    """The rules in the trim lists at ``paths``, which the target ``owner`` names."""

    owner: Address
    paths: tuple[str, ...]


@dataclass(frozen=True)
class TrimRules:
    """The rules of trim lists with the path of the list that has each, sorted.

    ``observed`` are the paths of the lists that `freeze-trim` wrote. Comments are not in them, so
    editing one freezes nothing. ``problems`` is what is wrong in the lists.
    """

    rules: tuple[tuple[trim_list.Rule, str], ...]
    observed: tuple[str, ...]
    problems: tuple[errors.Problem, ...]


@rule
async def read_trim_lists(request: TrimRulesRequest) -> TrimRules:
    lists = await engine.workspace_files(
        request.paths, f"the `trim` field of the target {request.owner}"
    )
    files = await engine.contents(lists.digest)
    rules: list[tuple[trim_list.Rule, str]] = []
    observed = []
    problems = []
    for file in files:
        try:
            text = file.content.decode()
            found = trim_list.parse(text)
            if not found:
                raise ValueError("it has no rule; add one, or remove it from `trim`")
        except UnicodeDecodeError:
            problems.append(errors.Problem("trim", f"{file.path}: it is no UTF-8; save it as such"))
        except ValueError as error:
            problems.append(errors.Problem("trim", f"{file.path}: {error}"))
        else:
            rules += [(rule, file.path) for rule in found]
            if trim_list.written_for(text):
                observed.append(file.path)
    rules.sort(key=lambda each: (str(each[0]), each[1]))
    lists = dict(reversed(rules))
    for each, what in trim_list.without_start(lists).items():
        problem = f"{str(each)!r} leaves out {what}, without which no program starts; remove it"
        problems.append(errors.Problem("trim", f"{lists[each]}: {problem}"))
    return TrimRules(tuple(rules), tuple(sorted(observed)), tuple(problems))


def layer_plan(options: FreezeOptions, rules: TrimRules, console_script: str) -> program.Plan:
    """What to freeze, but for what the first-party code names and the distributions."""
    return program.Plan(
        imports=[],
        libraries=[],
        groups=[],
        hidden_imports=list(options.hidden_imports),
        excludes=list(options.excludes),
        spec=options.spec,
        distributions=[],
        console_script=console_script,
        runtime_hooks=[f"{HOOKS}/{path}" for path in options.runtime_hooks],
        trim=[[each.action, each.kind, each.pattern, path] for each, path in rules.rules],
        observed=list(rules.observed),
        system_libraries=list(options.system_libraries),
        level=options.level.value,
        strip=options.strip,
        optimize=options.optimize,
    )


@rule
async def freeze_closure(request: FreezeRequest) -> RuntimeLayer:
    closure, options = request.closure, request.options
    hooks = await engine.workspace_files(
        options.runtime_hooks, f"the `runtime_hooks` field of the target {request.owner}"
    )
    spec_file = await engine.workspace_files(
        (options.spec,) if options.spec else (), f"the `spec` field of the target {request.owner}"
    )
    repository = await engine.merge((spec_file.digest, options.spec_files))
    hooks_digest, repository_digest = await concurrently(
        engine.add_prefix(hooks.digest, HOOKS),
        engine.add_prefix(repository, str(spec.REPOSITORY)),
    )
    inputs = await engine.merge((hooks_digest, repository_digest))
    rules = await Get(TrimRules, TrimRulesRequest(request.owner, options.trim))
    plan = layer_plan(options, rules, closure.console_script)
    plan = replace(
        plan,
        imports=[each.name for each in closure.imports],
        libraries=list(closure.libraries),
        groups=list(closure.groups),
        distributions=[str(requirement) for requirement in closure.requirements],
    )
    result = await sandbox.run(
        sandbox.ProgramRequest(
            program="freeze",
            plan=sandbox.plan_json(plan),
            modules=(
                "sandbox/bytecode.py",
                "sandbox/environment.py",
                "sandbox/errors.py",
                "sandbox/files.py",
                "sandbox/freeze.py",
                "sandbox/graph.py",
                "sandbox/icu.py",
                "sandbox/layer.py",
                "sandbox/level.py",
                "sandbox/levels/high.trim",
                "sandbox/levels/medium.trim",
                "sandbox/modules.py",
                "sandbox/named.py",
                "sandbox/spec.py",
                "sandbox/trim.py",
            ),
            inputs=inputs,
            output=_LAYER,
            output_is_folder=True,
            constraints=closure.constraints,
            parts=(closure.requirements_pex,),
            # PyInstaller asks for `objdump` before it does anything.
            system_programs=("ldd", "ldconfig", "objdump", *(("strip",) if options.strip else ())),
            description=f"Freeze {request.owner}",
        )
    )
    output = await engine.remove_prefix(
        result.checked(errors.FreezeFailed, str(request.owner)), _LAYER
    )
    runtime, link, graph = await concurrently(
        engine.subset(output, [f"{layer.RUNTIME}/**"]),
        engine.subset(output, [f"{layer.LINK}/**"]),
        engine.subset(output, [GRAPH]),
    )
    runtime_folder, index_file = await concurrently(
        engine.remove_prefix(runtime, layer.RUNTIME), engine.subset(link, [layer.INDEX])
    )
    index_files = await engine.contents(index_file)
    index = layer.LayerIndex.parse(index_files[0].content)
    return RuntimeLayer(
        runtime_folder,
        link,
        graph,
        tuple(sorted(index.origins.items())),
        tuple(index.hooks),
        tuple(sorted({*index.left_out, *index.excluded})),
        result.step,
    )


def freeze(request: FreezeRequest) -> Get:
    """``RuntimeLayer`` as requested."""
    return Get(RuntimeLayer, FreezeRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
