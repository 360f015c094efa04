"""Tests of the settings file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ai_coder.common.errors import InputError
from ai_coder.core import settings as module
from ai_coder.core.settings import Settings, SettingsFile

FULL = Settings(
    geometry="AAAA",
    theme="dark",
    log_level="debug",
    component="web",
    values={"web": {"url": "https://example.org", "depth": 2}, "scanner": {"lint": False}},
)


def test_settings_come_back(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "shared" / "config")
    assert file.save(FULL) == ""
    assert file.path.name == "core.json"
    assert SettingsFile(tmp_path / "shared" / "config").load() == (FULL, "")
    assert [path.name for path in file.path.parent.iterdir()] == ["core.json"]


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert SettingsFile(tmp_path).load() == (Settings(), "")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"theme": 1}',
        b'{"theme": "pink"}',
        b'{"log_level": "loud"}',
        b'{"geometry": null}',
        b'{"values": []}',
        b'{"values": {"web": 1}}',
        b'{"values": {"web": {"depth": "2"}}}',
        b'{"values": {"web": {"depth": 999}}}',
        b'{"values": {"scanner": {"lint": 1}}}',
    ],
)
def test_a_bad_file_is_told_and_kept_aside(tmp_path: Path, content: bytes) -> None:
    file = SettingsFile(tmp_path)
    file.path.write_bytes(content)
    loaded, notice = file.load()
    assert loaded == Settings()
    assert "core.json.bad" in notice and "\n" not in notice
    assert (tmp_path / "core.json.bad").read_bytes() == content
    assert not file.path.exists()


def test_what_another_version_wrote_is_left_out(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    values = {"web": {"url": "x", "gone": 1}, "unknown": {"a": "b"}}
    file.path.write_text(json.dumps({"new": 1, "values": values}))
    assert file.load() == (Settings(values={"web": {"url": "x"}}), "")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    file.path.mkdir()
    loaded, notice = file.load()
    assert loaded == Settings() and "not read" in notice


def test_settings_that_cannot_be_kept_are_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, content: str) -> None:
        raise InputError("read-only")

    monkeypatch.setattr(module, "write_atomically", refuse)
    file = SettingsFile(tmp_path)
    assert "not kept" in file.save(FULL)
    assert file.save(FULL) == ""


def test_a_folder_that_cannot_be_made_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "not kept" in SettingsFile(tmp_path / "file" / "config").save(FULL)
