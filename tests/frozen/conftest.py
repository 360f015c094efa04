"""Copies of the distribution, in a folder where programs rarely lie."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from frozen.support import LIGHT, WHOLE, Distribution


def _chmod(folder: Path, *, writable: bool, only_folders: bool = False) -> None:
    for parent, _, names in os.walk(folder):
        paths = [Path(parent), *(() if only_folders else (Path(parent, name) for name in names))]
        for path in paths:
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | 0o200 if writable else mode & ~0o222)


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder as it was built; Pants puts it into the working folder."""
    for name in (WHOLE, LIGHT):
        folder = Path(name).absolute()
        if folder.is_dir():
            return folder
    raise AssertionError(f"{folder} is not there; run the tests with ./pants test")


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A folder whose name has spaces, quotes and letters of several alphabets."""
    # Not pytest's temporary folder, which keeps the hundreds of megabytes of the last runs.
    with tempfile.TemporaryDirectory(prefix="Prüf 'ordner' № 目录 ") as folder:
        # Links in the temporary folder's own path would differ from what programs print.
        place = Path(folder).resolve()
        yield place
        _chmod(place, writable=True, only_folders=True)


@pytest.fixture(scope="session")
def distribution(built: Path, place: Path) -> Distribution:
    """A moved, read-only copy, which all tests share."""
    folder = place / "moved"
    shutil.copytree(built, folder, symlinks=True)
    _chmod(folder, writable=False)
    return Distribution(folder)


@pytest.fixture
def own(distribution: Distribution, place: Path) -> Distribution:
    """A copy for one test, which may add, remove and replace files (but not write into one)."""
    folder = Path(tempfile.mkdtemp(dir=place, prefix="own copy ")) / "moved"
    shutil.copytree(distribution.folder, folder, symlinks=True, copy_function=os.link)
    _chmod(folder, writable=True, only_folders=True)
    return Distribution(folder)
