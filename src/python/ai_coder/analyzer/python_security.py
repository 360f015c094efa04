"""Checks of what a Python module does with the world: code, commands, secrets, files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ai_coder.analyzer import rules
from ai_coder.analyzer.python_scopes import BUILTINS, Scopes, text_of
from ai_coder.analyzer.python_tree import PythonTree, dotted
from ai_coder.analyzer.results import Finding

_CODE_RUNNERS = {f"{BUILTINS}.eval": "eval", f"{BUILTINS}.exec": "exec"}
_SHELLS = frozenset({"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"})
_PICKLES = frozenset(
    f"{module}.{name}"
    for module in ("pickle", "_pickle", "cPickle", "dill", "cloudpickle")
    for name in ("load", "loads", "Unpickler")
)
_YAML_LOADS = frozenset({"yaml.load", "yaml.load_all"})
_UNSAFE_LOADERS = frozenset({"Loader", "UnsafeLoader", "FullLoader", "CLoader"})

# The last words of a name say what it holds.
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:password|passwd|pwd|passphrase|secret|secret_?key|api_?key|access_?key|"
    r"auth_?token|access_?token|private_?key)$",
    re.IGNORECASE,
)
_SECRET_WORD = re.compile(r"pass|pwd|secret|key|token", re.IGNORECASE)
# What stands for a secret that is elsewhere: a name, a label, a placeholder.
_NO_SECRET = re.compile(
    r"[A-Z]+(?:_[A-Z0-9]+)*|.*[\s<>{}$%*].*|[xX]+|\.+|-+.*|[a-z]+://.*|/.*|none|null|todo|test|unused",
    re.DOTALL,
)

_SQL = re.compile(
    r"\s*(?:SELECT\s.*\sFROM|INSERT\s+INTO|REPLACE\s+INTO|UPDATE\s.*\sSET|DELETE\s+FROM|"
    r"(?:CREATE|DROP|ALTER|TRUNCATE)\s+(?:TABLE|VIEW|INDEX|DATABASE|USER)|WITH\s.*\sAS)\s",
    re.IGNORECASE | re.DOTALL,
)
# What stands for a value in the text around it.
_VALUE = " x "
_EXECUTES = frozenset({"execute", "executemany", "executescript", "read_sql", "read_sql_query"})

_OPENS = frozenset({f"{BUILTINS}.open", "io.open", "codecs.open", "gzip.open", "bz2.open"})
# They read a file to its end, and leave it open.
_READERS = frozenset(
    {
        "json.load",
        "pickle.load",
        "csv.reader",
        "yaml.load",
        "yaml.safe_load",
        "tomllib.load",
        "builtins.list",
        "builtins.sorted",
        "builtins.set",
    }
)


def check_security(scopes: Scopes) -> Iterator[Finding]:
    """All findings about code, commands, secrets and files."""
    for call in scopes.tree.of(ast.Call):
        yield from _dangerous_call(scopes, call)
        yield from _sql(scopes, call)
        if scopes.called(call) in _OPENS:
            yield from _unclosed(scopes, call)
    if not scopes.tree.source.is_test:
        yield from _passwords(scopes.tree)


def _dangerous_call(scopes: Scopes, call: ast.Call) -> Iterator[Finding]:
    tree = scopes.tree
    name = scopes.called(call)
    if name in _CODE_RUNNERS and call.args and not isinstance(call.args[0], ast.Constant):
        yield tree.finding(rules.EVAL, call, f"{_CODE_RUNNERS[name]}() runs what is not known yet")
    elif name in _SHELLS and call.args and not isinstance(call.args[0], ast.Constant):
        yield tree.finding(rules.SHELL, call, f"{name}() runs a command that is put together")
    elif name.startswith("subprocess.") and _is_true(_keyword(call, "shell")):
        yield tree.finding(rules.SHELL, call, f"{name}() with shell=True")
    elif name in _PICKLES:
        yield tree.finding(rules.PICKLE_LOAD, call, f"{name}() can run code from the data")
    elif name in _YAML_LOADS:
        loader = call.args[1] if len(call.args) > 1 else _keyword(call, "Loader")
        known = (dotted(loader) or "").rpartition(".")[2] if loader else "Loader"
        if known in _UNSAFE_LOADERS:
            yield tree.finding(rules.YAML_LOAD, call, f"{name}() without a safe Loader")


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


# ---- secrets


def _passwords(tree: PythonTree) -> Iterator[Finding]:
    for name, value in _named_values(tree):
        text = text_of(value)
        if text and _SECRET_NAME.search(name) and _looks_secret(text):
            yield tree.finding(rules.PASSWORD, value, f"the value of {name} is in the source code")


def _named_values(tree: PythonTree) -> Iterator[tuple[str, ast.expr]]:
    """Each value with a name for it: of a variable, an attribute, a key or an argument."""
    for node in tree.of(ast.Assign):
        yield from ((_target_name(each), node.value) for each in node.targets)
    for declared in tree.of(ast.AnnAssign):
        if declared.value:
            yield _target_name(declared.target), declared.value
    for call in tree.of(ast.Call):
        yield from ((each.arg or "", each.value) for each in call.keywords)
    for mapping in tree.of(ast.Dict):
        for key, value in zip(mapping.keys, mapping.values, strict=True):
            yield text_of(key) or "", value
    for compare in tree.of(ast.Compare):
        if isinstance(compare.ops[0], ast.Eq):
            yield _target_name(compare.left), compare.comparators[0]


def _target_name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return text_of(node.slice) or ""
    return (dotted(node) or "").rpartition(".")[2]


def _looks_secret(text: str) -> bool:
    if len(text) < 4 or _NO_SECRET.fullmatch(text):
        return False
    # "user_password" or "api-key:" is a name for one.
    return not (_SECRET_WORD.search(text) and not any(each.isdigit() for each in text))


# ---- SQL


def _sql(scopes: Scopes, call: ast.Call) -> Iterator[Finding]:
    function = call.func
    if not call.args or not isinstance(function, ast.Attribute) or function.attr not in _EXECUTES:
        return
    statement: ast.expr = call.args[0]
    if isinstance(statement, ast.Name):
        statement = _only_value(scopes, statement) or statement
    text, values = _parts(statement)
    if _SQL.match(text) and any(not _is_harmless(each) for each in values):
        message = "a value is put into the text of an SQL statement"
        yield scopes.tree.finding(rules.SQL_STRING, call.args[0], message)


def _only_value(scopes: Scopes, name: ast.Name) -> ast.expr | None:
    """What the variable *name* is, if it is assigned just once."""
    scope = scopes.scope_of(name)
    bindings = scope.bindings[name.id] if scope else []
    parent = scopes.tree.parents.get(bindings[0].node) if len(bindings) == 1 else None
    return parent.value if isinstance(parent, (ast.Assign, ast.AnnAssign)) else None


def _parts(node: ast.expr) -> tuple[str, list[ast.expr]]:
    """The fixed text of a text that is put together, and the values put into it."""
    texts: list[str] = []
    values: list[ast.expr] = []
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Add):
            waiting += [each.right, each.left]
            continue
        text, given = _part(each)
        texts.append(text)
        values += given
    return "".join(texts), values


def _part(node: ast.expr) -> tuple[str, list[ast.expr]]:
    if isinstance(node, ast.JoinedStr):
        values = [each.value for each in node.values if isinstance(each, ast.FormattedValue)]
        return "".join(text_of(each) or _VALUE for each in node.values), values
    template, values = _template(node)
    if template is not None:
        return template, values
    text = text_of(node)
    return (text, []) if text is not None else (_VALUE, [node])


def _template(node: ast.expr) -> tuple[str | None, list[ast.expr]]:
    """The text and the values of ``text % values`` and ``text.format(values)``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        return text_of(node.left), given
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None, []
    values = [*node.args, *(each.value for each in node.keywords)]
    return (text_of(node.func.value), values) if node.func.attr == "format" else (None, [])


