"""Markdown: tables, figures in their cells, and the document that the sections are kept in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_MB = 1_000_000
# What stands in the README too is between these lines.
_BEGIN = "<!-- Written by `python3.11 benchmarks levels`, from docs/benchmarks.md. -->"
_END = "<!-- End of what benchmarks write. -->"


@dataclass(frozen=True)
class Goal:
    """*measured* has to be at most *most*, both in *unit*."""

    label: str
    measured: float
    most: float
    unit: str


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with one column for each cell of *head*."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def goals(each: Iterable[Goal]) -> str:
    """A table of goals, and whether they are met."""
    rows = []
    for goal in each:
        most, measured = (f"{value:.4g}{goal.unit}" for value in (goal.most, goal.measured))
        met = "met" if goal.measured <= goal.most else "**missed**"
        rows.append([goal.label, f"at most {most}", measured, met])
    return table(["", "goal", "measured", ""], rows)


def cut(before: float, after: float) -> str:
    """How much less *after* is than *before*, in percent of *before*; negative if it is more."""
    return percent(1 - after / before)


def percent(share: float) -> str:
    """*share* (1 is all) in percent, with more digits where only they tell it from all."""
    return f"{100 * share:.{2 if 0.995 <= share < 1 else 0}f} %"


def megabytes(size: float) -> str:
    """*size* (bytes) in MB, the more digits the smaller it is."""
    value = size / _MB
    return f"{value:.{0 if value >= 100 or not value else 1 if value >= 1 else 3}f}"


def seconds(value: float) -> str:
    """*value* (seconds) with the digits that are worth reading."""
    return f"{value:.{1 if value >= 10 else 2 if value >= 1 else 3}f}"


def milliseconds(value: float) -> str:
    """*value* (seconds) in ms."""
    return f"{1000 * value:.0f}"


def sections(document: str) -> dict[str, str]:
    """What is below each ``##`` heading of *document*, by title."""
    parts = _HEADING.split(document)
    return {title: body.strip() for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def replace(document: str, intro: str, titles: Sequence[str], new: Mapping[str, str]) -> str:
    """*document* with *new* sections (bodies by title), its other ones as they were.

    The result has *intro* and the sections of these *titles*, in that order, and nothing else.
    """
    kept = {**sections(document), **new}
    parts = [intro.strip(), *(f"## {title}\n\n{kept[title]}" for title in titles if title in kept)]
    return "\n\n".join(parts) + "\n"


def as_block(text: str) -> str:
    """*text* marked as what stands in the README too."""
    return "\n\n".join([_BEGIN, *([text] if text else []), _END])


def block(document: str) -> str:
    """What is marked so in *document*; empty if nothing is."""
    _, begin, rest = document.partition(_BEGIN)
    return rest.partition(_END)[0].strip() if begin else ""


def with_block(document: str, text: str) -> str:
    """*document* with *text* in place of what is marked in it, which must be there once."""
    before, begin, rest = document.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"there is no {_BEGIN!r} with {_END!r} behind it")
    return before + as_block(text) + after
