"""Which glibc the distribution needs: no newer one than that of the machine that built it."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from frozen.support import PROGRAMS

Version = tuple[int, ...]


def version(text: str) -> Version:
    """2.17 as (2, 17), so that versions compare."""
    return tuple(map(int, text.split(".")))


def needed(file: Path) -> Version:
    """The newest version of glibc's symbols that the native *file* is linked to; or ``()``."""
    with file.open("rb") as stream:
        sections = ELFFile(stream).iter_sections()
        names = [
            symbol.name
            for section in sections
            if isinstance(section, GNUVerNeedSection)
            for _, symbols in section.iter_versions()
            for symbol in symbols
        ]
    numbers = (name.removeprefix("GLIBC_") for name in names if name.startswith("GLIBC_2."))
    return max(map(version, numbers), default=())


def natives(folder: Path) -> list[Path]:
    """The native files in *folder*, links left out."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as stream:
                if stream.read(4) == b"\x7fELF":
                    found.append(path)
    return found


def test_no_newer_glibc_than_here(built: Path) -> None:
    library, here = platform.libc_ver()
    assert library == "glibc"
    needs = {str(path.relative_to(built)): needed(path) for path in natives(built)}
    newest = max(needs.values())
    # What was not read needs nothing.
    assert newest >= (2, 17)
    assert {path: each for path, each in needs.items() if each > version(here)} == {}
    print(f"the distribution needs glibc {'.'.join(map(str, newest))}")


@pytest.mark.parametrize("program", PROGRAMS)
def test_executables_run_on_old_systems(built: Path, program: str) -> None:
    # There the loader tells which file of the runtime folder needs which newer version.
    assert () < needed(built / f"ai-coder-{program}") <= (2, 17)
