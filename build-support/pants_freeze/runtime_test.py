from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pants_freeze.runtime import Conflict, RuntimeFile, conflict_message, find_conflicts
from pants_freeze.sandbox.environment import FIRST_PARTY

A, B, C = "src/a:binary", "src/b:binary", "src/c:binary"


def layer(**files: str) -> dict[str, RuntimeFile]:
    """Files by path ("__" for a slash), each "content origin"."""
    pairs = {path.replace("__", "/"): value.partition(" ") for path, value in files.items()}
    return {path: RuntimeFile(content, origin) for path, (content, _, origin) in pairs.items()}


def conflict(path: str, left: str = "x==1", right: str = "x==2") -> Conflict:
    return Conflict(path, (A, left), (B, right))


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param({}, id="no component"),
        pytest.param({A: layer(x="1 x==1")}, id="one component"),
        pytest.param({A: layer(x="1 x==1"), B: layer(x="1 x==1")}, id="shared"),
        pytest.param({A: layer(x="1 x==1"), B: layer(x="1 x==2")}, id="shared, other origin"),
        pytest.param({A: layer(x="1 x==1"), B: layer(y="2 x==2")}, id="other paths"),
        pytest.param({A: layer(x__y="1 x==1"), B: layer(x__z="2 x==2")}, id="one folder"),
        pytest.param({A: layer(x="1 x==1"), B: layer(xy__z="2 x==2")}, id="common beginning"),
    ],
)
def test_no_conflict(layers: dict[str, dict[str, RuntimeFile]]) -> None:
    assert find_conflicts(layers) == ()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("file-1", "file-2", id="content"),
        pytest.param("file-1", "executable-1", id="mode"),
        pytest.param("file-1", "link-to-1", id="link and file"),
        pytest.param("link-to-1", "link-to-2", id="two links"),
    ],
)
def test_different_content_at_one_path(left: str, right: str) -> None:
    layers = {B: layer(x__y=f"{right} x==2"), A: layer(x__y=f"{left} x==1", z="1 z")}
    assert find_conflicts(layers) == (Conflict("x/y", (A, "x==1"), (B, "x==2")),)


@pytest.mark.parametrize("inner", ["x__y", "x__y__z"])
def test_file_and_folder(inner: str) -> None:
    file_first = {A: layer(x="1 x==1"), B: layer(**{inner: "1 x==2"})}
    assert find_conflicts(file_first) == (Conflict("x", (A, "x==1"), (B, "x==2")),)
    folder_first = {A: layer(**{inner: "1 x==1"}), B: layer(x="1 x==2")}
    assert find_conflicts(folder_first) == (Conflict("x", (B, "x==2"), (A, "x==1")),)


def test_link_to_a_folder_and_folder() -> None:
    layers = {A: layer(x="link-to-y symbolic link"), B: layer(x__z="1 z==1")}
    assert [each.path for each in find_conflicts(layers)] == ["x"]


def test_file_and_folder_is_one_conflict_however_many_files_are_in_it() -> None:
    layers = {A: layer(x="1 x==1"), B: layer(x__a="1 x==2", x__b="1 x==2", x__c__d="1 x==2")}
    assert find_conflicts(layers) == (Conflict("x", (A, "x==1"), (B, "x==2")),)


def test_a_third_component_conflicts_with_the_first() -> None:
    layers = {A: layer(x="1 x==1"), B: layer(x="1 x==1"), C: layer(x="2 x==3")}
    assert find_conflicts(layers) == (Conflict("x", (A, "x==1"), (C, "x==3")),)


def test_each_of_three_components_with_its_own_content_is_named() -> None:
    layers = {A: layer(x="1 x==1"), B: layer(x="2 x==2"), C: layer(x="3 x==3")}
    assert set(find_conflicts(layers)) == {
        Conflict("x", (A, "x==1"), (B, "x==2")),
        Conflict("x", (A, "x==1"), (C, "x==3")),
    }


