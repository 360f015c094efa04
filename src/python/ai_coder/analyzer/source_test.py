from __future__ import annotations

import pytest

from ai_coder.analyzer.results import Region
from ai_coder.analyzer.source import is_binary, read_source


@pytest.mark.parametrize(
    ("content", "language", "text"),
    [
        (b"", "go", ""),
        (b"a\r\nb\rc\n", "go", "a\nb\nc\n"),
        ("\ufeffé".encode(), "go", "é"),
        ("\ufeffé".encode(), "python", "é"),
        ("é\n".encode("utf-16"), "go", "é\n"),
        (b"# coding: latin-1\n\xe9", "python", "# coding: latin-1\né"),
        ("# coding: cp1251\nж".encode("cp1251"), "python", "# coding: cp1251\nж"),
    ],
)
def test_text(content: bytes, language: str, text: str) -> None:
    source = read_source("a", content, language)
    assert (source.text, source.findings) == (text, ())


@pytest.mark.parametrize(
    ("content", "language", "rule", "line"),
    [
        (b"a\nb\xe9", "go", "SYN003", 2),
        (b"a = 1\n# \xe9", "python", "SYN001", 2),
        (b"# coding: nothing\na", "python", "SYN001", 1),
        (b"# coding: hex\na", "python", "SYN001", 1),
        ("a = 1".encode("utf-16"), "python", "SYN001", 1),
    ],
)
def test_what_cannot_be_decoded_is_found_and_read_all_the_same(
    content: bytes, language: str, rule: str, line: int
) -> None:
    source = read_source("a", content, language)
    (finding,) = source.findings
    assert (finding.rule.id, finding.region.line) == (rule, line)
    assert "a" in source.text


def test_half_characters_do_not_get_through() -> None:
    source = read_source("a", b"# coding: unicode_escape\na = '\\ud800'", "python")
    assert source.text.encode().endswith(b"a = '?'")


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"a", False), (b"", False), (b"a\0", True), ("a".encode("utf-16"), False)],
)
def test_binary(content: bytes, expected: bool) -> None:
    assert is_binary(content) is expected


def test_columns_are_in_characters() -> None:
    source = read_source("a", "ab\né𝄞x".encode(), "go")
    assert [source.column(1, offset) for offset in (0, 1, 2)] == [1, 2, 3]
    assert [source.column(2, offset) for offset in (0, 2, 6, 7)] == [1, 2, 3, 4]
    assert source.column(9, 0) == 1
    assert source.whole == Region(1, 1, 2, 4)


def test_the_text_of_a_region_is_not_indented() -> None:
    source = read_source("a", b"if a:\n    def f():\n        pass\n\n    x = 1; y = 2\n", "python")
    assert source.text_of(Region(2, 5, 3, 13)) == "def f():\n    pass"
    assert source.text_of(Region(5, 12, 5, 17)) == "y = 2"
    assert source.first_line(Region(2, 5, 3, 13)) == Region(2, 5, 2, 13)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.py", False),
        ("test_a.py", True),
        ("a_test.go", True),
        ("a.spec.ts", True),
        ("tests/a.py", True),
        ("src/test/java/A.java", True),
        ("OrderTests.cs", True),
        ("contest.py", False),
        ("testing.py", False),
    ],
)
def test_tests_are_known_by_name(name: str, expected: bool) -> None:
    assert read_source(name, b"", "go").is_test is expected
