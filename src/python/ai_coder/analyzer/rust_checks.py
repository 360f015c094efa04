"""Checks of Rust alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ai_coder.analyzer import rules
from ai_coder.analyzer.results import Finding
from ai_coder.analyzer.syntax_tree import COMMENTS, SyntaxTree, around, field

if TYPE_CHECKING:
    from tree_sitter import Node

    from ai_coder.analyzer.syntax_checks import Checks

# A lock that another thread left broken ends this one, too, which is what most want.
_LOCKS = frozenset({"lock", "read", "write", "join"})
_LEFT_OVER = frozenset({"todo", "unimplemented", "dbg"})


def _unwrap(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    method = field(node, "function")
    if method is None or tree.text(field(method, "field")) != "unwrap":
        return
    before = tree.text(field(method, "value", "function", "field"))
    if before not in _LOCKS and not _is_test(node, tree):
        yield tree.finding(rules.UNWRAP, node, "unwrap() ends the thread where there is no value")


def _unsafe(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    line = tree.region(node).line
    explained = _comment_above(tree, line) or any(
        each.type in COMMENTS and "safety" in tree.text(each).lower()
        for child in node.named_children
        for each in (child, *child.named_children)
    )
    if not explained and not _is_test(node, tree):
        yield tree.finding(rules.UNSAFE_WITHOUT_REASON, node, "no SAFETY comment says why")


def _comment_above(tree: SyntaxTree, line: int) -> bool:
    """Whether the comment above the statement that reaches *line* speaks of safety."""
    above = line - 1
    while above > 0:
        content = tree.source.lines[above - 1].strip()
        if not content.startswith(("//", "/*", "*", "#[", "let ", "return")):
            return False
        if "safety" in content.lower():
            return True
        above -= 1
    return False


def _macro(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    name = tree.text(field(node, "macro"))
    if name in _LEFT_OVER and not _is_test(node, tree):
        yield tree.finding(rules.LEFT_OVER_MACRO, node, f"{name}! is left in the code")


def _is_test(node: Node, tree: SyntaxTree) -> bool:
    """Whether *node* is in a function or module for tests only."""
    if tree.source.is_test:
        return True
    for each in around(node):
        before = each.prev_named_sibling
        while before is not None and before.type == "attribute_item":
            if "test" in tree.text(before):
                return True
            before = before.prev_named_sibling
    return False


CHECKS: Checks = {
    "call_expression": (_unwrap,),
    "unsafe_block": (_unsafe,),
    "macro_invocation": (_macro,),
}
