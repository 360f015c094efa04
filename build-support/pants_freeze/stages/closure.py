"""Closure: a PEX target -> what its program consists of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze._engine import (
    Address,
    Digest,
    Get,
    InterpreterConstraints,
    Pex,
    PexArgsField,
    PexEntryPointField,
    PexEnvField,
    PexScriptField,
    Rule,
    Target,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.external import ExternalImport, with_places
from pants_freeze.report import Step
from pants_freeze.requirements import Requirement
from pants_freeze.sandbox import imports as program
from pants_freeze.stages import sandbox

_SOURCES = "sources"


@dataclass(frozen=True)
class ClosureRequest:
    """The closure of the `pex_binary` at ``pex``, asked for by the target ``owner``."""

    owner: Address
    pex: str


@dataclass(frozen=True)
class FirstParty:
    """What the graph alone tells of a program: how it starts, and its first-party files.

    Either ``entry_module`` (and ``entry_function``, which may be empty) or ``console_script`` is
    set. ``modules`` and ``resources`` are files below their source roots; ``sources`` pairs each
    such path with that in the repository. ``pex`` is the `pex_binary`.
    """

    pex: Target
    entry_module: str
    entry_function: str
    console_script: str
    modules: Digest
    resources: Digest
    sources: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Closure:
    """All that a component needs.

    The first fields are those of `FirstParty`. ``imports`` is what the modules import from outside
    themselves; ``certain_imports`` is what is imported whenever the program starts; ``libraries``
    are the calls by which the modules load native libraries, ``groups`` the groups of entry points
    that they ask for. ``arguments`` and ``environment`` are what the PEX injects. ``step`` is what
    scanning the imports took.
    """

    entry_module: str
    entry_function: str
    console_script: str
    modules: Digest
    resources: Digest
    sources: tuple[tuple[str, str], ...]
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    imports: tuple[ExternalImport, ...]
    certain_imports: tuple[ExternalImport, ...]
    libraries: tuple[str, ...]
    groups: tuple[str, ...]
    requirements_pex: Pex
    requirements: tuple[Requirement, ...]
    constraints: InterpreterConstraints
    step: Step


@rule
async def first_party(request: ClosureRequest) -> FirstParty:
    owner = request.owner
    found = await engine.addresses(engine.named((request.pex,), "pex", owner))
    wrapped = await engine.target(found[0], f"the `pex` field of the target {owner}")
    pex = wrapped.target
    if not pex.has_field(PexEntryPointField):
        problem = f"{pex.address} is a `{pex.alias}`; name a `pex_binary`"
        raise errors.InvalidTarget(str(owner), [errors.Problem("pex", problem)])
    script = pex[PexScriptField].value
    entry = await engine.entry_point(pex[PexEntryPointField])
    try:
        transitive = await engine.transitive_targets((pex.address,))
    except Exception as error:
        if "utf-8" not in str(error):
            raise
        # Pants parses the imports of all modules, and does not say which it cannot read.
        problem = f"a module that {pex.address} depends on is no UTF-8; save it as such"
        raise errors.InvalidTarget(str(owner), [errors.Problem("pex", problem)]) from None
    if owner in {each.address for each in transitive.closure}:
        problem = f"{pex.address} depends on it; remove it from `dependencies` there"
        raise errors.InvalidTarget(str(owner), [errors.Problem("pex", problem)])
    if entry.val is None and script is None:
        problem = (
            f"{pex.address} has neither `entry_point` nor `script`, so there is nothing to start; "
            "set one of them"
        )
        raise errors.InvalidTarget(str(owner), [errors.Problem("pex", problem)])
    sources, unstripped = await concurrently(
        engine.python_sources(transitive.closure),
        engine.unstripped_python_sources(transitive.closure),
    )
    files = await engine.entries(sources.stripped_source_files.snapshot.digest)
    modules, resources = await concurrently(
        engine.create([file for file in files if file.path.endswith(".py")]),
        engine.create([file for file in files if not file.path.endswith((".py", ".pyi"))]),
    )
    places = places_of(unstripped.source_files.files, unstripped.source_roots)
    return FirstParty(
        pex=pex,
        entry_module=entry.val.module if entry.val else "",
        entry_function=(entry.val.function or "") if entry.val else "",
        console_script=script.name if script else "",
        modules=modules,
        resources=resources,
        sources=tuple(sorted(places.items())),
    )


def places_of(paths: Iterable[str], source_roots: Iterable[str]) -> dict[str, str]:
    """Path below its source root -> path in the repository, for each of *paths*."""
    roots = {"" if root == "." else f"{root}/" for root in source_roots}
    by_length = sorted(roots, key=len, reverse=True)
    found = {}
    for path in paths:
        root = next((each for each in by_length if path.startswith(each)), "")
        found[path[len(root) :]] = path
    return found


@rule(desc="Compute the closure of a program")
async def compute_closure(request: ClosureRequest) -> Closure:
    owner = request.owner
    own = await Get(FirstParty, ClosureRequest, request)
    pex = own.pex
    constraints, requirements_pex, sources = await concurrently(
        engine.interpreter_constraints(pex.address),
        engine.requirements_pex(pex.address),
        engine.add_prefix(own.modules, _SOURCES),
    )
    distributions = await engine.pex_distributions(requirements_pex)
    scanned = await sandbox.run(
        sandbox.ProgramRequest(
            program="imports",
            plan=sandbox.plan_json(
                program.Plan(_SOURCES, own.entry_module, own.entry_function),
            ),
            modules=("sandbox/imports.py", "sandbox/errors.py"),
            inputs=sources,
            output=str(program.OUTPUT),
            constraints=constraints,
            description=f"Scan the imports of {owner}",
        )
    )
    files = await engine.contents(scanned.checked(errors.InvalidTarget, str(owner), "pex"))
    imports = program.Imports(**json.loads(files[0].content))
    places = dict(own.sources)
    return Closure(
        entry_module=own.entry_module,
        entry_function=own.entry_function,
        console_script=own.console_script,
        modules=own.modules,
        resources=own.resources,
        sources=own.sources,
        arguments=pex[PexArgsField].value or (),
        environment=tuple(sorted((pex[PexEnvField].value or {}).items())),
        imports=with_places(imports.external, places),
        certain_imports=with_places(imports.certain, places),
        libraries=tuple(imports.libraries),
        groups=tuple(imports.groups),
        requirements_pex=requirements_pex,
        requirements=tuple(
            sorted(Requirement.of(each.project_name, each.version) for each in distributions)
        ),
        constraints=constraints,
        step=scanned.step,
    )


def rules() -> Iterable[Rule]:
    return collect_rules()
