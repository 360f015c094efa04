"""Sizes in bytes as people write them on a command line."""

from __future__ import annotations

import argparse
import re

_FACTORS = {"": 1, "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
_SIZE = re.compile(r"(\d{1,18})\s*([A-Za-z]*)", re.ASCII)


def size(text: str) -> int:
    """Bytes in *text*, such as ``500000``, ``500KB`` or ``1MB``; for `argparse` as a ``type``."""
    match = _SIZE.fullmatch(text.strip())
    factor = _FACTORS.get(match[2].upper()) if match else None
    if match is None or factor is None or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size; write 500000, 500KB or 1MB")
    return int(match[1]) * factor
