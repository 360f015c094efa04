"""The scan of a source tree."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ai_coder.common.progress import Progress
from ai_coder.scanner.imports import ImportGraph, import_graph
from ai_coder.scanner.languages import BINARY, Lines, count_lines, decode, language_of
from ai_coder.scanner.lint import LINTERS, LinterRun, Problem, lint
from ai_coder.scanner.python_imports import PythonImport, python_imports
from ai_coder.scanner.script_imports import script_imports
from ai_coder.scanner.walk import SourceFile, Unreadable, read_tree

DEFAULT_MAX_FILE_SIZE = 1_000_000

_SCRIPT_LANGUAGES = ("JavaScript", "TypeScript")


@dataclass(frozen=True)
class Totals:
    """Files, their bytes and their lines; *code* lines are neither *blank* nor all *comment*."""

    files: int
    bytes: int
    lines: int
    blank: int
    comment: int
    code: int


@dataclass(frozen=True)
class LanguageTotals:
    """The totals of one language."""

    language: str
    totals: Totals


@dataclass(frozen=True, order=True)
class SyntaxProblem:
    """Python cannot parse *file*, and saw that in *line* (0 if it did not say)."""

    file: str
    line: int
    message: str


@dataclass(frozen=True)
class ScanReport:
    """The result of a scan; every path in it is relative to the scanned folder *name*.

    *large_files* are counted, but were not read: they have no lines. *links* is the number of
    symbolic links, which are not followed.
    """

    name: str
    totals: Totals
    languages: tuple[LanguageTotals, ...]
    large_files: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]
    links: int
    syntax_errors: tuple[SyntaxProblem, ...]
    imports: ImportGraph
    linters: tuple[LinterRun, ...]
    problems: tuple[Problem, ...]


def scan_codebase(
    path: str | os.PathLike[str],
    *,
    linters: Sequence[str] = LINTERS,
    max_file_size: int = DEFAULT_MAX_FILE_SIZE,
    progress: str = "none",
) -> ScanReport:
    """Scan the folder or file *path*, without what its ignore files exclude.

    *linters* are names from `lint.LINTERS`, none for no linting; *max_file_size* is in bytes;
    *progress* is one of `progress.MODES`. Raises `InputError` where *path* cannot be scanned.
    """
    with Progress("listing files", mode=progress) as listing:
        tree = read_tree(Path(path), listing)
    reading = _Reading(max_file_size)
    with Progress("reading files", len(tree.files), progress) as reader:
        for file in tree.files:
            reading.add(file)
            reader.advance()
    with Progress("linting", len(linters), progress) as linting:
        runs, problems = lint(tree.root, reading.files, linters, linting)
    counts = {language: _totals(counted) for language, counted in reading.counts.items()}
    return ScanReport(
        name=os.fsencode(tree.root.name).decode("utf-8", "backslashreplace") or "/",
        totals=_totals([each for counted in reading.counts.values() for each in counted]),
        languages=tuple(
            LanguageTotals(language, totals)
            for language, totals in sorted(
                counts.items(), key=lambda item: (-item[1].lines, -item[1].bytes, item[0])
            )
        ),
        large_files=tuple(reading.large),
        unreadable=tuple(sorted([*tree.unreadable, *reading.unreadable])),
        links=tree.links,
        syntax_errors=tuple(sorted(reading.syntax_errors)),
        imports=import_graph(reading.python, reading.scripts),
        linters=runs,
        problems=problems,
    )


class _Reading:
    """What is gathered while the files are read one by one."""

    def __init__(self, max_file_size: int) -> None:
        self._max_file_size = max_file_size
        self.counts: dict[str, list[tuple[int, Lines]]] = defaultdict(list)
        self.files: dict[str, list[SourceFile]] = defaultdict(list)
        self.large: list[str] = []
        self.unreadable: list[Unreadable] = []
        self.syntax_errors: list[SyntaxProblem] = []
        self.python: dict[str, tuple[PythonImport, ...]] = {}
        self.scripts: dict[str, tuple[str, ...]] = {}

    def add(self, file: SourceFile) -> None:
        if file.size > self._max_file_size:
            self.large.append(file.name)
            self.counts[language_of(file.name, None)].append((file.size, Lines()))
            return
        try:
            with file.path.open("rb") as stream:
                # A file may have grown since it was listed.
                content = stream.read(self._max_file_size)
        except OSError as error:
            self.unreadable.append(Unreadable(file.name, error.strerror or str(error)))
            return
        language = language_of(file.name, content)
        text = "" if language == BINARY else decode(content)
        self.counts[language].append((len(content), count_lines(text, language)))
        self.files[language].append(file)
        if language == "Python":
            self._add_python(file.name, content)
        elif language in _SCRIPT_LANGUAGES:
            self.scripts[file.name] = script_imports(text)

    def _add_python(self, name: str, content: bytes) -> None:
        try:
            self.python[name] = python_imports(content)
        except SyntaxError as error:
            # It still is a module that others import.
            self.python[name] = ()
            self.syntax_errors.append(SyntaxProblem(name, error.lineno or 0, error.msg))


def _totals(counted: Sequence[tuple[int, Lines]]) -> Totals:
    lines = [each for _, each in counted]
    return Totals(
        files=len(counted),
        bytes=sum(size for size, _ in counted),
        lines=sum(each.total for each in lines),
        blank=sum(each.blank for each in lines),
        comment=sum(each.comment for each in lines),
        code=sum(each.code for each in lines),
    )
