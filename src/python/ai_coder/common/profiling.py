"""A profile of what a component spends its time on."""

from __future__ import annotations

import cProfile
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from ai_coder.common.cli import tell


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
            tell(program, f"the profile is in {path}")
        except OSError as error:
            # The work was done all the same.
            tell(program, f"cannot write the profile {path}: {error.strerror}")
