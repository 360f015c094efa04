"""The table that ``./pants package`` ends with: what each component takes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pants_freeze import _engine as engine
from pants_freeze import report
from pants_freeze._engine import (
    Get,
    Rule,
    Specs,
    Targets,
    UnionRule,
    WorkunitsCallbackFactory,
    WorkunitsCallbackFactoryRequest,
    collect_rules,
    concurrently,
    rule,
)
from pants_freeze.goals.targets import NamedComponents, NamedComponentsRequest
from pants_freeze.stages.component import component
from pants_freeze.stages.report import SizeReportRequest

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SizeTable:
    """The table, and what UPX did; empty if the command line names no frozen program."""

    text: str


class SizeTableRequest(WorkunitsCallbackFactoryRequest):
    pass


@rule
async def size_table(targets: Targets) -> SizeTable:
    named = await Get(NamedComponents, NamedComponentsRequest(tuple(targets)))
    components = await concurrently(
        [Get(report.ComponentReport, SizeReportRequest(each)) for each in named.requests]
    )
    # Where a folder and one file are made of a program, both have its name.
    components = tuple(
        replace(each, name=f"{each.name} (one file)") if request.field_set.is_one_file else each
        for each, request in zip(components, named.requests)
    )
    built = await concurrently([component(request) for request in named.requests])
    lines = [report.table(components)] if components else []
    lines += [
        f"{each.executable}: {report.packed_line(each.packed)}" for each in built if each.packed
    ]
    return SizeTable("\n".join(lines))


def _show(table: SizeTable) -> None:
    if table.text:
        _logger.info(f"Frozen programs:\n{table.text}")


@rule
async def show_table_at_end(_: SizeTableRequest) -> WorkunitsCallbackFactory:
    return WorkunitsCallbackFactory(lambda: engine.AtEndOf("package", SizeTable, _show))


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        engine.query(SizeTable, Specs),
        UnionRule(WorkunitsCallbackFactoryRequest, SizeTableRequest),
    )
