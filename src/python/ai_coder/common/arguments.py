"""The options that components have in common."""

from __future__ import annotations

import argparse

from ai_coder.common.cli import version_line
from ai_coder.common.errors import ExitCode
from ai_coder.common.progress import MODES

_EXIT_CODES = "exit codes: " + ", ".join(
    f"{code.value} {code.name.lower().replace('_', ' ')}" for code in ExitCode
)


def parser(program: str, description: str) -> argparse.ArgumentParser:
    """An argument parser with ``--version`` and the exit codes in its help."""
    result = argparse.ArgumentParser(prog=program, description=description, epilog=_EXIT_CODES)
    result.add_argument("--version", action="version", version=version_line(program))
    return result


def add_report_options(arguments: argparse.ArgumentParser) -> None:
    """Add ``--format`` and ``--progress``, for components that report."""
    arguments.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print the report"
    )
    arguments.add_argument(
        "--progress",
        choices=MODES,
        default="auto",
        help="how to show progress on standard error: a bar on a terminal, JSON lines, or none",
    )
