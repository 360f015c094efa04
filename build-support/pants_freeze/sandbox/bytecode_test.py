from __future__ import annotations

import contextlib
import importlib.util
import json
import marshal
import os
import py_compile
import subprocess
import sys
from pathlib import Path
from py_compile import PycInvalidationMode
from types import CodeType

import pytest

from pants_freeze.sandbox import bytecode

# Compiling LOUD prints a warning, for which the interpreter imports `linecache` and more: names
# that PLAIN has too are then shared with modules that live on.
PLAIN = '''"""Text of the module."""
import linecache


def updatecache(filename, module_globals=None):
    """Text of the function."""
    assert filename, "a constant"
    lines, fullname, size, mtime = linecache.cache[filename], "tokenize", "stat", "st_mtime"
    names = {"checkcache", "getlines", "lazycache", "module_globals"}
    return [name for name in sorted(names) if name in lines and fullname not in (size, mtime)]


class Cache:
    getline = getlines = clearcache = staticmethod(updatecache)
'''
LOUD = "def f(value):\n    return value is 1\n"
OTHER = "def updatecache(filename): return {'checkcache', 'getlines', filename}\n"
SOURCES = {"plain": PLAIN, "loud": LOUD, "other": OTHER}


def run(
    folder: Path, modules: list[list[str]], optimize: int = 0, seed: str = "0"
) -> subprocess.CompletedProcess[str]:
    folder.mkdir(parents=True, exist_ok=True)
    plan = folder / "plan.json"
    plan.write_text(json.dumps({"optimize": optimize, "modules": modules}))
    return subprocess.run(
        [sys.executable, "-S", bytecode.__file__, str(plan)],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=False,
        text=True,
        cwd=folder,
    )


def compiled(folder: Path, names: list[str], optimize: int = 0) -> dict[str, bytes]:
    """Bytecode of SOURCES by name, compiled in the order of *names*."""
    modules = []
    for name in names:
        source = folder / "sources" / f"{name}.py"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(SOURCES[name])
        modules.append([str(source), f"p/{name}.py", f"runtime/p/{name}.pyc"])
    result = run(folder, modules, optimize)
    assert result.returncode == 0, result.stderr
    return {name: (folder / f"runtime/p/{name}.pyc").read_bytes() for name in names}


def code_of(data: bytes) -> CodeType:
    code = marshal.loads(data[16:])
    assert isinstance(code, CodeType)
    return code


def test_bytes_do_not_depend_on_what_else_is_compiled(tmp_path: Path) -> None:
    alone = {
        name: compiled(tmp_path / f"alone {name}", [name])[name] for name in ("plain", "other")
    }
    for order in (["plain", "loud", "other"], ["loud", "other", "plain"]):
        together = compiled(tmp_path / "-".join(order), order)
        assert {name: together[name] for name in alone} == alone


@pytest.mark.skipif(sys.version_info >= (3, 11), reason="`marshal` treats names alike since 3.11")
def test_what_is_imported_makes_a_difference_in_one_process(tmp_path: Path) -> None:
    """Without that difference the test above would prove nothing."""
    source = tmp_path / "plain.py"
    source.write_text(PLAIN)
    program = (
        "import sys; sys.path[:0] = {path!r}\n"
        "from pants_freeze.sandbox.bytecode import compile_module\n"
        "{imports}\n"
        "compile_module({source!r}, 'p/plain.py', {output!r}, 0)\n"
    )
    outputs: list[bytes] = []
    for imports in ("", "import linecache, tokenize, unittest, doctest"):
        output = tmp_path / f"{len(outputs)}.pyc"
        text = program.format(
            path=sys.path, imports=imports, source=str(source), output=str(output)
        )
        subprocess.run(
            [sys.executable, "-S", "-c", text],
            env={**os.environ, "PYTHONHASHSEED": "0"},
            check=True,
        )
        outputs.append(output.read_bytes())
    assert outputs[0] != outputs[1]


def test_the_header_is_of_an_unchecked_hash(tmp_path: Path) -> None:
    data = compiled(tmp_path, ["plain"])["plain"]
    assert data[:4] == importlib.util.MAGIC_NUMBER
    assert data[4:16] == b"\1\0\0\0" + bytes(8)


