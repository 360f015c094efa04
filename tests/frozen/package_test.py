"""What ships: lists of requirements, sizes, and the archive."""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
from pathlib import Path

import pytest

from frozen.support import NAME, PROGRAMS, RUNTIME, Distribution, files

REQUIREMENTS = {
    "core": {"pyqt6", "pyqt6-qt6", "pyqt6-sip"},
    "launcher": set[str](),
    "scanner": {"networkx", "pathspec"},
    "web": {
        "beautifulsoup4",
        "certifi",
        "charset-normalizer",
        "idna",
        "requests",
        "soupsieve",
        "typing-extensions",
        "urllib3",
    },
}
PINNED = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)==(\d[\w.+!]*)")
MOST_BYTES = 2_000_000
# 1980-01-01T00:00:00Z
TIME = 315532800


def requirements(path: Path) -> dict[str, str]:
    """Names and versions in *path*, which has nothing else but comments."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    matches = [PINNED.fullmatch(line) for line in lines]
    assert None not in matches, lines
    found = {match[1]: match[2] for match in matches if match}
    assert list(found) == sorted(found)
    assert len(found) == len(lines)
    return found


@pytest.mark.parametrize("program", PROGRAMS)
def test_requirements_of_a_program(built: Path, program: str) -> None:
    path = built / "requirements" / f"ai-coder-{program}.txt"
    assert requirements(path).keys() == REQUIREMENTS[program]


def test_requirements_of_all(built: Path) -> None:
    parts = sorted((built / "requirements").iterdir())
    assert [path.name for path in parts] == [f"ai-coder-{program}.txt" for program in PROGRAMS]
    union = {pair for path in parts for pair in requirements(path).items()}
    root = requirements(built / "requirements.txt")
    assert set(root.items()) == union


def test_metadata_agrees_with_the_requirements(built: Path) -> None:
    root = requirements(built / "requirements.txt")
    folders = (built / RUNTIME).glob("*.dist-info")
    pairs = [path.name.removesuffix(".dist-info").rpartition("-") for path in folders]
    found = {re.sub(r"[-_.]+", "-", name).lower(): version for name, _, version in pairs}
    assert found
    assert found.items() <= root.items()


@pytest.mark.parametrize("program", PROGRAMS)
def test_size(built: Path, program: str) -> None:
    assert Distribution(built).path(program).stat().st_size <= MOST_BYTES


@pytest.fixture(scope="module")
def archived() -> dict[str, tuple[tarfile.TarInfo, str]]:
    """The entries of the archive in their order, with the hash of the content of each file."""
    found: dict[str, tuple[tarfile.TarInfo, str]] = {}
    with tarfile.open(f"{NAME}.tar.xz", "r:xz") as archive:
        for entry in archive:
            content = archive.extractfile(entry) if entry.isfile() else None
            digest = hashlib.sha256(content.read()).hexdigest() if content else ""
            assert entry.name not in found
            found[entry.name] = entry, digest
    return found


def test_archive_is_the_folder(
    built: Path, archived: dict[str, tuple[tarfile.TarInfo, str]]
) -> None:
    expected = {}
    for path in files(built):
        name = path.relative_to(built.parent).as_posix()
        if path.is_symlink():
            expected[name] = "link", os.readlink(path), ""
        else:
            # What Pants writes is subject to the umask of the machine; what may run, is not.
            mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            expected[name] = "file", f"{mode:o}", hashlib.sha256(path.read_bytes()).hexdigest()
    found = {
        name: ("link", entry.linkname, "")
        if entry.issym()
        else ("file" if entry.isfile() else "other", f"{entry.mode:o}", digest)
        for name, (entry, digest) in archived.items()
    }
    assert found == expected
    # The archive has no folders of their own, so an empty one would be lost.
    assert [parent for parent, *content in os.walk(built) if not any(content)] == []


def test_archive_tells_nothing_of_the_machine(
    archived: dict[str, tuple[tarfile.TarInfo, str]],
) -> None:
    for entry, _ in archived.values():
        assert (entry.uid, entry.gid, entry.uname, entry.gname) == (0, 0, "", "")
        assert entry.mtime == TIME
        # Long names need a header of their own; times and owners must not get into one.
        assert entry.pax_headers.keys() <= {"path", "linkpath"}


def test_archive_is_in_order(archived: dict[str, tuple[tarfile.TarInfo, str]]) -> None:
    """The runtime folder, then the rest: a change of the programs leaves the first part as is."""
    names = list(archived)
    in_runtime = [name for name in names if name.startswith(f"{NAME}/{RUNTIME}/")]
    rest = [name for name in names if not name.startswith(f"{NAME}/{RUNTIME}/")]
    assert names == sorted(in_runtime) + sorted(rest)
