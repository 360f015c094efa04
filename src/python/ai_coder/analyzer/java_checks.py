"""Checks of Java alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ai_coder.analyzer import rules
from ai_coder.analyzer.results import Finding
from ai_coder.analyzer.syntax_tree import SyntaxTree, field, parts, within

if TYPE_CHECKING:
    from tree_sitter import Node

    from ai_coder.analyzer.syntax_checks import Checks

_GENERAL = frozenset({"Exception", "Throwable", "java.lang.Exception", "java.lang.Throwable"})


def _general_catch(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    caught = {
        tree.text(each)
        for listed in within(node)
        if listed.type == "catch_type"
        for each in parts(listed)
    }
    throws = any(each.type == "throw_statement" for each in within(node))
    body = field(node, "body")
    # An empty one is a finding of its own.
    is_empty = body is not None and not body.named_child_count
    for name in sorted(caught & _GENERAL):
        if not throws and not is_empty:
            yield tree.finding(rules.GENERAL_CATCH, node, f"every {name} is caught here")


def _string_identity(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    operator = tree.text(field(node, "operator"))
    types = [side.type for side in (field(node, "left"), field(node, "right")) if side is not None]
    is_asked = types.count("string_literal") == 1 and "null_literal" not in types
    if operator in ("==", "!=") and is_asked:
        message = f"{operator} compares the objects, not their text"
        yield tree.finding(rules.STRING_IDENTITY, node, message)


def _equals_without_hash(body: Node, tree: SyntaxTree) -> Iterator[Finding]:
    methods = {
        (tree.text(field(each, "name")), _parameter_types(each, tree)): each
        for each in parts(body)
        if each.type == "method_declaration"
    }
    equals = methods.get(("equals", ("Object",)))
    if equals is not None and ("hashCode", ()) not in methods:
        name = field(equals, "name") or equals
        yield tree.finding(rules.EQUALS_WITHOUT_HASH, name, "the class has no hashCode()")


def _parameter_types(method: Node, tree: SyntaxTree) -> tuple[str, ...]:
    listed = field(method, "parameters")
    return (
        tuple(tree.text(field(each, "type")) for each in parts(listed))
        if listed is not None
        else ()
    )


CHECKS: Checks = {
    "catch_clause": (_general_catch,),
    "binary_expression": (_string_identity,),
    "class_body": (_equals_without_hash,),
}
