"""Starts `ai-coder-trainer`."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence

from ai_coder.common import cli

PROGRAM = "ai-coder-trainer"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the trainer on *argv* (default: the process's) and return its exit code."""
    # A frozen program is started again for each process of its own.
    multiprocessing.freeze_support()
    return cli.run(PROGRAM, _command, argv)


def _command(argv: Sequence[str]) -> int:
    from ai_coder.trainer.command import command

    return command(argv)
