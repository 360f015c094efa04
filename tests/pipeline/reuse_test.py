"""What runs again after a change, and what does not; and that two builds give the same bytes.

Pants starts from an empty store of its own here, so that processes really run; the folders into
which it unpacks wheels are shared, to save time.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.foreign import Repository, Run, execute, locked_version

PROGRAM = """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="{name}"{fields})
"""
TRIM = "drop file pathspec/py.typed  # {reason}\n"

FILES = {
    "src/small/BUILD": PROGRAM.format(name="small", fields=""),
    "src/small/main.py": """
import json

from small import words

def main():
    print(json.dumps(words.WORD))
""",
    "src/small/words.py": "WORD = 'one'\n",
    "src/paths/BUILD": PROGRAM.format(name="paths", fields=', trim=["a.trim"]'),
    "src/paths/a.trim": TRIM.format(reason="not installed"),
    "src/paths/main.py": """
import pathspec

def main():
    print(pathspec.PathSpec.from_lines("gitwildmatch", ["*.o"]).match_file("a/b.o"))
""",
    "BUILD": """
files(name="docs", sources=["notes.txt"])
frozen_distribution(
    name="dist",
    version="1.0",
    output_path="dist",
    binaries=["src/small:binary", "src/paths:binary"],
    files=[":docs"],
)
""",
    "notes.txt": "notes\n",
}


class Clone:
    """The repository in a folder, built in surroundings of its own."""

    def __init__(self, root: Path, umask: int, **env: str) -> None:
        self.repository = Repository.make(root / "repository", FILES)
        self._umask = umask
        self._env = {"PANTS_LOCAL_STORE_DIR": str(root / "store"), **env}

    def package(self, address: str) -> Run:
        run = self.repository.pants("package", address, umask=self._umask, env=self._env)
        return run.checked()


@pytest.fixture(scope="module")
def clones(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clone, Clone]:
    """Two clones in different folders and surroundings, with nothing built."""
    root = tmp_path_factory.mktemp("clones")
    return (
        Clone(root / "a", 0o022, PYTHONHASHSEED="1", TZ="Asia/Tokyo", LC_ALL="C"),
        Clone(
            root / "another" / "deeper",
            0o077,
            PYTHONHASHSEED="2",
            TZ="America/New_York",
            LC_ALL="C.UTF-8",
            LANG="C.UTF-8",
        ),
    )


@pytest.fixture(scope="module")
def first(clones: tuple[Clone, Clone]) -> Run:
    """One program packaged alone in the first clone; then the whole distribution in both."""
    alone = clones[0].package("src/small:binary")
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        for future in [threads.submit(clone.package, "//:dist") for clone in clones]:
            future.result()
    return alone


def fingerprints(folder: Path) -> dict[str, str]:
    """Content (or target of a link) and executable bit of each file below *folder*."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        elif path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[name] = f"{digest} {os.access(path, os.X_OK)}"
    return found


def starts(run: Run, *stages: str) -> list[str]:
    """What the run started of *stages*."""
    return [each for each in run.started() if each.startswith(stages)]


STAGES = ("Scan", "Freeze", "Link", "Compress", "Read", "Write")


@pytest.mark.usefixtures("first")
def test_two_builds_give_the_same_bytes(clones: tuple[Clone, Clone]) -> None:
    one, two = (fingerprints(clone.repository.root / "dist" / "dist") for clone in clones)
    assert {"small", "paths", "notes.txt", "SHA256SUMS", "sbom.cdx.json"} <= set(one)
    assert {"requirements.txt", "requirements/small.txt"} <= set(one)
    assert {
        name: (one.get(name), two.get(name)) for name in one | two if one.get(name) != two.get(name)
    } == {}
    archives = [clone.repository.root / "dist" / "dist.tar.xz" for clone in clones]
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_packaging_a_program_needs_nothing_of_the_others(first: Run) -> None:
    assert starts(first, *STAGES) == [
        "Freeze src/small:binary",
        "Link src/small:binary",
        "Read the licences of src/small:binary",
        "Scan the imports of src/small:binary",
        "Write the SBOM of src/small:binary",
    ]
    assert "pathspec" not in first.stderr
    assert "paths" not in first.stderr


def rename_word(root: Path) -> None:
    (root / "src" / "small" / "words.py").write_text("WORD = 'two'\n")


def import_more(root: Path) -> None:
    (root / "src" / "small" / "words.py").write_text("import colorsys\n\nWORD = 'three'\n")


def change_notes(root: Path) -> None:
    (root / "notes.txt").write_text("other notes\n")


def reword_trim_list(root: Path) -> None:
    (root / "src" / "paths" / "a.trim").write_text("# Reasons.\n" + TRIM.format(reason="other"))


def change_nothing(root: Path) -> None:
    (root / "src" / "small" / "words.py").touch()


SMALL_AGAIN = [
    "Compress programs for //:dist",
    "Draw the report on //:dist",
    "Link src/small:binary",
    "Link src/small:binary to print its import times",
    "Measure the start of src/small:binary",
    "Scan the imports of src/small:binary",
]


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize(
    ("change", "again"),
    [
        (change_nothing, []),
        (reword_trim_list, []),
        (rename_word, SMALL_AGAIN),
        (change_notes, ["Compress programs for //:dist", "Draw the report on //:dist"]),
        (
            import_more,
            sorted(
                [
                    *SMALL_AGAIN,
                    "Compress CPython for //:dist",
                    "Freeze src/small:binary",
                ]
            ),
        ),
    ],
)
def test_what_a_change_runs_again(
    clones: tuple[Clone, Clone], change: Callable[[Path], None], again: list[str]
) -> None:
    clone = clones[0]
    change(clone.repository.root)
    run = clone.package("//:dist")
    assert [re.sub(r"CPython [0-9.]+", "CPython", each) for each in run.started()] == again
    program = clone.repository.program("dist", "small")
    namespace: dict[str, str] = {}
    exec((clone.repository.root / "src" / "small" / "words.py").read_text(), namespace)
    assert execute(program).checked().stdout == f'"{namespace["WORD"]}"\n'


@pytest.mark.usefixtures("first")
def test_a_new_requirement_writes_the_sbom_again(clones: tuple[Clone, Clone]) -> None:
    """As no change above does, for they change no name, version or licence."""
    root = clones[0].repository.root

    def needs() -> list[str]:
        bill = json.loads((root / "dist" / "dist" / "sbom.cdx.json").read_bytes())
        found = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
        return [each for each in found["program/small"] if "pathspec" in each]

    assert needs() == []
    (root / "src" / "small" / "words.py").write_text("import pathspec\n\nWORD = 'four'\n")
    run = clones[0].package("//:dist")
    # The licences of that closure have been read for the other program.
    assert starts(run, "Read", "Write") == ["Write the SBOM of //:dist"]
    assert needs() == [f"pkg:pypi/pathspec@{locked_version('pathspec')}"]
