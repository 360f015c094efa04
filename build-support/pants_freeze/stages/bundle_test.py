from __future__ import annotations

import pytest

from pants_freeze.requirements import Requirement
from pants_freeze.stages.bundle import executable_problem, requirement_files

A1, B1, B2 = Requirement("a", "1"), Requirement("b", "1"), Requirement("b", "2")


@pytest.mark.parametrize(
    "executables",
    [
        [],
        [("one", "shared/runtime", "src/a:b")],
        [("one", "shared/runtime", "src/a:b"), ("two", "shared/runtime", "src/c:b")],
        [("one", "shared/runtime", "src/a:b"), ("one", "shared/runtime", "src/a:b")],
    ],
)
def test_no_executable_problem(executables: list[tuple[str, str, str]]) -> None:
    assert executable_problem(iter(executables)) == ""


@pytest.mark.parametrize(
    "executables",
    [
        [("one", "shared/runtime", "src/a:b"), ("one", "shared/runtime", "src/c:b")],
        [
            ("one", "shared/runtime", "src/a:b"),
            ("two", "shared/runtime", "src/d:b"),
            ("one", "shared/runtime", "src/c:b"),
        ],
    ],
)
def test_executable_problem(executables: list[tuple[str, str, str]]) -> None:
    assert executable_problem(executables) == (
        "src/a:b and src/c:b both make the executable 'one'; give one of them another `output_path`"
    )


def test_a_program_named_like_the_folder_around_the_runtime_folder() -> None:
    executables = [("one", "shared/runtime", "src/a:b"), ("shared", "shared/runtime", "src/c:b")]
    assert executable_problem(executables) == (
        "the executable of src/c:b and the runtime folder both have the name 'shared'; "
        "give the program another `output_path`"
    )


def files(
    components: list[tuple[str, tuple[Requirement, ...]]], per_component: bool
) -> dict[str, str]:
    found = requirement_files(iter(components), per_component)
    assert len({file.path for file in found}) == len(found)
    return {file.path: file.content.decode() for file in found}


def test_requirements_of_all() -> None:
    assert files([("one", (A1, B1)), ("two", (B1,))], False) == {
        "requirements.txt": "# closure of one, two\na==1\nb==1\n"
    }


def test_requirements_of_each() -> None:
    assert files([("one", (B1, A1)), ("two.exe", ()), ("three", (B2,))], True) == {
        "requirements.txt": "# closure of one, two.exe, three\na==1\nb==1\nb==2\n",
        "requirements/one.txt": "# closure of one\na==1\nb==1\n",
        "requirements/two.txt": "# closure of two.exe\n",
        "requirements/three.txt": "# closure of three\nb==2\n",
    }


def test_requirements_of_executables_with_a_version_in_their_names() -> None:
    assert set(files([("tool-1.0", (A1,)), ("tool-1.1", (B1,))], True)) == {
        "requirements.txt",
        "requirements/tool-1.0.txt",
        "requirements/tool-1.1.txt",
    }
