"""Tests of the work folder and of durable files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from ai_coder.common.errors import InputError
from ai_coder.trainer.work import WorkFolder, remove_tree, work_folder, write_durably, writing


def folder_in(tmp_path: Path) -> WorkFolder:
    return WorkFolder(tmp_path / "models", "bugs", keep="kept")


def test_a_folder_that_comes_and_goes(tmp_path: Path) -> None:
    with folder_in(tmp_path) as path:
        assert path == work_folder(tmp_path / "models", "bugs")
        (path / "more").mkdir()
        (path / "kept").touch()
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("kept", [True, False])
def test_what_a_failure_leaves(tmp_path: Path, kept: bool) -> None:
    def fail() -> None:
        with folder_in(tmp_path) as path:
            (path / "more").touch()
            if kept:
                (path / "kept").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    left = work_folder(tmp_path / "models", "bugs")
    assert left.exists() is kept
    with folder_in(tmp_path) as path:
        assert (path / "more").exists() is kept


def test_one_at_a_time(tmp_path: Path) -> None:
    with folder_in(tmp_path) as path:
        with pytest.raises(InputError, match="another trainer is at work on 'bugs'"):
            folder_in(tmp_path).__enter__()
        assert path.exists()
        with WorkFolder(tmp_path / "models", "other", keep="kept"):
            pass
    with folder_in(tmp_path):
        pass


def test_a_dead_process_locks_nothing(tmp_path: Path) -> None:
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom ai_coder.trainer.work import WorkFolder\n"
        "WorkFolder(Path(sys.argv[1]), 'bugs', keep='kept').__enter__()\nos._exit(9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "models")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == 9
    assert (work_folder(tmp_path / "models", "bugs") / "lock").exists()
    with folder_in(tmp_path):
        pass


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be removed there")
def test_a_lock_of_a_removed_file_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The process before this one removes the folder between opening the file and locking it.
    from ai_coder.trainer import work

    real = work._lock
    opened: list[BinaryIO] = []

    def lock(file: BinaryIO) -> bool:
        if not opened:
            remove_tree(work_folder(tmp_path / "models", "bugs"))
        opened.append(file)
        return real(file)

    monkeypatch.setattr(work, "_lock", lock)
    with folder_in(tmp_path) as path:
        assert (path / "lock").exists()
        assert len(opened) == 2


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(InputError, match=r"cannot write .*bugs.*choose another --output"):
        folder_in(tmp_path).__enter__()


def test_errors_of_torch_hide_those_of_the_system() -> None:
    def fail() -> None:
        with writing(Path("model")):
            try:
                raise OSError(28, "No space left on device")
            except OSError as error:
                raise RuntimeError("unexpected pos") from error

    with pytest.raises(InputError, match="cannot write model: No space left on device; make room"):
        fail()


def test_other_errors_stay() -> None:
    with pytest.raises(RuntimeError, match="defect"), writing(Path("model")):
        raise RuntimeError("defect")


def test_files_and_trees(tmp_path: Path) -> None:
    write_durably(tmp_path / "a", "grün")
    write_durably(tmp_path / "b", b"\xff")
    assert (tmp_path / "a").read_bytes() + (
        tmp_path / "b"
    ).read_bytes() == "grün".encode() + b"\xff"
    remove_tree(tmp_path / "a")
    remove_tree(tmp_path)
    assert not tmp_path.exists()
