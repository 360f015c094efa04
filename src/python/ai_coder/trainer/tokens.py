"""Tokenizers, and texts as the numbers of their tokens."""

from __future__ import annotations

import itertools
import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_coder.common.errors import InputError
from ai_coder.common.progress import Progress
from ai_coder.model.folder import TOKENIZER, TOKENIZER_CONFIG

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

VOCABULARY = 8192
SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}

_BATCH = 64


@dataclass(frozen=True)
class Batch:
    """Some texts for the network, cut and filled up to one length.

    ``input_ids``       tokens, texts x length
    ``attention_mask``  1 where there is a token and 0 where there is none, texts x length
    """

    input_ids: Tensor
    attention_mask: Tensor


@dataclass(frozen=True)
class Tokens:
    """The tokens of many texts, one text after the other: text *i* starts at ``starts[i]``."""

    ids: array[int]
    starts: array[int]
    pad_id: int

    def batch(self, texts: Sequence[int]) -> Batch:
        """The texts of these numbers as one batch."""
        import torch

        rows = [self.ids[self.starts[text] : self.starts[text + 1]] for text in texts]
        width = max(map(len, rows))
        input_ids = torch.full((len(rows), width), self.pad_id, dtype=torch.int64)
        attention_mask = torch.zeros_like(input_ids)
        for number, row in enumerate(rows):
            input_ids[number, : len(row)] = torch.tensor(row, dtype=torch.int64)
            attention_mask[number, : len(row)] = 1
        return Batch(input_ids, attention_mask)


def train_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """A tokenizer of byte-level pairs that knows *texts*; the same texts give the same one.

    It has at most `VOCABULARY` tokens, the `SPECIAL` ones first. No text is unknown to it.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE(unk_token=SPECIAL["unk_token"]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        min_frequency=2,
        special_tokens=list(SPECIAL.values()),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    first, last = SPECIAL["cls_token"], SPECIAL["sep_token"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} $B {last}",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in (first, last)],
    )
    return tokenizer


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer in *folder*; raises `InputError` if there is none or it is damaged."""
    from tokenizers import Tokenizer

    path = folder / TOKENIZER
    try:
        tokenizer = Tokenizer.from_str(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"{folder} has no {TOKENIZER}; name a base model that was saved with its (fast) "
            "tokenizer"
        ) from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; make it readable") from error
    except Exception as error:  # the library raises no narrower class
        raise InputError(f"{path} is no tokenizer ({error}); restore the file") from error
    if not tokenizer.encode("").ids:
        raise InputError(
            f"{path} does not mark where a text begins and ends; name another base model"
        )
    return tokenizer


def special_tokens(folder: Path, tokenizer: Tokenizer, pad_id: int) -> dict[str, str]:
    """The special tokens of the base model in *folder* by their role, as in `SPECIAL`."""
    try:
        content = json.loads((folder / TOKENIZER_CONFIG).read_bytes())
    except (OSError, ValueError):
        content = None  # the tokenizer does without it
    found: dict[str, str] = {}
    for role in SPECIAL:
        value = content.get(role) if isinstance(content, dict) else None
        token = value.get("content") if isinstance(value, dict) else value
        if isinstance(token, str):
            found[role] = token
    return {**found, "pad_token": tokenizer.id_to_token(pad_id) or SPECIAL["pad_token"]}


def tokenizer_config(special: dict[str, str], max_length: int) -> str:
    """The content of ``tokenizer_config.json`` for transformers."""
    content: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": max_length,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
        **special,
    }
    return json.dumps(content, indent=2) + "\n"


def cut_at(tokenizer: Tokenizer, max_length: int) -> str:
    """Make *tokenizer* cut texts at *max_length* tokens; the content of ``tokenizer.json``."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    return str(tokenizer.to_str(pretty=True)) + "\n"


def tokenize(
    tokenizer: Tokenizer, texts: Iterable[str], count: int, pad_id: int, progress: str
) -> Tokens:
    """The tokens of the *count* *texts*."""
    ids, starts = array("i"), array("q", [0])
    with Progress("Tokenising", count, progress) as tokenising:
        for batch in _batches(texts):
            for encoding in tokenizer.encode_batch(batch):
                ids.extend(encoding.ids)
                starts.append(len(ids))
            tokenising.advance(len(batch))
    return Tokens(ids, starts, pad_id)


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(texts)
    while batch := list(itertools.islice(iterator, _BATCH)):
        yield batch
