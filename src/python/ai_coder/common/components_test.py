"""Tests of the table of components and of finding them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ai_coder.common import components
from ai_coder.common.errors import ComponentNotExecutable, ComponentNotFound

SCANNER = components.named("scanner")


@pytest.fixture
def distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a frozen launcher."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "ai-coder-launcher"))
    return tmp_path.resolve()


def add(folder: Path, name: str, mode: int = 0o755) -> Path:
    path = folder / components.named(name).executable
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def test_there_are_six_components_with_descriptions() -> None:
    assert set(components.NAMES) == {
        "core",
        "analyzer",
        "trainer",
        "scanner",
        "web",
        "launcher",
    }
    assert all(component.description for component in components.COMPONENTS)


def test_executables_are_called_after_their_component() -> None:
    suffix = ".exe" if os.name == "nt" else ""
    assert SCANNER.executable == f"ai-coder-scanner{suffix}"


@pytest.mark.parametrize("wrong", ["scaner", "scan", "Scanner"])
def test_a_mistyped_name_is_corrected(wrong: str) -> None:
    with pytest.raises(ComponentNotFound, match="did you mean 'scanner'"):
        components.named(wrong)


def test_a_name_like_no_other_gets_the_list() -> None:
    with pytest.raises(ComponentNotFound, match="core, analyzer, trainer, scanner, web, launcher"):
        components.named("zzz")


def test_frozen_components_lie_beside_the_launcher(distribution: Path) -> None:
    path = add(distribution, "scanner")
    assert components.location(SCANNER) == path
    assert components.defect(SCANNER) is None
    assert components.available() == (SCANNER,)
    assert components.command(SCANNER, ["a", "-b"]) == [str(path), "a", "-b"]


def test_a_symbolic_link_to_the_launcher_leads_to_the_distribution(
    distribution: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(distribution, "launcher")
    link = tmp_path_factory.mktemp("bin") / "ai-coder-launcher"
    link.symlink_to(distribution / "ai-coder-launcher")
    monkeypatch.setattr(sys, "executable", str(link))
    assert components.folder() == distribution


def test_missing(distribution: Path) -> None:
    error = components.defect(SCANNER)
    assert isinstance(error, ComponentNotFound)
    assert "'scanner'" in str(error) and str(distribution) in str(error)


def test_broken_link(distribution: Path) -> None:
    (distribution / SCANNER.executable).symlink_to("/nowhere/at/all")
    error = components.defect(SCANNER)
    assert isinstance(error, ComponentNotFound)
    assert "symbolic link to /nowhere/at/all" in str(error)


def test_folder_in_place_of_the_program(distribution: Path) -> None:
    (distribution / SCANNER.executable).mkdir()
    error = components.defect(SCANNER)
    assert isinstance(error, ComponentNotExecutable)
    assert "is not a file" in str(error)


def test_not_executable(distribution: Path) -> None:
    add(distribution, "scanner", 0o644)
    error = components.defect(SCANNER)
    assert isinstance(error, ComponentNotExecutable)
    assert "chmod +x" in str(error)


def test_from_source_a_component_is_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = components.Component("absent", "is not part of the application")
    assert isinstance(components.defect(absent), ComponentNotFound)
    present = components.Component("common", "stands for any package that is there")
    assert components.defect(present) is None
    assert components.location(present) == Path(components.__file__).parent
    command = components.command(SCANNER, ["x"])
    assert command[0] == sys.executable and command[-2:] == ["ai_coder.scanner", "x"]


def test_from_source_the_source_root_is_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/mine")
    first, second = components.environment()["PYTHONPATH"].split(os.pathsep)
    assert (Path(first) / "ai_coder" / "common").is_dir()
    assert second == "/mine"


def test_frozen_the_path_is_left_alone(distribution: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert "PYTHONPATH" not in components.environment()
