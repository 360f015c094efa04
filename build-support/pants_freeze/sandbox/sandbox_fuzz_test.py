"""Whatever lies in sources, archives and libraries, sandbox programs give a result or an error."""

from __future__ import annotations

import io
import os
import random
import re
import struct
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pants_freeze.sandbox import archive, errors, icu, imports, layer, modules, single_file, start
from pants_freeze.sandbox.icu_test import HEADER, library, package

tried = settings(max_examples=200, derandomize=True, deadline=None)

# --- Imports -------------------------------------------------------------------------------------

PYTHON = st.lists(
    st.sampled_from(
        [
            *(
                "import ",
                "from ",
                " as ",
                ".",
                "..",
                "*",
                "a",
                "b",
                ",",
                "(",
                ")",
                "\n",
                "    ",
                ":",
            ),
            *(
                "__import__('a')",
                "importlib.import_module('",
                "')",
                "if 1",
                "def f()",
                "# coding: ",
            ),
            *(
                "utf-7",
                "idna",
                "\0",
                "'",
                '"""',
                "f'{",
                "}",
                "9" * 5000,
                "lambda ",
                "\f",
                "\r",
                "=",
            ),
        ]
    )
    | st.text(max_size=4),
    max_size=20,
).map("".join)


@tried
@given(st.one_of(PYTHON.map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=60)))
@example(b"-" * 100_000 + b"1")
@example(b"a" + b".a" * 100_000)
@example(b"a" + b".a" * 200 + b"('x')")
def test_any_source(source: bytes) -> None:
    try:
        found = list(imports.imported_names(source, "a.b", False, "a/b.py"))
    except errors.SandboxError as error:
        assert str(error).startswith("a/b.py cannot be parsed: ")
        assert not str(error).endswith(": ")
        return
    modules.import_statements(name for name, _ in found)


def test_a_call_of_a_deep_attribute() -> None:
    """As deep as Python parses, and deeper than it prints."""
    source = f"a{'.a' * 600}('x')\nimportlib.import_module('b')\n"
    assert list(imports.imported_names(source.encode(), "m", False, "m.py")) == [("b", 2)]


@tried
@given(st.lists(st.text("ab._-", max_size=4), min_size=1, max_size=4).map("/".join))
def test_any_path_is_a_module_or_not(path: str) -> None:
    name = modules.module_of(path)
    assert not name or all(map(str.isidentifier, name.split(".")))


# --- Archives ------------------------------------------------------------------------------------

# No surrogates: other bytes in names are for another test, and not for zip.
PARTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), max_size=6
).filter(lambda part: part not in ("", ".", "..") and len(os.fsencode(part)) < 200)
FILES = st.dictionaries(
    st.tuples(PARTS, PARTS) | st.tuples(PARTS), st.binary(max_size=50) | st.text("a/.", min_size=1)
)


def lay_out(folder: Path, files: dict[tuple[str, ...], bytes | str]) -> dict[str, bytes | str]:
    """Write *files* (bytes) and links (text) where they do not contradict each other."""
    made: dict[str, bytes | str] = {}
    for parts, content in sorted(files.items()):
        path = folder.joinpath(*parts)
        if any(each.is_symlink() or each.is_file() for each in (path, *path.parents)):
            continue
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.symlink_to(content)
        made[path.as_posix()] = content
    return made


@tried
@given(FILES)
def test_an_archive_is_read_as_it_is_written(files: dict[tuple[str, ...], bytes | str]) -> None:
    """Names, content, modes and links; and twice the same bytes."""
    with tempfile.TemporaryDirectory() as place:
        before = os.getcwd()
        os.chdir(place)
        try:
            made = lay_out(Path("folder"), files)
            executables = [
                name
                for name, content in made.items()
                if isinstance(content, bytes) and len(content) % 2
            ]
            written = io.BytesIO()
            archive.write_tar(Path("folder"), written, True, executables)
            again = io.BytesIO()
            archive.write_tar(Path("folder"), again, True, executables)
            packed = io.BytesIO()
            archive.write_zip(Path("folder"), packed, executables)
        finally:
            os.chdir(before)
    assert written.getvalue() == again.getvalue()
    with tarfile.open(fileobj=io.BytesIO(written.getvalue())) as tar:
        read: dict[str, bytes | str] = {}
        for entry in tar:
            if entry.issym():
                read[entry.name] = entry.linkname
                continue
            extracted = tar.extractfile(entry)
            assert extracted
            content = extracted.read()
            assert entry.mode == (0o755 if len(content) % 2 else 0o644)
            read[entry.name] = content
        assert read == made
    with zipfile.ZipFile(packed) as zipped:
        assert {name: zipped.read(name) for name in zipped.namelist()} == {
            name: content if isinstance(content, bytes) else os.fsencode(content)
            for name, content in made.items()
        }


