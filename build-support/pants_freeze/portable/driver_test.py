from __future__ import annotations

import platform
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pants_freeze.portable import environments
from pants_freeze.portable.component import check_here, check_python, check_system_programs
from pants_freeze.portable.driver import Program, choose, select
from pants_freeze.portable.environments import blocks, pinned
from pants_freeze.portable.errors import (
    LeftToPantsError,
    MissingProgramError,
    PortableError,
    UnknownProgramError,
    WorkError,
)
from pants_freeze.portable.plan import VERSION, ComponentPlan, DistributionPlan, Plan
from pants_freeze.portable.work import Work
from pants_freeze.requirements import Requirement
from pants_freeze.sandbox.errors import InterpreterError, SandboxError


def planned(address: str, output: str, **changes: object) -> ComponentPlan:
    plan = ComponentPlan(
        address=address,
        executable=output.rpartition("/")[2],
        output=output,
        left_to_pants="",
        constraints="CPython>=3.9",
        pythons={f"3.{minor}": [0, 30] for minor in range(9, 14)},
        platform="auto",
        architecture="auto",
        requirements="",
        freezer="",
        missing=[],
        folder="",
        places={},
        may_replace_modules=False,
        freeze={"strip": True},
        link={},
    )
    return replace(plan, **changes)  # type: ignore[arg-type]


CORE = planned("src/project/core:binary", "project-core")
CORE_ALONE = planned("src/project/core:onefile", "one/project-core-one")
SCAN = planned("src/project/scan:binary", "deep-scan")
ROOT = planned("//:tool", "tool")
ALL = DistributionPlan("//:all", "project-v1", "project", "1", "none", "", [[CORE.address, "lib"]])
PROGRAMS: list[Program] = [CORE, CORE_ALONE, SCAN, ROOT, ALL]


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("src/project/core:binary", CORE),
        ("project-core", CORE),
        ("core", CORE),
        ("core-one", CORE_ALONE),
        ("one/project-core-one", CORE_ALONE),
        ("scan", SCAN),
        ("//:tool", ROOT),
        ("tool", ROOT),
        ("//:all", ALL),
        ("project-v1", ALL),
        ("project", ALL),
    ],
)
def test_names(name: str, program: object) -> None:
    assert select(name, PROGRAMS) is program


def test_a_name_of_nothing() -> None:
    with pytest.raises(UnknownProgramError, match="no program 'x'; it has\n  //:all\n  //:tool\n"):
        select("x", PROGRAMS)


def test_a_name_of_two() -> None:
    other = planned("src/other/core:binary", "other-core")
    with pytest.raises(UnknownProgramError, match="'core' may be src/other/core:binary, src/proj"):
        select("core", [CORE, other])


def test_a_variant_that_only_pants_builds_takes_no_name() -> None:
    variant = planned("src/project/core:other", "project-core", left_to_pants="it is big")
    assert select("core", [variant, CORE]) is CORE
    assert select("project-core", [variant, CORE]) is CORE
    assert select(variant.address, [variant, CORE]) is variant
    assert select("core", [variant]) is variant


def test_what_is_built_if_nothing_is_named() -> None:
    left = planned("src/x:binary", "x", left_to_pants="it is big")
    plan = Plan(VERSION, "", [vars(each) for each in (CORE, SCAN, left)], [vars(ALL)])
    chosen = choose(plan, [])
    assert [each.address for each in chosen.programs] == ["//:all", SCAN.address]
    assert [address for address, _ in chosen.left] == [left.address]


@pytest.mark.parametrize(
    ("system", "machine", "wanted"),
    [
        ("win32", "AMD64", ("windows", "x86_64")),
        ("darwin", "arm64", ("macos", "arm64")),
        ("linux", "aarch64", ("linux", "arm64")),
    ],
)
def test_platforms(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, wanted: tuple[str, str]
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    check_here(replace(CORE, platform=wanted[0], architecture=wanted[1]))
    with pytest.raises(LeftToPantsError, match="core:binary: the program is for the system 'x'"):
        check_here(replace(CORE, platform="x"))


def test_windows_needs_no_system_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    monkeypatch.setattr(sys, "platform", "win32")
    check_system_programs(CORE)
    monkeypatch.setattr(sys, "platform", "darwin")
    check_system_programs(replace(CORE, freeze={"strip": False}))
    with pytest.raises(MissingProgramError, match="the system has no strip; install"):
        check_system_programs(CORE)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(MissingProgramError, match="no ldconfig, ldd, objdump, strip; install"):
        check_system_programs(CORE)


def test_where_the_python_of_an_environment_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environments._python_of(Path("v")) == Path("v/bin/python")
    monkeypatch.setattr(environments, "_IS_WINDOWS", True)
    assert environments._python_of(Path("v")) == Path("v/Scripts/python.exe")


@pytest.mark.parametrize("pythons", [{"3.8": [0, 30]}, {"3.8": [0, 30], "{}": [0, -1]}, {}])
def test_another_python(pythons: dict[str, list[int]]) -> None:
    this = "{}.{}".format(*sys.version_info)
    named = {name.replace("{}", this): patches for name, patches in pythons.items()}
    with pytest.raises(InterpreterError, match=r"core:binary is for CPython>=3\.9, and this"):
        check_python(replace(CORE, pythons=named))


def test_requirements_files() -> None:
    text = "--find-links u\na==1 ; m \\\n    --hash=sha256:0 \\\n    --hash=sha256:1\nb-c==2+x\n"
    found = blocks(text)
    assert "".join(f"{each}\n" for each in found) == text
    assert [pinned(each) for each in found] == [
        None,
        Requirement("a", "1"),
        Requirement("b-c", "2+x"),
    ]


def test_steps(tmp_path: Path) -> None:
    told: list[str] = []
    made: list[str] = []

    def make(folder: Path) -> None:
        made.append(folder.name)

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise SandboxError("no")

    first = Work(tmp_path / "work", "x", told.append)
    folder = first.step("a", [1], make, "me")
    assert first.step("a", [1], make, "me") == folder
    assert first.step("a", [2], make) != folder
    with pytest.raises(SandboxError):
        first.step("b", [], fail)
    with pytest.raises(SandboxError):
        first.step("b", [], fail)
    assert told == ["me: a", "me: a (reused)"]
    assert len(made) == 2
    # Another interpreter, other tools.
    second = Work(tmp_path / "work", "y", told.append)
    second.step("a", [1], make)
    second.remove_unused()
    assert len([each for each in (tmp_path / "work").iterdir() if each.is_dir()]) == 1
    Work(tmp_path / "work", "y", told.append, clean=True)
    assert [each for each in (tmp_path / "work").iterdir() if each.is_dir()] == []


def test_no_folder_of_something_else_is_emptied(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(WorkError, match=r"is no work folder of build_all\.py, and is not empty"):
        Work(tmp_path, "x", print, clean=True)
    assert (tmp_path / "mine").exists()


def test_exit_codes_are_of_one_failure_each() -> None:
    codes = [
        *(each.exit_code for each in PortableError.__subclasses__()),
        *(each.exit_code for each in SandboxError.__subclasses__()),
    ]
    assert len(set(codes)) == len(codes)
