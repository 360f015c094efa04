"""Plugins: what entry points of distributions name, where the program asks for it.

No import leads to a plugin. Who looks for plugins names their group, so what counts is whether the
code of the program, or of a requirement of it that is frozen anyway, has the name of a group.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import Distribution

# Without one of these nobody can ask.
_READERS = frozenset({"importlib.metadata", "importlib_metadata", "pkg_resources"})
# What these groups name is for installers.
_SCRIPTS = frozenset({"console_scripts", "gui_scripts"})


def constants(code: CodeType) -> set[str]:
    """The strings in *code*, and in the functions and classes in it."""
    found: set[str] = set()
    waiting: list[object] = [code]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            found.add(each)
        elif isinstance(each, CodeType):
            waiting += each.co_consts
        elif isinstance(each, (tuple, frozenset)):
            waiting += each
    return found


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
        names = self._asked.union(*map(constants, modules.values()))
        new = sorted((names & self._groups.keys()) - self.found.keys())
        self.found.update((group, sorted(self._groups[group])) for group in new)
        return {module for group in new for module in self.found[group]}

    @contextlib.contextmanager
    def analysed(self) -> Iterator[None]:
        """Within, PyInstaller takes them along, with what they import and what hooks add."""
        from PyInstaller.depend.analysis import PyiModuleGraph  # pants: no-infer-dep

        run_hooks = PyiModuleGraph.process_post_graph_hooks

        def run_hooks_and_ask(graph: Any, analysis: Any) -> None:
            run_hooks(graph, analysis)
            modules = self.ask(graph.get_code_objects())
            while modules:
                graph.add_hiddenimports(sorted(modules))
                run_hooks(graph, analysis)
                modules = self.ask(graph.get_code_objects())

        PyiModuleGraph.process_post_graph_hooks = run_hooks_and_ask
        try:
            yield
        finally:
            PyiModuleGraph.process_post_graph_hooks = run_hooks
