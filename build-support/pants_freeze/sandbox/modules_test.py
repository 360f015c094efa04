from __future__ import annotations

from pathlib import Path

import pytest

from pants_freeze.sandbox import errors, modules
from pants_freeze.sandbox.modules import import_statements


def test_import_statements() -> None:
    text = import_statements(["z", "a.b.c", "a.b", "z", "é.ü"])
    assert text == "from a import b\nfrom a.b import c\nimport z\nfrom é import ü\n"
    compile(text, "imports.py", "exec")


def test_import_statements_do_not_depend_on_the_order() -> None:
    assert import_statements(["a", "b.c", "d"]) == import_statements(iter(["d", "b.c", "a"]))


def test_no_import_statements() -> None:
    assert import_statements([]) == ""


def test_import_statements_of_modules_named_like_keywords() -> None:
    compile(import_statements(["lambda", "a.async", "b"]), "imports.py", "exec")


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("a/b.py", "a.b"),
        ("a/__init__.pyc", "a"),
        ("a/b.abi3.so", "a.b"),
        ("python3.11/lib-dynload/_json.cpython-311-x86_64-linux-gnu.so", "_json"),
        ("python3.11/other/_json.so", ""),
        ("a-b/c.py", ""),
        ("a/b.txt", ""),
    ],
)
def test_the_module_of_a_file(path: str, module: str) -> None:
    assert modules.module_of(path) == module


def test_where_modules_would_be_stored() -> None:
    suffix = modules.EXTENSION_SUFFIXES[0]
    paths = ["b/__init__.py", "b/c.py", f"b/x{suffix}", "b/lib/libx.so", "b/data.txt", "d.pyc"]
    assert modules.stored_modules(paths) == {
        "b": "b/__init__.pyc",
        "b.c": "b/c.pyc",
        "b.x": f"b/x{suffix}",
    }


def test_where_modules_come_from(tmp_path: Path) -> None:
    for name in ("b/c.py", "a.py", "b/data.txt", "d-e/f.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    provided = {"y==1": {"y", "_y"}, "x==2": ["x"], "data==3": ()}
    assert modules.sources_of_modules("src/a:b", tmp_path, provided) == (
        "src/a:b",
        "a b",
        {"x==2": "x", "y==1": "_y y"},
    )


def test_the_modules_of_the_standard_library() -> None:
    known = modules.stored_modules(modules.standard_library())
    assert known["json"] == "json/__init__.pyc"
    assert known["xml.sax.handler"] == "xml/sax/handler.pyc"
    extensions = [path for path in known.values() if not path.endswith(".pyc")]
    assert all(path.startswith(modules.EXTENSION_FOLDER) for path in extensions)
    assert not any("site-packages" in path or "__pycache__" in path for path in known.values())


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("a/b.py", "a.b"),
        ("a/__init__.pyc", "a"),
        ("a/b.cpython-311-x86_64-linux-gnu.so", "a.b"),
        ("a/data.json", ""),
        ("a-b/c.py", ""),
        ("../bin/a.py", ""),
    ],
)
def test_the_module_in_a_file(path: str, module: str) -> None:
    assert modules.module_of(path) == module


def test_hooks_that_are_no_python_are_all_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    contents = {"good": b"# coding: latin-1\nTEXT = '\xe9'\n", "bad": b"x = (\n", "nul": b"\0"}
    for name, content in contents.items():
        Path("hooks/src").mkdir(parents=True, exist_ok=True)
        Path(f"hooks/src/{name}.py").write_bytes(content)
    modules.check_hooks(["hooks/src/good.py"])
    with pytest.raises(
        errors.SandboxError, match=r"`runtime_hooks`.* src/bad\.py: .*line 1.*src/nul"
    ):
        modules.check_hooks(f"hooks/src/{name}.py" for name in contents)
