"""Text that is safe to print: nothing that a web site or a file name could do to a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """*text* with an escape, such as ``\\x1b``, for each character that does not show itself."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )
