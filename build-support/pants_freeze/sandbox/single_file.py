"""Single file: a stub and a folder -> one executable that unpacks itself into a cache, once.

Run as ``python -m pants_freeze.sandbox.single_file PLAN``; PLAN is a JSON file with the fields of
`Plan`. Writes the executable into the folder ``single``.

The file is the stub (``frozen/single_file.c``), the payload, and a trailer:

    magic              8 bytes  "pfreeze1"
    payload size       8        little-endian, as all numbers
    unpacked size      8        bytes of all files, for the message about a full disk
    window             4        how far back, in bytes, compressed data refers to
    compression        1        the index in `COMPRESSIONS`
    program          256        path of the executable in the folder, filled up with zero bytes
    digest            32        SHA-256 of payload and trailer up to here

The payload, once decoded, is a sequence of entries, and one of the kind 3 at the end:

    kind     1   0 file, 1 executable file, 2 symbolic link, 3 end; +0x80: the x86 filter is applied
    length   2   of the path
    size     8   of the content; of a link, its target
    path, content
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import struct
import sys
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pants_freeze.sandbox import errors
from pants_freeze.sandbox.archive import archived_files

OUTPUT = Path("single")

MAGIC = b"pfreeze1"
COMPRESSIONS = ("none", "zlib", "lzma", "zstd")

FILE, EXECUTABLE, LINK, END = range(4)
X86_CODE = 0x80
_ENTRY = struct.Struct("<BHQ")
_TRAILER = struct.Struct("<8sQQIB256s")

# More than that would hardly make a program smaller, and its first start needs that much memory.
_LARGEST_WINDOW = 1 << 26

_ELF_MACHINES = (3, 62)  # i386, x86-64
_MACH_O_X86_64 = bytes.fromhex("cffaedfe07000001")


@dataclass(frozen=True)
class Plan:
    """What to put into one file.

    ``stub``         path of the compiled stub
    ``folder``       the folder to unpack
    ``program``      name of the executable at the top of it, which is started
    ``compression``  one of `COMPRESSIONS`
    ``executables``  files below ``folder`` that can be executed; see `archive.Plan`
    """

    stub: str
    folder: str
    program: str
    compression: str
    executables: list[str]


@dataclass(frozen=True)
class Compressed:
    """Compressed bytes, and how far back in the decoded ones they refer to."""

    data: bytes
    window: int


def is_x86_code(content: bytes) -> bool:
    """Whether *content* is a program or library for x86 processors."""
    if content.startswith(b"\x7fELF") and len(content) >= 20:
        return int.from_bytes(content[18:20], "little") in _ELF_MACHINES
    return content.startswith(_MACH_O_X86_64)


def filter_x86(content: bytes) -> bytes:
    """*content* with the targets of calls and jumps made absolute, by the x86 filter of liblzma.

    Python has that filter only in front of a compressor; this is what it hands over to it.
    """
    fast = {"id": lzma.FILTER_LZMA2, "preset": 0}
    both = lzma.compress(content, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_X86}, fast])
    return lzma.decompress(both, lzma.FORMAT_RAW, filters=[fast])


def entry(kind: int, path: str, content: bytes) -> bytes:
    """One entry of a payload."""
    name = os.fsencode(path)
    return _ENTRY.pack(kind, len(name), len(content)) + name + content


def entries(folder: Path, with_filters: bool, executables: Collection[str]) -> Iterator[bytes]:
    """The entries of *folder*, of which *executables* can be executed.

    Like files lie together, which compresses better.
    """
    for path in sorted(archived_files(folder), key=lambda each: (each.suffix, each.as_posix())):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            yield entry(LINK, name, os.fsencode(os.readlink(path)))
            continue
        content = path.read_bytes()
        kind = EXECUTABLE if name in executables else FILE
        if with_filters and is_x86_code(content):
            kind, content = kind | X86_CODE, filter_x86(content)
        yield entry(kind, name, content)
    yield entry(END, "", b"")


def unpacked_size(folder: Path) -> int:
    """Bytes of all files in *folder*."""
    return sum(path.lstat().st_size for path in archived_files(folder))


def _compressor(compression: str, size: int) -> Any:
    """An object with ``compress`` and ``flush``, for *size* bytes or a few more."""
    window = min(max(size, 1 << 12), _LARGEST_WINDOW)
    if compression == "zlib":
        return zlib.compressobj(9)
    if compression == "lzma":
        preset = 9 | lzma.PRESET_EXTREME
        filters = [{"id": lzma.FILTER_LZMA1, "preset": preset, "dict_size": window}]
        return lzma.LZMACompressor(lzma.FORMAT_RAW, filters=filters)
    if compression == "zstd":
        import zstandard  # pants: no-infer-dep

        parameters = zstandard.ZstdCompressionParameters.from_level(
            22, window_log=(window - 1).bit_length()
        )
        return zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    raise errors.SandboxError(f"{compression!r} is no compression of a single file")


def compress(parts: Iterable[bytes], compression: str, size: int) -> Compressed:
    """*parts*, about *size* bytes, compressed as one."""
    if compression == "none":
        return Compressed(b"".join(parts), 0)
    compressor = _compressor(compression, size)
    data = b"".join([*map(compressor.compress, parts), compressor.flush()])
    if compression == "zstd":
        import zstandard  # pants: no-infer-dep

        return Compressed(data, zstandard.get_frame_parameters(data).window_size)
    return Compressed(data, min(max(size, 1 << 12), _LARGEST_WINDOW))


def join(stub: bytes, payload: Compressed, compression: str, unpacked: int, program: str) -> bytes:
    """The single file; *unpacked* are the bytes that its files take on a disk."""
    trailer = _TRAILER.pack(
        MAGIC,
        len(payload.data),
        unpacked,
        payload.window,
        COMPRESSIONS.index(compression),
        os.fsencode(program),
    )
    digest = hashlib.sha256(payload.data + trailer).digest()
    return stub + payload.data + trailer + digest


def main(plan_path: str) -> None:
    """Write the single file that the JSON file *plan_path* describes."""
    plan = Plan(**json.loads(Path(plan_path).read_bytes()))
    folder = Path(plan.folder)
    size = unpacked_size(folder)
    found = entries(folder, plan.compression != "none", frozenset(plan.executables))
    payload = compress(found, plan.compression, size)
    content = join(Path(plan.stub).read_bytes(), payload, plan.compression, size, plan.program)
    OUTPUT.mkdir()
    target = OUTPUT / plan.program
    target.write_bytes(content)
    target.chmod(0o755)


if __name__ == "__main__":
    errors.run(main, sys.argv)
