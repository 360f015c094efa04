"""``./pants test``: the budgets of start and memory, held against the frozen program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze import _engine as engine
from pants_freeze import errors
from pants_freeze import target_types as fields
from pants_freeze._engine import (
    EnvironmentField,
    Get,
    Rule,
    Target,
    TestFieldSet,
    TestRequest,
    TestResult,
    TestSubsystem,
    UnionRule,
    collect_rules,
    rule,
)
from pants_freeze.bundling import RUNTIME
from pants_freeze.field_sets import freezing_field_set
from pants_freeze.stages.component import ComponentRequest
from pants_freeze.stages.measure import StartProgramRequest
from pants_freeze.stages.sandbox import ProgramResult
from pants_freeze.subsystems import Freeze


@dataclass(frozen=True)
class BudgetTestFieldSet(TestFieldSet):
    """What a target needs to be tested: a budget that is measured."""

    required_fields = (
        fields.PexField,
        fields.StartupBudgetField,
        fields.MemoryBudgetField,
    )

    startup_budget: fields.StartupBudgetField
    memory_budget: fields.MemoryBudgetField
    environment: EnvironmentField

    @classmethod
    def opt_out(cls, tgt: Target) -> bool:
        measured = (fields.StartupBudgetField, fields.MemoryBudgetField)
        return not any(tgt[field].value for field in measured)


class BudgetTestRequest(TestRequest):
    tool_subsystem = Freeze  # type: ignore[assignment]
    field_set_type = BudgetTestFieldSet


@rule(desc="Test budgets of start and memory")
async def test_budgets(batch: BudgetTestRequest.Batch, test_subsystem: TestSubsystem) -> TestResult:
    field_set = batch.single_element
    address = field_set.address
    wrapped = await engine.target(address, "the `test` goal")
    program = freezing_field_set(wrapped.target)
    assert program is not None, "only freezing targets have the required fields"
    starts = program.starts()
    if not starts:
        problem = (
            "there is a budget for the start, but no start to measure; set `startup_arguments` or "
            "`ready_arguments`"
        )
        raise errors.InvalidTarget(str(address), [errors.Problem("startup_arguments", problem)])
    result = await Get(
        ProgramResult,
        StartProgramRequest(
            ComponentRequest(program, RUNTIME),
            starts[-1:],
            False,
            field_set.startup_budget.limit(),
            int(field_set.memory_budget.limit()),
        ),
    )
    return TestResult.from_fallible_process_result(result.process, address, test_subsystem.output)


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *BudgetTestRequest.rules())
