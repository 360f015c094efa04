"""Tests of run.py, which lies at the root of the repository and of the distribution."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ai_coder

SOURCE = Path(ai_coder.__file__).absolute().parents[1]


def find_run() -> Path:
    # A test sandbox has the layout of the repository and runs in its root.
    beside = Path("run.py").absolute()
    return beside if beside.is_file() else SOURCE.parents[1] / "run.py"


RUN = find_run()


def run(script: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONPATH", None)
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        env=environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def distribution(tmp_path: Path) -> Path:
    root = tmp_path / "the distribution"
    root.mkdir()
    shutil.copy(RUN, root)
    (tmp_path / "elsewhere").mkdir()
    return root


def add_launcher(root: Path, script: str, mode: int = 0o755) -> None:
    launcher = root / "ai-coder-launcher"
    launcher.write_text(script)
    launcher.chmod(mode)


def test_source_goes_first(distribution: Path) -> None:
    add_launcher(distribution, "#!/bin/sh\necho frozen\n")
    package = distribution / "src" / "python" / "ai_coder"
    for part in ("common", "launcher"):
        shutil.copytree(SOURCE / "ai_coder" / part, package / part)
    (package / "scanner").mkdir()
    for file in (package / "__init__.py", package / "scanner" / "__init__.py"):
        file.write_text("")
    (package / "scanner" / "__main__.py").write_text("import sys; sys.exit(len(sys.argv[1:]))")
    elsewhere = distribution.parent / "elsewhere"
    assert run(distribution / "run.py", "scanner", "--version", "b", cwd=elsewhere).returncode == 2


def test_without_source_the_frozen_launcher_runs(distribution: Path) -> None:
    add_launcher(distribution, '#!/bin/sh\nprintf "<%s>" "$@"; exit 42\n')
    elsewhere = distribution.parent / "elsewhere"
    result = run(distribution / "run.py", "scanner", "--version", "a b", cwd=elsewhere)
    assert (result.stdout, result.returncode) == ("<scanner><--version><a b>", 42)


def test_through_a_link(distribution: Path) -> None:
    add_launcher(distribution, "#!/bin/sh\nexit 42\n")
    link = distribution.parent / "elsewhere" / "run.py"
    link.symlink_to(distribution / "run.py")
    assert run(link, "list", cwd=link.parent).returncode == 42


def test_without_either_there_is_a_clear_message(distribution: Path) -> None:
    result = run(distribution / "run.py", "scanner", cwd=distribution)
    assert result.returncode == 127
    assert str(distribution / "ai-coder-launcher") in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no x bit")
def test_a_launcher_that_cannot_run_is_named(distribution: Path) -> None:
    add_launcher(distribution, "no program", 0o644)
    result = run(distribution / "run.py", "scanner", cwd=distribution)
    assert result.returncode == 126
    assert "ai-coder-launcher cannot be started" in result.stderr
