from __future__ import annotations

import pytest

from pants_freeze.runtime import RuntimeFile
from pants_freeze.stages.component import relocate, runtime_files


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
    origins = [("a", "x==1"), ("gone", "y==1")]
    assert runtime_files(contents, iter(origins)) == {
        "a": RuntimeFile("file 1", "x==1"),
        "b": RuntimeFile("link to a", "symbolic link"),
    }
