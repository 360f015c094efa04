from __future__ import annotations

import pytest

from pants_freeze.report import PackedFile
from pants_freeze.sandbox.upx import Outcome
from pants_freeze.stages.upx import packed_files

DONE = Outcome("a.so", 100, 60, "")
KEPT = Outcome("b.so", 50, 50, "it does not get smaller")


@pytest.mark.parametrize(("folder", "prefix"), [("", ""), ("shared/runtime", "shared/runtime/")])
def test_paths_are_those_of_the_distribution(folder: str, prefix: str) -> None:
    assert packed_files(folder, [DONE, KEPT]) == [
        PackedFile(f"{prefix}a.so", 100, 60, ""),
        PackedFile(f"{prefix}b.so", 50, 50, "it does not get smaller"),
    ]


def test_nothing_is_packed_where_the_program_does_not_run_over_it() -> None:
    assert packed_files("runtime", [DONE, KEPT], "it does not run") == [
        PackedFile("runtime/a.so", 100, 100, "it does not run"),
        PackedFile("runtime/b.so", 50, 50, "it does not get smaller"),
    ]
