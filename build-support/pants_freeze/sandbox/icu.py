"""ICU's data library without the data that Qt never asks for.

``libicudata.so.NN`` is an ELF library with one symbol, ``icudtNN_dat``: a *common data package*, a
table of contents and the items themselves (ICU's ``ucmndata.h``). Qt takes collation, converters
and the names of time zones from it; numbers, dates, currencies, languages, territories and the
boundaries of words it has tables of its own for.

The smaller package takes the place of the full one at the same address, and the file is shortened
by whole pages behind it, so no address in it changes.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

# Trees of locale data by what they hold, and single items, which no function that Qt calls reads.
_UNUSED = re.compile(
    r"(brkitr|curr|lang|rbnf|region|translit|unit)/.*"
    r"|.*\.(cfu|spp)"  # confusable characters, profiles of stringprep
    r"|(ulayout|uemoji|unames)\.icu"
    r"|(nfkc_cf|uts46)\.nrm"
    r"|(currencyNumericCodes|dayPeriods|genderList|grammaticalFeatures|pluralRanges|plurals|units)"
    r"\.res"
)
# Formats of numbers and dates in one locale. Of these, names of time zones ("GMT+3") take the
# digits, and that only where a locale has digits of its own.
_FORMATS = re.compile(r"(?!res_)[a-z]{2,3}(_[A-Za-z0-9_]*)?\.res")
_OWN_DIGITS = re.compile(
    r"(ar|as|az_Arab|bgc|bgn|bho|bn|ccp|ckb|dz|fa|ff_Adlm|hnj|ks|lrc|mni|mr|my|mzn|ne|pa_Arab|ps|raj"
    r"|rhg|sa|sat|sd|sdh|syr|ur|uz_Arab)[_.].*"
)

_SYMBOL = re.compile(rb"icudt\d+_dat")
_ELF64_LITTLE_ENDIAN = b"\x7fELF\x02\x01"
_OBJECT = 1
_LOAD = 1
_DYNAMIC_SYMBOLS = 11
_SYMBOL_TABLES = (2, _DYNAMIC_SYMBOLS)
_NO_CONTENT = 8
_PAGE = 0x10000
_ALIGNMENT = 16

_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_SECTION_HEADER = struct.Struct("<IIQQQQIIQQ")
_SYMBOL_ENTRY = struct.Struct("<IBBHQQ")


def is_needed(item: str) -> bool:
    """Whether Qt may read *item*, a path in the package without its first folder."""
    if _FORMATS.fullmatch(item):
        return bool(_OWN_DIGITS.fullmatch(item))
    return not _UNUSED.fullmatch(item)


@dataclass(frozen=True)
class Package:
    """A common data package: its ``header``, and its items by full name, sorted as in the file."""

    header: bytes
    items: dict[str, bytes]

    @classmethod
    def parse(cls, data: bytes) -> Package:
        """The package that *data* is; raises ``ValueError`` if it is none."""
        header_size, magic, size = struct.unpack_from("<H2sH", data)
        is_little_endian = data[8:10] == b"\0\0"
        if magic != b"\xda\x27" or data[12:16] != b"CmnD" or size < 20 or not is_little_endian:
            raise ValueError("its content is no common data package")
        (count,) = struct.unpack_from("<I", data, header_size)
        table = [struct.unpack_from("<II", data, header_size + 4 + 8 * i) for i in range(count)]
        names = [
            data[header_size + name : data.index(b"\0", header_size + name)].decode("ascii")
            for name, _ in table
        ]
        starts = [header_size + start for _, start in table]
        ends = [*starts[1:], len(data)]
        first = header_size + 4 + 8 * count
        if names != sorted(set(names)) or [first, *starts] != sorted([first, *starts]):
            raise ValueError("its table of contents is not in order")
        if not starts or starts[-1] >= len(data):
            raise ValueError("its table of contents does not fit its content")
        items = {name: data[start:end] for name, start, end in zip(names, starts, ends)}
        return cls(data[:header_size], items)

    def to_bytes(self) -> bytes:
        """The package as a file holds it; items are aligned as ICU's own tools do."""
        names = b""
        table = []
        start = 4 + 8 * len(self.items)
        for name in self.items:
            table.append(start + len(names))
            names += name.encode("ascii") + b"\0"
        position = start + len(names)
        contents = b""
        parts = [names]
        offsets = []
        for content in self.items.values():
            padding = -(len(self.header) + position) % _ALIGNMENT
            parts += [bytes(padding), content]
            offsets.append(position + padding)
            position += padding + len(content)
        contents = b"".join(parts)
        entries = b"".join(struct.pack("<II", *each) for each in zip(table, offsets))
        return self.header + struct.pack("<I", len(self.items)) + entries + contents


