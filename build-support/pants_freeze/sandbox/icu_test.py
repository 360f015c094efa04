from __future__ import annotations

import ctypes
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from pants_freeze.sandbox import icu

# UDataInfo of a little-endian package, and what ICU calls the comment.
HEADER = struct.pack(
    "<H2sHHBBBB4s8s", 32, b"\xda\x27", 20, 0, 0, 0, 2, 0, b"CmnD", bytes([1, 0, 0, 0, 3, 0, 0, 0])
).ljust(32, b"\0")
LARGE = bytes(range(256)) * 400
ITEMS = {
    "icudt73l/ar.res": b"digits",
    "icudt73l/brkitr/cjdict.dict": LARGE,
    "icudt73l/cnvalias.icu": b"names of converters",
    "icudt73l/coll/zh.res": b"order",
    "icudt73l/de.res": b"formats",
    "icudt73l/root.res": b"root",
    "icudt73l/unit/de.res": LARGE,
}
KEPT = ["ar.res", "cnvalias.icu", "coll/zh.res", "root.res"]


def package(items: Mapping[str, bytes] = ITEMS) -> bytes:
    return icu.Package(HEADER, dict(items)).to_bytes()


def library(data: bytes, symbol: bytes = b"icudt73_dat", *, more: bytes = b"") -> bytes:
    """A library that a linker could have made, with *data* as the one symbol it exports."""
    strings = b"\0" + symbol + b"\0"
    symbols = bytes(24) + struct.pack("<IBBHQQ", 1, 0x11, 0, 4, 0x1000, len(data))
    hashes = struct.pack("<IIIII", 1, 2, 1, 0, 0)
    first = 64 + 3 * 56
    second = first + len(hashes) + 4
    third = second + len(symbols)
    content = bytearray(hashes.ljust(len(hashes) + 4, b"\0") + symbols + strings)
    content = bytearray(first) + content
    content = content.ljust(0x1000, b"\0") + data + more
    dynamic_offset = (len(content) + 15) // 16 * 16
    dynamic_address = dynamic_offset + 0x1000
    first_load = len(content)
    tags = [(4, first), (5, third), (6, second), (10, len(strings)), (11, 24), (0, 0)]
    dynamic = b"".join(struct.pack("<QQ", *each) for each in tags)
    content = content.ljust(dynamic_offset, b"\0") + dynamic
    headers = len(content)

    def section(*values: int) -> bytes:
        kind, address, offset, size, link, entry = values
        return struct.pack("<IIQQQQIIQQ", 0, kind, 2, address, offset, size, link, 0, 1, entry)

    content += b"".join(
        [
            bytes(64),
            section(5, first, first, len(hashes), 2, 4),
            section(11, second, second, len(symbols), 3, 24),
            section(3, third, third, len(strings), 0, 0),
            section(1, 0x1000, 0x1000, len(data + more), 0, 0),
            section(6, dynamic_address, dynamic_offset, len(dynamic), 3, 16),
        ]
    )

    def segment(*values: int) -> bytes:
        kind, flags, offset, address, size, align = values
        return struct.pack("<IIQQQQQQ", kind, flags, offset, address, address, size, size, align)

    place = (dynamic_offset, dynamic_address, len(dynamic))
    content[:first] = b"".join(
        [
            b"\x7fELF\x02\x01\x01".ljust(16, b"\0"),
            struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, headers, 0, 64, 56, 3, 64, 6, 0),
            segment(1, 4, 0, 0, first_load, 0x1000),
            segment(1, 6, *place, 0x1000),
            segment(2, 6, *place, 8),
        ]
    )
    return bytes(content)


def exported(path: Path, size: int) -> bytes:
    """What the dynamic linker finds as the symbol of the library at *path*."""
    loaded = ctypes.CDLL(str(path))
    return bytes((ctypes.c_char * size).in_dll(loaded, "icudt73_dat"))


@pytest.mark.parametrize(
    ("item", "needed"),
    [
        ("coll/ucadata.icu", True),
        ("ibm-943_P15A-2003.cnv", True),
        ("zone/de.res", True),
        ("zoneinfo64.res", True),
        ("root.res", True),
        ("pool.res", True),
        ("nfkc.nrm", True),
        ("fa_AF.res", True),
        ("res_index.res", True),
        ("de_AT.res", False),
        ("curr/de.res", False),
        ("translit/root.res", False),
        ("rfc3491.spp", False),
        ("something new.icu", True),
    ],
)
def test_what_qt_does_not_know_is_left_out(item: str, needed: bool) -> None:
    assert icu.is_needed(item) is needed


def test_a_package_is_written_as_it_was_read() -> None:
    data = package()
    read = icu.Package.parse(data)
    assert {name: content.rstrip(b"\0") for name, content in read.items.items()} == {
        name: content.rstrip(b"\0") for name, content in ITEMS.items()
    }
    assert read.to_bytes() == data


@pytest.mark.skipif(sys.platform != "linux", reason="loads ELF libraries")
def test_a_filtered_library_loads_with_what_is_needed(tmp_path: Path) -> None:
    full = library(package())
    small = icu.filtered(full)
    assert len(full) - len(small) == 3 * 0x10000
    assert icu.filtered(full) == small
    before, after = tmp_path / "before.so", tmp_path / "after.so"
    before.write_bytes(full)
    after.write_bytes(small)
    size = len(package())
    assert exported(before, size) == package()
    read = icu.Package.parse(exported(after, size - 3 * 0x10000))
    assert [name.partition("/")[2] for name in read.items] == KEPT
    for name, content in ITEMS.items():
        if name in read.items:
            assert read.items[name].rstrip(b"\0") == content


def test_what_is_filtered_already_stays() -> None:
    small = icu.filtered(library(package()))
    assert icu.filtered(small) == small


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "no ELF file"),
        (b"\x7fELF\x01\x01" + bytes(100), "no ELF file"),
        (b"\x7fELF\x02\x01" + bytes(2), "cannot be read"),
        (library(package())[:500], "cannot be read"),
        (library(package(), b"u_toupper_73"), "exports b'u_toupper_73'"),
        (library(b"\0" * 100), "no common data package"),
        (library(package(), more=b"more"), "more than its symbol"),
        (library(package({"a/x.res": LARGE, "b/x.res": LARGE})), "more than one folder"),
        (library(package(dict(reversed(ITEMS.items())))), "not in order"),
    ],
)
def test_an_unusual_library_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        icu.filtered(data)
