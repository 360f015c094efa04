"""The graph of which module of a tree imports which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ai_coder.scanner.python_imports import PythonImport, PythonModules
from ai_coder.scanner.python_imports import is_standard as is_python_standard
from ai_coder.scanner.script_imports import (
    ScriptModules,
    is_node,
    is_relative,
    script_package,
)

_MOST_DEPENDED_UPON = 10


@dataclass(frozen=True)
class Cycle:
    """Modules that all import each other, directly or not.

    *path* is a shortest cycle through the first of them: each imports the next, the last the
    first. *modules* are all of them, sorted.
    """

    path: tuple[str, ...]
    modules: tuple[str, ...]


@dataclass(frozen=True)
class Dependents:
    """How many other modules import *module*."""

    module: str
    dependents: int


@dataclass(frozen=True)
class External:
    """A top-level package from outside the tree, and how many modules import it."""

    name: str
    language: str
    modules: int
    standard_library: bool


@dataclass(frozen=True)
class ImportGraph:
    """Modules are files of the tree; *edges* are (importing, imported), sorted."""

    modules: int
    edges: tuple[tuple[str, str], ...]
    cycles: tuple[Cycle, ...]
    most_depended: tuple[Dependents, ...]
    external: tuple[External, ...]


def import_graph(
    python: Mapping[str, Iterable[PythonImport]], scripts: Mapping[str, Iterable[str]]
) -> ImportGraph:
    """The graph of the *python* and *scripts* modules: their imports by file name.

    An import counts wherever it is in a module, so a cycle may be one that a program avoids by
    importing late.
    """
    edges: set[tuple[str, str]] = set()
    external: Counter[tuple[str, str, bool]] = Counter()
    _add_python(python, edges, external)
    _add_scripts(scripts, edges, external)
    graph = _directed({*python, *scripts}, edges)
    ranked = sorted(graph.in_degree(), key=lambda item: (-item[1], item[0]))
    return ImportGraph(
        modules=len(graph),
        edges=tuple(sorted(edges)),
        cycles=_cycles(graph),
        most_depended=tuple(
            Dependents(module, count) for module, count in ranked[:_MOST_DEPENDED_UPON] if count
        ),
        external=tuple(
            External(name, language, count, standard)
            for (name, language, standard), count in sorted(
                external.items(), key=lambda item: (-item[1], item[0])
            )
        ),
    )


def _add_python(
    python: Mapping[str, Iterable[PythonImport]],
    edges: set[tuple[str, str]],
    external: Counter[tuple[str, str, bool]],
) -> None:
    modules = PythonModules(python)
    for file, wanted in python.items():
        packages = set()
        for each in wanted:
            target = modules.resolve(file, each)
            if target is None:
                packages.add(each.package)
            elif target != file:
                edges.add((file, target))
        for package in packages - {""}:
            if not modules.is_internal(file, package):
                external[package, "Python", is_python_standard(package)] += 1


def _add_scripts(
    scripts: Mapping[str, Iterable[str]],
    edges: set[tuple[str, str]],
    external: Counter[tuple[str, str, bool]],
) -> None:
    modules = ScriptModules(scripts)
    for file, specifiers in scripts.items():
        packages = set()
        for specifier in specifiers:
            if is_relative(specifier):
                target = modules.resolve(file, specifier)
                if target is not None and target != file:
                    edges.add((file, target))
            elif (package := script_package(specifier)) is not None:
                packages.add((package, is_node(package) or specifier.startswith("node:")))
        for package, standard in packages:
            external[package, "JavaScript", standard] += 1


def _directed(modules: Iterable[str], edges: Iterable[tuple[str, str]]) -> Any:
    # Imported here, the only place: --help and --version do without it. It has no type hints.
    import networkx

    graph = networkx.DiGraph()
    # Sorted, because networkx walks a graph in the order in which it was built.
    graph.add_nodes_from(sorted(modules))
    graph.add_edges_from(sorted(edges))
    return graph


def _cycles(graph: Any) -> tuple[Cycle, ...]:
    import networkx

    components = networkx.strongly_connected_components(graph)
    cycles = []
    for members in sorted(sorted(component) for component in components if len(component) > 1):
        inside, start = graph.subgraph(members), members[0]
        back = networkx.single_target_shortest_path(inside, start)
        path = min((back[after] for after in inside[start]), key=lambda path: (len(path), path))
        cycles.append(Cycle((start, *path[:-1]), tuple(members)))
    return tuple(cycles)
