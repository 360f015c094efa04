"""`./pants run`, `help`, `dependents` and `peek` know freezing targets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from pipeline.foreign import Repository, daemon_of

FILES = {
    "src/app/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="app")
""",
    "src/app/main.py": """
import json
import os
import sys

from app import words

def main():
    print(json.dumps([sys.argv[1:], words.WORD, "LD_LIBRARY_PATH" in os.environ]))
    return 23
""",
    "src/app/words.py": "WORD = 'word'\n",
    "src/second/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="second")
""",
    "src/second/main.py": "def main():\n    print('second')\n",
    "BUILD": """
frozen_distribution(
    name="dist",
    version="1.0",
    binaries=["src/second:binary"],
    launcher="src/app:binary",
    archive="none",
)
""",
}

COMMON = {"dependencies", "description", "environment", "output_path", "tags"}
FIELDS = {
    "pyinstaller_binary": {
        *COMMON,
        "console",
        "datas",
        "excludes",
        "hidden_imports",
        "icon",
        "optimize",
        "pex",
        "private_runtime",
        "runtime_hooks",
        "strip",
        "system_libraries",
    },
    "frozen_distribution": {
        *COMMON,
        "archive",
        "binaries",
        "files",
        "launcher",
        "runtime_path",
        "version",
    },
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    made = Repository.make(tmp_path_factory.mktemp("made") / "repository", FILES)
    with daemon_of(made):
        yield made


@pytest.mark.parametrize("address", ["src/app:binary", "//:dist"])
def test_run_passes_arguments_and_exit_status(repository: Repository, address: str) -> None:
    """Of a distribution, it runs the launcher."""
    args = ["--flag", "two words", "-"]
    run = repository.pants("run", address, "--", *args, daemon=True)
    assert run.returncode == 23, run.stderr
    assert json.loads(run.stdout) == [args, "word", False]


@pytest.mark.parametrize("target", FIELDS)
def test_help_lists_every_field(repository: Repository, target: str) -> None:
    run = repository.pants("help", target, daemon=True).checked()
    lines = run.stdout.splitlines()
    listed = {line for line in lines if line and not line[0].isspace()}
    assert FIELDS[target] <= listed, run.stdout
    assert "undocumented" not in run.stdout.lower()


def test_dependents_of_a_source_file(repository: Repository) -> None:
    run = repository.pants("dependents", "--transitive", "src/app/words.py", daemon=True).checked()
    assert set(run.stdout.splitlines()) == {
        "//:dist",
        "src/app/main.py",
        "src/app:app",
        "src/app:binary",
        "src/app:pex",
    }
    assert "src/second" not in run.stdout


def test_dependents_of_a_program_of_a_distribution(repository: Repository) -> None:
    run = repository.pants(
        "dependents", "--transitive", "src/second/main.py", daemon=True
    ).checked()
    assert {"src/second:binary", "//:dist"} <= set(run.stdout.splitlines())
    assert "src/app:binary" not in run.stdout.splitlines()
