from __future__ import annotations

import argparse

import pytest

from ai_coder.common.size import size


@pytest.mark.parametrize(
    ("text", "expected"),
    [("500", 500), ("12B", 12), ("500kb", 500_000), ("1 MB", 1_000_000), ("2GB", 2_000_000_000)],
)
def test_sizes(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5MB", "1XB", "MB"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a size"):
        size(text)
