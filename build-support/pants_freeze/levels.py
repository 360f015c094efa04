"""Optimisation levels: how much the freezer does to make a program small."""

from __future__ import annotations

from enum import Enum


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


DEFAULT_LEVEL = Level.medium
