"""What an analysis finds out: findings, functions, judgements, and the report of it all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How bad a finding is; a larger one is worse."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The word for it in reports and options."""
        return self.name.lower()


@dataclass(frozen=True)
class Rule:
    """A kind of finding.

    ``id``       never changes and is never used again for something else
    ``name``     some words with hyphens
    ``summary``  what is found, in a sentence
    ``help``     why it matters and what to do
    ``noqa``     codes of other Python linters for the same; a ``# noqa`` that names one counts
    """

    id: str
    name: str
    severity: Severity
    summary: str
    help: str
    noqa: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class Region:
    """A part of a file: lines and columns from 1, in characters, the end not included."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Finding:
    """Something in a file that a rule is about."""

    rule: Rule
    region: Region
    message: str

    @property
    def order(self) -> tuple[Region, str, str]:
        """What findings of one file are sorted by."""
        return self.region, self.rule.id, self.message


@dataclass(frozen=True)
class Judgement:
    """What the model says of a text: one of its labels, and how sure it is from 0 to 1."""

    label: str
    confidence: float


@dataclass(frozen=True)
class Function:
    """A function or method that has a name and a body.

    Functions without a name are part of the one around them. *region* is all of it, *heading*
    what to point at; *complexity* is the cyclomatic one, *nesting* how deep its blocks go.
    """

    name: str
    region: Region
    heading: Region
    complexity: int
    nesting: int
    parameters: int
    judgement: Judgement | None = None

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.region.end_line - self.region.line + 1


@dataclass(frozen=True)
class FileReport:
    """What is in one file; *judgement* is of the whole file, where it has no functions.

    *path* has forward slashes and is relative to the analyzed folder.
    """

    path: str
    language: str
    functions: tuple[Function, ...]
    findings: tuple[Finding, ...]
    judgement: Judgement | None = None

    @property
    def judged(self) -> Iterator[tuple[str, Region, Judgement]]:
        """Each judgement with the name of what it is of ("" for the file) and where that is."""
        if self.judgement is not None:
            yield "", Region(1, 1, 1, 1), self.judgement
        for function in self.functions:
            if function.judgement is not None:
                yield function.name, function.heading, function.judgement


@dataclass(frozen=True, order=True)
class Skipped:
    """A file or folder that was not analyzed, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class UsedModel:
    """The model that judged: its name, its folder, the engine that ran it and its labels."""

    name: str
    folder: str
    engine: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """The result of an analysis of *name*; *without_model* says why there is no *model*."""

    name: str
    model: UsedModel | None
    without_model: str | None
    files: tuple[FileReport, ...]
    skipped: tuple[Skipped, ...]

    def count(self, severity: Severity) -> int:
        """How many findings are of *severity*."""
        return sum(
            finding.rule.severity is severity for file in self.files for finding in file.findings
        )
