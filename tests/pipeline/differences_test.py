"""Each kind of difference is found, and told where it is."""

from __future__ import annotations

import importlib.util
import io
import lzma
import marshal
import os
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.differences import compare, compare_folders


def pyc(source: str) -> bytes:
    return b"\0" * 16 + marshal.dumps(compile(source, "a.py", "exec"))


def tar(text: str, mode: int = 0o644, time: int = 1) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        entry = tarfile.TarInfo("folder/a.txt")
        entry.size, entry.mode, entry.mtime = len(text), mode, time
        archive.addfile(entry, io.BytesIO(text.encode()))
    return lzma.compress(raw.getvalue())


def zipped(text: str) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt"), text)
    return raw.getvalue()


def library() -> bytes:
    """A native file that is there wherever Python is."""
    spec = importlib.util.find_spec("_json")
    path = spec.origin if spec and spec.origin and spec.origin != "built-in" else sys.executable
    return Path(path).read_bytes()


def patched_library() -> bytes:
    """The same with another byte in its text section."""
    from elftools.elf.elffile import ELFFile

    data = bytearray(library())
    section = ELFFile(io.BytesIO(data)).get_section_by_name(".text")
    assert section
    data[section["sh_offset"] + 5] ^= 0xFF
    return bytes(data)


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        (b"one\ntwo\n", b"one\n2\n", ["line 2: two | 2"]),
        (b"one\n", b"one\ntwo\n", ["line 2: only on the right"]),
        (b"one\n", b"one\r\n", ["4 | 5 bytes; from byte 3 on: 0a | 0d 0a"]),
        (b"\0\1\2", b"\0\1\3", ["3 | 3 bytes; from byte 2 on: 02 | 03"]),
        (b"\0\1", b"\0\1\3", ["2 | 3 bytes; from byte 2 on: the end | 03"]),
        (pyc("a = 1"), pyc("a = 2"), ["<module> co_consts: [1, None] | [2, None]"]),
        (pyc("a = 1"), pyc("a = 1")[:0] + b"\1" + pyc("a = 1")[1:], ["header: "]),
        (
            pyc("def f(x):\n  return x + 1"),
            pyc("def f(x):\n  return x - 1"),
            ["<module>.f instructions: line 4: BINARY_OP + | BINARY_OP -"],
        ),
        (tar("one"), tar("two"), ["folder/a.txt: line 1: one | two"]),
        (tar("one"), tar("one", time=2), ["folder/a.txt: mode 644, time 1, owner 0:0", "time 2"]),
        (tar("one"), tar("one", mode=0o755), ["folder/a.txt: mode 644", "mode 755"]),
        (zipped("one"), zipped("two"), ["a.txt: line 1: one | two"]),
        (library(), patched_library(), ["section .text: ", "from byte 5 on"]),
    ],
)
def test_what_is_told(left: bytes, right: bytes, told: list[str]) -> None:
    lines = "\n".join(compare(left, right))
    assert [part for part in told if part not in lines] == [], lines
    assert list(compare(left, left)) == []


def test_marshalled_in_another_way() -> None:
    """The same code can be written in several ways; the bytes are what counts."""
    code = compile("a = 'word'", "a.py", "exec")
    left, right = marshal.dumps(code, 4), marshal.dumps(code, 2)
    (line,) = compare(left, right)
    assert "from byte" in line


def test_no_more_than_a_screen() -> None:
    left, right = ("\n".join(f"{side} {n}" for n in range(100)).encode() for side in "ab")
    lines = list(compare(left, right))
    assert lines[-1] == "... and 90 more"
    assert len(lines) == 11


def fill(folder: Path) -> None:
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "tool").write_text("same")
    (folder / "link").symlink_to("sub")


def add(folder: Path) -> None:
    (folder / "more").write_text("")


def make_executable(folder: Path) -> None:
    (folder / "sub" / "tool").chmod(0o755)


def change(folder: Path) -> None:
    (folder / "sub" / "tool").write_text("other")


def move_link(folder: Path) -> None:
    (folder / "link").unlink()
    (folder / "link").symlink_to("elsewhere")


def replace_link(folder: Path) -> None:
    (folder / "link").unlink()
    (folder / "link").write_text("sub")


def add_folder(folder: Path) -> None:
    (folder / "empty").mkdir()


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (add, "more: only on the right"),
        (make_executable, "sub/tool: file | executable file"),
        (change, "sub/tool: line 1: same | other"),
        (move_link, "link: line 1: sub | elsewhere"),
        (replace_link, "link: link | file"),
        (add_folder, "empty: only on the right"),
    ],
)
def test_folders(tmp_path: Path, action: Callable[[Path], None], told: str) -> None:
    left, right = tmp_path / "left", tmp_path / "right"
    fill(left)
    fill(right)
    os.utime(right / "sub" / "tool", (0, 0))
    assert compare_folders(left, right) == []
    action(right)
    assert compare_folders(left, right) == [told]
