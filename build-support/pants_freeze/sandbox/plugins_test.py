from __future__ import annotations

from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from types import CodeType

from pants_freeze.sandbox.plugins import Plugins, constants


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


def test_constants() -> None:
    source = "A = 'a'\nclass B:\n    def c(self, d='d'):\n        return d in ('e', {'f'})\n"
    assert {"a", "d", "e"} <= constants(code(source))
    assert "f" in constants(code("def f(x): return x in {'f', 'g'}"))


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
