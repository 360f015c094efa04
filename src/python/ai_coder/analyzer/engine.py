"""What runs the network of a model. Importing this module imports none of the engines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ai_coder.common.errors import InputError
from ai_coder.model.folder import GRAPH, ModelCard

ENGINES = ("onnx", "torch")


class Engine(Protocol):
    """A network that is ready to run."""

    def logits(
        self, ids: Sequence[Sequence[int]], mask: Sequence[Sequence[int]]
    ) -> list[list[float]]:
        """For each text one number for each label, the larger the likelier.

        *ids* are the tokens of the texts, all of one length, and *mask* is 1 for each of them and 0
        for what only fills up. Raises `InputError` if the network cannot make anything of them.
        """


def choose_engine(name: str, folder: Path, card: ModelCard) -> str:
    """The one of `ENGINES` to use for the model in *folder*; *name* is one of them or "auto"."""
    if name == "auto":
        return "onnx" if card.has_graph else "torch"
    if name == "onnx" and not card.has_graph:
        raise InputError(
            f"the model {folder} has no {GRAPH}, which --engine onnx runs; use --engine torch"
        )
    return name


def open_engine(name: str, folder: Path, card: ModelCard, threads: int) -> Engine:
    """The network of the model in *folder*, to be run by the engine *name* with *threads*.

    Raises `InputError` if the model is damaged or the engine is not there.
    """
    try:
        if name == "onnx":
            from ai_coder.analyzer.onnx_engine import OnnxEngine

            return OnnxEngine(folder, card, threads)
        from ai_coder.analyzer.torch_engine import TorchEngine

        return TorchEngine(folder, card, threads)
    except ImportError as error:
        raise InputError(
            f"the engine {name} is not installed here ({error}); use the other one with --engine"
        ) from error
