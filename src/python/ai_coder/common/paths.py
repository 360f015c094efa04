"""Where the distribution and its shared folders are, frozen or run from source."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ai_coder.common.errors import InputError

HOME_VARIABLE = "AI_CODER_HOME"


def is_frozen() -> bool:
    """Whether this process is a frozen executable (and not ``python -m``)."""
    return bool(getattr(sys, "frozen", False))


def home() -> Path:
    """The distribution folder, absolute.

    ``$AI_CODER_HOME`` if set; else the folder of the frozen executable, which a link to it leads
    to; else, from source, the root of the checkout, which is the folder of ``run.py``.
    """
    override = os.environ.get(HOME_VARIABLE)
    if override:
        return Path(override).absolute()
    if is_frozen():
        return Path(sys.executable).resolve().parent
    return Path(__file__).absolute().parents[4]


def user_cache() -> Path:
    """The user's folder for files that can be made again."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def own_folder(name: str) -> Path:
    """The folder *name* for what programs write of their own accord; it is made if need be.

    In the shared folder ``data``, or where that is read-only in `user_cache`.
    Raises `InputError` if neither can be written.
    """
    place = shared("data") / name
    if _is_writable(place):
        return place
    other = user_cache() / "ai-coder" / name
    if _is_writable(other):
        return other
    raise InputError(
        f"neither {place} nor {other} can be written; make one of them writable, or set "
        f"{HOME_VARIABLE} to a folder that is"
    )


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def shared(name: str) -> Path:
    """The shared folder *name* (``config``, ``data`` or ``models``); it may not exist yet."""
    return home() / "shared" / name
