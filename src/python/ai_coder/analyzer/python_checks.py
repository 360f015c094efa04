"""Checks of the statements and expressions of a Python module."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ai_coder.analyzer import rules
from ai_coder.analyzer.python_scopes import Scopes
from ai_coder.analyzer.python_tree import (
    FUNCTIONS,
    LOOPS,
    SCOPES,
    PythonTree,
    blocks,
    children,
    dotted,
    within,
)
from ai_coder.analyzer.results import Finding, Rule

_MUTABLE_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_MUTABLE_CLASSES = frozenset(
    {
        "builtins.bytearray",
        "builtins.dict",
        "builtins.list",
        "builtins.set",
        "collections.Counter",
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.deque",
    }
)
_BROAD = frozenset({"Exception", "BaseException"})
_LITERALS = (str, bytes, int, float, complex)
_JUMPS = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_TRIES = (ast.Try, ast.TryStar)


def check_statements(scopes: Scopes) -> Iterator[Finding]:
    """All findings that a statement or an expression alone gives rise to."""
    tree = scopes.tree
    yield from _mutable_defaults(scopes)
    yield from _handlers(tree)
    yield from _comparisons(tree)
    yield from _unreachable(tree)
    yield from _f_strings(tree)
    yield from _asserts(tree)
    yield from _jumps_in_finally(tree)
    yield from _duplicate_keys(tree)


def _mutable_defaults(scopes: Scopes) -> Iterator[Finding]:
    for node in (*scopes.tree.of(*FUNCTIONS), *scopes.tree.of(ast.Lambda)):
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults = [
            *zip(reversed(positional), reversed(arguments.defaults), strict=False),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        for parameter, default in defaults:
            # A name that starts with _ is not for callers: there, one for all calls is meant.
            if parameter.arg.startswith("_") or default is None:
                continue
            if isinstance(default, _MUTABLE_DISPLAYS) or (
                isinstance(default, ast.Call) and scopes.called(default) in _MUTABLE_CLASSES
            ):
                message = f"all calls share the default of {parameter.arg}"
                yield scopes.tree.finding(rules.MUTABLE_DEFAULT, default, message)


def _handlers(tree: PythonTree) -> Iterator[Finding]:
    for handler in tree.of(ast.ExceptHandler):
        if handler.type is None and not any(
            isinstance(each, ast.Raise) for each in within(*handler.body)
        ):
            message = "`except:` also catches KeyboardInterrupt and SystemExit"
            yield tree.finding(rules.BARE_EXCEPT, handler, message)
        is_broad = handler.type is None or dotted(handler.type) in _BROAD
        if is_broad and all(map(_does_nothing, handler.body)):
            message = "every exception is caught and nothing is done"
            yield tree.finding(rules.SWALLOWED_EXCEPTION, handler, message)


def _does_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _comparisons(tree: PythonTree) -> Iterator[Finding]:
    for node in tree.of(ast.Compare):
        sides = [node.left, *node.comparators]
        for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
            found = _comparison(operator, left, right)
            # A test may well ask whether something equals itself.
            if found and not (found[0] is rules.SELF_COMPARISON and tree.source.is_test):
                yield tree.finding(found[0], node, found[1])
                break


def _comparison(operator: ast.cmpop, left: ast.expr, right: ast.expr) -> tuple[Rule, str] | None:
    # x != x is how one asks whether x is not a number.
    name = dotted(left)
    if name and name == dotted(right) and not isinstance(operator, (ast.NotEq, ast.In, ast.NotIn)):
        return rules.SELF_COMPARISON, f"{name} is compared with itself"
    constants = [each.value for each in (left, right) if isinstance(each, ast.Constant)]
    if len(constants) != 1:
        return None
    value = constants[0]
    if isinstance(operator, (ast.Eq, ast.NotEq)):
        word = "is" if isinstance(operator, ast.Eq) else "is not"
        if value is None:
            return rules.NONE_COMPARISON, f"write `{word} None`"
        if isinstance(value, bool):
            return rules.BOOL_COMPARISON, f"a comparison with {value}"
    elif isinstance(operator, (ast.Is, ast.IsNot)) and type(value) in _LITERALS:
        return rules.IS_LITERAL, "compare with a literal by == or !="
    return None


def _unreachable(tree: PythonTree) -> Iterator[Finding]:
    for node in tree.of(
        ast.Module,
        *FUNCTIONS,
        *LOOPS,
        ast.If,
        ast.With,
        ast.AsyncWith,
        *_TRIES,
        ast.ExceptHandler,
        ast.match_case,
    ):
        for block in blocks(node):
            jumps = [index for index, each in enumerate(block) if isinstance(each, _JUMPS)]
            rest = block[jumps[0] + 1 :] if jumps else []
            # A `yield` that never runs makes a function a generator; a text may be a comment.
            if not rest or _yields(rest) or all(map(_does_nothing, rest)):
                continue
            yield tree.finding(rules.UNREACHABLE, rest[0], "this can never run")


def _yields(statements: list[ast.stmt]) -> bool:
    return any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in within(*statements))


def _f_strings(tree: PythonTree) -> Iterator[Finding]:
    for node in tree.of(ast.JoinedStr):
        # What follows the colon in {value:>10} is an f-string of its own in the tree.
        if isinstance(tree.parents[node], ast.FormattedValue):
            continue
        if not any(isinstance(each, ast.FormattedValue) for each in node.values):
            yield tree.finding(rules.EMPTY_F_STRING, node, "the f-string has no placeholder")


def _asserts(tree: PythonTree) -> Iterator[Finding]:
    for node in tree.of(ast.Assert):
        if isinstance(node.test, ast.Tuple) and node.test.elts:
            yield tree.finding(rules.ASSERT_ON_TUPLE, node, "a tuple that has items is always true")


def _jumps_in_finally(tree: PythonTree) -> Iterator[Finding]:
    for node in tree.of(*_TRIES):
        waiting: list[tuple[ast.AST, bool]] = [(each, False) for each in node.finalbody]
        while waiting:
            each, in_loop = waiting.pop()
            if isinstance(each, SCOPES):
                continue
            if isinstance(each, ast.Return) or (
                isinstance(each, (ast.Break, ast.Continue)) and not in_loop
            ):
                word = type(each).__name__.lower()
                message = f"`{word}` in `finally` drops the exception or result on its way out"
                yield tree.finding(rules.JUMP_IN_FINALLY, each, message)
            in_loop = in_loop or isinstance(each, LOOPS)
            waiting.extend((inner, in_loop) for inner in children(each))


def _duplicate_keys(tree: PythonTree) -> Iterator[Finding]:
    for node in tree.of(ast.Dict):
        seen: set[tuple[bool, object]] = set()
        for key in node.keys:
            if key is None:
                # A key before ** may be a default, one after it has the last word.
                seen.clear()
                continue
            value = key.value if isinstance(key, ast.Constant) else dotted(key)
            if value is None and not isinstance(key, ast.Constant):
                continue
            identity = (isinstance(key, ast.Constant), value)
            if identity in seen:
                yield tree.finding(rules.DUPLICATE_KEY, key, f"{ast.unparse(key)} is there twice")
            seen.add(identity)
