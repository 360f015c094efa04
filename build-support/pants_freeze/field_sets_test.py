from __future__ import annotations

import pytest

from pants_freeze._engine import Address, Target
from pants_freeze.budgets import SizeBudget
from pants_freeze.field_sets import (
    FREEZERS,
    CxFreezeFieldSet,
    DistributionFieldSet,
    FreezingFieldSet,
    NuitkaFieldSet,
    ProgramStart,
    PyInstallerFieldSet,
    freezing_field_set,
)
from pants_freeze.sandbox.level import Level
from pants_freeze.target_types import (
    CxFreezeBinary,
    FrozenDistribution,
    NuitkaBinary,
    PyInstallerBinary,
)

BINARIES: dict[type[FreezingFieldSet], type[Target]] = {
    PyInstallerFieldSet: PyInstallerBinary,
    CxFreezeFieldSet: CxFreezeBinary,
    NuitkaFieldSet: NuitkaBinary,
}
STANDALONE = (CxFreezeFieldSet, NuitkaFieldSet)


def distribution(folder: str = "src/x", **fields: object) -> FrozenDistribution:
    values = {"binaries": ["src/y:binary"], "version": "1.0.0", **fields}
    return FrozenDistribution(values, Address(folder, target_name="d"))


def binary(folder: str = "src/x", **fields: object) -> PyInstallerBinary:
    return PyInstallerBinary({"pex": ":pex", **fields}, Address(folder, target_name="b"))


@pytest.mark.parametrize(
    ("folder", "fields", "expected"),
    [
        ("src/x", {}, "src.x/d-v1.0.0"),
        ("", {}, "d-v1.0.0"),
        ("src/x", {"version": "2rc1"}, "src.x/d-v2rc1"),
        ("src/x", {"output_path": "mine"}, "mine"),
        ("src/x", {"output_path": "a/mine-v1", "version": "2"}, "a/mine-v1"),
    ],
)
def test_folder_of_a_distribution(folder: str, fields: dict[str, object], expected: str) -> None:
    assert DistributionFieldSet.create(distribution(folder, **fields)).folder() == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "d"),
        ({"output_path": "mine"}, "mine"),
        ({"output_path": "a/mine-v1", "version": "1"}, "mine"),
        ({"output_path": "mine-v1", "version": "11"}, "mine-v1"),
    ],
)
def test_name_of_a_distribution(fields: dict[str, str], expected: str) -> None:
    assert DistributionFieldSet.create(distribution(**fields)).name() == expected


@pytest.mark.parametrize(
    ("folder", "icon", "expected"),
    [
        ("src/x", None, ""),
        ("src/x", "my.ico", "src/x/my.ico"),
        ("src/x", "art/my.ico", "src/x/art/my.ico"),
        ("", "my.ico", "my.ico"),
    ],
)
def test_icon_path(folder: str, icon: str | None, expected: str) -> None:
    assert PyInstallerFieldSet.create(binary(folder, icon=icon)).icon_path() == expected


@pytest.mark.parametrize(("written", "level"), [(None, Level.high), ("low", Level.low)])
def test_level(written: str | None, level: Level) -> None:
    found = PyInstallerFieldSet.create(binary(optimization_level=written))
    assert found.level(Level.high) is level


@pytest.mark.parametrize(
    ("fields", "aliases"),
    [
        ({}, []),
        ({"target_platform": "auto", "target_arch": "auto"}, []),
        ({"target_platform": "linux", "target_arch": "x86_64"}, []),
        ({"target_platform": "windows"}, ["target_platform"]),
        ({"target_arch": "arm64"}, ["target_arch"]),
        ({"target_platform": "macos", "target_arch": "arm64"}, ["target_platform", "target_arch"]),
    ],
)
def test_where_a_program_can_be_built(fields: dict[str, object], aliases: list[str]) -> None:
    problems = PyInstallerFieldSet.create(binary("src/x", **fields)).platform_problems(
        "linux_x86_64"
    )
    assert [problem.field for problem in problems] == aliases
    assert all("`environment`" in problem.what for problem in problems)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("app", ""),
        ("auxiliary/console", ""),
        ("com10/lpt", ""),
        ("aux", "'aux'"),
        ("a/NUL/b", "'NUL'"),
        ("Com1.exe", "'Com1.exe'"),
        ("what?", "'what?'"),
        ("a:b", "'a:b'"),
        ("end./x", "'end.'"),
        ("end ", "'end '"),
    ],
)
def test_names_that_windows_cannot_have(path: str, told: str) -> None:
    fields = {"output_path": path, "target_platform": "windows"}
    for kind, target in BINARIES.items():
        found = kind.create(target({"pex": ":pex", **fields}, Address("src/x", target_name="b")))
        what = [f"{told} is no name of a file on Windows; write another"] if told else []
        assert [(each.field, each.what) for each in found.problems()] == [
            ("output_path", each) for each in what
        ]
    assert PyInstallerFieldSet.create(binary(output_path=path)).problems() == ()


