"""Checks of Go alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ai_coder.analyzer import rules
from ai_coder.analyzer.results import Finding
from ai_coder.analyzer.syntax_tree import SyntaxTree, around, field, has_comment, parts

if TYPE_CHECKING:
    from tree_sitter import Node

    from ai_coder.analyzer.syntax_checks import Checks

# What these return is of no use, and everybody leaves it.
_HARMLESS = ("fmt.", "io.Copy", "io.WriteString", "rand.Read")
# The last result of these is an error; of others, it may just as well say whether there is a value.
_GIVES_ERROR = re.compile(
    r"(?:io|ioutil|json|net|url|xml)\.\w+|os\.(?!LookupEnv$)\w+|strconv\.(?:Atoi|Parse\w+|Unquote)|"
    r"http\.(?:Get|Head|NewRequest\w*|Post\w*)|filepath\.(?:Abs|EvalSymlinks|Glob|Rel)|"
    r"regexp\.Compile\w*|time\.(?:LoadLocation|Parse\w*)"
)
_FUNCTIONS = frozenset({"function_declaration", "method_declaration", "func_literal"})


def _ignored_result(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    left, right = field(node, "left"), field(node, "right")
    if tree.source.is_test or left is None or right is None:
        return
    if tree.text(field(node, "operator")) not in ("=", ""):
        return
    targets, values = parts(left), parts(right)
    if not targets or tree.text(targets[-1]) != "_" or len(values) != 1:
        return
    call = values[0]
    name = tree.text(field(call, "function"))
    all_ignored = all(tree.text(each) == "_" for each in targets)
    if call.type != "call_expression" or name.startswith(_HARMLESS):
        return
    if all_ignored or _GIVES_ERROR.fullmatch(name):
        message = f"the last result of {' '.join(name.split())[:60]}() is thrown away"
        yield tree.finding(rules.IGNORED_ERROR, node, message)


def _empty_error_branch(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    condition, body = field(node, "condition"), field(node, "consequence")
    if condition is None or body is None or parts(body) or has_comment(body):
        return
    sides = (tree.text(field(condition, "left")), tree.text(field(condition, "operator")))
    if sides[1] == "!=" and sides[0].lower().endswith("err"):
        yield tree.finding(rules.EMPTY_ERROR_BRANCH, node, f"nothing is done about {sides[0]}")


def _defer_in_loop(node: Node, tree: SyntaxTree) -> Iterator[Finding]:
    for each in around(node):
        if each.type in _FUNCTIONS or tree.source.is_test:
            return
        if each.type == "for_statement":
            message = "this runs when the function ends, not at the end of the turn"
            yield tree.finding(rules.DEFER_IN_LOOP, node, message)
            return


CHECKS: Checks = {
    "assignment_statement": (_ignored_result,),
    "short_var_declaration": (_ignored_result,),
    "if_statement": (_empty_error_branch,),
    "defer_statement": (_defer_in_loop,),
}
