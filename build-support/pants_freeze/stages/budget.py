"""Budget: what a component is made of, held against its accepted record and its budgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pants_freeze import _engine as engine
from pants_freeze import budgets, errors
from pants_freeze._engine import Address, Get, Rule, collect_rules, concurrently, rule
from pants_freeze.field_sets import FreezingFieldSet
from pants_freeze.sandbox.graph import ImportGraph
from pants_freeze.sizes import Record, Sizes
from pants_freeze.stages.component import Component
from pants_freeze.stages.single_file import SingleFileRequest, single_file
from pants_freeze.subsystems import Freeze
from pants_freeze.why import Program


@dataclass(frozen=True)
class ComponentSizesRequest:
    """The sizes of ``component``, the one of ``field_set``."""

    field_set: FreezingFieldSet
    component: Component


@dataclass(frozen=True)
class RecordRequest:
    """The accepted sizes of the target at ``address``."""

    address: Address


@dataclass(frozen=True)
class ProgramRequest:
    """What is known of ``component``, to ask why something is in it."""

    component: Component


@dataclass(frozen=True)
class BudgetRequest:
    """Whether ``component`` keeps the budgets of size in ``field_set``."""

    field_set: FreezingFieldSet
    component: Component


@dataclass(frozen=True)
class WithinBudget:
    """A component that keeps its budgets."""


@rule
async def component_sizes(request: ComponentSizesRequest) -> Sizes:
    component = request.component
    runtime, executable = await concurrently(
        engine.entries(component.runtime), engine.entries(component.executable_digest)
    )
    origins = dict(component.origins)
    program = [entry for entry in runtime if entry.path == component.program]
    sizes = Sizes.of(
        sum(engine.size_of(entry) for entry in (*executable, *program)),
        (
            (origins[entry.path], engine.size_of(entry))
            for entry in runtime
            if entry.path != component.program
        ),
    )
    if request.field_set.is_one_file:
        one_file = await single_file(SingleFileRequest(request.field_set, component))
        sizes = replace(sizes, executable_bytes=engine.size_of(one_file.entry))
    return sizes


@rule
async def read_record(request: RecordRequest, freeze: Freeze) -> Record:
    path = freeze.record(request.address)
    found = await engine.workspace_file_if_any(path)
    files = await engine.contents(found.digest)
    if not files:
        return Record(path, None)
    try:
        return Record(path, Sizes.parse(files[0].content))
    except ValueError as error:
        what = f"{path}: {error}; write it again with `./pants freeze-accept {request.address}`"
        raise errors.InvalidTarget(str(request.address), [errors.Problem("", what)]) from None


@rule
async def describe_program(request: ProgramRequest) -> Program:
    built = request.component
    files = await engine.contents(built.graph)
    places: dict[str, list[str]] = defaultdict(list)
    for each in built.closure.imports:
        places[each.place].append(each.name)
    return Program(
        address=str(built.address),
        graph=ImportGraph.parse(files[0].content),
        places=dict(places),
        origins=dict(built.origins),
        sources=dict(built.closure.sources),
    )


@rule
async def check_budgets(request: BudgetRequest) -> WithinBudget:
    component, address = request.component, str(request.component.address)
    # A damaged record is an error before it is needed.
    sizes, record = await concurrently(
        Get(Sizes, ComponentSizesRequest(request.field_set, component)),
        Get(Record, RecordRequest(component.address)),
    )
    exceeded = budgets.exceeded(request.field_set.size_budgets(), sizes)
    if not exceeded:
        return WithinBudget()
    program = await Get(Program, ProgramRequest(component))
    growth = budgets.growth(sizes, record.sizes)
    packages = [each.label for each in growth if "==" in each.label]
    grown = [(each, program.chain_to(each.label, packages)) for each in growth]
    problems = [
        budgets.executable_problem(
            each,
            sizes,
            record,
            request.field_set.is_one_file,
            request.field_set.executable_holds,
        )
        if each.field == "size_budget"
        else budgets.closure_problem(each, sizes, record, grown, address)
        for each in exceeded
    ]
    raise errors.BudgetExceeded(address, problems)


def rules() -> Iterable[Rule]:
    return collect_rules()
