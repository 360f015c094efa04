"""Dependencies that the fields of freezing targets imply, so that `dependents` and
`--changed-since` know them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import target_types as fields
from pants_freeze._engine import (
    Address,
    FieldSet,
    InferDependenciesRequest,
    InferredDependencies,
    Rule,
    StringField,
    UnionRule,
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


async def _dependency_on(owner: Address, field: StringField) -> InferredDependencies:
    values = (field.value,) if field.value else ()
    return InferredDependencies(await engine.addresses(engine.named(values, field.alias, owner)))


@rule
async def infer_pex_dependency(request: InferPexDependency) -> InferredDependencies:
    field_set = request.field_set
    return await _dependency_on(field_set.address, field_set.pex)


@rule
async def infer_launcher_dependency(request: InferLauncherDependency) -> InferredDependencies:
    field_set = request.field_set
    return await _dependency_on(field_set.address, field_set.launcher)


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(InferDependenciesRequest, InferPexDependency),
        UnionRule(InferDependenciesRequest, InferLauncherDependency),
    )
