"""Training that can be continued: its state on the disk, whole at every moment.

The state is in a file of torch, ``step-N.pt``; ``checkpoint.json`` says which one is the last, what
it was made with, and how to tell that it is undamaged. Renaming the latter to its place is the
moment at which a checkpoint comes to be; whatever is killed before that leaves the one before.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_coder.common.errors import InputError
from ai_coder.model.folder import ModelFile, describe
from ai_coder.trainer.settings import Settings
from ai_coder.trainer.work import flush, flush_folder, write_durably, writing

if TYPE_CHECKING:
    from torch import Tensor

SCHEMA = 1
CHECKPOINT = "checkpoint.json"

_STATES = "step-*.pt"


@dataclass(frozen=True)
class Blueprint:
    """What a network is before it learns anything: the content of files of the model folder."""

    config: str
    tokenizer: str
    tokenizer_config: str


@dataclass(frozen=True)
class State:
    """Everything that training goes on from.

    ``step``       steps done
    ``blueprint``  of the network
    ``weights``    of the network by name
    ``optimizer``  what `torch.optim.AdamW` knows by itself
    ``random``     state of torch's generator of random numbers, which drops units out. The order
                   of the examples and the learning rate follow from the settings and the step.
    """

    step: int
    blueprint: Blueprint
    weights: dict[str, Tensor]
    optimizer: dict[str, Any]
    random: Tensor


def save(folder: Path, state: State, settings: Settings, data: str) -> None:
    """Make *state* the checkpoint in *folder*; *data* is the digest of the examples.

    Raises `InputError` if that cannot be written; the checkpoint before it then stays.
    """
    import torch

    path = folder / f"step-{state.step}.pt"
    with writing(folder):
        with path.open("wb") as file:
            torch.save({each.name: getattr(state, each.name) for each in _TORCH_FIELDS}, file)
            flush(file)
        header = {
            "schema": SCHEMA,
            "step": state.step,
            "data": data,
            "settings": dataclasses.asdict(settings),
            "blueprint": dataclasses.asdict(state.blueprint),
            "file": path.name,
            **dataclasses.asdict(describe(path)),
        }
        part = folder / f"{CHECKPOINT}.part"
        write_durably(part, json.dumps(header, indent=2) + "\n")
        part.replace(folder / CHECKPOINT)
        flush_folder(folder)
        for old in folder.glob(_STATES):
            if old != path:
                old.unlink()


def exists(folder: Path) -> bool:
    """Whether *folder* has a checkpoint, damaged or not."""
    return (folder / CHECKPOINT).is_file()


def discard(folder: Path) -> None:
    """Remove the checkpoint in *folder*, if there is one."""
    with writing(folder):
        (folder / CHECKPOINT).unlink(missing_ok=True)
        for path in folder.glob(_STATES):
            path.unlink()


def load(folder: Path, settings: Settings, data: str) -> State:
    """The state in *folder*.

    Raises `InputError` if it is damaged, or was made with other *settings* or other *data*.
    """
    import torch

    path = folder / CHECKPOINT
    try:
        header = json.loads(path.read_bytes())
        if header["schema"] != SCHEMA:
            raise ValueError(f"its schema is {header['schema']!r}")
        differences = settings.differences(header["settings"])
        if header["data"] != data:
            differences.append("other data")
        if differences:
            raise InputError(
                f"cannot resume: {path} was made with {'; '.join(differences)}; train with the "
                "same, or start again without --resume"
            )
        path = folder / header["file"]
        if describe(path) != ModelFile(header["sha256"], header["bytes"]):
            raise ValueError("its content has changed")
        content = torch.load(path, map_location="cpu", weights_only=True)
        return State(step=header["step"], blueprint=Blueprint(**header["blueprint"]), **content)
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror}; start again without --resume"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is damaged ({error}); start again without --resume") from error


_TORCH_FIELDS = [
    each for each in dataclasses.fields(State) if each.name not in ("step", "blueprint")
]
