"""The environment that a freezer runs in: the closure's distributions, and the freezer's own.

Both lie in one folder, so what each file belongs to is read from the records of installation.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pants_freeze.sandbox import errors
from pants_freeze.sandbox.modules import standard_library, top_levels

if TYPE_CHECKING:
    from importlib.metadata import Distribution

# Who a file of a frozen program comes from, if it is no requirement.
FIRST_PARTY = "first-party code"
SYSTEM_LIBRARY = "system library"
INTERPRETER = "CPython"
INTERPRETER_LABEL = f"{INTERPRETER} {sys.version.split()[0]}"

# The module in which `sysconfig` finds how the interpreter was built, where that is a module.
BUILD_CONFIGURATION = "_sysconfigdata_"

# What `importlib.metadata` reads of a distribution.
_METADATA = frozenset({"METADATA", "entry_points.txt"})

# What an installer writes beside the metadata of a distribution. It tells of the environment that
# the freezer ran in, not of the program, and differs from one environment to the next.
_INSTALLATION_RECORDS = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})


def normalize_name(distribution: str) -> str:
    """The name of a distribution as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def label_of(distribution: Distribution) -> str:
    """ "name==version" with both normalised; metadata may spell either in another way."""
    from packaging.version import InvalidVersion, Version  # pants: no-infer-dep

    version = distribution.version
    with contextlib.suppress(InvalidVersion):
        version = str(Version(version))
    return f"{normalize_name(distribution.metadata['Name'])}=={version}"


@functools.lru_cache(maxsize=1 << 16)
def _real_folder(path: str) -> str:
    return os.path.realpath(path)


def real_path(path: str) -> str:
    """`os.path.realpath`, for tens of thousands of files in a few thousand folders."""
    folder, name = os.path.split(path)
    path = os.path.join(_real_folder(folder), name)
    return os.path.realpath(path) if os.path.islink(path) or name == ".." else path


class Environment:
    """Which distribution of this environment each file and each top-level module belongs to.

    *closure* are the distributions of the closure, as "name==version"; *work* is the folder of what
    the freezer generates, *repository* that of first-party files.
    """

    def __init__(self, closure: Iterable[str], work: Path, repository: Path) -> None:
        self._work = os.path.realpath(work) + os.sep
        self._repository = os.path.realpath(repository) + os.sep
        # The plugin imports this module too, on a Python that may be older than 3.8.
        import importlib.metadata

        self._owners: dict[str, tuple[str, bool]] = {}
        self.closure_distributions: list[Distribution] = []
        # Relative to where imports look -> where it is.
        self.closure_files: dict[str, str] = {}
        # What `importlib.metadata` reads of the closure: path below its folder, and file.
        self.metadata: list[tuple[str, str]] = []
        # Distribution of the closure, or the interpreter -> the top-level modules that it has.
        self.provided: dict[str, set[str]] = {INTERPRETER_LABEL: top_levels(standard_library())}
        wanted = set(closure)
        self._closure_names = {label.partition("==")[0] for label in wanted}
        closure_modules: set[str] = set()
        freezer_modules: set[str] = set()
        found = [(label_of(each), each) for each in importlib.metadata.distributions()]
        # Where both have a file, it is the closure's, which comes first on the path.
        for label, distribution in sorted(found, key=lambda each: each[0] not in wanted):
            in_closure = label in wanted
            if in_closure:
                self.closure_distributions.append(distribution)
            files = distribution.files or ()
            if in_closure:
                top_level = top_levels(file.as_posix() for file in files)
                self.provided.setdefault(label, set()).update(top_level)
            for file in files:
                path = real_path(str(distribution.locate_file(file)))
                self._owners.setdefault(path, (label, in_closure))
                if in_closure:
                    self.closure_files.setdefault(file.as_posix(), path)
                    if len(file.parts) == 2 and file.name in _METADATA:
                        self.metadata.append((file.as_posix(), path))
                top = file.parts[0].partition(".")[0]
                if file.suffix == ".py" or len(file.parts) > 1:
                    (closure_modules if in_closure else freezer_modules).add(top)
        self.freezer_only_modules = sorted(
            name for name in freezer_modules - closure_modules if name.isidentifier()
        )

    def is_metadata_of_the_freezer(self, source: str) -> bool:
        """Whether *source* is metadata of a distribution of which the closure has no version.

        Hooks that copy the metadata of a distribution and of all that it may depend on take along
        what they find. The program cannot import those distributions, so it must not see them.
        """
        path = os.path.realpath(source)
        label, in_closure = self._owners.get(path, ("", True))
        is_metadata = any(parent.suffix == ".dist-info" for parent in Path(path).parents)
        return (
            not in_closure and is_metadata and label.partition("==")[0] not in self._closure_names
        )

    def origin(self, source: str) -> str:
        """Who *source* belongs to: "name==version", the interpreter, the repository, or the system.

        Raises `errors.LeakError` if it belongs to the freezer's environment only.
        """
        path = os.path.realpath(source)
        if path in self._owners:
            label, in_closure = self._owners[path]
            if not in_closure:
                raise errors.LeakError(f"{source} belongs to {label}, which is not in the closure")
            return label
        if is_of_interpreter(path):
            return INTERPRETER_LABEL
        if path.startswith(self._work):
            return "generated by the freezer"
        if path.startswith(self._repository):
            return FIRST_PARTY
        return SYSTEM_LIBRARY

    def distribution(self, source: str) -> str:
        """The name of the distribution that *source* belongs to, normalised, or empty."""
        label, _ = self._owners.get(os.path.realpath(source), ("", False))
        return label.partition("==")[0]

    def is_of_system(self, source: str) -> bool:
        """Whether *source* is known to belong to nothing else."""
        path = os.path.realpath(source)
        is_known = path in self._owners or path.startswith((self._work, self._repository))
        return not is_known and not is_of_interpreter(path)

    def console_script(self, name: str) -> str:
        """What the console script *name* of the closure calls, "module:attributes".

        Raises `errors.MissingModuleError` if the closure has none of that name.
        """
        for distribution in self.closure_distributions:
            for entry_point in distribution.entry_points:
                if entry_point.group == "console_scripts" and entry_point.name == name:
                    return entry_point.value.partition("[")[0].strip()
        raise errors.MissingModuleError(
            f"no requirement of the closure has a console script {name!r}; "
            "name one that its dependencies install, or use `entry_point`"
        )


