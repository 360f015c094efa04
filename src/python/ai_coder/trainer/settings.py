"""What decides how a network learns, and the limits of that."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_coder.common.errors import InputError

BATCH_SIZE = 16
CHECKPOINT_EVERY = 100
MAX_LENGTH = 256
SEED = 1
VALIDATION = 0.2

# A network that starts from nothing has more to learn, and can take longer steps.
EPOCHS = {"scratch": 15, "base": 3}
LEARNING_RATE = {"scratch": 1e-3, "base": 5e-5}

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?", re.ASCII)
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)
# Windows has devices of these names in every folder.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Settings:
    """What the weights depend on, apart from the data.

    ``base``           name of the folder of the base model, ``None`` to start from scratch
    ``base_sha256``    of the weights in it, in hexadecimal
    ``epochs``         times that each example is learned from
    ``batch_size``     examples in one step
    ``learning_rate``  of the first step after the warm-up
    ``max_length``     tokens of a text that the network reads
    ``validation``     share of the examples that is not learned from
    ``seed``           of everything that is random
    ``threads``        computing threads; their number decides the order of additions
    """

    base: str | None
    base_sha256: str | None
    epochs: int
    batch_size: int
    learning_rate: float
    max_length: int
    validation: float
    seed: int
    threads: int

    def differences(self, other: dict[str, Any]) -> list[str]:
        """How these settings differ from the *other* ones, as a dictionary: "epochs 3, not 5"."""
        return [
            f"{name.replace('_', ' ')} {other.get(name)}, not {value}"
            for name, value in dataclasses.asdict(self).items()
            if other.get(name) != value
        ]


def check_name(name: str) -> str:
    """*name*, if a folder can be called that anywhere; else raises `InputError`."""
    if not _NAME.fullmatch(name) or _DEVICE.fullmatch(name):
        raise InputError(
            f"{name!r} cannot be the name of a model; use up to 64 letters, digits, '.', '_' and "
            "'-', with a letter or digit first"
        )
    return name


def name_of(data: Path) -> str:
    """The name of a model that learns from *data*: that of the file or folder, made safe."""
    path = data.resolve()
    name = _NOT_IN_NAME.sub("-", path.name if path.is_dir() else path.stem)
    name = name.strip("-._")[:64].rstrip("-._")
    return name if name and not _DEVICE.fullmatch(name) else f"{name}-model".lstrip("-")
