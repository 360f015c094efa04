from __future__ import annotations

import argparse

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ai_coder.common.size import size


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(["0", "1", "9", " ", "k", "MB", "B", "-", "٣", "."])).map("".join))
@example("9" * 5000)
def test_any_text_is_a_size_or_not(text: str) -> None:
    try:
        assert size(text) > 0
    except argparse.ArgumentTypeError as error:
        assert "is not a size" in str(error)
