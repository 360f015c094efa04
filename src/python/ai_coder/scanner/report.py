"""A scan report as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from ai_coder.common.terminal import printable
from ai_coder.scanner.scan import ScanReport

SCHEMA = 1

# The text is for reading; the JSON report has everything.
_MOST_LINES = 50


def as_json(report: ScanReport) -> str:
    """The report as one JSON object: ``schema`` and the fields of `ScanReport`.

    The totals of a language are beside its name. Paths have forward slashes.
    """
    fields = asdict(report)
    fields["languages"] = [
        {"language": each["language"], **each["totals"]} for each in fields["languages"]
    ]
    return json.dumps({"schema": SCHEMA, **fields}, indent=2) + "\n"


def as_text(report: ScanReport) -> str:
    """The report in sections of aligned columns, long lists cut short."""
    return "\n".join(_sections(report)) + "\n"


def _sections(report: ScanReport) -> Iterator[str]:
    totals = report.totals
    yield f"Scan of {report.name}: {totals.files:,} files, {totals.lines:,} lines"
    yield from _languages(report)
    yield from _section("Large files, not read", [(each,) for each in report.large_files])
    yield from _section("Unreadable", [(each.file, each.reason) for each in report.unreadable])
    if report.links:
        yield f"\nSymbolic links, not followed: {report.links}"
    yield from _section(
        "Syntax errors",
        [(f"{each.file}:{each.line}", each.message) for each in report.syntax_errors],
    )
    yield from _imports(report)
    yield from _section(
        "Linters",
        [
            (
                each.name,
                each.status,
                f"{each.problems} problems" if not each.detail else each.detail,
            )
            for each in report.linters
        ],
    )
    yield from _section(
        "Problems",
        [
            (f"{each.file}:{each.line}:{each.column}", each.linter, each.code, each.message)
            for each in report.problems
        ],
    )


def _languages(report: ScanReport) -> Iterator[str]:
    heading = ("Language", "Files", "Lines", "Code", "Comment", "Blank", "Bytes")
    rows = [
        (
            name,
            *(f"{n:,}" for n in (of.files, of.lines, of.code, of.comment, of.blank, of.bytes)),
        )
        for name, of in (
            *((each.language, each.totals) for each in report.languages),
            ("Total", report.totals),
        )
    ]
    yield ""
    yield from _table([heading, *rows], numbers=True)


def _imports(report: ScanReport) -> Iterator[str]:
    graph = report.imports
    if not graph.modules:
        return
    yield f"\nImports: {graph.modules:,} modules, {len(graph.edges):,} imports of one another"
    yield from _section(
        "Import cycles",
        [
            (" -> ".join((*each.path, each.path[0])), f"({len(each.modules)} modules)")
            for each in graph.cycles
        ],
    )
    yield from _section(
        "Most depended upon", [(each.module, str(each.dependents)) for each in graph.most_depended]
    )
    yield from _section(
        "External packages",
        [
            (each.name, each.language, str(each.modules))
            for each in graph.external
            if not each.standard_library
        ],
    )


def _section(title: str, rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    if not rows:
        return
    yield f"\n{title} ({len(rows):,}):"
    yield from (f"  {line}" for line in _table(rows[:_MOST_LINES]))
    if len(rows) > _MOST_LINES:
        yield f"  ... and {len(rows) - _MOST_LINES:,} more; --format json has them all"


def _table(rows: Sequence[tuple[str, ...]], numbers: bool = False) -> Iterator[str]:
    """*rows* in columns, all but the first one to the right if they are *numbers*."""
    rows = [tuple(map(_first_line, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if numbers and index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def _first_line(cell: str) -> str:
    return printable(cell.strip().partition("\n")[0])
