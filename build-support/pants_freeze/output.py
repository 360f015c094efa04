"""Outputs replace what was built before as a whole: they are written beside it and then exchanged.

A build that is killed, or that finds the disk full, leaves what is there as it was.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from pants_freeze.manifest import MANIFEST

_STAGING = ".partial-"
# The folder in one of `staging` that outputs are written to.
NEW = "new"
_CHUNK_BYTES = 1 << 20

# Of `linux/fcntl.h` and `linux/fs.h`.
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextlib.contextmanager
def staging(dist: Path) -> Iterator[Path]:
    """A new folder in *dist* to write outputs to; at the end it is removed with what is in it.

    Those that killed builds have left are removed, too. Raises ``OSError`` if it cannot be made.
    """
    dist.mkdir(parents=True, exist_ok=True)
    for left in dist.glob(f"{_STAGING}*"):
        with _locked(left) as is_left:
            if is_left:
                shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_STAGING, dir=dist))
    with _locked(folder):
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Lock *folder* meanwhile; false if another build has locked it. A build that ends unlocks."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


class Damaged(Exception):
    """A file has not the content that was built; the message is its path."""


def check(folder: Path, paths: Iterable[str]) -> None:
    """Hold those of *paths* below *folder*``/new`` that have a manifest against it.

    Raises `Damaged` if a file has another content.
    """
    for path in paths:
        package = folder / NEW / path
        manifest = package / MANIFEST
        if manifest.is_file():
            for file in json.loads(manifest.read_bytes())["files"]:
                if file["mode"] != "link" and _sha256(package / file["path"]) != file["sha256"]:
                    raise Damaged(f"{path}/{file['path']}")


def _sha256(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK_BYTES):
            found.update(chunk)
    return found.hexdigest()


def publish(folder: Path, dist: Path, paths: Iterable[str]) -> None:
    """Move all that is below *folder*``/new`` to the same places in *dist*.

    *paths*, files and folders relative to both, replace what is at their places, each at once where
    the system can do that (Linux), else with two renames; other files go where there is room.
    *folder* is one of `staging`, in which what was replaced is afterwards. Raises ``OSError`` if
    something cannot be moved.
    """
    staged = folder / NEW
    # A folder before what is in it, which moves with it.
    for number, path in enumerate(sorted(set(paths))):
        new = staged / path
        if os.path.lexists(new):
            _put(new, dist / path, folder / f"old-{number}")
    for parent, _, names in os.walk(staged):
        for name in names:
            new = Path(parent, name)
            place = dist / new.relative_to(staged)
            place.parent.mkdir(parents=True, exist_ok=True)
            new.replace(place)


def _put(new: Path, place: Path, old: Path) -> None:
    """Move *new* to *place*, and what is there to *old*."""
    if not os.path.lexists(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        new.rename(place)
    elif _exchange(new, place):
        new.rename(old)
    else:
        place.rename(old)
        new.rename(place)


def _exchange(left: Path, right: Path) -> bool:
    """Have *left* and *right* change places at once; false if the system cannot."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    names = os.fsencode(left), os.fsencode(right)
    return bool(rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0)
