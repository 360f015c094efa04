"""A spec file of PyInstaller, run as PyInstaller runs it, for a program that is linked later.

The classes that it calls are PyInstaller's own but for what they do in the end: `Analysis` analyses
the imports of the closure in place of the scripts that it is told, and PYZ, EXE and COLLECT write
nothing. What they are given is what the program gets.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pants_freeze.sandbox import errors

if TYPE_CHECKING:
    # An entry of a table of PyInstaller: destination, source, type.
    Entry = tuple[str, str, str]

# Where the spec file lies, and the files that it reads, at their paths in the repository.
REPOSITORY = Path("repository")

# Lists of `Analysis` that add up with what it is to do anyway, and those of them that are paths.
_LISTS = ("hiddenimports", "excludes", "runtime_hooks")
_PATHS = ("runtime_hooks", "hookspath", "pathex")
# What it does with these is decided by the closure and by the fields of the target.
_NOT_ITS_OWN = ("self", "scripts", "noarchive", "optimize", "_kwargs")

_BINARIES = ("BINARY", "EXTENSION")
_FILES = (*_BINARIES, "DATA", "SYMLINK", "ZIPFILE")
_SCRIPTS = ("PYSOURCE", "PYSOURCE-1", "PYSOURCE-2")
# Options for places that the linker chooses.
_OPTIONS_OF_PLACES = ("pyi-contents-directory ", "pyi-runtime-tmpdir ")

_ONE_PROGRAM = "a target is one program: write a spec file and a `pyinstaller_binary` for each"
_NAMED = "name the target that has it in `dependencies`, or correct the spec file"


class Refused(Exception):
    """A spec file asks for what it cannot have; the message says what to do."""


@dataclass(frozen=True)
class Program:
    """What a spec file makes of a program.

    ``analysis``        PyInstaller's analysis; its tables are those that the program gets
    ``options``         options of the bootloader, such as "u" or "X utf8=1"
    ``hidden_imports``  modules that the spec file adds
    ``excludes``        modules that the spec file leaves out
    ``brought``         paths in the runtime folder of the files that the spec file itself collects
    """

    analysis: Any
    options: list[str]
    hidden_imports: list[str]
    excludes: list[str]
    brought: set[str]


def run(path: Path, work: Path, script: Path, given: Mapping[str, Any]) -> Program:
    """Run the spec file *path* in its folder.

    Its `Analysis` analyses *script*, with the arguments *given* (``hiddenimports``, ``excludes``,
    ``runtime_hooks``, ``optimize``) and those of the spec file. *work* is a folder for PyInstaller.
    Raises `errors.SpecError` for whatever fails in a file below `REPOSITORY`; from then on
    PyInstaller builds nothing in this process.
    """
    from PyInstaller import __main__ as pyinstaller  # pants: no-infer-dep
    from PyInstaller.exceptions import PythonLibraryNotFoundError  # pants: no-infer-dep

    root = REPOSITORY.resolve()
    path, dist = path.resolve(), work.resolve() / "dist"
    recorder = _Recorder(path.parent, script.resolve(), given)
    recorder.take_over()
    folders = ["--distpath", str(dist), "--workpath", str(work.resolve() / "work")]
    try:
        with _inside(path.parent):
            pyinstaller.run(["--noconfirm", "--log-level", "WARN", *folders, str(path)])
            program = recorder.program()
        _check_nothing_is_in(dist)
    except (errors.SandboxError, PythonLibraryNotFoundError):
        raise
    except (Exception, SystemExit) as error:
        place = place_of(error, root)
        if isinstance(error, (Refused, SyntaxError)):
            place = place or _relative(str(path), root)
        if not place:
            raise
        raise errors.SpecError(f"{place}: {_relative(_explain(error), root)}") from error
    return program


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Within, *folder* is the current folder, and modules in it can be imported."""
    cache = os.environ.get("PYINSTALLER_CONFIG_DIR")
    if cache:
        os.environ["PYINSTALLER_CONFIG_DIR"] = os.path.abspath(cache)
    before = Path.cwd()
    os.chdir(folder)
    sys.path.append(str(folder))
    try:
        yield
    finally:
        # A spec file may have changed it.
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))
        os.chdir(before)


