"""Failure classes of the components, each with an exit code of its own."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every component; printed by each ``--help``."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    INPUT = 3
    PROBLEMS_FOUND = 4
    NETWORK = 5
    DAMAGED = 6
    NOT_EXECUTABLE = 126
    NOT_FOUND = 127
    INTERRUPTED = 130


class ComponentError(Exception):
    """A failure the user can act on: printed as one line, without a traceback."""

    exit_code = ExitCode.INTERNAL


class InputError(ComponentError):
    """An argument, a file or a setting is wrong; the message says which, why and what to do."""

    exit_code = ExitCode.INPUT


class NetworkError(ComponentError):
    """A remote host could not be reached, refused, or answered with something unusable."""

    exit_code = ExitCode.NETWORK


class DistributionDamaged(ComponentError):
    """The distribution is not as it was built; the message says where."""

    exit_code = ExitCode.DAMAGED


class ComponentNotFound(ComponentError):
    """A component is not beside the launcher."""

    exit_code = ExitCode.NOT_FOUND


class ComponentNotExecutable(ComponentError):
    """A component is there but cannot be executed."""

    exit_code = ExitCode.NOT_EXECUTABLE


def first_line(error: Exception, most: int = 200) -> str:
    """What *error* of a library says, as one line of at most *most* characters."""
    return " ".join(str(error).split())[:most] or type(error).__name__
