from __future__ import annotations

from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from types import CodeType

from pants_freeze.sandbox.named import Plugins, named_modules, strings


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