class _Recorder:
    """Keeps what the classes of PyInstaller are given by a spec file in *folder*."""

    def __init__(self, folder: Path, script: Path, given: Mapping[str, Any]) -> None:
        self._folder = folder
        self._script = str(script)
        self._given = given
        self._analysis: Any = None
        self._hidden_imports: list[str] = []
        self._excludes: list[str] = []
        # What PyInstaller found by itself.
        self._found: set[str] = set()
        self._pure: list[Entry] | None = None
        self._executable: Any = None
        self._entries: list[Entry] = []
        self._collected: list[Entry] | None = None

    def take_over(self) -> None:
        """Have PyInstaller's classes tell what they get instead of building it."""
        # By their modules: a spec file may import them from there.
        from PyInstaller.building import api, build_main, osx, splash  # pants: no-infer-dep

        # Who changes PyInstaller may have put a class of its own, derived from that, in its place.
        analysis_class = next(
            each for each in build_main.Analysis.__mro__ if "scripts" in _parameters(each)
        )
        analyse = analysis_class.__init__
        make_archive, make_executable = api.PYZ.__init__, api.EXE.__init__
        parameters = inspect.signature(analyse)

        def analysis_of(analysis: Any, *args: Any, **options: Any) -> None:
            arguments = parameters.bind(analysis, *args, **options).arguments
            self._analyse(analyse, analysis, arguments)

        def archive_of(archive: Any, *tables: Iterable[Entry], **options: Any) -> None:
            make_archive(archive, *tables, **options)
            self._pure = [*(self._pure or ()), *(entry for table in tables for entry in table)]

        def executable_of(executable: Any, *parts: Any, **options: Any) -> None:
            if self._executable is not None:
                raise Refused(f"a second EXE; {_ONE_PROGRAM}")
            make_executable(executable, *parts, **options)
            self._executable = executable
            tables = (part for part in parts if not isinstance(part, api.PYZ))
            self._entries = self._checked(entry for table in tables for entry in table)

        def package_of(package: Any) -> None:
            # What lies beside the executable, for COLLECT.
            if package.exclude_binaries:
                package.dependencies = [entry for entry in package.toc if entry[2] in _FILES]

        def collected(folder: Any) -> None:
            if self._collected is not None:
                raise Refused(f"a second COLLECT; {_ONE_PROGRAM}")
            self._collected = self._checked(folder.toc)

        analysis_class.__init__ = analysis_of
        api.PYZ.__init__ = archive_of
        api.EXE.__init__ = executable_of
        api.PKG.__postinit__ = package_of
        api.COLLECT.__postinit__ = collected
        for each in (api.PYZ, api.EXE, osx.BUNDLE):
            each.__postinit__ = _build_nothing
        api.MERGE.__init__ = _refuse(
            "MERGE is for several programs, and programs of a `frozen_distribution` share their "
            f"files anyway; {_ONE_PROGRAM}"
        )
        splash.Splash.__init__ = _refuse(
            "a splash screen is shown while a program unpacks itself, which this one does not do; "
            "remove Splash, and what EXE and COLLECT get of it"
        )

    def _analyse(self, analyse: Any, analysis: Any, arguments: Mapping[str, Any]) -> None:
        if self._analysis is not None:
            raise Refused(f"a second Analysis; {_ONE_PROGRAM}")
        said = {name: value for name, value in arguments.items() if name not in _NOT_ITS_OWN}
        for name in _PATHS:
            said[name] = [os.path.join(self._folder, path) for path in said.get(name) or ()]
            missing = [path for path in said[name] if not os.path.exists(path)]
            # Modules that are not there are in the closure.
            if missing and name != "pathex":
                raise Refused(f"{missing[0]!r} in `{name}` does not exist; {_NAMED}")
        self._hidden_imports = list(said.get("hiddenimports") or ())
        self._excludes = list(said.get("excludes") or ())
        lists = {name: [*(said.get(name) or ()), *self._given[name]] for name in _LISTS}
        analyse(analysis, [self._script], **{**said, **self._given, **lists})
        self._analysis = analysis
        named = {entry[0] for entry in (*analysis._input_datas, *analysis._input_binaries)}
        self._found = {entry[0] for entry in (*analysis.datas, *analysis.binaries)} - named

    def _checked(self, entries: Iterable[Entry]) -> list[Entry]:
        """*entries* with absolute sources, which exist, and destinations in the program."""
        checked = []
        for destination, source, kind in entries:
            path = source
            if kind in (*_FILES, *_SCRIPTS) and kind != "SYMLINK":
                path = os.path.join(self._folder, source)
                if not os.path.isfile(path):
                    raise Refused(f"the source {source!r} of {destination!r} is no file; {_NAMED}")
            if kind in _FILES and _leads_outside(destination):
                raise Refused(
                    f"the destination {destination!r} is outside of the program; "
                    "make it relative, without '..'"
                )
            checked.append((destination, path, kind))
        return checked

    def program(self) -> Program:
        """What the spec file makes of the program."""
        from PyInstaller.building import datastruct  # pants: no-infer-dep

        analysis = self._analysis
        if analysis is None:
            raise Refused("it calls no Analysis; a spec file begins with one")
        executable, options = self._executable, []
        if executable is None:
            scripts = self._checked(analysis.scripts)
        else:
            scripts = self._entries
            # Those that are arguments by name are there too.
            options = [name for name, _, kind in executable.toc if kind == "OPTION"]
        if self._collected is not None:
            files = self._collected
        elif executable is not None and not executable.exclude_binaries:
            files = self._entries
        else:
            files = self._checked((*analysis.datas, *analysis.binaries))
        files = datastruct.normalize_toc([entry for entry in files if entry[2] in _FILES])
        analysis.scripts = [
            entry for entry in scripts if entry[2] in _SCRIPTS and entry[1] != self._script
        ]
        if self._pure is not None:
            analysis.pure = datastruct.normalize_pyz_toc(self._pure)
        analysis.binaries = [entry for entry in files if entry[2] in _BINARIES]
        analysis.datas = [entry for entry in files if entry[2] not in _BINARIES]
        return Program(
            analysis=analysis,
            options=[name for name in options if not name.startswith(_OPTIONS_OF_PLACES)],
            hidden_imports=self._hidden_imports,
            excludes=self._excludes,
            brought={Path(entry[0]).as_posix() for entry in files if entry[0] not in self._found},
        )


