"""Tests of the command line of the desktop application."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import ai_coder
from ai_coder.common.errors import InputError
from ai_coder.common.version import __version__
from ai_coder.core import command as module

SOURCE = Path(ai_coder.__file__).absolute().parents[1]


def environment(home: Path, **variables: str) -> dict[str, str]:
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**kept, "PYTHONPATH": str(SOURCE), "AI_CODER_HOME": str(home), **variables}


def core(
    home: Path, *arguments: str, python: tuple[str, ...] = ("-m", "ai_coder.core"), **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *python, *arguments],
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


WITHOUT_QT = """
import sys
sys.modules["PyQt6"] = None
from ai_coder.core.main import main
sys.exit(main())
"""


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_do_without_qt(tmp_path: Path, option: str) -> None:
    result = core(tmp_path, option, python=("-c", WITHOUT_QT))
    assert result.returncode == 0, result.stderr
    assert "ai-coder-core" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_version(tmp_path: Path) -> None:
    assert core(tmp_path, "--version").stdout == f"ai-coder-core {__version__}\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about displays of Linux")
def test_without_a_display_there_is_one_clear_error(tmp_path: Path) -> None:
    result = core(tmp_path, DISPLAY="")
    assert result.returncode == 3
    assert "no display" in result.stderr and result.stderr.count("\n") == 1


def test_what_qt_cannot_do_is_one_error_and_no_crash(tmp_path: Path) -> None:
    result = core(tmp_path, QT_QPA_PLATFORM="nonsense")
    assert result.returncode == 3
    assert "nonsense" in result.stderr and result.stderr.count("\n") == 1


def test_qt_that_is_not_installed(tmp_path: Path) -> None:
    result = core(tmp_path, python=("-c", WITHOUT_QT), QT_QPA_PLATFORM="offscreen")
    assert result.returncode == 3
    assert "PyQt6 cannot be loaded" in result.stderr and result.stderr.count("\n") == 1


def test_a_missing_system_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ImportError(
        "libEGL.so.1: cannot open shared object file: No such file or directory",
        name="PyQt6.QtGui",
        path="/x/PyQt6/QtGui.abi3.so",
    )
    assert "system library libEGL.so.1 is missing" in module._explain(error)


def test_screenshot(tmp_path: Path) -> None:
    target = tmp_path / "new" / "window.png"
    result = core(tmp_path, "--screenshot", str(target), QT_QPA_PLATFORM="offscreen")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"saved {target} (") and result.stdout.count("\n") == 1
    assert result.stderr == ""
    data = target.read_bytes()
    assert data.startswith(b"\x89PNG") and b"IEND" in data[-12:]
    assert [path.name for path in target.parent.iterdir()] == ["window.png"]


def test_a_screenshot_that_cannot_be_saved(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "window.png"
    result = core(tmp_path, "--screenshot", str(target), QT_QPA_PLATFORM="offscreen")
    assert result.returncode == 3
    assert str(target) in result.stderr and result.stderr.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_window(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ai_coder.core", "--log-level", "info"],
        env=environment(tmp_path, QT_QPA_PLATFORM="offscreen"),
        stderr=subprocess.PIPE,
    )
    try:
        log = tmp_path / "logs" / "ai-coder-core.log"
        until = time.monotonic() + 60
        while not (log.exists() and "window open" in log.read_text()):
            assert time.monotonic() < until and process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(30) == 128 + number
    finally:
        process.kill()
        process.communicate()
    assert (tmp_path / "shared" / "config" / "core.json").exists()


def test_the_errors_of_others_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ai_coder.core.settings", None)
    monkeypatch.delitem(sys.modules, "ai_coder.core.application", raising=False)
    monkeypatch.delitem(sys.modules, "ai_coder.core.window", raising=False)
    with pytest.raises(ImportError) as error:
        module._application()
    assert not isinstance(error.value, InputError)
