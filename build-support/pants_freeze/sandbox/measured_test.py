from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from pants_freeze.sandbox import errors, measured, usage

MB = 1_000_000


class Sandbox:
    """A folder as a sandbox of the build: the wrapper, and one program that it runs."""

    def __init__(self, root: Path, code: str) -> None:
        self.root = root
        package = root / "pants_freeze" / "sandbox"
        package.mkdir(parents=True)
        for folder in (package.parent, package):
            (folder / "__init__.py").touch()
        for module in (errors, measured, usage):
            assert module.__file__
            shutil.copy(module.__file__, package)
        (package / "program.py").write_text(code, encoding="utf-8")

    def run(self, plan: str = "plan.json") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pants_freeze.sandbox.measured", "program", plan],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(self.root), *sys.path])},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def metrics(self) -> Mapping[str, float]:
        content = json.loads((self.root / measured.METRICS).read_bytes())
        assert isinstance(content, dict)
        return content


def test_a_program_runs_on_its_plan_and_is_measured(tmp_path: Path) -> None:
    sandbox = Sandbox(
        tmp_path,
        f"""
import sys, time
block = b"x" * {80 * MB}
time.sleep(0.3)
open("output", "w").write(sys.argv[1])
print("told", file=sys.stderr)
""",
    )
    result = sandbox.run("a plan.json")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "told\n")
    assert (tmp_path / "output").read_text() == "a plan.json"
    metrics = sandbox.metrics()
    assert set(metrics) == {"seconds", "peak_bytes"}
    assert 0.3 <= metrics["seconds"] < 30
    assert 80 * MB < metrics["peak_bytes"] < 160 * MB


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("", 0),
        ("raise SystemExit(3)", 3),
        ("raise RuntimeError('on purpose')", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 128 + signal.SIGKILL),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", 128 + signal.SIGTERM),
    ],
)
def test_it_ends_as_the_program_ends_and_metrics_are_written(
    tmp_path: Path, code: str, status: int
) -> None:
    sandbox = Sandbox(tmp_path, code)
    assert sandbox.run().returncode == status
    metrics = sandbox.metrics()
    assert metrics["seconds"] > 0
    assert metrics["peak_bytes"] > 0


def test_a_failure_that_is_explained_stays_so(tmp_path: Path) -> None:
    """Its exit code and its message are what `stages.sandbox` reads."""
    sandbox = Sandbox(
        tmp_path,
        """
import sys
from pants_freeze.sandbox import errors

def main(plan):
    raise errors.TrimError(f"nothing in {plan}")

errors.run(main, sys.argv)
""",
    )
    result = sandbox.run()
    assert result.returncode == errors.TrimError.exit_code
    assert result.stderr == "error: nothing in plan.json\n"
    assert sandbox.metrics()["seconds"] > 0


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, "")
    (tmp_path / "pants_freeze" / "sandbox" / "program.py").unlink()
    result = sandbox.run()
    assert result.returncode == 1
    assert "pants_freeze.sandbox.program" in result.stderr
    assert sandbox.metrics()["seconds"] > 0


def test_a_program_finds_the_tools_that_it_was_given_only(tmp_path: Path) -> None:
    """Whatever folder it works in."""
    sandbox = Sandbox(
        tmp_path,
        """
import os, shutil
os.chdir("/")
print(os.environ["PATH"], shutil.which("ldd"), shutil.which("sh"))
""",
    )
    tool = tmp_path / measured.TOOLS / "ldd"
    tool.parent.mkdir()
    tool.touch(mode=0o755)
    assert sandbox.run().stdout == f"{tool.parent} {tool} None\n"


def test_main_gives_the_status_and_writes_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "somewhere"
    folder.mkdir()
    Sandbox(tmp_path, "raise SystemExit(7)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    # It sets another; this brings it back.
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.chdir(folder)
    assert measured.main("program", "plan.json") == 7
    assert [path.name for path in folder.iterdir()] == [measured.METRICS]