# --- ICU -----------------------------------------------------------------------------------------

LIBRARY = library(package())


@pytest.mark.parametrize("whole", [LIBRARY, package()], ids=["library", "package"])
def test_damaged_data_of_icu(whole: bytes) -> None:
    """Bits, numbers and lengths, mostly in headers and tables: read, or a ``ValueError``."""
    chosen = random.Random(1)
    read = icu.filtered if whole is LIBRARY else icu.Package.parse
    numbers = [0, 1, 2**16 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1]
    tables = [at for at in range(0, len(whole) - 8) if any(whole[at : at + 8])][:3000]
    outcomes = {"read": 0, "refused": 0}
    for _ in range(3000):
        damaged = bytearray(whole)
        for _ in range(chosen.randint(1, 3)):
            at = chosen.choice([*tables, len(whole) - chosen.randint(8, 400)])
            kind = chosen.randrange(3)
            if kind == 0:
                damaged[at] ^= 1 << chosen.randrange(8)
            elif kind == 1:
                size, number = chosen.choice([2, 4, 8]), chosen.choice(numbers)
                damaged[at : at + size] = struct.pack("<Q", number)[:size]
            else:
                del damaged[chosen.randrange(len(damaged)) :]
                break
        try:
            read(bytes(damaged))
        except ValueError:
            outcomes["refused"] += 1
        except (IndexError, struct.error):
            assert read is icu.Package.parse  # `filtered` says it in its own words
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
    print("damaged data of ICU:", outcomes)
    assert min(outcomes.values()) > 0


@tried
@given(st.binary(max_size=200), st.sampled_from([b"", b"\x7fELF\x02\x01", HEADER]))
def test_any_bytes_are_data_of_icu_or_not(content: bytes, beginning: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        icu.filtered(beginning + content)


# --- Formats of our own --------------------------------------------------------------------------


@tried
@given(
    st.lists(
        st.tuples(
            st.sampled_from([single_file.FILE, single_file.EXECUTABLE, single_file.LINK]),
            PARTS,
            st.binary(max_size=40),
        ),
        max_size=5,
    ),
    st.sampled_from(["none", "zlib", "lzma"]),
)
def test_a_payload_is_read_as_it_is_written(
    entries: list[tuple[int, str, bytes]], compression: str
) -> None:
    from pants_freeze.sandbox.single_file_test import decompressed, entries_of

    parts = [single_file.entry(*each) for each in [*entries, (single_file.END, "", b"")]]
    payload = single_file.compress(parts, compression, sum(map(len, parts)))
    made = single_file.join(b"STUB", payload, compression, 1, "program")
    assert list(entries_of(decompressed(made, compression))) == entries


@tried
@given(st.binary(max_size=300))
def test_the_x86_filter_keeps_lengths(content: bytes) -> None:
    from pants_freeze.sandbox.single_file_test import undo

    filtered = single_file.filter_x86(content)
    assert len(filtered) == len(content)
    assert undo(filtered) == content
    single_file.is_x86_code(content)


@tried
@given(
    st.lists(
        st.sampled_from(["import time: ", "1", "123", " | ", " ", "  ", "a.b", "\n", "self [us]"]),
        max_size=30,
    ).map("".join)
)
def test_any_trace_of_imports(trace: str) -> None:
    assert isinstance(start.import_tree(trace), list)


@tried
@given(st.binary(max_size=30) | st.sampled_from([b"{}", b"[]", b"null", b"1", b'{"python": 1}']))
def test_any_index_of_a_layer(text: bytes) -> None:
    with pytest.raises(ValueError, match=re.compile(".", re.DOTALL)):
        layer.LayerIndex.parse(text)