@pytest.mark.parametrize(
    ("hidden_imports", "excludes", "told"),
    [
        (["json.tool"], ["xml"], []),
        (["json"], ["json.tool"], []),
        (["jsonschema"], ["json"], []),
        (["json"], ["json"], ["'json' leaves out 'json'"]),
        (["a.b.c", "d"], ["d", "a.b"], ["'a.b' leaves out 'a.b.c'", "'d' leaves out 'd'"]),
    ],
)
def test_hidden_imports_that_are_left_out(
    hidden_imports: list[str], excludes: list[str], told: list[str]
) -> None:
    target = binary(hidden_imports=hidden_imports, excludes=excludes)
    found = PyInstallerFieldSet.create(target).problems()
    assert [(each.field, each.what) for each in found] == [
        ("excludes", f"{each}, which `hidden_imports` names; remove one") for each in told
    ]


@pytest.mark.parametrize(
    ("fields", "budgets"),
    [
        ({}, ()),
        ({"startup_budget": "300ms", "memory_budget": "100MB"}, ()),
        ({"size_budget": "2MB"}, (SizeBudget("size_budget", 2_000_000),)),
        ({"closure_budget": "0.5 kB"}, (SizeBudget("closure_budget", 500),)),
        (
            {"closure_budget": "30MB", "size_budget": "1B"},
            (SizeBudget("size_budget", 1), SizeBudget("closure_budget", 30_000_000)),
        ),
    ],
)
def test_budgets_of_size(fields: dict[str, object], budgets: tuple[SizeBudget, ...]) -> None:
    found = PyInstallerFieldSet.create(binary("src/x", **fields)).size_budgets()
    assert found == budgets
    assert all(isinstance(budget.limit, int) for budget in found)


@pytest.mark.parametrize(
    ("startup_arguments", "early"),
    [
        (None, [ProgramStart(("--version",), "", ())]),
        (["--check", "a b"], [ProgramStart(("--check", "a b"), "", ())]),
        ([], []),
    ],
)
@pytest.mark.parametrize(
    ("ready", "last"),
    [
        ({}, []),
        ({"ready_marker": ""}, []),
        ({"ready_arguments": []}, []),
        ({"ready_arguments": ["--serve", "0"]}, [ProgramStart(("--serve", "0"), "", ())]),
        ({"ready_marker": "is ready"}, [ProgramStart((), "is ready", ())]),
        (
            {"ready_arguments": ["--serve"], "ready_marker": "on"},
            [ProgramStart(("--serve",), "on", ())],
        ),
    ],
)
@pytest.mark.parametrize("env_vars", [(), ("B=2", "A=1=1")])
def test_the_start_that_budgets_are_for_is_the_last(
    startup_arguments: list[str] | None,
    early: list[ProgramStart],
    ready: dict[str, object],
    last: list[ProgramStart],
    env_vars: tuple[str, ...],
) -> None:
    fields = {"startup_arguments": startup_arguments, "ready_env_vars": env_vars, **ready}
    expected = [*early, *(ProgramStart(each.arguments, each.marker, env_vars) for each in last)]
    assert list(PyInstallerFieldSet.create(binary("src/x", **fields)).starts()) == expected


def test_variables_of_a_start_that_is_not_described_are_a_problem() -> None:
    (problem,) = PyInstallerFieldSet.create(binary("src/x", ready_env_vars=["A=1"])).problems()
    assert (problem.field, problem.what) == (
        "ready_env_vars",
        "no start is described; set `ready_arguments` or `ready_marker`, or remove it",
    )


@pytest.mark.parametrize("ready", [{}, {"ready_marker": "on", "ready_env_vars": ["A=1"]}])
def test_fields_that_agree_are_none(ready: dict[str, object]) -> None:
    assert PyInstallerFieldSet.create(binary("src/x", **ready)).problems() == ()


def created(kind: type[FreezingFieldSet], **fields: object) -> FreezingFieldSet:
    target = BINARIES[kind]({"pex": ":pex", **fields}, Address("src/x", target_name="b"))
    return kind.create(target)


def test_each_field_set_is_for_its_own_target() -> None:
    address = Address("src/x", target_name="b")
    targets = [distribution(), *(each({"pex": ":pex"}, address) for each in BINARIES.values())]
    for kind, expected in BINARIES.items():
        assert [type(each) for each in targets if kind.is_applicable(each)] == [expected]
    assert [each for each in targets if DistributionFieldSet.is_applicable(each)] == targets[:1]


@pytest.mark.parametrize("kind", FREEZERS)
def test_the_field_set_of_a_target_is_that_of_its_freezer(kind: type[FreezingFieldSet]) -> None:
    target = BINARIES[kind]({"pex": ":pex"}, Address("src/x", target_name="b"))
    found = freezing_field_set(target)
    assert type(found) is kind
    assert found == kind.create(target)


