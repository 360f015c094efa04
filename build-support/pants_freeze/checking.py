"""Which modules of a program `freeze-check` imports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pants_freeze.sandbox.environment import FIRST_PARTY
from pants_freeze.sandbox.graph import ImportGraph
from pants_freeze.sandbox.modules import module_of

# Top-level modules that are not imported only to see whether they can be, and why.
NEVER_IMPORTED = {
    "antigravity": "it opens a browser",
    "idlelib": "its modules open windows",
    "test": "its modules are the tests of CPython",
    "this": "it prints a poem",
    "turtledemo": "its modules open windows",
}


def modules_to_import(
    graph: ImportGraph,
    imports: Iterable[str],
    sources: Iterable[str],
    origins: Mapping[str, str],
    started: str,
) -> dict[str, list[str]]:
    """Who modules come from -> their dotted names, sorted: what first-party code could reach.

    *imports* are the external names that it imports; *sources* are its files, below their source
    roots; *origins* are those of the files of the runtime folder. *started* is a module that is
    started and not imported, or empty.
    """
    names = [*imports, *(name for modules in graph.hooks.values() for name in modules)]
    found: dict[str, set[str]] = {FIRST_PARTY: set(map(module_of, sources)) - {"", started}}
    for name in graph.reachable(names):
        origin = origins.get(graph.stored.get(name, ""), "")
        if origin:
            found.setdefault(origin, set()).add(name)
    return {
        origin: sorted(filter(_can_be_imported, modules))
        for origin, modules in sorted(found.items())
        if any(map(_can_be_imported, modules))
    }


def _can_be_imported(name: str) -> bool:
    parts = name.split(".")
    # The module that starts a package starts a program.
    return parts[-1] != "__main__" and parts[0] not in NEVER_IMPORTED
