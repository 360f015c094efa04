from __future__ import annotations

import sys
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from pants_freeze.sandbox.named import Plugins, analysed, named_modules, strings


def code(source: str) -> CodeType:
    return compile(source, "module.py", "exec")


def distribution(root: Path, entry_points: str) -> Distribution:
    folder = root / "plugin-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: plugin\nVersion: 1\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text(entry_points, encoding="utf-8")
    return PathDistribution(folder)


POINTS = """
[a.b]
one = plugin.one:Class
two = plugin.two [extra]

[c]
three = plugin.three:function.attribute

[console_scripts]
run = plugin.main:main
"""
READER = {"importlib.metadata": code("")}


def test_strings() -> None:
    source = "A = 'a'\nclass B:\n    def c(self, d='d'):\n        return d in ('e', {'f'})\n"
    assert {"a", "d", "e"} <= strings(code(source))
    assert "f" in strings(code("def f(x): return x in {'f', 'g'}"))


def test_a_group_that_first_party_code_asks_for(tmp_path: Path) -> None:
    plugins = Plugins([distribution(tmp_path, POINTS)], ["a.b", "other"])
    assert plugins.ask(READER) == {"plugin.one", "plugin.two"}
    assert plugins.found == {"a.b": ["plugin.one", "plugin.two"]}
    assert plugins.ask(READER) == set()


def test_a_group_that_a_requirement_asks_for(tmp_path: Path) -> None:
    plugins = Plugins([distribution(tmp_path, POINTS)], [])
    assert plugins.ask(READER) == set()
    asking = code("def load():\n    return entry_points(group='c')\n")
    assert plugins.ask({**READER, "library": asking}) == {"plugin.three"}


def test_scripts_are_no_plugins(tmp_path: Path) -> None:
    plugins = Plugins([distribution(tmp_path, POINTS)], ["console_scripts"])
    assert plugins.ask(READER) == set()


def test_who_reads_no_metadata_asks_for_nothing(tmp_path: Path) -> None:
    plugins = Plugins([distribution(tmp_path, POINTS)], ["a.b"])
    assert plugins.ask({"json": code("")}) == set()


IMPORTER = "import importlib\ndef load(name): return importlib.import_module(TABLE[name])\n"


def test_a_module_that_is_named_in_a_table() -> None:
    code_of_library = code(IMPORTER + "TABLE = {'a': 'b.kinds.a', 'c': 'b.kinds.c', 'd': 'd'}")
    modules = {"b.load": code_of_library, "b.kinds.c": code("")}
    known = {"b.load", "b.kinds.a", "b.kinds.c", "b.kinds.e", "d"}
    assert named_modules(modules, known) == {("b.load", "b.kinds.a")}


def test_who_only_has_a_name_imports_nothing() -> None:
    assert named_modules({"b": code("TABLE = {'a': 'b.kinds.a'}")}, {"b.kinds.a"}) == set()


def test_a_package_whose_data_are_read() -> None:
    reader = (
        "def read(key):\n    from importlib import resources\n    return resources.files('b.data')"
    )
    assert named_modules({"b": code(reader)}, {"b.data"}) == {("b", "b.data")}


class _Graph:
    """Of PyInstaller's graph what `analysed` uses: ``IMPORTS`` are module -> what it imports.

    The hook of ``pictures`` excludes ``gui``.
    """

    IMPORTS = {"pictures.window": ["gui"]}

    def __init__(self) -> None:
        self.hooks = {"pictures": {"gui"}}
        self.found = {"pictures": code("import_module({'a': 'pictures.window'}[name])")}

    def _find_all_excluded_imports(self, module: str) -> set[str]:
        return self.hooks.get(module.partition(".")[0], set())

    def process_post_graph_hooks(self, _: object) -> None:
        self.hooks.clear()

    def get_code_objects(self) -> dict[str, CodeType]:
        return dict(self.found)

    def add_hiddenimports(self, modules: list[str]) -> None:
        for module in modules:
            self.found[module] = code("")
            excluded = self._find_all_excluded_imports(module)
            self.found.update((each, code("")) for each in set(self.IMPORTS[module]) - excluded)

    def find_node(self, _: str) -> None:
        return None


def test_what_a_hook_excludes_is_excluded_from_named_modules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand_in: Any = ModuleType("PyInstaller.depend.analysis")
    stand_in.PyiModuleGraph = _Graph
    monkeypatch.setitem(sys.modules, stand_in.__name__, stand_in)
    graph = _Graph()
    before = dict(vars(_Graph))
    with analysed(Plugins([], []), {"pictures.window"}):
        # As PyInstaller does for each module that it finds.
        graph._find_all_excluded_imports("pictures")
        graph.process_post_graph_hooks(None)
    assert sorted(graph.found) == ["pictures", "pictures.window"]
    assert dict(vars(_Graph)) == before
