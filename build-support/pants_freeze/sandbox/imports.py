"""Imports: the first-party code of one component -> the external modules that it imports.

Run as ``python -m pants_freeze.sandbox.imports PLAN``; PLAN is a JSON file ``{"sources": FOLDER}``
with the modules laid out below their source roots. Writes ``imports.json``: each dotted name with
the first place that imports it, ``{"networkx.DiGraph": ["project/graph.py", 7]}``. Runs with the
closure's interpreter, so that it accepts exactly the syntax that will run.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pants_freeze.sandbox import errors

OUTPUT = Path("imports.json")

# Calls whose constant argument is a module name.
_IMPORT_CALLS = ("__import__", "import_module", "importlib.import_module")


def module_name(path: Path) -> tuple[str, bool]:
    """Dotted name of the module at *path* (relative to its source root), and if it is a package."""
    parts = path.with_suffix("").parts
    if parts[-1] == "__init__":
        return ".".join(parts[:-1]), True
    return ".".join(parts), False


def imported_names(
    source: bytes, module: str, is_package: bool, filename: str
) -> Iterator[tuple[str, int]]:
    """Absolute dotted name and line of each import in *source*: modules, and names taken from them.

    ``import a.b`` gives "a.b"; ``from a import b`` gives "a.b", whether b is a module or not;
    ``from a import *`` gives "a". Raises `errors.SandboxError` if the source has a syntax error.
    """
    try:
        tree = ast.parse(source, filename)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        # The last two where it is nested too deeply.
        reason = str(error) or type(error).__name__
        raise errors.SandboxError(f"{filename} cannot be parsed: {reason}") from None
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                kept = parents[: max(0, len(parents) - node.level + 1)]
                base = ".".join([*kept, base] if base else kept)
            for alias in node.names:
                # `from __future__` is no import that may stand elsewhere, but imports the module.
                whole = alias.name == "*" or base == "__future__"
                yield base if whole else f"{base}.{alias.name}".lstrip("."), node.lineno
        elif isinstance(node, ast.Call) and node.args:
            argument = node.args[0]
            if (
                isinstance(argument, ast.Constant)
                and isinstance(argument.value, str)
                and not argument.value.startswith(".")
                and _dotted(node.func) in _IMPORT_CALLS
            ):
                yield argument.value, node.lineno


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
    first_party: set[str] = set()
    namespaces: set[str] = set()
    places: dict[str, tuple[str, int]] = {}
    for path in sorted(root.rglob("*.py")):
        module, is_package = module_name(path.relative_to(root))
        first_party.add(module)
        namespaces.update(module.rsplit(".", depth)[0] for depth in range(1, module.count(".") + 1))
        filename = path.relative_to(root).as_posix()
        for name, line in imported_names(path.read_bytes(), module, is_package, filename):
            place = (filename, line)
            places[name] = min(place, places.get(name, place))

    def is_first_party(name: str) -> bool:
        parts = name.split(".")
        return any(".".join(parts[:end]) in first_party for end in range(1, len(parts) + 1))

    return {
        name: place
        for name, place in sorted(places.items())
        if name not in namespaces
        and not is_first_party(name)
        and all(part.isidentifier() for part in name.split("."))
    }


def main(plan_path: str) -> None:
    """Scan the sources that the JSON file *plan_path* names and write ``imports.json``."""
    plan = json.loads(Path(plan_path).read_bytes())
    OUTPUT.write_text(json.dumps(external_imports(Path(plan["sources"]))), encoding="utf-8")


if __name__ == "__main__":
    errors.run(main, sys.argv)
