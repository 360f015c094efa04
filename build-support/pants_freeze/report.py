"""The report on a distribution: where every byte and millisecond goes.

Its JSON is the dataclasses below, field for field; ``docs/report.schema.json`` publishes it. Sizes
are bytes on disk, times are seconds unless the name says otherwise.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from pants_freeze.units import format_change, format_duration, format_size

SCHEMA_VERSION = 1

_SHOWN = 8


@dataclass(frozen=True)
class Archive:
    """The archive of a distribution: file name and bytes."""

    name: str
    bytes: int


@dataclass(frozen=True)
class Whole:
    """The distribution itself; ``bytes`` are those of all its files, links included."""

    name: str
    address: str
    version: str
    bytes: int
    archive: Archive | None


@dataclass(frozen=True)
class Machine:
    """Where times and memory were measured: "Linux", "x86_64", number of CPUs."""

    system: str
    machine: str
    cpus: int


@dataclass(frozen=True)
class Step:
    """What one step of the build took: wall time, and the peak of its processes' memory."""

    step: str
    seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Start:
    """How the program starts with some arguments, until its end or until it says it is ready.

    Over ``runs`` runs: the median and the fastest wall time, and the peak of the memory of the
    process and its children. If it could not be measured, ``problem`` says why and the rest is 0.
    """

    what: str
    seconds: float
    fastest_seconds: float
    peak_bytes: int
    runs: int
    problem: str


@dataclass(frozen=True)
class Import:
    """One import at start: ``microseconds`` of its own, and what it imported in turn."""

    name: str
    microseconds: int
    imports: tuple[Import, ...]


@dataclass(frozen=True)
class BudgetUse:
    """A budget and what is used of it, in ``unit``: "bytes" or "seconds".

    ``value`` is None if it was not measured.
    """

    field: str
    unit: str
    limit: float
    value: float | None


@dataclass(frozen=True)
class Change:
    """Bytes more (or less) than in the accepted record, and of each requirement that differs."""

    executable_bytes: int
    closure_bytes: int
    requirements: Mapping[str, int]


@dataclass(frozen=True)
class ComponentReport:
    """One program. ``closure_bytes`` are ``own_bytes`` (first-party) plus ``exclusive_bytes`` (of
    others, but needed by this program only) plus ``shared_bytes`` (needed by more programs)."""

    name: str
    address: str
    freezer: str
    executable_bytes: int
    closure_bytes: int
    own_bytes: int
    exclusive_bytes: int
    shared_bytes: int
    budgets: tuple[BudgetUse, ...]
    change: Change | None
    steps: tuple[Step, ...]
    starts: tuple[Start, ...]
    imports: tuple[Import, ...]


@dataclass(frozen=True)
class RequirementReport:
    """What files come from: ``label`` is "requests==2.34.2", "CPython 3.11.7", ..."""

    label: str
    bytes: int
    components: tuple[str, ...]


@dataclass(frozen=True)
class FileReport:
    """A file below the distribution's folder; ``components`` are the programs that need it."""

    path: str
    bytes: int
    requirement: str
    components: tuple[str, ...]


@dataclass(frozen=True, order=True)
class PackedFile:
    """A native file that UPX was to pack: bytes before and after. ``reason`` says why it stays as
    it was; it is empty if the file is packed."""

    path: str
    bytes_before: int
    bytes: int
    reason: str


@dataclass(frozen=True)
class Report:
    """All of it."""

    schema_version: int
    distribution: Whole
    machine: Machine | None
    components: tuple[ComponentReport, ...]
    requirements: tuple[RequirementReport, ...]
    files: tuple[FileReport, ...]
    packed: tuple[PackedFile, ...]

    def json(self) -> bytes:
        """The report as JSON."""
        return (json.dumps(asdict(self), ensure_ascii=False) + "\n").encode()

    def markdown(self) -> bytes:
        """A summary that fits a comment on a pull request."""
        whole = self.distribution
        lines = [
            f"### {whole.name}: {format_size(whole.bytes)}"
            + (f", archive {format_size(whole.archive.bytes)}" if whole.archive else ""),
            "",
            *_markdown_table(
                ("component", "executable", "closure", "budget", "change", "start", "memory"),
                [
                    (*size_row(component), *_start_cells(component.starts))
                    for component in self.components
                ],
            ),
        ]
        largest = sorted(self.requirements, key=lambda each: (-each.bytes, each.label))
        rows = [
            (each.label, format_size(each.bytes), ", ".join(each.components))
            for each in largest[:_SHOWN]
        ]
        lines += ["", *_markdown_table(("largest", "size", "needed by"), rows)]
        if self.packed:
            lines += ["", packed_line(self.packed)]
        for component in self.components:
            changed = component.change.requirements if component.change else {}
            if changed:
                what = ", ".join(
                    f"{name} {format_change(size)}" for name, size in list(changed.items())[:_SHOWN]
                )
                lines += ["", f"{component.name} since the accepted record: {what}"]
        return ("\n".join(lines) + "\n").encode()


def packed_line(files: Iterable[PackedFile]) -> str:
    """What UPX made of *files*, in one line."""
    files = tuple(files)
    packed = [each for each in files if not each.reason]
    before = format_size(sum(each.bytes_before for each in packed))
    line = f"UPX: packed {len(packed)} {'file' if len(packed) == 1 else 'files'}, {before} -> "
    line += format_size(sum(each.bytes for each in packed))
    kept = Counter(each.reason for each in files if each.reason)
    if kept:
        reasons = [f"{number} ({reason})" for reason, number in sorted(kept.items())]
        line += f"; kept as they were: {', '.join(reasons)}"
    return line


def _markdown_table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    names = tuple(header)
    rule = ("---", *("---:" for _ in names[1:]))
    return [f"| {' | '.join(cells)} |" for cells in (names, rule, *rows)]


def table(components: Iterable[ComponentReport]) -> str:
    """What each component takes, as text in columns."""
    header = ("component", "executable", "closure", "budget", "change")
    rows = [header, *map(size_row, components)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if number in (1, 2, 4) else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    )


def _start_cells(starts: tuple[Start, ...]) -> tuple[str, str]:
    if not starts or starts[-1].problem:
        return "not measured", "not measured"
    return format_duration(starts[-1].seconds), format_size(starts[-1].peak_bytes)


def size_row(component: ComponentReport) -> tuple[str, str, str, str, str]:
    """Name, executable, closure, the budget that is used most, and change, for people."""
    budgets = [each for each in component.budgets if each.value is not None]
    most = max(budgets, key=lambda each: (each.value or 0) / each.limit, default=None)
    budget = "none"
    if most is not None and most.value is not None:
        budget = f"{100 * most.value / most.limit:.0f} % of {most.field}"
    return (
        component.name,
        format_size(component.executable_bytes),
        format_size(component.closure_bytes),
        budget,
        format_change(component.change.closure_bytes) if component.change else "no record",
    )
