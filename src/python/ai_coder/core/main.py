"""Starts `ai-coder-core`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from ai_coder.common import cli

PROGRAM = "ai-coder-core"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the desktop application on *argv* (default: the process's) and return its exit code."""
    if sys.stdout is None:
        # A Windows program without a console has no standard streams, but libraries expect them.
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for good
    return cli.run(PROGRAM, _command, argv)


def _command(argv: Sequence[str]) -> int:
    from ai_coder.core.command import command

    return command(argv)
