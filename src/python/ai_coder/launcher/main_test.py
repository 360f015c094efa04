"""Tests of the launcher as a process of its own, frozen and from source."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import ai_coder
from ai_coder.common import components
from ai_coder.common.errors import ComponentNotExecutable
from ai_coder.common.version import __version__
from ai_coder.launcher.main import main
from ai_coder.launcher.start import run_child, start

SOURCE = Path(ai_coder.__file__).absolute().parents[1]
# Makes an interpreter behave as the frozen launcher at the path given first.
AS_FROZEN = """
import sys
sys.frozen, sys.executable = True, sys.argv.pop(1)
from ai_coder.launcher.main import main
sys.exit(main())
"""
Result = subprocess.CompletedProcess[str]


class Distribution:
    """A folder with components that are shell scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.launcher = self.add("launcher", "exit 99")

    def add(self, name: str, script: str) -> Path:
        path = self.folder / components.named(name).executable
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def run(
        self,
        *arguments: str,
        launcher: Path | None = None,
        variables: dict[str, str] | None = None,
        cwd: Path | None = None,
        input: str | None = None,
    ) -> Result:
        return subprocess.run(
            [sys.executable, "-c", AS_FROZEN, str(launcher or self.launcher), *arguments],
            env={**os.environ, "PYTHONPATH": str(SOURCE), **(variables or {})},
            cwd=cwd,
            input=input,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def distribution(tmp_path: Path) -> Distribution:
    return Distribution(tmp_path.resolve())


def test_arguments_pass_through_untouched(distribution: Distribution) -> None:
    distribution.add("scanner", 'printf "<%s>" "$@"')
    arguments = ["--version", "--help", "-h", "--", "a b", "", "--format", "json", "list", "ä"]
    result = distribution.run("scanner", *arguments)
    assert result.stdout == "".join(f"<{argument}>" for argument in arguments)
    assert result.returncode == 0


def test_streams_and_exit_status_pass_through(distribution: Distribution) -> None:
    distribution.add("web", "cat; echo oops >&2; exit 42")
    result = distribution.run("web", input="from stdin")
    assert (result.stdout, result.stderr, result.returncode) == ("from stdin", "oops\n", 42)


def test_the_launcher_becomes_the_component(distribution: Distribution) -> None:
    distribution.add("web", "kill -TERM $$")
    assert distribution.run("web").returncode == -signal.SIGTERM


def test_a_closed_pipe_ends_the_component(distribution: Distribution) -> None:
    # Python ignores SIGPIPE; a component that inherited this would go on.
    distribution.add("web", "kill -PIPE $$; exit 7")
    assert distribution.run("web").returncode == -signal.SIGPIPE


def test_components_are_found_from_any_folder_and_through_a_link(
    distribution: Distribution, tmp_path_factory: pytest.TempPathFactory
) -> None:
    distribution.add("web", "pwd")
    elsewhere = tmp_path_factory.mktemp("elsewhere").resolve()
    link = elsewhere / "ai-coder-launcher"
    link.symlink_to(distribution.launcher)
    result = distribution.run("web", launcher=link, cwd=elsewhere)
    assert result.stdout == f"{elsewhere}\n"


def test_the_component_gets_the_environment_of_the_launcher(distribution: Distribution) -> None:
    distribution.add("web", 'echo "${LD_LIBRARY_PATH-unset} $MINE"')
    assert distribution.run("web", variables={"MINE": "kept"}).stdout == "unset kept\n"
    variables = {"LD_LIBRARY_PATH": "/users", "MINE": "kept"}
    assert distribution.run("web", variables=variables).stdout == "/users kept\n"


def test_a_missing_component_is_named_with_the_folder_and_the_others(
    distribution: Distribution,
) -> None:
    distribution.add("web", "exit 0")
    result = distribution.run("trainer", "--version")
    assert result.returncode == 127
    assert result.stdout == ""
    assert "'trainer'" in result.stderr
    assert str(distribution.folder) in result.stderr
    assert "available: web, launcher" in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_unknown_component_gets_a_suggestion(distribution: Distribution) -> None:
    result = distribution.run("analyser")
    assert result.returncode == 127
    assert "did you mean 'analyzer'?" in result.stderr


def make_unexecutable(path: Path) -> None:
    path.chmod(0o644)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("gone"))


def make_foreign(path: Path) -> None:
    path.write_bytes(b"\x00\x01 not a program")


def make_orphan(path: Path) -> None:
    path.write_text("#!/no/such/interpreter\n")


