"""Whether functions are larger than people can follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ai_coder.analyzer import rules
from ai_coder.analyzer.results import Finding, Function

MOST_COMPLEXITY = 15
MOST_LINES = 100
MOST_NESTING = 5
MOST_PARAMETERS = 8


def size_findings(functions: Iterable[Function]) -> Iterator[Finding]:
    """A finding for each measure of each of *functions* that is over its limit."""
    for function in functions:
        for rule, value, limit, what in (
            (rules.TOO_COMPLEX, function.complexity, MOST_COMPLEXITY, "a complexity of {}"),
            (rules.TOO_LONG, function.lines, MOST_LINES, "{} lines"),
            (rules.TOO_DEEP, function.nesting, MOST_NESTING, "{} levels of nesting"),
            (rules.MANY_PARAMETERS, function.parameters, MOST_PARAMETERS, "{} parameters"),
        ):
            if value > limit:
                message = f"{function.name} has {what.format(value)}, more than {limit}"
                yield Finding(rule, function.heading, message)
