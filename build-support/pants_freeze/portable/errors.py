"""Failure classes of building without Pants, each with an exit code of its own.

Those of the sandbox programs are the same as ever, see ``sandbox/errors.py``.
"""

from __future__ import annotations


class PortableError(Exception):
    """A failure that whoever builds can act on: one message, no traceback."""

    exit_code = 20


class PlanError(PortableError):
    """There is no plan, or another version of this has written it."""

    exit_code = 20


class UnknownProgramError(PortableError):
    """The plan has no program of a name, or more than one."""

    exit_code = 21


class InstallError(PortableError):
    """pip could not install the requirements."""

    exit_code = 22


class ConflictError(PortableError):
    """Two programs need different files at one path of a shared runtime folder."""

    exit_code = 23


class LeftToPantsError(PortableError):
    """A program is one of those that only Pants builds, or is for another platform."""

    exit_code = 24


class MissingProgramError(PortableError):
    """A program of the system that freezing runs is not there."""

    exit_code = 25


class WorkError(PortableError):
    """A folder cannot be used to work in or to write to."""

    exit_code = 26


class InvalidTargetError(PortableError):
    """Fields of a target contradict what its program consists of."""

    exit_code = 27