@pytest.mark.parametrize(
    ("damage", "code", "words"),
    [
        (make_unexecutable, 126, "is not executable"),
        (make_folder, 126, "is not a file"),
        (make_dangling, 127, "symbolic link"),
        (make_foreign, 126, "is not a program for this system"),
        (make_orphan, 127, "interpreter"),
    ],
)
def test_a_damaged_component_gets_one_clear_error(
    distribution: Distribution, damage: Callable[[Path], None], code: int, words: str
) -> None:
    damage(distribution.add("web", "exit 0"))
    result = distribution.run("web")
    assert result.returncode == code
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_list_shows_what_is_there(distribution: Distribution) -> None:
    distribution.add("web", "exit 0")
    make_unexecutable(distribution.add("trainer", "exit 0"))
    lines = distribution.run("list").stdout.splitlines()
    states = {line.split()[0]: line.split()[1] for line in lines}
    assert tuple(states) == components.NAMES
    assert states["web"] == "available"
    assert states["trainer"] == "unusable"
    assert states["scanner"] == "missing"
    web = next(line for line in lines if line.startswith("web"))
    assert str(distribution.folder / "ai-coder-web") in web
    assert components.named("web").description in web


def test_list_as_json(distribution: Distribution) -> None:
    distribution.add("web", "exit 0")
    report = json.loads(distribution.run("list", "--format", "json").stdout)
    assert report["folder"] == str(distribution.folder)
    entries = {entry["name"]: entry for entry in report["components"]}
    assert entries["web"] == {
        "name": "web",
        "available": True,
        "path": str(distribution.folder / "ai-coder-web"),
        "description": components.named("web").description,
        "problem": None,
    }
    assert not entries["core"]["available"]
    assert "core" in entries["core"]["problem"]


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ai-coder-launcher {__version__}\n"
    with pytest.raises(SystemExit) as help_:
        main(["--help"])
    assert help_.value.code == 0
    output = capsys.readouterr().out
    assert all(name in output for name in (*components.NAMES, "list", "127 not found"))


@pytest.mark.parametrize("argv", [[], ["--wrong"], ["--", "web"], ["list", "--format", "xml"]])
def test_wrong_use_ends_with_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        main(argv)
    assert error.value.code == 2
    assert "usage: ai-coder-launcher" in capsys.readouterr().err


def test_starting_as_a_child_returns_its_status() -> None:
    # The way of Windows, which works everywhere.
    handler = signal.getsignal(signal.SIGINT)
    try:
        assert run_child([sys.executable, "-c", "raise SystemExit(42)"], os.environ) == 42
    finally:
        signal.signal(signal.SIGINT, handler)


def test_from_source(tmp_path: Path) -> None:
    package = tmp_path / "ai_coder"
    for part in ("common", "launcher"):
        shutil.copytree(SOURCE / "ai_coder" / part, package / part)
    (package / "scanner").mkdir()
    for file in (package / "__init__.py", package / "scanner" / "__init__.py"):
        file.write_text("")
    (package / "scanner" / "__main__.py").write_text("import sys; sys.exit(print(*sys.argv[1:]))")
    # What lies in the user's folder must not be taken for the component or its libraries.
    work = tmp_path / "work"
    (work / "ai_coder").mkdir(parents=True)
    (work / "json.py").write_text("raise SystemExit('shadowed')")

    def run(*arguments: str) -> Result:
        return subprocess.run(
            [sys.executable, "-P", "-m", "ai_coder.launcher", *arguments],
            env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=work,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    result = run("scanner", "--version", "x")
    assert (result.stdout, result.returncode) == ("--version x\n", 0), result.stderr
    missing = run("web")
    assert missing.returncode == 127
    assert "available: scanner, launcher" in missing.stderr


@pytest.mark.skipif(os.name == "nt", reason="the limits of POSIX")
def test_arguments_that_are_too_long_are_one_clear_error(distribution: Distribution) -> None:
    web = distribution.add("web", "exit 0")
    with pytest.raises(ComponentNotExecutable, match=r"arguments are too long.* 200,0") as error:
        start([str(web), "x" * 200_000], {})
    assert "\n" not in str(error.value)


def test_a_list_that_nobody_can_get_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["list"]) == 3
    assert main(["--version"]) == 0


def test_only_light_modules_are_imported() -> None:
    code = "import sys, ai_coder.launcher.main; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    heavy = {"subprocess", "difflib", "asyncio", "logging", "PyQt6", "requests"}
    assert not heavy & set(output)
