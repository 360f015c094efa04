"""The targets that authors of BUILD files write, and their fields with their help texts.

`./pants help` evaluates the annotations of ``compute_value``, on Python 3.7 to 3.9: there
``Optional``, ``Tuple`` and ``typing.Iterable`` are needed.
"""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import PurePosixPath
from typing import ClassVar, Iterable, Iterator, Optional, Tuple

from pants_freeze._engine import (
    COMMON_TARGET_FIELDS,
    Address,
    AsyncFieldMixin,
    BoolField,
    Dependencies,
    EnvironmentField,
    IntField,
    InvalidFieldException,
    InvalidFieldTypeException,
    OutputPathField,
    SpecialCasedDependencies,
    StringField,
    StringSequenceField,
    Target,
    TriBoolField,
    UnparsedAddressInputs,
    help_text,
    named,
)
from pants_freeze.platforms import ARCHITECTURES, OPERATING_SYSTEMS
from pants_freeze.sandbox.level import DEFAULT_LEVEL, Level
from pants_freeze.units import parse_duration, parse_size

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_GLIBC_VERSION = re.compile(r"\d+(\.\d+)+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

# Of file systems in use; room is left for the suffix of an archive or a report.
_LONGEST_NAME = 200


def _invalid(address: Address, alias: str, what: str) -> InvalidFieldException:
    return InvalidFieldException(f"InvalidTarget at {address} ({alias}): {what}")


def relative_path_problem(path: str) -> str | None:
    """What is wrong with *path* as a path inside an output, or None."""
    if not path or path.startswith("/") or "\\" in path:
        return f"{path!r} is not a relative path with forward slashes; write one like 'a/b'"
    if _CONTROL.search(path):
        return f"{path!r} has a control character; remove it"
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return f"{path!r} has an empty, '.' or '..' part; write a path like 'a/b'"
    if parts[0].startswith("~"):
        return f"{path!r} begins with '~', which is no home folder here; write a path like 'a/b'"
    if any(len(part.encode("utf-8", "surrogateescape")) > _LONGEST_NAME for part in parts):
        return f"{path!r} has a name of more than {_LONGEST_NAME} bytes; write a shorter one"
    return None


# --- Fields that every freezing target has -------------------------------------------------------


class _AddressField(SpecialCasedDependencies):
    """The address of one target.

    It is no ordinary dependency: what packages all that it depends on, such as a `docker_image`,
    wants the frozen program and not what it was frozen from.
    """

    value: Optional[str]  # type: ignore[assignment]

    @classmethod
    def compute_value(  # type: ignore[override]
        cls, raw_value: Optional[str], address: Address
    ) -> Optional[str]:
        if raw_value is not None and not isinstance(raw_value, str):
            raise InvalidFieldTypeException(address, cls.alias, raw_value, expected_type="a string")
        values = super().compute_value(None if raw_value is None else (raw_value,), address)
        return values[0] if values else None

    def to_unparsed_address_inputs(self) -> UnparsedAddressInputs:
        return named((self.value,) if self.value else (), self.alias, self.address)


class PexField(_AddressField):
    alias = "pex"
    required = True
    value: str
    help = help_text(
        """
        The address of the `pex_binary` to freeze, such as `pex=":pex"`.

        It already says what the program is: its `entry_point` or `script`, its `args` and `env`,
        its dependencies and its resolve. Freezing adds only what freezing needs. The executable
        holds the closure of that target, the first-party modules and the requirements that its code
        imports, and nothing else.
        """
    )


class FrozenOutputPathField(OutputPathField):
    help = help_text(
        """
        The folder that `package` writes, below the dist folder, such as
        `output_path="ai-coder-scanner"`. Its last part is the name of the executable, here
        `dist/ai-coder-scanner/ai-coder-scanner` (with `.exe` on Windows).

        If undefined, this is the path of the BUILD file and the name of the target:
        `src/python/project:app` gives `dist/src.python.project/app/app`.

        What was there before is replaced. So it is an error if two targets of the repository have
        the same folder, or one a folder inside that of another, unless `target_platform` or
        `target_arch` say that no machine can build both.
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        problem = None if value is None else relative_path_problem(value)
        if problem:
            raise _invalid(address, cls.alias, problem)
        return value

    def folder(self) -> str:
        """The folder below the dist folder."""
        return self.value_or_default(file_ending=None)

    def executable(self) -> str:
        """The file name of the executable, without ``.exe``."""
        return PurePosixPath(self.folder()).name


class _CheckedSequenceField(StringSequenceField, AsyncFieldMixin):
    """A sequence of strings, all of whose problems are told at once."""

    default = ()
    value: tuple[str, ...]

    @classmethod
    def compute_value(cls, raw_value: Optional[Iterable[str]], address: Address) -> Tuple[str, ...]:
        values = tuple(super().compute_value(raw_value, address) or ())
        problems = [problem for value in values for problem in cls._problems(value)]
        if problems:
            raise _invalid(address, cls.alias, "; ".join(problems))
        return values

    @staticmethod
    def _problems(value: str) -> Iterator[str]:
        """What is wrong with one *value*, and what to do."""
        raise NotImplementedError


class _ModulesField(_CheckedSequenceField):
    """A set of dotted module names."""

    @classmethod
    def compute_value(cls, raw_value: Optional[Iterable[str]], address: Address) -> Tuple[str, ...]:
        return tuple(sorted(set(super().compute_value(raw_value, address))))

    @staticmethod
    def _problems(value: str) -> Iterator[str]:
        if not _MODULE.fullmatch(value):
            yield f"{value!r} is not a dotted module name; write 'package.module'"


class HiddenImportsField(_ModulesField):
    alias = "hidden_imports"
    help = help_text(
        """
        Modules that the program imports in ways that cannot be seen in its code, for example by a
        name that it computes: `hidden_imports=["sqlalchemy.dialects.sqlite"]`.

        They must be in the closure: a module that is not found is an error. The same as
        PyInstaller's `--hidden-import`; plans of builds call it `include_modules`.
        """
    )


class ExcludesField(_ModulesField):
    alias = "excludes"
    help = help_text(
        """
        Modules to leave out, with all that only they need, although something imports them:
        `excludes=["tkinter", "unittest"]`. Importing one in the frozen program raises
        `ModuleNotFoundError`. The same as PyInstaller's `--exclude-module`; plans of
        builds call it `exclude_modules`.

        It is an error if first-party code imports one whenever the program starts: neither in a
        function, nor below a condition or in a `try`. A run-time hook may put something in its
        place, so with `runtime_hooks` or a spec file this is not checked.
        """
    )


class DatasField(_CheckedSequenceField):
    alias = "datas"
    help = help_text(
        """
        Data files to put into the runtime folder, each as `"SOURCE:DESTINATION"`, for example
        `datas=["templates/*.html:templates", "//LICENSE:."]`.

        SOURCE is a file or a glob, relative to the folder of the BUILD file, or to the root of the
        repository if it begins with `//`. DESTINATION is a folder relative to `sys._MEIPASS` of
        the program; `.` is that folder itself. The same as PyInstaller's `--add-data`.

        Prefer `resources` targets that the code depends on: they are found beside the modules, in a
        PEX as well as frozen, and need no `datas`.
        """
    )

    @staticmethod
    def _problems(value: str) -> Iterator[str]:
        source, separator, destination = value.rpartition(":")
        if not separator or not source:
            yield f"{value!r} has no destination; write 'SOURCE:DESTINATION'"
            return
        for path in (source[2:] if source.startswith("//") else source, destination):
            problem = None if path == "." else relative_path_problem(path)
            if problem:
                yield f"in {value!r}: {problem}"

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(glob relative to the root of the repository, destination folder or "") of each entry."""
        result = []
        for value in self.value:
            source, _, destination = value.rpartition(":")
            if source.startswith("//"):
                glob = source[2:]
            else:
                glob = str(PurePosixPath(self.address.spec_path, source))
            result.append((glob, "" if destination == "." else destination))
        return tuple(result)


def _file_problem(value: str, suffix: str) -> str | None:
    """What is wrong with *value* as the path of a file of the repository, or None."""
    problem = relative_path_problem(value[2:] if value.startswith("//") else value)
    if problem is None and not value.endswith(suffix):
        problem = f"{value!r} is no {suffix} file; name one"
    return problem


def _path_in_repository(value: str, address: Address) -> str:
    """*value*, relative to the BUILD file or to the root (//), as a path in the repository."""
    if value.startswith("//"):
        return value[2:]
    return str(PurePosixPath(address.spec_path, value))


class _PathsField(_CheckedSequenceField):
    """Files of the repository, relative to the BUILD file, or to the root if they begin with //."""

    _suffix: ClassVar[str]

    @classmethod
    def _problems(cls, value: str) -> Iterator[str]:
        problem = _file_problem(value, cls._suffix)
        if problem:
            yield problem

    def paths(self) -> tuple[str, ...]:
        """The paths relative to the root of the repository, in order."""
        return tuple(_path_in_repository(value, self.address) for value in self.value)


class RuntimeHooksField(_PathsField):
    alias = "runtime_hooks"
    _suffix = ".py"
    help = help_text(
        """
        Scripts that run in the frozen program before its own code, in this order, for example
        `runtime_hooks=["set_locale.py"]`. The paths are relative to the folder of the BUILD file,
        or to the root of the repository if they begin with `//`.

        What they import is frozen too. The same as PyInstaller's `--runtime-hook`.
        """
    )


class SpecField(StringField, AsyncFieldMixin):
    alias = "spec"
    help = help_text(
        """
        A spec file of PyInstaller, which runs unchanged where the program is frozen, for example
        `spec="core.spec"`. The path is relative to the folder of the BUILD file, or to the root of
        the repository if it begins with `//`. For example:

            resources(name="templates", sources=["templates/*.html"])
            python_sources(name="hooks", sources=["hooks/*.py", "set_locale.py"])
            pyinstaller_binary(
                name="binary",
                pex=":pex",
                spec="core.spec",
                dependencies=[":templates", ":hooks"],
            )

        What the spec file reads is named in `dependencies`, as targets with sources: data files,
        hooks, run-time hooks, modules that it imports. They lie at their paths in the repository
        beside the spec file, and its folder is `SPECPATH` and the current folder, so relative paths
        are right. Only direct dependencies count, and only their changes, and those of the spec
        file, freeze again; those of other first-party code do not.

        The requirements and the first-party code are those of `pex`, which also says how the
        program starts: scripts that are given to `Analysis` are neither run nor analysed, nor do
        they need to be there. Of the rest:

        - What are lists adds up with the fields of the target: `hiddenimports`, `excludes`,
        `runtime_hooks` (those of the spec file run first), `datas`, `binaries`. So do `hookspath`,
        `hooksconfig`, `pathex` and `module_collection_mode`, and options of the bootloader such as
        `("u", None, "OPTION")`. A module in `hiddenimports` that is not found is only a warning, as
        it is to PyInstaller.

        - Tables may be changed after `Analysis` (`a.datas += Tree("templates")`); what PYZ, EXE and
        COLLECT get is what the program gets.

        - Of single values those of the target count: name, console, icon, strip, UPX, optimisation,
        `debug`, `noarchive`, one file or folder, and places of output. What the spec file itself
        writes to `DISTPATH` would be lost, so it is an error.

        - A spec file with several programs (a second Analysis or EXE, MERGE) or a splash screen is
        an error; each program has a target of its own. BUNDLE does nothing.
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        problem = None if value is None else _file_problem(value, ".spec")
        if problem:
            raise _invalid(address, cls.alias, problem)
        return value

    def path(self) -> str:
        """The path relative to the root of the repository, or empty."""
        return _path_in_repository(self.value, self.address) if self.value else ""


class TrimField(_PathsField):
    alias = "trim"
    _suffix = ".trim"
    help = help_text(
        """
        Trim lists: text files that say what to leave out of all that the freezer collects, for
        example `trim=["//specs/torch.trim"]`. The paths are relative to the folder of the BUILD
        file, or to the root of the repository if they begin with `//`.

        Each line is a rule with its reason:

            drop module torch._inductor            # needs a C++ compiler
            drop file torch/bin                    # protoc and test programs
            keep file torch/bin/torch_shm_manager  # shares tensors with other processes

        A pattern covers what it names and all below; `*` stands for any part of a name and `**` for
        any number of names. Of several rules that cover something the one with the most names
        (`**` is none) decides, so their order means nothing. `module` means a module however it is
        stored, `file` a path in the runtime folder. A rule that covers nothing in the closure is an
        error.

        `excludes` is for single modules of a single program; a trim list is for what a library
        brings along, is shared by all programs that use the library, and is reviewed like code.
        """
    )


class SystemLibrariesField(StringSequenceField):
    alias = "system_libraries"
    default = ()
    value: tuple[str, ...]
    help = help_text(
        """
        Globs of native libraries that requirements need and that are left to the systems of the
        users: `system_libraries=["libGL.so.*", "libxcb*"]`, or `["*"]` for all of them.

        Most wheels bring their libraries along. What they need beyond that is taken from the build
        machine, and it is an error if that machine has none. Libraries named here are not taken and
        not missed. Use it for what every desktop has, such as the libraries of the graphics driver
        and the window system: they belong to the machine of the user, and builds on different
        machines then give the same bytes. What the interpreter itself needs is always bundled.
        """
    )


class OptimizationLevelField(StringField):
    alias = "optimization_level"
    valid_choices = Level
    help = help_text(
        f"""
        How much the freezer does to make the program small, such as `optimization_level="high"`.
        If undefined, it is that of `[freeze].optimization_level`, whose default is
        `{DEFAULT_LEVEL.value}`.

        - `low`: native libraries keep their symbols and all files are as the freezer found them, to
        look for errors.

        - `medium`: symbols are stripped off native libraries (`strip`), and what no frozen program
        can use is left out: types for checkers (`.pyi`, `py.typed`), static libraries, declarations
        for the Cython compiler.

        - `high`: in addition, `assert` is left out of the bytecode (`optimize=1`), and so is what a
        program hardly ever uses. Of Qt: translations of its own dialogs; plugins for windows and
        input on devices without a desktop and for VNC; the image formats ICNS, PDF, TGA and WBMP.
        Of ICU's data, if only Qt is linked with it: names of countries, languages, currencies and
        units, transliteration and boundaries of words, for which Qt has tables of its own. Of the
        standard library: modules in Python that stand in for native ones, such as `_pydecimal`.

        Native libraries that only something left out is linked with go too. At every level a
        program has only the run-time hooks that it needs.

        Levels leave out by trim lists that come with the backend; a `keep` line in a list of `trim`
        gets something back, such as `keep file PyQt6/Qt6/translations`. `strip` and `optimize` go
        before the level. Programs that share a runtime folder must have one level.
        """
    )


class StripField(TriBoolField):
    alias = "strip"
    help = help_text(
        """
        Whether to strip the symbols off native libraries, such as `strip=False`. If undefined, the
        `optimization_level` decides. The same as PyInstaller's `--strip`; plans of builds call it
        `strip_symbols`.

        Stripping makes a runtime folder about half as large. Tracebacks of Python code stay as they
        are. Libraries that auditwheel has repaired (in folders named `*.libs`) are never stripped,
        for that damages them.
        """
    )


class OptimizeField(IntField):
    alias = "optimize"
    help = help_text(
        """
        The optimisation level of the bytecode, as of `python -O`, such as `optimize=2`: `0`; `1`
        removes `assert` and code under `if __debug__`; `2` removes docstrings as well, which breaks
        libraries that read them. If undefined, the `optimization_level` decides. The same as
        PyInstaller's `--optimize`.
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[int], address: Address) -> Optional[int]:
        value = super().compute_value(raw_value, address)
        if value not in (None, 0, 1, 2):
            raise _invalid(address, cls.alias, f"{value} is no optimisation level; write 0, 1 or 2")
        return value


class TargetPlatformField(StringField):
    alias = "target_platform"
    default = "auto"
    value: str
    valid_choices = ("auto", *OPERATING_SYSTEMS)
    help = help_text(
        """
        The operating system that the program is for, such as `target_platform="linux"`; `auto` is
        the one that it is built on.

        No freezer makes programs for another system than its own. So this does not choose a system
        but states one: a build anywhere else is an error, at once and not after the freezing. To
        build elsewhere, set `environment`.
        """
    )


class TargetArchField(StringField):
    alias = "target_arch"
    default = "auto"
    value: str
    valid_choices = ("auto", *ARCHITECTURES)
    help = help_text(
        """
        The processor architecture that the program is for, such as `target_arch="arm64"`; `auto` is
        the one that it is built on. Like `target_platform` it states what the build machine must
        be. The same as PyInstaller's `--target-architecture`; plans of builds call it
        `architecture`.
        """
    )


class ConsoleField(BoolField):
    alias = "console"
    default = True
    value: bool
    help = help_text(
        """
        Whether the program has a console. With `console=False` no console window opens on Windows
        and macOS, and standard streams may be `None` there. On Linux this changes nothing.
        """
    )


class IconField(StringField):
    alias = "icon"
    help = help_text(
        """
        The icon of the executable on Windows, an `.ico` file relative to the folder of the BUILD
        file, for example `icon="scanner.ico"`. Executables of Linux and macOS cannot hold an icon,
        and the file is not looked at there.
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        if value is not None:
            problem = relative_path_problem(value)
            if problem or not value.endswith(".ico"):
                raise _invalid(
                    address, cls.alias, problem or f"{value!r} is no .ico file; convert it to one"
                )
        return value


class PrivateRuntimeField(BoolField):
    alias = "private_runtime"
    default = False
    value: bool
    help = help_text(
        """
        Whether this program keeps a runtime folder of its own in a `frozen_distribution`, instead
        of sharing one with the other programs: `private_runtime=True`.

        Sharing needs the same content wherever two programs need the same file. Where their
        requirements differ in version, the build fails and names both; this is one way out.
        """
    )


class LayoutField(StringField):
    alias = "layout"
    default = "folder"
    value: str
    valid_choices = ("folder", "onefile")
    help = help_text(
        """
        What `./pants package` writes: `folder`, an executable beside its runtime folder, or
        `onefile`, one executable file with both in it, for users to whom only one file can be
        given. PyInstaller knows it as `--onefile`. For example `layout="onefile"` with
        `output_path="my-program"` writes the file `dist/my-program`.

        At its first start the file unpacks itself into `$XDG_CACHE_HOME/pants-freeze`, or
        `~/.cache/pants-freeze`; that takes as long and as much room as unpacking an archive. Later
        starts cost about a millisecond more than those of a folder. How it is compressed, is said
        by `compression`.

        `size_budget` is then for the one file, and `closure_budget` for what is unpacked.
        `startup_budget` and `memory_budget` are for the unpacked program. A `frozen_distribution`
        takes no such programs: there, they would not share a runtime folder. Not there on Windows
        yet.
        """
    )


class CompressionField(StringField):
    alias = "compression"
    valid_choices = ("none", "zlib", "lzma", "zstd", "upx")
    help = help_text(
        """
        How the program is compressed, such as `compression="zlib"`.

        With `layout="onefile"` it is the one file that is compressed: by `lzma`, the smallest and
        the default; by `zlib`, a third to a half larger, which unpacks in half the time; by `zstd`,
        about a tenth larger than `lzma` and not faster with the decoder that the file has; or not
        at all by `none`. A folder is not compressed, which is `none`, its default; what makes one
        small to download is the `archive` of a `frozen_distribution`.

        `upx` packs the native libraries and the executable one by one with UPX
        (https://upx.github.io), 4.2 or newer, which has to be on the executable search path of
        `[freeze]`; one file is then compressed by `lzma` too. Each packed file is loaded, or run
        with `startup_arguments`, before it counts; what would not work or not get smaller stays as
        it was, and the report says why. Programs that share a runtime folder need the same value.

        Most of what can be gained `strip` has gained already. UPX after it makes the folder of a
        small program about a fifth smaller, and its archive a tenth larger, because what is packed
        does not compress again. Every start unpacks the libraries that it loads, which took 35 ms
        of 80 more for a small program and twice the time for one with Qt, and the memory of
        unpacked libraries is not shared between processes. Security software may suspect packed
        files. What is packed holds a part of UPX, so its licence applies: GPL with an exception for
        files packed with an unmodified UPX.
        """
    )


class _BudgetField(StringField):
    """A limit that people write with its unit."""

    @staticmethod
    def _parse(text: str) -> float:
        """The limit that *text* says; raises ``ValueError`` saying what to write."""
        raise NotImplementedError

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        if value is not None:
            try:
                cls._parse(value)
            except ValueError as error:
                raise _invalid(address, cls.alias, str(error)) from None
        return value

    def limit(self) -> float:
        """Bytes or seconds; 0 if there is no budget."""
        return self._parse(self.value) if self.value is not None else 0


class _SizeBudgetField(_BudgetField):
    _parse = staticmethod(parse_size)


class SizeBudgetField(_SizeBudgetField):
    alias = "size_budget"
    help = help_text(
        """
        How large the executable may be, such as `size_budget="2MB"`: a number with `B`, `kB`, `MB`
        or `GB`, which are powers of ten. The executable holds the first-party code; what else the
        program needs is limited by `closure_budget`. With `layout="onefile"` it is the one file,
        which holds all.

        `./pants package` fails if it is larger, and tells what grew since the record that
        `./pants freeze-accept` wrote.
        """
    )


class ClosureBudgetField(_SizeBudgetField):
    alias = "closure_budget"
    help = help_text(
        """
        How large the whole program may be, its executable with all of the runtime folder that it
        needs, such as `closure_budget="30MB"`; units are those of `size_budget`.

        `./pants package` fails if it is larger. The message names the requirements that grew since
        the record that `./pants freeze-accept` wrote, how many bytes each has, and the file and
        line of the import that pulls it in.
        """
    )


class StartupBudgetField(_BudgetField):
    alias = "startup_budget"
    _parse = staticmethod(parse_duration)
    help = help_text(
        """
        How long the program may take to start, such as `startup_budget="300ms"`: a number with
        `ms`, `s` or `min`, of wall time. What counts is the start that `ready_arguments` or
        `ready_marker` describe, else the one with `startup_arguments`.

        `./pants test` checks it, with the frozen program. Other programs on the machine only ever
        make a start slower, so this is the rule against noise: after a first start that fills the
        caches of the system, the budget is kept as soon as three starts are within it, of at most
        twenty.
        """
    )


class MemoryBudgetField(_SizeBudgetField):
    alias = "memory_budget"
    help = help_text(
        """
        How much memory the program may take at its start, with its child processes, such as
        `memory_budget="100MB"`; units are those of `size_budget`. Which start it is, is said at
        `startup_budget`; the larger of two counts,
        for it is sampled.

        `./pants test` checks it, with the frozen program.
        """
    )


class StartupArgumentsField(StringSequenceField):
    alias = "startup_arguments"
    default = ("--version",)
    value: tuple[str, ...]
    help = help_text(
        """
        Arguments with which the program ends at once, and well, such as
        `startup_arguments=["--version"]`. `./pants package` of a `frozen_distribution` runs it with
        them to measure its start. For a program that has no such option write
        `startup_arguments=[]`: then this start is not measured.
        """
    )


class ReadyArgumentsField(StringSequenceField):
    alias = "ready_arguments"
    default = ()
    value: tuple[str, ...]
    help = help_text(
        """
        Arguments of the start that matters to users, such as
        `ready_arguments=["--serve", "127.0.0.1:0"]`: until the program prints its `ready_marker`,
        or until it ends if it has none. It is measured beside the start with `startup_arguments`,
        and it is what `startup_budget` and `memory_budget` are for. The program runs in a
        folder of its own.
        """
    )


class ReadyMarkerField(StringField):
    alias = "ready_marker"
    default = ""
    value: str
    help = help_text(
        """
        Text that the program prints as soon as it is ready, such as `ready_marker="listening on"`.
        It is ended then. See `ready_arguments`.
        """
    )


class ReadyEnvVarsField(_CheckedSequenceField):
    alias = "ready_env_vars"
    help = help_text(
        """
        Environment variables of the start with `ready_arguments`, such as
        `ready_env_vars=["QT_QPA_PLATFORM=offscreen"]`. It has no others, apart from a HOME that is
        empty.
        """
    )

    @staticmethod
    def _problems(value: str) -> Iterator[str]:
        if not value.partition("=")[0] or "=" not in value:
            yield f"{value!r} is no variable with a value; write 'NAME=value'"


class ExercisesField(_CheckedSequenceField):
    alias = "exercises"
    help = help_text(
        """
        Command lines that make the program do all that its users do, each as a shell would split
        it and without the name of the program:
        `exercises=["--version", "LEVEL=2 check 'a b.txt'"]`. Leading `NAME=value` are its
        environment variables; it has no others, apart from a HOME.

        `./pants freeze-trim` runs them with the frozen program, one after the other in the folder
        with the `exercise_files`, and writes a list for `trim` of what none of them opened;
        `./pants freeze-check` runs them to see what the program misses, and what it reads of the
        machine. Each must end with status 0 within a minute.
        """
    )

    @staticmethod
    def _problems(value: str) -> Iterator[str]:
        try:
            shlex.split(value)
        except ValueError as error:
            yield f"{value!r} is no command line: {error}; write it as a shell would read it"

    def command_lines(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        """Of each command line the variables as "NAME=value", and the arguments."""
        found = []
        for value in self.value:
            words = shlex.split(value)
            arguments = list(itertools.dropwhile(_VARIABLE.match, words))
            found.append((tuple(words[: len(words) - len(arguments)]), tuple(arguments)))
        return tuple(found)


class ExerciseFilesField(SpecialCasedDependencies):
    alias = "exercise_files"
    help = help_text(
        """
        Addresses of `file`, `files` or `relocated_files` targets to put into the folder that the
        `exercises` run in, such as `exercise_files=["testdata:samples"]`.

        They keep their path in the repository; use `relocated_files` to move them.
        """
    )


class OldestGlibcField(StringField):
    alias = "oldest_glibc"
    help = help_text(
        """
        The oldest glibc, the C library of Linux, that the program has to run on, such as
        `oldest_glibc="2.28"`. `./pants freeze-check` names each native file that needs a newer one.

        A program needs a glibc at least as new as the newest of its native files was linked for,
        and what comes from the build machine is linked for that machine's. If undefined, nothing is
        promised; `freeze-check` then says which one the program needs. `ldd --version` prints which
        one a system has.
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        if value is not None and not _GLIBC_VERSION.fullmatch(value):
            raise _invalid(
                address, cls.alias, f"{value!r} is no version of glibc; write one such as '2.28'"
            )
        return value


FREEZING_FIELDS = (
    *COMMON_TARGET_FIELDS,
    PexField,
    FrozenOutputPathField,
    HiddenImportsField,
    ExcludesField,
    DatasField,
    RuntimeHooksField,
    TrimField,
    SystemLibrariesField,
    OptimizationLevelField,
    StripField,
    OptimizeField,
    TargetPlatformField,
    TargetArchField,
    ConsoleField,
    CompressionField,
    IconField,
    LayoutField,
    SizeBudgetField,
    ClosureBudgetField,
    StartupBudgetField,
    MemoryBudgetField,
    StartupArgumentsField,
    ReadyArgumentsField,
    ReadyMarkerField,
    ReadyEnvVarsField,
    ExercisesField,
    ExerciseFilesField,
    OldestGlibcField,
    EnvironmentField,
)


class _FurtherDependenciesField(Dependencies):
    help = help_text(
        """
        Addresses of targets whose changes count as changes of this one, such as
        `dependencies=[":settings"]`, for `dependents` and `--changed-since`. Nothing of them gets
        into what is built. What other fields name need not be named: it is found.
        """
    )


class PyInstallerDependenciesField(Dependencies):
    help = help_text(
        """
        Addresses of the targets that the spec file (see `spec`) reads files of, such as
        `dependencies=[":templates"]`. The target in `pex` need not be named, nor need those be that
        own files which other fields name: they are found.
        """
    )


class PyInstallerBinary(Target):
    alias = "pyinstaller_binary"
    core_fields = (
        *FREEZING_FIELDS,
        PrivateRuntimeField,
        SpecField,
        PyInstallerDependenciesField,
    )
    help = help_text(
        """
        An executable for users who have no Python, frozen from a `pex_binary` with PyInstaller.

        `./pants package` writes a folder with the executable and the runtime folder it needs, or
        one file (see `layout`); `./pants run` builds and runs it. For example:

            pex_binary(name="pex", entry_point="main.py:main")
            pyinstaller_binary(name="binary", pex=":pex", output_path="my-program")

        To ship several programs over one runtime folder, use `frozen_distribution`. An edit of
        first-party code links the executable anew, and freezes nothing.
        """
    )


# What cx_Freeze and Nuitka have in common, for their help texts.
_STANDALONE_HELP = """
        Its fields are those of `pyinstaller_binary`, and mean the same, but for these: its runtime
        folder is always its own, in a `frozen_distribution` too, so there is no `private_runtime`;
        the executable in the distribution is a link to `NAME.bin` in that folder; `compression`
        cannot be `upx`. `size_budget` is for `NAME.bin`.
"""


class CxFreezeDependenciesField(_FurtherDependenciesField):
    pass


class CxFreezeBinary(Target):
    alias = "cx_freeze_binary"
    core_fields = (*FREEZING_FIELDS, CxFreezeDependenciesField)
    help = help_text(
        f"""
        An executable for users who have no Python, frozen from a `pex_binary` with cx_Freeze. For
        example:

            pex_binary(name="pex", entry_point="main.py:main")
            cx_freeze_binary(name="binary", pex=":pex", output_path="my-program")

        All modules lie in the runtime folder as bytecode. The executable has an interpreter of
        cx_Freeze in it, of the same minor version as the one that the PEX is locked for: 3.11, 3.12
        or 3.13.
        {_STANDALONE_HELP}
        An edit of first-party code freezes again, which takes some seconds.
        """
    )


class LtoField(BoolField):
    alias = "lto"
    default = False
    value: bool
    help = help_text(
        """
        Whether the C compiler optimises across modules when it links, such as `lto=True`. The
        program gets somewhat smaller and faster, and each build takes minutes longer, because
        hardly anything of the one before can be used again. The same as Nuitka's `--lto`.
        """
    )


class NuitkaDependenciesField(_FurtherDependenciesField):
    pass


class NuitkaBinary(Target):
    alias = "nuitka_binary"
    core_fields = (*FREEZING_FIELDS, LtoField, NuitkaDependenciesField)
    help = help_text(
        f"""
        An executable for users who have no Python, compiled from a `pex_binary` with Nuitka. For
        example:

            pex_binary(name="pex", entry_point="main.py:main")
            nuitka_binary(name="binary", pex=":pex", output_path="my-program")

        Modules are translated to C and compiled into the executable, which takes minutes at the
        first build. Later ones compile only what has changed: the results of the C compiler are
        kept in a named cache of Pants. It needs `gcc` and binutils on the executable search path of
        `[freeze]`.
        {_STANDALONE_HELP}
        Nuitka is AGPL with an exception for the programs that it compiles.
        """
    )


# --- Distribution --------------------------------------------------------------------------------


class BinariesField(SpecialCasedDependencies):
    alias = "binaries"
    required = True
    value: tuple[str, ...]

    @classmethod
    def compute_value(
        cls, raw_value: Optional[Iterable[str]], address: Address
    ) -> Optional[Tuple[str, ...]]:
        value = super().compute_value(raw_value, address)
        if not value:
            raise _invalid(address, cls.alias, "it is empty; name at least one program")
        return value

    help = help_text(
        """
        The addresses of the programs in the distribution, such as
        `binaries=["src/python/scanner:binary", "src/python/web:binary"]`. Their executables lie at
        the top of the distribution, under the last part of their `output_path`.
        """
    )


class LauncherField(_AddressField):
    alias = "launcher"
    help = help_text(
        """
        The address of the program that starts the others, such as
        `launcher="src/python/launcher:binary"`. It is in the distribution whether `binaries` names
        it or not, and it is what `./pants run` of the distribution starts.
        """
    )


class VersionField(StringField):
    alias = "version"
    required = True
    value: str
    _valid: ClassVar[re.Pattern[str]] = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]*")
    help = help_text(
        """
        The version of the distribution, such as `version="1.0.0"`. The default of `output_path`
        ends with it.
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        if value is not None and not cls._valid.fullmatch(value):
            raise _invalid(address, cls.alias, f"{value!r} is no version; write one like '1.0.0'")
        return value


class DistributionFilesField(SpecialCasedDependencies):
    alias = "files"
    help = help_text(
        """
        Addresses of `file`, `files` or `relocated_files` targets to put into the distribution, such
        as `files=[":docs"]`: documentation, configuration, empty folders with a note in them.

        They keep their path in the repository; use `relocated_files` to move them. None may have
        the place of a program, of the runtime folder, or of what every distribution has, such as
        `manifest.json`; upper and lower case are the same there.
        """
    )


class RuntimePathField(StringField):
    alias = "runtime_path"
    default = "runtime"
    value: str
    help = help_text(
        """
        The runtime folder that the programs share, relative to the distribution, for example
        `runtime_path="shared/runtime"`.
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        problem = None if value is None else relative_path_problem(value)
        if problem:
            raise _invalid(address, cls.alias, problem)
        return value


class ArchiveField(StringField):
    alias = "archive"
    default = "tar.xz"
    value: str
    valid_choices = ("tar.xz", "tar.gz", "zip", "none")
    help = help_text(
        """
        The archive to write beside the folder, such as `archive="zip"`: `tar.xz` (the smallest),
        `tar.gz`, `zip`, or `none`. It is the same in every build: entries are sorted, and times and
        owners are fixed.
        """
    )


class DistributionOutputPathField(FrozenOutputPathField):
    help = help_text(
        """
        The folder that `package` writes, below the dist folder, such as
        `output_path="my-programs-v1.0.0"`. The archive has the same name with its suffix.

        If undefined, this is the path of the BUILD file, the name of the target and its `version`.
        """
    )


class DistributionDependenciesField(_FurtherDependenciesField):
    pass


class FrozenDistribution(Target):
    alias = "frozen_distribution"
    core_fields = (
        *COMMON_TARGET_FIELDS,
        BinariesField,
        LauncherField,
        VersionField,
        DistributionFilesField,
        RuntimePathField,
        ArchiveField,
        DistributionOutputPathField,
        DistributionDependenciesField,
        EnvironmentField,
    )
    help = help_text(
        """
        Several frozen programs over one runtime folder, as a folder and as an archive.

        Files that programs have in common are there once. Each program still sees its own closure
        only. For example:

            frozen_distribution(
                name="distribution",
                version="1.0.0",
                binaries=["src/python/scanner:binary", "src/python/web:binary"],
                launcher="src/python/launcher:binary",
                files=[":docs"],
            )
        """
    )
