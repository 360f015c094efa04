"""What ships: lists of requirements, SBOM, sizes, and the archive."""

from __future__ import annotations

import bisect
import hashlib
import io
import json
import lzma
import os
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from frozen.support import LIGHT, PROGRAMS, RUNTIME, VERSION, Distribution, files

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


# --- SBOM ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sbom(built: Path) -> Any:
    return json.loads((built / "sbom.cdx.json").read_bytes())


@pytest.fixture(scope="module")
def parts(sbom: Any) -> dict[str, Any]:
    """What programs consist of: each component but the programs, by its reference."""
    every = {each["bom-ref"]: each for each in sbom["components"]}
    return {ref: each for ref, each in every.items() if each["type"] != "application"}


def is_requirement(part: dict[str, Any]) -> bool:
    return part.get("purl", "").startswith("pkg:pypi/") and "freezer" not in part.get(
        "description", ""
    )


def pins(parts: list[dict[str, Any]]) -> dict[str, str]:
    return {each["name"]: each["version"] for each in parts if is_requirement(each)}


def test_the_sbom_is_valid(built: Path) -> None:
    text = (built / "sbom.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_the_sbom_is_that_of_the_distribution(sbom: Any) -> None:
    whole = sbom["metadata"]["component"]
    assert (whole["name"], whole["version"]) == ("ai-coder-assistant-light", VERSION)
    programs = {each["name"] for each in sbom["components"] if each["type"] == "application"}
    assert programs == {f"ai-coder-{program}" for program in PROGRAMS}


def test_the_sbom_has_the_requirements(
    built: Path, sbom: Any, parts: dict[str, dict[str, Any]]
) -> None:
    """Those of all, and of each program."""
    assert pins(list(parts.values())) == requirements(built / "requirements.txt")
    needs = {each["ref"]: each.get("dependsOn", ()) for each in sbom["dependencies"]}
    for program in (f"ai-coder-{program}" for program in PROGRAMS):
        of_program = [parts[ref] for ref in needs[f"program/{program}"]]
        assert pins(of_program) == requirements(built / "requirements" / f"{program}.txt")
    assert set(needs["distribution"]) == {f"program/ai-coder-{program}" for program in PROGRAMS}


def test_the_sbom_has_what_else_the_manifest_has(
    built: Path, parts: dict[str, dict[str, Any]]
) -> None:
    listed = json.loads((built / "manifest.json").read_bytes())["files"]
    origins = {each["origin"] for each in listed}
    system = [each["path"] for each in listed if each["origin"] == "system library"]
    (interpreter,) = (each for each in origins if each.startswith("CPython "))
    others = [each for each in parts.values() if not is_requirement(each)]
    names = {f"{each['name']} {each.get('version', '')}".strip() for each in others}
    (bootloader,) = names - {interpreter, "system library"}
    assert bootloader.startswith("pyinstaller 6.")
    libraries = parts["system library"]["components"]
    assert [each["name"] for each in libraries] == sorted(Path(path).name for path in system)


def test_each_part_has_a_licence(parts: dict[str, dict[str, Any]]) -> None:
    """But libraries of the system, of which no metadata is there."""
    found = {ref: each.get("licenses", []) for ref, each in parts.items()}
    assert found.pop("system library") == []
    assert [ref for ref, licences in found.items() if not licences] == []
    ids = {
        ref: [each.get("expression") or each["license"].get("id") for each in licences]
        for ref, licences in found.items()
    }
    (cpython,) = (ids[ref] for ref in ids if ref.startswith("pkg:generic/python@"))
    assert cpython == ["PSF-2.0"]
    print(f"{len(ids)} parts, {sum(None not in each for each in ids.values())} with SPDX licences")


# --- Sizes and archive ---------------------------------------------------------------------------


@pytest.mark.parametrize("program", PROGRAMS)
def test_size(built: Path, program: str) -> None:
    assert Distribution(built).path(program).stat().st_size <= MOST_BYTES


@dataclass(frozen=True)
class Archive:
    """The entries of an archive in their order, by part, and the hash of each file by its name."""

    parts: tuple[tuple[tarfile.TarInfo, ...], ...]
    hashes: dict[str, str]

    @property
    def entries(self) -> list[tarfile.TarInfo]:
        """The entries of all parts."""
        return [entry for part in self.parts for entry in part]


@pytest.fixture(scope="module")
def archive() -> Archive:
    """The archive as Python reads it; each of its xz streams is a part."""
    compressed = Path(f"{LIGHT}.tar.xz").read_bytes()
    content = bytearray()
    ends = []
    while compressed:
        stream = lzma.LZMADecompressor()
        content += stream.decompress(compressed)
        assert stream.eof
        ends.append(len(content))
        compressed = stream.unused_data
    parts: list[list[tarfile.TarInfo]] = [[] for _ in ends]
    hashes = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for entry in tar:
            parts[bisect.bisect(ends, entry.offset)].append(entry)
            if file := tar.extractfile(entry) if entry.isfile() else None:
                hashes[entry.name] = hashlib.sha256(file.read()).hexdigest()
    return Archive(tuple(map(tuple, parts)), hashes)


def test_python_reads_the_archive(archive: Archive) -> None:
    """Without knowing of parts."""
    with tarfile.open(f"{LIGHT}.tar.xz") as tar:
        assert tar.getnames() == [entry.name for entry in archive.entries]


def test_archive_is_the_folder(built: Path, archive: Archive) -> None:
    expected = {}
    for path in files(built):
        name = path.relative_to(built.parent).as_posix()
        if path.is_symlink():
            expected[name] = "link", os.readlink(path), ""
        else:
            # The umask of the machine changes what Pants writes, but not who may run it.
            mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            expected[name] = "file", f"{mode:o}", hashlib.sha256(path.read_bytes()).hexdigest()
    found = {
        entry.name: ("link", entry.linkname, "")
        if entry.issym()
        else ("file" if entry.isfile() else "other", f"{entry.mode:o}", archive.hashes[entry.name])
        for entry in archive.entries
    }
    assert found == expected
    assert len(archive.entries) == len(found)
    # The archive has no folders of their own, so an empty one would be lost.
    assert [parent for parent, *content in os.walk(built) if not any(content)] == []


def test_archive_tells_nothing_of_the_machine(archive: Archive) -> None:
    for entry in archive.entries:
        assert (entry.uid, entry.gid, entry.uname, entry.gname) == (0, 0, "", "")
        assert entry.mtime == TIME
        # Long names need a header of their own; times and owners must not get into one.
        assert entry.pax_headers.keys() <= {"path", "linkpath"}


def test_archive_is_in_order(archive: Archive) -> None:
    """A change of the programs leaves all parts but the last as they are."""
    runtime = f"{LIGHT}/{RUNTIME}/"
    names = [[entry.name for entry in part] for part in archive.parts]
    assert len(names) > 1
    assert names == [sorted(part) for part in names]
    assert all(name.startswith(runtime) for part in names[:-1] for name in part)
    assert not any(name.startswith(runtime) for name in names[-1])
