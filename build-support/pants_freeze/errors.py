"""Failures of the build, as one message each: ``PROBLEM at ADDRESS (field): what; what to do``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a target.

    ``field`` is the alias of the field, or empty if the whole target is meant; ``what`` says what
    is wrong, and after a semicolon what to do.
    """

    field: str
    what: str


class FreezeError(Exception):
    """A target cannot be built; the message names the target, the fields and what to do.

    All problems of one target are in one message.
    """

    def __init__(self, address: str, problems: Iterable[Problem]) -> None:
        self.address = address
        self.problems = tuple(problems)
        super().__init__("\n".join(self._lines()))

    def _lines(self) -> Iterable[str]:
        for problem in self.problems:
            where = f" ({problem.field})" if problem.field else ""
            yield f"{type(self).__name__} at {self.address}{where}: {problem.what}"


class InvalidOption(Exception):
    """An option has a value that cannot be; the message names it and says what to do."""

    def __init__(self, option: str, what: str) -> None:
        super().__init__(f"InvalidOption {option}: {what}")


class InvalidTarget(FreezeError):
    """The fields of a target contradict each other or name something that is not there."""


class UnownedFiles(FreezeError):
    """A target names files that are the sources of no target."""


class FreezeFailed(FreezeError):
    """The freezer could not make the runtime layer of a component."""


class LinkFailed(FreezeError):
    """The executable of a component could not be linked."""


class SingleFileFailed(FreezeError):
    """A component could not be put into one file."""


class CompressionFailed(FreezeError):
    """The files of a component could not be compressed as its target says."""


class BudgetExceeded(FreezeError):
    """A component is larger than its target allows."""


class ExerciseFailed(FreezeError):
    """An exercise of a component does not work, or what it opens cannot be recorded."""


class CheckFailed(FreezeError):
    """A component cannot be checked."""


class RuntimeConflict(FreezeError):
    """Two components need different files at one path of the shared runtime folder."""


class OutputFailed(FreezeError):
    """What was built cannot be written; what was built before is untouched."""
