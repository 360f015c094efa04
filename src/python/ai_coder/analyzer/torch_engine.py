"""The engine that runs a model's weights with torch and transformers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from ai_coder.common.errors import InputError, first_line
from ai_coder.model.folder import CONFIG, TOKENIZER, ModelCard
from ai_coder.model.network import load_network


class TorchEngine:
    """The network of the model in *folder*; `InputError` if it is damaged or of another model."""

    def __init__(self, folder: Path, card: ModelCard, threads: int) -> None:
        self._folder = folder
        torch.set_num_threads(threads)
        self._network = load_network(folder)
        labels = self._network.config.num_labels
        if labels != len(card.labels):
            raise InputError(
                f"{folder / CONFIG} knows {labels} labels, the model has {len(card.labels)}; train "
                "the model again"
            )

    def logits(
        self, ids: Sequence[Sequence[int]], mask: Sequence[Sequence[int]]
    ) -> list[list[float]]:
        """As `Engine.logits`."""
        try:
            with torch.inference_mode():
                result = self._network(
                    input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask)
                )
        except (IndexError, RuntimeError, ValueError) as error:
            raise InputError(
                f"the network in {self._folder} cannot read the tokens of {TOKENIZER} "
                f"({first_line(error)}); train the model again"
            ) from error
        rows: list[list[float]] = result.logits.double().tolist()
        return rows
