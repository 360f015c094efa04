from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pants_freeze import errors
from pants_freeze._engine import EMPTY_DIGEST
from pants_freeze.programs import failure_message
from pants_freeze.report import Step
from pants_freeze.sandbox import errors as sandbox_errors
from pants_freeze.stages import sandbox
from pants_freeze.stages.sandbox import (
    ProgramResult,
    plan_json,
    program_files,
    step_of,
)


@dataclass(frozen=True)
class Plan:
    names: list[str]
    level: int
    is_last: bool


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        ({"b": 1, "a": ["é"]}, '{"a": ["\\u00e9"], "b": 1}'),
        (Plan(["x", "y"], 2, True), '{"is_last": true, "level": 2, "names": ["x", "y"]}'),
    ],
)
def test_plan_json(plan: object, text: str) -> None:
    assert plan_json(plan) == text


def test_a_plan_survives_the_trip() -> None:
    plan = Plan(["é", "\n"], 0, False)
    assert Plan(**json.loads(plan_json(plan))) == plan


def test_success_has_no_message() -> None:
    assert failure_message(0, "warning: something\nerror: not one\n") == ""


@pytest.mark.parametrize(
    "failure", [sandbox_errors.SandboxError, *sandbox_errors.SandboxError.__subclasses__()]
)
def test_an_explained_failure_is_its_message_only(
    failure: type[sandbox_errors.SandboxError],
) -> None:
    stderr = "123 WARNING: noise\nerror: it is wrong:\n  here\ncorrect it\n"
    assert failure_message(failure.exit_code, stderr) == "it is wrong:\n  here\ncorrect it"


@pytest.mark.parametrize("exit_code", [1, 2, 9, 20, -11, 139])
def test_another_failure_shows_the_end_of_stderr(exit_code: int) -> None:
    lines = [f"line {number}" for number in range(100)]
    shown = failure_message(exit_code, "\n".join([*lines, "error: the last", ""])).splitlines()
    assert shown[0] == f"the process ended with exit code {exit_code}:"
    assert shown[1:] == [*lines[61:], "error: the last"]


def test_another_failure_without_output() -> None:
    assert failure_message(1, "") == "the process ended with exit code 1:"


def test_an_explained_failure_may_quote_an_error() -> None:
    stderr = "error: x.py cannot be parsed: codec error: bad byte\n"
    assert failure_message(10, stderr) == "x.py cannot be parsed: codec error: bad byte"


def test_an_exit_code_of_ours_without_a_message_of_ours() -> None:
    assert "Killed by the system" in failure_message(10, "Killed by the system\n")


def test_program_files() -> None:
    found = {file.path: file.content for file in program_files(("sandbox/layer.py",))}
    root = Path(sandbox.__file__).resolve().parents[2]
    assert list(found) == [
        "pants_freeze/__init__.py",
        "pants_freeze/sandbox/__init__.py",
        "pants_freeze/sandbox/layer.py",
    ]
    assert all(root.joinpath(path).read_bytes() == content for path, content in found.items())


def test_program_files_are_sorted_and_there_once() -> None:
    one = program_files(("sandbox/layer.py", "sandbox/__init__.py", "sandbox/errors.py"))
    other = program_files(("sandbox/errors.py", "sandbox/layer.py"))
    paths = [file.path for file in one]
    assert paths == sorted(set(paths)) == [file.path for file in other]


def test_a_failed_program_raises_for_its_target() -> None:
    result = program_result("it is wrong; correct it")
    with pytest.raises(errors.LinkFailed) as caught:
        result.checked(errors.LinkFailed, "src/x:y")
    assert str(caught.value) == "LinkFailed at src/x:y: it is wrong; correct it"
    assert program_result("").checked(errors.LinkFailed, "src/x:y") == EMPTY_DIGEST


def program_result(failure: str) -> ProgramResult:
    process: Any = None
    return ProgramResult(EMPTY_DIGEST, failure, Step("link", 0.1, 1), process)


def test_what_a_program_took() -> None:
    assert step_of("link", b'{"seconds": 0.5, "peak_bytes": 7}') == Step("link", 0.5, 7)
    assert step_of("link", b"{}") == Step("link", 0.0, 0)
