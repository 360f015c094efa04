from __future__ import annotations

import warnings

import pytest

from ai_coder.scanner.imports import Cycle, Dependents, External, ImportGraph, import_graph
from ai_coder.scanner.python_imports import PythonImport, python_imports
from ai_coder.scanner.script_imports import script_imports


def graph_of(files: dict[str, str]) -> ImportGraph:
    return import_graph(
        {name: python_imports(text.encode()) for name, text in files.items() if "py" in name},
        {name: script_imports(text) for name, text in files.items() if "py" not in name},
    )


def edges_of(files: dict[str, str]) -> set[tuple[str, str]]:
    return set(graph_of(files).edges)


def test_python_imports_are_found_wherever_they_are() -> None:
    source = b"import a.b, c\nfrom .. import d\ndef f():\n    from e import g as h\n"
    assert set(python_imports(source)) == {
        PythonImport("a.b"),
        PythonImport("c"),
        PythonImport("", "d", 2),
        PythonImport("e", "g"),
    }


@pytest.mark.parametrize("source", [b"def (:\n", b"x = '\0'", b"(" * 5000, b"\xff = 1"])
def test_what_python_cannot_parse_is_a_syntax_error(source: bytes) -> None:
    with pytest.raises(SyntaxError):
        python_imports(source)


def test_doubtful_escapes_do_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert python_imports(b"x = '\\d'") == ()


def test_source_roots_come_from_packages() -> None:
    assert edges_of(
        {
            "src/python/app/__init__.py": "",
            "src/python/app/main.py": "from app.core import model\nimport app.core.view",
            "src/python/app/core/__init__.py": "",
            "src/python/app/core/model.py": "from app import core",
            "src/python/app/core/view.py": "",
            "tests/main_test.py": "from app.main import run",
        }
    ) == {
        ("src/python/app/main.py", "src/python/app/core/model.py"),
        ("src/python/app/main.py", "src/python/app/core/view.py"),
        ("src/python/app/core/model.py", "src/python/app/core/__init__.py"),
        ("tests/main_test.py", "src/python/app/main.py"),
    }


def test_relative_imports() -> None:
    assert edges_of(
        {
            "p/__init__.py": "from .a import x",
            "p/a.py": "from . import b\nfrom .q.c import y\nfrom ...... import z",
            "p/b.py": "from . import nothing",
            "p/q/__init__.py": "",
            "p/q/c.py": "from .. import a\nfrom ..b import x",
        }
    ) == {
        ("p/__init__.py", "p/a.py"),
        ("p/a.py", "p/b.py"),
        ("p/a.py", "p/q/c.py"),
        ("p/b.py", "p/__init__.py"),
        ("p/q/c.py", "p/a.py"),
        ("p/q/c.py", "p/b.py"),
    }


def test_a_package_without_init_is_told_by_its_imports() -> None:
    files = {
        "lib/space/tool.py": "",
        "lib/space/use.py": "from space.tool import x\nfrom space import tool",
    }
    graph = graph_of(files)
    assert set(graph.edges) == {("lib/space/use.py", "lib/space/tool.py")}
    assert graph.external == ()


def test_a_module_named_like_the_standard_library_is_not_it() -> None:
    graph = graph_of({"scripts/random.py": "", "app/main.py": "import random"})
    assert graph.edges == ()
    assert graph.external == (External("random", "Python", 1, True),)


def test_the_nearest_of_several_modules_of_one_name_is_meant() -> None:
    files = {
        "a/__init__.py": "",
        "one/helper.py": "",
        "two/helper.py": "",
        "two/tests/t.py": "import helper",
    }
    assert edges_of(files) == {("two/tests/t.py", "two/helper.py")}


def test_external_packages_count_modules_not_imports() -> None:
    graph = graph_of(
        {"a.py": "import requests\nfrom requests.x import y\nimport os", "b.py": "import requests"}
    )
    assert graph.external == (
        External("requests", "Python", 2, False),
        External("os", "Python", 1, True),
    )


def test_cycles_are_ordered_and_shortest() -> None:
    graph = graph_of(
        {
            "a.py": "import b",
            "b.py": "import c\nimport d",
            "c.py": "import a",
            "d.py": "import c",
            "e.py": "import f",
            "f.py": "import e",
            "g.py": "import a\nimport g",
        }
    )
    assert graph.cycles == (
        Cycle(("a.py", "b.py", "c.py"), ("a.py", "b.py", "c.py", "d.py")),
        Cycle(("e.py", "f.py"), ("e.py", "f.py")),
    )
    assert graph.modules == 7
    assert ("g.py", "g.py") not in graph.edges
    assert graph.most_depended[:2] == (Dependents("a.py", 2), Dependents("c.py", 2))


def test_script_imports() -> None:
    source = """
    import React, { useState } from 'react';
    import './side';
    import type { T } from "./types";
    export * from '../up'
    const a = require ( "./a" ), b = await import(`./b`);
    // import './comment'
    /* require('./block') */
    const s = "import './text'";
    const u = "http://x"; const c = require('./after-url');
    object.require('./method'); import(`./${name}`); Array.from("x");
    import
      multi
      from
      './multi'
    """
    assert script_imports(source) == (
        "react",
        "./side",
        "./types",
        "../up",
        "./a",
        "./b",
        "./after-url",
        "./multi",
    )


def test_scripts_resolve_as_bundlers_do() -> None:
    graph = graph_of(
        {
            "src/main.ts": "import './a'; import './b.js'; import './c'; import '..'; import './n'",
            "src/a.tsx": "import x from '@scope/pkg/deep'; import 'lodash/fp'; import 'node:fs'",
            "src/b.ts": "import './main?raw'; import 'path'; import 'https://x/y'; import '@/al'",
            "src/c/index.js": "",
            "index.js": "",
        }
    )
    assert set(graph.edges) == {
        ("src/main.ts", "src/a.tsx"),
        ("src/main.ts", "src/b.ts"),
        ("src/main.ts", "src/c/index.js"),
        ("src/main.ts", "index.js"),
        ("src/b.ts", "src/main.ts"),
    }
    assert graph.external == (
        External("@scope/pkg", "JavaScript", 1, False),
        External("fs", "JavaScript", 1, True),
        External("lodash", "JavaScript", 1, False),
        External("path", "JavaScript", 1, True),
    )
