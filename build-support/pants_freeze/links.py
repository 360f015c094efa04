"""Links that lead to themselves, which Pants cannot be asked about: it ends without a word."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_WILDCARDS = frozenset("*?[")


def looping_link(root: Path, glob: str) -> str:
    """A link below *root* that whoever looks for *glob* has to follow, and that leads to itself.

    Its path relative to *root* with forward slashes; empty if there is none. What lies in folders
    that are links is not looked at.
    """
    plain = root
    for part in PurePosixPath(glob).parts:
        if _WILDCARDS.intersection(part):
            break
        plain /= part
        if _leads_to_itself(plain):
            return plain.relative_to(root).as_posix()
    else:
        return ""
    found = (path for path in _all_below(plain) if _leads_to_itself(path))
    return min((path.relative_to(root).as_posix() for path in found), default="")


def _all_below(folder: Path) -> Iterator[Path]:
    for current, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield Path(current, name)


def _leads_to_itself(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False
