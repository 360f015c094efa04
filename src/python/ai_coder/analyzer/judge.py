"""The judgement of a trained model on texts."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_coder.analyzer.cache import model_state
from ai_coder.analyzer.engine import Engine, choose_engine, open_engine
from ai_coder.analyzer.results import Judgement, UsedModel
from ai_coder.common.errors import InputError, first_line
from ai_coder.model.folder import ARCHITECTURES, CONFIG, TOKENIZER, read_card
from ai_coder.model.network import prepare, usable_threads

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# More at once take more memory and are not faster on a processor.
_BATCH = 8


class Judge:
    """The model in *folder*, run by *engine*, one of `ENGINES` or "auto", with *threads*.

    The card is read at once, the network when there is something to judge. Both raise `InputError`
    if the model is damaged; *threads* are by default as many as pay here.
    """

    def __init__(self, folder: Path, engine: str = "auto", threads: int | None = None) -> None:
        self._folder = folder
        self._card = read_card(folder)
        self._threads = threads or usable_threads()
        self.model = UsedModel(
            name=self._card.name,
            folder=str(folder.absolute()),
            engine=choose_engine(engine, folder, self._card),
            labels=self._card.labels,
        )

    @property
    def state(self) -> tuple[object, ...]:
        """What judgements depend on beside the text."""
        return self.model.engine, self._threads, *model_state(self._folder, self._card)

    def judge(self, texts: Sequence[str]) -> list[Judgement]:
        """What the model says of each of *texts*, as far as it reads them."""
        tokens = self._tokenizer.encode_batch(list(texts))
        # Texts of about the same length together: they are filled up to the longest.
        order = sorted(range(len(texts)), key=lambda number: len(tokens[number].ids))
        found: dict[int, Judgement] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            longest = max(1, len(tokens[batch[-1]].ids))
            ids = [_filled(tokens[number].ids, longest, self._pad_id) for number in batch]
            mask = [_filled([1] * len(tokens[number].ids), longest, 0) for number in batch]
            rows = self._engine.logits(ids, mask)
            found.update(zip(batch, map(self._judgement, rows), strict=True))
        return [found[number] for number in range(len(texts))]

    @cached_property
    def _engine(self) -> Engine:
        return open_engine(self.model.engine, self._folder, self._card, self._threads)

    @cached_property
    def _config(self) -> dict[str, Any]:
        path = self._folder / CONFIG
        try:
            config = json.loads(path.read_bytes())
            architecture = config["model_type"]
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}; restore the file") from error
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path} is damaged ({first_line(error)}); restore the file"
            ) from error
        if architecture not in ARCHITECTURES:
            raise InputError(
                f"{path} is of a network of type {architecture!r}; this program knows "
                f"{', '.join(ARCHITECTURES)}"
            )
        return dict(config)

    @property
    def _pad_id(self) -> int:
        return int(self._config.get("pad_token_id") or 0)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        # Before the first import of a library that it sets up.
        prepare(self._threads)
        from tokenizers import Tokenizer

        path = self._folder / TOKENIZER
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises no narrower class
            raise InputError(
                f"{path} is damaged ({first_line(error)}); restore the file, or train the model "
                "again"
            ) from error
        known = self._config.get("vocab_size")
        if isinstance(known, int) and tokenizer.get_vocab_size() > known:
            raise InputError(
                f"{path} has {tokenizer.get_vocab_size():,} tokens, the network knows {known:,}: "
                "they do not belong together; train the model again"
            )
        tokenizer.no_padding()
        tokenizer.enable_truncation(self._card.max_length)
        return tokenizer

    def _judgement(self, logits: Sequence[float]) -> Judgement:
        if len(logits) != len(self._card.labels) or not all(map(math.isfinite, logits)):
            raise InputError(
                f"the network in {self._folder} does not give a number for each of its "
                f"{len(self._card.labels)} labels; train the model again"
            )
        largest = max(logits)
        # The softmax of the largest one, which is exp(0) over the sum.
        confidence = 1 / math.fsum(math.exp(each - largest) for each in logits)
        return Judgement(self._card.labels[logits.index(largest)], confidence)


def _filled(numbers: list[int], length: int, by: int) -> list[int]:
    return numbers + [by] * (length - len(numbers))
