"""The scopes of a Python module: where a name is bound, and where it is used."""

from __future__ import annotations

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from ai_coder.analyzer.python_tree import (
    COMPREHENSIONS,
    FUNCTIONS,
    LOOPS,
    PythonTree,
    children,
    dotted,
)

BUILTINS = "builtins"

_WORD = re.compile(r"[^\W\d]\w*")
# A class, or a builtin that takes types.
_TYPE_NAME = re.compile(r"[A-Z]\w*[a-z]\w*|dict|frozenset|list|set|tuple|type")
_TYPE_COMMENT = re.compile(r"#\s*type:(.*)")
# Calls whose text arguments are types.
_TAKES_TYPE = frozenset({"cast", "TypeVar", "NewType", "ForwardRef", "NamedTuple", "TypedDict"})


class Kind(Enum):
    """What binds a name."""

    IMPORT = auto()
    ASSIGNMENT = auto()
    LOOP = auto()
    EXCEPT = auto()
    PARAMETER = auto()
    FUNCTION = auto()
    CLASS = auto()
    DECLARATION = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Binding:
    """One place that binds a name: the *node* there, and for an import what is *imported*."""

    kind: Kind
    node: ast.AST
    imported: str = ""


@dataclass(eq=False)
class Scope:
    """A module, class, function, lambda or comprehension.

    *bindings* and *uses* are by name; a use is the node there and the scope that it is in.
    """

    node: ast.AST
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    uses: dict[str, list[tuple[ast.AST, Scope]]] = field(default_factory=lambda: defaultdict(list))
    elsewhere: dict[str, ast.AST] = field(default_factory=dict)

    @property
    def is_function(self) -> bool:
        """Whether it is that of a function with statements."""
        return isinstance(self.node, FUNCTIONS)

    @property
    def is_class(self) -> bool:
        """Whether it is the body of a class, which functions in it do not see."""
        return isinstance(self.node, ast.ClassDef)

    @property
    def outward(self) -> Iterator[Scope]:
        """This scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


class Scopes:
    """All scopes of a module, the module's first, with every name resolved."""

    def __init__(self, tree: PythonTree) -> None:
        self.tree = tree
        self.module = Scope(tree.module, None)
        self.by_node: dict[ast.AST, Scope] = {tree.module: self.module}
        self.undefined: list[ast.Name] = []
        self.has_star_import = False
        self._found: dict[ast.AST, Scope] = {}
        self._reads: list[tuple[str, ast.AST, Scope]] = []
        self._waiting: list[tuple[ast.AST, Scope]] = []
        self._visit_all()
        for name, node, scope in self._reads:
            self._resolve(name, node, scope)
        if "# type:" in tree.source.text or "#type:" in tree.source.text:
            for match in _TYPE_COMMENT.finditer(tree.source.text):
                self._use_words(match[1], tree.module)

    @property
    def all(self) -> Collection[Scope]:
        """Every scope, the module's first."""
        return self.by_node.values()

    def scope_of(self, name: ast.AST) -> Scope | None:
        """The scope whose variable the `ast.Name` *name* uses, ``None`` for a builtin."""
        return self._found.get(name)

    def called(self, call: ast.Call) -> str:
        """The full name of what is called as the imports tell, as in ``subprocess.run``.

        Builtins start with `BUILTINS`; a name that the module defines is ``""``.
        """
        name = dotted(call.func)
        if name is None:
            return ""
        first = call.func
        while isinstance(first, ast.Attribute):
            first = first.value
        scope = self.scope_of(first)
        start, dot, rest = name.partition(".")
        if scope is None:
            return f"{BUILTINS}.{name}" if hasattr(builtins, start) else ""
        bindings = scope.bindings[start]
        if any(each.kind is not Kind.IMPORT for each in bindings):
            return ""
        return bindings[-1].imported + dot + rest

    def exported(self) -> set[str] | None:
        """The names in ``__all__``, ``None`` if it is made in a way that cannot be followed."""
        names: set[str] = set()
        for node in (*self.tree.of(ast.Assign, ast.AugAssign), *self.tree.of(ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(dotted(each) == "__all__" for each in targets):
                if not isinstance(node.value, (ast.List, ast.Tuple)):
                    return None
                items = [text_of(each) for each in node.value.elts]
                if None in items:
                    return None
                names.update(filter(None, items))
        for call in self.tree.of(ast.Call):
            if isinstance(call.func, ast.Attribute) and dotted(call.func.value) == "__all__":
                strings = (text_of(each) for part in call.args for each in ast.walk(part))
                names.update(filter(None, strings))
        return names

    # ---- gathering

    def _visit_all(self) -> None:
        self._enter(self.module, self.tree.module.body)
        while self._waiting:
            self._visit(*self._waiting.pop())

    def _enter(self, scope: Scope, nodes: list[ast.stmt] | list[ast.expr]) -> None:
        self._waiting.extend((node, scope) for node in reversed(nodes))

    def _new(self, node: ast.AST, parent: Scope) -> Scope:
        scope = Scope(node, parent)
        self.by_node[node] = scope
        return scope

    def _visit(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, ast.Name):
            self._name(node, scope)
        elif isinstance(node, (*FUNCTIONS, ast.Lambda)):
            self._function(node, scope)
        elif isinstance(node, ast.ClassDef):
            self._class(node, scope)
        elif isinstance(node, COMPREHENSIONS):
            self._comprehension(node, scope)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self._import(node, scope)
        else:
            self._declared(node, scope)
            for types in _types_in(node):
                self._read_words(types, scope)
            self._waiting.extend((each, scope) for each in reversed(children(node)))

    def _declared(self, node: ast.AST, scope: Scope) -> None:
        """What *node*, no expression, says of names in words of its own."""
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            scope.elsewhere.update(dict.fromkeys(node.names, node))
        elif isinstance(node, ast.ExceptHandler) and node.name:
            self._bind(node.name, Binding(Kind.EXCEPT, node), scope)
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            self._bind(node.name, Binding(Kind.OTHER, node), scope)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            self._bind(node.rest, Binding(Kind.OTHER, node), scope)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self._reads.append((node.target.id, node.target, scope))

    def _name(self, node: ast.Name, scope: Scope) -> None:
        if not isinstance(node.ctx, ast.Store):
            self._reads.append((node.id, node, scope))
            return
        parent = self.tree.parents[node]
        kind = Kind.OTHER
        if isinstance(parent, ast.Assign):
            kind = Kind.ASSIGNMENT
        elif isinstance(parent, ast.AnnAssign):
            kind = Kind.ASSIGNMENT if parent.value else Kind.DECLARATION
        elif isinstance(parent, ast.NamedExpr):
            # A comprehension gives it to the function around it.
            scope = next(
                each for each in scope.outward if not isinstance(each.node, COMPREHENSIONS)
            )
        elif any(_is_target(node, each) for each in self.tree.ancestors(node)):
            kind = Kind.LOOP
        self._bind(node.id, Binding(kind, node), scope)

    def _bind(self, name: str, binding: Binding, scope: Scope) -> None:
        declared = scope.elsewhere.get(name)
        if isinstance(declared, ast.Nonlocal) and scope.parent:
            # The variable is one of a function around, which may bind it further down only.
            self._reads.append((name, binding.node, scope.parent))
            return
        if isinstance(declared, ast.Global):
            scope = self.module
        scope.bindings[name].append(binding)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        self._bind(node.name, Binding(Kind.CLASS, node), scope)
        outside = [*node.decorator_list, *node.bases, *(each.value for each in node.keywords)]
        self._enter(scope, outside)
        self._enter(self._new(node, scope), node.body)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope
    ) -> None:
        inner = self._new(node, scope)
        parameters = _parameters(node.args)
        for each in parameters:
            inner.bindings[each.arg].append(Binding(Kind.PARAMETER, each))
        defaults = [*node.args.defaults, *(each for each in node.args.kw_defaults if each)]
        self._enter(scope, defaults)
        if isinstance(node, ast.Lambda):
            self._enter(inner, [node.body])
            return
        self._bind(node.name, Binding(Kind.FUNCTION, node), scope)
        self._enter(scope, node.decorator_list)
        for annotation in (*(each.annotation for each in parameters), node.returns):
            if annotation is not None:
                self._read_words(annotation, scope)
                self._waiting.append((annotation, scope))
        self._enter(inner, node.body)

    def _comprehension(self, node: ast.AST, scope: Scope) -> None:
        inner = self._new(node, scope)
        generators: list[ast.comprehension] = getattr(node, "generators", [])
        # The first iterable is looked at before the comprehension has a scope.
        self._waiting.append((generators[0].iter, scope))
        for index, each in enumerate(generators):
            self._enter(inner, [each.target, *each.ifs, *([each.iter] if index else [])])
        results = (getattr(node, name, None) for name in ("elt", "key", "value"))
        self._enter(inner, [each for each in results if each is not None])

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        module = f"{node.module or ''}." if isinstance(node, ast.ImportFrom) else ""
        for each in node.names:
            if each.name == "*":
                self.has_star_import = True
                continue
            if isinstance(node, ast.Import) and not each.asname:
                name = imported = each.name.partition(".")[0]
            else:
                name, imported = each.asname or each.name, module + each.name
            self._bind(name, Binding(Kind.IMPORT, each, imported), scope)

    def _read_words(self, node: ast.AST, scope: Scope) -> None:
        """Take the words of the texts in *node*, a type, for names that are used."""
        for each in ast.walk(node):
            text = text_of(each)
            if text:
                self._reads.extend((word, each, scope) for word in _WORD.findall(text))

    # ---- resolving

    def _resolve(self, name: str, node: ast.AST, scope: Scope) -> None:
        if isinstance(scope.elsewhere.get(name), ast.Global):
            candidates = [self.module]
        else:
            candidates = [each for each in scope.outward if each is scope or not each.is_class]
        for each in candidates:
            if name in each.bindings:
                each.uses[name].append((node, scope))
                self._found.setdefault(node, each)
                # The body of a class sees the name from outside until it has bound its own.
                if not each.is_class:
                    return
        if isinstance(node, ast.Name) and node not in self._found and not hasattr(builtins, name):
            self.undefined.append(node)

    def _use_words(self, text: str, node: ast.AST) -> None:
        words = set(_WORD.findall(text))
        for scope in self.all:
            for name in words.intersection(scope.bindings):
                scope.uses[name].append((node, scope))


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    positional = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return positional + [each for each in (arguments.vararg, arguments.kwarg) if each]


def _is_target(node: ast.AST, loop: ast.AST) -> bool:
    return isinstance(loop, (*LOOPS[:2], ast.comprehension)) and any(
        each is node for each in ast.walk(loop.target)
    )


def _types_in(node: ast.AST) -> Iterator[ast.AST]:
    """The types in *node*, which can be written as text."""
    if isinstance(node, ast.AnnAssign):
        yield node.annotation
        if _last_name(node.annotation) == "TypeAlias" and node.value:
            yield node.value
    elif isinstance(node, ast.Subscript):
        # List["Item"] is a type wherever it stands, items["key"] is none.
        if _TYPE_NAME.fullmatch(_last_name(node.value)):
            yield node.slice
    elif isinstance(node, ast.Call) and _last_name(node.func) in _TAKES_TYPE:
        yield from node.args
        yield from (keyword.value for keyword in node.keywords)


def _last_name(node: ast.expr) -> str:
    return (dotted(node) or "").rpartition(".")[2]


def text_of(node: ast.AST | None) -> str | None:
    """The text that *node* is as a literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None
