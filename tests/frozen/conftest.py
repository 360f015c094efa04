"""Copies of the distribution, in a folder where programs rarely lie."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from frozen.support import LIGHT, PROGRAMS, WHOLE, Distribution, change_modes, moved


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
        change_modes(place, writable=True, only_folders=True)


@pytest.fixture(scope="session")
def distribution(built: Path, place: Path) -> Distribution:
    """A moved, read-only copy, which all tests share."""
    return moved(Distribution(built), place)


@pytest.fixture
def own(distribution: Distribution, place: Path) -> Distribution:
    """A copy for one test, which may add, remove and replace files (but not write into one)."""
    folder = Path(tempfile.mkdtemp(dir=place, prefix="own copy ")) / "moved"
    shutil.copytree(distribution.folder, folder, symlinks=True, copy_function=os.link)
    change_modes(folder, writable=True, only_folders=True)
    return dataclasses.replace(distribution, folder=folder)


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> str:
    """Each of the programs."""
    assert isinstance(request.param, str)
    return request.param


@pytest.fixture(params=[("scanner",), ("launcher", "scanner")], ids=" ".join)
def command(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The scanner, started alone and by the launcher."""
    assert isinstance(request.param, tuple)
    return request.param


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Sources with a cycle, a syntax error and an ignored folder."""
    folder = tmp_path / "tree"
    sources = {
        ".gitignore": "build/\n",
        "package/__init__.py": "",
        "package/a.py": "from package import b\nimport networkx\n",
        "package/b.py": "from package import a\n# comment\n\n",
        "package/broken.py": "def (:\n",
        "web/app.ts": 'import { x } from "./x";\n',
        "build/ignored.py": "import package.a\n",
    }
    for name, text in sources.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
