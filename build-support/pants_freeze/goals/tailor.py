"""``./pants tailor``: a `pyinstaller_binary` beside each `pex_binary` that nothing freezes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze._engine import (
    Address,
    AllTargets,
    PexEntryPointField,
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
class PutativeFreezingTargetsRequest(PutativeTargetsRequest):
    pass


def proposals(
    pexes: Iterable[Address], frozen: Iterable[Address], folders: Iterable[str]
) -> tuple[tuple[str, str, str], ...]:
    """(folder, name, `pex`) of each freezing target to add to *folders*, sorted.

    *pexes* are all `pex_binary` targets and *frozen* those that a freezing target names. The one
    for `:pex` is called `binary`; otherwise the name tells which PEX it is.
    """
    known, searched = set(frozen), set(folders)
    return tuple(
        sorted(
            (
                pex.spec_path,
                "binary" if pex.target_name == "pex" else f"{pex.target_name}-binary",
                f":{pex.target_name}",
            )
            for pex in pexes
            # Which of those that a generator or `parametrize` makes are for users, nobody knows.
            if pex == engine.template(pex) and pex.spec_path in searched and pex not in known
        )
    )


@rule(desc="Look for `pex_binary` targets that nothing freezes")
async def find_putative_targets(
    request: PutativeFreezingTargetsRequest, every: AllTargets, options: Freeze
) -> PutativeTargets:
    if not options.tailor:
        return PutativeTargets()
    freezing = [each for each in every if each.has_field(PexField)]
    named = await concurrently(
        [
            engine.addresses(
                engine.named((each[PexField].value,), PexField.alias, each.address),
            )
            for each in freezing
        ]
    )
    found = proposals(
        (each.address for each in every if each.has_field(PexEntryPointField)),
        (address for each in named for address in each),
        request.dirs,
    )
    return PutativeTargets(
        engine.putative_target(PyInstallerBinary, folder, name, {PexField.alias: pex})
        for folder, name, pex in found
    )


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(PutativeTargetsRequest, PutativeFreezingTargetsRequest),
    )
