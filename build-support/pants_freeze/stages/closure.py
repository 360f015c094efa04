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
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.report import Step
from pants_freeze.requirements import Requirement
from pants_freeze.stages import sandbox

_SOURCES = "sources"
_IMPORTS = "imports.json"


@dataclass(frozen=True)
class ClosureRequest:
    """The closure of the `pex_binary` at ``pex``, asked for by the target ``owner``."""

    owner: Address
    pex: str


@dataclass(frozen=True)
class ExternalImport:
    """A dotted name that first-party code imports, and where first: "src/project/graph.py:7"."""

    name: str
    place: str


@dataclass(frozen=True)
class Closure:
    """All that a component needs.

    Either ``entry_module`` (and ``entry_function``, which may be empty) or ``console_script`` is
    set. ``modules`` and ``resources`` are first-party files below their source roots; ``sources``
    pairs each such path with that in the repository; ``imports`` is what the modules import from
    outside themselves. ``arguments`` and ``environment`` are what the PEX injects. ``step`` is what
    scanning the imports took.
    """

    entry_module: str
    entry_function: str
    console_script: str
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    modules: Digest
    resources: Digest
    sources: tuple[tuple[str, str], ...]
    imports: tuple[ExternalImport, ...]
    requirements_pex: Pex
    requirements: tuple[Requirement, ...]
    constraints: InterpreterConstraints
    step: Step


@dataclass(frozen=True)
class _FirstParty:
    """First-party files; ``places`` are pairs of path below the source root, path in the
    repository."""

    modules: Digest
    resources: Digest
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _FirstPartyRequest:
    pex: Address


@rule
async def first_party_files(request: _FirstPartyRequest) -> _FirstParty:
    transitive = await engine.transitive_targets((request.pex,))
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
    return _FirstParty(modules, resources, tuple(sorted(places.items())))


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
    found = await engine.addresses(engine.named((request.pex,), "pex", owner))
    wrapped = await engine.target(found[0], f"the `pex` field of the target {owner}")
    pex = wrapped.target
    if not pex.has_field(PexEntryPointField):
        problem = f"{pex.address} is a `{pex.alias}`; name a `pex_binary`"
        raise errors.InvalidTarget(str(owner), [errors.Problem("pex", problem)])
    script = pex[PexScriptField].value
    entry, constraints, first_party, requirements_pex = await concurrently(
        engine.entry_point(pex[PexEntryPointField]),
        engine.interpreter_constraints(pex.address),
        Get(_FirstParty, _FirstPartyRequest(pex.address)),
        engine.requirements_pex(pex.address),
    )
    if entry.val is None and script is None:
        problem = (
            f"{pex.address} has neither `entry_point` nor `script`, so there is nothing to start"
        )
        raise errors.InvalidTarget(str(owner), [errors.Problem("pex", problem)])
    sources, distributions = await concurrently(
        engine.add_prefix(first_party.modules, _SOURCES),
        engine.pex_distributions(requirements_pex),
    )
    scanned = await sandbox.run(
        sandbox.ProgramRequest(
            program="imports",
            plan=sandbox.plan_json({"sources": _SOURCES}),
            modules=("sandbox/imports.py", "sandbox/errors.py"),
            inputs=sources,
            output=_IMPORTS,
            constraints=constraints,
            description=f"Scan the imports of {owner}",
        )
    )
    places = dict(first_party.places)
    imports = await engine.contents(scanned.checked(errors.FreezeFailed, str(owner)))
    return Closure(
        entry_module=entry.val.module if entry.val else "",
        entry_function=(entry.val.function or "") if entry.val else "",
        console_script=script.name if script else "",
        arguments=pex[PexArgsField].value or (),
        environment=tuple(sorted((pex[PexEnvField].value or {}).items())),
        modules=first_party.modules,
        resources=first_party.resources,
        sources=first_party.places,
        imports=tuple(
            ExternalImport(name, f"{places.get(path, path)}:{line}")
            for name, (path, line) in json.loads(imports[0].content).items()
        ),
        requirements_pex=requirements_pex,
        requirements=tuple(
            sorted(Requirement.of(each.project_name, each.version) for each in distributions)
        ),
        constraints=constraints,
        step=scanned.step,
    )


def rules() -> Iterable[Rule]:
    return collect_rules()
