"""The syntax tree of a Python module, with what `ast` leaves out: parents and noqa comments."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar, overload

from ai_coder.analyzer.results import Finding, Region, Rule
from ai_coder.analyzer.source import Source

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# What has a body that runs at another time or in another scope than the code around it.
SCOPES = (*FUNCTIONS, ast.Lambda, ast.ClassDef)
LOOPS = (ast.For, ast.AsyncFor, ast.While)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

# `ast` has one object of each of these in all of a tree; they have no place.
_SHARED = (ast.expr_context, ast.operator, ast.boolop, ast.cmpop, ast.unaryop)

_NOQA = re.compile(r"#\s*noqa(?P<codes>\s*:\s*[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*)?", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]+[0-9]+")

_A = TypeVar("_A", bound=ast.AST)
_B = TypeVar("_B", bound=ast.AST)


class PythonTree:
    """The tree of *module*, whose text is *source*."""

    def __init__(self, source: Source, module: ast.Module) -> None:
        self.source = source
        self.module = module
        self.parents: dict[ast.AST, ast.AST] = {}
        self._nodes: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        # With a stack of its own: a chain of operators or of `elif` is as deep as it is long.
        waiting: list[ast.AST] = [module]
        while waiting:
            node = waiting.pop()
            self._nodes[type(node)].append(node)
            inner = children(node)
            self.parents.update(dict.fromkeys(inner, node))
            waiting.extend(reversed(inner))

    @overload
    def of(self, first: type[_A], /) -> Iterator[_A]: ...

    @overload
    def of(self, first: type[_A], second: type[_B], /) -> Iterator[_A | _B]: ...

    @overload
    def of(self, *types: type[ast.AST]) -> Iterator[ast.AST]: ...

    def of(self, *types: type[ast.AST]) -> Iterator[ast.AST]:
        """All nodes of *types*, those of one type in the order of the text."""
        for each in types:
            yield from self._nodes.get(each, ())

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The parent of *node*, its parent and so on."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def function_around(self, node: ast.AST) -> ast.AST:
        """The function, lambda, class or module that *node* is in."""
        return next(
            each for each in self.ancestors(node) if isinstance(each, (*SCOPES, ast.Module))
        )

    def region(self, node: ast.AST) -> Region:
        """Where *node*, a statement or an expression or the like, is."""
        line = getattr(node, "lineno", 1)
        offset = getattr(node, "col_offset", 0)
        return self.source.region(
            line,
            offset,
            getattr(node, "end_lineno", None) or line,
            getattr(node, "end_col_offset", None) or offset,
        )

    def finding(self, rule: Rule, node: ast.AST, message: str) -> Finding:
        """A finding at *node*; of one with a body at its first line."""
        region = self.region(node)
        if hasattr(node, "body"):
            region = self.source.first_line(region)
        return Finding(rule, region, message)

    def is_silenced(self, rule: Rule, lines: tuple[int, ...]) -> bool:
        """Whether one of *lines* has a ``# noqa`` that is for all rules or for *rule*."""
        return any(
            not codes or not codes.isdisjoint((rule.id, *rule.noqa))
            for codes in (self._noqa[line] for line in lines if line in self._noqa)
        )

    @cached_property
    def _noqa(self) -> dict[int, frozenset[str]]:
        """The codes after ``# noqa`` by line; none of them stands for all."""
        found: dict[int, frozenset[str]] = {}
        if "noqa" not in self.source.text.lower():
            return found
        try:
            for token in tokenize.generate_tokens(io.StringIO(self.source.text).readline):
                match = token.type == tokenize.COMMENT and _NOQA.search(token.string)
                if match:
                    codes = _CODE.findall((match["codes"] or "").upper())
                    found[token.start[0]] = frozenset(codes)
        except (tokenize.TokenError, SyntaxError):
            # What it has read until then counts; the parser is the judge of the syntax.
            pass
        return found


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly in *node*, in the order of the text."""
    return [each for each in ast.iter_child_nodes(node) if not isinstance(each, _SHARED)]


def within(*nodes: ast.AST) -> Iterator[ast.AST]:
    """*nodes* and all that is in them, but not what is in functions and classes in them."""
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, SCOPES):
            waiting.extend(reversed(children(node)))


def dotted(node: ast.AST) -> str | None:
    """``a.b.c`` as text, ``None`` if *node* is anything but names and dots."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The lists of statements directly in *node*."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list) and block:
            yield block
