"""Which model to use."""

from __future__ import annotations

from pathlib import Path

from ai_coder.common.errors import InputError
from ai_coder.common.paths import shared
from ai_coder.model.folder import models


def find_model(name: str | None) -> Path | None:
    """The folder of the shared model *name*, or that *name* is; the shared model written last.

    The latter where *name* is ``None``, and ``None`` if there is none. Raises `InputError` if there
    is no such model.
    """
    folder = shared("models")
    if name is None:
        return next(models(folder), None)
    for path in (folder / name, Path(name)):
        if path.is_dir():
            return path
    known = ", ".join(sorted(each.name for each in models(folder)))
    there = f"name one of those there are ({known})" if known else "there is none yet: train one"
    raise InputError(f"there is no model {name} in {folder}; {there}, or name the folder of one")
