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
class Closure:
    """All that a component needs.

    Either ``entry_module`` (and ``entry_function``, which may be empty) or ``console_script`` is
    set. ``modules`` and ``resources`` are first-party files below their source roots; ``imports``
    are the external dotted names that the modules import. ``arguments`` and ``environment`` are
    what the PEX injects.
    """

    entry_module: str
    entry_function: str
    console_script: str
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    modules: Digest
    resources: Digest
    imports: tuple[str, ...]
    requirements_pex: Pex
    requirements: tuple[Requirement, ...]
    constraints: InterpreterConstraints


@dataclass(frozen=True)
class _FirstParty:
    modules: Digest
    resources: Digest


@dataclass(frozen=True)
class _FirstPartyRequest:
    pex: Address


@rule
async def first_party_files(request: _FirstPartyRequest) -> _FirstParty:
    transitive = await engine.transitive_targets((request.pex,))
    sources = await engine.python_sources(transitive.closure)
    files = await engine.entries(sources.stripped_source_files.snapshot.digest)
    modules, resources = await concurrently(
        engine.create([file for file in files if file.path.endswith(".py")]),
        engine.create([file for file in files if not file.path.endswith((".py", ".pyi"))]),
    )
    return _FirstParty(modules, resources)


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
    imports = await engine.contents(scanned.checked(errors.FreezeFailed, str(owner)))
    return Closure(
        entry_module=entry.val.module if entry.val else "",
        entry_function=(entry.val.function or "") if entry.val else "",
        console_script=script.name if script else "",
        arguments=pex[PexArgsField].value or (),
        environment=tuple(sorted((pex[PexEnvField].value or {}).items())),
        modules=first_party.modules,
        resources=first_party.resources,
        imports=tuple(json.loads(imports[0].content)),
        requirements_pex=requirements_pex,
        requirements=tuple(
            sorted(Requirement.of(each.project_name, each.version) for each in distributions)
        ),
        constraints=constraints,
    )


def rules() -> Iterable[Rule]:
    return collect_rules()
