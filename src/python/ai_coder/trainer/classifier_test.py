"""Tests of networks from scratch and on top of base models."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ai_coder.common.errors import InputError
from ai_coder.model.folder import ARCHITECTURES
from ai_coder.trainer.classifier import (
    base_config,
    build,
    config_of,
    digest_of_weights,
    load_base,
    most_tokens,
    scratch_config,
)
from ai_coder.trainer.tokens import load_tokenizer, train_tokenizer

MakeBase = Callable[..., Path]
LABELS = ("bug", "fix")


def network_on(folder: Path, labels: Sequence[str] = LABELS) -> Any:
    """What the trainer makes of a base model."""
    digest_of_weights(folder)
    network = build(base_config(folder, load_tokenizer(folder)), labels)
    load_base(network, folder)
    return network


def weights_of(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return dict(load_file(folder / "model.safetensors"))


def rewrite(folder: Path, weights: dict[str, Any]) -> None:
    from safetensors.torch import save_file

    save_file(weights, folder / "model.safetensors")


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_from_scratch() -> None:
    config = scratch_config(train_tokenizer(["some text", "some more"]))
    assert most_tokens(config) == 64
    network = build(config, LABELS)
    assert network.config.id2label == {0: "bug", 1: "fix"}
    assert network.config.label2id == {"bug": 0, "fix": 1}
    again = build(config_of(network.config.to_json_string()), LABELS)
    assert again.config.to_json_string() == network.config.to_json_string()
    again.load_state_dict(network.state_dict())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("auto", ["AutoModel", "AutoModelForMaskedLM"])
def test_architectures(make_base: MakeBase, architecture: str, auto: str) -> None:
    folder = make_base(architecture, auto)
    network = network_on(folder)
    stored = weights_of(folder)
    body = f"{network.base_model_prefix}."
    for name, weight in network.state_dict().items():
        if name.startswith(body) and ".pooler." not in name:
            without = name.removeprefix(body)
            assert weight.equal(stored.get(name, stored.get(without))), name
    assert most_tokens(network.config) == (65 if architecture == "roberta" else 66)
    assert network.config.architectures == [type(network).__name__]


def test_half_precision_becomes_whole(make_base: MakeBase) -> None:
    import torch

    folder = make_base()
    rewrite(folder, {name: each.bfloat16() for name, each in weights_of(folder).items()})
    change(folder / "config.json", dtype="bfloat16")
    network = network_on(folder)
    assert {each.dtype for each in network.parameters()} == {torch.float32}
    assert json.loads(network.config.to_json_string())["dtype"] == "float32"


def test_old_names_of_parameters(make_base: MakeBase) -> None:
    folder = make_base()
    weights = weights_of(folder)
    norm = "embeddings.LayerNorm"
    weights[f"{norm}.gamma"] = weights.pop(f"{norm}.weight") * 3
    weights[f"{norm}.beta"] = weights.pop(f"{norm}.bias")
    rewrite(folder, weights)
    assert network_on(folder).state_dict()[f"bert.{norm}.weight"].eq(3).all()


def test_code_of_a_model_is_not_mentioned(make_base: MakeBase) -> None:
    folder = make_base()
    change(folder / "config.json", auto_map={"AutoModel": "evil.Model"})
    assert "auto_map" not in network_on(folder).config.to_json_string()


@pytest.mark.parametrize(("labels", "same"), [(LABELS, True), (LABELS[::-1], False)])
def test_the_classifier_is_kept_for_the_same_classes(
    make_base: MakeBase, labels: Sequence[str], same: bool
) -> None:
    folder = make_base(
        auto="AutoModelForSequenceClassification", id2label={0: "bug", 1: "fix"}, label2id={}
    )
    network = network_on(folder, labels)
    assert network.classifier.weight.equal(weights_of(folder)["classifier.weight"]) is same


def truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def cut_the_header(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:50])


def point(folder: Path) -> None:
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\n")


def shrink(folder: Path) -> None:
    change(folder / "config.json", vocab_size=100)


def grow(folder: Path) -> None:
    change(folder / "config.json", hidden_size=32)


def deepen(folder: Path) -> None:
    change(folder / "config.json", num_hidden_layers=2)


def quantize(folder: Path) -> None:
    rewrite(folder, {name: each.char() for name, each in weights_of(folder).items()})


def misdivide(folder: Path) -> None:
    change(folder / "config.json", num_attention_heads=3)


def of_another_kind(folder: Path) -> None:
    change(folder / "config.json", model_type="gpt2")


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def emptied(name: str) -> Callable[[Path], None]:
    def empty(folder: Path) -> None:
        (folder / name).write_bytes(b"")

    return empty


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without("model.safetensors"), "has no model.safetensors; name the folder of a base"),
        (emptied("model.safetensors"), "model.safetensors is empty; get the base model again"),
        (truncate, "model.safetensors is damaged"),
        (cut_the_header, "model.safetensors is damaged"),
        (point, "model.safetensors is damaged"),
        (without("config.json"), "is no base model: it has no config.json"),
        (emptied("config.json"), "config.json is no configuration of a network"),
        (of_another_kind, "'gpt2'.* bert, distilbert, electra, roberta"),
        (without("tokenizer.json"), "has no tokenizer.json"),
        (shrink, r"has 3\d\d tokens, its network knows 100: they do not belong together"),
        (grow, "does not fit the config.json beside it: .* is 16 instead of 32"),
        (deepen, "it has no bert.encoder.layer.1."),
        (quantize, "is quantized"),
        (misdivide, "describes no network .*multiple of the number of attention heads"),
    ],
)
def test_broken_bases(make_base: MakeBase, damage: Callable[[Path], None], message: str) -> None:
    folder = make_base()
    damage(folder)
    with pytest.raises(InputError, match=message) as raised:
        network_on(folder)
    assert "\n" not in str(raised.value)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no model\.safetensors"):
        network_on(tmp_path / "no")
