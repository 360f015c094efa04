"""Archive: a folder -> one part of a reproducible archive.

Run as ``python -m pants_freeze.sandbox.archive PLAN``; PLAN is a JSON file with the fields of
`Plan`. Writes the file ``archive``.

Parts of ``tar.xz`` and ``tar.gz`` archives may be written one by one and concatenated: both formats
are sequences of compressed streams, and only the last part holds the end of the tar archive. Each
requirement of the runtime folder is then compressed once, and not again when a program changes.
"""

from __future__ import annotations

import gzip
import json
import lzma
import os
import platform
import sys
import tarfile
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pants_freeze.sandbox import errors

OUTPUT = Path("archive")
# Formats whose parts can be compressed one by one and concatenated.
IN_PARTS = ("tar.xz", "tar.gz")

# 1980-01-01T00:00:00Z, the earliest time that a zip file can hold.
_TIME = 315532800
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_SYMLINK = 0o120000


@dataclass(frozen=True)
class Plan:
    """What to archive.

    ``folder``       the folder to archive; entries are named from it, its own name first
    ``format``       "tar.xz", "tar.gz" or "zip"
    ``is_last``      whether no part of the same archive follows
    ``executables``  names of the entries that can be executed. This is not read off the folder:
                     Pants may put a large file there by a link, which has the executable bit
    """

    folder: str
    format: str
    is_last: bool
    executables: list[str]


def archived_files(folder: Path) -> list[Path]:
    """Files and symbolic links below *folder*, sorted by name. Symbolic links are not followed."""
    found = [
        Path(parent, name)
        for parent, folders, files in os.walk(folder)
        for name in [*files, *(each for each in folders if Path(parent, each).is_symlink())]
    ]
    return sorted(found, key=lambda path: path.as_posix())


def _mode(path: Path, executables: Collection[str]) -> int:
    return 0o755 if path.as_posix() in executables else 0o644


def write_tar(folder: Path, file: Any, is_last: bool, executables: Collection[str]) -> None:
    """Write *folder* to the binary *file* as a tar archive, or as a part, which has no end."""
    # No context manager: leaving one writes the end of the archive.
    archive = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115
    for path in archived_files(folder):
        entry = tarfile.TarInfo(path.as_posix())
        entry.mtime = _TIME
        if path.is_symlink():
            entry.type = tarfile.SYMTYPE
            entry.linkname = os.readlink(path)
            entry.mode = 0o777
            archive.addfile(entry)
            continue
        entry.size = path.stat().st_size
        entry.mode = _mode(path, executables)
        with path.open("rb") as content:
            archive.addfile(entry, content)
    if is_last:
        archive.close()


def write_zip(folder: Path, file: IO[bytes], executables: Collection[str]) -> None:
    """Write *folder* as a zip archive to *file*; symbolic links stay links (Info-ZIP's way)."""
    with zipfile.ZipFile(file, "w") as archive:
        for path in archived_files(folder):
            entry = zipfile.ZipInfo(path.as_posix(), _ZIP_TIME)
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            if path.is_symlink():
                entry.external_attr = (_SYMLINK | 0o777) << 16
                archive.writestr(entry, os.readlink(path))
            else:
                entry.external_attr = (0o100000 | _mode(path, executables)) << 16
                archive.writestr(entry, path.read_bytes(), compresslevel=9)


def _xz_filters() -> list[dict[str, Any]]:
    lzma2 = {"id": lzma.FILTER_LZMA2, "preset": 9}
    # Makes jump targets alike, which takes about a tenth off native code.
    code = {"x86_64": lzma.FILTER_X86, "AMD64": lzma.FILTER_X86, "i686": lzma.FILTER_X86}
    machine = platform.machine()
    return [{"id": code[machine]}, lzma2] if machine in code else [lzma2]


def main(plan_path: str) -> None:
    """Archive what the JSON file *plan_path* says."""
    plan = Plan(**json.loads(Path(plan_path).read_bytes()))
    folder, executables = Path(plan.folder), frozenset(plan.executables)
    if plan.format == "zip":
        with OUTPUT.open("wb") as file:
            write_zip(folder, file, executables)
    elif plan.format == "tar.gz":
        with OUTPUT.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=_TIME) as compressed:
            write_tar(folder, compressed, plan.is_last, executables)
    elif plan.format == "tar.xz":
        with lzma.open(OUTPUT, "wb", filters=_xz_filters()) as compressed_xz:
            write_tar(folder, compressed_xz, plan.is_last, executables)
    else:
        raise errors.SandboxError(f"{plan.format!r} is no archive format")


if __name__ == "__main__":
    errors.run(main, sys.argv)
