"""The languages that can be analyzed, and how a file's name tells which one it is."""

from __future__ import annotations

from pathlib import PurePath

_SUFFIXES = {
    "python": "py pyi pyw",
    "javascript": "js jsx mjs cjs",
    "typescript": "ts tsx mts cts",
    "java": "java",
    "c": "c h",
    "cpp": "cc cpp cxx h hh hpp hxx",
    "csharp": "cs",
    "go": "go",
    "rust": "rs",
}

LANGUAGES = tuple(_SUFFIXES)


def languages_of(name: str) -> tuple[str, ...]:
    """The languages that the file *name* can be in by its suffix; only ``.h`` has two."""
    suffix = suffix_of(name).removeprefix(".")
    return tuple(language for language, words in _SUFFIXES.items() if suffix in words.split())


def suffix_of(name: str) -> str:
    """The suffix of *name* in lower case, with its dot."""
    return PurePath(name).suffix.lower()
