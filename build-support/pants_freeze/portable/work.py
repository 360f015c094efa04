"""The work folder: what each step has made, kept under the hash of all that it was made from."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Callable

from pants_freeze.manifest import ManifestFile
from pants_freeze.portable.errors import WorkError
from pants_freeze.sandbox.archive import archived_files

# Says that a folder is one of these, so that nothing else is ever emptied.
_MARK = "freeze-work.txt"
_DONE = "done"
_CHUNK_BYTES = 1 << 20
# Long paths are an error to many programs on Windows; of this names are cut.
_KEY_DIGITS = 16


def sha256(file: Path) -> str:
    """The hash of the content of *file*, as hexadecimal digits."""
    found = hashlib.sha256()
    with file.open("rb") as content:
        for chunk in iter(lambda: content.read(_CHUNK_BYTES), b""):
            found.update(chunk)
    return found.hexdigest()


def described(path: str, file: Path) -> ManifestFile:
    """*file* as it is at *path*, without origin and users."""
    if file.is_symlink():
        target = os.readlink(file)
        return ManifestFile(path, len(os.fsencode(target)), "", "link", target, "", ())
    mode = "0755" if os.access(file, os.X_OK) else "0644"
    return ManifestFile(path, file.stat().st_size, sha256(file), mode, "", "", ())


def files_of(folder: Path) -> tuple[ManifestFile, ...]:
    """The files below *folder*, sorted by path; none if it does not exist."""
    return tuple(
        described(path.relative_to(folder).as_posix(), path) for path in archived_files(folder)
    )


def fingerprints(files: Iterable[ManifestFile]) -> list[list[str]]:
    """What identifies *files*, as a part of the key of a step."""
    return [[file.path, file.mode, file.sha256, file.link] for file in files]


def copy_folder(source: Path, target: Path) -> None:
    """Copy what is below *source* to *target*; nothing if it does not exist."""
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)


class Work:
    """A work folder, at *folder*.

    *identity* is what all steps depend on: the tools and the interpreter. With *clean* all that is
    there is removed first. Raises `WorkError` if the folder holds something else.
    """

    def __init__(
        self, folder: Path, identity: object, say: Callable[[str], None], clean: bool = False
    ) -> None:
        self.folder = folder.resolve()
        self._identity = identity
        self._say = say
        self._used: set[str] = set()
        if self.folder.exists() and not (self.folder / _MARK).is_file():
            if not self.folder.is_dir() or any(self.folder.iterdir()):
                raise WorkError(
                    f"{folder} is no work folder of build_all.py, and is not empty; name another "
                    "by --work"
                )
        elif clean and self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / _MARK).write_text("What build_all.py reuses; delete it whenever you like.\n")

    def step(self, name: str, key: object, make: Callable[[Path], None], who: str = "") -> Path:
        """The folder in which *make* has worked; it works again only if *key* is another.

        *key* is JSON of all that the result depends on. With *who* it is told whose step it is.
        """
        text = json.dumps([self._identity, name, key], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:_KEY_DIGITS]
        folder = self.folder / f"{name}-{digest}"
        is_done = (folder / _DONE).is_file()
        if who:
            self._say(f"{who}: {name}{' (reused)' if is_done else ''}")
        if not is_done:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / _DONE).touch()
        self._used.add(folder.name)
        return folder

    def remove_unused(self) -> None:
        """Remove what steps have made that were not asked for in this run."""
        for folder in self.folder.iterdir():
            if folder.is_dir() and folder.name not in self._used:
                shutil.rmtree(folder, ignore_errors=True)
