from __future__ import annotations

import os
from pathlib import Path

import pytest

from ai_coder.analyzer.results import Skipped
from ai_coder.analyzer.walk import source_files

posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX files")


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


def names(root: Path, language: str | None = None) -> list[str]:
    return [each.name for each in source_files(root, language)[0]]


def test_sources_are_sorted_by_name(tmp_path: Path) -> None:
    put(tmp_path, "b.py", "a/z.JS", "a/y.rs", "README.md", "Makefile", "a.H")
    assert names(tmp_path) == ["a.H", "a/y.rs", "a/z.JS", "b.py"]
    assert names(tmp_path, "javascript") == ["a/z.JS"]
    assert names(tmp_path, "c") == names(tmp_path, "cpp") == ["a.H"]


def test_what_others_wrote_is_left_out(tmp_path: Path) -> None:
    put(
        tmp_path,
        "a.py",
        ".hidden/a.py",
        "node_modules/b/c.js",
        "d/__pycache__/e.py",
        "env/pyvenv.cfg",
        "env/lib/f.py",
    )
    assert names(tmp_path) == ["a.py"]
    # Not when it is what is asked for.
    assert names(tmp_path / "env") == ["lib/f.py"]


@posix
def test_links_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path / "tree", "a.py")
    (tmp_path / "tree" / "loop").symlink_to(tmp_path / "tree")
    (tmp_path / "tree" / "b.py").symlink_to("b.py")
    (tmp_path / "tree" / "c.py").symlink_to("a.py")
    os.mkfifo(tmp_path / "tree" / "d.py")
    assert names(tmp_path / "tree") == ["a.py"]


@posix
def test_a_name_that_is_not_utf8_is_escaped(tmp_path: Path) -> None:
    put(tmp_path, os.fsdecode(b"caf\xe9.py"))
    assert names(tmp_path) == ["caf\\xe9.py"]


def test_an_unreadable_folder_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "closed/a.py", "b.py")
    scandir = os.scandir

    def closed(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    files, skipped = source_files(tmp_path, None)
    assert [each.name for each in files] == ["b.py"]
    assert skipped == [Skipped("closed", "Permission denied")]
