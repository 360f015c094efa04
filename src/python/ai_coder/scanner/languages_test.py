from __future__ import annotations

import pytest

from ai_coder.scanner.languages import BINARY, OTHER, Lines, count_lines, decode, language_of


@pytest.mark.parametrize(
    ("name", "content", "language"),
    [
        ("a.py", b"", "Python"),
        ("src/A.PY", b"", "Python"),
        ("a.tsx", b"", "TypeScript"),
        ("BUILD", b"", "Starlark"),
        ("BUILD.bazel", b"", "Starlark"),
        ("sub/Dockerfile", b"", "Dockerfile"),
        ("Dockerfile.dev", b"", "Dockerfile"),
        ("Makefile", b"", "Makefile"),
        ("CMakeLists.txt", b"", "CMake"),
        ("README.md", b"", "Markdown"),
        ("run", b"#!/usr/bin/env python3.11\n", "Python"),
        ("run", b"#!/usr/bin/env -S A=1 node\n", "JavaScript"),
        ("run", b"#! /bin/bash -e\n", "Shell"),
        ("run", b"#!\n", OTHER),
        ("run", b"#!/usr/bin/env\n", OTHER),
        ("run", b"#!/opt/\xff\n", OTHER),
        ("data", b"text", OTHER),
        (".gitignore", b"x", OTHER),
        ("a.py", b"\0\1", BINARY),
        ("image.png", b"\x89PNG\0", BINARY),
        ("wide.txt", "hi".encode("utf-16"), "Text"),
    ],
)
def test_language(name: str, content: bytes, language: str) -> None:
    assert language_of(name, content) == language


def test_the_name_alone_decides_for_a_file_that_is_not_read() -> None:
    assert language_of("a.sql", None) == "SQL"
    assert language_of("a", None) == OTHER


@pytest.mark.parametrize(
    ("text", "language", "lines"),
    [
        ("", "Python", Lines(0, 0, 0)),
        ("x", "Python", Lines(1, 0, 0)),
        ("# c\n\n  \nx = 1  # no\n", "Python", Lines(4, 2, 1)),
        ("/* a\n\n b */\nint x; /* c\n*/\n// d\n", "C", Lines(6, 1, 3)),
        ("/* one */\nint x;\n", "C", Lines(2, 0, 1)),
        ("<!-- a\nb -->\n<p>\n", "HTML", Lines(3, 0, 2)),
        ("a\r\n\r\n", "Text", Lines(2, 1, 0)),
        ("# a\n", OTHER, Lines(1, 0, 0)),
    ],
)
def test_lines(text: str, language: str, lines: Lines) -> None:
    assert count_lines(text, language) == lines


def test_code_is_the_rest() -> None:
    assert Lines(10, 3, 2).code == 5


def test_what_is_not_utf8_does_not_fail() -> None:
    assert decode(b"caf\xe9\n") == "caf\ufffd\n"
    assert decode("\ufeffhé".encode()) == "hé"
    assert decode("hé".encode("utf-16")) == "hé"
