"""Tests of the settings and of names."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ai_coder.common.errors import InputError
from ai_coder.trainer.settings import Settings, check_name, name_of

SETTINGS = Settings(None, None, 3, 16, 5e-4, 256, 0.2, 1, 2)


@pytest.mark.parametrize("name", ["a", "bugs-2.1_x", "A" * 64])
def test_names(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", ".a", "-a", "a.", "a b", "ä", "CON", "nul.x", "a\n"]
)
def test_unsafe_names(name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name of a model"):
        check_name(name)


def test_too_long_a_name() -> None:
    with pytest.raises(InputError):
        check_name("a" * 65)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("bugs.jsonl", "bugs"),
        ("my data (2).csv", "my-data-2"),
        ("größe.csv", "gr-e"),
        ("_.csv", "model"),
        ("nul.csv", "nul-model"),
        ("a.b.csv", "a.b"),
        (f"{'x' * 70}.csv", "x" * 64),
    ],
)
def test_the_name_of_the_data(data: str, name: str) -> None:
    assert name_of(Path("some", data)) == check_name(name)


def test_the_name_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs.v2" / "in").mkdir(parents=True)
    assert name_of(tmp_path / "docs.v2") == "docs.v2"
    monkeypatch.chdir(tmp_path / "docs.v2" / "in")
    assert (name_of(Path(".")), name_of(Path(".."))) == ("in", "docs.v2")


def test_differences() -> None:
    other = dataclasses.asdict(dataclasses.replace(SETTINGS, epochs=5, learning_rate=1e-3))
    assert SETTINGS.differences(other) == ["epochs 5, not 3", "learning rate 0.001, not 0.0005"]
    assert SETTINGS.differences(dataclasses.asdict(SETTINGS)) == []
