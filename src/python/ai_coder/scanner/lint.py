"""Problems that the linters installed on this machine find."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ai_coder.common.performance import threads
from ai_coder.common.progress import Progress
from ai_coder.scanner.walk import SourceFile, report_name

# Windows takes 32767 characters in all; everyone else takes more.
_COMMAND_LENGTH = 24_000
# What ESLint says before it comes to the point.
_PREAMBLES = ("Oops!", "ESLint: ")


@dataclass(frozen=True, order=True)
class Problem:
    """What *linter* found in *file*; *line* and *column* count from 1, 0 is unknown."""

    file: str
    line: int
    column: int
    code: str
    message: str
    linter: str


@dataclass(frozen=True)
class LinterRun:
    """What became of one linter; *detail* says why it was skipped or how it failed."""

    name: str
    status: Literal["ran", "skipped", "failed"]
    problems: int = 0
    detail: str = ""


class NotUnderstood(Exception):
    """The output of a linter is not in its format."""


class LinterError(Exception):
    """A linter did not do its work; the message says how."""


@dataclass(frozen=True)
class _Finding:
    file: str
    line: int
    column: int
    code: str
    message: str


@dataclass(frozen=True)
class _Linter:
    name: str
    languages: frozenset[str]
    arguments: tuple[str, ...]
    parse: Callable[[str], Iterable[_Finding]]
    # Exit codes of a run that did its work, with or without problems found.
    exit_codes: frozenset[int] = frozenset({0, 1})
    seconds: int = 300
    # That tells how many processes to work with, by default as many as there are processors.
    jobs: str = ""


def _ruff(output: str) -> Iterator[_Finding]:
    for each in json.loads(output):
        at = each["location"] or {"row": 0, "column": 0}
        yield _Finding(
            each["filename"], at["row"], at["column"], each["code"] or "syntax", each["message"]
        )


def _flake8(output: str) -> Iterator[_Finding]:
    for line in output.splitlines():
        file, row, column, code, message = line.split("\t", 4)
        yield _Finding(file, int(row), int(column), code, message)


def _pylint(output: str) -> Iterator[_Finding]:
    for each in json.loads(output):
        # Pylint counts columns from 0.
        yield _Finding(
            each["path"], each["line"], each["column"] + 1, each["message-id"], each["message"]
        )


def _shellcheck(output: str) -> Iterator[_Finding]:
    for each in json.loads(output)["comments"]:
        code = f"SC{each['code']}"
        yield _Finding(each["file"], each["line"], each["column"], code, each["message"])


def _eslint(output: str) -> Iterator[_Finding]:
    for file in json.loads(output):
        for each in file["messages"]:
            # A file that the configuration passes over has a message without a place.
            if each.get("line") is None and not each.get("fatal"):
                continue
            yield _Finding(
                file["filePath"],
                each.get("line") or 0,
                each.get("column") or 0,
                each.get("ruleId") or "syntax",
                each["message"],
            )


def _hadolint(output: str) -> Iterator[_Finding]:
    for each in json.loads(output):
        yield _Finding(each["file"], each["line"], each["column"], each["code"], each["message"])


_PYTHON = frozenset({"Python"})
_LINTERS = (
    _Linter(
        "ruff",
        _PYTHON,
        # No cache: a scan leaves nothing in the tree. Files that the project excludes stay so.
        ("check", "--output-format=json", "--no-cache", "--force-exclude", "--quiet", "--"),
        _ruff,
    ),
    _Linter(
        "flake8",
        _PYTHON,
        ("--format=%(path)s\t%(row)d\t%(col)d\t%(code)s\t%(text)s", "--"),
        _flake8,
        jobs="--jobs",
    ),
    _Linter(
        "pylint",
        _PYTHON,
        ("--output-format=json", "--score=n", "--"),
        _pylint,
        # A sum of 1, 2, 4, 8 and 16 for the kinds of messages; 32 is a failure.
        frozenset(range(32)),
        900,
    ),
    _Linter("shellcheck", frozenset({"Shell"}), ("--format=json1", "--"), _shellcheck),
    _Linter(
        "eslint",
        frozenset({"JavaScript", "TypeScript"}),
        ("--format=json", "--no-error-on-unmatched-pattern", "--"),
        _eslint,
    ),
    _Linter("hadolint", frozenset({"Dockerfile"}), ("--format=json", "--"), _hadolint),
)
LINTERS = tuple(linter.name for linter in _LINTERS)


def lint(
    root: Path,
    files_by_language: Mapping[str, Sequence[SourceFile]],
    chosen: Sequence[str] = LINTERS,
    progress: Progress | None = None,
) -> tuple[tuple[LinterRun, ...], tuple[Problem, ...]]:
    """Run the *chosen* linters that are on the path over the files in their languages.

    Each starts in *root*, so it finds the project's configuration. Returns what became of each,
    in their fixed order, and the problems of all, sorted.
    """
    runs = []
    problems: set[Problem] = set()
    for linter in _LINTERS:
        if linter.name not in chosen:
            continue
        files = [file for name in linter.languages for file in files_by_language.get(name, ())]
        run, found = _run(linter, root, files)
        runs.append(run)
        problems |= found
        if progress is not None:
            progress.advance()
    return tuple(runs), tuple(sorted(problems))


def _run(
    linter: _Linter, root: Path, files: Iterable[SourceFile]
) -> tuple[LinterRun, set[Problem]]:
    program = shutil.which(linter.name)
    if program is None:
        return LinterRun(linter.name, "skipped", detail="not installed"), set()
    # A name that starts with a hyphen would be an option; some linters do not know "--" well.
    names = sorted(os.path.join(".", os.path.relpath(file.path, root)) for file in files)
    if not names:
        return LinterRun(linter.name, "skipped", detail="no files in its languages"), set()
    problems: set[Problem] = set()
    limit = threads()
    jobs = [f"{linter.jobs}={limit}"] if linter.jobs and limit else []
    try:
        for batch in _batches(names):
            for each in _findings(linter, [program, *jobs, *linter.arguments, *batch], root):
                name = report_name(root / each.file, root)
                problems.add(
                    Problem(name, each.line, each.column, each.code, each.message, linter.name)
                )
    except LinterError as error:
        return LinterRun(linter.name, "failed", len(problems), str(error)), problems
    return LinterRun(linter.name, "ran", len(problems)), problems


def _findings(linter: _Linter, command: list[str], root: Path) -> list[_Finding]:
    try:
        done = subprocess.run(
            command,
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=linter.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LinterError(f"took longer than {linter.seconds} seconds") from error
    except OSError as error:
        raise LinterError(f"cannot be started: {error.strerror or error}") from error
    if done.returncode not in linter.exit_codes:
        raise LinterError(_reason(done))
    try:
        findings = _parsed(linter, done.stdout)
    except NotUnderstood as error:
        raise LinterError(_reason(done)) from error
    if done.returncode and not findings and done.stderr.strip():
        # A crash of a Python program has the exit code of problems found.
        raise LinterError(_reason(done))
    return findings


def _parsed(linter: _Linter, output: bytes) -> list[_Finding]:
    """What *linter* found; raises `NotUnderstood` if it wrote something else than it should."""
    try:
        # The names of files in it may be in no encoding at all.
        findings = list(linter.parse(output.decode("utf-8", "surrogateescape")))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise NotUnderstood from error
    for each in findings:
        texts = (each.file, each.code, each.message)
        has_place = type(each.line) is int and type(each.column) is int
        if not has_place or not all(isinstance(text, str) for text in texts):
            raise NotUnderstood
        if not each.file or "\0" in each.file:
            raise NotUnderstood
    return findings


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    text = done.stderr.decode("utf-8", "backslashreplace")
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(_PREAMBLES)]
    if not lines:
        return f"exit code {done.returncode} and output that cannot be understood"
    # The first line of a Python traceback says nothing, the last one everything.
    line = lines[-1] if lines[0].startswith("Traceback") else lines[0]
    return f"exit code {done.returncode}: {line}"


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    length = 0
    for name in names:
        if batch and length + len(name) > _COMMAND_LENGTH:
            yield batch
            batch, length = [], 0
        batch.append(name)
        length += len(name) + 1
    if batch:
        yield batch