def test_the_bytecode_is_imported_without_its_source(tmp_path: Path) -> None:
    compiled(tmp_path, ["plain"])
    program = "from p import plain; print(plain.__file__, plain.updatecache.__doc__)"
    result = subprocess.run(
        [sys.executable, "-S", "-c", program],
        cwd=tmp_path / "runtime",
        env={**os.environ, "PYTHONPATH": "."},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    assert result.stdout.replace(os.sep, "/").split("p/")[-1] == (
        "plain.pyc Text of the function.\n"
    )


def test_code_knows_the_file_name_of_the_plan(tmp_path: Path) -> None:
    data = compiled(tmp_path, ["plain"])["plain"]
    code = code_of(data)
    assert code.co_filename == "p/plain.py"
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    assert {each.co_filename for each in inner} == {"p/plain.py"}
    assert str(tmp_path).encode() not in data


@pytest.mark.parametrize(
    ("optimize", "has_assert", "has_text"), [(0, True, True), (1, False, True), (2, False, False)]
)
def test_the_optimisation_level(
    tmp_path: Path, optimize: int, has_assert: bool, has_text: bool
) -> None:
    data = compiled(tmp_path, ["plain"], optimize)["plain"]
    assert (b"a constant" in data) is has_assert
    assert (b"Text of the function" in data) is has_text
    assert (b"Text of the module" in data) is has_text


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(b"import\n", id="syntax"),
        pytest.param(b"return\n", id="symbols"),
        pytest.param(b"'\xe9'\n", id="not UTF-8"),
        pytest.param(b"1\0\n", id="null byte"),
        pytest.param(None, id="not there"),
        pytest.param(b"-" * 20_000 + b"1\n", id="too deep"),
    ],
)
def test_a_source_that_cannot_be_compiled_is_named(tmp_path: Path, source: bytes | None) -> None:
    path = tmp_path / "a.py"
    if source is not None:
        path.write_bytes(source)
    output = tmp_path / "runtime" / "a.pyc"
    result = run(tmp_path, [[str(path), "p/wrong.py", str(output)]])
    assert result.returncode != 0
    assert not output.exists()
    assert "cannot compile p/wrong.py: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_failure_is_not_hidden_by_a_success(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text("import\n")
    (tmp_path / "right.py").write_text("")
    modules = [
        [str(tmp_path / f"{name}.py"), f"{name}.py", str(tmp_path / "runtime" / f"{name}.pyc")]
        for name in ("right", "wrong", "right")
    ]
    assert run(tmp_path, modules).returncode == 1


def test_bytecode_as_a_source_is_written_anew(tmp_path: Path) -> None:
    """Without what tells where and when it was compiled, and the same as from the source."""
    source = tmp_path / "plain.py"
    source.write_text(PLAIN)
    written: dict[str, bytes] = {}
    for invalidation in PycInvalidationMode:
        folder = tmp_path / invalidation.name
        built = folder / "built.pyc"
        py_compile.compile(str(source), str(built), str(built), invalidation_mode=invalidation)
        assert str(tmp_path).encode() in built.read_bytes()
        modules = [[str(built), "p/plain.py", f"{name}.pyc"] for name in ("one", "two")]
        result = run(folder, [[*each[:2], str(folder / each[2])] for each in modules])
        assert result.returncode == 0, result.stderr
        for name in ("one", "two"):
            written[f"{invalidation} {name}"] = (folder / f"{name}.pyc").read_bytes()
    assert len(set(written.values())) == 1
    (data, *_) = written.values()
    assert data[4:16] == b"\1\0\0\0" + bytes(8)
    code = code_of(data)
    assert code.co_filename == "p/plain.py"
    assert str(tmp_path).encode() not in data
    namespace: dict[str, object] = {"getlines": None}
    with contextlib.suppress(NameError):
        exec(code, namespace)
    assert namespace["__doc__"] == "Text of the module."


def test_no_modules(tmp_path: Path) -> None:
    assert run(tmp_path, []).returncode == 0
