from __future__ import annotations

import os
from pathlib import Path

import pytest

from ai_coder.common.errors import InputError
from ai_coder.common.output import publish, write_atomically


def test_missing_folders_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "new" / "report.txt"
    write_atomically(target, "é\n")
    assert target.read_bytes() == "é\n".encode()
    assert list(target.parent.iterdir()) == [target]


def test_a_failed_replace_leaves_the_old_file_and_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.txt"
    target.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match=r"report\.txt: No space left"):
        write_atomically(target, "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_in_place_of_the_folder_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        write_atomically(tmp_path / "file" / "report.txt", "x")


def test_permissions_are_those_of_any_new_file_or_of_the_old_one(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    write_atomically(tmp_path / "new", "x")
    assert (tmp_path / "new").stat().st_mode == plain.stat().st_mode
    plain.chmod(0o640)
    write_atomically(plain, "x")
    assert plain.stat().st_mode & 0o777 == 0o640


def test_without_a_file_the_text_goes_to_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    publish("report\n", None)
    assert capsys.readouterr().out == "report\n"
