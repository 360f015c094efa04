from __future__ import annotations

from typing import Any

import pytest

from pants_freeze import _engine as engine
from pants_freeze._engine import InterpreterConstraints


class Setup:
    """What of the options of Python is asked."""

    interpreter_versions_universe = ("3.8", "3.9", "3.10", "3.11", "3.12")


@pytest.mark.parametrize(
    ("program", "is_accepted"),
    [
        ("CPython==3.11.*", True),
        ("CPython==3.11.7", True),
        ("CPython>=3.11,<3.13", True),
        ("CPython>=3.10,<3.13", False),
        ("CPython==3.10.*", False),
    ],
)
def test_a_tool_accepts_programs_whose_interpreters_it_all_supports(
    program: str, is_accepted: bool
) -> None:
    setup: Any = Setup()
    tool = InterpreterConstraints(["CPython>=3.11,<3.14"])
    assert engine.accepts(tool, InterpreterConstraints([program]), setup) is is_accepted
