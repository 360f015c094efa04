"""The plan of programs that are built without Pants: ``plan.json`` of a plan folder.

``requirements/HASH.txt``     requirements with hashes and markers, for pip
``components/NAME/sources``   first-party modules of a program, below their source roots
``components/NAME/data``      its resources and data files, at their places in the runtime folder
``components/NAME/hooks``, ``/repository``, ``/icon``  what the fields of these names name
``distributions/NAME``        files of a distribution, at their places
``tools``                     the modules that build it; ``build_all.py`` starts them
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pants_freeze.portable.errors import PlanError

PLAN = "plan.json"
VERSION = 1


@dataclass(frozen=True)
class ComponentPlan:
    """A program.

    ``output``         folder below the dist folder
    ``left_to_pants``  why it is not built without Pants; empty if it is
    ``constraints``    the interpreter constraints, as they are written
    ``pythons``        release series that satisfy them, with the first and last patch version
    ``platform``, ``architecture``  "auto", or the only ones that it is built on
    ``requirements``, ``freezer``   requirements files, relative to the plan
    ``missing``        requirements that are not in a lockfile: [name, marker, who needs it]
    ``folder``         that of its files, relative to the plan
    ``places``         module or resource below its source root -> path in the repository
    ``may_replace_modules``  whether what is excluded may be replaced when the program starts
    ``freeze``, ``link``     plans of these programs, but for what is known only when they run
    """

    address: str
    executable: str
    output: str
    left_to_pants: str
    constraints: str
    pythons: dict[str, list[int]]
    platform: str
    architecture: str
    requirements: str
    freezer: str
    missing: list[list[str]]
    folder: str
    places: dict[str, str]
    may_replace_modules: bool
    freeze: dict[str, Any]
    link: dict[str, Any]


@dataclass(frozen=True)
class DistributionPlan:
    """A distribution.

    ``output``    folder below the dist folder
    ``archive``   format of its archive, or "none"
    ``folder``    that of its files, relative to the plan
    ``programs``  addresses of its programs with the runtime folder of each, in order
    """

    address: str
    output: str
    name: str
    version: str
    archive: str
    folder: str
    programs: list[list[str]]


@dataclass(frozen=True)
class Plan:
    """All of it; ``sbom`` is the requirements file of what writes SBOMs."""

    version: int
    sbom: str
    components: list[dict[str, Any]]
    distributions: list[dict[str, Any]]

    @classmethod
    def read(cls, folder: Path) -> Plan:
        """The plan in *folder*; raises `PlanError` if there is none, or one of another version."""
        path = folder / PLAN
        try:
            content = json.loads(path.read_bytes())
            version = content["version"]
        except OSError:
            raise PlanError(
                f"there is no plan {path}; write one with `./pants freeze-plan ::` where there is "
                "Pants, and name its folder by --plan"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise PlanError(f"{path} is no plan; write it again: ./pants freeze-plan ::") from None
        if version != VERSION or set(content) != {field.name for field in fields(cls)}:
            raise PlanError(
                f"{path} is a plan of version {version}, and this builds version {VERSION}; write "
                "it again: ./pants freeze-plan ::"
            )
        return cls(**content)

    def all_components(self) -> list[ComponentPlan]:
        """Its programs."""
        return [ComponentPlan(**each) for each in self.components]

    def all_distributions(self) -> list[DistributionPlan]:
        """Its distributions."""
        return [DistributionPlan(**each) for each in self.distributions]
