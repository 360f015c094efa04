"""An existing spec file of PyInstaller: what it says is honoured, in the program that is frozen."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.foreign import Repository, Run, daemon_of, execute

BUILD = """
python_sources(dependencies=[":notes"])
python_sources(name="hooks", sources=["hooks/*.py"])
files(name="data", sources=["data/*", "tree/**/*"])
resources(name="notes", sources=["notes.txt"])
pex_binary(name="pex", entry_point="main.py:main", dependencies=["3rdparty:pathspec"])
pyinstaller_binary(
    name="binary",
    pex=":pex",
    output_path="app",
    spec="app.spec",
    dependencies=[":data", ":hooks", ":notes", "./first.py", "./version.py"],
    hidden_imports=["colorsys"],
    excludes=["fractions"],
    runtime_hooks=["second.py"],
    datas=["field.txt:data"],
)
"""

# As `pyi-makespec` writes it, with what the manual of PyInstaller adds.
SPEC = """
# -*- mode: python ; coding: utf-8 -*-
from PyInstaller.utils.hooks import collect_submodules

import version

block_cipher = None
options = [("u", None, "OPTION"), ("W ignore::UserWarning", None, "OPTION")]

a = Analysis(
    ["main.py", "tool.py"],
    pathex=["../elsewhere"],
    binaries=[],
    datas=[("data/one.txt", "data"), ("data/*.csv", "tables"), ("notes.txt", "app")],
    hiddenimports=["wave", "pathspec", "sched", "app.words", "no.one"] + collect_submodules("json"),
    hookspath=["hooks"],
    hooksconfig={},
    runtime_hooks=["first.py"],
    excludes=["decimal"],
    win_no_prefer_redirects=False,
    cipher=block_cipher,
    noarchive=True,
    optimize=2,
)
a.datas += Tree("tree", prefix="tree", excludes=["*.bak"])
a.datas += [(version.NAME, SPECPATH + "/data/version.txt", "DATA")]
a.datas = a.datas - TOC([("tables/private.csv", None, "DATA")])
a.pure = [entry for entry in a.pure if entry[0] != "sched"]
pyz = PYZ(a.pure, a.zipped_data, cipher=block_cipher)
exe = EXE(
    pyz,
    a.scripts,
    options,
    exclude_binaries=True,
    name="another",
    debug=False,
    bootloader_ignore_signals=False,
    strip=False,
    upx=True,
    console=False,
    icon="another.ico",
)
coll = COLLECT(exe, a.binaries, a.zipfiles, a.datas, upx=True, upx_exclude=[], name="another")
app = BUNDLE(coll, name="another.app")
"""

MAIN = """
import importlib
import importlib.resources
import json
import os
import sys
from pathlib import Path

from app import words


def found(name):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        return str(error)
    return True


def main():
    runtime = Path(sys._MEIPASS)
    files = [path for path in runtime.rglob("*") if path.suffix in (".txt", ".csv", ".bak")]
    said = {
        "word": words.WORD,
        "modules": {name: found(name) for name in sys.argv[1:]},
        "files": {path.relative_to(runtime).as_posix(): path.read_text() for path in files},
        "version": (runtime / "VERSION").read_text(),
        "resource": importlib.resources.files("tables").joinpath("a.csv").read_text(),
        "hooks": os.environ["HOOKS"],
        "unbuffered": not hasattr(sys.stdout.buffer, "raw"),
        "warnings": sys.warnoptions,
        "asserts": __debug__,
    }
    print(json.dumps(said))
