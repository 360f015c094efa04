"""The analysis of files: what their text shows, and what the model says of it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from ai_coder.analyzer.cache import ReportCache
from ai_coder.analyzer.judge import Judge
from ai_coder.analyzer.languages import LANGUAGES, languages_of
from ai_coder.analyzer.python_analysis import analyze_python
from ai_coder.analyzer.results import (
    FileReport,
    Finding,
    Function,
    Judgement,
    Skipped,
    UsedModel,
)
from ai_coder.analyzer.source import Source, is_binary, read_source
from ai_coder.analyzer.store import Store
from ai_coder.analyzer.walk import report_name, source_files
from ai_coder.common import performance
from ai_coder.common.errors import InputError
from ai_coder.common.paths import own_folder
from ai_coder.common.progress import Progress

DEFAULT_MAX_FILE_SIZE = 1_000_000


class IntelligentCodeAnalyzer:
    """Analyzes source code with the checks of its language and a trained model.

    *model* is the folder of a model, ``None`` for the checks only; *engine* is one of
    `engine.ENGINES` or "auto"; *threads* is how many to compute with, by default as many as pay
    here. Judgements that are less sure than *min_confidence*, from 0 to 1, are left out.
    *max_file_size* is in bytes. Files that have not changed are not analyzed again where
    *cache_size*, in bytes, lets their reports be kept. Raises `InputError` if the model is damaged
    or no folder for the reports can be written.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        *,
        engine: str = "auto",
        threads: int | None = None,
        min_confidence: float = 0.0,
        max_file_size: int = DEFAULT_MAX_FILE_SIZE,
        cache_size: int | None = None,
    ) -> None:
        self._judge = None if model is None else Judge(Path(model), engine, threads)
        self._min_confidence = min_confidence
        self._max_file_size = max_file_size
        self._cache = None
        if cache_size is not None:
            settings = (self._judge and self._judge.state, performance.optimization())
            store = Store(own_folder("cache/analyzer"), cache_size)
            self._cache = ReportCache(store, (*settings, min_confidence))

    @property
    def model(self) -> UsedModel | None:
        """The model that judges."""
        return self._judge.model if self._judge else None

    def analyze_file(self, file: str | os.PathLike[str], language: str | None = None) -> FileReport:
        """Analyze *file*, which is in *language*, by default as its suffix tells.

        Raises `InputError` if it cannot be read, is no text or too large, or its language is
        unknown.
        """
        path = Path(file)
        try:
            if not path.is_file():
                path.stat()
                raise InputError(f"{path} is no regular file; name a source file")
            content = self._read(path)
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}; name a source file") from error
        return self.analyze_content(report_name(path, path.parent), content, language)

    def analyze_folder(
        self, folder: str | os.PathLike[str], language: str | None = None, progress: str = "none"
    ) -> tuple[list[FileReport], list[Skipped]]:
        """Analyze the files below *folder*, only those in *language* if that is given.

        The second list is of what could not be analyzed, and why. *progress* is one of
        `progress.MODES`. Raises `InputError` if *folder* cannot be listed.
        """
        _check(language)
        try:
            root = Path(folder).resolve(strict=True)
            os.scandir(root).close()
        except (OSError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is a loop of links"
            raise InputError(f"cannot read {folder}: {reason}; name a folder or a file") from error
        files, skipped = source_files(root, language)
        reports = []
        with ExitStack() as stack:
            # Also after Ctrl-C: what was found out until then need not be again.
            stack.callback(self._flush)
            analyzing = stack.enter_context(Progress("analyzing files", len(files), progress))
            for file in files:
                try:
                    content = self._read(file.path)
                    reports.append(self._analyze(file.name, content, language))
                except OSError as error:
                    skipped.append(Skipped(file.name, error.strerror or str(error)))
                except _Unsuitable as unsuitable:
                    skipped.append(Skipped(file.name, str(unsuitable)))
                analyzing.advance()
        return reports, sorted(skipped)

    def analyze_content(self, name: str, content: bytes, language: str | None = None) -> FileReport:
        """Analyze *content*, that of a file called *name* in reports, as `analyze_file` does."""
        _check(language)
        if language is None and not languages_of(name):
            raise InputError(
                f"the suffix of {name} tells no language; give one of {', '.join(LANGUAGES)}"
            )
        try:
            return self._analyze(name, content, language)
        except _Unsuitable as unsuitable:
            raise InputError(f"{name} cannot be analyzed: {unsuitable}") from None
        finally:
            self._flush()

    def _analyze(self, name: str, content: bytes, language: str | None) -> FileReport:
        """Analyze *content*, whose language is known by *name* if *language* does not tell."""
        if len(content) > self._max_file_size:
            raise _Unsuitable(f"it has more than {self._max_file_size:,} bytes (--max-file-size)")
        if is_binary(content):
            raise _Unsuitable("it is no text")
        if self._cache is None:
            return self._analyze_anew(name, content, language)
        key = self._cache.key(name, content, language)
        report = self._cache.get(key, name)
        if report is None:
            report = self._analyze_anew(name, content, language)
            self._cache.put(key, report)
        return report

    def _analyze_anew(self, name: str, content: bytes, language: str | None) -> FileReport:
        possible = [language] if language else languages_of(name)
        chosen = possible[0]
        source = read_source(name, content, chosen)
        if len(possible) > 1:
            from ai_coder.analyzer.syntax_analysis import language_of_header

            chosen = language_of_header(source)
        measured, findings = _static(source, chosen)
        functions, judgement = self._judged(source, measured)
        return FileReport(
            path=name,
            language=chosen,
            functions=tuple(functions),
            findings=tuple(sorted([*source.findings, *findings], key=lambda each: each.order)),
            judgement=judgement,
        )

    def _flush(self) -> None:
        if self._cache is not None:
            self._cache.flush()

    def _read(self, path: Path) -> bytes:
        with path.open("rb") as file:
            # One byte more tells whether there is more than allowed.
            return file.read(self._max_file_size + 1)

    def _judged(
        self, source: Source, functions: list[Function]
    ) -> tuple[list[Function], Judgement | None]:
        """*functions* with a judgement of each; of the whole *source*, where there are none."""
        if self._judge is None:
            return functions, None
        if functions:
            given = self._judge.judge([source.text_of(each.region) for each in functions])
            return [
                replace(function, judgement=self._if_sure(judgement))
                for function, judgement in zip(functions, given, strict=True)
            ], None
        if source.text.strip():
            return [], self._if_sure(self._judge.judge([source.text])[0])
        return [], None

    def _if_sure(self, judgement: Judgement) -> Judgement | None:
        return judgement if judgement.confidence >= self._min_confidence else None


class _Unsuitable(Exception):
    """A file is not one to analyze; the message says why."""


def _check(language: str | None) -> None:
    if language is not None and language not in LANGUAGES:
        raise InputError(
            f"unknown language {language!r}; the known ones are {', '.join(LANGUAGES)}"
        )


def _static(source: Source, language: str) -> tuple[list[Function], list[Finding]]:
    if language == "python":
        return analyze_python(source)
    from ai_coder.analyzer.syntax_analysis import analyze_syntax

    return analyze_syntax(source, language)
