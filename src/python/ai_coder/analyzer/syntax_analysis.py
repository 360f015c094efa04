"""The analysis of the languages other than Python: on the trees of tree-sitter's parsers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ai_coder.analyzer import (
    c_checks,
    csharp_checks,
    go_checks,
    java_checks,
    rules,
    rust_checks,
    script_checks,
)
from ai_coder.analyzer.measures import size_findings
from ai_coder.analyzer.parsers import TooNested
from ai_coder.analyzer.results import Finding, Function
from ai_coder.analyzer.source import Source
from ai_coder.analyzer.syntax_checks import Checks, shared_checks
from ai_coder.analyzer.syntax_errors import errors_in, syntax_errors
from ai_coder.analyzer.syntax_functions import functions
from ai_coder.analyzer.syntax_tree import SyntaxTree

_OF_LANGUAGE: dict[str, Checks] = {
    "javascript": script_checks.CHECKS,
    "typescript": script_checks.CHECKS,
    "java": java_checks.CHECKS,
    "c": c_checks.C_CHECKS,
    "cpp": c_checks.CPP_CHECKS,
    "csharp": csharp_checks.CHECKS,
    "go": go_checks.CHECKS,
    "rust": rust_checks.CHECKS,
}

_ONLY_CPP = re.compile(
    r"^[ \t]*(?:(?:class|namespace)\s+\w|template\s*<|using\s+\w|(?:private|protected|public)\s*:)",
    re.MULTILINE,
)


def analyze_syntax(source: Source, language: str) -> tuple[list[Function], list[Finding]]:
    """The functions of *source* in their order, and what its text alone shows."""
    try:
        tree = SyntaxTree(source, language)
    except TooNested:
        region = source.first_line(source.whole)
        return [], [Finding(rules.TOO_NESTED, region, "this cannot be analyzed: too deeply nested")]
    measured = list(functions(tree))
    found = list(syntax_errors(tree))
    found += _check(tree, _OF_LANGUAGE[language])
    found += size_findings(measured)
    return measured, found


def language_of_header(source: Source) -> str:
    """Whether the header *source*, whose suffix is that of both, is C or C++: what reads better."""
    errors: dict[str, int] = {}
    # The grammar of C takes a class for a function of the type `class`.
    first = ("cpp", "c") if _ONLY_CPP.search(source.text) else ("c", "cpp")
    for language in first:
        try:
            errors[language] = len(errors_in(SyntaxTree(source, language)))
        except TooNested:
            break
        if not errors[language]:
            return language
    return min(errors, key=lambda language: errors[language], default="c")


def _check(tree: SyntaxTree, of_language: Checks) -> Iterator[Finding]:
    checks = shared_checks(tree)
    for node_type, more in of_language.items():
        checks[node_type] = (*checks.get(node_type, ()), *more)
    waiting = [(tree.root, False)]
    while waiting:
        node, is_damaged = waiting.pop()
        # What the parser made of a text with an error in or beside it need not be what was meant.
        if not node.has_error and not is_damaged:
            for check in checks.get(node.type, ()):
                yield from check(node, tree)
        inner = node.children
        damages = node.has_error and any(each.is_error or each.is_missing for each in inner)
        waiting.extend((each, damages) for each in reversed(inner))
