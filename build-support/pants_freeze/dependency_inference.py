"""Dependencies that the fields of freezing targets imply, so that `dependents` and
`--changed-since` know them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import target_types as fields
from pants_freeze._engine import (
    FieldSet,
    InferDependenciesRequest,
    InferredDependencies,
    Rule,
    UnionRule,
    UnparsedAddressInputs,
    collect_rules,
    rule,
)


@dataclass(frozen=True)
class PexDependencyFieldSet(FieldSet):
    required_fields = (fields.PexField,)

    pex: fields.PexField


@dataclass(frozen=True)
class LauncherDependencyFieldSet(FieldSet):
    required_fields = (fields.LauncherField,)

    launcher: fields.LauncherField


class InferPexDependency(InferDependenciesRequest):
    infer_from = PexDependencyFieldSet


class InferLauncherDependency(InferDependenciesRequest):
    infer_from = LauncherDependencyFieldSet


@rule
async def infer_pex_dependency(request: InferPexDependency) -> InferredDependencies:
    field = request.field_set.pex
    return InferredDependencies(
        await engine.addresses(
            UnparsedAddressInputs(
                (field.value,),
                owning_address=field.address,
                description_of_origin=f"the `pex` field of the target {field.address}",
            )
        )
    )


@rule
async def infer_launcher_dependency(request: InferLauncherDependency) -> InferredDependencies:
    field = request.field_set.launcher
    return InferredDependencies(
        await engine.addresses(
            UnparsedAddressInputs(
                (field.value,) if field.value else (),
                owning_address=request.field_set.address,
                description_of_origin=f"the `launcher` field of {request.field_set.address}",
            )
        )
    )


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(InferDependenciesRequest, InferPexDependency),
        UnionRule(InferDependenciesRequest, InferLauncherDependency),
    )
