"""The folder of the trained model: written whole, then put in its place."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from ai_coder.common.errors import InputError
from ai_coder.model.folder import (
    CARD,
    CONFIG,
    GRAPH,
    README,
    TOKENIZER,
    TOKENIZER_CONFIG,
    WEIGHTS,
    ModelCard,
    describe,
)
from ai_coder.trainer.checkpoint import Blueprint
from ai_coder.trainer.evaluation import Evaluation
from ai_coder.trainer.readme import as_markdown
from ai_coder.trainer.work import flush_folder, remove_tree, write_durably, writing

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_MODEL = "model"
_REPLACED = "replaced"


def write_network(folder: Path, network: PreTrainedModel, blueprint: Blueprint) -> None:
    """Write *network* and what it was made from into *folder*, which is made anew."""
    from safetensors.torch import save

    if folder.exists():
        remove_tree(folder)
    folder.mkdir()
    weights = {name: each.contiguous() for name, each in network.state_dict().items()}
    # Not `save_file`: nobody else may read what that writes.
    write_durably(folder / WEIGHTS, save(weights, metadata={"format": "pt"}))
    write_durably(folder / CONFIG, blueprint.config)
    write_durably(folder / TOKENIZER, blueprint.tokenizer)
    write_durably(folder / TOKENIZER_CONFIG, blueprint.tokenizer_config)


def write_cards(folder: Path, card: ModelCard, evaluation: Evaluation) -> ModelCard:
    """Add the cards for people and for programs to *folder*; *card* with the files listed."""
    write_durably(folder / README, as_markdown(card, evaluation))
    names = sorted((CONFIG, GRAPH, README, TOKENIZER, TOKENIZER_CONFIG, WEIGHTS))
    card = dataclasses.replace(card, files={name: describe(folder / name) for name in names})
    write_durably(folder / CARD, card.as_json())
    flush_folder(folder)
    return card


def staging(work: Path) -> Path:
    """The folder in the folder *work* where a model is written."""
    return work / _MODEL


def check_target(target: Path) -> None:
    """Raise `InputError` if there is something at *target* that is no model."""
    if (target.is_symlink() or target.exists()) and not (target / CARD).is_file():
        raise InputError(f"{target} is there and no model; choose another --name, or move it away")


def recover(work: Path, target: Path) -> None:
    """Put the old model back if a process was killed before it put the new one in its place."""
    old = work / _REPLACED
    if not old.exists():
        return
    with writing(target):
        if target.exists():
            remove_tree(old)
        else:
            old.rename(target)
            flush_folder(target.parent)


def put_in_place(work: Path, target: Path) -> None:
    """Move the model from `staging` to *target*, in place of the one that may be there.

    Raises `InputError` if that cannot be done; the old model then stays.
    """
    old = work / _REPLACED
    with writing(target):
        if target.is_symlink() or target.exists():
            target.rename(old)
        try:
            staging(work).rename(target)
        except OSError:
            recover(work, target)
            raise
        flush_folder(target.parent)
        flush_folder(work)
