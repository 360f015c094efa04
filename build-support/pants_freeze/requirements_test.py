from __future__ import annotations

import pytest

from pants_freeze.requirements import Requirement, requirements_txt


@pytest.mark.parametrize(
    ("name", "version", "text"),
    [
        ("requests", "2.34.2", "requests==2.34.2"),
        ("PyQt6_Qt6", "6.11.0", "pyqt6-qt6==6.11.0"),
        ("ruamel.yaml", "0.18", "ruamel-yaml==0.18"),
        ("a-_.b", 1, "a-b==1"),
    ],
)
def test_of(name: str, version: object, text: str) -> None:
    requirement = Requirement.of(name, version)
    assert str(requirement) == text
    assert requirement == Requirement(*text.split("=="))


def test_each_requirement_is_there_once_and_sorted() -> None:
    found = [Requirement("b", "1"), Requirement("a", "2"), Requirement("b", "1")]
    assert requirements_txt(found, "closure of x") == b"# closure of x\na==2\nb==1\n"


def test_versions_of_one_requirement_are_both_there() -> None:
    found = {Requirement("a", "2"), Requirement("a", "1")}
    assert requirements_txt(found, "t") == b"# t\na==1\na==2\n"


def test_none() -> None:
    assert requirements_txt([], "closure of é") == "# closure of é\n".encode()
