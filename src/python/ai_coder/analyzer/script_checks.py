"""Checks of JavaScript and TypeScript alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ai_coder.analyzer import rules
from ai_coder.analyzer.results import Finding
from ai_coder.analyzer.syntax_tree import SyntaxTree, field, parts

if TYPE_CHECKING:
    from tree_sitter import Node

    from ai_coder.analyzer.syntax_checks import Checks

_STRINGS = frozenset({"string", "template_string"})
_LITERALS = frozenset({"string", "number", "template_string", "true", "false"})
_TIMERS = frozenset({"setTimeout", "setInterval"})


def _loose_equality(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    operator = tree.text(field(node, "operator"))
    sides = [field(node, "left"), field(node, "right")]
    if operator not in ("==", "!=") or None in sides:
        return
    types = [side.type for side in sides if side is not None]
    # x == null asks for undefined, too, and there is no shorter way.
    if {"null", "undefined"} & set(types) or "undefined" in map(tree.text, sides):
        return
    # What typeof gives is a string in any case, and two literals show their types.
    if any(tree.text(side).startswith("typeof ") for side in sides) or set(types) <= _LITERALS:
        return
    yield tree.finding(rules.LOOSE_EQUALITY, node, f"use {operator}= instead of {operator}")


def _eval(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    name = tree.text(field(node, "function") or field(node, "constructor"))
    listed = field(node, "arguments")
    given = parts(listed) if listed is not None else []
    if not given:
        return
    is_text = given[0].type in _STRINGS
    if name == "eval" and node.type == "call_expression":
        yield tree.finding(rules.SCRIPT_EVAL, node, "eval() runs a text as code")
    elif name == "Function":
        yield tree.finding(rules.SCRIPT_EVAL, node, "Function() makes code of a text")
    elif name in _TIMERS and is_text:
        yield tree.finding(rules.SCRIPT_EVAL, node, f"{name}() runs a text as code")


def _duplicate_properties(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    seen: set[str] = set()
    for each in parts(node):
        if each.type == "spread_element":
            # A property before it may be a default, one after it has the last word.
            seen.clear()
        key = field(each, "key") if each.type == "pair" else None
        if key is None or key.type == "computed_property_name":
            continue
        name = tree.text(key)[1:-1] if key.type == "string" else tree.text(key)
        if name in seen:
            yield tree.finding(rules.DUPLICATE_PROPERTY, key, f"{name} is there twice")
        seen.add(name)


def _debugger(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    yield tree.finding(rules.DEBUGGER, node, "the program stops here under developer tools")


CHECKS: Checks = {
    "binary_expression": (_loose_equality,),
    "call_expression": (_eval,),
    "new_expression": (_eval,),
    "object": (_duplicate_properties,),
    "debugger_statement": (_debugger,),
}
