from __future__ import annotations

import hashlib
import json
import lzma
import os
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from pants_freeze.sandbox import errors, single_file

# A library for x86-64, as far as its first bytes tell: calls and jumps, which the filter changes.
CODE = (
    b"\x7fELF\x02\x01\x01".ljust(18, b"\0")
    + struct.pack("<H", 62)
    + b"".join(b"\xe8" + struct.pack("<i", 4000 - 5 * i) for i in range(800))
)
OTHER_CODE = CODE[:18] + struct.pack("<H", 183) + CODE[20:]  # aarch64

FILES = {
    "program": (b"program", 0o755),
    "runtime/b.so": (CODE, 0o644),
    "runtime/c.so": (OTHER_CODE, 0o755),
    "runtime/a/empty": (b"", 0o644),
    "runtime/a/zwei wörter.txt": (b"text" * 5000, 0o600),
}
EXECUTABLES = [path for path, (_, mode) in FILES.items() if mode == 0o755]
LINKS = {"runtime/b.so.1": "b.so", "runtime/a/up": "../a"}


def make(folder: Path) -> Path:
    for path, (content, mode) in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
        (folder / path).chmod(mode)
    for path, target in LINKS.items():
        (folder / path).symlink_to(target)
    return folder


def entries_of(data: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Kind, path and content of all entries before the end."""
    while True:
        kind, length, size = struct.unpack_from("<BHQ", data)
        data = data[11:]
        if kind == single_file.END:
            assert (length, size, data) == (0, 0, b"")
            return
        yield kind, data[:length].decode(), data[length : length + size]
        data = data[length + size :]


def decompressed(made: bytes, compression: str) -> bytes:
    """The payload of the single file *made*, whose stub is ``STUB``."""
    payload = made[4:-317]
    if compression == "zlib":
        return zlib.decompress(payload)
    if compression == "lzma":
        (window,) = struct.unpack_from("<I", made, len(made) - 317 + 24)
        filters = [{"id": lzma.FILTER_LZMA1, "dict_size": window}]
        return lzma.decompress(payload, lzma.FORMAT_RAW, filters=filters)
    return payload


def build(folder: Path, compression: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The single file of *folder*, with the stub ``STUB``."""
    monkeypatch.chdir(folder.parent)
    Path("stub").write_bytes(b"STUB")
    plan = single_file.Plan("stub", folder.name, "program", compression, EXECUTABLES)
    Path("plan.json").write_text(json.dumps(asdict(plan)))
    single_file.main("plan.json")
    (written,) = Path("single").iterdir()
    assert written.name == "program"
    assert written.stat().st_mode & 0o777 == 0o755
    return written.read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make(tmp_path / "payload")


def test_entries(folder: Path) -> None:
    """Sorted by suffix, then by path."""
    assert list(entries_of(b"".join(single_file.entries(folder, False, EXECUTABLES)))) == [
        (1, "program", b"program"),
        (0, "runtime/a/empty", b""),
        (2, "runtime/a/up", b"../a"),
        (2, "runtime/b.so.1", b"b.so"),
        (0, "runtime/b.so", CODE),
        (1, "runtime/c.so", OTHER_CODE),
        (0, "runtime/a/zwei wörter.txt", b"text" * 5000),
    ]


def test_x86_code_is_filtered(folder: Path) -> None:
    found = {
        path: (kind, content)
        for kind, path, content in entries_of(
            b"".join(single_file.entries(folder, True, EXECUTABLES))
        )
    }
    kind, content = found["runtime/b.so"]
    assert kind == single_file.FILE | single_file.X86_CODE
    assert content != CODE
    assert len(content) == len(CODE)
    assert found["runtime/c.so"] == (single_file.EXECUTABLE, OTHER_CODE)


def undo(filtered: bytes) -> bytes:
    """What liblzma's decoder makes of the output of its x86 filter."""
    fast = {"id": lzma.FILTER_LZMA2, "preset": 0}
    packed = lzma.compress(filtered, lzma.FORMAT_RAW, filters=[fast])
    return lzma.decompress(packed, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_X86}, fast])


@pytest.mark.parametrize("size", [0, 1, 4, 5, 6, 9, 10, 1000, 200_000])
def test_the_filter_is_that_of_liblzma(size: int) -> None:
    content = bytes(random.Random(size).choices((0xE8, 0xE9, 0, 0xFF, 7), k=size))
    filtered = single_file.filter_x86(content)
    assert undo(filtered) == content
    if size > 10:
        assert filtered != content


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (CODE, True),
        (OTHER_CODE, False),
        (CODE[:19], False),
        (b"\xcf\xfa\xed\xfe\x07\x00\x00\x01more", True),
        (b"\xcf\xfa\xed\xfe\x0c\x00\x00\x01more", False),
        (b"", False),
    ],
)
def test_is_x86_code(content: bytes, expected: bool) -> None:
    assert single_file.is_x86_code(content) is expected


@pytest.mark.parametrize("compression", ["none", "zlib", "lzma"])
def test_a_single_file(folder: Path, compression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = build(folder, compression, monkeypatch)
    trailer = made[-317:]
    magic, size, unpacked, window, kind, name = struct.unpack("<8sQQIB256s", trailer[:-32])
    assert made.startswith(b"STUB")
    assert magic == b"pfreeze1"
    assert size == len(made) - 4 - 317
    contents = [content for content, _ in FILES.values()]
    links = [target.encode() for target in LINKS.values()]
    assert unpacked == sum(map(len, [*contents, *links]))
    assert single_file.COMPRESSIONS[kind] == compression
    assert name.rstrip(b"\0") == b"program"
    assert trailer[-32:] == hashlib.sha256(made[4:-32]).digest()

    if compression == "lzma":
        assert window == unpacked
    with_filters = compression != "none"
    payload = decompressed(made, compression)
    assert payload == b"".join(single_file.entries(folder, with_filters, EXECUTABLES))


@pytest.mark.parametrize("compression", ["none", "zlib", "lzma"])
def test_the_bytes_depend_on_nothing_but_the_folder(
    tmp_path: Path, compression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(make(tmp_path / "one" / "payload"), compression, monkeypatch)
    other = make(tmp_path / "another" / "place")
    for parent, folders, names in os.walk(other):
        for name in [*folders, *names]:
            if not Path(parent, name).is_symlink():
                os.utime(Path(parent, name), (1, 1))
    assert build(other, compression, monkeypatch) == first


def test_an_unknown_compression(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.SandboxError, match="'rar' is no compression of a single file"):
        build(folder, "rar", monkeypatch)
    assert not Path("single").exists()
