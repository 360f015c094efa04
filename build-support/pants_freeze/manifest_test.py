from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pants_freeze.manifest import (
    DISTRIBUTION_FILES,
    SUMS,
    ManifestFile,
    manifest_json,
    sha256sums,
)

PROGRAM = ManifestFile("tool", 120, "ab" * 32, "0755", "", "first-party code", ("tool",))
LIBRARY = ManifestFile(
    "runtime/libz.so.1", 9, "cd" * 32, "0644", "", "CPython 3.11.7", ("tool", "web")
)
LINK = ManifestFile("runtime/libz.so", 9, "", "link", "libz.so.1", "CPython 3.11.7", ("tool",))
README = ManifestFile("README.md", 0, "ef" * 32, "0644", "", DISTRIBUTION_FILES, ())
ALL = (PROGRAM, LIBRARY, LINK, README)


def test_the_manifest_has_one_file_a_line_sorted_by_path() -> None:
    assert manifest_json(iter(ALL)).decode().splitlines() == [
        '{"version": 1, "files": [',
        f'{{"path": "README.md", "size": 0, "sha256": "{"ef" * 32}", "mode": "0644", '
        '"origin": "distribution files", "components": []},',
        '{"path": "runtime/libz.so", "size": 9, "mode": "link", "link": "libz.so.1", '
        '"origin": "CPython 3.11.7", "components": ["tool"]},',
        f'{{"path": "runtime/libz.so.1", "size": 9, "sha256": "{"cd" * 32}", "mode": "0644", '
        '"origin": "CPython 3.11.7", "components": ["tool", "web"]},',
        f'{{"path": "tool", "size": 120, "sha256": "{"ab" * 32}", "mode": "0755", '
        '"origin": "first-party code", "components": ["tool"]}',
        "]}",
    ]


def test_the_manifest_is_json_that_ends_with_a_line() -> None:
    text = manifest_json(ALL)
    content = json.loads(text)
    assert content["version"] == 1
    assert [each["path"] for each in content["files"]] == sorted(each.path for each in ALL)
    assert text.endswith(b"]}\n")


def test_a_link_has_its_target_and_no_fingerprint() -> None:
    (link,) = json.loads(manifest_json([LINK]))["files"]
    assert link["link"] == "libz.so.1"
    assert link["mode"] == "link"
    assert "sha256" not in link


def test_a_file_has_its_fingerprint_and_no_target() -> None:
    for file in (PROGRAM, README):
        (found,) = json.loads(manifest_json([file]))["files"]
        assert found["sha256"] == file.sha256
        assert "link" not in found


def test_an_empty_file_and_one_that_no_program_needs_are_complete() -> None:
    (found,) = json.loads(manifest_json([README]))["files"]
    assert found["size"] == 0
    assert found["components"] == []


def test_the_same_files_in_any_order_are_the_same_bytes() -> None:
    assert manifest_json(ALL) == manifest_json(reversed(ALL))


def test_no_character_of_a_name_breaks_a_line() -> None:
    names = ["a\nb", 'c"d', "e\\f", "g\u2028h", "é"]
    files = [ManifestFile(name, 1, "0", "0644", "", "x==1", ()) for name in names]
    text = manifest_json(files).decode()
    assert len(text.splitlines()) == len(files) + 2
    assert {each["path"] for each in json.loads(text)["files"]} == set(names)


def test_a_manifest_of_nothing() -> None:
    assert json.loads(manifest_json([])) == {"version": 1, "files": []}


def test_sums_have_the_files_sorted_by_path_and_no_links() -> None:
    assert sha256sums(iter(ALL)).decode() == (
        f"{'ef' * 32}  README.md\n{'cd' * 32}  runtime/libz.so.1\n{'ab' * 32}  tool\n"
    )
    assert sha256sums(ALL) == sha256sums(reversed(ALL))
    assert sha256sums([LINK]) == b""


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a b", "{}  a b"),
        (" a", "{}   a"),
        ("*é", "{}  *é"),
        ("a\\b", "\\{}  a\\\\b"),
        ("a\nb", "\\{}  a\\nb"),
        ("a\r", "\\{}  a\\r"),
        ("a\\n", "\\{}  a\\\\n"),
    ],
)
def test_names_in_sums(name: str, line: str) -> None:
    file = ManifestFile(name, 1, "0" * 64, "0644", "", "x==1", ())
    assert sha256sums([file]).decode() == line.format("0" * 64) + "\n"


NAMES = ("plain", "a b", " a ", "*a", "-a", "é", "a\\b", "a\\nb", "a\nb", "a\rb", "a\r", "f/g", "#")


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="there is no sha256sum")
def test_sha256sum_reads_the_sums(tmp_path: Path) -> None:
    """And writes the same, for any name."""
    files = []
    for name in NAMES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        files.append(ManifestFile(name, len(name), sha256, "0644", "", "x==1", ()))
    (tmp_path / SUMS).write_bytes(sha256sums(files))

    def sha256sum(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = ["sha256sum", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)

    check = ("--check", "--strict", "--quiet", SUMS)
    good = sha256sum(*check)
    assert (good.returncode, good.stdout, good.stderr) == (0, b"", b"")
    assert sha256sum("--", *sorted(NAMES)).stdout == sha256sums(files)
    for name in NAMES:
        (tmp_path / name).write_text("changed")
        assert sha256sum(*check).returncode == 1
        (tmp_path / name).write_text(name)
    assert sha256sum(*check).returncode == 0
