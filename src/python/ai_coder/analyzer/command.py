"""The command line of `ai-coder-analyzer`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ai_coder.analyzer.analysis import DEFAULT_MAX_FILE_SIZE, IntelligentCodeAnalyzer
from ai_coder.analyzer.engine import ENGINES
from ai_coder.analyzer.languages import LANGUAGES, languages_of
from ai_coder.analyzer.main import PROGRAM
from ai_coder.analyzer.models import find_model
from ai_coder.analyzer.report import as_json, as_text
from ai_coder.analyzer.results import FileReport, Report, Severity, Skipped
from ai_coder.analyzer.sarif import as_sarif
from ai_coder.common import performance
from ai_coder.common.arguments import parser
from ai_coder.common.cli import tell
from ai_coder.common.errors import ExitCode, InputError
from ai_coder.common.output import publish
from ai_coder.common.paths import shared
from ai_coder.common.progress import MODES
from ai_coder.common.size import size

STANDARD_INPUT = "-"
_SEVERITIES = {each.label: each for each in sorted(Severity, reverse=True)}


def _arguments() -> argparse.ArgumentParser:
    arguments = parser(
        PROGRAM,
        "Check source code for problems, measure its functions, and let a trained model judge each "
        "of them. Files of a folder that are hidden, links, or in node_modules, __pycache__ or a "
        "virtual environment are left out.",
    )
    arguments.add_argument(
        "--file",
        required=True,
        metavar="PATH",
        help=f"source file, folder of source files, or {STANDARD_INPUT} for standard input, which "
        "needs --language",
    )
    arguments.add_argument(
        "--language",
        choices=LANGUAGES,
        metavar="NAME",
        help=f"language of the file; of a folder, only its files in that language (default: as "
        f"the suffix of each file tells; known are {', '.join(LANGUAGES)})",
    )
    models = arguments.add_mutually_exclusive_group()
    models.add_argument(
        "--model",
        metavar="NAME",
        help="shared model or folder of a model that judges (default: the shared model that was "
        "trained last)",
    )
    models.add_argument(
        "--no-model", action="store_true", help="do without a model: checks and measures only"
    )
    arguments.add_argument(
        "--engine",
        choices=("auto", *ENGINES),
        default="auto",
        help="what runs the model (default: onnx where the model has a graph for it, else torch)",
    )
    arguments.add_argument(
        "--threads",
        type=_threads,
        metavar="N",
        help="threads to run the model with (default: as many cores as may be used, at most 4)",
    )
    arguments.add_argument(
        "--min-confidence",
        type=_share,
        default=0.0,
        metavar="SHARE",
        help="leave out judgements that are less sure, from 0 to 1 (default: 0)",
    )
    arguments.add_argument(
        "--max-file-size",
        type=size,
        default=DEFAULT_MAX_FILE_SIZE,
        metavar="SIZE",
        help="do not analyze larger files (default: 1MB)",
    )
    arguments.add_argument(
        "--fail-on",
        choices=_SEVERITIES,
        help=f"exit with {ExitCode.PROBLEMS_FOUND.value} if there are findings of this severity or "
        "a worse one; judgements of the model do not count",
    )
    arguments.add_argument(
        "--output", type=Path, metavar="FILE", help="write the report there, not to the terminal"
    )
    arguments.add_argument(
        "--format",
        choices=("text", "json", "sarif"),
        default="text",
        help="how to print the report",
    )
    arguments.add_argument(
        "--progress",
        choices=MODES,
        default="auto",
        help="how to show progress on standard error: a bar on a terminal, JSON lines, or none",
    )
    return arguments


def _threads(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 256")
    return int(text)


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to 1")
    return value


def command(argv: Sequence[str]) -> int:
    """Do what *argv* asks for and return the exit code."""
    arguments = _arguments()
    options = arguments.parse_args(argv)
    path = Path(options.file)
    if options.language is None:
        if options.file == STANDARD_INPUT:
            arguments.error("--language is needed for standard input")
        if path.is_file() and not languages_of(path.name):
            arguments.error(
                f"the suffix of {path.name} tells no language; give --language, one of "
                f"{', '.join(LANGUAGES)}"
            )
    folder = None if options.no_model else find_model(options.model)
    analyzer = IntelligentCodeAnalyzer(
        folder,
        engine=options.engine,
        threads=options.threads,
        min_confidence=options.min_confidence,
        max_file_size=options.max_file_size,
        cache_size=performance.cache_size(),
    )
    files, skipped = _reports(analyzer, options)
    report = Report(
        name=_name(options.file),
        model=analyzer.model,
        without_model=None if analyzer.model else _without_model(options.no_model),
        files=tuple(files),
        skipped=tuple(skipped),
    )
    if report.without_model and not options.no_model and options.format == "text":
        tell(PROGRAM, report.without_model)
    publish(_formatted(report, options.format), options.output)
    worst = max((each.rule.severity for file in files for each in file.findings), default=None)
    failed = options.fail_on and worst is not None and worst >= _SEVERITIES[options.fail_on]
    return ExitCode.PROBLEMS_FOUND if failed else ExitCode.OK


def _reports(
    analyzer: IntelligentCodeAnalyzer, options: argparse.Namespace
) -> tuple[list[FileReport], list[Skipped]]:
    path = Path(options.file)
    if options.file == STANDARD_INPUT:
        if sys.stdin is None:
            raise InputError("there is no standard input to read; do not close it, or name a file")
        content = sys.stdin.buffer.read(options.max_file_size + 1)
        return [analyzer.analyze_content("<stdin>", content, options.language)], []
    if path.is_dir():
        return analyzer.analyze_folder(path, options.language, options.progress)
    return [analyzer.analyze_file(path, options.language)], []


def _name(file: str) -> str:
    if file == STANDARD_INPUT:
        return "standard input"
    path = Path(file).resolve()
    return path.name.encode("utf-8", "backslashreplace").decode() or str(path)


def _without_model(is_wanted: bool) -> str:
    if is_wanted:
        return "without a model, as --no-model asks"
    return (
        f"there is no model in {shared('models')}: checks and measures only; train one with "
        "ai-coder-trainer, or name one with --model"
    )


def _formatted(report: Report, name: str) -> str:
    if name == "json":
        return as_json(report)
    return as_sarif(report, PROGRAM) if name == "sarif" else as_text(report)
