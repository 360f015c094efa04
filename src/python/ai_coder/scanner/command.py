"""The command line of `ai-coder-scanner`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ai_coder.common.arguments import add_report_options, parser
from ai_coder.common.errors import ExitCode
from ai_coder.common.output import publish
from ai_coder.common.size import size
from ai_coder.scanner.lint import LINTERS
from ai_coder.scanner.main import PROGRAM
from ai_coder.scanner.report import as_json, as_text
from ai_coder.scanner.scan import DEFAULT_MAX_FILE_SIZE, ScanReport, scan_codebase


def _arguments() -> argparse.ArgumentParser:
    arguments = parser(
        PROGRAM,
        "Count the languages of a source tree, draw its import graph, find its cycles, and gather "
        "the problems that the installed linters find. Files excluded by .gitignore or "
        ".ai_coder_ignore are left out.",
    )
    arguments.add_argument("--path", type=Path, required=True, help="folder or file to scan")
    arguments.add_argument(
        "--output", type=Path, metavar="FILE", help="write the report there, not to the terminal"
    )
    arguments.add_argument(
        "--lint",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="run the installed linters; they obey the scanned project's configuration, which can "
        "run code, so use --no-lint on code you do not trust",
    )
    arguments.add_argument(
        "--linter",
        action="append",
        choices=LINTERS,
        metavar="NAME",
        help=f"run only this linter; repeat for more ({', '.join(LINTERS)})",
    )
    arguments.add_argument(
        "--max-file-size",
        type=size,
        default=DEFAULT_MAX_FILE_SIZE,
        metavar="SIZE",
        help="count larger files, but do not read them (default: 1MB)",
    )
    arguments.add_argument(
        "--fail-on",
        action="append",
        choices=("problems", "cycles"),
        default=[],
        help=f"exit with {ExitCode.PROBLEMS_FOUND.value} if there are lint problems, syntax errors "
        "or failed linters, or if there are import cycles; repeat for both",
    )
    add_report_options(arguments)
    return arguments


def command(argv: Sequence[str]) -> int:
    """Do what *argv* asks for and return the exit code."""
    arguments = _arguments()
    options = arguments.parse_args(argv)
    if options.linter and not options.lint:
        arguments.error("--linter and --no-lint contradict each other; give one of them")
    report = scan_codebase(
        options.path,
        linters=(options.linter or LINTERS) if options.lint else (),
        max_file_size=options.max_file_size,
        progress=options.progress,
    )
    publish(as_json(report) if options.format == "json" else as_text(report), options.output)
    return ExitCode.PROBLEMS_FOUND if _is_failure(report, options.fail_on) else ExitCode.OK


def _is_failure(report: ScanReport, fail_on: Sequence[str]) -> bool:
    # A linter that failed may have missed problems: a check that asks for none must not pass.
    failed = any(linter.status == "failed" for linter in report.linters)
    problems = bool(report.problems or report.syntax_errors or failed)
    cycles = bool(report.imports.cycles)
    return ("problems" in fail_on and problems) or ("cycles" in fail_on and cycles)
