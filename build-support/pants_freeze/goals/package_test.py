from __future__ import annotations

import pytest

from pants_freeze import errors
from pants_freeze._engine import Address, Target
from pants_freeze.goals.package import (
    _programs,
    executable_problem,
    file_problems,
    output_paths,
    output_problem,
)
from pants_freeze.target_types import (
    CxFreezeBinary,
    FrozenDistribution,
    NuitkaBinary,
    PyInstallerBinary,
)

OWNER = Address("", target_name="all")


def binary(name: str, kind: type[Target] = PyInstallerBinary, **fields: str) -> Target:
    return kind({"pex": ":pex", **fields}, Address("src", target_name=name))


def distribution(name: str) -> Target:
    fields = {"binaries": [":b"], "version": "1"}
    return FrozenDistribution(fields, Address("src", target_name=name))


def test_programs_keep_their_order() -> None:
    found = _programs(OWNER, "binaries", iter([binary("b"), binary("a")]))
    assert [str(each.address) for each in found] == ["src:b", "src:a"]


def test_programs_of_all_freezers_go_together() -> None:
    kinds = (PyInstallerBinary, CxFreezeBinary, NuitkaBinary)
    found = _programs(OWNER, "binaries", [binary(kind.alias, kind) for kind in kinds])
    assert [each.freezer for each in found] == ["pyinstaller", "cx_freeze", "nuitka"]


def test_all_that_are_no_programs_are_named() -> None:
    targets = [binary("a"), distribution("b"), distribution("c")]
    with pytest.raises(errors.InvalidTarget) as caught:
        _programs(OWNER, "launcher", targets)
    assert str(caught.value).splitlines() == [
        f"InvalidTarget at //:all (launcher): {address} is a `frozen_distribution`; "
        "name a `pyinstaller_binary`, `cx_freeze_binary` or `nuitka_binary`"
        for address in ("src:b", "src:c")
    ]


def test_programs_in_one_file_share_nothing() -> None:
    with pytest.raises(errors.InvalidTarget) as caught:
        _programs(OWNER, "binaries", [binary("a"), binary("b", layout="onefile")])
    assert str(caught.value) == (
        'InvalidTarget at //:all (binaries): src:b has `layout="onefile"`, which shares no runtime '
        'folder; name one with `layout="folder"`, and set `archive` for one file to download'
    )


@pytest.mark.parametrize(
    "executables",
    [
        [],
        [("one", "shared/runtime", "src/a:b")],
        [("one", "shared/runtime", "src/a:b"), ("two", "shared/runtime", "src/c:b")],
        [("one", "shared/runtime", "src/a:b"), ("one", "shared/runtime", "src/a:b")],
    ],
)
def test_no_executable_problem(executables: list[tuple[str, str, str]]) -> None:
    assert executable_problem(iter(executables)) == ""


@pytest.mark.parametrize(
    "executables",
    [
        [("one", "shared/runtime", "src/a:b"), ("one", "shared/runtime", "src/c:b")],
        [
            ("one", "shared/runtime", "src/a:b"),
            ("two", "shared/runtime", "src/d:b"),
            ("one", "shared/runtime", "src/c:b"),
        ],
    ],
)
def test_executable_problem(executables: list[tuple[str, str, str]]) -> None:
    assert executable_problem(executables) == (
        "src/a:b and src/c:b both make the executable 'one'; give one of them another `output_path`"
    )


def test_a_program_named_like_the_folder_around_the_runtime_folder() -> None:
    executables = [("one", "shared/runtime", "src/a:b"), ("shared", "shared/runtime", "src/c:b")]
    assert executable_problem(executables) == (
        "the executable of src/c:b and the runtime folder both have the name 'shared'; "
        "give the program another `output_path`"
    )


def test_executables_that_differ_only_in_case() -> None:
    told = executable_problem([("app", "runtime", "//:a"), ("App", "runtime", "//:b")])
    assert told == (
        "//:a and //:b make the executables 'app' and 'App', which are one where case does not "
        "count; give one of them another `output_path`"
    )
    assert "the runtime folder" in executable_problem([("Runtime", "runtime/x", "//:a")])


@pytest.mark.parametrize("name", ["manifest.json", "SHA256SUMS", "sha256sums", "requirements"])
def test_an_executable_with_the_name_of_another_file(name: str) -> None:
    assert f"//:a has the name {name!r}" in executable_problem([(name, "runtime", "//:a")])


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("docs/app", ""),
        ("app.txt", ""),
        ("shared/config", ""),
        ("app", "the executable of //:a"),
        ("APP/readme.txt", "the executable of //:a"),
        ("shared", "the runtime folder 'shared/runtime'"),
        ("shared/runtime", "the runtime folder 'shared/runtime'"),
        ("shared/Runtime/x/y", "the runtime folder 'shared/runtime'"),
        ("manifest.json", "the distribution's own 'manifest.json'"),
        ("SHA256SUMS", "the distribution's own 'SHA256SUMS'"),
        ("sbom.cdx.json", "the distribution's own 'sbom.cdx.json'"),
        ("requirements/app.txt", "the distribution's own 'requirements'"),
    ],
)
def test_places_that_files_cannot_have(path: str, owner: str) -> None:
    told = [each.what for each in file_problems([path], [("app", "shared/runtime", "//:a")])]
    assert told == (
        [f"{path} has the place of {owner}; move it by `relocated_files`, or leave it out"]
        if owner
        else []
    )


def test_all_files_in_wrong_places_are_told() -> None:
    found = file_problems(["b", "app", "runtime/x"], [("app", "runtime", "//:a")])
    assert [each.field for each in found] == ["files", "files"]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("a/b", "it is 'a/b', and src:b writes 'a/b' too; give one"),
        ("a", "it is 'a/b', and src:b writes 'a', and one lies in the other; give one"),
        ("a/b/c", "it is 'a/b', and src:b writes 'a/b/c', and one lies in the other; give one"),
        ("a/bc", ""),
        ("a/B", ""),
        ("b", ""),
    ],
)
def test_output_paths_that_overwrite_each_other(other: str, told: str) -> None:
    problem = output_problem("a/b", [("z", "src:z"), (other, "src:b")])
    assert problem.startswith(told)
    assert bool(problem) == bool(told)


def test_output_paths_are_those_that_a_machine_can_build() -> None:
    targets = [
        binary("a", output_path="a"),
        binary("default"),
        binary("windows", output_path="w", target_platform="windows"),
        distribution("all"),
    ]
    assert list(output_paths(targets, "linux_x86_64")) == [
        ("a", "src:a"),
        ("src/default", "src:default"),
        ("src/all-v1", "src:all"),
    ]
