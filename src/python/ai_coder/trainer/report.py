"""The report of a training as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from ai_coder.common.terminal import printable
from ai_coder.trainer.train import TrainingReport

SCHEMA = 1


def as_json(report: TrainingReport) -> str:
    """The report as one JSON object: ``schema`` and the fields of `TrainingReport`."""
    return json.dumps({"schema": SCHEMA, **asdict(report)}, indent=2) + "\n"


def as_text(report: TrainingReport) -> str:
    """The report with a table of the classes."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: TrainingReport) -> Iterator[str]:
    data, metrics = report.data, report.metrics
    yield f"Trained {report.model} in {report.folder}"
    resumed = "" if report.resumed_from is None else f", resumed after {report.resumed_from:,}"
    yield (
        f"  {data['train']:,} texts to learn from, {data['validation']:,} to validate with; "
        f"{len(report.labels):,} classes; {report.steps:,} steps{resumed}"
    )
    yield (
        f"  accuracy {metrics['accuracy']:.4f}, macro F1 {metrics['macro_f1']:.4f}, "
        f"loss {metrics['loss']:.4f}"
    )
    yield ""
    rows: list[tuple[str, ...]] = [("Class", "Texts", "Validated", "Predicted", "Correct", "F1")]
    for each in report.classes:
        texts = data["labels"][each.label]
        counts = (f"{n:,}" for n in (texts, each.examples, each.predicted, each.correct))
        rows.append((printable(each.label), *counts, f"{each.f1:.4f}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *numbers in rows:
        cells = (cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True))
        yield "  ".join((first.ljust(widths[0]), *cells))
