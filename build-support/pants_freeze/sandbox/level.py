"""Optimisation levels: how much the freezer does to make a program small."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from pants_freeze.sandbox.trim import Rule, parse

# Built-in trim lists; each level has those of the levels before it, too.
_LISTS = Path(__file__).with_name("levels")


class Level(Enum):
    """What each does is told by the help text of `optimization_level`."""

    low = "low"
    medium = "medium"
    high = "high"

    @property
    def strips(self) -> bool:
        """Whether the symbols are taken off native libraries."""
        return self is not Level.low

    @property
    def bytecode(self) -> int:
        """The optimisation of bytecode, as of ``python -O``.

        No level removes docstrings: there are libraries that read them.
        """
        return 1 if self is Level.high else 0

    def rules(self) -> list[Rule]:
        """The rules of the built-in trim lists."""
        levels = list(Level)
        lists = [_LISTS / f"{each.value}.trim" for each in levels[1 : levels.index(self) + 1]]
        return [rule for path in lists for rule in parse(path.read_text(encoding="utf-8"))]


DEFAULT_LEVEL = Level.medium
