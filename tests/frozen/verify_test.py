"""The launcher of a built distribution tells each kind of damage."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from frozen.support import RUNTIME, Distribution

MANIFEST = "manifest.json"
# Of every distribution, and not read to verify it.
MODULE = f"{RUNTIME}/difflib.pyc"
OTHER = f"{RUNTIME}/calendar.pyc"
PROGRAM = "ai-coder-web"
DAMAGED = 6


def rewrite(path: Path, content: bytes) -> None:
    """Put a file of *content* and the same mode in the place of *path*, which copies share."""
    mode = path.stat().st_mode
    path.unlink()
    path.write_bytes(content)
    path.chmod(mode)


def flip_a_bit(folder: Path) -> None:
    content = bytearray((folder / MODULE).read_bytes())
    content[len(content) // 2] ^= 1
    rewrite(folder / MODULE, bytes(content))


def truncate(folder: Path) -> None:
    rewrite(folder / MODULE, (folder / MODULE).read_bytes()[:-1])


def empty(folder: Path) -> None:
    rewrite(folder / MODULE, b"")


def append(folder: Path) -> None:
    rewrite(folder / MODULE, (folder / MODULE).read_bytes() + b"\0")


def remove(folder: Path) -> None:
    (folder / MODULE).unlink()


def add(folder: Path) -> None:
    (folder / RUNTIME / "sitecustomize.py").write_text("")


def add_in_a_new_folder(folder: Path) -> None:
    (folder / "plugins").mkdir()
    (folder / "plugins" / "a.so").touch()


def swap(folder: Path) -> None:
    (folder / MODULE).rename(folder / "aside")
    (folder / OTHER).rename(folder / MODULE)
    (folder / "aside").rename(folder / OTHER)


def make_unexecutable(folder: Path) -> None:
    rewrite(folder / PROGRAM, (folder / PROGRAM).read_bytes())
    (folder / PROGRAM).chmod(0o644)


def make_executable(folder: Path) -> None:
    rewrite(folder / MODULE, (folder / MODULE).read_bytes())
    (folder / MODULE).chmod(0o755)


def replace_by_a_link(folder: Path) -> None:
    (folder / MODULE).rename(folder.parent / "same.pyc")
    (folder / MODULE).symlink_to(folder.parent / "same.pyc")


def replace_by_a_folder(folder: Path) -> None:
    (folder / MODULE).unlink()
    (folder / MODULE).mkdir()


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (flip_a_bit, [("changed", MODULE)]),
        (truncate, [("changed", MODULE)]),
        (empty, [("changed", MODULE)]),
        (append, [("changed", MODULE)]),
        (remove, [("missing", MODULE)]),
        (add, [("added", f"{RUNTIME}/sitecustomize.py")]),
        (add_in_a_new_folder, [("added", "plugins/a.so")]),
        (swap, [("swapped", OTHER)]),
        (make_unexecutable, [("mode", PROGRAM)]),
        (make_executable, [("mode", MODULE)]),
        (replace_by_a_link, [("kind", MODULE)]),
        (replace_by_a_folder, [("kind", MODULE)]),
    ],
)
def test_damage(
    damage: Callable[[Path], None], expected: list[tuple[str, str]], own: Distribution
) -> None:
    damage(own.folder)
    result = own.run("launcher", "verify", "--format", "json")
    report = json.loads(result.stdout)
    assert (result.status, report["whole"]) == (DAMAGED, False)
    assert [(each["kind"], each["path"]) for each in report["problems"]] == expected


def test_a_whole_distribution(distribution: Distribution) -> None:
    began = time.monotonic()
    result = distribution.run("launcher", "verify")
    assert (result.status, result.stderr) == (0, "")
    amount = result.stdout.partition("as it was built: ")[2].strip()
    print(f"verified {amount} in {time.monotonic() - began:.2f} s")
    assert amount.endswith("by manifest.json") or "SHA256SUMS" in amount


def test_what_the_user_keeps_is_no_damage(own: Distribution) -> None:
    (own.folder / "shared/data/page.json").write_text("{}")
    (own.folder / "shared/models/mine").mkdir()
    (own.folder / "shared/models/mine/model.json").write_text("{}")
    rewrite(own.folder / "shared/config/performance.toml", b"[performance]\ncpu_limit = 1\n")
    report = own.run("launcher", "verify", "--format", "json").report
    assert report["whole"]
    assert [(each["kind"], each["path"]) for each in report["notes"]] == [
        ("edited", "shared/config/performance.toml")
    ]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", DAMAGED),
        (b"{", DAMAGED),
        (b'{"version": 1, "files": [{"path": "../x", "size": 0, "mode": "0644"}]}', DAMAGED),
        (b'{"version": 2, "files": []}', 3),
        (None, 3),
    ],
)
def test_a_manifest_that_is_none(content: bytes | None, status: int, own: Distribution) -> None:
    if content is None:
        (own.folder / MANIFEST).unlink()
    else:
        rewrite(own.folder / MANIFEST, content)
    result = own.run("launcher", "verify")
    assert (result.status, result.stdout, result.stderr.count("\n")) == (status, "", 1)


def test_a_manifest_that_was_changed_with_a_file(own: Distribution) -> None:
    """Only what says which manifest is the right one can tell; a signature is better still."""
    manifest = json.loads((own.folder / MANIFEST).read_text())
    rewrite(own.folder / "README.md", b"")
    empty_digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for each in manifest["files"]:
        if each["path"] == "README.md":
            each.update(size=0, sha256=empty_digest)
    checksums = own.folder / "SHA256SUMS"
    if not checksums.exists():
        checksums.write_text(f"{'0' * 64}  {MANIFEST}\n")
    rewrite(own.folder / MANIFEST, json.dumps(manifest).encode())
    result = own.run("launcher", "verify")
    assert result.status == DAMAGED
    assert f"changed  {MANIFEST}: is not that of SHA256SUMS" in result.stdout


def test_a_program_that_is_alone_has_no_manifest(distribution: Distribution, place: Path) -> None:
    alone = place / "alone"
    alone.mkdir()
    shutil.copy(distribution.path("launcher"), alone)
    shared = distribution.folder / "shared"
    shutil.copytree(shared, alone / "shared", symlinks=True, copy_function=os.link)
    result = Distribution(alone).run("launcher", "verify")
    assert (result.status, result.stderr.count("\n")) == (3, 1)
    assert "there is no manifest.json" in result.stderr