def _parameters(each: type) -> Mapping[str, object]:
    """The parameters of *each*, as far as it names them."""
    return inspect.signature(each.__init__).parameters  # type: ignore[misc]


def _build_nothing(_: Any) -> None:
    pass


def _refuse(message: str) -> Any:
    def refuse(*_: Any, **__: Any) -> None:
        raise Refused(message)

    return refuse


def _leads_outside(destination: str) -> bool:
    return os.path.isabs(destination) or ".." in Path(destination).parts


def _check_nothing_is_in(dist: Path) -> None:
    names = sorted(path.name for path in dist.iterdir()) if dist.is_dir() else []
    if names:
        raise Refused(
            f"it writes {names[0]!r} to DISTPATH, which is not where the program is; give it to "
            "`datas`, or to `files` of a `frozen_distribution`"
        )


def place_of(error: BaseException, root: Path) -> str:
    """The innermost "FILE:LINE" below *root*, relative to it, that *error* comes from, or ""."""
    places = [
        (frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno or 1))
    for file, line in reversed(places):
        if root in Path(file).parents:
            return f"{Path(file).relative_to(root).as_posix()}:{line}"
    return ""


def _relative(text: str, root: Path) -> str:
    return text.replace(f"{root}{os.sep}", "")


def _explain(error: BaseException) -> str:
    """What *error* says, in one line, and what to do."""
    if isinstance(error, Refused):
        return str(error)
    is_missing = isinstance(error, (FileNotFoundError, ModuleNotFoundError))
    if isinstance(error, SyntaxError):
        message = f"SyntaxError: {error.msg}"
    elif not isinstance(error, SystemExit):
        message = f"{type(error).__name__}: {error}"
    elif isinstance(error.code, str):
        # PyInstaller tells in this way what is wrong.
        message = error.code.replace("ERROR: ", "", 1).rstrip(".")
        is_missing = message.startswith("Unable to find")
    else:
        message = f"it ends the build, by SystemExit({error.code})"
    return f"{' '.join(message.split())}; {_NAMED if is_missing else 'correct the spec file'}"
