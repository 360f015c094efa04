"""Build this repository's programs without Pants; ``python build_all.py --help`` says how."""

from __future__ import annotations

import runpy
from pathlib import Path

_PROGRAM = Path(__file__).resolve().parent / "build-support/pants_freeze/portable/build_all.py"

if __name__ == "__main__":
    runpy.run_path(str(_PROGRAM), run_name="__main__")