def filtered(library: bytes) -> bytes:
    """The data library *library* with what Qt needs; raises ``ValueError`` if it is unusual."""
    try:
        return _filtered(library)
    except (IndexError, OverflowError, struct.error, UnicodeDecodeError) as error:
        raise ValueError(f"it cannot be read ({error})") from None


def _filtered(library: bytes) -> bytes:
    if not library.startswith(_ELF64_LITTLE_ENDIAN):
        raise ValueError("it is no ELF file of 64 bits with little-endian numbers")
    sections = _table(library, 40, 58, _SECTION_HEADER)
    segments = _table(library, 32, 54, _PROGRAM_HEADER)
    symbol = _data_symbol(library, sections)
    section = sections[symbol[3]]
    address, size = symbol[4:]
    if (section[3], section[5]) != (address, size):
        raise ValueError("its section holds more than its symbol")
    offset = section[4]
    package = Package.parse(library[offset : offset + size])
    kept = {
        name: content
        for name, content in package.items.items()
        if is_needed(name.partition("/")[2])
    }
    if len({name.partition("/")[0] for name in package.items}) != 1:
        raise ValueError("its items lie in more than one folder")
    smaller = Package(package.header, kept).to_bytes()
    end = offset + size
    removed = (size - len(smaller)) // _PAGE * _PAGE
    if removed <= 0:
        return library

    def moved(position: int) -> int:
        return position - removed if position >= end else position

    def shortened(start: int, length: int) -> int:
        if start <= offset and end <= start + length:
            return length - removed
        if start < end and offset < start + length:
            raise ValueError("a part of the file begins or ends within its data")
        return length

    result = bytearray(library[:offset] + smaller.ljust(size - removed, b"\0") + library[end:])
    (headers,) = struct.unpack_from("<Q", library, 40)
    if headers < end:
        raise ValueError("its section headers come before its data")
    struct.pack_into("<Q", result, 40, moved(headers))
    (first_segment,) = struct.unpack_from("<Q", library, 32)
    for number, (kind, flags, start, virtual, physical, length, memory, align) in enumerate(
        segments
    ):
        new = shortened(start, length)
        if kind == _LOAD and align > _PAGE:
            raise ValueError("its segments are aligned to more than a page")
        if new != length and (kind != _LOAD or memory != length):
            raise ValueError("its data is not in an ordinary segment")
        _PROGRAM_HEADER.pack_into(
            result,
            first_segment + number * _PROGRAM_HEADER.size,
            *(kind, flags, moved(start), virtual, physical, new, memory + new - length, align),
        )
    for number, header in enumerate(sections):
        name, kind, flags, virtual, start, length, *rest = header
        new = length if kind == _NO_CONTENT or not length else shortened(start, length)
        _SECTION_HEADER.pack_into(
            result,
            moved(headers) + number * _SECTION_HEADER.size,
            *(name, kind, flags, virtual, moved(start), new, *rest),
        )
        if kind in _SYMBOL_TABLES:
            for entry in range(start, start + length, _SYMBOL_ENTRY.size):
                values = _SYMBOL_ENTRY.unpack_from(library, entry)
                if values[3:] == symbol[3:]:
                    _SYMBOL_ENTRY.pack_into(result, moved(entry), *values[:5], values[5] - removed)
    return bytes(result)


def _table(
    library: bytes, where: int, how_many: int, entry: struct.Struct
) -> list[tuple[int, ...]]:
    (start,) = struct.unpack_from("<Q", library, where)
    size, count = struct.unpack_from("<HH", library, how_many)
    if size != entry.size or not count:
        raise ValueError("its headers are of an unknown size")
    return [entry.unpack_from(library, start + number * size) for number in range(count)]


def _data_symbol(library: bytes, sections: list[tuple[int, ...]]) -> tuple[int, ...]:
    """The one symbol that *library* exports."""
    tables = [section for section in sections if section[1] == _DYNAMIC_SYMBOLS]
    if len(tables) != 1:
        raise ValueError("it has not one table of symbols")
    _, _, _, _, start, length, strings, *_ = tables[0]
    names = sections[strings][4]
    exported = [
        values
        for values in _SYMBOL_ENTRY.iter_unpack(library[start : start + length])
        if values[3]  # defined in a section
    ]
    if len(exported) != 1:
        raise ValueError(f"it exports {len(exported)} symbols")
    name = names + exported[0][0]
    text = library[name : library.index(b"\0", name)]
    if not _SYMBOL.fullmatch(text) or exported[0][1] & 0xF != _OBJECT:
        raise ValueError(f"it exports {text!r}")
    return exported[0]
