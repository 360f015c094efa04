"""What a page of the documentation has its reader do.

A fenced block of `console` is run: lines that begin with `$ ` are commands, the others what they
print. Any other block right below a line that is a path and a colon is a file to write. `text` is
only to be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"( *)```(\w*)")
_PATH = re.compile(r"`([\w./-]+)`:")
_INLINE = re.compile(r"`(\./pants\s[^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ANYTHING = re.escape("...")


@dataclass(frozen=True)
class File:
    """A file to write, at the line ``line`` of the page."""

    line: int
    path: str
    text: str


@dataclass(frozen=True)
class Command:
    """A command for a shell, and the lines that the page says it prints, in this order."""

    line: int
    command: str
    output: tuple[str, ...]

    def missing(self, printed: str) -> list[str]:
        """The lines of ``output`` that are not in *printed*; `...` in them stands for anything."""
        rest = printed.splitlines()
        missing = []
        for expected in self.output:
            pattern = re.escape(expected.strip()).replace(_ANYTHING, ".*")
            found = [number for number, line in enumerate(rest) if re.search(pattern, line)]
            if found:
                rest = rest[found[0] + 1 :]
            else:
                missing.append(expected)
        return missing


def steps(page: str) -> Iterator[File | Command]:
    """The steps of a *page* in Markdown, in order."""
    before = ""
    block: list[str] | None = None
    start, kind, indent = 0, "", ""
    for number, line in enumerate(page.splitlines(), 1):
        fence = _FENCE.match(line)
        if block is None:
            if fence:
                block, start, indent, kind = [], number, fence[1], fence[2]
            elif line.strip():
                before = line.strip()
        elif fence:
            path = _PATH.fullmatch(before)
            if kind == "console":
                yield from _commands(block, start + 1)
            elif path and kind != "text":
                yield File(start, path[1], "\n".join(block) + "\n")
            before, block = "", None
        else:
            block.append(line.removeprefix(indent))
    if block is not None:
        raise ValueError(f"line {start}: the block has no end")


def _commands(lines: list[str], first: int) -> Iterator[Command]:
    found: list[tuple[int, list[str], list[str]]] = []
    for number, line in enumerate(lines, first):
        if line.startswith("$ "):
            found.append((number, [line[2:]], []))
        elif not found:
            raise ValueError(f"line {number}: {line!r} is printed by no command")
        elif found[-1][1][-1].endswith("\\"):
            found[-1][1].append(line)
        elif line.strip():
            found[-1][2].append(line)
    for number, command, output in found:
        yield Command(number, "\n".join(command), tuple(output))


def mentioned(page: str) -> set[str]:
    """The commands of Pants that the sentences of a *page* mention."""
    text = re.sub(r"^ *```.*?^ *```", "", page, flags=re.DOTALL | re.MULTILINE)
    return {re.sub(r"\s+", " ", found) for found in _INLINE.findall(text)}


def links(page: str) -> list[str]:
    """The links of a *page* to other files of the repository."""
    return [link for link in _LINK.findall(page) if "://" not in link and link[:1] != "#"]
