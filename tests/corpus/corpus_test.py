"""Programs of popular packages, each frozen from its closure alone.

A project is a folder of `projects`: a program that uses a package for real, and what it prints. No
project says what freezing it needs beyond its imports. The README of this folder tells how to add
one.
"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pipeline.foreign import ROOT, Repository, daemon_of, execute, pants_version

FOLDER = Path(__file__).parent
PROJECTS = sorted(path.name for path in (FOLDER / "projects").iterdir())
PAGE = ROOT / "docs" / "fidelity.md"

OPTIONS = """
[GLOBAL]
pants_version = "{version}"
pythonpath = ["%(buildroot)s/plugin"]
backend_packages = ["pants.backend.python", "pants_freeze"]

[anonymous-telemetry]
enabled = false

[source]
root_patterns = ["/projects/*"]

[python]
interpreter_constraints = ["CPython==3.11.*"]
enable_resolves = true
default_resolve = "corpus"

[python.resolves]
corpus = "requirements/corpus.lock"

[python-infer]
use_rust_parser = true
unowned_dependency_behavior = "error"

[python-repos]
indexes = ["https://pypi.org/simple/"]
"""

# Any other field of a target is a hint: it says what the closure does not.
FIELDS = {
    "pex_binary": {"name", "entry_point"},
    "pyinstaller_binary": {"name", "pex", "output_path"},
    # Plugins, and what a library needs only for what is asked of it, from source too.
    "python_sources": {"dependencies"},
    "resources": {"name", "sources"},
}

# Not the PEXes.
PACKAGE = ("--filter-target-type=pyinstaller_binary", "package")

_TIMEOUT = 2100
_ROW = re.compile(r"^\| (\S+) \|", re.MULTILINE)


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """The repository of all projects, with those programs in `dist` that one run could build."""
    made = Repository.with_plugin(tmp_path_factory.mktemp("made") / "repository")
    for name in ("projects", "requirements"):
        shutil.copytree(FOLDER / name, made.root / name)
    made.write({"pants.toml": OPTIONS.format(version=pants_version())})
    with daemon_of(made):
        # If one fails, none is in `dist`; each is then built by its own test, which tells why.
        made.pants(*PACKAGE, "::", daemon=True, timeout=_TIMEOUT)
        yield made


@pytest.mark.parametrize("project", PROJECTS)
def test_the_frozen_program_prints_what_is_expected(repository: Repository, project: str) -> None:
    program = repository.program(project)
    if not program.exists():
        target = f"projects/{project}:binary"
        repository.pants(*PACKAGE, target, daemon=True, timeout=_TIMEOUT).checked()
    run = execute(program).checked()
    expected = FOLDER / "projects" / project / "expected.txt"
    assert run.stdout == expected.read_text(encoding="utf-8"), run.stderr


@pytest.mark.parametrize("project", PROJECTS)
def test_a_project_gives_no_hint(project: str) -> None:
    for file in sorted((FOLDER / "projects" / project).rglob("BUILD")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                fields = {field.arg for field in node.keywords}
                assert fields <= FIELDS[ast.unparse(node.func)], file


def test_the_page_lists_the_projects() -> None:
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition("\n## Corpus\n")[2].partition("\n## ")[0]
    assert _ROW.findall(section) == ["project", *PROJECTS]
