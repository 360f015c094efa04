"""Checks of what a Python module does with names."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from pathlib import PurePath

from ai_coder.analyzer import rules
from ai_coder.analyzer.python_scopes import Kind, Scope, Scopes
from ai_coder.analyzer.python_tree import (
    COMPREHENSIONS,
    FUNCTIONS,
    PythonTree,
    blocks,
    dotted,
    within,
)
from ai_coder.analyzer.results import Finding

# With these, names are used that are written nowhere.
_LOOKS_AROUND = frozenset({"dir", "eval", "exec", "globals", "locals", "vars"})
_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
# Importing it is all it takes.
_IMPORTED_FOR_EFFECT = frozenset({"readline"})

# Names that are there without a definition: those of modules and class bodies, and those that
# other interpreters, platforms and programs put there.
_GIVEN = frozenset(
    {
        "__annotations__",
        "__builtins__",
        "__cached__",
        "__class__",
        "__file__",
        "__module__",
        "__path__",
        "__qualname__",
        "WindowsError",
        "PythonFinalizationError",
        "_",
        "get_ipython",
        "reveal_type",
        "basestring",
        "buffer",
        "cmp",
        "execfile",
        "file",
        "intern",
        "long",
        "raw_input",
        "reduce",
        "reload",
        "unichr",
        "unicode",
        "xrange",
    }
)
# The interactive interpreter has these for people, programs do not rely on them.
_FOR_PEOPLE = frozenset({"copyright", "credits", "exit", "help", "license", "quit"})

# Methods and decorators that put names into a module.
_MAKES_NAMES = frozenset({"_convert_", "global_enum"})

# Such a name says that the variable is not needed.
_NOT_NEEDED = ("_", "dummy", "ignored", "unused")

# Methods that keep what they are given.
_KEEPING = frozenset({"add", "append", "appendleft", "connect", "insert", "register", "subscribe"})


def check_names(scopes: Scopes) -> Iterator[Finding]:
    """All findings about names."""
    yield from _unused_imports(scopes)
    yield from _unused_variables(scopes)
    yield from _undefined(scopes)
    yield from _shadowed_builtins(scopes)
    yield from _redefined(scopes)
    yield from _late_binding(scopes)
    yield from _missing_await(scopes)


def _unused_imports(scopes: Scopes) -> Iterator[Finding]:
    tree = scopes.tree
    only_imports = all(map(_only_imports, tree.module.body))
    for name, alias in _unused_aliases(scopes):
        statement = tree.parents[alias]
        if only_imports and isinstance(statement, ast.ImportFrom):
            continue
        lines = (tree.region(alias).line, tree.region(statement).line)
        if not _is_for_others(tree, alias, name) and not tree.is_silenced(
            rules.UNUSED_IMPORT, lines
        ):
            message = f"{name} is imported but never used"
            yield tree.finding(rules.UNUSED_IMPORT, alias, message)


def _unused_aliases(scopes: Scopes) -> Iterator[tuple[str, ast.alias]]:
    """What is imported to a name that the module neither uses nor exports."""
    tree = scopes.tree
    exported = scopes.exported()
    hands_on = (
        exported is None
        or tree.module in _looking_around(tree)
        or PurePath(tree.source.name).name.startswith("__init__.")
    )
    # A test uses a fixture by naming a parameter after it.
    used = {each.arg for each in tree.of(ast.arg)} | (exported or set())
    for scope in scopes.all:
        if scope.is_class or (scope is scopes.module and hands_on):
            continue
        for name in scope.bindings.keys() - scope.uses.keys() - used:
            first, *others = scope.bindings[name]
            # What is imported in one of several ways is often there for others.
            if isinstance(first.node, ast.alias) and not others:
                yield name, first.node


def _only_imports(statement: ast.stmt) -> bool:
    """Whether *statement* has a place in a module that only hands on what it imports."""
    if isinstance(statement, (ast.If, ast.Try)):
        return all(_only_imports(each) for block in blocks(statement) for each in block)
    return isinstance(statement, (ast.Import, ast.ImportFrom)) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _is_for_others(tree: PythonTree, alias: ast.alias, name: str) -> bool:
    """Whether an import is not there for its name: it tries, has effects, or hands the name on."""
    statement = tree.parents[alias]
    if isinstance(statement, ast.ImportFrom):
        # A module is often the public face of one whose name starts with _.
        module = (statement.module or "").rpartition(".")[2]
        if module.startswith("_"):
            return True
    if alias.asname == alias.name or name in _IMPORTED_FOR_EFFECT or name.startswith("__"):
        return True
    return any(
        isinstance(around, ast.Try) and any(map(_catches_import_errors, around.handlers))
        for around in tree.ancestors(statement)
    )


def _catches_import_errors(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(dotted(each) in _IMPORT_ERRORS for each in types)


def _unused_variables(scopes: Scopes) -> Iterator[Finding]:
    tree = scopes.tree
    looking_around = _looking_around(tree)
    for scope in scopes.all:
        if not scope.is_function or scope.node in looking_around:
            continue
        for name, bindings in scope.bindings.items():
            if name in scope.uses or name.startswith(_NOT_NEEDED):
                continue
            if all(each.kind in (Kind.ASSIGNMENT, Kind.EXCEPT) for each in bindings):
                message = f"{name} is assigned but never used"
                yield tree.finding(rules.UNUSED_VARIABLE, bindings[0].node, message)


def _looking_around(tree: PythonTree) -> set[ast.AST]:
    """The functions, classes and the module in which names may be used by their text."""
    calls = (
        call
        for call in tree.of(ast.Call)
        if isinstance(call.func, ast.Name)
        and call.func.id in _LOOKS_AROUND
        # With a namespace or an object of their own, they do not look around.
        and len(call.args) <= (call.func.id in ("eval", "exec"))
    )
    return {around for call in calls for around in tree.ancestors(call)}


def _undefined(scopes: Scopes) -> Iterator[Finding]:
    tree = scopes.tree
    if scopes.has_star_import or tree.module in _looking_around(tree):
        return
    # These put the members of an enumeration into the module.
    if any(
        isinstance(each, ast.Attribute) and each.attr in _MAKES_NAMES
        for each in tree.of(ast.Attribute)
    ):
        return
    declared = {name for scope in scopes.all for name in scope.elsewhere}
    # The first place of a name is enough.
    first = {node.id: node for node in reversed(scopes.undefined)}
    for node in first.values():
        if node.id in _GIVEN or node.id in declared or _expects_name_error(tree, node):
            continue
        yield tree.finding(rules.UNDEFINED_NAME, node, f"{node.id} is not defined")


def _expects_name_error(tree: PythonTree, node: ast.AST) -> bool:
    return any(
        isinstance(around, ast.Try)
        and any(
            handler.type is None or "NameError" in ast.unparse(handler.type)
            for handler in around.handlers
        )
        for around in tree.ancestors(node)
    )


def _shadowed_builtins(scopes: Scopes) -> Iterator[Finding]:
    exported = scopes.exported() or ()
    for scope in scopes.all:
        if scope is not scopes.module and not scope.is_function:
            continue
        for name, bindings in scope.bindings.items():
            if name.startswith("_") or name in _FOR_PEOPLE or not hasattr(builtins, name):
                continue
            first = next((each for each in bindings if each.kind in _VARIABLES), None)
            exports = scope is scopes.module and name in exported
            if first and not exports and not _expects_name_error(scopes.tree, first.node):
                message = f"{name} hides the builtin of that name"
                yield scopes.tree.finding(rules.SHADOWED_BUILTIN, first.node, message)


_VARIABLES = frozenset({Kind.ASSIGNMENT, Kind.LOOP, Kind.EXCEPT, Kind.OTHER})


def _redefined(scopes: Scopes) -> Iterator[Finding]:
    tree = scopes.tree
    reads: dict[str, list[int]] = {}
    for name in tree.of(ast.Name):
        if not isinstance(name.ctx, ast.Store):
            reads.setdefault(name.id, []).append(name.lineno)
    for around in tree.of(ast.Module, ast.ClassDef, *FUNCTIONS, ast.If, ast.With):
        for block in blocks(around):
            last: dict[str, ast.stmt] = {}
            for node in block:
                if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                    continue
                before = last.get(node.name)
                last[node.name] = node
                if before is None or node.name == "_" or _is_decorated(before, node):
                    continue
                # A default or a decorator of the second one may use the first.
                if not any(
                    before.lineno < line <= node.body[0].lineno for line in reads.get(node.name, ())
                ):
                    message = (
                        f"{node.name} is defined again; the one of line {before.lineno} is lost"
                    )
                    yield tree.finding(rules.REDEFINED, node, message)


def _is_decorated(*nodes: ast.stmt) -> bool:
    return any(getattr(node, "decorator_list", None) for node in nodes)


_LOOPS = (ast.For, ast.AsyncFor, *COMPREHENSIONS)


def _late_binding(scopes: Scopes) -> Iterator[Finding]:
    tree = scopes.tree
    for scope in scopes.all:
        if not isinstance(scope.node, (*FUNCTIONS, ast.Lambda)):
            continue
        if not any(isinstance(each, _LOOPS) for each in tree.ancestors(scope.node)):
            continue
        if not _is_kept(tree, scope.node):
            continue
        for name, binder in sorted(_free_names(scopes, scope).items()):
            loops = [
                each
                for each in tree.ancestors(scope.node)
                if isinstance(each, _LOOPS)
                and name in _targets(each)
                and (each is binder.node or _is_directly_in(tree, each, binder.node))
            ]
            if loops:
                message = f"the function sees the last {name} of the loop; bind it as {name}={name}"
                yield tree.finding(rules.LATE_BINDING, scope.node, message)


def _free_names(scopes: Scopes, function: Scope) -> dict[str, Scope]:
    """The names that *function* uses of the scopes around it, and whose they are."""
    found: dict[str, Scope] = {}
    for around in function.outward:
        if around is function:
            continue
        for name, uses in around.uses.items():
            if any(function in used.outward and node is not used.node for node, used in uses):
                found.setdefault(name, around)
    return found


def _targets(loop: ast.AST) -> set[str]:
    targets = (
        [each.target for each in loop.generators]
        if isinstance(loop, COMPREHENSIONS)
        else [loop.target]
        if isinstance(loop, (ast.For, ast.AsyncFor))
        else []
    )
    return {each.id for part in targets for each in ast.walk(part) if isinstance(each, ast.Name)}


def _is_directly_in(tree: PythonTree, loop: ast.AST, scope: ast.AST) -> bool:
    return tree.function_around(loop) is scope


def _is_kept(tree: PythonTree, function: ast.AST) -> bool:
    """Whether *function*, in a loop, is put somewhere that outlives the turn of the loop."""
    if isinstance(function, ast.Lambda):
        return _is_kept_value(tree, function)
    if not isinstance(function, FUNCTIONS):
        return False
    return any(
        isinstance(name, ast.Name) and name.id == function.name and _is_kept_value(tree, name)
        for block in blocks(tree.parents[function])
        for name in within(*block)
    )


def _is_kept_value(tree: PythonTree, value: ast.AST) -> bool:
    parent = tree.parents[value]
    if isinstance(parent, ast.Call):
        method = parent.func
        return (
            any(each is value for each in parent.args)
            and isinstance(method, ast.Attribute)
            and method.attr in _KEEPING
        )
    if isinstance(parent, ast.Assign):
        return parent.value is value and any(
            isinstance(each, (ast.Subscript, ast.Attribute)) for each in parent.targets
        )
    if isinstance(parent, (ast.ListComp, ast.SetComp)):
        return parent.elt is value
    return isinstance(parent, ast.DictComp) and parent.value is value


def _missing_await(scopes: Scopes) -> Iterator[Finding]:
    tree = scopes.tree
    for statement in tree.of(ast.Expr):
        call = statement.value
        if isinstance(call, ast.Call) and _is_coroutine(scopes, call):
            name = dotted(call.func)
            yield tree.finding(rules.MISSING_AWAIT, statement, f"{name}() is never awaited")


def _is_coroutine(scopes: Scopes, call: ast.Call) -> bool:
    """Whether *call* is of one `async def` of this module, of a name or of ``self``."""
    function = call.func
    if isinstance(function, ast.Name):
        scope = scopes.scope_of(function)
        bindings = scope.bindings[function.id] if scope else []
    elif isinstance(function, ast.Attribute) and dotted(function.value) == "self":
        classes = (each for each in scopes.tree.ancestors(call) if isinstance(each, ast.ClassDef))
        class_around = next(classes, None)
        scope = scopes.by_node.get(class_around) if class_around else None
        bindings = scope.bindings.get(function.attr, []) if scope else []
    else:
        return False
    return len(bindings) == 1 and _is_plain_coroutine(bindings[0].node)


def _is_plain_coroutine(node: ast.AST) -> bool:
    # A decorator can make anything of it, and with `yield` it is a generator.
    return (
        isinstance(node, ast.AsyncFunctionDef)
        and not node.decorator_list
        and not any(isinstance(each, ast.Yield) for each in within(*node.body))
    )
