"""Tests of the command-line frame."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ai_coder
from ai_coder.common.version import __version__

SOURCE = Path(ai_coder.__file__).absolute().parents[1]
FROZEN = """
import os, sys
sys.frozen = True
from ai_coder.common.cli import run
def body(argv):
    print("grün")
    os._exit(0)  # whatever is still kept back is lost
run("test", body, [])
"""


def output(**variables: str) -> bytes:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "latin-1"}
    environment.pop("PYTHONUNBUFFERED", None)
    # PYTHONUNBUFFERED is set from inside, for this interpreter would obey it by itself.
    code = f"import os; os.environ.update({variables!r})\n{FROZEN}"
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True
    ).stdout


def test_a_frozen_program_writes_live_utf8_when_asked() -> None:
    assert output(PYTHONUNBUFFERED="1").split() == ["grün".encode()]


@pytest.mark.parametrize("name", ["core", "launcher", "scanner", "web"])
def test_the_version_is_told_before_anything_large_is_imported(name: str) -> None:
    code = (
        f"import sys; sys.argv = ['x', '--version']; from ai_coder.{name}.main import main\n"
        "main(); print(sorted({'argparse', 'dataclasses', 'pathlib', 're'} & sys.modules.keys()))"
    )
    # -S: an environment may import some of them at the start of each of its programs.
    printed = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert printed == f"ai-coder-{name} {__version__}\n[]\n"


def test_otherwise_output_is_kept_back() -> None:
    assert output() == b""
