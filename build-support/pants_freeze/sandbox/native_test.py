from __future__ import annotations

from pathlib import Path

import pytest

from pants_freeze.sandbox import errors, native
from pants_freeze.sandbox.native import Native, is_native, parse, version

PRINTED = """
/lib/liba.so.1:     file format elf64-x86-64

Program Header:
    LOAD off    0x0000000000000000 vaddr 0x0000000000000000 paddr 0x0000000000000000 align 2**12

Dynamic Section:
  NEEDED               libssl.so.3
  NEEDED               libc.so.6
  SONAME               liba.so.1
  RUNPATH              $ORIGIN

Version definitions:
1 0x01 0x0e6b1ee9 GLIBC_2.99

Version References:
  required from libc.so.6:
    0x09691974 0x00 05 GLIBC_2.3.4
    0x06969195 0x00 04 GLIBC_2.34
    0x09691a75 0x00 03 GLIBC_2.2.5
    0x0963cf85 0x00 02 GLIBC_PRIVATE
  required from libssl.so.3:
    0x09691972 0x00 06 OPENSSL_3.0.0
"""


def test_what_a_native_file_asks_for() -> None:
    assert parse(PRINTED) == Native(("libssl.so.3", "libc.so.6"), (2, 34))
    assert parse("\nDynamic Section:\n  SONAME  NEEDED\n") == Native((), ())


def test_versions_compare_as_numbers() -> None:
    assert version("2.9") < version("2.14") < version("2.14.1") < version("3.0")


def test_which_files_are_native(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x7fELF\2")
    (tmp_path / "b").write_bytes(b"\x7fEL")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "nowhere").symlink_to("c")
    assert [path.name for path in sorted(tmp_path.iterdir()) if is_native(path)] == ["a"]
    assert not is_native(tmp_path)


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "objdump"
    tool.write_text('#!/bin/sh\necho "objdump: $2: file truncated" >&2\nexit 1\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    expected = r"^a native file cannot be read: objdump: a\.so: file truncated$"
    with pytest.raises(errors.SandboxError, match=expected):
        native.read(Path("a.so"))
