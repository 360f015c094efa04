"""Checks of C and C++ alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ai_coder.analyzer import rules
from ai_coder.analyzer.results import Finding
from ai_coder.analyzer.syntax_tree import SyntaxTree, around, field, is_plain, parts

if TYPE_CHECKING:
    from tree_sitter import Node

    from ai_coder.analyzer.syntax_checks import Checks

_STRING = "string_literal"
# The argument that is copied, or that tells what is.
_COPIES = {"strcpy": 1, "strcat": 1, "stpcpy": 1, "wcscpy": 1, "sprintf": 1, "vsprintf": 1}
# The format.
_SCANS = {"scanf": 0, "fscanf": 1, "sscanf": 1}
_PRINTS = {"printf": 0, "fprintf": 1, "syslog": 1}
_TEMPORARY_NAMES = frozenset({"tmpnam", "tempnam", "mktemp"})

_WORD_WITHOUT_WIDTH = re.compile(r"%(?:s|\[)")
_WORD = re.compile(r"%[-0-9.]*l?s")
_INNER = frozenset({"compound_statement", "namespace_definition"})
_NOT_CLASSES = frozenset({"primitive_type", "sized_type_specifier"})


def _call(node: Node, tree: SyntaxTree) -> tuple[str, list[Node]]:
    """The name of the function that is called at *node*, and the arguments."""
    listed = field(node, "arguments")
    name = tree.text(field(node, "function")).removeprefix("std::")
    return name, parts(listed) if listed is not None else []


def _gets(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    name, given = _call(node, tree)
    if name == "gets" and len(given) == 1:
        yield tree.finding(rules.GETS, node, "gets() writes past the end of its buffer")


def _copies(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    name, given = _call(node, tree)
    place = _COPIES.get(name)
    if place is not None and len(given) > place and _is_unbounded(name, given[place], tree):
        message = f"{name}() does not know how large its target is"
        yield tree.finding(rules.UNBOUNDED_COPY, node, message)


def _scans(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    name, given = _call(node, tree)
    place = _SCANS.get(name)
    if place is None or len(given) <= place:
        return
    if _WORD_WITHOUT_WIDTH.search(tree.text(given[place]).replace("%%", "")):
        yield tree.finding(rules.UNBOUNDED_SCAN, node, f"{name}() reads a word of any length")


def _prints(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    name, given = _call(node, tree)
    place = _PRINTS.get(name)
    if place is None or len(given) != place + 1:
        return
    text = tree.text(given[place])
    # A call may be a translation, and a name in capitals a literal.
    if is_plain(given[place]) and not text.isupper():
        yield tree.finding(rules.FORMAT_STRING, node, f"{text} is taken as a format")


def _temporary_names(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    name, given = _call(node, tree)
    if name in _TEMPORARY_NAMES and given:
        yield tree.finding(rules.TEMPORARY_NAME, node, f"{name}() only makes a name")


def _is_unbounded(name: str, argument: Node, tree: SyntaxTree) -> bool:
    """Whether the length of what is copied is not to be seen."""
    if argument.type != _STRING:
        # A name in capitals may be a literal, several literals in a row are one.
        return argument.type != "concatenated_string" and not tree.text(argument).isupper()
    return "printf" in name and _WORD.search(tree.text(argument)) is not None


def _catch_by_value(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    listed = field(node, "parameters")
    for each in parts(listed) if listed is not None else ():
        name, of_type = field(each, "declarator"), field(each, "type")
        by_value = name is not None and name.type == "identifier"
        if of_type is not None and of_type.type not in _NOT_CLASSES and by_value:
            yield tree.finding(
                rules.CATCH_BY_VALUE, each, f"{tree.text(of_type)} is caught by value"
            )


def _using_in_header(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    is_global = not any(each.type in _INNER for each in around(node))
    if tree.is_header and is_global and any(each.type == "namespace" for each in node.children):
        message = "every file that includes this gets all names of the namespace"
        yield tree.finding(rules.USING_IN_HEADER, node, message)


C_CHECKS: Checks = {"call_expression": (_gets, _copies, _scans, _prints, _temporary_names)}
CPP_CHECKS: Checks = {
    **C_CHECKS,
    "catch_clause": (_catch_by_value,),
    "using_declaration": (_using_in_header,),
}
