"""Tests of the command-line frame."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import ai_coder

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


def test_otherwise_output_is_kept_back() -> None:
    assert output() == b""
