"""The distribution holds what its components need, and nothing of the freezer or the machine."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from frozen.carchive import read_package
from frozen.support import LEARNING_PROGRAMS, PROGRAMS, RUNTIME, Distribution, files, is_elf

SCANNER = Path("ai-coder-scanner").absolute()
ALL = (*PROGRAMS, *LEARNING_PROGRAMS)
FREEZER = (
    "PyInstaller",
    "_distutils_hack",
    "_pyinstaller_hooks_contrib",
    "altgraph",
    "pip",
    "pkg_resources",
    "setuptools",
    "wheel",
)
OF_OTHERS = (
    "PyQt6",
    "packaging",
    "torch",
    "bs4",
    "certifi",
    "charset_normalizer",
    "idna",
    "requests",
    "urllib3",
)
# Where Pants ran the build and keeps its caches.
SANDBOX = (b"pants-sandbox", os.fsencode(Path.home() / ".cache" / "pants"))
# Where the interpreter lay. Its own libraries have been compiled with that path.
INTERPRETER = b"/.pyenv/versions"


def holds(folder: Path, names: tuple[str, ...]) -> set[str]:
    """Which distributions of *names* have a module or metadata at the top of *folder*."""
    stems = {path.name.partition(".")[0].partition("-")[0].lower() for path in folder.iterdir()}
    return {name for name in names if name.lower() in stems}


def test_freezer_stays_outside(built: Path) -> None:
    closure = (built / "requirements.txt").read_text()
    freezer = tuple(name for name in FREEZER if f"\n{name}==" not in closure)
    assert len(freezer) >= len(FREEZER) - 1
    assert holds(built / RUNTIME, freezer) == set()
    assert holds(built, FREEZER) == set()


def test_metadata_is_that_of_the_closure(built: Path) -> None:
    """The freezer has some of the same distributions, in other versions."""
    closure = set((built / "requirements.txt").read_text().splitlines())
    found = set()
    for folder in (built / RUNTIME).glob("*.dist-info"):
        name, _, version = folder.name.removesuffix(".dist-info").partition("-")
        found.add(f"{re.sub('[-_.]+', '-', name).lower()}=={version}")
        assert {path.name for path in folder.iterdir()}.isdisjoint({"RECORD", "INSTALLER"})
    assert "torch==2.13.0+cpu" in found
    assert found <= closure


def test_scanner_alone_has_only_its_closure() -> None:
    runtime = SCANNER / "runtime"
    assert holds(runtime, ("networkx", "pathspec")) == {"networkx", "pathspec"}
    assert holds(runtime, (*FREEZER, *OF_OTHERS)) == set()
    assert [path.name for path in files(runtime) if "Qt6" in path.name] == []


def test_scanner_alone_works(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import a\n")
    scanner = Distribution(SCANNER)
    scan = scanner.run("scanner", "--path", tmp_path, "--no-lint", "--format", "json").report
    assert scan["imports"]["modules"] == 1


@pytest.mark.parametrize("program", ALL)
def test_executables_hold_only_first_party_code(built: Path, program: str) -> None:
    """Of all programs only the modules of this one, and those that all share."""
    modules = read_package(Distribution(built).path(program)).modules
    parents = {".".join(name.split(".")[:2]) for name in modules}
    assert f"ai_coder.{program}" in parents
    more = {
        # What PyInstaller runs before a program that uses Qt imports the latter.
        "core": {"_pyi_rth_utils", "_pyi_rth_utils.qt"},
        **{name: {"ai_coder.model"} for name in LEARNING_PROGRAMS},
    }
    # The last is the table of what trim lists leave out.
    shared = {"ai_coder", "ai_coder.common", "pants_freeze_importer.reasons"}
    assert parents <= {*shared, f"ai_coder.{program}", *more.get(program, ())}


@pytest.mark.parametrize("program", ALL)
def test_executables_do_not_tell_where_they_were_built(built: Path, program: str) -> None:
    package = read_package(Distribution(built).path(program))
    for name, content in (*package.entries.items(), *package.modules.items()):
        assert [each for each in (*SANDBOX, INTERPRETER) if each in content] == [], name


def test_no_file_tells_where_it_was_built(built: Path) -> None:
    found = []
    for path in files(built):
        content = path.read_bytes()
        # A native library may name the interpreter's folder, but not the build's.
        markers = SANDBOX if is_elf(path) else (*SANDBOX, INTERPRETER)
        found += [f"{path.relative_to(built)}: {each!r}" for each in markers if each in content]
    assert found == []


def search_paths(library: Path) -> Iterator[str]:
    """The folders in which *library*, of 64 bits, makes the system look for other libraries."""
    data = library.read_bytes()
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    segments = [struct.unpack_from("<IIQQQQ", data, table + size * each) for each in range(count)]
    for kind, _, offset, _, _, length in segments:
        if kind != 2:
            continue
        entries = list(struct.iter_unpack("<QQ", data[offset : offset + length]))
        # The end of the table may be followed by more.
        entries = entries[: entries.index((0, 0))]
        address = dict(entries)[5]
        strings = next(
            start + address - virtual
            for kind, _, start, virtual, _, length in segments
            if kind == 1 and virtual <= address < virtual + length
        )
        for tag, value in entries:
            if tag in (15, 29):
                text = data[strings + value : data.index(b"\0", strings + value)]
                yield from text.decode().split(":")


def test_no_library_is_looked_for_outside(built: Path) -> None:
    """A search path of the build machine lets whoever owns that path here add code to a program."""
    native = [path for path in files(built) if is_elf(path)]
    assert len(native) > 3
    outside = {
        folder: path.relative_to(built).as_posix()
        for path in native
        for folder in search_paths(path)
        if not folder.startswith("$ORIGIN")
    }
    assert outside == {}


def test_links_stay_inside(built: Path) -> None:
    links = [path for path in files(built) if path.is_symlink()]
    assert links
    for link in links:
        assert not os.readlink(link).startswith("/")
        assert link.resolve(strict=True).is_relative_to(built.resolve()), link
