"""The network that learns: from scratch, or on top of a base model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_coder.common.errors import InputError, first_line
from ai_coder.model.folder import CONFIG, WEIGHTS, describe
from ai_coder.model.network import load_config
from ai_coder.trainer.tokens import SPECIAL

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

# The network from scratch: a DistilBERT that learns on a laptop in minutes.
DIMENSIONS = 128
LAYERS = 2
HEADS = 2
HIDDEN = 4 * DIMENSIONS
POSITIONS = 512

# Older files call the parameters of a normalization by their Greek names.
_OLD_NAMES = {".gamma": ".weight", ".beta": ".bias"}


def scratch_config(tokenizer: Tokenizer) -> Any:
    """The configuration of a network from scratch for this *tokenizer* with `SPECIAL` tokens."""
    from transformers import DistilBertConfig

    return DistilBertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        pad_token_id=tokenizer.token_to_id(SPECIAL["pad_token"]),
        dim=DIMENSIONS,
        n_layers=LAYERS,
        n_heads=HEADS,
        hidden_dim=HIDDEN,
        max_position_embeddings=POSITIONS,
    )


def base_config(folder: Path, tokenizer: Tokenizer) -> Any:
    """The configuration of the base model in *folder*, which has to fit its *tokenizer*.

    Raises `InputError` if it does not, or is none, or is of an architecture that is not in
    `folder.ARCHITECTURES`.
    """
    path = folder / CONFIG
    if not path.is_file():
        raise InputError(f"{folder} is no base model: it has no {CONFIG}; name a folder with one")
    config = load_config(folder)
    largest = max(tokenizer.get_vocab().values())
    if largest >= config.vocab_size:
        raise InputError(
            f"the tokenizer in {folder} has {largest + 1:,} tokens, its network knows "
            f"{config.vocab_size:,}: they do not belong together; name another base model"
        )
    return config


def config_of(content: str) -> Any:
    """The configuration with this *content*, which is that of a ``config.json`` written here."""
    from transformers import CONFIG_MAPPING

    fields = json.loads(content)
    return CONFIG_MAPPING[fields["model_type"]].from_dict(fields)


def most_tokens(config: Any) -> int:
    """How many tokens of a text a network of this *config* can read."""
    positions = int(config.max_position_embeddings)
    # RoBERTa counts positions from the one after the padding.
    return positions - config.pad_token_id - 1 if config.model_type == "roberta" else positions


def build(config: Any, labels: Sequence[str]) -> PreTrainedModel:
    """A network of this *config* that tells *labels* apart, its weights random."""
    import torch
    from transformers import AutoModelForSequenceClassification

    config.id2label = dict(enumerate(labels))
    config.label2id = {label: number for number, label in enumerate(labels)}
    config.problem_type = "single_label_classification"
    if hasattr(config, "auto_map"):
        del config.auto_map  # names code that comes with some models, and is not used here
    try:
        # A base model may be stored in half precision, which is too coarse to learn in.
        network = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
    except (ValueError, TypeError, RuntimeError, KeyError) as error:
        raise InputError(
            f"the {CONFIG} of the base model describes no network ({first_line(error)}); restore "
            "the file"
        ) from error
    network.config.architectures = [type(network).__name__]
    return network


def load_base(network: PreTrainedModel, folder: Path) -> None:
    """Put the weights of the base model in *folder* into *network*.

    Those of its classifier are taken too if it tells the same classes apart; else the random ones
    stay. Raises `InputError` if they are of another network.
    """
    from safetensors.torch import load_file

    path = folder / WEIGHTS
    weights = {_new_name(name): weight for name, weight in load_file(path).items()}
    body = f"{network.base_model_prefix}."
    if not any(name.startswith(body) for name in weights):
        # A network that was saved without anything on top has no prefix.
        weights = {body + name: weight for name, weight in weights.items()}
    expected = network.state_dict()
    same_classes = _classes(folder) == list(network.config.id2label.values())
    wanted = {
        name: weight
        for name, weight in weights.items()
        if name in expected and (same_classes or name.startswith(body))
    }
    # The pooler is on top of the body, and not every pre-training has one.
    missing = [
        name
        for name in expected
        if name not in wanted and name.startswith(body) and ".pooler." not in name
    ]
    if missing:
        raise _misfit(path, f"it has no {missing[0]}")
    for name, weight in wanted.items():
        if weight.shape != expected[name].shape:
            raise _misfit(
                path, f"{name} is {_by(weight.shape)} instead of {_by(expected[name].shape)}"
            )
        if not weight.is_floating_point():
            raise _misfit(path, f"{name} is quantized")
    network.load_state_dict(wanted, strict=False)


def digest_of_weights(folder: Path) -> str:
    """The SHA-256 of the weights of the base model in *folder*, in hexadecimal.

    Raises `InputError` if there are none or the file is damaged.
    """
    from safetensors import SafetensorError, safe_open

    path = folder / WEIGHTS
    try:
        if not path.stat().st_size:
            raise InputError(f"{path} is empty; get the base model again")
        with safe_open(path, framework="pt"):
            pass  # opening compares the contents that the file lists with its size
        return describe(path).sha256
    except FileNotFoundError:
        raise InputError(
            f"{folder} has no {WEIGHTS}; name the folder of a base model that is saved as "
            "safetensors in one file"
        ) from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; make it readable") from error
    except SafetensorError as error:
        raise InputError(f"{path} is damaged ({error}); get the base model again") from error


def _new_name(name: str) -> str:
    for old, new in _OLD_NAMES.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name


def _classes(folder: Path) -> list[str]:
    """The classes that the base model tells apart, as far as it names them."""
    content = json.loads((folder / CONFIG).read_bytes())
    named = content.get("id2label") or {}
    return [named[number] for number in sorted(named, key=int)]


def _misfit(path: Path, reason: str) -> InputError:
    return InputError(
        f"{path} does not fit the {CONFIG} beside it: {reason}; get the base model again"
    )


def _by(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))
