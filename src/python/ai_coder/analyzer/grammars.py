"""What the grammars call things: for each language a table of node types."""

from __future__ import annotations

from dataclasses import dataclass, field


def _types(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Grammar:
    """The types of nodes of one language that mean something to the analysis.

    ``functions``       definitions of functions, which have a name
    ``values``          functions that are values; their name is that of what they are assigned to
    ``classes``         what gives its name to the functions in it
    ``separator``       what stands between the two
    ``no_parameters``   what can be among the parameters of a function and is none
    ``branches``        each is a decision, and so is each of ``cases`` that has a label
    ``logical``         operators that decide whether their right side is evaluated
    ``nesting``         statements that have statements in them
    ``ifs``, ``loops``  statements with a condition
    ``blocks``          sequences of statements
    ``jumps``           after one of them, the rest of a block is not reached
    ``reached``         what can be used all the same when it stands there
    ``catches``, ``finallys``, ``cases``  parts of statements
    ``falls``           whether one case goes on into the next
    """

    functions: frozenset[str]
    branches: frozenset[str]
    nesting: frozenset[str]
    ifs: frozenset[str]
    loops: frozenset[str]
    blocks: frozenset[str]
    jumps: frozenset[str]
    cases: frozenset[str]
    values: frozenset[str] = _NONE
    classes: frozenset[str] = _NONE
    separator: str = "."
    no_parameters: frozenset[str] = _NONE
    logical: frozenset[str] = field(default_factory=lambda: _types("&& ||"))
    reached: frozenset[str] = _NONE
    catches: frozenset[str] = _NONE
    finallys: frozenset[str] = _NONE
    falls: bool = False


_SCRIPT = Grammar(
    functions=_types("function_declaration generator_function_declaration method_definition"),
    values=_types("arrow_function function_expression generator_function"),
    classes=_types("class class_declaration abstract_class_declaration"),
    no_parameters=_types("this"),
    branches=_types(
        "if_statement for_statement for_in_statement while_statement do_statement catch_clause "
        "ternary_expression"
    ),
    logical=_types("&& || ??"),
    nesting=_types(
        "if_statement for_statement for_in_statement while_statement do_statement "
        "switch_statement try_statement with_statement"
    ),
    ifs=_types("if_statement"),
    loops=_types("for_statement for_in_statement while_statement do_statement"),
    blocks=_types("program statement_block switch_case switch_default"),
    jumps=_types("return_statement throw_statement break_statement continue_statement"),
    reached=_types(
        "function_declaration generator_function_declaration function_signature empty_statement "
        "interface_declaration type_alias_declaration ambient_declaration"
    ),
    catches=_types("catch_clause"),
    finallys=_types("finally_clause"),
    cases=_types("switch_case switch_default"),
    falls=True,
)

_C_STATEMENTS = "if_statement for_statement while_statement do_statement"
_C = Grammar(
    functions=_types("function_definition"),
    branches=_types(f"{_C_STATEMENTS} conditional_expression"),
    nesting=_types(f"{_C_STATEMENTS} switch_statement"),
    ifs=_types("if_statement"),
    loops=_types("for_statement while_statement do_statement"),
    blocks=_types("compound_statement case_statement"),
    jumps=_types("return_statement break_statement continue_statement goto_statement"),
    reached=_types(
        "case_statement labeled_statement preproc_if preproc_ifdef preproc_call preproc_def"
    ),
    cases=_types("case_statement"),
    falls=True,
)

GRAMMARS = {
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "java": Grammar(
        functions=_types(
            "method_declaration constructor_declaration compact_constructor_declaration"
        ),
        classes=_types(
            "class_declaration interface_declaration enum_declaration record_declaration "
            "annotation_type_declaration"
        ),
        no_parameters=_types("receiver_parameter"),
        branches=_types(
            "if_statement for_statement enhanced_for_statement while_statement do_statement "
            "catch_clause ternary_expression"
        ),
        nesting=_types(
            "if_statement for_statement enhanced_for_statement while_statement do_statement "
            "switch_expression try_statement try_with_resources_statement synchronized_statement"
        ),
        ifs=_types("if_statement"),
        loops=_types("for_statement enhanced_for_statement while_statement do_statement"),
        blocks=_types("block constructor_body switch_block_statement_group"),
        jumps=_types(
            "return_statement throw_statement break_statement continue_statement yield_statement"
        ),
        reached=_types("labeled_statement"),
        catches=_types("catch_clause"),
        finallys=_types("finally_clause"),
        cases=_types("switch_block_statement_group switch_rule"),
        falls=True,
    ),
    "c": _C,
    "cpp": Grammar(
        functions=_C.functions,
        classes=_types("class_specifier struct_specifier union_specifier"),
        separator="::",
        branches=_C.branches | _types("for_range_loop catch_clause"),
        logical=_types("&& || and or"),
        nesting=_C.nesting | _types("for_range_loop try_statement"),
        ifs=_C.ifs,
        loops=_C.loops | _types("for_range_loop"),
        blocks=_C.blocks,
        jumps=_C.jumps | _types("throw_statement co_return_statement"),
        reached=_C.reached,
        catches=_types("catch_clause"),
        cases=_C.cases,
        falls=True,
    ),
    "csharp": Grammar(
        functions=_types(
            "method_declaration constructor_declaration destructor_declaration "
            "operator_declaration conversion_operator_declaration local_function_statement "
            "accessor_declaration"
        ),
        classes=_types(
            "class_declaration struct_declaration record_declaration interface_declaration "
            "property_declaration event_declaration"
        ),
        no_parameters=_types("attribute_list"),
        branches=_types(
            "if_statement for_statement foreach_statement while_statement do_statement "
            "catch_clause conditional_expression"
        ),
        logical=_types("&& || ??"),
        nesting=_types(
            "if_statement for_statement foreach_statement while_statement do_statement "
            "switch_statement try_statement using_statement lock_statement fixed_statement"
        ),
        ifs=_types("if_statement"),
        loops=_types("for_statement foreach_statement while_statement do_statement"),
        blocks=_types("block switch_section"),
        jumps=_types(
            "return_statement throw_statement break_statement continue_statement goto_statement"
        ),
        reached=_types(
            "local_function_statement labeled_statement empty_statement preproc_if preproc_region "
            "preproc_endregion preproc_pragma"
        ),
        catches=_types("catch_clause"),
        cases=_types("switch_section switch_expression_arm"),
    ),
    "go": Grammar(
        functions=_types("function_declaration method_declaration"),
        branches=_types("if_statement for_statement"),
        nesting=_types(
            "if_statement for_statement expression_switch_statement type_switch_statement "
            "select_statement"
        ),
        ifs=_types("if_statement"),
        loops=_types("for_statement"),
        blocks=_types("statement_list"),
        jumps=_types("return_statement break_statement continue_statement goto_statement"),
        reached=_types("labeled_statement empty_statement"),
        cases=_types("expression_case type_case communication_case"),
    ),
    "rust": Grammar(
        functions=_types("function_item"),
        classes=_types("impl_item trait_item"),
        separator="::",
        no_parameters=_types("self_parameter attribute_item"),
        branches=_types("if_expression while_expression for_expression"),
        nesting=_types(
            "if_expression while_expression for_expression loop_expression match_expression"
        ),
        ifs=_types("if_expression"),
        loops=_types("while_expression for_expression loop_expression"),
        blocks=_types("block"),
        jumps=_types("return_expression break_expression continue_expression"),
        reached=_types(
            "function_item struct_item enum_item impl_item use_declaration const_item static_item "
            "trait_item mod_item macro_definition type_item attribute_item empty_statement"
        ),
        cases=_types("match_arm"),
    ),
}
