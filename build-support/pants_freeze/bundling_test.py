from __future__ import annotations

from pants_freeze.bundling import requirement_files
from pants_freeze.requirements import Requirement

A1, B1, B2 = Requirement("a", "1"), Requirement("b", "1"), Requirement("b", "2")


def files(
    components: list[tuple[str, tuple[Requirement, ...]]], per_component: bool
) -> dict[str, str]:
    found = requirement_files(iter(components), per_component)
    return {path: content.decode() for path, content in found.items()}


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
