"""Imports: the first-party code of one component -> what it names of all that is not its own.

Run as ``python -m pants_freeze.sandbox.imports PLAN``; PLAN is a JSON file with the fields of
`Plan`. Writes ``imports.json``, the fields of `Imports`. Runs with the closure's interpreter, so
that it accepts exactly the syntax that will run.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pants_freeze.sandbox import errors

OUTPUT = Path("imports.json")

# Calls whose constant argument is a module name.
_IMPORT_CALLS = ("__import__", "import_module", "importlib.import_module")
# The last names of functions whose first argument names a native library.
_LIBRARY_CALLS = ("CDLL", "PyDLL", "WinDLL", "OleDLL", "LoadLibrary", "find_library")
# The last names of functions that are given a group of entry points, and the keywords for one.
_GROUP_CALLS = ("entry_points", "iter_entry_points", "get_entry_map", "get_entry_info")
_GROUP_KEYWORDS = ("group", "namespace")


@dataclass(frozen=True)
class Plan:
    """What to scan.

    ``sources``         folder with the modules, laid out below their source roots
    ``entry_module``    dotted name of the module that the program starts with, or empty
    ``entry_function``  what of it is called, or empty
    """

    sources: str
    entry_module: str = ""
    entry_function: str = ""


@dataclass(frozen=True)
class Imports:
    """What modules name: dotted names that they import, with the first place of each,
    ["project/graph.py", 7], and more.

    ``external``  what the modules import and is not among them: "networkx.DiGraph"
    ``certain``   what is imported whenever the program starts: neither in a function nor below a
                  condition, nor where a failure may be expected
    ``libraries`` the calls by which they load native libraries, "CDLL('libz.so.1')", sorted
    ``groups``    the groups of entry points that they ask for, "pygments.lexers", sorted
    """

    external: dict[str, tuple[str, int]] = field(default_factory=dict)
    certain: dict[str, tuple[str, int]] = field(default_factory=dict)
    libraries: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Module:
    filename: str
    package: str
    tree: ast.Module

    def names(self, nodes: Iterable[ast.AST]) -> Iterator[tuple[str, int]]:
        """Absolute dotted name and line of each import among *nodes*."""
        for node in nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.name, node.lineno
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    parents = self.package.split(".")
                    kept = parents[: max(0, len(parents) - node.level + 1)]
                    base = ".".join([*kept, base] if base else kept)
                for alias in node.names:
                    # `from __future__` is no import that may stand elsewhere, but imports the
                    # module.
                    whole = alias.name == "*" or base == "__future__"
                    yield base if whole else f"{base}.{alias.name}".lstrip("."), node.lineno
            elif isinstance(node, ast.Call) and node.args:
                argument = _text(node.args[0])
                if (
                    argument
                    and not argument.startswith(".")
                    and _dotted(node.func) in _IMPORT_CALLS
                ):
                    yield argument, node.lineno


def module_name(path: Path) -> tuple[str, bool]:
    """Dotted name of the module at *path* (relative to its source root), and if it is a package."""
    parts = path.with_suffix("").parts
    if parts[-1] == "__init__":
        return ".".join(parts[:-1]), True
    return ".".join(parts), False


def _parse(source: bytes, module: str, is_package: bool, filename: str) -> _Module:
    try:
        tree = ast.parse(source, filename)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        # The last two where it is nested too deeply.
        reason = str(error) or type(error).__name__
        raise errors.SandboxError(f"{filename} cannot be parsed: {reason}; correct it") from None
    return _Module(filename, module if is_package else module.rpartition(".")[0], tree)


def imported_names(
    source: bytes, module: str, is_package: bool, filename: str
) -> Iterator[tuple[str, int]]:
    """Absolute dotted name and line of each import in *source*: modules, and names taken from them.

    ``import a.b`` gives "a.b"; ``from a import b`` gives "a.b", whether b is a module or not;
    ``from a import *`` gives "a". Raises `errors.SandboxError` if the source has a syntax error.
    """
    parsed = _parse(source, module, is_package, filename)
    return parsed.names(ast.walk(parsed.tree))


def _modules(root: Path) -> dict[str, _Module]:
    """The modules below *root* by their dotted names, in the order of their paths."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        name, is_package = module_name(place)
        found[name] = _parse(path.read_bytes(), name, is_package, place.as_posix())
    return found


