"""Does what the pages say, in one repository that begins empty.

What only this repository has is in `readme_test.py`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pipeline.foreign import ROOT, Repository, daemon_of
from reference import reference

from docs.reader import AFTER_TUTORIAL, Reader

DOCS = ROOT / "docs"
# What a page may change.
STATE = ("BUILD", "src", "texts", "specs")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Has followed the tutorial."""
    repository = Repository.bare(tmp_path_factory.mktemp("docs") / "repository")
    with daemon_of(repository):
        # Where the wheel is.
        made = Reader(repository.root, {"PIP_FIND_LINKS": str(ROOT)})
        made.follow(DOCS / "tutorial.md")
        yield made


@pytest.fixture
def there(reader: Reader, tmp_path: Path) -> Iterator[Reader]:
    """The repository is as the tutorial leaves it, before and after."""
    copies = [name for name in STATE if (reader.root / name).exists()]
    for name in copies:
        copy(reader.root / name, tmp_path / name)
    yield reader
    for name in STATE:
        path = reader.root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for name in copies:
        copy(tmp_path / name, reader.root / name)


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def test_the_reference_is_what_help_tells(reader: Reader) -> None:
    told = json.loads(reader.run("./pants help-all").checked().stdout)
    assert reference(told) == (DOCS / "reference.md").read_text(encoding="utf-8"), (
        "write it anew: ./pants help-all | python3.11 docs/reference.py > docs/reference.md"
    )


@pytest.mark.parametrize("page", AFTER_TUTORIAL)
def test_page(there: Reader, page: str) -> None:
    there.follow(DOCS / f"{page}.md")
