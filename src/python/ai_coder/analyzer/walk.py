"""The source files of a folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ai_coder.analyzer.languages import languages_of
from ai_coder.analyzer.results import Skipped

# Folders of what others wrote, or what is made of the sources.
_NOT_SOURCES = frozenset({"__pycache__", "node_modules"})
_VIRTUAL_ENVIRONMENT = "pyvenv.cfg"


@dataclass(frozen=True, order=True)
class SourceFile:
    """A file to analyze: its *name* in the report, and its *path*."""

    name: str
    path: Path


def report_name(path: str | os.PathLike[str], root: Path) -> str:
    """*path* relative to *root* with forward slashes, printable whatever its bytes are."""
    relative = os.path.relpath(path, root).replace(os.sep, "/")
    return os.fsencode(relative).decode("utf-8", "backslashreplace")


def source_files(root: Path, language: str | None) -> tuple[list[SourceFile], list[Skipped]]:
    """The files below *root* that are in *language*, or where that is ``None`` in any known one.

    Sorted by name, and with them the folders that cannot be read. Links are not followed; hidden
    folders, ``node_modules``, ``__pycache__`` and virtual environments are left out.
    """
    files: list[SourceFile] = []
    skipped: list[Skipped] = []
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listed:
                entries = list(listed)
        except OSError as error:
            skipped.append(Skipped(report_name(folder, root), error.strerror or str(error)))
            continue
        if folder != root and any(each.name == _VIRTUAL_ENVIRONMENT for each in entries):
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(".") and entry.name not in _NOT_SOURCES:
                    waiting.append(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                known = languages_of(entry.name)
                if known if language is None else language in known:
                    files.append(SourceFile(report_name(entry.path, root), Path(entry.path)))
    return sorted(files), sorted(skipped)
