"""The backend: what `backend_packages = ["pants_freeze"]` turns on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pants_freeze import dependency_inference, subsystems
from pants_freeze._engine import Target
from pants_freeze.goals import package, run
from pants_freeze.stages import archive, bundle, closure, component, freeze, link, sandbox
from pants_freeze.target_types import FrozenDistribution, PyInstallerBinary


def target_types() -> Iterable[type[Target]]:
    return (PyInstallerBinary, FrozenDistribution)


def rules() -> Iterable[Any]:
    stages = (sandbox, closure, freeze, link, component, bundle, archive)
    return [
        rule
        for module in (subsystems, dependency_inference, *stages, package, run)
        for rule in module.rules()
    ]
