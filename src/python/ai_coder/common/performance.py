"""What a component may use of the machine: limits that the launcher hands on by the environment.

The launcher has checked what the user wrote; these variables may be set without it, too.
"""

from __future__ import annotations

import os

from ai_coder.common.errors import InputError

# Threads to compute with, bytes to keep results of unchanged files in, effort on a model's graph.
THREADS = "AI_CODER_THREADS"
CACHE_SIZE = "AI_CODER_CACHE_SIZE"
OPTIMIZATION = "AI_CODER_OPTIMIZATION"
# The folder that profiles are written to.
PROFILE = "AI_CODER_PROFILE"

# The libraries of other makers, and linters, obey these.
LIBRARY_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "RAYON_NUM_THREADS",
)
OPTIMIZATIONS = ("O0", "O1", "O2")


def threads() -> int | None:
    """How many threads to compute with, or ``None`` where nothing says so."""
    return _number(THREADS, "threads", 1024)


def cache_size() -> int | None:
    """How many bytes a cache may have, or ``None`` for no cache."""
    return _number(CACHE_SIZE, "bytes", 2**63 - 1)


def optimization() -> str | None:
    """One of `OPTIMIZATIONS`, or ``None`` where nothing says so."""
    value = os.environ.get(OPTIMIZATION)
    if not value or value in OPTIMIZATIONS:
        return value or None
    raise InputError(f"the variable {OPTIMIZATION} is {value!r}; set it to one of {OPTIMIZATIONS}")


def _number(variable: str, unit: str, most: int) -> int | None:
    value = os.environ.get(variable)
    if not value:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) < 20 and 1 <= int(value) <= most):
        raise InputError(
            f"the variable {variable} is {value!r}; set it to a number of {unit} from 1 to {most}"
        )
    return int(value)
