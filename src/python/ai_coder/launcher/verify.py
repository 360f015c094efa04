"""Holds the distribution folder against its manifest: what is no longer as it was built."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from ai_coder.common.errors import DistributionDamaged, InputError
from ai_coder.common.progress import Progress

MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"
VERSION = 1

# These say what the others are, and so are not listed themselves.
_LISTS = frozenset({MANIFEST, CHECKSUMS, f"{CHECKSUMS}.minisig"})
# What the user and the programs keep; of these folders only what the manifest lists is looked at.
_KEPT = ("logs", "shared/config", "shared/data", "shared/models")
_SETTINGS = "shared/config/"
_CHUNK = 1 << 20
_MODES = {"0644": False, "0755": True}


@dataclass(frozen=True, order=True)
class Deviation:
    """How one file is not as it was built.

    ``path``    relative to the distribution, with forward slashes
    ``kind``    "added", "changed", "edited", "kind", "missing", "mode", "swapped", "unreadable"
    ``detail``  what there is to say beyond that
    """

    path: str
    kind: str
    detail: str


@dataclass(frozen=True)
class Verification:
    """What came of it: *problems*, and *notes* on what the user is meant to change.

    ``files``, ``bytes``  how much the manifest lists
    ``has_checksums``     whether the manifest itself was held against `CHECKSUMS`
    """

    folder: str
    files: int
    bytes: int
    has_checksums: bool
    problems: tuple[Deviation, ...]
    notes: tuple[Deviation, ...]


@dataclass(frozen=True)
class _Listed:
    """A file as the manifest has it; a link has a target and no digest."""

    path: str
    size: int
    sha256: str
    executable: bool
    link: str | None


def verify(folder: Path, progress: str = "none") -> Verification:
    """Hold *folder* against the manifest in it; *progress* is one of `progress.MODES`.

    Reads every file that the manifest lists and changes none. Raises `InputError` if there is no
    manifest or one of another version, `DistributionDamaged` if it cannot be understood.
    """
    content = _read_manifest(folder)
    listed = _listed(folder / MANIFEST, content)
    found: list[Deviation] = []
    actual: dict[str, str] = {}
    with Progress("verifying files", len(listed), progress) as verifying:
        for file in listed.values():
            found += _compare(folder, file, actual)
            verifying.advance()
    found = [*_with_swaps(found, listed, actual), *_added(folder, listed)]
    checksums = folder / CHECKSUMS
    has_checksums = os.path.lexists(checksums)
    if has_checksums:
        found += _compare_manifest(checksums, content)
    found.sort()
    return Verification(
        folder=str(folder),
        files=len(listed),
        bytes=sum(each.size for each in listed.values()),
        has_checksums=has_checksums,
        problems=tuple(each for each in found if each.kind != "edited"),
        notes=tuple(each for each in found if each.kind == "edited"),
    )


def _read_manifest(folder: Path) -> bytes:
    path = folder / MANIFEST
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"there is no {MANIFEST} in {folder}, so nothing to verify by; verify with the "
            "launcher of a whole distribution, or unpack its archive again"
        ) from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None


def _listed(path: Path, content: bytes) -> dict[str, _Listed]:
    try:
        manifest = json.loads(content)
        version = manifest["version"]
        if version != VERSION:
            raise InputError(
                f"{path} has version {version!r}, this program reads {VERSION}; verify with the "
                "launcher that came with it"
            )
        files = [_checked(each) for each in manifest["files"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise DistributionDamaged(
            f"{path} is damaged ({' '.join(reason.split()):.200}); unpack the archive of the "
            "distribution again"
        ) from None
    result = {each.path: each for each in files}
    if len(result) != len(files):
        raise DistributionDamaged(
            f"{path} is damaged (it lists a file twice); unpack the archive again"
        )
    return result


def _checked(entry: dict[str, Any]) -> _Listed:
    """*entry* of the manifest; raises `ValueError`, `KeyError` or `TypeError` if it is no such."""
    path, size, mode = entry["path"], entry["size"], entry["mode"]
    for text in (path, mode):
        if not isinstance(text, str):
            raise TypeError(f"{text!r} is no text")
    # Whoever may write the manifest must not have files outside the folder read.
    pure = PurePath(path)
    if pure.as_posix() != path or pure.anchor or ".." in pure.parts or path == "." or "\0" in path:
        raise ValueError(f"the path {path!r} leads out of the folder")
    os.fsencode(path)
    if not isinstance(size, int) or size < 0:
        raise ValueError(f"the size of {path} is {size!r}")
    if mode == "link":
        link = entry["link"]
        if not isinstance(link, str):
            raise TypeError(f"the link of {path} is {link!r}")
        return _Listed(path, size, "", False, link)
    if mode not in _MODES:
        raise ValueError(f"the mode of {path} is {mode!r}")
    sha256 = entry["sha256"]
    if not isinstance(sha256, str):
        raise TypeError(f"the digest of {path} is {sha256!r}")
    return _Listed(path, size, sha256, _MODES[mode], None)


def _compare(folder: Path, file: _Listed, actual: dict[str, str]) -> Iterator[Deviation]:
    """How *file* deviates; puts the digest of a changed one into *actual*."""
    is_setting = file.path.startswith(_SETTINGS) and file.path.endswith(".toml")
    path = folder / file.path
    try:
        if _leads_through_a_link(folder, file.path):
            # Reported as added itself; what it leads to is not of this folder.
            raise FileNotFoundError
        status = path.lstat()
        kind = _kind(status.st_mode)
        expected = "file" if file.link is None else "link"
        if kind != expected:
            yield Deviation(file.path, "kind", f"is a {kind}, not a {expected}")
        elif file.link is not None:
            target = os.readlink(path)
            if target != file.link:
                yield Deviation(file.path, "kind", f"is a link to {target}, not to {file.link}")
        else:
            # Of a Windows file, whose mode tells nothing, there is no executable bit to compare.
            if os.name == "posix" and bool(status.st_mode & stat.S_IXUSR) != file.executable:
                word = "not executable" if file.executable else "executable"
                yield Deviation(file.path, "mode", f"is {word}")
            digest = _sha256(path)
            if digest != file.sha256:
                actual[file.path] = digest
                kind = "edited" if is_setting else "changed"
                yield Deviation(file.path, kind, _sizes(status.st_size, file.size))
    except (FileNotFoundError, NotADirectoryError):
        yield Deviation(file.path, "edited" if is_setting else "missing", "is not there")
    except OSError as error:
        yield Deviation(file.path, "unreadable", f"cannot be read: {error.strerror}")


def _leads_through_a_link(folder: Path, path: str) -> bool:
    parents = (parent.as_posix() for parent in Path(path).parents if parent.name)
    # The user may keep models on another disk.
    return any((folder / each).is_symlink() for each in parents if each not in _KEPT)


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISLNK(mode):
        return "link"
    return "folder" if stat.S_ISDIR(mode) else "device"


def _sha256(path: Path) -> str:
    # Only who has a manifest needs it; a launcher that is one file has neither.
    import hashlib

    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _sizes(actual: int, expected: int) -> str:
    if actual == expected:
        return "has other content"
    return f"has {actual:,} bytes, not {expected:,}"


def _added(folder: Path, listed: dict[str, _Listed]) -> Iterator[Deviation]:
    """What is in *folder* and not *listed*, without what the user keeps in its place."""
    waiting = [""]
    while waiting:
        parent = waiting.pop()
        try:
            with os.scandir(folder / parent) as entries:
                names = {each.name: each.is_dir(follow_symlinks=False) for each in entries}
        except OSError as error:
            yield Deviation(parent or ".", "unreadable", f"cannot be listed: {error.strerror}")
            continue
        for name, is_folder in names.items():
            path = f"{parent}/{name}" if parent else name
            if path in listed or path in _LISTS or path in _KEPT:
                continue
            if is_folder:
                waiting.append(path)
            else:
                yield Deviation(path, "added", "is not of the distribution")


def _with_swaps(
    found: list[Deviation], listed: dict[str, _Listed], actual: dict[str, str]
) -> Iterator[Deviation]:
    """*found*, with one deviation instead of two for files that have each other's content."""
    waiting: dict[tuple[str, str], list[str]] = {}
    first: dict[str, str] = {}
    second: set[str] = set()
    for path in sorted(each.path for each in found if each.kind == "changed"):
        has, should_have = actual[path], listed[path].sha256
        partners = waiting.get((should_have, has))
        if partners:
            first[partners.pop(0)] = path
            second.add(path)
        else:
            waiting.setdefault((has, should_have), []).append(path)
    for each in found:
        if each.kind == "changed" and each.path in first:
            detail = f"has the content of {first[each.path]}, and the other way round"
            yield Deviation(each.path, "swapped", detail)
        elif each.kind != "changed" or each.path not in second:
            yield each


def _compare_manifest(checksums: Path, content: bytes) -> Iterator[Deviation]:
    """Hold the manifest against its line in *checksums*, as `sha256sum` writes it."""
    try:
        lines = checksums.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        yield Deviation(CHECKSUMS, "unreadable", f"cannot be read: {error.strerror}")
        return
    import hashlib

    digests = [line[:64] for line in lines if line[66:] == MANIFEST and line[64:66] in ("  ", " *")]
    if not digests:
        yield Deviation(CHECKSUMS, "changed", f"has no line for {MANIFEST}")
    elif digests != [hashlib.sha256(content).hexdigest()]:
        yield Deviation(MANIFEST, "changed", f"is not that of {CHECKSUMS}")
