from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ai_coder.common import components
from ai_coder.common.errors import DistributionDamaged, InputError
from ai_coder.launcher.main import main
from ai_coder.launcher.verify import CHECKSUMS, MANIFEST, verify

CONTENT = {
    "ai-coder-web": b"program",
    "README.md": b"read me",
    "shared/config/README.txt": b"settings",
    "shared/config/performance.toml": b"# nothing\n",
    "shared/data/README.txt": b"data",
    "shared/runtime/lib.so.1": b"library",
    "shared/runtime/mod.pyc": b"module!",
    "shared/runtime/empty": b"",
}
LINK = "shared/runtime/lib.so"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A distribution with its manifest."""
    root = tmp_path / "the distribution"
    files: list[dict[str, Any]] = []
    for name, content in CONTENT.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        mode = "0755" if name.startswith("ai-coder") else "0644"
        path.chmod(int(mode, 8))
        digest = hashlib.sha256(content).hexdigest()
        files.append({"path": name, "size": len(content), "sha256": digest, "mode": mode})
    (root / LINK).symlink_to("lib.so.1")
    files.append({"path": LINK, "size": 8, "mode": "link", "link": "lib.so.1"})
    write_manifest(root, {"version": 1, "files": files})
    return root


def write_manifest(root: Path, manifest: object) -> None:
    (root / MANIFEST).write_text(json.dumps(manifest))


def problems(root: Path) -> list[tuple[str, str]]:
    return [(each.kind, each.path) for each in verify(root).problems]


def test_a_whole_distribution(folder: Path) -> None:
    result = verify(folder)
    assert (result.problems, result.notes, result.files) == ((), (), len(CONTENT) + 1)
    assert result.bytes == sum(map(len, CONTENT.values())) + 8


def flip(root: Path) -> None:
    (root / "shared/runtime/mod.pyc").write_bytes(b"module?")


def truncate(root: Path) -> None:
    (root / "shared/runtime/mod.pyc").write_bytes(b"mod")


def remove(root: Path) -> None:
    (root / "shared/runtime/empty").unlink()


def remove_folder(root: Path) -> None:
    shutil.rmtree(root / "shared/data")


def add(root: Path) -> None:
    (root / "shared/runtime/new").mkdir()
    (root / "shared/runtime/new/evil.pyc").touch()


def add_link(root: Path) -> None:
    (root / "shared/more").symlink_to("/")


def swap(root: Path) -> None:
    one, other = root / "shared/runtime/mod.pyc", root / "shared/runtime/lib.so.1"
    mine, others = one.read_bytes(), other.read_bytes()
    one.write_bytes(others)
    other.write_bytes(mine)


def make_unexecutable(root: Path) -> None:
    (root / "ai-coder-web").chmod(0o644)


def make_executable(root: Path) -> None:
    (root / "README.md").chmod(0o755)


def file_to_link(root: Path) -> None:
    (root / "README.md").unlink()
    (root / "README.md").symlink_to("ai-coder-web")


def file_to_folder(root: Path) -> None:
    (root / "README.md").unlink()
    (root / "README.md").mkdir()


def file_to_pipe(root: Path) -> None:
    (root / "README.md").unlink()
    # Whoever opens it waits for a writer.
    os.mkfifo(root / "README.md")


def link_elsewhere(root: Path) -> None:
    (root / LINK).unlink()
    (root / LINK).symlink_to("mod.pyc")


def link_to_file(root: Path) -> None:
    (root / LINK).unlink()
    (root / LINK).write_bytes(b"library")


def folder_to_link(root: Path) -> None:
    (root / "shared/data").rename(root.parent / "data")
    (root / "shared/runtime").rename(root.parent / "runtime")
    (root / "shared/runtime").symlink_to(root.parent / "runtime")
    (root / "shared/data").symlink_to(root.parent / "data")


RUNTIME = ("empty", "lib.so", "lib.so.1", "mod.pyc")


@pytest.mark.skipif(os.name == "nt", reason="modes, links and pipes of POSIX")
@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (flip, [("changed", "shared/runtime/mod.pyc")]),
        (truncate, [("changed", "shared/runtime/mod.pyc")]),
        (remove, [("missing", "shared/runtime/empty")]),
        (remove_folder, [("missing", "shared/data/README.txt")]),
        (add, [("added", "shared/runtime/new/evil.pyc")]),
        (add_link, [("added", "shared/more")]),
        (swap, [("swapped", "shared/runtime/lib.so.1")]),
        (make_unexecutable, [("mode", "ai-coder-web")]),
        (make_executable, [("mode", "README.md")]),
        (file_to_link, [("kind", "README.md")]),
        (file_to_folder, [("kind", "README.md")]),
        (file_to_pipe, [("kind", "README.md")]),
        (link_elsewhere, [("kind", LINK)]),
        (link_to_file, [("kind", LINK)]),
        # What the user keeps may be on another disk, the runtime may not.
        (
            folder_to_link,
            [
                ("added", "shared/runtime"),
                *(("missing", f"shared/runtime/{name}") for name in RUNTIME),
            ],
        ),
    ],
)
def test_each_kind_of_damage_is_told(
    damage: Callable[[Path], None], expected: list[tuple[str, str]], folder: Path
) -> None:
    damage(folder)
    assert problems(folder) == sorted(expected, key=lambda each: each[1])


def test_a_swap_is_told_with_both_and_other_changes_stay(folder: Path) -> None:
    swap(folder)
    (folder / "README.md").write_bytes(CONTENT["shared/runtime/mod.pyc"])
    first, second = verify(folder).problems
    assert (first.kind, first.path) == ("changed", "README.md")
    assert "shared/runtime/mod.pyc" in second.detail


def test_what_the_user_keeps_is_no_damage(folder: Path) -> None:
    for name in (
        "shared/data/a/b",
        "shared/models/mine/model.json",
        "shared/config/x.ini",
        "logs/x",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    settings = folder / "shared/config/performance.toml"
    settings.write_text("[performance]\n")
    # Umask may take any bit but that of the owner.
    (folder / "ai-coder-web").chmod(0o700)
    result = verify(folder)
    assert result.problems == ()
    assert [(each.kind, each.path) for each in result.notes] == [
        ("edited", "shared/config/performance.toml")
    ]
    settings.unlink()
    assert verify(folder).problems == ()
    (folder / "shared/config/README.txt").write_text("other")
    assert problems(folder) == [("changed", "shared/config/README.txt")]


def test_the_manifest_is_held_against_the_checksums(folder: Path) -> None:
    checksums = folder / CHECKSUMS
    digest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    checksums.write_text(f"{'0' * 64}  README.md\n{digest}  {MANIFEST}\n")
    (folder / f"{CHECKSUMS}.minisig").touch()
    assert verify(folder).has_checksums
    assert problems(folder) == []
    (folder / "README.md").write_bytes(b"")
    manifest = json.loads((folder / MANIFEST).read_text())
    for each in manifest["files"]:
        if each["path"] == "README.md":
            each.update(size=0, sha256=hashlib.sha256().hexdigest())
    write_manifest(folder, manifest)
    assert problems(folder) == [("changed", MANIFEST)]
    checksums.write_text("")
    assert problems(folder) == [("changed", CHECKSUMS)]


ENTRY: dict[str, Any] = {"path": "README.md", "size": 7, "mode": "0644", "sha256": "0"}
PATHS = ("../x", "/etc/passwd", "a/../../x", "a//b", "./a", "", ".", "..", "a\0b", "\ud800")
CHANGES: tuple[dict[str, Any], ...] = (
    *({"path": path} for path in PATHS),
    {"path": 3},
    {"mode": "0600"},
    {"mode": "link"},
    {"size": -1},
    {"size": "7"},
    {"sha256": None},
)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "\x00",
        "[" * 100_000,
        '{"version": 1}',
        '{"version": 1, "files": 3}',
        '{"version": 1, "files": ["a"]}',
        *(json.dumps({"version": 1, "files": [{**ENTRY, **change}]}) for change in CHANGES),
        json.dumps({"version": 1, "files": [ENTRY, ENTRY]}),
    ],
)
def test_a_damaged_manifest_is_one_clear_error(content: str, folder: Path) -> None:
    (folder / MANIFEST).write_text(content)
    with pytest.raises(DistributionDamaged, match=r"manifest\.json is damaged") as error:
        verify(folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("version", [2, "1", None])
def test_a_manifest_of_another_version(version: object, folder: Path) -> None:
    write_manifest(folder, {"version": version, "files": []})
    with pytest.raises(InputError, match="version"):
        verify(folder)


def test_exit_codes_and_reports(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(components, "folder", lambda: folder)
    assert main(["verify"]) == 0
    assert "is as it was built: 9 files" in capsys.readouterr().out
    remove(folder)
    (folder / "two\nlines").touch()
    assert main(["verify"]) == 6
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "missing  shared/runtime/empty: is not there"
    assert lines[1] == r"added    two\nlines: is not of the distribution"
    assert "is damaged: 2 problems" in lines[2]
    assert main(["verify", "--format", "json", "--progress", "json"]) == 6
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert (report["whole"], len(report["problems"])) == (False, 2)
    assert '"done": 9' in captured.err


def test_from_source_there_is_no_manifest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify"]) == 3
    assert "there is no manifest.json" in capsys.readouterr().err
