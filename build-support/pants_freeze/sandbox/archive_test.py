from __future__ import annotations

import json
import lzma
import os
import platform
import random
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import pytest

from pants_freeze.sandbox import archive, errors

FORMATS = ["tar.xz", "tar.gz", "zip"]
TIME = (1980, 1, 1, 0, 0, 0)

LONG = "/".join(["a folder with a rather long name", "x" * 120, "y" * 60])

# Path -> (content, mode); a content that begins with "->" is a link.
TREE = {
    "app/program": ("\x7fELF program", 0o755),
    "app/read me.txt": ("text " * 1000, 0o644),
    "app/empty": ("", 0o644),
    "app/a/b/c": ("c", 0o644),
    "app/a.b": ("sorts between a and a/b as text", 0o644),
    "app/é/日本.txt": ("non-ASCII é", 0o644),
    f"app/{LONG}": ("long", 0o755),
    "app/lib/libx.so": ("->libx.so.1.0", 0),
    "app/lib/libx.so.1.0": ("library", 0o644),
    "app/current": ("->a/b", 0),
    "app/é-link": ("->é/日本.txt", 0),
    "app/dangling": ("->no/where", 0),
}
LINKS = {path: content[2:] for path, (content, _) in TREE.items() if content.startswith("->")}


def make(root: Path, names: Iterable[str], umask: int = 0o022, time: int = 10**9) -> None:
    """The files *names* of TREE below *root*, made in this order."""
    before = os.umask(umask)
    try:
        for name in names:
            content, mode = TREE[name]
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name in LINKS:
                path.symlink_to(LINKS[name])
                continue
            path.write_text(content, encoding="utf-8")
            path.chmod(mode & ~umask | 0o400)
            os.utime(path, (time, time))
    finally:
        os.umask(before)


def write(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    format_: str,
    folder: str = "app",
    is_last: bool = True,
) -> Path:
    """The archive of *folder* in *root*."""
    monkeypatch.chdir(root)
    # The programs of TREE; a test that has others says so.
    executables = [path for path, (_, mode) in TREE.items() if mode == 0o755]
    plan = archive.Plan(folder, format_, is_last, executables)
    (root / "plan.json").write_text(json.dumps(asdict(plan)))
    archive.main("plan.json")
    return root / "archive"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    make(tmp_path, TREE)
    return tmp_path


@pytest.mark.parametrize("is_last", [False, True])
@pytest.mark.parametrize("format_", FORMATS)
def test_the_bytes_depend_on_the_content_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str, is_last: bool
) -> None:
    make(tmp_path / "one", TREE, umask=0o022, time=10**9)
    make(tmp_path / "two", reversed(list(TREE)), umask=0o077, time=1_700_000_001)
    os.utime(tmp_path / "two" / "app" / "a", (1, 1))
    one, two = (
        write(tmp_path / name, monkeypatch, format_, is_last=is_last).read_bytes()
        for name in ("one", "two")
    )
    assert one == two


