"""SBOM: names, versions and licences of what a folder of programs consists of -> CycloneDX 1.6.

Run as ``python -m pants_freeze.sandbox.sbom PLAN``; PLAN is a JSON file with the fields of `Plan`.
Writes the file ``sbom.cdx.json``. The same plan gives the same bytes: there is no time in it, and
its serial number is derived from the rest.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pants_freeze.sandbox import errors
from pants_freeze.sandbox.environment import INTERPRETER, SYSTEM_LIBRARY

if TYPE_CHECKING:
    from cyclonedx.model.component import Component  # pants: no-infer-dep

OUTPUT = Path("sbom.cdx.json")

_INTERPRETER_LICENCE = "PSF-2.0"


@dataclass(frozen=True)
class Plan:
    """What a folder consists of.

    ``name``              of the whole
    ``version``           of the whole and of each program, or empty
    ``programs``          name of each program -> labels of what is in it: "requests==2.34.2",
                          "CPython 3.11.7", "system library"
    ``licences``          label of a distribution -> its licences, SPDX expressions or names
    ``freezers``          labels of those distributions that are there as parts of a freezer
    ``system_libraries``  file names of the system libraries
    """

    name: str
    version: str
    programs: dict[str, list[str]]
    licences: dict[str, list[str]]
    freezers: list[str]
    system_libraries: list[str]


def _licences(names: Iterable[str]) -> list[Any]:
    """*names* as CycloneDX has them: one expression, or several licences."""
    from cyclonedx.contrib.license.factories import LicenseFactory  # pants: no-infer-dep
    from cyclonedx.model import license as model  # pants: no-infer-dep

    names = list(names)
    declared = model.LicenseAcknowledgement.DECLARED
    made = [
        LicenseFactory().make_from_string(each, license_acknowledgement=declared) for each in names
    ]
    if len(made) == 1:
        return made
    # Beside others an expression may only stand as a name.
    return [
        each
        if isinstance(each, model.DisjunctiveLicense)
        else model.DisjunctiveLicense(name=name, acknowledgement=declared)
        for name, each in zip(names, made)
    ]


def _part(label: str, plan: Plan) -> Component:
    """What *label* names."""
    from cyclonedx.model.component import Component, ComponentType  # pants: no-infer-dep
    from packageurl import PackageURL  # pants: no-infer-dep

    if label == SYSTEM_LIBRARY:
        return Component(
            name=label,
            bom_ref=label,
            description="native libraries, as the build machine had them",
            components=[
                Component(name=name, bom_ref=f"{label}/{name}") for name in plan.system_libraries
            ],
        )
    if label.startswith(f"{INTERPRETER} "):
        version = label.partition(" ")[2]
        purl = PackageURL(type="generic", name="python", version=version)
        return Component(
            name=INTERPRETER,
            version=version,
            type=ComponentType.PLATFORM,
            bom_ref=str(purl),
            purl=purl,
            cpe=f"cpe:2.3:a:python:python:{version}:*:*:*:*:*:*:*",
            licenses=_licences([_INTERPRETER_LICENCE]),
        )
    name, _, version = label.partition("==")
    purl = PackageURL(type="pypi", name=name, version=version)
    return Component(
        name=name,
        version=version,
        bom_ref=str(purl),
        purl=purl,
        description="the freezer, of which a part is in the program"
        if label in plan.freezers
        else None,
        licenses=_licences(plan.licences.get(label, ())),
    )


def sbom(plan: Plan) -> str:
    """The SBOM as JSON."""
    from cyclonedx.model.bom import Bom, BomMetaData  # pants: no-infer-dep
    from cyclonedx.model.component import Component, ComponentType  # pants: no-infer-dep
    from cyclonedx.output.json import JsonV1Dot6  # pants: no-infer-dep

    def application(name: str, ref: str) -> Component:
        version = plan.version or None
        return Component(name=name, version=version, type=ComponentType.APPLICATION, bom_ref=ref)

    labels = sorted({label for each in plan.programs.values() for label in each})
    parts = {label: _part(label, plan) for label in labels}
    whole = application(plan.name, "distribution")
    programs = {name: application(name, f"program/{name}") for name in sorted(plan.programs)}
    bill = Bom(
        metadata=BomMetaData(component=whole), components=[*programs.values(), *parts.values()]
    )
    bill.register_dependency(whole, programs.values())
    for name, program in programs.items():
        bill.register_dependency(program, [parts[label] for label in sorted(plan.programs[name])])
    content = json.loads(JsonV1Dot6(bill).output_as_string())
    del content["metadata"]["timestamp"], content["serialNumber"]
    identity = json.dumps(content, sort_keys=True)
    content["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_OID, identity).urn
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main(plan_path: str) -> None:
    """Write the SBOM of what the JSON file *plan_path* says."""
    plan = Plan(**json.loads(Path(plan_path).read_bytes()))
    OUTPUT.write_text(sbom(plan), encoding="utf-8")


if __name__ == "__main__":
    errors.run(main, sys.argv)
