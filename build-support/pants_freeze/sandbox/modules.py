"""Which file holds which module."""

from __future__ import annotations

import functools
import importlib.machinery
import keyword
import os
import re
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from pants_freeze.sandbox import errors

# Without the bare ".so", which libraries have too.
EXTENSION_SUFFIXES = tuple(
    suffix for suffix in importlib.machinery.EXTENSION_SUFFIXES if suffix.count(".") > 1
)

# Where PyInstaller puts the extension modules of the standard library.
EXTENSION_FOLDER = f"python{sys.version_info[0]}.{sys.version_info[1]}/lib-dynload/"

_ANY_EXTENSION_FOLDER = re.compile(r"python3\.\d+/lib-dynload/")

_MODULE_SUFFIXES = (".py", ".pyc", ".so", ".pyd")

_NOT_OF_THE_LIBRARY = frozenset({"site-packages", "dist-packages", "__pycache__"})


def import_statements(imports: Iterable[str]) -> str:
    """Python source that imports each dotted name, whether its last part is a module or not.

    Names that no import statement can hold, such as "a.async", are left out.
    """
    lines = []
    for name in sorted(set(imports)):
        if any(map(keyword.iskeyword, name.split("."))):
            continue
        parent, _, last = name.rpartition(".")
        lines.append(f"from {parent} import {last}" if parent else f"import {last}")
    return "\n".join([*lines, ""])


# A freeze asks for all files of its requirements, each of them several times.
@functools.lru_cache(maxsize=1 << 20)
def module_of(path: str) -> str:
    """Dotted name of the module in the file *path*, relative to where imports look; else empty."""
    if not path.endswith(_MODULE_SUFFIXES):
        return ""
    file = PurePosixPath(_ANY_EXTENSION_FOLDER.sub("", path))
    parts = [*file.parts[:-1], file.name.partition(".")[0]]
    if parts[-1] == "__init__":
        del parts[-1]
    return ".".join(parts) if all(map(str.isidentifier, parts)) else ""


def standard_library() -> set[str]:
    """The modules of the standard library as paths in the runtime folder."""
    root = Path(sysconfig.get_path("stdlib"))
    found = set()
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in _NOT_OF_THE_LIBRARY]
        for file in (Path(folder, name) for name in files):
            if file.suffix in _MODULE_SUFFIXES:
                is_extension = file.parent.name == "lib-dynload"
                place = EXTENSION_FOLDER + file.name if is_extension else file.relative_to(root)
                found.add(Path(place).as_posix())
    return found


def stored_modules(paths: Iterable[str]) -> dict[str, str]:
    """The modules among *paths*, relative to where imports look -> the file a layer stores each in.

    Native libraries could be modules by their names; only extension modules that have the suffix
    of an interpreter are.
    """
    found = {}
    for path in sorted(paths):
        name = module_of(path)
        if name and path.endswith((".py", *EXTENSION_SUFFIXES)):
            found[name] = f"{path}c" if path.endswith(".py") else path
    return found


def top_levels(paths: Iterable[str]) -> set[str]:
    """The top-level modules of those in the files *paths*, relative to where imports look."""
    return {name.partition(".")[0] for name in stored_modules(paths)}


def sources_of_modules(
    owner: str, sources: Path, provided: Mapping[str, Iterable[str]]
) -> tuple[str, str, dict[str, str]]:
    """What ``frozen/missing.py`` is filled in with.

    *owner* is the address of the target, *sources* the folder of its first-party modules,
    *provided* are requirement or interpreter -> top-level modules.
    """
    own = top_levels(path.relative_to(sources).as_posix() for path in sources.rglob("*.py"))
    joined = {label: " ".join(sorted(names)) for label, names in sorted(provided.items()) if names}
    return (owner, " ".join(sorted(own)), joined)


def check_hidden_imports(missing: Iterable[str]) -> None:
    """Raise `errors.MissingModuleError` if hidden imports are *missing*."""
    names = ", ".join(sorted(missing))
    if names:
        raise errors.MissingModuleError(
            f"hidden imports are not in the closure: {names}; correct `hidden_imports`, or add the "
            "requirement to the dependencies of the PEX"
        )


def check_hooks(hooks: Iterable[str]) -> None:
    """Raise `errors.SandboxError` if a run-time hook, a path below ``hooks``, is no Python."""
    problems = []
    for hook in hooks:
        path = hook.removeprefix("hooks/")
        try:
            compile(Path(hook).read_bytes(), path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            problems.append(f"{path}: {error}")
    if problems:
        raise errors.SandboxError(
            f"`runtime_hooks` that cannot be parsed: {'; '.join(problems)}; correct them"
        )