def _beginnings(name: str) -> list[str]:
    """The packages that the dotted *name* lies in, from the outside, and *name* itself."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _dotted(function: ast.expr) -> str:
    """*function* as its names and dots; empty if it is anything else."""
    names = []
    while isinstance(function, ast.Attribute):
        names.append(function.attr)
        function = function.value
    return ".".join([function.id, *reversed(names)]) if isinstance(function, ast.Name) else ""


def external_imports(root: Path) -> dict[str, tuple[str, int]]:
    """Dotted names that the modules below *root* import and that are not among them, sorted.

    Each with the first path (relative to *root*) and line that imports it.
    """
    return _external(_modules(root))


def _external(modules: dict[str, _Module]) -> dict[str, tuple[str, int]]:
    namespaces = {package for module in modules for package in _beginnings(module)[:-1]}
    places: dict[str, tuple[str, int]] = {}
    for module in modules.values():
        for name, line in module.names(ast.walk(module.tree)):
            place = (module.filename, line)
            places[name] = min(place, places.get(name, place))
    return {
        name: place
        for name, place in sorted(places.items())
        if name not in namespaces
        and not any(each in modules for each in _beginnings(name))
        and all(part.isidentifier() for part in name.split("."))
    }


def _always_run(body: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    """The import statements that run whenever those in *body* do."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        # Not `with`: it may suppress an ImportError.
        elif isinstance(node, ast.ClassDef):
            yield from _always_run(node.body)


def certain_imports(modules: dict[str, _Module], entry: str) -> dict[str, tuple[str, int]]:
    """Dotted names that are imported whenever the module *entry* is, sorted, with their places."""
    places: dict[str, tuple[str, int]] = {}
    seen: set[str] = set()
    waiting = [entry]
    while waiting:
        for name in _beginnings(waiting.pop()):
            if name in seen or name not in modules:
                continue
            seen.add(name)
            module = modules[name]
            for imported, line in module.names(_always_run(module.tree.body)):
                place = (module.filename, line)
                places[imported] = min(place, places.get(imported, place))
                waiting.append(imported)
    return dict(sorted(places.items()))


def library_calls(trees: Iterable[ast.Module]) -> list[str]:
    """The calls in the modules *trees* that load a native library by its name, sorted.

    Each is the last name of the function and the name: "CDLL('libz.so.1')". A path names a file of
    one machine, and is not among them.
    """
    found = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Call) and node.args:
            function, library = _dotted(node.func).rpartition(".")[2], _text(node.args[0])
            if function in _LIBRARY_CALLS and library and not set(library) & {"/", "\\"}:
                found.add(f"{function}({library!r})")
    return sorted(found)


def entry_point_groups(trees: Iterable[ast.Module]) -> list[str]:
    """What the modules *trees* give to functions as groups of entry points, sorted.

    As a constant, or as a name for one.
    """
    named: dict[str, set[str]] = {}
    asked: list[ast.expr] = []
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Assign) and _text(node.value):
            for target in node.targets:
                named.setdefault(_dotted(target).rpartition(".")[2], set()).add(_text(node.value))
        elif isinstance(node, ast.Call):
            if _dotted(node.func).rpartition(".")[2] in _GROUP_CALLS:
                asked += node.args
            asked += (each.value for each in node.keywords if each.arg in _GROUP_KEYWORDS)
    found = {_text(each) for each in asked}
    for each in asked:
        found |= named.get(_dotted(each).rpartition(".")[2], set())
    return sorted(found - {""})


def _text(node: ast.expr) -> str:
    """The string that *node* is; empty if it is anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def defines(tree: ast.Module, name: str) -> bool:
    """Whether the module *tree* may have an attribute *name*; what cannot be seen, it may."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound = node.name
        elif isinstance(node, ast.alias):
            bound = node.asname or node.name.partition(".")[0]
        elif isinstance(node, ast.Name):
            # Who calls `globals` may define anything.
            bound = node.id if isinstance(node.ctx, ast.Store) or node.id == "globals" else ""
        else:
            continue
        if bound in (name, "*", "__getattr__", "globals"):
            return True
    return False


def check_entry(
    modules: dict[str, _Module], external: Iterable[str], module: str, function: str
) -> None:
    """Raise `errors.MissingModuleError` if the program has no such entry point.

    It is first-party code, or of something that first-party code imports: what else is in the
    closure, the freezer would not look at.
    """
    top = module.partition(".")[0]
    is_known = module in modules or f"{module}.__main__" in modules
    in_package = any(each in modules for each in _beginnings(module))
    imported = top in {name.partition(".")[0] for name in external}
    if module and not is_known and (in_package or not imported):
        raise errors.MissingModuleError(
            f"there is no first-party module {module}, nor is it imported; correct the "
            "`entry_point` of the `pex_binary`, or add the module to its `dependencies`"
        )
    name = function.partition(".")[0]
    if name and module in modules and not defines(modules[module].tree, name):
        raise errors.MissingModuleError(
            f"{modules[module].filename} has no {name!r}; correct the `entry_point` of the "
            "`pex_binary`"
        )


def main(plan_path: str) -> None:
    """Scan the sources that the JSON file *plan_path* names and write ``imports.json``."""
    plan = Plan(**json.loads(Path(plan_path).read_bytes()))
    modules = _modules(Path(plan.sources))
    external = _external(modules)
    check_entry(modules, external, plan.entry_module, plan.entry_function)
    trees = [module.tree for module in modules.values()]
    found = Imports(
        external,
        certain_imports(modules, plan.entry_module),
        library_calls(trees),
        entry_point_groups(trees),
    )
    OUTPUT.write_text(json.dumps(asdict(found)), encoding="utf-8")


if __name__ == "__main__":
    errors.run(main, sys.argv)
