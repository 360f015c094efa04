from __future__ import annotations

import ast
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from pants_freeze.sandbox import errors, link
from pants_freeze.sandbox.layer import LINK, LayerIndex
from pants_freeze.sandbox.link import source_modules


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


@pytest.mark.parametrize(
    ("files", "modules"),
    [
        ([], {}),
        (["a.py"], {"a": "a.py"}),
        (["p/__init__.py", "p/a.py"], {"p": "p/__init__.py", "p.a": "p/a.py"}),
        (["n/a.py"], {"n": "-", "n.a": "n/a.py"}),
        (["n/m/a.py"], {"n": "-", "n.m": "-", "n.m.a": "n/m/a.py"}),
        (
            ["n/p/__init__.py", "n/p/m/a.py"],
            {"n": "-", "n.p": "n/p/__init__.py", "n.p.m": "-", "n.p.m.a": "n/p/m/a.py"},
        ),
        (["p/__init__.py", "p/q/a.py"], {"p": "p/__init__.py", "p.q": "-", "p.q.a": "p/q/a.py"}),
        (["__init__.py", "a.py"], {"a": "a.py"}),
        (["a.py", "a/data.txt"], {"a": "a.py"}),
        (["a.py", "a/b.py"], {"a": "a.py", "a.b": "a/b.py"}),
        (["a.pyi", "b.txt", "c.pyc"], {}),
        (["é/ü.py"], {"é": "-", "é.ü": "é/ü.py"}),
        pytest.param(["a.py", "a/__init__.py"], {"a": "a/__init__.py"}),
    ],
)
def test_source_modules(tmp_path: Path, files: list[str], modules: dict[str, str]) -> None:
    write(tmp_path, *files)
    assert dict(source_modules(tmp_path)) == {
        name: path if path == "-" else str(tmp_path / path) for name, path in modules.items()
    }


def test_source_modules_are_sorted_by_name(tmp_path: Path) -> None:
    write(tmp_path, "b.py", "a/z.py", "a/__init__.py", "a_b.py", "a/b/c.py", "B.py")
    names = [name for name, _ in source_modules(tmp_path)]
    assert names == ["B", "a", "a.b", "a.b.c", "a.z", "a_b", "b"]


@pytest.mark.parametrize(
    ("name", "file", "expected"),
    [("p.a", "a.py", "p/a.py"), ("p", "__init__.py", "p/__init__.py")],
)
def test_code_knows_its_path_below_the_source_root(
    tmp_path: Path, name: str, file: str, expected: str
) -> None:
    write(tmp_path, file)
    assert link._compile(name, str(tmp_path / file), 0).co_filename == expected


@pytest.mark.parametrize(("level", "text"), [(1, "Text."), (2, None)])
def test_the_optimisation_level(tmp_path: Path, level: int, text: str | None) -> None:
    path = tmp_path / "a.py"
    path.write_text('"""Text."""\nassert False\n')
    scope: dict[str, object] = {}
    exec(link._compile("a", str(path), level), scope)
    assert scope.get("__doc__") == text


def test_code_inherits_no_future(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("def f(x: 1 + 1): ...\n")
    scope: dict[str, dict[str, object]] = {}
    exec(link._compile("a", str(path), 0), scope)
    assert scope["f"].__annotations__ == {"x": 2}


def test_a_source_that_cannot_be_compiled_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("return\n")
    with pytest.raises(errors.SandboxError, match=r"^p/a\.py cannot be compiled: 'return' outside"):
        link._compile("p.a", str(path), 0)


@pytest.mark.parametrize(
    ("name", "constant", "value"),
    [
        ("entry", "ENTRY", ("a.b", "C.main", ["--é"], {"NAME": "it's"})),
        ("importer", "LAYER", {"packages": "a b", "files": "it's"}),
        ("missing", "PROGRAM", ("src/a:b", "a b", {"idna==3": "idna"})),
    ],
)
def test_a_script_holds_the_value_of_its_constant(
    workspace: Path, name: str, constant: str, value: object
) -> None:
    link._WORK.mkdir()
    entry, path, _, typecode = link._script(name, constant, value)
    assert (entry, typecode) == (f"pants_freeze_{name}", "s")
    assigned = [
        ast.literal_eval(node.value)
        for node in ast.parse(Path(path).read_bytes()).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == constant
    ]
    assert assigned == [value]


PLAN = link.Plan(
    owner="src/a:b",
    name="program",
    entry_module="a.b",
    entry_function="main",
    arguments=["--one", "two"],
    environment={"B": "1", "A": "2"},
    data_folders=[],
    sources="sources",
    layer="layer",
    contents_directory="runtime",
    optimize=0,
    console=True,
    icon="",
    import_times=False,
    is_checked=False,
)


def test_the_entry_does_not_depend_on_the_order_of_variables() -> None:
    other = replace(PLAN, environment={"A": "2", "B": "1"})
    assert repr(link._entry(PLAN)) == repr(link._entry(other))
    assert link._entry(PLAN) == ("a.b", "main", ["--one", "two"], {"A": "2", "B": "1"})


def test_why_modules_are_missing(workspace: Path) -> None:
    index = LayerIndex(
        *("3.11.7", "", [], [], [], [], [], {}, "", {}, []),
        left_out={"a.b": ["drop module a.*", "specs/a.trim"]},
        excluded={"tkinter": "", "unittest": "specs/a.spec"},
        options=[],
        provided={},
    )
    assert link.reasons("src/a:b", index) == {
        "a.b": "the trim list specs/a.trim leaves it out; remove its line 'drop module a.*' and "
        "freeze again",
        "tkinter": "the field `excludes` of src/a:b leaves it out; remove it there and freeze "
        "again",
        "unittest": "`excludes` in specs/a.spec leaves it out; remove it there and freeze again",
    }
    assert link.reasons("src/a:b", replace(index, left_out={}, excluded={})) == {}


def test_linker_and_importer_agree_on_a_name() -> None:
    text = (link._PROGRAMS / "importer.py").read_text(encoding="utf-8")
    assert f'REASONS = "{link._REASONS}"' in text


def test_a_layer_of_another_interpreter_is_refused(workspace: Path) -> None:
    (workspace / "layer" / LINK).mkdir(parents=True)
    index = LayerIndex("3.9.0", "", [], [], [], [], [], {}, "", {}, [], {}, {}, [], {})
    index.write(workspace / "layer")
    Path("plan.json").write_text(json.dumps(asdict(PLAN)))
    with pytest.raises(errors.InterpreterError, match=r"frozen with CPython 3\.9\.0, this is 3\."):
        link.main("plan.json")
    assert not link.OUTPUT.exists()
