"""A profile of what a component spends its time on."""

from __future__ import annotations

import cProfile
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path


def profiled(
    program: str, body: Callable[[Sequence[str]], int], argv: Sequence[str], folder: str
) -> int:
    """Run *body* and write ``PROGRAM-PID.prof`` to *folder* at whatever end it comes to."""
    profile = cProfile.Profile()
    try:
        return profile.runcall(body, argv)
    finally:
        path = Path(folder, f"{program}-{os.getpid()}.prof")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            profile.dump_stats(path)
            print(f"{program}: the profile is in {path}", file=sys.stderr)
        except OSError as error:
            # The work was done all the same.
            print(f"{program}: cannot write the profile {path}: {error.strerror}", file=sys.stderr)