"""

WRONG = """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="wrong", spec="wrong.spec")
"""

FILES = {
    "src/app/BUILD": BUILD,
    "src/app/app.spec": SPEC,
    "src/app/main.py": MAIN,
    "src/app/words.py": "WORD = 'one'\n",
    "src/app/version.py": "NAME = 'VERSION'\n",
    "src/app/first.py": "import os\n\nos.environ['HOOKS'] = 'first'\n",
    "src/app/second.py": "import os\n\nos.environ['HOOKS'] += ' second'\n",
    "src/app/hooks/hook-pathspec.py": "hiddenimports = ['netrc']\n",
    "src/app/notes.txt": "notes",
    "src/app/field.txt": "of the field",
    "src/app/data/one.txt": "one",
    "src/app/data/a.csv": "a",
    "src/app/data/private.csv": "private",
    "src/app/data/version.txt": "9",
    "src/app/tree/top.txt": "top",
    "src/app/tree/deep/er.txt": "deeper",
    "src/app/tree/old.bak": "old",
    "src/wrong/BUILD": WRONG,
    "src/wrong/main.py": "def main():\n    print('fine')\n",
    "src/wrong/wrong.spec": "",
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    with daemon_of(Repository.make(tmp_path_factory.mktemp("spec"), FILES)) as made:
        yield made


def package(repository: Repository) -> Run:
    return repository.pants("package", "src/app:binary", daemon=True).checked()


def said(repository: Repository, *modules: str) -> dict[str, Any]:
    """What the frozen program says, of *modules* too."""
    run = execute(repository.program("app"), *modules).checked()
    result: dict[str, Any] = json.loads(run.stdout)
    return result


@pytest.fixture(scope="module")
def first(repository: Repository) -> dict[str, Any]:
    package(repository)
    return said(
        repository, "wave", "pathspec", "netrc", "colorsys", "sched", "decimal", "fractions"
    )


def test_modules(first: dict[str, Any]) -> None:
    """Hidden imports of the spec file, its hooks and the field; excludes of both; a filter."""
    left_out = "No module named {!r}: {} leaves it out; remove it there and freeze again"
    assert first["modules"] == {
        "wave": True,
        "pathspec": True,
        "netrc": True,
        "colorsys": True,
        "sched": "No module named 'sched'",
        "decimal": left_out.format("decimal", "`excludes` in src/app/app.spec"),
        "fractions": left_out.format("fractions", "the field `excludes` of src/app:binary"),
    }


def test_files(first: dict[str, Any]) -> None:
    """By path, by a glob, of a Tree, of a changed table, and of the field."""
    assert first["files"] == {
        "app/notes.txt": "notes",
        "data/field.txt": "of the field",
        "data/one.txt": "one",
        "tables/a.csv": "a",
        "tree/deep/er.txt": "deeper",
        "tree/top.txt": "top",
    }
    assert first["version"] == "9"
    assert first["resource"] == "a"


def test_start(first: dict[str, Any]) -> None:
    assert first["hooks"] == "first second"
    assert first["unbuffered"] is True
    assert first["warnings"] == ["ignore::UserWarning"]
    # It is the field `optimize` that counts.
    assert first["asserts"] is True


@pytest.mark.usefixtures("first")
def test_who_brings_what(repository: Repository) -> None:
    run = repository.pants("freeze-why", "tables/a.csv", "src/app:binary", daemon=True).checked()
    assert "the spec file src/app/app.spec brings along tables/a.csv" in run.stdout


@pytest.mark.usefixtures("first")
def test_what_freezes_again(repository: Repository) -> None:
    word = uuid.uuid4().hex
    repository.write({"src/app/words.py": f"WORD = {word!r}\n"})
    started = package(repository).started()
    assert "Link src/app:binary" in started
    assert "Freeze src/app:binary" not in started
    assert said(repository)["word"] == word

    repository.write({"src/app/data/version.txt": word})
    assert "Freeze src/app:binary" in package(repository).started()
    assert said(repository)["version"] == word


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("x = 1\na = Analysis([)\n", ":2: SyntaxError: "),
        ("x = 1\nx += y\n", ":2: NameError: name 'y' is not defined; correct the spec file"),
        ("x = 1\n", ": it calls no Analysis; "),
        ("import sys\nsys.exit(0)\n", ":2: it ends the build, by SystemExit(0); "),
        (
            "x = 1\na = Analysis([], datas=[('no.txt', '.')])\n",
            ":2: Unable to find 'src/wrong/no.txt' when adding binary and data files; "
            "name the target that has it in `dependencies`, or correct the spec file",
        ),
        (
            "a = Analysis([], hookspath=['no'])\n",
            ":1: 'src/wrong/no' in `hookspath` does not exist",
        ),
        ("import no\n", ":1: ModuleNotFoundError: No module named 'no'; name the target"),
        ("a = Analysis([])\nb = Analysis([])\n", ":2: a second Analysis; a target is one program"),
        ("MERGE()\n", ":1: MERGE is for several programs"),
        ("Splash('a.png', [], [])\n", ":1: a splash screen is "),
    ],
)
def test_wrong_spec_files(repository: Repository, spec: str, told: str) -> None:
    repository.write({"src/wrong/wrong.spec": spec})
    run = repository.pants("package", "src/wrong:binary", daemon=True)
    assert run.returncode == 1
    assert f"FreezeFailed at src/wrong:binary: src/wrong/wrong.spec{told}" in run.stderr
    assert "Traceback" not in run.stderr
