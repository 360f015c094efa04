"""The backend: what `backend_packages = ["pants_freeze"]` turns on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pants_freeze import _engine as engine
from pants_freeze import dependency_inference, subsystems
from pants_freeze._engine import Target
from pants_freeze.goals import (
    freeze_accept,
    freeze_check,
    freeze_plan,
    freeze_trim,
    freeze_why,
    package,
    run,
    show_closure,
    summary,
    tailor,
    targets,
    test,
)
from pants_freeze.stages import (
    archive,
    budget,
    bundle,
    check,
    closure,
    component,
    files,
    freeze,
    inputs,
    link,
    measure,
    observe,
    plan,
    report,
    sandbox,
    sbom,
    single_file,
    standalone,
    upx,
)
from pants_freeze.target_types import (
    CxFreezeBinary,
    FrozenDistribution,
    NuitkaBinary,
    PyInstallerBinary,
)


def target_types() -> Iterable[type[Target]]:
    return (PyInstallerBinary, CxFreezeBinary, NuitkaBinary, FrozenDistribution)


def rules() -> Iterable[Any]:
    engine.write_packages_whole()
    stages = (
        sandbox,
        closure,
        inputs,
        freeze,
        link,
        upx,
        standalone,
        component,
        files,
        single_file,
        budget,
        sbom,
        bundle,
        archive,
        measure,
        observe,
        check,
        report,
        plan,
    )
    goals = (
        targets,
        package,
        run,
        test,
        show_closure,
        freeze_why,
        freeze_accept,
        freeze_check,
        freeze_trim,
        freeze_plan,
        summary,
        tailor,
    )
    return [
        rule
        for module in (subsystems, dependency_inference, *stages, *goals)
        for rule in module.rules()
    ]
