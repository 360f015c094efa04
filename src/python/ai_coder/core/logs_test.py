"""Tests of logging."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_coder.core import logs, setup_logging


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    level = logging.getLogger().level
    yield
    while logs._installed:
        handler = logs._installed.pop()
        logging.getLogger().removeHandler(handler)
        handler.close()
    logging.getLogger().setLevel(level)


def test_messages_go_to_the_file_and_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = setup_logging("info", tmp_path / "new")
    assert path == tmp_path / "new" / "ai-coder-core.log"
    logging.getLogger("x").info("hello")
    logging.getLogger("x").debug("not this")
    for text in (path.read_text(), capsys.readouterr().err):
        assert "INFO x: hello" in text and "not this" not in text


def test_a_second_setup_replaces_the_first(tmp_path: Path) -> None:
    setup_logging("info", tmp_path)
    path = setup_logging("debug", tmp_path)
    logging.getLogger("x").debug("once")
    assert path is not None and path.read_text().count("once") == 1


def test_the_file_is_in_the_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_CODER_HOME", str(tmp_path))
    assert setup_logging() == tmp_path / "logs" / "ai-coder-core.log"


def test_a_read_only_distribution_leads_to_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").write_text("stands in the way")
    monkeypatch.setenv("AI_CODER_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert setup_logging() == tmp_path / "cache" / "ai-coder" / "logs" / "ai-coder-core.log"


def test_without_any_folder_it_still_logs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert setup_logging("warning", tmp_path / "file" / "logs") is None
    assert "no log file" in capsys.readouterr().err


def test_the_file_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_MAX_BYTES", 500)
    setup_logging("error", tmp_path)
    for _ in range(100):
        logging.getLogger("x").error("y" * 100)
    files = list(tmp_path.iterdir())
    assert len(files) == 4
    assert all(file.stat().st_size <= 500 for file in files)
