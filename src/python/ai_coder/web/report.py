"""The report of an acquisition as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ai_coder.common.terminal import printable
from ai_coder.web.document import Skipped

SCHEMA = 1


@dataclass(frozen=True)
class Written:
    """A document that was written to *file*, a name in the output folder."""

    url: str
    title: str
    characters: int
    file: str


@dataclass(frozen=True)
class Failure:
    """A URL that was asked for and could not be acquired, or not all of it."""

    url: str
    reason: str


@dataclass(frozen=True)
class AcquisitionReport:
    """What became of the URLs asked for, in the order in which it happened."""

    output: str
    documents: tuple[Written, ...]
    failures: tuple[Failure, ...]
    skipped: tuple[Skipped, ...]


def as_json(report: AcquisitionReport) -> str:
    """The report as one JSON object: ``schema`` and the fields of `AcquisitionReport`."""
    return json.dumps({"schema": SCHEMA, **asdict(report)}, indent=2) + "\n"


def as_text(report: AcquisitionReport) -> str:
    """The report in sections."""
    return "\n".join(_sections(report)) + "\n"


def _sections(report: AcquisitionReport) -> Iterator[str]:
    documents = report.documents
    plural = "" if len(documents) == 1 else "s"
    yield f"{len(documents)} document{plural} in {Path(report.output)}"
    width = max((len(f"{each.characters:,}") for each in documents), default=0)
    for each in documents:
        yield f"  {each.characters:>{width},} characters  {printable(each.title) or each.url}"
        yield f"  {' ' * width}             {each.file}"
    yield from _reasons("Failed", report.failures)
    yield from _reasons("Skipped", report.skipped)


def _reasons(title: str, items: Sequence[Failure | Skipped]) -> Iterator[str]:
    if items:
        yield f"\n{title} ({len(items)}):"
    for each in items:
        # Most reasons name the URL themselves.
        reason = printable(each.reason)
        yield f"  {reason}" if each.url in reason else f"  {each.url}: {reason}"
