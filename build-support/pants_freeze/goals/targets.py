"""The freezing targets that a command line names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze._engine import (
    Get,
    Rule,
    Target,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.bundling import RUNTIME
from pants_freeze.field_sets import DistributionFieldSet, freezing_field_set
from pants_freeze.goals.package import (
    DistributionPrograms,
    DistributionProgramsRequest,
)
from pants_freeze.stages.component import ComponentRequest

_SHOWN = 3


def no_program(targets: Iterable[Target]) -> str:
    """What to tell if none of *targets*, which a command line names, has to do with freezing."""
    named = [f"{each.address} is a `{each.alias}`" for each in targets]
    more = [f"and {len(named) - _SHOWN} more"] if len(named) > _SHOWN else []
    return (
        f"error: {', '.join([*named[:_SHOWN], *more]) or 'there is no target'}; name a "
        "`pyinstaller_binary`, `cx_freeze_binary`, `nuitka_binary` or `frozen_distribution`"
    )


@dataclass(frozen=True)
class NamedComponents:
    """The components that a command line names, alone or by a distribution, sorted by address."""

    requests: tuple[ComponentRequest, ...]


@dataclass(frozen=True)
class NamedComponentsRequest:
    """The components among ``targets``, and those of the distributions among them."""

    targets: tuple[Target, ...]


@rule
async def named_components(request: NamedComponentsRequest) -> NamedComponents:
    distributions = await concurrently(
        [
            Get(
                DistributionPrograms,
                DistributionProgramsRequest(DistributionFieldSet.create(each)),
            )
            for each in request.targets
            if DistributionFieldSet.is_applicable(each)
        ]
    )
    requests = {
        each.field_set.address: each for programs in distributions for each in programs.requests
    }
    for target in request.targets:
        field_set = freezing_field_set(target)
        if field_set is not None and target.address not in requests:
            requests[target.address] = ComponentRequest(field_set, RUNTIME)
    return NamedComponents(tuple(requests[address] for address in sorted(requests)))


def rules() -> Iterable[Rule]:
    return collect_rules()
