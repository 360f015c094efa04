from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from ai_coder.common.errors import InputError
from ai_coder.common.progress import Progress
from ai_coder.scanner.walk import Tree, read_tree

posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX files")


def tree_of(path: Path) -> Tree:
    return read_tree(path, Progress("", mode="none"))


def test_files_are_sorted_and_sized(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "one").write_text("12345")
    (tmp_path / "a").write_text("1")
    assert [(file.name, file.size) for file in tree_of(tmp_path).files] == [("a", 1), ("b/one", 5)]


@posix
def test_links_are_counted_but_not_followed(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "outside").write_text("")
    (tmp_path / "tree" / "loop").symlink_to(tmp_path)
    (tmp_path / "tree" / "file").symlink_to(tmp_path / "outside")
    tree = tree_of(tmp_path / "tree")
    assert tree.files == ()
    assert tree.links == 2


@posix
def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / ".gitignore")
    assert tree_of(tmp_path).files == ()
    with pytest.raises(InputError, match="neither a folder nor a regular file"):
        tree_of(tmp_path / "pipe")


@posix
def test_a_name_that_is_not_utf8_is_escaped(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text("")
    assert [each.name for each in tree_of(tmp_path).files] == ["caf\\xe9.py"]


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads all")
def test_an_unreadable_folder_is_reported_by_permission(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    assert [each.file for each in tree_of(tmp_path).unreadable] == ["closed"]


def test_an_unreadable_folder_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "a").write_text("")
    scandir = os.scandir

    def closed(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    tree = tree_of(tmp_path)
    assert [(each.file, each.reason) for each in tree.unreadable] == [
        ("closed", "Permission denied")
    ]
    assert [each.name for each in tree.files] == ["a"]


def test_an_unreadable_rule_file_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitignore").write_text("a")
    (tmp_path / "a").write_text("")

    def denied(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", denied)
    tree = tree_of(tmp_path)
    assert [each.file for each in tree.unreadable] == [".gitignore"]
    assert len(tree.files) == 2


def test_one_file_is_scanned_whatever_the_rules_say(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*")
    (tmp_path / "a.py").write_text("")
    tree = tree_of(tmp_path / "a.py")
    assert [file.name for file in tree.files] == ["a.py"]
    assert tree.root == tmp_path


def test_a_missing_path_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot scan --path .*nothing.*No such file"):
        tree_of(tmp_path / "nothing")


@posix
def test_a_loop_of_links_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="cannot scan --path"):
        tree_of(tmp_path / "loop")


def test_progress_counts_the_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    stream = io.StringIO()
    with Progress("listing", mode="json", stream=stream) as progress:
        read_tree(tmp_path, progress)
    assert json.loads(stream.getvalue().splitlines()[-1])["progress"]["done"] == 1
