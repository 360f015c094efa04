"""Checks of C# alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ai_coder.analyzer import rules
from ai_coder.analyzer.results import Finding
from ai_coder.analyzer.syntax_tree import SyntaxTree, field, parts, within

if TYPE_CHECKING:
    from tree_sitter import Node

    from ai_coder.analyzer.syntax_checks import Checks

_GENERAL = frozenset({"Exception", "System.Exception"})


def _general_catch(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    declared = _declaration(node)
    is_general = declared is None or tree.text(field(declared, "type")) in _GENERAL
    is_filtered = any(each.type == "catch_filter_clause" for each in parts(node))
    body = field(node, "body")
    # An empty one is a finding of its own.
    is_empty = body is not None and not body.named_child_count
    if is_general and not (is_filtered or is_empty or any(_throws(node))):
        yield tree.finding(rules.GENERAL_CATCH, node, "every exception is caught here")


def _rethrow(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    name = tree.text(field(_declaration(node), "name"))
    for each in _throws(node):
        if name and [tree.text(thrown) for thrown in parts(each)] == [name]:
            message = f"write `throw;` to keep the stack of {name}"
            yield tree.finding(rules.RETHROW, each, message)


def _declaration(catch: Node) -> Node | None:
    return next((each for each in parts(catch) if each.type == "catch_declaration"), None)


def _throws(catch: Node) -> Iterator[Node]:
    return (each for each in within(catch) if each.type in ("throw_statement", "throw_expression"))


def _async_void(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    modifiers = {tree.text(each) for each in parts(node) if each.type == "modifier"}
    # A handler of events cannot return anything else.
    if "async" not in modifiers or "EventArgs" in tree.text(field(node, "parameters")):
        return
    if "override" not in modifiers and tree.text(field(node, "returns")) == "void":
        name = field(node, "name") or node
        yield tree.finding(rules.ASYNC_VOID, name, f"{tree.text(name)} is async and returns void")


def _lock_on_this(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    locked = next((each for each in node.children[2:3]), None)
    if locked is not None and (tree.text(locked) == "this" or locked.type == "typeof_expression"):
        yield tree.finding(rules.LOCK_ON_THIS, node, f"others can lock {tree.text(locked)}, too")


CHECKS: Checks = {
    "catch_clause": (_general_catch, _rethrow),
    "method_declaration": (_async_void,),
    "lock_statement": (_lock_on_this,),
}