def test_conflicts_are_sorted_by_path() -> None:
    layers = {
        A: layer(c="1 c", a="1 a", b__d="1 b"),
        B: layer(a="2 a", b="1 b", c="2 c"),
    }
    assert [each.path for each in find_conflicts(layers)] == ["a", "b", "c"]


_MANY_AT_ONE_PATH = """
from pants_freeze.runtime import RuntimeFile, conflict_message, find_conflicts
layers = {name: {"x": RuntimeFile(name, name)} for name in "abcdefgh"}
print(conflict_message(find_conflicts(layers)))
"""


def test_the_message_is_the_same_in_every_build() -> None:
    def message(seed: int) -> str:
        return subprocess.run(
            [sys.executable, "-c", _MANY_AT_ONE_PATH],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "PYTHONHASHSEED": f"{seed}",
            },
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        ).stdout

    assert len({message(seed) for seed in (1, 2, 3, 4)}) == 1


def test_the_message_names_both_sides_and_what_to_do() -> None:
    message = conflict_message([conflict("x/y.so", "left==1.0", "right==2.0")])
    assert message.splitlines() == [
        "components need different files at one path of the shared runtime folder:",
        f"  x/y.so: left==1.0 of {A}, right==2.0 of {B}",
        "  use one version in one resolve, or set `private_runtime=True` on one of the targets",
    ]


@pytest.mark.parametrize(
    ("origin", "advice"),
    [
        (
            "CPython 3.11.7",
            "  give the targets the same `optimization_level`,",
        ),
        (FIRST_PARTY, "  use one version"),
    ],
)
def test_what_to_do_where_both_come_from_one_place(origin: str, advice: str) -> None:
    assert conflict_message([conflict("x", origin, origin)]).splitlines()[-1].startswith(advice)


def test_the_message_says_that_one_side_is_packed_with_upx() -> None:
    layers = {
        A: {"z.so": RuntimeFile("plain", "x==1"), "y.so": RuntimeFile("plain", "x==1")},
        B: {
            "z.so": RuntimeFile("packed", "x==1", True),
            "y.so": RuntimeFile("other", "x==1", True),
        },
    }
    assert conflict_message(find_conflicts(layers)).splitlines()[1:] == [
        f"  y.so: x==1 of {A}, x==1 of {B} (packed with UPX) (and 1 more file)",
        "  give the targets the same `compression`, use one version in one resolve, or set "
        "`private_runtime=True` on one of the targets",
    ]


def test_files_that_are_both_packed_differ_in_something_else() -> None:
    layers = {name: {"z.so": RuntimeFile(name, "x==1", True)} for name in (A, B)}
    assert "`compression`" not in conflict_message(find_conflicts(layers))


def test_conflicts_between_the_same_sides_are_one_line() -> None:
    lines = conflict_message([conflict("a"), conflict("b"), conflict("c")]).splitlines()
    assert lines[1:-1] == [f"  a: x==1 of {A}, x==2 of {B} (and 2 more files)"]


def test_other_requirements_are_another_line() -> None:
    lines = conflict_message([conflict("a"), conflict("b", "y==1", "y==2")]).splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:-1]] == ["a", "b"]


@pytest.mark.parametrize(
    ("pairs", "shown", "paths", "rest"),
    [
        (3, 3, ["0", "1", "2"], ""),
        (5, 3, ["0", "1", "2"], "  ... and 2 more pairs"),
        (3, 1, ["0"], "  ... and 2 more pairs"),
    ],
)
def test_the_message_is_cut_off(pairs: int, shown: int, paths: list[str], rest: str) -> None:
    conflicts = [conflict(str(number), f"x=={number}") for number in range(pairs)]
    _, *lines, advice = conflict_message(conflicts, shown).splitlines()
    if rest:
        assert lines.pop() == rest
    assert [line.split(":")[0].strip() for line in lines] == paths
    assert "private_runtime=True" in advice
