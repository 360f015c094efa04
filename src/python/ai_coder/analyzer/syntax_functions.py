"""The functions in a syntax tree and their measures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ai_coder.analyzer.results import Function
from ai_coder.analyzer.syntax_tree import COMMENTS, SyntaxTree, field, labels, parts

if TYPE_CHECKING:
    from tree_sitter import Node


# Functions with longer names around them are part of those: nobody nests so deeply by hand.
_LONGEST_NAME = 300


@dataclass
class _Owner:
    """A function while what is in it is counted; *node* is ``None`` for the file."""

    node: Node | None
    name: str
    complexity: int = 1
    nesting: int = 0


def functions(tree: SyntaxTree) -> Iterator[Function]:
    """All functions and methods that have a name and a body, in the order of the text."""
    for owner in _owners(tree):
        if owner.node is not None:
            name = field(owner.node, "name") or _declarator(owner.node) or owner.node
            yield Function(
                name=owner.name,
                region=tree.region(owner.node),
                heading=tree.source.first_line(tree.region(name)),
                complexity=owner.complexity,
                nesting=owner.nesting,
                parameters=_parameters(tree, owner.node),
            )


def _owners(tree: SyntaxTree) -> list[_Owner]:
    grammar = tree.grammar
    owners = [_Owner(None, "")]
    # A node and the one around it, the names around it, the function it is part of, and how deep.
    waiting: list[tuple[Node, Node, str, _Owner, int]] = [(tree.root, tree.root, "", owners[0], 0)]
    while waiting:
        node, parent, prefix, owner, depth = waiting.pop()
        if node.is_named and len(prefix) <= _LONGEST_NAME:
            name = _function_name(tree, node, parent)[:_LONGEST_NAME]
            if name:
                owner = _Owner(node, prefix + name)
                owners.append(owner)
                prefix, depth = f"{owner.name}{grammar.separator}", 0
            elif node.type in grammar.classes:
                prefix += _class_name(tree, node)
        owner.complexity += _is_decision(tree, node)
        if node.type in grammar.nesting and not _continues_if(tree, node, parent):
            depth += 1
            owner.nesting = max(owner.nesting, depth)
        waiting.extend((each, node, prefix, owner, depth) for each in reversed(node.children))
    return owners


def _class_name(tree: SyntaxTree, node: Node) -> str:
    """What the class at *node* puts before the names in it, "" if it has no name."""
    name = tree.text(field(node, "name") or field(node, "type")).partition("<")[0]
    return f"{name[:_LONGEST_NAME]}{tree.grammar.separator}" if name else ""


def _is_decision(tree: SyntaxTree, node: Node) -> bool:
    grammar = tree.grammar
    if node.type in grammar.branches:
        return bool(node.is_named)
    if node.type in grammar.cases:
        return bool(labels(node))
    return (
        node.type == "binary_expression" and tree.text(field(node, "operator")) in grammar.logical
    )


def _continues_if(tree: SyntaxTree, node: Node, parent: Node) -> bool:
    """Whether *node* is the `if` of an `else if`."""
    if node.type not in tree.grammar.ifs or parent.type not in {*tree.grammar.ifs, "else_clause"}:
        return False
    return bool(parent.type == "else_clause" or field(parent, "alternative") == node)


def _function_name(tree: SyntaxTree, node: Node, parent: Node) -> str:
    """The name of the function that *node* defines, "" if it defines none."""
    if node.type in tree.grammar.functions:
        if field(node, "body") is None:
            return ""
        return _defined_name(tree, node)
    if node.type in tree.grammar.values:
        return tree.text(field(node, "name")) or _assigned_name(tree, parent)
    return ""


def _defined_name(tree: SyntaxTree, node: Node) -> str:
    if node.type == "operator_declaration":
        return f"operator {tree.text(field(node, 'operator'))}"
    if node.type == "conversion_operator_declaration":
        return f"operator {tree.text(field(node, 'type'))}"
    name = tree.text(field(node, "name") or _declarator(node))
    if node.type == "destructor_declaration":
        return f"~{name}"
    receiver = field(node, "receiver")
    if receiver is not None and parts(receiver):
        of_type = tree.text(field(parts(receiver)[0], "type")).lstrip("*").partition("[")[0]
        return f"{of_type}.{name}"
    return " ".join(name.split())


def _declarators(node: Node) -> Iterator[Node]:
    """What is declared in a definition in C, from the outside in: pointers, functions, the name."""
    inner = field(node, "declarator")
    while inner is not None:
        yield inner
        following = field(inner, "declarator")
        if following is None and inner.type in ("parenthesized_declarator", "reference_declarator"):
            following = next(iter(parts(inner)), None)
        inner = following


def _declarator(node: Node) -> Node | None:
    return next(iter(list(_declarators(node))[-1:]), None)


def _assigned_name(tree: SyntaxTree, parent: Node) -> str:
    target = {
        "variable_declarator": "name",
        "assignment_expression": "left",
        "pair": "key",
        "field_definition": "property",
        "public_field_definition": "name",
    }.get(parent.type)
    if target is not None:
        return " ".join(tree.text(field(parent, target)).strip("\"'").split())
    return "default" if parent.type == "export_statement" else ""


def _parameters(tree: SyntaxTree, function: Node) -> int:
    """How many values a call gives, without the object that a method is called on."""
    if field(function, "parameter") is not None:
        return 1
    # In C, the list is at the innermost declarator that has one.
    holders = [function, *_declarators(function)]
    listed = [
        each for each in (field(holder, "parameters") for holder in holders) if each is not None
    ]
    if not listed:
        return 0
    return sum(
        _names(tree, each)
        for number, each in enumerate(listed[-1].named_children)
        # The type of a `params` array of C# stands beside its name.
        if each.type not in COMMENTS and listed[-1].field_name_for_named_child(number) != "type"
    )


def _names(tree: SyntaxTree, parameter: Node) -> int:
    """How many parameters *parameter* declares: in Go, several can share a type."""
    pattern = field(parameter, "pattern")
    if {parameter.type, pattern.type if pattern is not None else ""} & tree.grammar.no_parameters:
        return 0
    if tree.text(parameter) == "void":
        return 0
    return max(1, len(parameter.children_by_field_name("name")))
