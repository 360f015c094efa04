"""Other people's Python files, variables and folders do not get into the programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from frozen.carchive import read_package
from frozen.support import PROGRAMS, Distribution, run

# Modules that start-up or a scan imports, from each of the places that can hold one.
TRAPS = (
    "ai_coder",
    "argparse",
    "encodings",
    "json",
    "networkx",
    "os",
    "pathspec",
    "pyimod00_crypto_key",
    "pyimod01_archive",
    "re",
    "sitecustomize",
    "tinyaes",
    "typing",
    "usercustomize",
)
LIBRARIES = ("libpython3.11.so.1.0", "libcrypto.so.3", "libssl.so.3")


def set_traps(folder: Path) -> None:
    """Fill *folder* with modules that end a program that imports one, and unusable libraries."""
    folder.mkdir()
    for name in TRAPS:
        (folder / f"{name}.py").write_text("raise SystemExit('TRAPPED')\n")
    for name in LIBRARIES:
        (folder / name).write_text("not a library")


@pytest.fixture
def traps(tmp_path: Path) -> Path:
    """A folder of traps."""
    folder = tmp_path / "traps"
    set_traps(folder)
    return folder


def scan(distribution: Distribution, tree: Path, env: dict[str, str], cwd: Path) -> Any:
    options = ("--path", tree, "--no-lint", "--format", "json")
    return distribution.run("scanner", *options, env=env, cwd=cwd).report


def check(distribution: Distribution, tree: Path, env: dict[str, str], cwd: Path) -> None:
    """Each program answers and a scan finds the cycle, as if *env* and *cwd* were harmless."""
    for program in distribution.programs:
        result = distribution.run(program, "--version", env=env, cwd=cwd)
        expected = (0, f"ai-coder-{program} 1.0.0\n", "")
        assert (result.status, result.stdout, result.stderr) == expected
    assert len(scan(distribution, tree, env, cwd)["imports"]["cycles"]) == 1


def test_the_traps_work(traps: Path) -> None:
    """They catch an ordinary Python, so the other tests prove something."""
    env = {"PYTHONPATH": str(traps)}
    caught = run(sys.executable, "-c", "import json", env=env)
    assert "TRAPPED" in caught.stderr


@pytest.mark.parametrize(
    "variable",
    [
        {"PYTHONPATH": "{traps}"},
        {"PYTHONHOME": "/nonexistent"},
        {"PYTHONHOME": "{traps}"},
        {"PYTHONSTARTUP": "{traps}/json.py", "PYTHONINSPECT": "1"},
        {"PYTHONUSERBASE": "{traps}"},
        {"PYTHONPLATLIBDIR": "{traps}"},
        {"PYTHONEXECUTABLE": "{traps}/python"},
        {"PYTHONVERBOSE": "1", "PYTHONDEVMODE": "1", "PYTHONWARNINGS": "error"},
        {"LD_LIBRARY_PATH": "{traps}"},
        {"_MEIPASS2": "{traps}"},
    ],
    ids="+".join,
)
def test_variables(
    distribution: Distribution, tree: Path, traps: Path, variable: dict[str, str]
) -> None:
    env = {name: value.format(traps=traps) for name, value in variable.items()}
    check(distribution, tree, env, cwd=tree)


def test_working_folder(distribution: Distribution, tree: Path, traps: Path) -> None:
    check(distribution, tree, {}, cwd=traps)


@pytest.mark.parametrize("level", ["-1", "0", "1"])
def test_spoofed_home_folder(
    distribution: Distribution, tree: Path, traps: Path, level: str
) -> None:
    """GHSA-9fxf-4qw3-ghmr: variables that PyInstaller's programs set for their own children."""
    env = {
        "_PYI_APPLICATION_HOME_DIR": str(traps),
        "_PYI_ARCHIVE_FILE": str(distribution.path("scanner")),
        "_PYI_PARENT_PROCESS_LEVEL": level,
    }
    result = distribution.run("scanner", "--version", env=env)
    assert (result.status, result.stdout) == (0, "ai-coder-scanner 1.0.0\n")
    assert len(scan(distribution, tree, env, tree)["imports"]["cycles"]) == 1


def test_folder_named_like_the_archive_in_an_executable(own: Distribution, tree: Path) -> None:
    """CVE-2025-59042: `EXECUTABLE?OFFSET` was on the path of modules when programs started."""
    for program in PROGRAMS:
        path = own.path(program)
        for offset in {0, read_package(path).archive_offset, path.stat().st_size}:
            set_traps(path.with_name(f"{path.name}?{offset}"))
    check(own, tree, {}, cwd=own.folder)


def test_modules_beside_the_programs(own: Distribution, tree: Path) -> None:
    """Only the runtime folder holds modules, not the folder of the programs or above it."""
    for folder in (own.folder, own.folder.parent, (own.folder / own.runtime).parent):
        for name in TRAPS:
            (folder / f"{name}.py").write_text("raise SystemExit('TRAPPED')\n")
    check(own, tree, {}, cwd=own.folder)
