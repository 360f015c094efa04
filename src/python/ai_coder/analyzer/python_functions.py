"""The functions of a Python module and their measures."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ai_coder.analyzer.python_tree import (
    FUNCTIONS,
    LOOPS,
    FunctionNode,
    PythonTree,
    children,
    dotted,
)
from ai_coder.analyzer.results import Function, Region

_WITHS = (ast.With, ast.AsyncWith)
_TRIES = (ast.Try, ast.TryStar)
_NESTING = (*LOOPS, *_WITHS, *_TRIES, ast.If, ast.Match)
_BRANCHES = (*LOOPS, ast.If, ast.IfExp, ast.ExceptHandler, ast.comprehension)


def functions(tree: PythonTree) -> Iterator[Function]:
    """All functions and methods that have a name, also those in others."""
    for node in tree.of(*FUNCTIONS):
        complexity, nesting = _measure(node)
        around = [each.name for each in tree.ancestors(node) if isinstance(each, _NAMED)]
        whole = tree.region(node)
        yield Function(
            name=".".join([*reversed(around), node.name]),
            region=_with_decorators(tree, node, whole),
            heading=tree.source.first_line(whole),
            complexity=complexity,
            nesting=nesting,
            parameters=_parameters(tree, node),
        )


_NAMED = (*FUNCTIONS, ast.ClassDef)


def _measure(function: FunctionNode) -> tuple[int, int]:
    """The cyclomatic complexity of *function*, and how deep its blocks are nested."""
    complexity, deepest = 1, 0
    waiting: list[tuple[ast.AST, int]] = [(each, 0) for each in function.body]
    while waiting:
        node, depth = waiting.pop()
        complexity += _decisions(node)
        if isinstance(node, _NAMED):
            continue
        inside = depth + isinstance(node, _NESTING)
        deepest = max(deepest, inside)
        for each in children(node):
            waiting.append((each, depth if _is_elif(each, node) else inside))
    return complexity, deepest


def _decisions(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    if isinstance(node, ast.match_case):
        return not (isinstance(node.pattern, ast.MatchAs) and node.pattern.pattern is None)
    return isinstance(node, _BRANCHES)


def _is_elif(node: ast.AST, parent: ast.AST) -> bool:
    # `else: if` has the inner `if` further to the right.
    return (
        isinstance(node, ast.If)
        and isinstance(parent, ast.If)
        and parent.orelse == [node]
        and node.col_offset == parent.col_offset
    )


def _with_decorators(tree: PythonTree, function: FunctionNode, region: Region) -> Region:
    if not function.decorator_list:
        return region
    # The place of a decorator is that of its expression; the @ stands in the column of `def`.
    line = tree.region(function.decorator_list[0]).line
    return Region(line, region.column, region.end_line, region.end_column)


def _parameters(tree: PythonTree, function: FunctionNode) -> int:
    """How many values a call can give: neither ``self`` nor ``cls``."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    stars = [each for each in (arguments.vararg, arguments.kwarg) if each]
    is_method = isinstance(tree.parents[function], ast.ClassDef) and "staticmethod" not in (
        dotted(each) for each in function.decorator_list
    )
    bound = 1 if is_method and positional else 0
    return len(positional) + len(arguments.kwonlyargs) + len(stars) - bound
