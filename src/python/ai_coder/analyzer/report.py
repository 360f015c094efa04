"""An analysis as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from ai_coder.analyzer.results import (
    FileReport,
    Finding,
    Function,
    Judgement,
    Report,
    Severity,
)
from ai_coder.common.terminal import printable

SCHEMA = 1

_WHOLE_FILE = "(whole file)"


def as_json(report: Report) -> str:
    """The report as one JSON object: ``schema`` and the fields of `Report`, with a ``summary``."""
    content = {
        "schema": SCHEMA,
        "name": report.name,
        "model": asdict(report.model) if report.model else None,
        "without_model": report.without_model,
        "files": [
            {
                "path": file.path,
                "language": file.language,
                "functions": [_function(each) for each in file.functions],
                "findings": [_finding(each) for each in file.findings],
                "judgement": _judgement(file.judgement),
            }
            for file in report.files
        ],
        "skipped": [asdict(each) for each in report.skipped],
        "summary": {
            "files": len(report.files),
            "functions": _functions(report),
            **{f"{severity.label}s": report.count(severity) for severity in _WORST_FIRST},
            "labels": _labels(report),
        },
    }
    return json.dumps(content, indent=2) + "\n"


_WORST_FIRST = sorted(Severity, reverse=True)


def _function(function: Function) -> dict[str, Any]:
    return {
        "name": function.name,
        **asdict(function.region),
        "lines": function.lines,
        "complexity": function.complexity,
        "nesting": function.nesting,
        "parameters": function.parameters,
        "judgement": _judgement(function.judgement),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    rule = finding.rule
    return {
        "rule": rule.id,
        "name": rule.name,
        "severity": rule.severity.label,
        "message": finding.message,
        **asdict(finding.region),
        "help": f"{rule.summary} {rule.help}",
    }


def _judgement(judgement: Judgement | None) -> dict[str, Any] | None:
    if judgement is None:
        return None
    return {"label": judgement.label, "confidence": round(judgement.confidence, 6)}


def _functions(report: Report) -> int:
    return sum(len(file.functions) for file in report.files)


def _labels(report: Report) -> dict[str, int]:
    """How often the model gave each of its labels."""
    if report.model is None:
        return {}
    counts = Counter(each.label for file in report.files for _, _, each in file.judged)
    return {label: counts[label] for label in report.model.labels}


def as_text(report: Report) -> str:
    """The findings of each file and a table of its functions, and a summary."""
    return "\n".join(printable(line) for line in _lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield (
        f"Analysis of {report.name}: {_count(len(report.files), 'file')}, "
        f"{_count(_functions(report), 'function')}"
    )
    for file in report.files:
        findings, table = list(_findings(file)), list(_table(_rows(file, bool(report.model))))
        if findings or table:
            yield ""
            yield f"{file.path} ({file.language})"
        yield from findings
        yield from table
    if report.skipped:
        yield ""
        yield f"Not analyzed ({len(report.skipped):,}):"
        yield from (f"  {each.path}: {each.reason}" for each in report.skipped)
    yield ""
    yield ", ".join(_count(report.count(each), each.label) for each in _WORST_FIRST)
    if report.model:
        labels = ", ".join(f"{count:,} {label}" for label, count in _labels(report).items())
        yield f"Model {report.model.name} (engine {report.model.engine}): {labels}"


def _findings(file: FileReport) -> Iterator[str]:
    for each in file.findings:
        place = f"{file.path}:{each.region.line}:{each.region.column}"
        yield f"{place} {each.rule.severity.label} {each.rule.id} {each.message}"


def _rows(file: FileReport, is_judged: bool) -> Iterator[tuple[str, ...]]:
    if not file.functions and file.judgement is None:
        return
    heading = ("Function", "Lines", "Complexity", "Nesting", "Judgement", "Confidence")
    yield heading if is_judged else heading[:4]
    if file.judgement is not None:
        yield (_WHOLE_FILE, "", "", "", *_cells(file.judgement))
    for each in file.functions:
        lines = f"{each.region.line}-{each.region.end_line}"
        row = (each.name, lines, str(each.complexity), str(each.nesting))
        yield (*row, *_cells(each.judgement)) if is_judged else row


def _cells(judgement: Judgement | None) -> tuple[str, str]:
    return (judgement.label, f"{judgement.confidence:.2f}") if judgement else ("-", "-")


def _table(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """*rows* in columns."""
    cells: Sequence[tuple[str, ...]] = [tuple(map(printable, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(padded)}".rstrip()


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
