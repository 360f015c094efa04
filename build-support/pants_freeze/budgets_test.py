from __future__ import annotations

import pytest

from pants_freeze.budgets import (
    Growth,
    SizeBudget,
    closure_problem,
    exceeded,
    executable_problem,
    growth,
)
from pants_freeze.errors import Problem
from pants_freeze.sandbox.environment import FIRST_PARTY
from pants_freeze.sizes import Record, Sizes

ADDRESS = "src/x:binary"
RECORD = "sizes/src.x.binary.json"

ACCEPTED = Sizes.of(100_000, [("CPython 3.11.7", 9_000_000), ("numpy==1.0", 2_000_000)])
GROWN = Sizes.of(
    120_000,
    [("CPython 3.11.7", 9_000_000), ("numpy==2.0", 2_400_000), ("pandas==3.0", 30_000_000)],
)


@pytest.mark.parametrize(
    ("field", "used"), [("size_budget", 100_000), ("closure_budget", 11_100_000)]
)
def test_what_counts_for_a_budget(field: str, used: int) -> None:
    assert SizeBudget(field, 1).used(ACCEPTED) == used


@pytest.mark.parametrize(
    ("executable", "closure", "fields"),
    [
        (100_000, 11_100_000, []),
        (100_001, 11_100_001, []),
        (99_999, 11_100_000, ["size_budget"]),
        (100_000, 11_099_999, ["closure_budget"]),
        (1, 1, ["size_budget", "closure_budget"]),
    ],
)
def test_a_budget_may_be_used_up(executable: int, closure: int, fields: list[str]) -> None:
    budgets = [SizeBudget("size_budget", executable), SizeBudget("closure_budget", closure)]
    assert [each.field for each in exceeded(iter(budgets), ACCEPTED)] == fields


def test_no_budget_is_not_exceeded() -> None:
    assert exceeded([], ACCEPTED) == []


def test_what_grew_most_is_first() -> None:
    assert growth(GROWN, ACCEPTED) == [
        Growth("pandas==3.0", 30_000_000, 30_000_000),
        Growth("numpy==2.0", 2_400_000, 400_000),
        Growth(FIRST_PARTY, 120_000, 20_000),
    ]


def test_what_shrank_or_went_did_not_grow() -> None:
    assert growth(ACCEPTED, GROWN) == []
    assert growth(ACCEPTED, ACCEPTED) == []


def test_without_a_record_all_grew_from_nothing() -> None:
    assert growth(ACCEPTED, None) == [
        Growth("CPython 3.11.7", 9_000_000, 9_000_000),
        Growth("numpy==1.0", 2_000_000, 2_000_000),
        Growth(FIRST_PARTY, 100_000, 100_000),
    ]


def test_an_empty_record_is_a_record() -> None:
    empty = Sizes(0, ())
    assert growth(ACCEPTED, empty) == growth(ACCEPTED, None)


@pytest.mark.parametrize("accepted", [None, Sizes.of(1, [])])
def test_eight_are_shown_sorted_by_label_where_they_grew_alike(accepted: Sizes | None) -> None:
    sizes = Sizes.of(1, [(f"{name}==1", 500) for name in "jihgfedcba"])
    assert [each.label for each in growth(sizes, accepted)] == [f"{name}==1" for name in "abcdefgh"]


def test_the_message_on_a_closure_with_a_record() -> None:
    grown = [
        (Growth("pandas==3.0", 30_000_000, 30_000_000), "src/x/a.py:7 imports pandas"),
        (Growth("numpy==2.0", 2_400_000, 400_000), ""),
    ]
    budget = SizeBudget("closure_budget", 30_000_000)
    assert closure_problem(
        budget, GROWN, Record(RECORD, ACCEPTED), iter(grown), ADDRESS
    ) == Problem(
        "closure_budget",
        "the closure has 41.5 MB, 11.5 MB more than the 30.0 MB that are allowed\n"
        "  +30.4 MB since sizes/src.x.binary.json; what grew:\n"
        "  pandas==3.0: +30.0 MB; src/x/a.py:7 imports pandas\n"
        "  numpy==2.0: +400.0 kB\n"
        "leave out what is not needed (`./pants freeze-why MODULE src/x:binary` tells why it is "
        "there), or raise `closure_budget`",
    )


@pytest.mark.parametrize(
    ("accepted", "since"),
    [
        (ACCEPTED, "+20.0 kB since sizes/src.x.binary.json"),
        (None, "there is no record sizes/src.x.binary.json to compare with"),
    ],
)
def test_the_message_on_an_executable(accepted: Sizes | None, since: str) -> None:
    budget = SizeBudget("size_budget", 100_000)
    holds = "the first-party code that the program imports"
    assert executable_problem(budget, GROWN, Record(RECORD, accepted), False, holds) == Problem(
        "size_budget",
        "the executable has 120.0 kB, 20.0 kB more than the 100.0 kB that are allowed\n"
        f"  {since}\n"
        "it holds the first-party code that the program imports; leave out what is not needed, or "
        "raise `size_budget`",
    )


def test_the_message_on_one_file_says_what_is_in_it() -> None:
    budget = SizeBudget("size_budget", 100_000)
    problem = executable_problem(budget, GROWN, Record(RECORD, ACCEPTED), True, "other code")
    assert problem.what.splitlines() == [
        "the one file has 120.0 kB, 20.0 kB more than the 100.0 kB that are allowed",
        "  +20.0 kB since sizes/src.x.binary.json",
        "it holds the whole program, compressed; leave out what is not needed, or raise "
        "`size_budget`",
    ]


def test_the_message_where_nothing_grew() -> None:
    budget = SizeBudget("closure_budget", 11_000_000)
    lines = closure_problem(budget, ACCEPTED, Record(RECORD, ACCEPTED), [], ADDRESS).what
    assert lines.splitlines()[1:3] == [
        "  +0 B since sizes/src.x.binary.json; what grew:",
        "  nothing; the budget is smaller than what was accepted",
    ]


def test_a_program_that_shrank_may_still_be_too_large() -> None:
    budget = SizeBudget("closure_budget", 11_000_000)
    lines = closure_problem(budget, ACCEPTED, Record(RECORD, GROWN), [], ADDRESS).what.splitlines()
    assert lines[1] == "  -30.4 MB since sizes/src.x.binary.json; what grew:"
