"""Named: modules that no import statement leads to, because code has their names as strings.

Who imports a module by a name that is computed has often a table of whole names: "project.kinds.a".
Who looks for plugins names their group of entry points.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import Distribution

# Without one of these nobody can ask for entry points.
_READERS = frozenset({"importlib.metadata", "importlib_metadata", "pkg_resources"})
# What these groups name is for installers.
_SCRIPTS = frozenset({"console_scripts", "gui_scripts"})
# Who uses none of these imports nothing by a string.
_IMPORTERS = frozenset({"import_module", "__import__", "importlib.resources", "resources"})


def _parts(code: CodeType) -> Iterator[CodeType]:
    """*code* and that of the functions and classes in it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _parts(each)


def strings(code: CodeType) -> set[str]:
    """The strings in *code*, and in the functions and classes in it."""
    found: set[str] = set()
    waiting: list[object] = [each for part in _parts(code) for each in part.co_consts]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            found.add(each)
        elif isinstance(each, (tuple, frozenset)):
            waiting += each
    return found


def named_modules(modules: Mapping[str, CodeType], known: Collection[str]) -> set[tuple[str, str]]:
    """Pairs of a module of *modules* and one of *known* that it may import by a string.

    The string is the whole dotted name. One without a dot could be any word.
    """
    return {
        (name, string)
        for name, code in modules.items()
        if any(_IMPORTERS.intersection(part.co_names) for part in _parts(code))
        for string in strings(code)
        if "." in string and string in known and string not in modules
    }


class Plugins:
    """The plugins of *distributions*; the program asks for those of the groups *asked*.

    ``found`` are the modules of each group that is asked for, as far as it is known yet.
    """

    def __init__(self, distributions: Iterable[Distribution], asked: Iterable[str]) -> None:
        self._groups: dict[str, set[str]] = {}
        for distribution in distributions:
            for each in distribution.entry_points:
                if each.group not in _SCRIPTS:
                    module = each.value.partition("[")[0].partition(":")[0].strip()
                    self._groups.setdefault(each.group, set()).add(module)
        self._asked = set(asked)
        self.found: dict[str, list[str]] = {}

    def ask(self, modules: Mapping[str, CodeType]) -> set[str]:
        """The modules of the groups that the program asks for and that are not in ``found`` yet.

        *modules* are the modules of requirements that are known to be frozen, with their code.
        """
        if not modules.keys() & _READERS:
            return set()
        names = self._asked.union(*map(strings, modules.values()))
        new = sorted((names & self._groups.keys()) - self.found.keys())
        self.found.update((group, sorted(self._groups[group])) for group in new)
        return {module for group in new for module in self.found[group]}


@contextlib.contextmanager
def analysed(plugins: Plugins, known: Collection[str]) -> Iterator[None]:
    """Within, PyInstaller takes these modules along, with what they import and what hooks add.

    *known* are the modules of requirements that may be named.
    """
    from PyInstaller.depend.analysis import PyiModuleGraph  # pants: no-infer-dep

    run_hooks = PyiModuleGraph.process_post_graph_hooks
    find_excluded = PyiModuleGraph._find_all_excluded_imports
    seen: set[tuple[str, str]] = set()
    # Module -> what hooks exclude from its imports. PyInstaller forgets that when they have run.
    excluded: dict[str, set[str]] = {}
    have_run = False

    def find_excluded_and_keep(graph: Any, module: str) -> set[str]:
        found: set[str] = find_excluded(graph, module)
        excluded.setdefault(module, set()).update(found)
        while have_run and module:
            found = found | excluded.get(module, set())
            module = module.rpartition(".")[0]
        return found

    def run_hooks_and_ask(graph: Any, analysis: Any) -> None:
        nonlocal have_run
        while True:
            have_run = False
            run_hooks(graph, analysis)
            have_run = True
            modules = graph.get_code_objects()
            named = named_modules(modules, known) - seen
            seen.update(named)
            found = {name for _, name in named} | plugins.ask(modules)
            if not found:
                break
            graph.add_hiddenimports(sorted(found))
            for importer, name in sorted(named):
                imported = graph.find_node(name)
                if imported is not None:
                    graph.add_edge(graph.find_node(importer), imported)

    PyiModuleGraph.process_post_graph_hooks = run_hooks_and_ask
    PyiModuleGraph._find_all_excluded_imports = find_excluded_and_keep
    try:
        yield
    finally:
        PyiModuleGraph.process_post_graph_hooks = run_hooks
        PyiModuleGraph._find_all_excluded_imports = find_excluded