def _is_harmless(value: ast.expr) -> bool:
    """Whether *value* is a number, a constant by its name, or a list of placeholders."""
    name = dotted(value)
    if name:
        return name.rpartition(".")[2].isupper()
    if isinstance(value, ast.Call):
        function = value.func
        if isinstance(function, ast.Name):
            return function.id in ("int", "float", "len")
        # ", ".join("?" for _ in values)
        return (
            isinstance(function, ast.Attribute)
            and function.attr == "join"
            and any((text_of(each) or "").strip("(), ") in ("?", "%s") for each in ast.walk(value))
        )
    return isinstance(value, ast.Constant)


# ---- files


def _unclosed(scopes: Scopes, call: ast.Call) -> Iterator[Finding]:
    tree = scopes.tree
    parent = tree.parents[call]
    if isinstance(parent, ast.Attribute):
        is_lost = isinstance(tree.parents[parent], ast.Call) and parent.attr != "close"
    elif isinstance(parent, (ast.For, ast.comprehension)):
        is_lost = True
    elif isinstance(parent, ast.Call):
        is_lost = scopes.called(parent) in _READERS
    elif isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        is_lost = isinstance(parent.targets[0], ast.Name) and _stays_open(scopes, parent.targets[0])
    else:
        is_lost = False
    if is_lost:
        yield tree.finding(rules.UNCLOSED_FILE, call, "the file is not closed; use `with`")


def _stays_open(scopes: Scopes, variable: ast.Name) -> bool:
    """Whether the file in *variable* is only read and written here, and neither closed nor kept."""
    tree = scopes.tree
    scope = scopes.by_node.get(tree.function_around(variable))
    if scope is None or scope.is_class or variable.id not in scope.bindings:
        return False
    for use, _ in scope.uses.get(variable.id, ()):
        parent = tree.parents.get(use)
        is_method = isinstance(parent, ast.Attribute) and isinstance(tree.parents[parent], ast.Call)
        if (
            isinstance(parent, ast.Attribute)
            and is_method
            and parent.attr not in ("close", "detach")
        ):
            continue
        if isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is use:
            continue
        return False
    return True
