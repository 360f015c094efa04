"""Where the distribution and its shared folders are, frozen or run from source."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HOME_VARIABLE = "AI_CODER_HOME"


def is_frozen() -> bool:
    """Whether this process is a frozen executable (and not ``python -m``)."""
    return bool(getattr(sys, "frozen", False))


def home() -> Path:
    """The distribution folder, absolute.

    ``$AI_CODER_HOME`` if set; else the folder of the frozen executable; else, from source, the
    root of the checkout, which is the folder of ``run.py``.
    """
    override = os.environ.get(HOME_VARIABLE)
    if override:
        return Path(override).absolute()
    if is_frozen():
        return Path(sys.executable).absolute().parent
    return Path(__file__).absolute().parents[4]


def shared(name: str) -> Path:
    """The shared folder *name* (``config``, ``data`` or ``models``); it may not exist yet."""
    return home() / "shared" / name
