from __future__ import annotations

from pathlib import Path

import pytest

from pants_freeze.sandbox import errors, files


def test_missing_libraries_are_an_error() -> None:
    needed_by = {"libz.so.1": "/a/b/one.so", "liba.so.2": "/a/two.so"}
    with pytest.raises(errors.MissingLibraryError) as caught:
        files.check_libraries(needed_by, [])
    assert str(caught.value).splitlines() == [
        "native libraries are missing on this machine:",
        "  liba.so.2, needed by two.so",
        "  libz.so.1, needed by one.so",
        "install the system packages that hold them, or name them in `system_libraries` if the "
        "systems of the users provide them",
    ]


@pytest.mark.parametrize(
    ("globs", "left"),
    [
        (["libGL.so.1", "libxcb-icccm.so.4"], []),
        (["libGL.so.*", "libxcb*"], []),
        (["*"], []),
        (["libxcb*"], ["libGL.so.1"]),
        (["libGL.so"], ["libGL.so.1", "libxcb-icccm.so.4"]),
        (["libgl.so.*", "xcb*"], ["libGL.so.1", "libxcb-icccm.so.4"]),
        ([], ["libGL.so.1", "libxcb-icccm.so.4"]),
    ],
)
def test_libraries_left_to_the_system_are_not_missed(globs: list[str], left: list[str]) -> None:
    needed_by = {"libGL.so.1": "/a/one.so", "libxcb-icccm.so.4": "/a/two.so"}
    try:
        files.check_libraries(needed_by, globs)
        message = ""
    except errors.MissingLibraryError as error:
        message = str(error)
    assert [name for name in needed_by if name in message] == left


def test_no_library_is_missing() -> None:
    files.check_libraries({}, [])


@pytest.mark.parametrize(
    ("mode", "copied"), [(0o600, 0o644), (0o666, 0o644), (0o700, 0o755), (0o4751, 0o755)]
)
def test_copies_have_one_of_two_modes(tmp_path: Path, mode: int, copied: int) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"content")
    source.chmod(mode)
    target = tmp_path / "a" / "b" / "target"
    files.copy(str(source), target)
    assert target.read_bytes() == b"content"
    assert target.stat().st_mode & 0o7777 == copied


def test_bytecode_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text("import\n")
    with pytest.raises(errors.SandboxError, match=r"^cannot compile p/a.py: .*excludes"):
        files.compile_modules([[str(source), "p/a.py", str(tmp_path / "a.pyc")]], 0, tmp_path)