def test_each_entry_of_a_tar(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tarfile.open(write(tree, monkeypatch, "tar.gz")) as found:
        entries = {entry.name: entry for entry in found}
        assert list(entries) == sorted(TREE)
        for path, entry in entries.items():
            content, mode = TREE[path]
            assert (entry.mtime, entry.uid, entry.gid) == (315532800, 0, 0)
            assert (entry.uname, entry.gname) == ("", "")
            if path in LINKS:
                assert entry.issym()
                assert entry.linkname == LINKS[path]
            else:
                assert entry.isreg()
                assert entry.mode == mode
                file = found.extractfile(entry)
                assert file is not None
                assert file.read().decode() == content


def test_each_entry_of_a_zip(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(write(tree, monkeypatch, "zip")) as found:
        assert found.testzip() is None
        assert found.namelist() == sorted(TREE)
        for entry in found.infolist():
            content, mode = TREE[entry.filename]
            assert entry.date_time == TIME
            assert entry.create_system == 3
            is_link = entry.filename in LINKS
            assert stat.S_ISLNK(entry.external_attr >> 16) is is_link
            text = found.read(entry).decode()
            if is_link:
                assert text == LINKS[entry.filename]
            else:
                assert entry.external_attr >> 16 == stat.S_IFREG | mode
                assert entry.compress_type == zipfile.ZIP_DEFLATED
                assert text == content


@pytest.mark.parametrize("format_", ["tar.xz", "tar.gz"])
def test_an_archive_is_unpacked_as_it_was(
    tree: Path, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    with tarfile.open(write(tree, monkeypatch, format_)) as found:
        found.extractall(tree / "out")
    unpacked = archive.archived_files(tree / "out")
    assert [path.relative_to(tree / "out").as_posix() for path in unpacked] == sorted(TREE)
    for path, (content, mode) in TREE.items():
        if path in LINKS:
            assert os.readlink(tree / "out" / path) == LINKS[path]
        else:
            assert (tree / "out" / path).read_text(encoding="utf-8") == content
            assert (tree / "out" / path).stat().st_mode & 0o7777 == mode


@pytest.mark.parametrize("format_", ["tar.xz", "tar.gz"])
@pytest.mark.parametrize("empty", [[], [0], [1], [0, 1]])
def test_parts_are_one_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str, empty: list[int]
) -> None:
    halves = [sorted(TREE)[:6], sorted(TREE)[6:]]
    data = b""
    for number, names in enumerate(halves):
        root = tmp_path / str(number)
        (root / "app").mkdir(parents=True)
        make(root, () if number in empty else names)
        data += write(root, monkeypatch, format_, is_last=number == 1).read_bytes()
    whole = tmp_path / "whole"
    whole.write_bytes(data)
    with tarfile.open(whole) as found:
        kept = [[] if number in empty else names for number, names in enumerate(halves)]
        assert found.getnames() == [*kept[0], *kept[1]]


@pytest.mark.parametrize("format_", ["tar.xz", "tar.gz"])
def test_only_the_last_part_has_the_end_of_the_archive(
    tree: Path, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    def unpacked(is_last: bool) -> bytes:
        data = write(tree, monkeypatch, format_, is_last=is_last).read_bytes()
        return lzma.decompress(data) if format_ == "tar.xz" else zlib.decompress(data, 31)

    first, last = unpacked(False), unpacked(True)
    assert last.startswith(first)
    assert last[len(first) :] == bytes(len(last) - len(first))
    assert len(last) - len(first) >= 1024


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("exists", [False, True])
def test_an_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str, exists: bool
) -> None:
    """Pants makes no empty folders, so an empty part may have no folder at all."""
    if exists:
        (tmp_path / "app" / "inner").mkdir(parents=True)
    path = write(tmp_path, monkeypatch, format_)
    if format_ == "zip":
        assert zipfile.ZipFile(path).namelist() == []
    else:
        with tarfile.open(path) as found:
            assert found.getnames() == []


@pytest.mark.parametrize("mode", [0o444, 0o600, 0o755, 0o4755])
def test_modes_are_those_of_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    """Pants may give a large file the executable bit in the sandbox."""
    names = {"app/program": 0o755, "app/empty": 0o644}
    make(tmp_path, names)
    for name in names:
        (tmp_path / name).chmod(mode)
    with tarfile.open(write(tmp_path, monkeypatch, "tar.gz")) as tar:
        assert {each.name: each.mode for each in tar} == names
    with zipfile.ZipFile(write(tmp_path, monkeypatch, "zip")) as found:
        modes = {each.filename: each.external_attr >> 16 for each in found.infolist()}
        assert modes == {name: stat.S_IFREG | kept for name, kept in names.items()}


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    make(tmp_path, ["app/a/b/c", "app/current"])
    (tmp_path / "app" / "loop").symlink_to(".")
    found = archive.archived_files(tmp_path / "app")
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "app/a/b/c",
        "app/current",
        "app/loop",
    ]


def test_names_are_below_the_whole_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "dist" / "é", ["app/a/b/c"])
    with tarfile.open(write(tmp_path, monkeypatch, "tar.xz", "dist/é/app")) as found:
        assert found.getnames() == ["dist/é/app/a/b/c"]


def test_a_gzip_archive_names_no_file_and_no_time(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = write(tree, monkeypatch, "tar.gz").read_bytes()[:10]
    assert header[3] == 0
    assert int.from_bytes(header[4:8], "little") == 315532800


@pytest.mark.parametrize(
    ("machine", "filters"),
    [
        ("x86_64", [lzma.FILTER_X86, lzma.FILTER_LZMA2]),
        ("AMD64", [lzma.FILTER_X86, lzma.FILTER_LZMA2]),
        ("aarch64", [lzma.FILTER_LZMA2]),
        ("arm64", [lzma.FILTER_LZMA2]),
    ],
)
def test_filters_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, machine: str, filters: list[int]
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    found = archive._xz_filters()
    assert [each["id"] for each in found] == filters


def test_a_zip_is_compressed_as_well_as_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = random.Random(1)
    data = b"".join(b"%d " % words.randrange(3000) for _ in range(50_000))
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "data").write_bytes(data)
    with zipfile.ZipFile(write(tmp_path, monkeypatch, "zip")) as found:
        size = found.getinfo("app/data").compress_size

    def compressed(level: int) -> int:
        compressor = zlib.compressobj(level, zlib.DEFLATED, -15)
        return len(compressor.compress(data) + compressor.flush())

    assert compressed(9) < compressed(6)
    assert size == compressed(9)


@pytest.mark.parametrize("format_", ["", "tar", "tar.bz2", "none"])
def test_an_unknown_format(tree: Path, monkeypatch: pytest.MonkeyPatch, format_: str) -> None:
    with pytest.raises(errors.SandboxError) as caught:
        write(tree, monkeypatch, format_)
    assert str(caught.value) == f"{format_!r} is no archive format"
    assert not (tree / "archive").exists()
