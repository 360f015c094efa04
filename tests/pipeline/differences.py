"""Tells how two folders differ that should be the same, down to what a person can act on.

Archives are compared entry by entry, bytecode by its code objects, native files by their sections,
text by lines, anything else by its first different byte.
"""

from __future__ import annotations

import dis
import io
import marshal
import os
import stat
import tarfile
import types
import zipfile
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path

from elftools.elf.elffile import ELFFile
from frozen.carchive import package_in

_PYC_HEADER = 16
_SHOWN = 60
_MOST = 10


def compare_folders(left: Path, right: Path) -> list[str]:
    """One line for each difference between what is in two folders; none if they are the same.

    Content, modes, links and kinds count; times and owners do not.
    """
    return list(_entries(_listing(left), _listing(right)))


def _listing(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Path -> (kind and mode, content) of each file, link and empty folder."""
    found = {}
    for parent, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(parent, name)
            mode = path.lstat().st_mode
            relative = path.relative_to(folder).as_posix()
            if stat.S_ISLNK(mode):
                found[relative] = "link", os.fsencode(os.readlink(path))
            elif stat.S_ISREG(mode):
                kind = "executable file" if mode & 0o100 else "file"
                found[relative] = kind, path.read_bytes()
            elif not any(path.iterdir()):
                found[relative] = "empty folder", b""
    # In which order a folder lists its files is a matter of the file system.
    return dict(sorted(found.items()))


def _entries(
    left: Mapping[str, tuple[str, bytes]], right: Mapping[str, tuple[str, bytes]]
) -> Iterator[str]:
    """The differences between two tables of (description, content)."""
    if list(left) != list(right) and sorted(left) == sorted(right):
        yield "the same names in another order"
    for name in sorted(left.keys() | right.keys()):
        if name not in right:
            yield f"{name}: only on the left"
        elif name not in left:
            yield f"{name}: only on the right"
        else:
            (one, before), (two, after) = left[name], right[name]
            if one != two:
                yield f"{name}: {one[:_SHOWN]} | {two[:_SHOWN]}"
            yield from (f"{name}: {each}" for each in compare(before, after))


def compare(left: bytes, right: bytes) -> Iterator[str]:
    """The differences between two files, each as a line; none if they are the same."""
    if left == right:
        return
    for read in (_archive, _native, _bytecode, _text):
        try:
            found = list(_entries(read(left), read(right)))
        except ValueError:
            continue  # another format
        if found:
            yield from found[:_MOST]
            if len(found) > _MOST:
                yield f"... and {len(found) - _MOST} more"
            return
    yield _first_byte(left, right)


def _archive(data: bytes) -> dict[str, tuple[str, bytes]]:
    """The entries of a tar archive, compressed or not, or of a zip file."""
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {
                each.filename: (
                    f"{each.date_time}, {each.external_attr:o}, method {each.compress_type}",
                    archive.read(each),
                )
                for each in archive.infolist()
            }
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            return {
                each.name: (
                    f"mode {each.mode:o}, time {each.mtime}, owner {each.uid}:{each.gid} "
                    f"{each.uname}:{each.gname}, type {each.type!r}, link {each.linkname!r}",
                    file.read() if (file := tar.extractfile(each)) and each.isfile() else b"",
                )
                for each in tar
            }
    except tarfile.TarError as error:
        raise ValueError from error


def _native(data: bytes) -> dict[str, tuple[str, bytes]]:
    """The sections of an ELF file, and what PyInstaller has appended to it."""
    if not data.startswith(b"\x7fELF"):
        raise ValueError
    file = ELFFile(io.BytesIO(data))
    parts = {
        f"section {each.name or index}": (str(each["sh_flags"]), each.data())
        for index, each in enumerate(file.iter_sections())
    }
    try:
        package = package_in(data)
    except ValueError:
        return parts
    # The archive of the modules is an entry, too.
    entries = {name: each for name, each in package.entries.items() if not each.startswith(b"PYZ")}
    parts.update({f"entry {name}": ("", each) for name, each in entries.items()})
    parts.update({f"module {name}": ("", each) for name, each in package.modules.items()})
    return parts


def _bytecode(data: bytes) -> dict[str, tuple[str, bytes]]:
    """The attributes of the code objects in a ``.pyc`` file or in marshalled code."""
    for start in (_PYC_HEADER, 0):
        try:
            code = marshal.loads(data[start:])
        except (ValueError, EOFError, TypeError):
            continue
        if isinstance(code, types.CodeType):
            header = {"header": ("", data[:start])} if start else {}
            return {**header, **dict(_code("", code))}
    raise ValueError


def _code(prefix: str, code: types.CodeType) -> Iterator[tuple[str, tuple[str, bytes]]]:
    name = f"{prefix}{code.co_name}"
    constants = [each for each in code.co_consts if not isinstance(each, types.CodeType)]
    for attribute in ("co_filename", "co_firstlineno", "co_names", "co_varnames", "co_flags"):
        yield f"{name} {attribute}", (repr(getattr(code, attribute)), b"")
    yield f"{name} co_consts", (repr(constants), b"")
    instructions = "\n".join(f"{each.opname} {each.argrepr}" for each in dis.get_instructions(code))
    yield f"{name} instructions", ("", instructions.encode("utf-8", "backslashreplace"))
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from _code(f"{name}.", each)


def _text(data: bytes) -> dict[str, tuple[str, bytes]]:
    """Lines of text, by their numbers."""
    text = data.decode("utf-8")  # what it raises is a ValueError
    if "\0" in text:
        raise ValueError
    return {f"line {number}": (line, b"") for number, line in enumerate(text.splitlines(), 1)}


def _first_byte(left: bytes, right: bytes) -> str:
    place = next(place for place, (one, two) in enumerate(zip_longest(left, right)) if one != two)
    shown = [each[place : place + 16].hex(" ") or "the end" for each in (left, right)]
    return f"{len(left)} | {len(right)} bytes; from byte {place} on: {shown[0]} | {shown[1]}"
