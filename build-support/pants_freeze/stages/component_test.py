from __future__ import annotations

import pytest

from pants_freeze._engine import Address
from pants_freeze.external import ExternalImport, excluded_problems
from pants_freeze.runtime import RuntimeFile, runtime_files
from pants_freeze.stages.component import duplicate_problems, is_named, relocate


@pytest.mark.parametrize(
    ("glob", "destination", "path", "place"),
    [
        ("a/b.txt", "d", "a/b.txt", "d/b.txt"),
        ("a/b.txt", "", "a/b.txt", "b.txt"),
        ("b.txt", "", "b.txt", "b.txt"),
        ("b.txt", "d/e", "b.txt", "d/e/b.txt"),
        ("a/*.txt", "d", "a/b.txt", "d/b.txt"),
        ("a/*.txt", "", "a/b.txt", "b.txt"),
        ("a/b?.txt", "d", "a/b1.txt", "d/b1.txt"),
        ("a/[bc]/d.txt", "e", "a/b/d.txt", "e/b/d.txt"),
        ("a/**", "d", "a/b.txt", "d/b.txt"),
        ("a/**", "d", "a/mail/b.txt", "d/mail/b.txt"),
        ("a/**", "", "a/mail/b.txt", "mail/b.txt"),
        ("a/**/*.txt", "d", "a/b.txt", "d/b.txt"),
        ("a/**/*.txt", "d", "a/m/n/b.txt", "d/m/n/b.txt"),
        ("a/*/c/*.txt", "d", "a/b/c/e.txt", "d/b/c/e.txt"),
        ("**", "d", "a/b.txt", "d/a/b.txt"),
        ("**/*.txt", "", "a/b.txt", "a/b.txt"),
        ("*", "", "b.txt", "b.txt"),
        ("é f/*", "ü", "é f/b c", "ü/b c"),
    ],
)
def test_relocate(glob: str, destination: str, path: str, place: str) -> None:
    assert relocate(glob, destination, path) == place


def test_runtime_files() -> None:
    contents = [("a", "file 1"), ("b", "link to a")]
    origins = [("a", "x==1"), ("b", "x==1"), ("gone", "y==1")]
    assert runtime_files(contents, iter(origins)) == {
        "a": RuntimeFile("file 1", "x==1"),
        "b": RuntimeFile("link to a", "x==1"),
    }


def test_two_data_files_at_one_place() -> None:
    placed = [("a/x", "d/x", 1), ("b/x", "d/x", 2), ("b/y", "d/y", 3), ("c/y", "d/y", 3)]
    assert duplicate_problems(placed) == [
        "a/x and b/x both have the place d/x; give one another place"
    ]


def test_excludes_that_the_program_cannot_start_without() -> None:
    imports = [
        ExternalImport("json.tool", "src/b.py:2"),
        ExternalImport("json.loads", "src/a.py:7"),
    ]
    assert excluded_problems(["jso", "xml", "json.tool.x"], imports) == []
    both, one = excluded_problems(["json", "json.tool"], imports)
    assert both.field == one.field == "excludes"
    assert "'json' is left out, and src/a.py:7 imports 'json.loads' whenever" in both.what
    assert "'json.tool' is left out, and src/b.py:2 imports 'json.tool'" in one.what


HOOKS = Address("specs", target_name="hooks")


@pytest.mark.parametrize(
    ("address", "is_there"),
    [
        (HOOKS, True),
        (HOOKS.parametrize({"resolve": "a"}), True),
        (Address("specs", target_name="hooks", relative_file_path="a.py"), True),
        (Address("specs", target_name="one", relative_file_path="a.py"), True),
        (
            Address(
                "specs",
                target_name="one",
                relative_file_path="a.py",
                parameters={"resolve": "a"},
            ),
            True,
        ),
        (Address("specs", target_name="one", relative_file_path="b.py"), False),
        (Address("specs", target_name="lists"), False),
    ],
)
def test_what_an_author_has_named(address: Address, is_there: bool) -> None:
    one = Address("specs", target_name="one", relative_file_path="a.py")
    assert is_named(address, [HOOKS, one]) is is_there
