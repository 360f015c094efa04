"""The command line of `ai-coder-web`."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Sequence
from pathlib import Path

from ai_coder.common.arguments import add_report_options, parser
from ai_coder.common.errors import ExitCode, NetworkError
from ai_coder.common.output import publish
from ai_coder.common.paths import shared
from ai_coder.common.progress import Progress
from ai_coder.common.size import size
from ai_coder.web.acquire import DEFAULT_MAX_PAGES, acquire
from ai_coder.web.address import check_url
from ai_coder.web.document import Document, Skipped
from ai_coder.web.fetch import Fetcher, Limits
from ai_coder.web.github import DEFAULT_API, Access, GitHub
from ai_coder.web.main import PROGRAM
from ai_coder.web.report import AcquisitionReport, Failure, Written, as_json, as_text

_TOKEN_VARIABLE = "GITHUB_TOKEN"


def _arguments() -> argparse.ArgumentParser:
    defaults = Limits()
    arguments = parser(
        PROGRAM,
        "Acquire the text of web pages and GitHub repositories, one JSON file per document. "
        f"robots.txt is obeyed. A token for GitHub is read from the environment's "
        f"{_TOKEN_VARIABLE}.",
    )
    arguments.add_argument(
        "--url",
        action="append",
        required=True,
        help="page or GitHub repository to acquire; repeat for more",
    )
    arguments.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="folder for the documents (default: the shared data folder)",
    )
    arguments.add_argument(
        "--depth",
        type=_count,
        default=0,
        metavar="N",
        help="follow links within the same site this many steps (default: 0)",
    )
    arguments.add_argument(
        "--max-pages",
        type=_positive_count,
        default=DEFAULT_MAX_PAGES,
        metavar="N",
        help=f"most documents per --url (default: {DEFAULT_MAX_PAGES})",
    )
    arguments.add_argument(
        "--delay",
        type=_seconds,
        default=defaults.delay,
        metavar="SECONDS",
        help="least pause between requests to one host; a longer Crawl-delay of its robots.txt "
        f"is kept (default: {defaults.delay})",
    )
    arguments.add_argument(
        "--timeout",
        type=_positive_seconds,
        default=defaults.timeout,
        metavar="SECONDS",
        help=f"wait for a connection or more data (default: {defaults.timeout:g})",
    )
    arguments.add_argument(
        "--deadline",
        type=_positive_seconds,
        default=defaults.deadline,
        metavar="SECONDS",
        help="for one document with its redirects and retries, pauses not counted "
        f"(default: {defaults.deadline:g})",
    )
    arguments.add_argument(
        "--retries",
        type=_count,
        default=defaults.retries,
        metavar="N",
        help=f"more attempts when a server is busy or unreachable (default: {defaults.retries})",
    )
    arguments.add_argument(
        "--max-bytes",
        type=size,
        default=defaults.max_bytes,
        metavar="SIZE",
        help="largest document, decompressed (default: 10MB)",
    )
    arguments.add_argument(
        "--allow-private",
        action="store_true",
        help="fetch from addresses of this machine and of private networks, too",
    )
    arguments.add_argument(
        "--github-api",
        default=DEFAULT_API,
        metavar="URL",
        help=f"for GitHub Enterprise: https://HOST/api/v3 (default: {DEFAULT_API})",
    )
    add_report_options(arguments)
    return arguments


def command(argv: Sequence[str]) -> int:
    """Do what *argv* asks for and return the exit code."""
    options = _arguments().parse_args(argv)
    urls = list(dict.fromkeys(map(check_url, options.url)))
    limits = Limits(
        timeout=options.timeout,
        deadline=options.deadline,
        retries=options.retries,
        delay=options.delay,
        max_bytes=options.max_bytes,
        allow_private=options.allow_private,
    )
    fetcher = Fetcher(limits)
    github = GitHub(fetcher, Access(options.github_api, os.environ.get(_TOKEN_VARIABLE)))
    output = options.output or shared("data")
    written: dict[str, Written] = {}
    failures: list[Failure] = []
    skipped: list[Skipped] = []
    with Progress("acquiring", mode=options.progress) as progress:
        for url in urls:
            try:
                for found in acquire(
                    url, fetcher, github, depth=options.depth, max_pages=options.max_pages
                ):
                    if isinstance(found, Skipped):
                        skipped.append(found)
                        continue
                    # Written at once: what is acquired stays if a later page fails.
                    written[found.url] = _write(found, output)
                    progress.advance()
            except NetworkError as error:
                failures.append(Failure(url, str(error)))
    report = AcquisitionReport(
        str(output), tuple(written.values()), tuple(failures), tuple(skipped)
    )
    publish(as_json(report) if options.format == "json" else as_text(report), None)
    return ExitCode.NETWORK if failures else ExitCode.OK


def _write(document: Document, output: Path) -> Written:
    path = document.write(output)
    return Written(document.url, document.title, len(document.text), path.name)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 up")
    return int(text)


def _positive_count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    # Days of waiting are no use, and the system's timers do not take them.
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 86400")
    return value


def _positive_seconds(text: str) -> float:
    value = _seconds(text)
    if value == 0:
        raise argparse.ArgumentTypeError("0 seconds are too few to wait")
    return value
