"""The files of a tree that are to be scanned."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ai_coder.common.errors import InputError
from ai_coder.common.progress import Progress
from ai_coder.scanner.ignore import IgnoreRules, rules_around


@dataclass(frozen=True)
class SourceFile:
    """A file to scan: its *path*, its *name* in the report and its size in bytes."""

    path: Path
    name: str
    size: int


@dataclass(frozen=True, order=True)
class Unreadable:
    """A file or folder that could not be read, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Tree:
    """The files below *root*, by name, what could not be read, and how many links were left."""

    root: Path
    files: tuple[SourceFile, ...]
    unreadable: tuple[Unreadable, ...]
    links: int


def report_name(path: str | os.PathLike[str], root: Path) -> str:
    """*path* relative to *root* with forward slashes, printable whatever its bytes are."""
    relative = os.path.relpath(path, root).replace(os.sep, "/")
    return os.fsencode(relative).decode("utf-8", "backslashreplace")


def read_tree(path: Path, progress: Progress) -> Tree:
    """The tree at *path*, a folder, or one file, to which no ignore rule applies.

    Links below *path* are not followed, so nothing is counted twice and nothing outside is read.
    Raises `InputError` where *path* does not exist, is neither or cannot be listed.
    """
    try:
        root = path.resolve(strict=True)
        if root.is_file():
            name = report_name(root, root.parent)
            file = SourceFile(root, name, root.stat().st_size)
            return Tree(root.parent, (file,), (), 0)
        if not root.is_dir():
            raise InputError(f"--path {path} is neither a folder nor a regular file")
        os.scandir(root).close()
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is a loop of links"
        raise InputError(f"cannot scan --path {path}: {reason}; give a folder or a file") from error
    return _Walk(root, progress).tree()


class _Walk:
    def __init__(self, root: Path, progress: Progress) -> None:
        self._root = root
        self._progress = progress
        self._files: list[SourceFile] = []
        self._unreadable: list[Unreadable] = []
        self._links = 0

    def tree(self) -> Tree:
        try:
            rules = rules_around(self._root)
        except OSError as error:
            self._report(error, self._root)
            rules = IgnoreRules()
        waiting = [(self._root, rules)]
        while waiting:
            waiting += self._visit(*waiting.pop())
        return Tree(
            self._root,
            tuple(sorted(self._files, key=lambda file: file.name)),
            tuple(sorted(self._unreadable)),
            self._links,
        )

    def _visit(self, folder: Path, rules: IgnoreRules) -> list[tuple[Path, IgnoreRules]]:
        try:
            rules = rules.reading(folder)
        except OSError as error:
            self._report(error, folder)
        try:
            with os.scandir(folder) as entries:
                listed = list(entries)
        except OSError as error:
            self._report(error, folder)
            return []
        folders = []
        for entry in listed:
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
                if rules.ignores(entry.name, is_folder):
                    continue
                if entry.is_symlink():
                    self._links += 1
                elif is_folder:
                    folders.append((Path(entry.path), rules.below(entry.name)))
                elif entry.is_file(follow_symlinks=False):
                    self._add(entry)
            except OSError as error:
                self._report(error, Path(entry.path))
        return folders

    def _add(self, entry: os.DirEntry[str]) -> None:
        size = entry.stat(follow_symlinks=False).st_size
        name = report_name(entry.path, self._root)
        self._files.append(SourceFile(Path(entry.path), name, size))
        self._progress.advance()

    def _report(self, error: OSError, path: Path) -> None:
        name = report_name(error.filename or path, self._root)
        self._unreadable.append(Unreadable(name, error.strerror or str(error)))
