from __future__ import annotations

import pytest

from pants_freeze import errors
from pants_freeze.errors import Problem

CLASSES = [
    errors.InvalidTarget,
    errors.FreezeFailed,
    errors.LinkFailed,
    errors.RuntimeConflict,
]


@pytest.mark.parametrize("failure", CLASSES)
def test_message_of_a_field(failure: type[errors.FreezeError]) -> None:
    error = failure("src/x:y", [Problem("pex", "it is wrong; correct it")])
    assert str(error) == f"{failure.__name__} at src/x:y (pex): it is wrong; correct it"


def test_message_of_a_target() -> None:
    error = errors.FreezeFailed("src/x:y", [Problem("", "it is wrong; correct it")])
    assert str(error) == "FreezeFailed at src/x:y: it is wrong; correct it"


def test_all_problems_are_in_one_message_in_order() -> None:
    problems = (Problem("pex", "one; do 1"), Problem("", "two; do 2"), Problem("icon", "three"))
    error = errors.InvalidTarget("src/x:y", iter(problems))
    assert str(error).splitlines() == [
        "InvalidTarget at src/x:y (pex): one; do 1",
        "InvalidTarget at src/x:y: two; do 2",
        "InvalidTarget at src/x:y (icon): three",
    ]
    assert error.address == "src/x:y"
    assert error.problems == problems


def test_classes_are_failures_of_their_own() -> None:
    assert all(issubclass(each, errors.FreezeError) for each in CLASSES)
    assert not any(
        issubclass(one, other) for one in CLASSES for other in CLASSES if one is not other
    )
