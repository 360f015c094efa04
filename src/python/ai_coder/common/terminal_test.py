from __future__ import annotations

import pytest

from ai_coder.common.terminal import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain Ünïcode 目录", "plain Ünïcode 目录"),
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("two\nlines\ttab", r"two\nlines\ttab"),
        ("\u202eright to left", r"\u202eright to left"),
        ("\udcff", r"\udcff"),
        ("", ""),
    ],
)
def test_what_does_not_show_itself_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
