"""Offers the wheels in pip's find-links folders to Pex: offer_wheels.py STAMP REPOSITORY FOLDERS.

A lockfile names one URL for each file, and Pex asks only that URL, whatever wheels are at hand. But
it does not download what its cache has under the file's SHA-256. So the files that a lockfile of
the repository names, by name and SHA-256, are copied there. They are not linked: a wheel that is
overwritten later must not change in the cache.

The stamp lies in that cache. It tells what it was made for and, a line each, all files and folders
that this has looked at: while none of them is newer than the stamp, there is nothing to do.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

# In pants.toml, which Python can parse only from 3.11 on.
LOCKFILE = re.compile(r"""^[^#\n]*=\s*["']([^"'\n]+\.lock)["']""", re.M)
ARTIFACT = re.compile(
    r'"algorithm":\s*"sha256",\s*"hash":\s*"([0-9a-f]{64})",\s*"url":\s*"([^"]+)"'
)


def read_lockfiles(lockfiles: list[Path]) -> dict[str, set[str]]:
    """The files that they name: file name -> SHA-256s."""
    wanted: dict[str, set[str]] = {}
    for lockfile in filter(Path.is_file, lockfiles):
        for sha256, url in ARTIFACT.findall(lockfile.read_text(encoding="utf-8")):
            wanted.setdefault(unquote(os.path.basename(urlsplit(url).path)), set()).add(sha256)
    return wanted


def copy(wheel: Path, target: Path) -> str:
    """Copy a wheel; its SHA-256, which is of what was copied."""
    digest = hashlib.sha256()
    with wheel.open("rb") as source, target.open("wb") as copied:
        for chunk in iter(lambda: source.read(1 << 20), b""):
            digest.update(chunk)
            copied.write(chunk)
    return digest.hexdigest()


def offer(wheel: Path, sha256s: set[str], downloads: Path) -> None:
    """Put a wheel into Pex's cache, if it is one of those that it lacks."""
    missing = {sha256 for sha256 in sha256s if not (downloads / sha256).exists()}
    if not missing:
        return
    work = Path(tempfile.mkdtemp(dir=downloads, prefix=".seed-"))
    try:
        sha256 = copy(wheel, work / wheel.name)
        if sha256 in missing:
            work.rename(downloads / sha256)
            print(f"pants: took the locked {wheel.name} from {wheel.parent}", file=sys.stderr)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def main(stamp: Path, repository: Path, folders: str) -> None:
    downloads = stamp.parent
    downloads.mkdir(parents=True, exist_ok=True)
    # As old as the start: what comes in meanwhile has to be newer than the stamp.
    descriptor, new_stamp = tempfile.mkstemp(dir=downloads, prefix=".seed-")
    started = os.fstat(descriptor).st_mtime_ns

    pants_toml = repository / "pants.toml"
    names = LOCKFILE.findall(pants_toml.read_text(encoding="utf-8"))
    lockfiles = [repository / name for name in names]
    wanted = read_lockfiles(lockfiles)
    looked_at = [pants_toml, *lockfiles]
    for folder in map(Path, json.loads(folders)):
        present = os.listdir(folder) if folder.is_dir() else []
        wheels = [folder / name for name in sorted(wanted.keys() & set(present))]
        looked_at += [folder, *wheels]
        for wheel in wheels:
            offer(wheel, wanted[wheel.name], downloads)

    with os.fdopen(descriptor, "wb") as file:
        lines = [f"{repository} {folders}", *map(str, looked_at)]
        file.write(b"".join(os.fsencode(f"{line}\n") for line in lines))
    os.utime(new_stamp, ns=(started, started))
    os.rename(new_stamp, stamp)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    except OSError as error:
        sys.exit(f"pants: wheels from the find-links of pip cannot be offered to Pants: {error}")
