"""A plan written by Pants, and built in another folder without Pants: the same bytes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.differences import compare_folders
from pipeline.foreign import Repository, Run, daemon_of, execute

PROGRAM = """
python_sources()
resources(name="data", sources=["*.txt"])
pex_binary(name="pex", entry_point="main.py:main", dependencies=[":data"], args=["--quiet"])
pyinstaller_binary(
    name="binary",
    pex=":pex",
    output_path="{name}",
    datas=["//src/shared/**:shared"],
    hidden_imports=["colorsys"],
)
"""
HELLO = """
import importlib.resources, pathlib, sys

def main():
    text = (importlib.resources.files("hello") / "words.txt").read_text()
    print({greeting!r}, text.strip(), *sys.argv[1:])
"""
FILES = {
    "src/hello/BUILD": PROGRAM.format(name="project-hello"),
    "src/hello/__init__.py": "",
    "src/hello/main.py": HELLO.format(greeting="hello"),
    "src/hello/words.txt": "of a resource\n",
    "src/paths/BUILD": PROGRAM.format(name="project-paths"),
    "src/paths/main.py": """
import pathspec

def main():
    print(pathspec.PathSpec.from_lines("gitwildmatch", ["*.o"]).match_file("a/b.o"))
""",
    # Pants puts files of such a size into a sandbox in another way.
    "src/paths/notes.txt": "notes\n" * 200_000,
    "src/shared/more/table.csv": "1,2\n",
    "src/other/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py")
cx_freeze_binary(name="binary", pex=":pex", output_path="other")
""",
    "src/other/main.py": "print(1)\n",
    "BUILD": """
files(name="docs", sources=["*.md"])
frozen_distribution(
    name="all",
    version="1.0",
    output_path="all-v1.0",
    archive="tar.xz",
    binaries=["src/hello:binary", "src/paths:binary"],
    files=[":docs"],
)
""",
    "README.md": "read me\n",
}


@dataclass(frozen=True)
class Elsewhere:
    """A machine without Pants: a folder with a plan, and a Python."""

    root: Path

    def work(self) -> tuple[str, str]:
        """What has another build reuse what this machine has made."""
        return "--work", str(self.root / "dist" / "freeze-work")

    def build(self, *args: str, **env: str) -> Run:
        passed = {
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "HOME") or name.startswith("PIP_")
        }
        result = subprocess.run(
            [sys.executable, "plan/build_all.py", *args],
            cwd=self.root,
            env={**passed, **env},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        return Run(result.returncode, result.stdout, result.stderr)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """A repository with its packages, and a plan of them."""
    made = Repository.make(tmp_path_factory.mktemp("pants") / "repository", FILES)
    with daemon_of(made):
        made.pants("freeze-plan", "::", daemon=True).checked()
        made.pants("package", "//:all", "src/paths:binary", daemon=True).checked()
        yield made


@pytest.fixture(scope="module")
def elsewhere(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    root = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(repository.root / "dist" / "freeze-plan", root / "plan")
    built = Elsewhere(root)
    built.build().checked()
    return built


def test_the_same_bytes(repository: Repository, elsewhere: Elsewhere) -> None:
    elsewhere.build("--component", "src/paths:binary").checked()
    for name in ("all-v1.0", "project-paths"):
        pair = (repository.root / "dist" / name, elsewhere.root / "dist" / name)
        assert compare_folders(*pair) == []
    archive = Path("dist", "all-v1.0.tar.xz")
    assert (elsewhere.root / archive).read_bytes() == (repository.root / archive).read_bytes()


def test_the_programs_run(elsewhere: Elsewhere) -> None:
    folder = elsewhere.root / "dist" / "all-v1.0"
    run = execute(folder / "project-hello", "x").checked()
    assert run.stdout == "hello of a resource --quiet x\n"
    assert execute(folder / "project-paths").checked().stdout == "True\n"


def test_a_second_run_does_nothing_and_an_edit_links_only(
    repository: Repository, elsewhere: Elsewhere
) -> None:
    again = elsewhere.build().checked().stdout
    told = [line for line in again.splitlines() if not line.startswith("left out: ")]
    assert all(line.endswith(("(reused)", "is up to date")) for line in told), again
    main = "src/hello/main.py"
    repository.write({main: HELLO.format(greeting="good day")})
    try:
        repository.pants("freeze-plan", "::", daemon=True).checked()
    finally:
        repository.write({main: FILES[main]})
    edited = Elsewhere(elsewhere.root.parent / "edited")
    shutil.copytree(repository.root / "dist" / "freeze-plan", edited.root / "plan")
    out = edited.build("--component", "all-v1.0", *elsewhere.work()).checked().stdout
    anew = [line for line in out.splitlines() if not line.endswith("(reused)")]
    assert anew[:2] == ["project-hello: imports", "project-hello: link"], out
    assert all(line.endswith("is written") for line in anew[2:]), out
    run = execute(edited.root / "dist" / "all-v1.0" / "project-hello").checked()
    assert run.stdout.startswith("good day ")


def test_what_is_left_to_pants_is_told(elsewhere: Elsewhere) -> None:
    everything = elsewhere.build().checked()
    assert "left out: src/other:binary: it is frozen by cx_freeze; " in everything.stdout
    named = elsewhere.build("--component", "other")
    assert named.returncode == 24
    assert named.stderr.startswith("error: src/other:binary: it is frozen by cx_freeze; ")
    assert named.stderr.rstrip().endswith("build it with `./pants package src/other:binary`")


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (("--plan", "nowhere"), 20, "there is no plan in nowhere; write one with `./pants free"),
        (
            ("--component", "hullo"),
            21,
            "the plan has no program 'hullo'; it has\n  //:all\n  src/h",
        ),
        (("--work", "plan"), 26, "plan is no work folder of build_all.py, and is not empty; name"),
    ],
)
def test_one_message(elsewhere: Elsewhere, args: list[str], status: int, message: str) -> None:
    run = elsewhere.build(*args)
    assert run.returncode == status, run
    assert run.stderr.startswith(f"error: {message}"), run.stderr
    assert "Traceback" not in run.stderr


