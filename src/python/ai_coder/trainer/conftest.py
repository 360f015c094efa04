"""Small data, small networks."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ai_coder.model.network import prepare
from ai_coder.trainer import classifier

prepare(1)

SIGNS = {"bug": "crash", "doc": "guide", "fix": "patch"}
_WORDS = ["open", "close", "read", "write", "file", "socket", "thread", "lock"]


def rows(count: int) -> list[dict[str, str]]:
    """Short texts in turn of each class, which one word of each gives away."""
    generator = random.Random(5)
    labels = list(SIGNS)
    return [
        {
            "text": " ".join(
                [*generator.choices(_WORDS, k=generator.randint(1, 4)), SIGNS[label], str(number)]
            ),
            "label": label,
        }
        for number, label in zip(range(count), labels * count, strict=False)
    ]


def write_rows(path: Path, count: int) -> Path:
    """`rows` as JSON lines in *path*."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(count)))
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A file with 30 texts of three classes."""
    return write_rows(tmp_path / "toy.jsonl", 30)


@pytest.fixture(autouse=True)
def small_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks from scratch are as small as they can be."""
    for name, value in {"DIMENSIONS": 32, "LAYERS": 1, "HIDDEN": 32, "POSITIONS": 64}.items():
        monkeypatch.setattr(classifier, name, value)


@pytest.fixture
def fast() -> Mapping[str, Any]:
    """Arguments for a training that takes no time."""
    return {"epochs": 1, "batch_size": 8, "max_length": 16, "threads": 1}


SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 66,
}
# DistilBERT has names of its own for the same.
_DISTILBERT_SIZES = {
    "dim": 16,
    "n_layers": 1,
    "n_heads": 2,
    "hidden_dim": 16,
    "max_position_embeddings": 66,
}


@pytest.fixture
def make_base(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder with a base model of an architecture."""

    def make(architecture: str = "bert", auto: str = "AutoModel", **settings: Any) -> Path:
        import transformers

        from ai_coder.trainer.tokens import train_tokenizer

        folder = tmp_path / f"base-{architecture}"
        tokenizer = train_tokenizer(row["text"] for row in rows(30))
        config = transformers.CONFIG_MAPPING[architecture](
            vocab_size=tokenizer.get_vocab_size(),
            pad_token_id=0,
            **{**(_DISTILBERT_SIZES if architecture == "distilbert" else SIZES), **settings},
        )
        getattr(transformers, auto).from_config(config).save_pretrained(folder)
        tokenizer.save(str(folder / "tokenizer.json"))
        return folder

    return make
