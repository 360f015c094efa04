"""A tiny model, made anew: random weights, a tokenizer of bytes, and a graph of both."""

from __future__ import annotations

import dataclasses
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ai_coder.model.folder import (
    CARD,
    CONFIG,
    GRAPH,
    TOKENIZER,
    TOKENIZER_DIGEST,
    WEIGHTS,
    ModelCard,
    describe,
    read_card,
)

LABELS = ("clean", "buggy", "unclear")
MAX_LENGTH = 48


@pytest.fixture(scope="session")
def built_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model; tests take a copy of it, see `model`."""
    from ai_coder.model.network import prepare

    prepare(1)
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["[PAD]", "[CLS]", "[SEP]"]
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(["def f(x):\n    return x\n"] * 2, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.save(str(folder / TOKENIZER))
    torch.manual_seed(3)
    settings: dict[str, Any] = {
        "vocab_size": 300,
        "pad_token_id": 0,
        "dim": 16,
        "n_layers": 1,
        "n_heads": 2,
        "hidden_dim": 32,
        "max_position_embeddings": 64,
        "num_labels": len(LABELS),
        # Small ones would make all texts look the same.
        "initializer_range": 1.0,
    }
    network: Any = DistilBertForSequenceClassification(DistilBertConfig(**settings))
    network.eval()
    network.save_pretrained(folder)
    draw_graph(network, folder / GRAPH, describe(folder / TOKENIZER).sha256)
    write_card(folder)
    return folder


@pytest.fixture
def model(built_model: Path, tmp_path: Path) -> Path:
    """A model of its own for a test that changes it."""
    return Path(shutil.copytree(built_model, tmp_path / "models" / "tiny"))


def draw_graph(
    network: Any,
    path: Path,
    digest: str,
    inputs: Sequence[str] = ("input_ids", "attention_mask"),
) -> None:
    """Write the graph of *network* to *path*, for the tokenizer of *digest*."""
    import onnx
    import torch

    tokens = torch.ones(2, 8, dtype=torch.int64)
    size = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (tokens, tokens),
            str(path),
            dynamo=False,
            input_names=list(inputs),
            output_names=["logits"],
            dynamic_axes={**dict.fromkeys(inputs, size), "logits": {0: "texts"}},
            opset_version=17,
        )
    graph = onnx.load(path)
    graph.metadata_props.add(key=TOKENIZER_DIGEST, value=digest)
    onnx.save(graph, path)


def write_card(folder: Path, **changes: Any) -> None:
    """Write the card of the files that are now in *folder*, with other *changes*."""
    names = [each for each in (CONFIG, GRAPH, TOKENIZER, WEIGHTS) if (folder / each).is_file()]
    card = ModelCard(
        name=folder.name,
        architecture="distilbert",
        labels=LABELS,
        max_length=MAX_LENGTH,
        metrics={},
        data={},
        training={},
        versions={},
        files={name: describe(folder / name) for name in names},
    )
    (folder / CARD).write_text(dataclasses.replace(card, **changes).as_json())
    assert read_card(folder)
