"""Budgets of size: what a component may take, and what to tell of one that takes more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze.errors import Problem
from pants_freeze.sizes import Record, Sizes, name_of
from pants_freeze.units import format_change, format_size

_SHOWN = 8


@dataclass(frozen=True)
class SizeBudget:
    """``field`` is "size_budget" (of the executable) or "closure_budget"; ``limit`` is in bytes."""

    field: str
    limit: int

    def used(self, sizes: Sizes) -> int:
        """The bytes that count for this budget."""
        return sizes.executable_bytes if self.field == "size_budget" else sizes.closure_bytes


def exceeded(budgets: Iterable[SizeBudget], sizes: Sizes) -> list[SizeBudget]:
    """Those of *budgets* that *sizes* do not keep."""
    return [budget for budget in budgets if budget.used(sizes) > budget.limit]


@dataclass(frozen=True)
class Growth:
    """A requirement that grew, or is large: its label, its bytes, by how much it grew."""

    label: str
    bytes: int
    grown: int


def growth(sizes: Sizes, accepted: Sizes | None) -> list[Growth]:
    """What grew since *accepted*, most first; without a record all requirements, largest first."""
    if accepted is None:
        found = [Growth(label, size, size) for label, size in sizes.requirements]
    else:
        grown = dict(sizes.change_since(accepted).requirements)
        found = [
            Growth(label, size, grown[name])
            for label, size in sizes.requirements
            for name in [name_of(label)]
            if grown.get(name, 0) > 0
        ]
    return sorted(found, key=lambda each: (-each.grown, each.label))[:_SHOWN]


def executable_problem(
    budget: SizeBudget, sizes: Sizes, record: Record, is_one_file: bool, holds: str
) -> Problem:
    """What to tell of an exceeded `size_budget`, of an executable or of a program in one file.

    *holds* says what an executable of the freezer has in it.
    """
    what = "the whole program, compressed" if is_one_file else holds
    since = "there is no record {} to compare with"
    if record.sizes:
        change = sizes.executable_bytes - record.sizes.executable_bytes
        since = f"{format_change(change)} since {{}}"
    return Problem(
        budget.field,
        f"{_excess(budget, sizes, 'one file' if is_one_file else 'executable')}\n"
        f"  {since.format(record.path)}\n"
        f"it holds {what}; leave out what is not needed, or raise `{budget.field}`",
    )


def closure_problem(
    budget: SizeBudget,
    sizes: Sizes,
    record: Record,
    grown: Iterable[tuple[Growth, str]],
    address: str,
) -> Problem:
    """What to tell of an exceeded `closure_budget` of the target *address*.

    *grown* are requirements, each with the chain of imports that pulls it in.
    """
    lines = [_excess(budget, sizes, "closure")]
    if record.sizes is None:
        lines.append(f"  there is no record {record.path} to compare with; the largest are:")
    else:
        change = format_change(sizes.closure_bytes - record.sizes.closure_bytes)
        lines.append(f"  {change} since {record.path}; what grew:")
    parts = [
        f"  {each.label}: {format_change(each.grown) if record.sizes else format_size(each.bytes)}"
        + (f"; {chain}" if chain else "")
        for each, chain in grown
    ]
    lines += parts or ["  nothing; the budget is smaller than what was accepted"]
    lines.append(
        f"leave out what is not needed (`./pants freeze-why MODULE {address}` tells why it is "
        f"there), or raise `{budget.field}`"
    )
    return Problem(budget.field, "\n".join(lines))


def _excess(budget: SizeBudget, sizes: Sizes, part: str) -> str:
    used = budget.used(sizes)
    return (
        f"the {part} has {format_size(used)}, {format_size(used - budget.limit)} more than the "
        f"{format_size(budget.limit)} that are allowed"
    )
