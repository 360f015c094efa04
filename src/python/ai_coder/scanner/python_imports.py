"""What Python modules import, and which files of the tree that is."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True)
class PythonImport:
    """``import module`` (*name* is ``None``) or ``from module import name``.

    *level* is the number of leading dots.
    """

    module: str
    name: str | None = None
    level: int = 0

    @property
    def package(self) -> str:
        """The top-level package; empty for a relative import."""
        return "" if self.level else self.module.partition(".")[0]


def python_imports(content: bytes) -> tuple[PythonImport, ...]:
    """Every import in the source *content*, also those inside functions.

    Raises `SyntaxError` where Python cannot parse it.
    """
    try:
        with warnings.catch_warnings():
            # The scanned code's doubtful escapes are not this program's warnings.
            warnings.simplefilter("ignore")
            tree = ast.parse(content)
    except (ValueError, RecursionError, MemoryError) as error:
        # NUL bytes and absurd nesting: the parser gives up, but not with a SyntaxError.
        raise SyntaxError(f"cannot be parsed: {error or type(error).__name__}") from error
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [PythonImport(alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module, level = node.module or "", node.level
            found += [PythonImport(module, alias.name, level) for alias in node.names]
    return tuple(found)


def is_standard(package: str) -> bool:
    """Whether the top-level *package* comes with Python."""
    return package in sys.stdlib_module_names


class PythonModules:
    """Finds the file that an import of another file means.

    The source roots, which are the folders that Python would have on its path, are those that
    hold a top-level package or a module outside any package. Roots of packages without an
    ``__init__.py`` are told by the imports that they would satisfy.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self._modules: dict[str, str] = {}
        self._by_last_name: dict[str, list[str]] = {}
        # Sorted, so that a stub (.pyi) never replaces its module (.py).
        for file in sorted(files):
            path = _module_path(file)
            if path not in self._modules:
                self._modules[path] = file
                self._by_last_name.setdefault(path.rpartition("/")[2], []).append(path)
        self._packages = {
            file.rpartition("/")[0]
            for file in self._modules.values()
            if PurePosixPath(file).stem == "__init__"
        }
        self._namespaces = {
            str(parent) for path in self._modules for parent in PurePosixPath(path).parents
        } - {"."}
        roots = {self._root_of(file) for file in self._modules.values()}
        self._roots = sorted(roots | {""})

    def resolve(self, importer: str, wanted: PythonImport) -> str | None:
        """The file that *wanted* in the file *importer* means, ``None`` if none of the tree."""
        if wanted.level:
            return self._relative(importer, wanted)
        own = self._root_of(importer)
        others = (root for root in self._roots if root != own)
        for root in (own, *sorted(others, key=lambda root: (-_shared_length(root, own), root))):
            if root != own and is_standard(wanted.package):
                continue  # A script called random.py elsewhere is not what `import random` means.
            found = self._below(root, wanted)
            if found is not None:
                return found
        return self._by_suffix(wanted)

    def is_internal(self, importer: str, package: str) -> bool:
        """Whether the top-level *package* is a folder or module of the tree for *importer*."""
        roots = {self._root_of(importer)} if is_standard(package) else self._roots
        paths = [_join(root, package) for root in roots]
        return any(path in self._modules or path in self._namespaces for path in paths)

    def _relative(self, importer: str, wanted: PythonImport) -> str | None:
        folder = importer.split("/")[:-1]
        upwards = wanted.level - 1
        if upwards > len(folder):
            return None
        base = "/".join(folder[: len(folder) - upwards])
        if wanted.module:
            return self._below(base, wanted)
        if wanted.name is not None and (found := self._modules.get(_join(base, wanted.name))):
            return found
        return self._package(base)

    def _below(self, root: str, wanted: PythonImport) -> str | None:
        names = wanted.module.split(".")
        if wanted.name is not None:
            submodule = self._modules.get(_join(root, *names, wanted.name))
            if submodule is not None:
                return submodule
        # `import a.b` where only `a` is in the tree (b may be compiled) depends on `a`.
        for length in range(len(names), 0, -1):
            found = self._modules.get(_join(root, *names[:length]))
            if found is not None:
                return found
        return None

    def _by_suffix(self, wanted: PythonImport) -> str | None:
        names = wanted.module.split(".")
        if is_standard(wanted.package):
            return None
        candidates = [[*names, wanted.name], names] if wanted.name is not None else [names]
        for candidate in candidates:
            if len(candidate) < 2:
                continue  # One name alone would match too much.
            ending = "/" + "/".join(map(str, candidate))
            last = self._by_last_name.get(str(candidate[-1]), ())
            matches = [path for path in last if path.endswith(ending)]
            if len(matches) == 1:
                return self._modules[matches[0]]
        return None

    def _package(self, folder: str) -> str | None:
        return self._modules.get(folder) if folder in self._packages else None

    def _root_of(self, file: str) -> str:
        folder = file.rpartition("/")[0]
        while folder in self._packages and folder:
            folder = folder.rpartition("/")[0]
        return folder


def _module_path(file: str) -> str:
    path = PurePosixPath(file)
    if path.stem == "__init__" and len(path.parts) > 1:
        return str(path.parent)
    return str(path.with_suffix(""))


def _join(*parts: str) -> str:
    return "/".join(part for part in parts if part)


def _shared_length(one: str, other: str) -> int:
    """How many leading folders two paths have in common."""
    length = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        length += 1
    return length
