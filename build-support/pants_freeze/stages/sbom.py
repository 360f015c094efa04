"""SBOM: the components of a bundle -> one CycloneDX document of what they consist of.

It reads names, versions and licences only, so editing first-party code writes none again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

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
from pants_freeze.bundling import PARTS_OF_FREEZERS, DescribedProgram, sbom_plan
from pants_freeze.field_sets import CxFreezeFieldSet, NuitkaFieldSet, PyInstallerFieldSet
from pants_freeze.requirements import Requirement
from pants_freeze.sandbox import licences as licences_program
from pants_freeze.sandbox import sbom as program
from pants_freeze.stages import sandbox
from pants_freeze.stages.component import Component
from pants_freeze.subsystems import CxFreeze, Cyclonedx, Nuitka, PyInstaller


@dataclass(frozen=True)
class Licences:
    """Licences of the requirements of a component, and of what it has of its freezer.

    ``licences`` are pairs of "name==version" and SPDX expressions or names; ``freezer`` are those
    of them that belong to the freezer.
    """

    licences: tuple[tuple[str, tuple[str, ...]], ...]
    freezer: tuple[str, ...]


@dataclass(frozen=True)
class LicencesRequest:
    """The licences of ``component``."""

    component: Component


@dataclass(frozen=True)
class SbomRequest:
    """The SBOM of ``components`` as ``name`` and ``version``, for the target ``owner``."""

    owner: Address
    name: str
    version: str
    components: tuple[Component, ...]


@dataclass(frozen=True)
class Sbom:
    """The file ``sbom.cdx.json``."""

    digest: Digest


@rule
async def read_licences(
    request: LicencesRequest, pyinstaller: PyInstaller, cx_freeze: CxFreeze, nuitka: Nuitka
) -> Licences:
    component, closure = request.component, request.component.closure
    tool = {
        PyInstallerFieldSet.freezer: pyinstaller,
        CxFreezeFieldSet.freezer: cx_freeze,
        NuitkaFieldSet.freezer: nuitka,
    }[component.freezer]
    freezer = await engine.pex(tool.to_pex_request(interpreter_constraints=closure.constraints))
    distributions = await engine.pex_distributions(freezer)
    parts = sorted(
        str(each)
        for each in (Requirement.of(each.project_name, each.version) for each in distributions)
        if each.name in PARTS_OF_FREEZERS
    )
    # In the environment of the freezer, which is there already.
    read = await sandbox.run(
        sandbox.ProgramRequest(
            program="licences",
            plan=sandbox.plan_json(
                {"distributions": [*map(str, closure.requirements), *parts]},
            ),
            modules=(
                "sandbox/environment.py",
                "sandbox/errors.py",
                "sandbox/licences.py",
                "sandbox/modules.py",
            ),
            inputs=EMPTY_DIGEST,
            output=str(licences_program.OUTPUT),
            constraints=closure.constraints,
            parts=(closure.requirements_pex,),
            freezer=freezer,
            description=f"Read the licences of {component.address}",
        )
    )
    files = await engine.contents(read.checked(errors.FreezeFailed, str(component.address)))
    found = json.loads(files[0].content)
    return Licences(
        tuple((label, tuple(names)) for label, names in sorted(found.items())), tuple(parts)
    )


def plan(request: SbomRequest, licences: Iterable[Licences]) -> program.Plan:
    """What the SBOM of *request* says; *licences* are those of its components, in their order."""
    programs = (
        DescribedProgram(
            component.executable,
            component.closure.requirements,
            component.origins,
            found.licences,
            found.freezer,
        )
        for component, found in zip(request.components, licences)
    )
    return sbom_plan(request.name, request.version, programs)


@rule(desc="Write an SBOM")
async def write_sbom(request: SbomRequest, cyclonedx: Cyclonedx) -> Sbom:
    constraints = request.components[0].closure.constraints
    tool, *licences = await concurrently(
        [
            engine.pex(cyclonedx.to_pex_request(interpreter_constraints=constraints)),
            *(Get(Licences, LicencesRequest(each)) for each in request.components),
        ]
    )
    written = await sandbox.run(
        sandbox.ProgramRequest(
            program="sbom",
            plan=sandbox.plan_json(plan(request, licences)),
            modules=(
                "sandbox/environment.py",
                "sandbox/errors.py",
                "sandbox/modules.py",
                "sandbox/sbom.py",
            ),
            inputs=EMPTY_DIGEST,
            output=str(program.OUTPUT),
            constraints=constraints,
            parts=(tool,),
            description=f"Write the SBOM of {request.owner}",
        )
    )
    return Sbom(written.checked(errors.FreezeFailed, str(request.owner)))


def sbom(request: SbomRequest) -> Get:
    """``Sbom`` as requested."""
    return Get(Sbom, SbomRequest, request)


def rules() -> Iterable[Rule]:
    return collect_rules()