def is_installation_record(path: PurePosixPath) -> bool:
    """Whether the file at *path* of the runtime folder tells how a distribution was installed."""
    return path.parent.suffix == ".dist-info" and path.name in _INSTALLATION_RECORDS


def is_of_interpreter(path: str) -> bool:
    """Whether the file at the real *path* belongs to the interpreter that runs this."""
    # On Windows and macOS its libraries and extension modules lie all over its folder.
    if not sys.platform.startswith("linux") and path.startswith(
        os.path.realpath(sys.base_prefix) + os.sep
    ):
        return True
    # Not "platstdlib": in a virtual environment that is the folder around its site-packages.
    in_library = path.startswith(os.path.realpath(sysconfig.get_path("stdlib")) + os.sep)
    library = str(sysconfig.get_config_var("LDLIBRARY") or "").partition(".so")[0]
    return in_library or (bool(library) and os.path.basename(path).startswith(library))


def portable_variables(variables: dict[str, object]) -> dict[str, object]:
    """The *variables* of an interpreter's build, those empty that tell of a folder of this machine.

    None is left out: who asks for one may not expect that there is none.
    """
    named = map(variables.get, ("prefix", "exec_prefix", "abs_builddir", "abs_srcdir"))
    places = {sys.base_prefix, *(str(place) for place in named if place)}
    return {
        # The usual folders of time zones, in which `zoneinfo` looks.
        name: value if name == "TZPATH" or not any(place in str(value) for place in places) else ""
        for name, value in sorted(variables.items())
    }


def without_machine_paths(name: str, source: str, work: Path) -> str:
    """The path of a copy of the module *name* in *source*, `sysconfig`'s table of the build.

    The copy is in the folder *work*.
    """
    content: dict[str, dict[str, object]] = {}
    exec(compile(Path(source).read_bytes(), source, "exec"), content)
    variables = portable_variables(content["build_time_vars"])
    copy = work / f"{name}.py"
    copy.write_text(f"build_time_vars = {variables!r}\n", encoding="utf-8")
    return str(copy)
