"""What a parser could not read, and whether that is the fault of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ai_coder.analyzer import rules
from ai_coder.analyzer.results import Finding
from ai_coder.analyzer.syntax_tree import SyntaxTree, around

if TYPE_CHECKING:
    from tree_sitter import Node

# After some, the rest follows from them.
_MOST = 10
_SHOWN_CHARACTERS = 30

# Macros of a C file's own or of headers that are not the language's.
_BRINGS_MACROS = re.compile(
    r"^[ \t]*#[ \t]*(?:define|if|elif|else|import|include(?![ \t]*<[a-z0-9_]+(?:\.h)?>))",
    re.MULTILINE,
)
_MACRO_NAME = re.compile(r"\b_*[A-Z][A-Z0-9_]+\b")
_CONDITIONAL = re.compile(r"^[ \t]*#[ \t]*if\b", re.MULTILINE)

_TYPES = frozenset({"interface_body", "object_type", "type_alias_declaration", "type_annotation"})


def syntax_errors(tree: SyntaxTree) -> Iterator[Finding]:
    """A finding for each error in *tree*, and one for all that may be right all the same."""
    is_doubtful = _DOUBTS.get(tree.language, _never)
    certain: list[Node] = []
    doubtful: list[Node] = []
    for node in errors_in(tree):
        (doubtful if is_doubtful(node, tree) else certain).append(node)
    for node in certain[:_MOST]:
        yield tree.finding(rules.SYNTAX_ERROR, node, f"syntax error{_what(node, tree)}")
    if doubtful:
        more = f" (and {len(doubtful) - 1} more in this file)" if len(doubtful) > 1 else ""
        message = f"not understood{_what(doubtful[0], tree)}{more}"
        yield tree.finding(rules.NOT_UNDERSTOOD, doubtful[0], message)


def errors_in(tree: SyntaxTree) -> list[Node]:
    """What the parser could not read, and where it read what is not there."""
    found = []
    waiting = [tree.root]
    while waiting:
        node = waiting.pop()
        if node.is_missing or node.is_error:
            found.append(node)
        elif node.has_error:
            waiting.extend(reversed(node.children))
    return found


def _what(node: Node, tree: SyntaxTree) -> str:
    if node.is_missing:
        return f": {node.type!r} is missing here"
    first = tree.text(node).strip().partition("\n")[0]
    return f" near {first[:_SHOWN_CHARACTERS]!r}" if first else ""


def _never(_: Node, __: SyntaxTree) -> bool:
    return False


def _may_be_macro(node: Node, tree: SyntaxTree) -> bool:
    lines = tree.source.lines[max(0, node.start_point.row - 1) : node.end_point.row + 2]
    return (
        # A header has the macros of what is included before it.
        tree.is_header
        or _BRINGS_MACROS.search(tree.source.text) is not None
        or any(map(_MACRO_NAME.search, lines))
    )


def _may_be_conditional(_: Node, tree: SyntaxTree) -> bool:
    # Both sides of an #if are in the tree, where only one is compiled.
    return _CONDITIONAL.search(tree.source.text) is not None


def _is_in_type(node: Node, tree: SyntaxTree) -> bool:
    # The grammar does not know all that types can be.
    parents = list(around(node))
    line = next((each for each in parents if each.type.endswith("declaration")), node)
    return any(each.type in _TYPES for each in parents) or "import(" in tree.text(line)


# For each language, what makes an error in its tree doubtful.
_DOUBTS: dict[str, Callable[[Node, SyntaxTree], bool]] = {
    "c": _may_be_macro,
    "cpp": _may_be_macro,
    "csharp": _may_be_conditional,
    "typescript": _is_in_type,
}
