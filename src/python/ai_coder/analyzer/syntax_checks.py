"""Checks that several languages share, by the tables of their grammars."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ai_coder.analyzer import rules
from ai_coder.analyzer.results import Finding
from ai_coder.analyzer.syntax_tree import (
    COMMENTS,
    SyntaxTree,
    field,
    has_comment,
    is_plain,
    labels,
    parts,
    within,
)

if TYPE_CHECKING:
    from tree_sitter import Node

Check = Callable[["Node", SyntaxTree], Iterator[Finding]]
Checks = dict[str, tuple[Check, ...]]

_COMPARISONS = frozenset({"==", "===", "<", ">", "<=", ">="})
_CONSTANTS = ("number", "literal", "string", "true", "false", "null", "nil", "nullptr")
_ASSIGNMENTS = frozenset({"assignment_expression", "assignment_statement"})
_CHANGES = frozenset(
    {"assignment_expression", "augmented_assignment_expression", "update_expression"}
)
_PARENTHESES = frozenset({"condition_clause", "parenthesized_expression"})
# What has cases directly in it.
_SWITCHES = frozenset(
    {
        "compound_statement",
        "expression_switch_statement",
        "match_block",
        "switch_block",
        "switch_body",
    }
)
# What a jump from elsewhere can lead to.
_TARGETS = frozenset({"case_statement", "labeled_statement"})
# A handler says by such a name that nothing is to be done.
_IGNORED = frozenset({"ignore", "ignored", "expected", "unused", "_"})
_FUNCTION_VALUES = frozenset(
    {
        "arrow_function",
        "class_declaration",
        "function_declaration",
        "function_expression",
        "generator_function",
        "lambda_expression",
        "method_declaration",
        "method_definition",
    }
)


def shared_checks(tree: SyntaxTree) -> Checks:
    """The checks for each type of node that the grammar of *tree* has."""
    grammar = tree.grammar
    by_check: tuple[tuple[Check, frozenset[str]], ...] = (
        (_unreachable, grammar.blocks),
        (_self_comparison, frozenset({"binary_expression"})),
        (_self_assignment, _ASSIGNMENTS),
        (_duplicate_cases, _SWITCHES),
        (_fallthrough, _SWITCHES),
        (_empty_catch, grammar.catches),
        (_condition, grammar.ifs | grammar.loops),
        (_empty_if, grammar.ifs),
        (_jump_in_finally, grammar.finallys),
    )
    checks: Checks = {}
    for check, types in by_check:
        for each in types:
            checks[each] = (*checks.get(each, ()), check)
    return checks


def _unreachable(block: Node, tree: SyntaxTree) -> Iterator[Finding]:
    jumped = is_conditional = False
    for each in parts(block):
        if jumped and not _can_be_reached(each, tree):
            yield tree.finding(rules.UNREACHABLE, each, "this can never run")
            return
        if each.type in _TARGETS or each.type.startswith("preproc_"):
            jumped = False
        statement = each
        if each.type == "expression_statement" and parts(each):
            statement = parts(each)[0]
        jumped = jumped or (statement.type in tree.grammar.jumps and not is_conditional)
        # In Rust, #[cfg(...)] leaves out the next statement where it does not apply.
        is_conditional = each.type == "attribute_item"


def _can_be_reached(node: Node, tree: SyntaxTree) -> bool:
    if node.type in tree.grammar.reached or node.type.startswith("preproc_"):
        return True
    if node.type == "break_statement":
        # Many put it at the end of each case, needed or not.
        return True
    if node.type == "expression_statement" and not parts(node):
        return True
    if node.type == "variable_declaration":
        # `var x;` declares it for the whole function.
        return all(field(each, "value") is None for each in parts(node))
    start = tree.text(node)[:20].lower()
    return "unreachable" in start or start.startswith(("panic(", "todo!("))


def _self_comparison(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    # x != x is how one asks whether x is not a number.
    left, right = field(node, "left"), field(node, "right")
    if tree.text(field(node, "operator")) not in _COMPARISONS or tree.source.is_test:
        return
    if _are_same(left, right, tree) and not _is_negated(node, tree):
        message = f"{tree.text(left)} is compared with itself"
        yield tree.finding(rules.SELF_COMPARISON, node, message)


def _are_same(left: Node | None, right: Node | None, tree: SyntaxTree) -> bool:
    """Whether both are the same variable or field."""
    return is_plain(left) and is_plain(right) and tree.text(left) == tree.text(right)


def _is_negated(node: Node, tree: SyntaxTree) -> bool:
    # !(x == x) is x != x, and so is ~(x == x) of vectors.
    parent = node.parent
    if parent is None or parent.type != "parenthesized_expression" or parent.parent is None:
        return False
    return tree.text(parent.parent).startswith(("!", "~"))


def _self_assignment(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    left, right = _only(field(node, "left")), _only(field(node, "right"))
    if tree.text(field(node, "operator")) not in ("=", "") or not _are_same(left, right, tree):
        return
    # { Name = Name } in C# makes an object with a property of that name.
    if node.parent is not None and node.parent.type != "initializer_expression":
        message = f"{tree.text(left)} is assigned to itself"
        yield tree.finding(rules.SELF_ASSIGNMENT, node, message)


def _only(node: Node | None) -> Node | None:
    """The one node in a list of Go, else *node*."""
    if node is None or node.type != "expression_list":
        return node
    listed = parts(node)
    return listed[0] if len(listed) == 1 else None


def _duplicate_cases(body: Node, tree: SyntaxTree) -> Iterator[Finding]:
    seen: set[str] = set()
    for case in parts(body):
        if case.type not in tree.grammar.cases:
            continue
        for label in labels(case):
            value = tree.text(label)
            if label == case or not (is_plain(_inner(label)) or _is_constant(_inner(label))):
                continue
            if value in seen:
                yield tree.finding(rules.DUPLICATE_CASE, label, f"the case {value} is there twice")
            seen.add(value)


def _inner(node: Node) -> Node:
    return parts(node)[0] if node.type == "constant_pattern" and parts(node) else node


def _is_constant(node: Node | None) -> bool:
    return node is not None and any(word in node.type for word in _CONSTANTS)


def _empty_catch(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    body = field(node, "body")
    if body is None or body.named_child_count:
        return
    names = {tree.text(each) for each in within(node) if each.type == "identifier"}
    if not names & _IGNORED:
        yield tree.finding(rules.EMPTY_CATCH, node, "an exception is caught and nothing is done")


def _condition(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    condition = field(node, "condition")
    # In C#, the parentheses are part of the statement; elsewhere, they are of the condition.
    is_bare = any(each.type == "(" for each in node.children)
    if condition is not None and condition.type in _PARENTHESES and not is_bare:
        condition = field(condition, "value") or (parts(condition)[0] if parts(condition) else None)
    if condition is None or condition.type != "assignment_expression":
        return
    right = field(condition, "right")
    # `while (line = next())` reads until there is no more.
    if tree.text(field(condition, "operator")) not in ("=", "") or (
        node.type in tree.grammar.loops and not (_is_constant(right) or is_plain(right))
    ):
        return
    # The three parts of `for (;;)` are not in parentheses of their own.
    if node.type != "for_statement":
        message = f"{tree.text(field(condition, 'left'))} is assigned, not compared"
        yield tree.finding(rules.ASSIGNMENT_IN_CONDITION, condition, message)


def _empty_if(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    body = field(node, "consequence")
    if body is None or field(node, "alternative") is not None or has_comment(node):
        return
    if tree.text(body) == ";":
        yield tree.finding(rules.EMPTY_IF, node, "the `if` has no statement, only a semicolon")


def _jump_in_finally(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    for each in within(node, without=_FUNCTION_VALUES):
        if each.type == "return_statement":
            message = "`return` in `finally` drops the exception or result on its way out"
            yield tree.finding(rules.JUMP_IN_FINALLY, each, message)


def _fallthrough(body: Node, tree: SyntaxTree) -> Iterator[Finding]:
    found = []
    for case, following in zip(body.named_children, body.named_children[1:], strict=False):
        if not tree.grammar.falls or {case.type, following.type} - tree.grammar.cases:
            continue
        last = _last_statement(case, tree)
        # Only what surely goes on: a call may never return, a comment may say that it is meant.
        if last is None or last.type != "expression_statement" or not parts(last):
            continue
        if parts(last)[0].type in _CHANGES:
            found.append((last, tree.text(following).partition(":")[0]))
    # Where several do, each case adds to what the ones after it do.
    if len(found) == 1:
        last, label = found[0]
        yield tree.finding(rules.FALLTHROUGH, last, f"this goes on into {label!r}")


def _last_statement(node: Node, tree: SyntaxTree) -> Node | None:
    last: Node | None = node
    while last is not None and (last == node or last.type in tree.grammar.blocks):
        last = last.named_children[-1] if last.named_children else None
    return None if last is None or last.type in COMMENTS else last
