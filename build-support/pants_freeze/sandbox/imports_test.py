from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pants_freeze.sandbox import errors, imports
from pants_freeze.sandbox.imports import (
    entry_point_groups,
    external_imports,
    imported_names,
    library_calls,
    module_name,
)


def names(source: str, module: str = "a.b", is_package: bool = False) -> list[str]:
    found = imported_names(source.encode(), module, is_package, "a/b.py")
    return sorted({name for name, _ in found})


def write(root: Path, files: dict[str, str]) -> Path:
    for name, source in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.py", ("a", False)),
        ("a/b.py", ("a.b", False)),
        ("a/__init__.py", ("a", True)),
        ("a/b/__init__.py", ("a.b", True)),
        ("a/__main__.py", ("a.__main__", False)),
        ("__init__.py", ("", True)),
    ],
)
def test_module_name(path: str, expected: tuple[str, bool]) -> None:
    assert module_name(Path(path)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", []),
        ("import x", ["x"]),
        ("import x.y.z", ["x.y.z"]),
        ("import x as y, z.w as v", ["x", "z.w"]),
        ("from x import y", ["x.y"]),
        ("from x.y import z as w, v", ["x.y.v", "x.y.z"]),
        ("from x import *", ["x"]),
        ("from x.y import *", ["x.y"]),
        ("from __future__ import annotations", ["__future__"]),
        ("import importlib\nimportlib.import_module('x.y')", ["importlib", "x.y"]),
        (
            "from importlib import import_module\nimport_module('x')",
            ["importlib.import_module", "x"],
        ),
        ("__import__('x.y')", ["x.y"]),
        ("__import__('x', fromlist=['y'])", ["x"]),
        ("import_module('.x', 'a')", []),
        ("import_module(name)", []),
        ("import_module()", []),
        ("__import__(1)", []),
        ("other('x')\nobject.__import__('x')", []),
        ("try:\n  import x\nexcept ImportError:\n  import y\nelse:\n  import z", ["x", "y", "z"]),
        ("def f():\n  import x\n  def g():\n    from y import z", ["x", "y.z"]),
        ("class C:\n  import x\n  async def f(self): import y", ["x", "y"]),
        ("if False:\n  import x", ["x"]),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  import x",
            ["typing.TYPE_CHECKING", "x"],
        ),
        ("'import x'\n# import y", []),
    ],
)
def test_forms_of_import(source: str, expected: list[str]) -> None:
    assert names(source) == expected


@pytest.mark.parametrize(
    ("source", "module", "is_package", "expected"),
    [
        ("from . import x", "a.b", False, "a.x"),
        ("from . import x", "a.b", True, "a.b.x"),
        ("from .x import y", "a.b", False, "a.x.y"),
        ("from .x import y", "a.b", True, "a.b.x.y"),
        ("from .. import x", "a.b.c", False, "a.x"),
        ("from .. import x", "a.b.c", True, "a.b.x"),
        ("from ..x.y import z", "a.b.c", False, "a.x.y.z"),
        ("from ... import x", "a.b.c.d", False, "a.x"),
        ("from ...x import y", "a.b.c", True, "a.x.y"),
        ("from . import *", "a.b", False, "a"),
        ("from .x import *", "a.b", True, "a.b.x"),
        ("from . import x", "a", True, "a.x"),
        ("from . import x", "a", False, "x"),
    ],
)
def test_relative_imports(source: str, module: str, is_package: bool, expected: str) -> None:
    assert names(source, module, is_package) == [expected]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"a.py": "import a, x"}, ["x"], id="itself"),
        pytest.param({"a.py": "import b", "b.py": "import x"}, ["x"], id="another module"),
        pytest.param(
            {"p/__init__.py": "", "p/a.py": "", "b.py": "import p.a\nfrom p import a, name"},
            [],
            id="a package, its modules and its names",
        ),
        pytest.param(
            {"p/__init__.py": "", "b.py": "import p.not_there\nfrom p.q import *"},
            [],
            id="submodules that are not there",
        ),
        pytest.param(
            {"p/__init__.py": "from . import a\nfrom .a import y", "p/a.py": "from .. import z"},
            ["z"],
            id="relative",
        ),
        pytest.param(
            {"n/own.py": "", "b.py": "from n import own, third\nimport n.other.c"},
            ["n.other.c", "n.third"],
            id="a namespace shared with requirements",
        ),
        pytest.param(
            {"n/p/__init__.py": "", "b.py": "from n.p import x\nimport n.p.y, n.q"},
            ["n.q"],
            id="a package in a namespace",
        ),
        pytest.param({"ab.py": "", "c.py": "import ab, abc, a"}, ["a", "abc"], id="beginnings"),
        pytest.param(
            {"c.py": "__import__('a b')\n__import__('')\n__import__('a/b.py')\n__import__('a.')"},
            [],
            id="arguments that are no module names",
        ),
        pytest.param({"c.py": "import é.ü"}, ["é.ü"], id="non-ASCII"),
        pytest.param({"n/own.py": "", "b.py": "import n, n.own"}, [], id="a namespace of its own"),
    ],
)
def test_external_imports(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert list(external_imports(write(tmp_path, files))) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"# coding: latin-1\nTEXT = '\xe9'\nimport x", ["x"]),
        (b"\n# -*- coding: cp1252 -*-\nTEXT = '\x80'\nimport x", ["x"]),
        (b"\xef\xbb\xbfimport x", ["x"]),
        (b"import x\r\nimport y\r\n", ["x", "y"]),
    ],
)
def test_encodings(tmp_path: Path, source: bytes, expected: list[str]) -> None:
    (tmp_path / "a.py").write_bytes(source)
    assert list(external_imports(tmp_path)) == expected


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(b"import\n", id="syntax"),
        pytest.param(b"TEXT = '\xe9'\n", id="not UTF-8"),
        pytest.param(b"# coding: no-such\n", id="unknown encoding"),
        pytest.param(b"import x\0\n", id="null byte"),
    ],
)
def test_a_source_that_cannot_be_parsed_is_named(tmp_path: Path, source: bytes) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.py").write_bytes(source)
    with pytest.raises(errors.SandboxError, match=r"^p/a\.py cannot be parsed: ."):
        external_imports(tmp_path)


