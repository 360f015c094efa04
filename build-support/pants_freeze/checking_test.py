from __future__ import annotations

from pants_freeze.checking import modules_to_import
from pants_freeze.sandbox.graph import ImportGraph

GRAPH = ImportGraph(
    imports={
        "lib": ["lib.core", "this"],
        "lib.core": ["json"],
        "lib.never": ["other"],
        "other": [],
        "hidden": ["hidden.__main__"],
    },
    stored={
        "lib": "lib/__init__.pyc",
        "lib.core": "lib/core.pyc",
        "lib.never": "lib/never.pyc",
        "other": "other.pyc",
        "json": "json/__init__.pyc",
        "this": "this.pyc",
        "hidden": "hidden/__init__.pyc",
        "hidden.__main__": "hidden/__main__.pyc",
    },
    brings={},
    needs={},
    hooks={"the field `hidden_imports`": ["hidden"]},
)
ORIGINS = {
    **dict.fromkeys(("json/__init__.pyc", "this.pyc"), "CPython 3.11.7"),
    **dict.fromkeys(("hidden/__init__.pyc", "hidden/__main__.pyc"), "hidden==2"),
    **dict.fromkeys(("lib/__init__.pyc", "lib/core.pyc", "lib/never.pyc", "other.pyc"), "lib==1"),
}


def test_what_first_party_code_could_reach() -> None:
    """Names that are no modules of the layer are those of what a module has."""
    sources = ["app/main.py", "app/__init__.py", "app/__main__.py", "app/data.txt", "a-b.py"]
    assert modules_to_import(GRAPH, ["lib.core.name", "sys"], sources, ORIGINS, "") == {
        "CPython 3.11.7": ["json"],
        "first-party code": ["app", "app.main"],
        "hidden==2": ["hidden"],
        "lib==1": ["lib", "lib.core"],
    }


def test_a_module_that_is_started_is_not_imported() -> None:
    assert modules_to_import(GRAPH, [], ["app.py", "b.py"], ORIGINS, "app") == {
        "first-party code": ["b"],
        "hidden==2": ["hidden"],
    }
    found = modules_to_import(GRAPH, [], ["app.py"], ORIGINS, "app")
    assert found == {"hidden==2": ["hidden"]}
