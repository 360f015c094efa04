from __future__ import annotations

import pytest

from pants_freeze.dependency_inference import unowned_hint


@pytest.mark.parametrize(
    ("path", "name", "build"),
    [("specs/a.trim", "a.trim", "specs/BUILD"), ("a.spec", "a.spec", "BUILD")],
)
def test_the_hint_has_the_line_to_write(path: str, name: str, build: str) -> None:
    hint = unowned_hint("trim", path)
    assert hint.startswith(f"(trim): {path} is in no target")
    assert hint.endswith(f'write `files(name="frozen_files", sources=["{name}"])` into {build}')
