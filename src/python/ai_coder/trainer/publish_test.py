"""Tests of putting a model in its place."""

from __future__ import annotations

import errno
import itertools
from pathlib import Path

import pytest

from ai_coder.common.errors import InputError
from ai_coder.trainer.publish import check_target, put_in_place, recover, staging


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A work folder with a new model."""
    folder = tmp_path / "work"
    staging(folder).mkdir(parents=True)
    (staging(folder) / "model.json").write_text("new")
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A place with an old model."""
    folder = tmp_path / "bugs"
    folder.mkdir()
    (folder / "model.json").write_text("old")
    (folder / "other").write_text("old")
    return folder


def fail_at_second_rename(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    real, calls = Path.rename, itertools.count(1)

    def rename(source: Path, target: Path) -> Path:
        if next(calls) == 2:
            raise error
        return real(source, target)

    monkeypatch.setattr(Path, "rename", rename)


def test_a_new_place(work: Path, tmp_path: Path) -> None:
    put_in_place(work, tmp_path / "bugs")
    assert content(tmp_path / "bugs") == {"model.json": "new"}


def test_an_old_model_is_replaced(work: Path, target: Path) -> None:
    check_target(target)
    put_in_place(work, target)
    assert content(target) == {"model.json": "new"}
    recover(work, target)
    assert content(target) == {"model.json": "new"}
    assert list(work.iterdir()) == []


def test_a_failure_leaves_the_old_one(
    work: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_at_second_rename(monkeypatch, OSError(errno.EACCES, "Permission denied"))
    with pytest.raises(InputError, match="bugs: Permission denied"):
        put_in_place(work, target)
    assert content(target) == {"model.json": "old", "other": "old"}


def test_a_kill_in_between_is_put_right_later(
    work: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fail_at_second_rename(patch, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            put_in_place(work, target)
    assert not target.exists()
    recover(work, target)
    assert content(target) == {"model.json": "old", "other": "old"}
    put_in_place(work, target)
    assert content(target) == {"model.json": "new"}


def test_what_is_no_model_is_left_alone(tmp_path: Path) -> None:
    check_target(tmp_path / "no")
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(InputError, match="is there and no model; choose another --name"):
            check_target(path)
