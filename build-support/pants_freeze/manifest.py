"""The manifest of a distribution: each file, its fingerprint, where it comes from, who needs it.

Its fingerprints are also written as ``sha256sum`` reads them, for who has nothing but that program.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
VERSION = 1

# How ``sha256sum`` writes what would end a line, or seem to escape something.
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r"})

# What lies in a distribution beside its programs: documentation, lists of requirements.
DISTRIBUTION_FILES = "distribution files"


@dataclass(frozen=True, order=True)
class ManifestFile:
    """One file.

    ``path``        relative to the folder of the distribution, with forward slashes
    ``size``        bytes; of a symbolic link those of its target's name
    ``sha256``      of the content, as hexadecimal digits; empty for a symbolic link
    ``mode``        "0644", "0755", or "link"
    ``link``        target of a symbolic link, else empty
    ``origin``      "requests==2.34.2", "CPython 3.11.7", "first-party code", ...
    ``components``  executables of the programs that need it, sorted; none for distribution files
    """

    path: str
    size: int
    sha256: str
    mode: str
    link: str
    origin: str
    components: tuple[str, ...]


def manifest_json(files: Iterable[ManifestFile]) -> bytes:
    """The manifest as JSON, one file a line, sorted by path. It does not list itself."""
    lines = ",\n".join(
        json.dumps({key: value for key, value in vars(file).items() if value != ""})
        for file in sorted(files)
    )
    return f'{{"version": {VERSION}, "files": [\n{lines}\n]}}\n'.encode()


def sha256sums(files: Iterable[ManifestFile]) -> bytes:
    """The fingerprints of *files* for ``sha256sum --check``, sorted by path, without links.

    A line whose name is escaped begins with a backslash, as ``sha256sum`` itself writes it.
    """
    lines = []
    for file in sorted(file for file in files if file.sha256):
        name = file.path.translate(_ESCAPES)
        mark = "" if name == file.path else "\\"
        lines.append(f"{mark}{file.sha256}  {name}\n")
    return "".join(lines).encode()