def test_each_import_has_the_first_place_that_imports_it(tmp_path: Path) -> None:
    files = {"p/b.py": "import x\n", "p/a.py": "\n\nimport x\nfrom y import (\n  z,\n)\nimport x\n"}
    assert external_imports(write(tmp_path, files)) == {"x": ("p/a.py", 3), "y.z": ("p/a.py", 4)}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"a.py": "\nimport x, y.z"}, {"x": ("a.py", 2), "y.z": ("a.py", 2)}, id="plain"
        ),
        pytest.param({"a.py": "try:\n  import x\nexcept ImportError:\n  pass"}, {}, id="expected"),
        pytest.param({"a.py": "def f():\n  import x"}, {}, id="in a function"),
        pytest.param({"a.py": "if f():\n  import x\nelse:\n  import y"}, {}, id="a condition"),
        pytest.param({"a.py": "class C:\n  import x"}, {"x": ("a.py", 2)}, id="in a class"),
        pytest.param({"a.py": "with suppress(ImportError):\n  import x"}, {}, id="in a context"),
        pytest.param(
            {"a.py": "import b", "b.py": "import x", "c.py": "import y"},
            {"b": ("a.py", 1), "x": ("b.py", 1)},
            id="of what is imported",
        ),
        pytest.param(
            {
                "a.py": "import p.b",
                "p/__init__.py": "from . import c",
                "p/b.py": "",
                "p/c.py": "import x",
            },
            {"p.b": ("a.py", 1), "p.c": ("p/__init__.py", 1), "x": ("p/c.py", 1)},
            id="of the packages around it",
        ),
        pytest.param(
            {"a.py": "def f():\n  import b", "b.py": "import x"}, {}, id="in a function, then"
        ),
        pytest.param(
            {"a.py": "import a, b", "b.py": "import a"},
            {"a": ("a.py", 1), "b": ("a.py", 1)},
            id="a circle",
        ),
        pytest.param({"b.py": "import x"}, {}, id="no such entry point"),
    ],
)
def test_certain_imports(
    tmp_path: Path, files: dict[str, str], expected: dict[str, tuple[str, int]]
) -> None:
    modules = imports._modules(write(tmp_path, files))
    assert imports.certain_imports(modules, "a") == expected


@pytest.mark.parametrize(
    "source",
    [
        "def main(): pass",
        "async def main(): pass",
        "class main: pass",
        "main = print",
        "for main in f(): pass",
        "with f() as main: pass",
        "from x import main",
        "from x import y as main",
        "import main.x",
        "from x import *",
        "try:\n  from x import main\nexcept ImportError:\n  pass",
        "def __getattr__(name): pass",
        "globals()['main'] = print",
        "def f():\n  global main\n  main = print",
    ],
)
def test_what_may_define_an_entry_point(tmp_path: Path, source: str) -> None:
    modules = imports._modules(write(tmp_path, {"a.py": source}))
    imports.check_entry(modules, [], "a", "main.run")


