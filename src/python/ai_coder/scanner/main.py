"""Starts `ai-coder-scanner`."""

from __future__ import annotations

from collections.abc import Sequence

from ai_coder.common import cli

PROGRAM = "ai-coder-scanner"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the scanner on *argv* (default: the process's) and return its exit code."""
    return cli.run(PROGRAM, _command, argv)


def _command(argv: Sequence[str]) -> int:
    from ai_coder.scanner.command import command

    return command(argv)
