from __future__ import annotations

from pathlib import Path

import pytest

from ai_coder.common.errors import InputError
from ai_coder.common.paths import HOME_VARIABLE, own_folder


def test_it_is_in_the_shared_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    assert own_folder("a/b") == tmp_path / "shared" / "data" / "a" / "b"
    assert own_folder("a/b").is_dir()


def test_where_that_cannot_be_it_is_in_the_cache_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.write_text("no folder")
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    monkeypatch.setattr("ai_coder.common.paths.user_cache", lambda: tmp_path / "cache")
    assert own_folder("a") == tmp_path / "cache" / "ai-coder" / "a"
    monkeypatch.setattr("ai_coder.common.paths.user_cache", lambda: home)
    with pytest.raises(InputError, match=f"or set {HOME_VARIABLE}"):
        own_folder("a")
