from __future__ import annotations

import pytest

from pants_freeze.stages.closure import places_of


@pytest.mark.parametrize(
    ("path", "roots", "below"),
    [
        pytest.param("src/python/x/a.py", ["src/python"], "x/a.py", id="root"),
        pytest.param("x/a.py", ["."], "x/a.py", id="the repository itself"),
        pytest.param("src/x/a.py", [".", "src"], "x/a.py", id="root in the repository"),
        pytest.param("x/a.py", [".", "src"], "x/a.py", id="beside a root"),
        pytest.param("src/python/x/a.py", ["src", "src/python"], "x/a.py", id="root in a root"),
        pytest.param("src/a/x.py", ["src", "src/python"], "a/x.py", id="not in the inner root"),
        pytest.param("src/python/x.py", ["src/py", "src"], "python/x.py", id="beginning of a name"),
        pytest.param("src2/x.py", ["src", "."], "src2/x.py", id="beginning of a folder"),
        pytest.param("x/src/a.py", ["src"], "x/src/a.py", id="root of that name elsewhere"),
        pytest.param("x/a.py", [], "x/a.py", id="no root"),
        pytest.param("é f/ü/a.py", ["é f"], "ü/a.py", id="any characters"),
    ],
)
def test_the_place_of_a_file(path: str, roots: list[str], below: str) -> None:
    assert places_of([path], roots) == {below: path}
    assert places_of(iter([path]), reversed(roots)) == {below: path}


def test_each_file_is_below_the_root_that_it_is_in() -> None:
    paths = ["src/python/x/a.py", "src/python/x/data.json", "src/lib/y/b.py", "run.py"]
    assert places_of(paths, ["src/lib", "src/python", "."]) == {
        "x/a.py": "src/python/x/a.py",
        "x/data.json": "src/python/x/data.json",
        "y/b.py": "src/lib/y/b.py",
        "run.py": "run.py",
    }


def test_no_file() -> None:
    assert places_of([], ["src"]) == {}
