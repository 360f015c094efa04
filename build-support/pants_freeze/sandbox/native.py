"""Native files: what each is linked with, and how new a glibc it needs. For ELF, so on Linux."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pants_freeze.sandbox import errors

Version = tuple[int, ...]

_MAGIC = b"\x7fELF"
_NEEDED = re.compile(r"^ +NEEDED +(\S+)$", re.MULTILINE)
_GLIBC = re.compile(r"^ +0x\S+ 0x\S+ \d+ GLIBC_(\d+(?:\.\d+)+)$", re.MULTILINE)


@dataclass(frozen=True)
class Native:
    """What a native file asks for.

    ``needed`` are the file names of the libraries that it is linked with; ``glibc`` is the newest
    version of glibc's symbols among those that it uses, or empty.
    """

    needed: tuple[str, ...]
    glibc: Version


def version(text: str) -> Version:
    """2.17 as (2, 17), so that versions compare."""
    return tuple(map(int, text.split(".")))


def parse(text: str) -> Native:
    """What `objdump -p` prints of a native file."""
    _, _, references = text.partition("\nVersion References:")
    versions = map(version, _GLIBC.findall(references))
    return Native(tuple(_NEEDED.findall(text)), max(versions, default=()))


def read(file: Path) -> Native:
    """What the native *file* asks for; raises `errors.SandboxError` if `objdump` cannot read it."""
    command = ["objdump", "-p", str(file)]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode:
        raise errors.SandboxError(f"a native file cannot be read: {result.stderr.strip()}")
    return parse(result.stdout)


def is_native(file: Path) -> bool:
    """Whether *file* is an ELF file, and no link."""
    if file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC
