from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ai_coder.common.errors import InputError
from ai_coder.model.folder import CARD, CONFIG, WEIGHTS, ModelCard, describe, models, read_card


def write_model(folder: Path, **changes: Any) -> ModelCard:
    """A model whose files hold nothing but their names."""
    folder.mkdir(parents=True)
    for name in (CONFIG, WEIGHTS):
        (folder / name).write_text(name)
    fields: dict[str, Any] = {
        "name": folder.name,
        "architecture": "distilbert",
        "labels": ("good", "risky"),
        "max_length": 128,
        "metrics": {"accuracy": 0.5},
        "data": {"sha256": "0" * 64},
        "training": {"seed": 1},
        "versions": {"torch": "2"},
        "files": {name: describe(folder / name) for name in (CONFIG, WEIGHTS)},
    }
    card = ModelCard(**{**fields, **changes})
    (folder / CARD).write_text(card.as_json())
    return card


def test_a_card_is_read_as_it_was_written(tmp_path: Path) -> None:
    card = write_model(tmp_path / "a")
    assert read_card(tmp_path / "a") == card
    assert not card.has_graph
    assert write_model(tmp_path / "b").as_json() == write_model(tmp_path / "c", name="b").as_json()


def test_the_model_written_last_comes_first(tmp_path: Path) -> None:
    for position, name in enumerate(("b", "a", "c", ".work")):
        write_model(tmp_path / name)
        os.utime(tmp_path / name / CARD, (position, position))
    (tmp_path / "no model").mkdir()
    os.utime(tmp_path / "b" / CARD, (1, 1))
    assert [path.name for path in models(tmp_path)] == ["c", "a", "b"]
    assert list(models(tmp_path / "missing")) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is damaged"),
        ("[]", "is damaged"),
        ("{}", "is damaged"),
        ('{"schema": 1}', "is damaged"),
        ('{"schema": 2}', "has schema 2, this program reads 1"),
        ("\N{SNOWMAN}", "is damaged"),
    ],
)
def test_a_wrong_card_is_told(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / CARD).write_text(content)
    with pytest.raises(InputError) as caught:
        read_card(tmp_path)
    assert str(tmp_path / CARD) in str(caught.value)
    assert problem in str(caught.value)


def test_a_folder_without_a_card_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is no model: it has no model\.json"):
        read_card(tmp_path)


def test_a_missing_shorter_or_other_file_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    write_model(folder)
    (folder / WEIGHTS).write_text("")
    with pytest.raises(InputError, match=f"{WEIGHTS} has 0 bytes instead of 17: it is damaged"):
        read_card(folder)
    (folder / WEIGHTS).unlink()
    with pytest.raises(InputError, match=f"lacks .*{WEIGHTS} .No such file"):
        read_card(folder)
    (folder / WEIGHTS).write_text(WEIGHTS)
    (folder / CONFIG).write_text(CONFIG.upper())
    with pytest.raises(InputError, match=f"{CONFIG} is not the file that the model a was trained"):
        read_card(folder)


def test_a_card_is_plain_json(tmp_path: Path) -> None:
    content = json.loads(write_model(tmp_path / "a").as_json())
    assert content["schema"] == 1
    assert content["labels"] == ["good", "risky"]
    assert content["files"][CONFIG]["bytes"] == len(CONFIG)


def test_a_card_whose_values_are_of_other_types_is_damaged(tmp_path: Path) -> None:
    write_model(tmp_path / "a", max_length="x")
    with pytest.raises(InputError, match="is damaged"):
        read_card(tmp_path / "a")
