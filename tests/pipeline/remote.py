"""What the tests of remote builds share: `docs/remote.md`, which they do as it says."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping

from pipeline.foreign import ROOT


def from_page(language: str, text: str, changes: Mapping[str, str]) -> str:
    """The block in *language* of the page that has *text* in it.

    *changes* are what is in the block -> what is to be in its place.
    """
    page = (ROOT / "docs" / "remote.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    block: str
    (block,) = (each for each in blocks if text in each)
    for old, new in changes.items():
        assert old in block, f"{old} is not in the block of the page"
        block = block.replace(old, new)
    return block


def free_port() -> int:
    """A port of this machine that nothing listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
