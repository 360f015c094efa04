from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pants_freeze.sandbox import cx_freeze

KNOWN = {"lib/__init__.py", "lib/part/__init__.py", "lib/tests/__init__.py"}


@pytest.mark.parametrize(
    ("path", "is_of_another"),
    [
        ("lib/lib/data.txt", False),
        ("lib/lib/part/deep/data.txt", False),
        ("lib/lib/tests/data.txt", True),
        ("lib/lib/tests/deep/data.txt", True),
        ("lib/other/data.txt", False),
        ("lib/data.txt", False),
        ("app.bin", False),
    ],
)
def test_data_of_packages_that_the_program_does_not_have(path: str, is_of_another: bool) -> None:
    program: Any = SimpleNamespace(has_file=KNOWN.__contains__)
    modules = {"lib": "", "lib.part": ""}
    assert cx_freeze._is_of_another_package(program, path, modules) is is_of_another


class Freezer:
    """What of cx_Freeze's own class the recorder uses."""

    target_dir = Path("built")

    def __init__(self) -> None:
        self.asked: list[str] = []

    def _pre_copy_hook(self, source: Path, target: Path) -> tuple[Path, Path]:
        return source.with_name("real.so"), target.with_name("real.so")

    def _should_copy_file(self, path: Path) -> bool:
        self.asked.append(path.name)
        return True

    def freeze(self) -> None:
        self._pre_copy_hook(Path("/x/link.so"), Path("built/lib/link.so"))


def recorder() -> tuple[cx_freeze._Recorder, Freezer]:
    program: Any = SimpleNamespace(
        environment=SimpleNamespace(is_of_system=lambda path: path.startswith("/usr/")),
        leaves_to_the_system=lambda path: "libGLU" in path,
    )
    freezer = Freezer()
    return cx_freeze._Recorder(freezer, program), freezer


def test_what_each_file_was_copied_from() -> None:
    made, _ = recorder()
    assert made.sources == {"lib/real.so": "/x/real.so"}


@pytest.mark.parametrize(
    ("path", "is_copied"),
    [
        ("/usr/lib/libc.so.6", False),
        ("/usr/lib/libGL.so.1", False),
        ("/usr/lib/libGLU.so.1", False),
        ("/usr/lib/libxkbcommon.so.0", True),
        ("/site/libGLU.so.1", True),
        ("/site/data.txt", True),
    ],
)
def test_which_libraries_are_taken_along(path: str, is_copied: bool) -> None:
    made, freezer = recorder()
    assert made._should_copy_file(Path(path)) is is_copied
    # Only about what comes from requirements cx_Freeze decides itself.
    assert freezer.asked == ([Path(path).name] if path.startswith("/site") else [])


def test_what_cx_freeze_adds_itself_has_no_source(tmp_path: Path) -> None:
    """Its own helpers would be taken for a leak of its environment."""
    files = {name: tmp_path / f"{name}.py" for name in ("lib", "helper", "constants")}
    files["lib"].touch()
    files["helper"].touch()
    owners = {str(files["helper"]): "cx-freeze", str(files["lib"]): "lib"}
    program: Any = SimpleNamespace(
        environment=SimpleNamespace(distribution=lambda path: owners.get(path, ""))
    )
    found = [SimpleNamespace(name=name, file=file) for name, file in files.items()]
    found.append(SimpleNamespace(name="namespace", file=None))
    freezer = SimpleNamespace(finder=SimpleNamespace(modules=found))
    assert cx_freeze._modules(program, freezer) == {
        "lib": str(files["lib"]),
        "helper": "",
        "constants": "",
        "namespace": "",
    }
