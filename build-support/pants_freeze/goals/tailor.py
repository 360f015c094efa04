"""``./pants tailor``: a `pyinstaller_binary` beside each `pex_binary` that no target freezes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze._engine import (
    Address,
    AllUnexpandedTargets,
    PexEntryPointField,
    PutativeTarget,
    PutativeTargets,
    PutativeTargetsRequest,
    Rule,
    UnionRule,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.subsystems import Freeze
from pants_freeze.target_types import PexField, PyInstallerBinary


@dataclass(frozen=True)
class PutativeBinariesRequest(PutativeTargetsRequest):
    pass


def proposals(
    pexes: Iterable[Address], frozen: Iterable[Address], folders: Collection[str]
) -> tuple[tuple[str, str, str], ...]:
    """(folder, name, pex) of each target to add, for the *pexes* in *folders*, sorted.

    *frozen* are the ones that some target freezes. Those that are generated, or parametrized, are
    left to their author: not each of them need be shipped.
    """
    taken = {each.maybe_convert_to_target_generator() for each in frozen}
    return tuple(
        (
            pex.spec_path,
            "binary" if pex.target_name == "pex" else f"{pex.target_name}_binary",
            f":{pex.target_name}",
        )
        for pex in sorted(set(pexes) - taken)
        if pex.spec_path in folders and pex == pex.maybe_convert_to_target_generator()
    )


@rule
async def propose_binaries(
    request: PutativeBinariesRequest, freeze: Freeze, targets: AllUnexpandedTargets
) -> PutativeTargets:
    if not freeze.tailor:
        return PutativeTargets()
    frozen = await concurrently(
        [
            engine.addresses_if_any((target[PexField].value,), target.address)
            for target in targets
            if target.has_field(PexField)
        ]
    )
    found = proposals(
        (target.address for target in targets if target.has_field(PexEntryPointField)),
        (address for each in frozen for address in each),
        request.dirs,
    )
    return PutativeTargets(
        PutativeTarget.for_target_type(
            PyInstallerBinary,
            path=folder,
            name=name,
            triggering_sources=(),
            # Pants calls a target of the root "root" unless its name is among these.
            kwargs={**({} if folder else {"name": name}), "pex": pex},
        )
        for folder, name, pex in found
    )


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), UnionRule(PutativeTargetsRequest, PutativeBinariesRequest))
