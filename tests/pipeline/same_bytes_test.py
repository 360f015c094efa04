"""Two builds of the same sources give the same bytes, whatever is around them."""

from __future__ import annotations

import concurrent.futures
from pathlib import Path

import pytest

from pipeline.differences import compare_folders
from pipeline.foreign import Repository

PROGRAM = """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
{type}(name="binary", pex=":pex", output_path="{name}"{fields})
"""
DISTRIBUTION = """
frozen_distribution(
    name="{archive}",
    version="1.0",
    output_path="{archive}",
    archive="{archive}",
    binaries=["src/small:binary", "src/paths:binary", "src/copied:binary"],
    files=[":docs"],
)
"""
ARCHIVES = ("tar.xz", "tar.gz", "zip")

FILES = {
    "src/small/BUILD": PROGRAM.format(type="pyinstaller_binary", name="small", fields=""),
    "src/small/main.py": """
import json

from small import words

def main():
    print(json.dumps(sorted(words.WORDS)))
""",
    # Sets are in the order of the hash seed.
    "src/small/words.py": "WORDS = frozenset({'one', 'two', 'three'})\n",
    "src/paths/BUILD": PROGRAM.format(type="pyinstaller_binary", name="paths", fields=""),
    "src/paths/main.py": """
import pathspec

def main():
    print(pathspec.PathSpec.from_lines("gitwildmatch", ["*.o"]).match_file("a/b.o"))
""",
    "src/copied/BUILD": PROGRAM.format(type="cx_freeze_binary", name="copied", fields=""),
    "src/copied/main.py": """
import sqlite3

def main():
    print(sqlite3.sqlite_version)
""",
    "BUILD": 'files(name="docs", sources=["*.txt"])\n'
    + "".join(DISTRIBUTION.format(archive=archive) for archive in ARCHIVES),
    "notes.txt": "notes\n",
    "größe № 1.txt": "a name that locales write in different ways\n",
}


def build(root: Path, umask: int, **env: str) -> Path:
    """What a build in *root* writes, from an empty store."""
    repository = Repository.make(root / "repository", FILES)
    env["PANTS_LOCAL_STORE_DIR"] = str(root / "store")
    repository.pants("package", "//:", umask=umask, env=env, timeout=1800).checked()
    return repository.root / "dist"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """What two builds wrote; the second one with a cache of its own, down to that of `./pants`."""
    root = tmp_path_factory.mktemp("builds")
    deeper = root / "another" / "deeper"
    cache = deeper / "cache"
    cache.mkdir(parents=True)
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        one = threads.submit(
            build, root / "a", 0o022, PYTHONHASHSEED="1", TZ="Asia/Tokyo", LC_ALL="C.UTF-8"
        )
        two = threads.submit(
            build,
            deeper / "somewhere",
            0o077,
            PYTHONHASHSEED="2",
            TZ="America/New_York",
            LC_ALL="C",
            LANG="C",
            USER="somebody",
            XDG_CACHE_HOME=str(cache),
            PANTS_LOCAL_EXECUTION_ROOT_DIR=str(cache),
            PANTS_PROCESS_EXECUTION_LOCAL_PARALLELISM="1",
        )
        return one.result(), two.result()


def test_they_are_the_same(built: tuple[Path, Path]) -> None:
    one, two = built
    names = {"small", "paths", "copied", "größe № 1.txt", "SHA256SUMS", "sbom.cdx.json"}
    for archive in ARCHIVES:
        assert names <= {path.name for path in (one / archive).iterdir()}
        assert (one / f"{archive}.{archive}").is_file()
    # Reports tell how long the build took.
    for dist in built:
        for report in dist.glob("*-report.*"):
            report.unlink()
    assert compare_folders(one, two) == []
    sizes = [path.stat().st_size for path in one.rglob("*") if path.is_file()]
    print(f"{len(sizes)} files, {sum(sizes):,} bytes of two builds are the same")
