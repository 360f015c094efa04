"""What runs again after a change, and what does not.

Pants starts from an empty store of its own here, so that processes really run; the folders into
which it unpacks wheels are shared, to save time.
"""

from __future__ import annotations

import json
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


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Has Pants start from nothing."""
    return {"PANTS_LOCAL_STORE_DIR": str(tmp_path_factory.mktemp("store"))}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository.make(tmp_path_factory.mktemp("made") / "repository", FILES)


@pytest.fixture(scope="module")
def first(repository: Repository, store: dict[str, str]) -> Run:
    """One program packaged alone; then the whole distribution."""
    alone = repository.pants("package", "src/small:binary", env=store).checked()
    repository.pants("package", "//:dist", env=store).checked()
    return alone


def starts(run: Run, *stages: str) -> list[str]:
    """What the run started of *stages*."""
    return [each for each in run.started() if each.startswith(stages)]


STAGES = ("Scan", "Freeze", "Link", "Compress", "Read", "Write")


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
    repository: Repository,
    store: dict[str, str],
    change: Callable[[Path], None],
    again: list[str],
) -> None:
    change(repository.root)
    run = repository.pants("package", "//:dist", env=store).checked()
    assert [re.sub(r"CPython [0-9.]+", "CPython", each) for each in run.started()] == again
    program = repository.program("dist", "small")
    namespace: dict[str, str] = {}
    exec((repository.root / "src" / "small" / "words.py").read_text(), namespace)
    assert execute(program).checked().stdout == f'"{namespace["WORD"]}"\n'


@pytest.mark.usefixtures("first")
def test_a_new_requirement_writes_the_sbom_again(
    repository: Repository, store: dict[str, str]
) -> None:
    """As no change above does, for they change no name, version or licence."""
    root = repository.root

    def needs() -> list[str]:
        bill = json.loads((root / "dist" / "dist" / "sbom.cdx.json").read_bytes())
        found = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
        return [each for each in found["program/small"] if "pathspec" in each]

    assert needs() == []
    (root / "src" / "small" / "words.py").write_text("import pathspec\n\nWORD = 'four'\n")
    run = repository.pants("package", "//:dist", env=store).checked()
    # The licences of that closure have been read for the other program.
    assert starts(run, "Read", "Write") == ["Write the SBOM of //:dist"]
    assert needs() == [f"pkg:pypi/pathspec@{locked_version('pathspec')}"]