def changed(elsewhere: Elsewhere, tmp_path: Path, **changes: object) -> Elsewhere:
    """A plan with *changes*, with the work folder and nothing built."""
    shutil.copytree(elsewhere.root / "plan", tmp_path / "plan")
    path = tmp_path / "plan" / "plan.json"
    content = json.loads(path.read_text())
    for each in content["components"]:
        each.update(changes.pop("component", {}))
    content.update(changes)
    path.write_text(json.dumps(content))
    return Elsewhere(tmp_path)


def test_a_plan_of_another_version(elsewhere: Elsewhere, tmp_path: Path) -> None:
    run = changed(elsewhere, tmp_path, version=99).build()
    assert run.returncode == 20
    assert "is a plan of version 99, and this builds version 1; write it again" in run.stderr


def test_another_python(elsewhere: Elsewhere, tmp_path: Path) -> None:
    other = {"constraints": "CPython==3.9.*", "pythons": {"3.9": [0, 30]}}
    run = changed(elsewhere, tmp_path, component=other).build("--component", "hello")
    assert run.returncode == 13
    assert "src/hello:binary is for CPython==3.9.*, and this is Python 3." in run.stderr
    assert "start build_all.py with Python 3.9" in run.stderr


def test_pip_fails(elsewhere: Elsewhere, tmp_path: Path) -> None:
    there = changed(elsewhere, tmp_path)
    for path in (tmp_path / "plan" / "requirements").iterdir():
        path.write_text(path.read_text().replace("sha256:", "sha256:0"))
    run = there.build("--component", "hello", *elsewhere.work())
    assert run.returncode == 22
    assert run.stderr.startswith("error: pip fails; look whether the package index can be reached")


def test_what_a_lockfile_does_not_have_here(elsewhere: Elsewhere, tmp_path: Path) -> None:
    missing = [["a", 'sys_platform == "win32"', "b"], ["c", 'os_name == "posix"', "d"]]
    there = changed(elsewhere, tmp_path, component={"missing": missing})
    run = there.build("--component", "hello", *elsewhere.work())
    assert run.returncode == 22
    assert run.stderr.startswith("error: the lockfile has no c, which d needs here; name it in a")


def test_clean_empties_its_work_folder_only(elsewhere: Elsewhere, tmp_path: Path) -> None:
    there = changed(elsewhere, tmp_path, components=[], distributions=[])
    work = tmp_path / "dist" / "freeze-work"
    there.build().checked()
    (tmp_path / "dist" / "kept").touch()
    (work / "old").touch()
    there.build("--clean").checked()
    assert not (work / "old").exists()
    assert (tmp_path / "dist" / "kept").exists()