def test_a_target_that_is_not_frozen_has_no_field_set() -> None:
    assert freezing_field_set(distribution()) is None


def test_freezers_have_names_of_their_own() -> None:
    assert {kind.freezer for kind in FREEZERS} == {"pyinstaller", "cx_freeze", "nuitka"}
    assert set(FREEZERS) == set(BINARIES)


def test_each_freezer_says_what_its_executables_hold() -> None:
    assert len({kind.executable_holds for kind in FREEZERS}) == len(FREEZERS)


def test_who_keeps_a_runtime_folder() -> None:
    assert not created(PyInstallerFieldSet).keeps_runtime
    assert created(PyInstallerFieldSet, private_runtime=True).keeps_runtime
    assert all(created(kind).keeps_runtime for kind in STANDALONE)


@pytest.mark.parametrize("kind", STANDALONE)
@pytest.mark.parametrize("layout", ["folder", "onefile"])
def test_upx_is_for_programs_of_pyinstaller(kind: type[FreezingFieldSet], layout: str) -> None:
    field_set = created(kind, layout=layout, compression="upx", ready_env_vars=["A=1"])
    first, second = field_set.problems()
    assert (first.field, second.field) == ("ready_env_vars", "compression")
    assert second.what == (
        "UPX packs the programs of a `pyinstaller_binary` only; remove it, or use that target"
    )


@pytest.mark.parametrize("kind", FREEZERS)
@pytest.mark.parametrize("compression", ["zlib", "lzma", "zstd", "none"])
def test_one_file_of_any_freezer_is_compressed(
    kind: type[FreezingFieldSet], compression: str
) -> None:
    field_set = created(kind, layout="onefile", compression=compression)
    assert field_set.is_one_file
    assert field_set.problems() == ()
    assert field_set.payload_compression() == compression
    told = [problem.field for problem in created(kind, compression=compression).problems()]
    assert told == ([] if compression == "none" else ["compression"])


@pytest.mark.parametrize("lto", [True, False])
def test_lto_is_a_field_of_nuitka(lto: bool) -> None:
    field_set = created(NuitkaFieldSet, lto=lto)
    assert isinstance(field_set, NuitkaFieldSet)
    assert field_set.lto.value is lto


@pytest.mark.parametrize(
    ("fields", "payload"),
    [
        ({}, "lzma"),
        ({"compression": "none"}, "none"),
        ({"compression": "zlib"}, "zlib"),
        ({"compression": "lzma"}, "lzma"),
        ({"compression": "zstd"}, "zstd"),
        ({"compression": "upx"}, "lzma"),
    ],
)
def test_compression_of_one_file(fields: dict[str, object], payload: str) -> None:
    field_set = PyInstallerFieldSet.create(binary("src/x", **{"layout": "onefile", **fields}))
    assert field_set.is_one_file
    assert field_set.payload_compression() == payload
    assert field_set.problems() == ()


@pytest.mark.parametrize("compression", [None, "none", "upx"])
def test_a_folder_is_not_one_file(compression: str | None) -> None:
    field_set = PyInstallerFieldSet.create(binary(compression=compression))
    assert not field_set.is_one_file
    assert field_set.problems() == ()


@pytest.mark.parametrize("compression", ["zlib", "lzma", "zstd"])
def test_a_compressed_folder_is_a_problem(compression: str) -> None:
    (problem,) = PyInstallerFieldSet.create(binary(compression=compression)).problems()
    assert problem.field == "compression"
    assert problem.what == (
        f"a folder is not compressed by '{compression}'; write `layout=\"onefile\"` for one "
        "compressed file, or remove it: what compresses a folder is the `archive` of a "
        "`frozen_distribution`"
    )


def test_all_problems_are_told() -> None:
    field_set = PyInstallerFieldSet.create(binary(compression="zstd", ready_env_vars=["A=1"]))
    assert [each.field for each in field_set.problems()] == ["ready_env_vars", "compression"]


def test_exercises_are_starts() -> None:
    values = ["--version", "A=1 B= check 'a b.txt' C=3", "", "QT=offscreen"]
    field_set = PyInstallerFieldSet.create(binary(exercises=values))
    assert field_set.exercise_starts() == (
        ProgramStart(("--version",), "", ()),
        ProgramStart(("check", "a b.txt", "C=3"), "", ("A=1", "B=")),
        ProgramStart((), "", ()),
        ProgramStart((), "", ("QT=offscreen",)),
    )
    assert PyInstallerFieldSet.create(binary()).exercise_starts() == ()


def test_a_start_as_a_sandbox_program_reads_it() -> None:
    assert ProgramStart(("--a", "b"), "ready", ("A=1=2", "B=")).plan() == {
        "arguments": ["--a", "b"],
        "marker": "ready",
        "environment": {"A": "1=2", "B": ""},
    }
