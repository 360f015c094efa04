"""The analysis of Python: on the trees of the standard library's parser."""

from __future__ import annotations

import ast
import sys
import warnings

from ai_coder.analyzer import rules
from ai_coder.analyzer.measures import size_findings
from ai_coder.analyzer.python_checks import check_statements
from ai_coder.analyzer.python_functions import functions
from ai_coder.analyzer.python_names import check_names
from ai_coder.analyzer.python_scopes import Scopes
from ai_coder.analyzer.python_security import check_security
from ai_coder.analyzer.python_tree import PythonTree
from ai_coder.analyzer.results import Finding, Function, Region
from ai_coder.analyzer.source import Source

_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def analyze_python(source: Source) -> tuple[list[Function], list[Finding]]:
    """The functions of *source* in their order, and what its text alone shows."""
    try:
        return _analyze(source)
    except (RecursionError, MemoryError):
        # The parser gives up on what is nested too deeply with either of the two.
        region = source.first_line(source.whole)
        return [], [Finding(rules.TOO_NESTED, region, "this cannot be analyzed: too deeply nested")]


def _analyze(source: Source) -> tuple[list[Function], list[Finding]]:
    found: list[Finding] = []
    try:
        # Warnings about the text are for those who run it.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(source.text)
            try:
                # Some errors show only now: `return` outside a function, a parameter twice.
                compile(module, source.name, "exec", dont_inherit=True)
            except SyntaxError as error:
                found.append(_syntax_error(source, error))
    except SyntaxError as error:
        return [], [_syntax_error(source, error)]
    tree = PythonTree(source, module)
    scopes = Scopes(tree)
    measured = sorted(functions(tree), key=lambda each: each.region)
    found += check_statements(scopes)
    found += check_names(scopes)
    found += check_security(scopes)
    found += size_findings(measured)
    return measured, [
        each for each in found if not tree.is_silenced(each.rule, (each.region.line,))
    ]


def _syntax_error(source: Source, error: SyntaxError) -> Finding:
    line = min(max(error.lineno or 1, 1), len(source.lines))
    if "\0" in source.text:
        line = source.text[: source.text.index("\0")].count("\n") + 1
    last = len(source.lines[line - 1]) + 1
    column = min(max(error.offset or 1, 1), last)
    end = error.end_offset or 0
    if error.end_lineno != line or end <= column:
        end = column + 1
    region = Region(line, column, line, max(min(end, last), column))
    return Finding(rules.SYNTAX_ERROR, region, f"{error.msg} (as Python {_VERSION} reads it)")
