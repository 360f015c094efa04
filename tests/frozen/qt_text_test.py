"""Qt treats text alike whether ICU has all its data or what `sandbox/icu.py` leaves of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from frozen.support import run

FOLDER = Path("qt-text").absolute()
# ICU 73 has 32 MB of data.
FILTERED = 16_000_000


def test_text_is_treated_as_with_all_data_of_icu() -> None:
    data = FOLDER / "runtime" / "PyQt6" / "Qt6" / "lib"
    (library,) = data.glob("libicudata.so.*")
    assert library.stat().st_size < FILTERED
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    full = run(sys.executable, "-m", "frozen.qt_text", env=path, timeout=240)
    frozen = run(FOLDER / "qt-text", timeout=240)
    assert (full.status, frozen.status) == (0, 0), full.stderr + frozen.stderr
    # Line by line, so that a failure names what differs.
    assert frozen.stdout.splitlines() == full.stdout.splitlines()
    assert len(frozen.stdout.splitlines()) == 5
