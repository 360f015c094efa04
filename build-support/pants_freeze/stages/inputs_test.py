from __future__ import annotations

import pytest

from pants_freeze.stages.inputs import missing_problem


@pytest.mark.parametrize(
    ("is_glob", "folders", "told"),
    [
        (False, [], "there is no file a/b; correct it, or"),
        (False, ["a/b"], "a/b is a folder; name files"),
        (True, [], "no file matches 'a/b'; correct it, or"),
        (True, ["a/b/c"], "'a/b' matches only folders; name files"),
    ],
)
def test_files_that_are_not_there(is_glob: bool, folders: list[str], told: str) -> None:
    assert missing_problem("a/b", is_glob=is_glob, folders=folders).startswith(told)
