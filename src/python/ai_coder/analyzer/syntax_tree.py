"""A syntax tree of a language other than Python, and what the checks ask of its nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ai_coder.analyzer.grammars import GRAMMARS
from ai_coder.analyzer.languages import suffix_of
from ai_coder.analyzer.parsers import parse
from ai_coder.analyzer.results import Finding, Region, Rule
from ai_coder.analyzer.source import Source

if TYPE_CHECKING:
    from tree_sitter import Node

_HEADERS = frozenset({".h", ".hh", ".hpp", ".hxx"})
COMMENTS = frozenset({"comment", "line_comment", "block_comment"})

# What a plain value is made of, one that is the same each time it is looked at.
_PLAIN = frozenset(
    {
        "identifier",
        "this",
        "this_expression",
        "self",
        "field_identifier",
        "property_identifier",
        "private_property_identifier",
        "member_expression",
        "member_access_expression",
        "field_access",
        "field_expression",
        "selector_expression",
    }
)


class SyntaxTree:
    """The tree of *source* in *language*."""

    def __init__(self, source: Source, language: str) -> None:
        self.source = source
        self.language = language
        self.grammar = GRAMMARS[language]
        self._suffix = suffix_of(source.name)
        # A node's own `text` copies part of the file each time.
        self._content = source.text.encode()
        self.root = parse(self._content, language, self._suffix).root_node

    @property
    def is_header(self) -> bool:
        """Whether it is of a header of C or C++."""
        return self._suffix in _HEADERS

    def text(self, node: Node | None) -> str:
        """The text of *node*, "" for none."""
        if node is None:
            return ""
        return self._content[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def region(self, node: Node) -> Region:
        """Where *node* is."""
        start, end = node.start_point, node.end_point
        return self.source.region(start.row + 1, start.column, end.row + 1, end.column)

    def finding(self, rule: Rule, node: Node, message: str) -> Finding:
        """A finding at the first line of *node*."""
        return Finding(rule, self.source.first_line(self.region(node)), message)


def field(node: Node | None, *names: str) -> Node | None:
    """The child of *node* with the first of the field *names*, of that the second, and so on."""
    for name in names:
        node = node.child_by_field_name(name) if node is not None else None
    return node


def parts(node: Node) -> list[Node]:
    """The named children of *node* without comments."""
    return [each for each in node.named_children if each.type not in COMMENTS]


def has_comment(node: Node) -> bool:
    """Whether a comment is directly in *node*."""
    return any(each.type in COMMENTS for each in node.named_children)


def within(node: Node, without: frozenset[str] = frozenset()) -> Iterator[Node]:
    """What is in *node* at any depth, but not what is in nodes of the types *without*."""
    waiting = list(reversed(node.children))
    while waiting:
        each = waiting.pop()
        yield each
        if each.type not in without:
            waiting.extend(reversed(each.children))


def around(node: Node) -> Iterator[Node]:
    """The node that *node* is in, the one that that is in, and so on."""
    while node.parent is not None:
        node = node.parent
        yield node


def is_plain(node: Node | None) -> bool:
    """Whether *node* is a variable or a field of one."""
    return (
        node is not None
        and node.type in _PLAIN
        and all(each.type in _PLAIN for each in within(node) if each.is_named)
    )


def labels(case: Node) -> list[Node]:
    """What *case* is for: its values, none for a default, itself if it has another condition."""
    pattern, value = field(case, "pattern"), field(case, "value")
    conditional = field(pattern, "condition") is not None or any(
        each.type == "when_clause" for each in case.children
    )
    if conditional or case.type in ("type_case", "communication_case"):
        return [case]
    if pattern is not None:
        return parts(pattern)
    if value is not None:
        return parts(value) if value.type == "expression_list" else [value]
    # Java has lists of values, C# has a pattern for each.
    listed = [each for each in case.children if each.type == "switch_label"]
    patterns = [each for each in case.children if each.type.endswith("_pattern")]
    return patterns + [each for values in listed for each in parts(values)]
