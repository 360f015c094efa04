"""The folder of a trained model, and the card in it that says what it is.

========================  ==================================================================
``model.json``            the `ModelCard`, for programs
``README.md``             the same for people
``config.json``           the architecture, as transformers writes it
``model.safetensors``     the weights
``tokenizer.json``        the tokenizer, as the library *tokenizers* writes it
``tokenizer_config.json`` what transformers wants to know of the tokenizer
``model.onnx``            the same network as a graph, for inference without torch (optional)
========================  ==================================================================
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_coder.common.errors import InputError

SCHEMA = 1

# Of the graph: its inputs (texts x tokens), its output (texts x labels), and where its metadata has
# the SHA-256 of the tokenizer that it takes its tokens from.
INPUTS = ("input_ids", "attention_mask")
OUTPUT = "logits"
TOKENIZER_DIGEST = "tokenizer_sha256"

CARD = "model.json"
README = "README.md"
CONFIG = "config.json"
WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
TOKENIZER_CONFIG = "tokenizer_config.json"
GRAPH = "model.onnx"

# Files of a few kilobytes decide how the large ones are read; those are checked by their size.
_CHECKED_BY_CONTENT = frozenset({CONFIG, TOKENIZER, TOKENIZER_CONFIG})

# Architectures (the `model_type` of transformers) that the trainer and the analyzer carry.
ARCHITECTURES = ("bert", "distilbert", "electra", "roberta")


@dataclass(frozen=True)
class ModelFile:
    """One file of a model: its SHA-256 in hexadecimal and its size in bytes."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class ModelCard:
    """What a model is, what it learned from and how well.

    ``name``          name of the model, also of its folder
    ``architecture``  one of `ARCHITECTURES`
    ``labels``        the classes, in the order of the network's outputs
    ``max_length``    tokens the network reads of one text
    ``metrics``       on the validation data: "accuracy", "macro_f1", "loss"
    ``data``          "sha256" of the examples, their numbers in "train", "validation", "labels"
    ``training``      "seed", "epochs", "batch_size", "learning_rate", "base", ...
    ``versions``      of the libraries that trained it
    ``files``         the other files of the folder by name
    """

    name: str
    architecture: str
    labels: tuple[str, ...]
    max_length: int
    metrics: dict[str, float]
    data: dict[str, Any]
    training: dict[str, Any]
    versions: dict[str, str]
    files: dict[str, ModelFile]

    @property
    def has_graph(self) -> bool:
        """Whether the folder has a graph for inference without torch."""
        return GRAPH in self.files

    def as_json(self) -> str:
        """The content of ``model.json``."""
        return json.dumps({"schema": SCHEMA, **dataclasses.asdict(self)}, indent=2) + "\n"


def describe(path: Path) -> ModelFile:
    """The `ModelFile` of the file at *path*."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    return ModelFile(digest.hexdigest(), size)


def models(folder: Path) -> Iterator[Path]:
    """The folders in *folder* that hold a model, the one written last first."""
    try:
        cards = [(path.stat().st_mtime_ns, path.parent) for path in folder.glob(f"*/{CARD}")]
    except OSError:
        return
    for _, path in sorted(cards, key=lambda each: (-each[0], each[1].name)):
        if not path.name.startswith("."):
            yield path


def read_card(folder: Path) -> ModelCard:
    """The card of the model in *folder*; `InputError` if it is no whole model."""
    path = folder / CARD
    try:
        content = json.loads(path.read_bytes())
        schema = content.pop("schema")
        if schema != SCHEMA:
            raise InputError(
                f"{path} has schema {schema!r}, this program reads {SCHEMA}; train the model again"
            )
        files = {name: ModelFile(**each) for name, each in content.pop("files").items()}
        labels = tuple(map(str, content["labels"]))
        length = int(content["max_length"])
        card = ModelCard(**{**content, "labels": labels, "max_length": length}, files=files)
    except FileNotFoundError:
        raise InputError(
            f"{folder} is no model: it has no {CARD}; name a folder that ai-coder-trainer wrote"
        ) from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is damaged ({error}); train the model again") from error
    _check(folder, card)
    return card


def _check(folder: Path, card: ModelCard) -> None:
    for name, expected in card.files.items():
        path = folder / name
        try:
            size = path.stat().st_size
            changed = name in _CHECKED_BY_CONTENT and describe(path) != expected
        except OSError as error:
            raise InputError(
                f"the model {card.name} lacks {path} ({error.strerror}); train it again"
            ) from error
        if size != expected.bytes:
            raise InputError(
                f"{path} has {size:,} bytes instead of {expected.bytes:,}: it is damaged; "
                "train the model again or restore the file"
            )
        if changed:
            raise InputError(
                f"{path} is not the file that the model {card.name} was trained with; "
                "train the model again or restore the file"
            )
