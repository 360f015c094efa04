"""Reads what PyInstaller appends to an executable, without PyInstaller.

The package ends in a cookie that tells where its table is. One of its entries is the archive of
the Python modules, which has a table of its own.
"""

from __future__ import annotations

import marshal
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"MEI\014\013\012\013\016"
_COOKIE = struct.Struct("!8sIIII64s")
_ENTRY = struct.Struct("!IIIIBc")
_MODULES = b"z"


@dataclass(frozen=True)
class Package:
    """What is in an executable: *entries* and *modules* by name, as bytes (marshalled code).

    *archive_offset* is where in the executable the archive of the modules begins.
    """

    entries: dict[str, bytes]
    modules: dict[str, bytes]
    archive_offset: int


def read_package(executable: Path) -> Package:
    """The package at the end of *executable*. Raises ``ValueError`` if there is none."""
    return package_in(executable.read_bytes())


def package_in(data: bytes) -> Package:
    """The package at the end of the executable *data*. Raises ``ValueError`` if there is none."""
    cookie = data.rindex(_MAGIC)
    _, length, table, table_length, _, _ = _COOKIE.unpack_from(data, cookie)
    start = cookie + _COOKIE.size - length
    entries: dict[str, bytes] = {}
    modules: dict[str, bytes] = {}
    archive_offset = 0
    position = start + table
    while position < start + table + table_length:
        size, offset, stored, _, is_compressed, kind = _ENTRY.unpack_from(data, position)
        name = data[position + _ENTRY.size : position + size].rstrip(b"\0").decode()
        content = data[start + offset : start + offset + stored]
        entries[name] = zlib.decompress(content) if is_compressed else content
        if kind == _MODULES:
            archive_offset = start + offset
            modules.update(_modules(entries[name]))
        position += size
    return Package(entries, modules, archive_offset)


def _modules(archive: bytes) -> Iterator[tuple[str, bytes]]:
    assert archive.startswith(b"PYZ\0")
    (table,) = struct.unpack_from("!i", archive, 8)
    for name, (_, offset, length) in marshal.loads(archive[table:]):
        yield name, zlib.decompress(archive[offset : offset + length]) if length else b""