@pytest.mark.parametrize("source", ["", "def mian(): pass", "main()", "import x.main"])
def test_an_entry_point_that_is_not_there(tmp_path: Path, source: str) -> None:
    modules = imports._modules(write(tmp_path, {"p/a.py": source}))
    imports.check_entry(modules, [], "p.a", "")
    with pytest.raises(errors.MissingModuleError, match=r"^p/a\.py has no 'main'; correct the"):
        imports.check_entry(modules, [], "p.a", "main")


def test_an_entry_point_that_is_no_module_of_the_program(tmp_path: Path) -> None:
    files = {"p/__init__.py": "", "p/a.py": "", "n/b.py": "", "n/m/__main__.py": ""}
    modules = imports._modules(write(tmp_path, files))
    for module in ("", "p", "p.a", "n.b", "n.m", "third", "third.part", "n.third"):
        imports.check_entry(modules, ["third.name", "n.third"], module, "")
    for module in ("p.b", "p.a.b", "other", "thir", "main.txt"):
        with pytest.raises(errors.MissingModuleError, match=f"no first-party module {module}, "):
            imports.check_entry(modules, ["third.name"], module, "")


def test_main_writes_names_with_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"first/a.py": "import z, b\nfrom m import y, x\nimport b", "other.py": "1+"})
    (tmp_path / "plan.json").write_text('{"sources": "first"}')
    imports.main("plan.json")
    assert json.loads((tmp_path / "imports.json").read_bytes())["external"] == {
        "b": ["a.py", 1],
        "m.x": ["a.py", 2],
        "m.y": ["a.py", 2],
        "z": ["a.py", 1],
    }


def test_the_output_depends_on_no_order(tmp_path: Path) -> None:
    used = [f"x{number}" for number in range(50)]
    outputs = set()
    for seed in ("1", "2"):
        root = tmp_path / seed
        lines = sorted(used, key=lambda name: int(name[1:]) * (-1) ** int(seed))
        write(root / "sources", {"a.py": "import " + ", ".join(lines)})
        (root / "plan.json").write_text('{"sources": "sources"}')
        subprocess.run(
            [sys.executable, "-m", "pants_freeze.sandbox.imports", "plan.json"],
            cwd=root,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed},
            check=True,
        )
        outputs.add((root / "imports.json").read_bytes())
    assert [list(json.loads(output)["external"]) for output in outputs] == [sorted(used)]


@pytest.mark.parametrize(
    ("source", "groups"),
    [
        ("entry_points(group='a.b')", ["a.b"]),
        ("for each in pkg_resources.iter_entry_points('a', 'name'): pass", ["a", "name"]),
        ("ExtensionManager(namespace='a.b', invoke_on_load=True)", ["a.b"]),
        ("GROUP = 'a.b'\ndef find(): return entry_points(group=GROUP)", ["a.b"]),
        (
            "class A:\n    group = 'a.b'\n    def f(self): entry_points(group=self.group)",
            ["a.b"],
        ),
        ("entry_points().select(group='a.b')", ["a.b"]),
        ("WORD = 'a.b'\nprint('a.c', WORD)\nentry_points(**{'group': 'd'})", []),
        ("entry_points(group=name + 'x')", []),
    ],
)
def test_groups_of_entry_points_that_are_asked_for(source: str, groups: list[str]) -> None:
    assert entry_point_groups([ast.parse(source)]) == groups


def test_a_name_for_a_group_may_be_of_another_module() -> None:
    trees = map(ast.parse, ["GROUP = 'a.b'", "import names\nentry_points(group=names.GROUP)"])
    assert entry_point_groups(trees) == ["a.b"]


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("ctypes.CDLL('liba.so.1', use_errno=True)", ["CDLL('liba.so.1')"]),
        ("ctypes.cdll.LoadLibrary('a'); PyDLL('b')", ["LoadLibrary('a')", "PyDLL('b')"]),
        ("CDLL(ctypes.util.find_library('a'))", ["find_library('a')"]),
        ("CDLL(None); CDLL('/lib/a'); CDLL('./a'); CDLL(name); CDLL(); print('a')", []),
    ],
)
def test_libraries_that_are_loaded_by_name(source: str, calls: list[str]) -> None:
    assert library_calls([ast.parse(source)]) == calls
