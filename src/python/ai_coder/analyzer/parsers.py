"""The parsers of the languages other than Python. Importing this module imports none of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Point, Tree

# The parser pursues several readings of what it cannot decide at once. On a text made to that end
# they are so many that they would fill the memory; source code takes a fraction of a second.
_MOST_SECONDS = 5.0
_CHUNK_BYTES = 1 << 16


class TooNested(Exception):
    """The parser cannot make sense of a text in reasonable time."""


def parse(content: bytes, language: str, suffix: str) -> Tree:
    """The syntax tree of *content*, UTF-8 in *language*; *suffix* is that of the file.

    Raises `TooNested`. What is no syntax of the language is in the tree as errors.
    """
    from tree_sitter import Language, Parser

    end = time.monotonic() + _MOST_SECONDS

    def read(offset: int, _: Point) -> bytes:
        return content[offset : offset + _CHUNK_BYTES]

    def is_too_long(_: int, __: bool) -> bool:
        return time.monotonic() > end

    try:
        return Parser(Language(_grammar(language, suffix))).parse(
            read, progress_callback=is_too_long
        )
    except ValueError:
        raise TooNested from None


def _grammar(language: str, suffix: str) -> object:  # noqa: PLR0911
    """The grammar of *language*; each is imported by its name, so that a freezer finds it."""
    if language == "javascript":
        import tree_sitter_javascript

        return tree_sitter_javascript.language()
    if language == "typescript":
        import tree_sitter_typescript

        if suffix == ".tsx":
            return tree_sitter_typescript.language_tsx()
        return tree_sitter_typescript.language_typescript()
    if language == "java":
        import tree_sitter_java

        return tree_sitter_java.language()
    if language == "c":
        import tree_sitter_c

        return tree_sitter_c.language()
    if language == "cpp":
        import tree_sitter_cpp

        return tree_sitter_cpp.language()
    if language == "csharp":
        import tree_sitter_c_sharp

        return tree_sitter_c_sharp.language()
    if language == "go":
        import tree_sitter_go

        return tree_sitter_go.language()
    if language == "rust":
        import tree_sitter_rust

        return tree_sitter_rust.language()
    raise ValueError(f"there is no grammar of {language}")
