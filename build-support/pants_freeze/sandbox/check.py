"""Check: a frozen program -> what its users would hit.

The program is linked once more, with ``frozen/check.py`` in it. It imports its own modules; what
fails is imported by plain Python with the same closure, and if that fails too, the program is as it
was written. Then it runs its exercises, and tells which files it reads and which modules it misses.
Native files are read, and not run.

Run as ``python -m pants_freeze.sandbox.check PLAN``; PLAN is a JSON file with the fields of `Plan`.
Writes ``check.json``: the fields of `Checked`.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Callable

from pants_freeze.sandbox import errors, native
from pants_freeze.sandbox.environment import Environment
from pants_freeze.sandbox.execute import HOME, Problem, run_once
from pants_freeze.sandbox.files import matches

OUTPUT = Path("check.json")
_WORK = Path(".check")
_PROGRAM = Path(__file__).resolve().parents[1] / "frozen" / "check.py"
_VARIABLE = "PANTS_FREEZE_CHECK"
_PLACE_IN_MEMORY = re.compile(r" at 0x[0-9A-Fa-f]+")

# Libraries of glibc and what it loads by itself, and what PyInstaller's bootloader is linked with.
BASE_LIBRARIES = (
    *("ld-linux*.so.*", "ld-*.so", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"),
    *("librt.so.1", "libutil.so.1", "libresolv.so.2", "libanl.so.1", "libmvec.so.1"),
    *("libnss_*.so.*", "libgcc_s.so.1", "libz.so.1*"),
)

# Files of the system that any program may read, and why.
ORDINARY_FILES = {
    "/proc/*": "the kernel",
    "/sys/*": "the kernel",
    "/dev/*": "devices",
    "/tmp/*": "what programs write for a moment",
    "/var/tmp/*": "what programs write for a moment",
    "/etc/localtime": "the time zone of the user",
    "/etc/timezone": "the time zone of the user",
    "/usr/share/zoneinfo/*": "time zones",
    "/etc/passwd": "who the user is",
    "/etc/group": "who the user is",
    "/etc/hosts": "the network",
    "/etc/host.conf": "the network",
    "/etc/resolv.conf": "the network",
    "/etc/nsswitch.conf": "the network",
    "/etc/services": "the network",
    "/etc/protocols": "the network",
    "/etc/ssl/*": "certificates that the administrator trusts",
    "/usr/lib/ssl/*": "certificates that the administrator trusts",
    "/etc/pki/*": "certificates that the administrator trusts",
    "/etc/*mime.types": "`mimetypes` works without",
    "/etc/*release": "which system it is",
    "/etc/debian_version": "which system it is",
    "/usr/lib/os-release": "which system it is",
    "/usr/share/locale/*": "translations that the system has",
    "/usr/lib/locale/*": "the locale of the user",
    "/etc/terminfo/*": "the terminal",
    "/lib/terminfo/*": "the terminal",
    "/usr/share/terminfo/*": "the terminal",
    "/etc/fonts/*": "the desktop",
    "/usr/share/*/fonts/*": "the desktop",
    "/usr/share/fonts/*": "the desktop",
    "/usr/share/icons/*": "the desktop",
    "/usr/share/X11/*": "the desktop",
}


@dataclass(frozen=True)
class Plan:
    """What to check.

    ``program``           path of the executable, linked to be checked if ``is_linked``
    ``is_linked``         whether its freezer links; if not, it neither imports nor tells anything
    ``runtime``           its runtime folder
    ``modules``           what to import: who modules come from -> their dotted names
    ``left_out``          modules that are left out on purpose, each with all below it
    ``sources``           folder of first-party modules, laid out below their source roots
    ``distributions``     the distributions of the closure, as "name==version", names normalised
    ``exercises``         starts of it, as `execute.run_once` takes them, in order
    ``system_libraries``  globs of native libraries that are left to the system
    ``oldest_glibc``      the oldest glibc that the program has to run on, or empty
    """

    program: str
    is_linked: bool
    runtime: str
    modules: dict[str, list[str]]
    left_out: list[str]
    sources: str
    distributions: list[str]
    exercises: list[dict[str, Any]]
    system_libraries: list[str]
    oldest_glibc: str


@dataclass(frozen=True)
class Finding:
    """One thing that users would hit: ``problem`` is its kind, ``field`` is where to look."""

    problem: str
    field: str
    what: str


@dataclass(frozen=True)
class Checked:
    """What was found, and in ``notes`` what was looked at."""

    findings: list[Finding]
    notes: list[str]


@dataclass
class Imports:
    """What came of imports: module -> error, and the module that was not found, if there is one."""

    imported: set[str] = field(default_factory=set)
    failed: dict[str, tuple[str, str]] = field(default_factory=dict)


# Runs a program that imports modules; gives what it has told, and how it ended if that was no good.
Importer = Callable[[Sequence[str]], "tuple[list[tuple[str, ...]], str]"]


def told(text: str) -> list[tuple[str, ...]]:
    """What ``frozen/check.py`` has told; the last line may be cut off."""
    lines = text.splitlines(keepends=True)
    return [ast.literal_eval(line) for line in lines if line.endswith(")\n")]


def import_all(names: Iterable[str], importer: Importer) -> Imports:
    """Import *names* by *importer*, and go on behind a module that ends its process.

    That one counts only if it also does so when it is the first.
    """
    result = Imports()
    left = list(names)
    while left:
        events, problem = importer(left)
        before = len(left)
        for kind, name, *rest in events:
            if kind == "imported":
                result.imported.add(name)
            elif kind == "failed":
                result.failed[name] = (rest[0], rest[1])
        left = [each for each in left if each not in result.imported and each not in result.failed]
        if len(left) == before:
            result.failed[left.pop(0)] = (problem or "its process ended", "")
    return result


def is_below(name: str, outer: Iterable[str]) -> bool:
    """Whether the dotted *name* is one of *outer*, or below one."""
    return any(f"{name}.".startswith(f"{each}.") for each in outer)


def comparable(error: str) -> str:
    """The text of an *error* in one line, without what differs from run to run."""
    text = error.replace(os.getcwd() + os.sep, "").replace(os.path.realpath("") + os.sep, "")
    return " ".join(_PLACE_IN_MEMORY.sub("", text).split())


def is_ordinary(path: str) -> bool:
    """Whether any program may read the file at *path*."""
    return matches(path, ORDINARY_FILES)


class _Check:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._findings: list[Finding] = []
        self._notes: list[str] = []
        self._runs = 0
        environment = Environment(plan.distributions, _WORK, Path(plan.sources))
        self._hidden = environment.freezer_only_modules

    def run(self) -> Checked:
        if self._plan.is_linked:
            self._imports()
        else:
            self._notes.append(
                "its freezer links no second program, so modules and files that it reads were not "
                "looked at"
            )
        self._exercises()
        self._natives()
        return Checked(self._findings, self._notes)

    def _find(self, problem: str, where: str, what: str) -> None:
        # A path may be no text.
        finding = Finding(problem, where, what.encode("utf-8", "replace").decode())
        if finding not in self._findings:
            self._findings.append(finding)

    def _folder(self, **files: Iterable[str]) -> Path:
        """A new folder for ``frozen/check.py``, with files of names."""
        self._runs += 1
        folder = _WORK / str(self._runs)
        folder.mkdir(parents=True)
        for name, names in files.items():
            (folder / name).write_text("\n".join(names), encoding="utf-8")
        return folder.resolve()

    def _run(
        self, program: str, start: Mapping[str, Any], folder: Path
    ) -> tuple[list[tuple[str, ...]], str]:
        variables = {**start["environment"], _VARIABLE: str(folder)}
        problem = ""
        try:
            run_once(program, {**start, "environment": variables})
        except Problem as error:
            problem = str(error)
        path = folder / "told"
        text = path.read_text(encoding="ascii") if path.exists() else ""
        return told(text), problem

    def _import_frozen(self, names: Sequence[str]) -> tuple[list[tuple[str, ...]], str]:
        start = {"arguments": [], "marker": "", "environment": {}}
        return self._run(self._plan.program, start, self._folder(modules=names))

    def _import_plain(self, names: Sequence[str]) -> tuple[list[tuple[str, ...]], str]:
        sources = {"PYTHONPATH": os.path.abspath(self._plan.sources)}
        start = {"arguments": [str(_PROGRAM)], "marker": "", "environment": sources}
        folder = self._folder(modules=names, hidden=self._hidden)
        return self._run(sys.executable, start, folder)

    def _imports(self) -> None:
        imported, as_written, left_out = 0, 0, 0
        for origin, names in sorted(self._plan.modules.items()):
            frozen = import_all(names, self._import_frozen)
            imported += len(frozen.imported)
            left_out += sum(self._is_left_out(missing) for _, missing in frozen.failed.values())
            failed = {
                name: error
                for name, (error, missing) in frozen.failed.items()
                if not self._is_left_out(missing)
            }
            plain = import_all(failed, self._import_plain)
            as_written += len(plain.failed)
            by_error: dict[str, list[str]] = {}
            for name in sorted(plain.imported):
                by_error.setdefault(comparable(failed[name]), []).append(repr(name))
            for error, alike in by_error.items():
                self._find(
                    "ImportFails",
                    "hidden_imports",
                    f"{', '.join(alike)}, of {origin}, can be imported by plain Python and not by "
                    f"the frozen program: {error}; name what it misses in `hidden_imports` or "
                    "`datas`, or if the program does not use it, leave it out by `excludes` or a "
                    "list of `trim`",
                )
        self._notes.append(f"{imported} modules were imported")
        if as_written:
            self._notes.append(f"{as_written} modules fail in plain Python, too")
        if left_out:
            self._notes.append(f"{left_out} modules need what is left out on purpose")

    def _is_left_out(self, name: str) -> bool:
        return bool(name) and is_below(name, self._plan.left_out)

    def _exercises(self) -> None:
        plan = self._plan
        if not plan.exercises:
            self._notes.append(
                "there are no `exercises`, so what it reads and imports when it runs was not "
                "looked at"
            )
            return
        asked: dict[str, str] = {}
        for start in plan.exercises:
            variables = (f"{name}={value}" for name, value in start["environment"].items())
            what = shlex.join([*variables, *start["arguments"]]) or "no arguments"
            events, problem = self._run(plan.program, start, self._folder())
            if problem:
                self._find("ExerciseFails", "exercises", f"`{what}` does not work: {problem}")
            outside = [path for kind, path in events if kind == "loaded"]
            self._loaded(what, outside)
            for kind, name in events:
                if kind == "read":
                    self._read(what, name)
                elif kind == "missing" and not self._is_left_out(name):
                    asked.setdefault(name, what)
        self._asked(asked)
        self._notes.append(f"{len(plan.exercises)} exercises were run")

    def _is_inside(self, path: str) -> bool:
        here = os.getcwd()
        return path.startswith((here + os.sep, os.path.realpath(here) + os.sep))

    def _read(self, what: str, path: str) -> None:
        if not self._is_inside(path) and not is_ordinary(path):
            self._find(
                "OutsideFile",
                "datas",
                f"`{what}` reads {path}, a file of this machine; make it a resource, or name it in "
                "`datas`, and find it beside the module; if users have it, nothing is wrong",
            )

    def _loaded(self, what: str, paths: Iterable[str]) -> None:
        outside = [path for path in paths if not self._is_inside(path)]
        named = [Path(path).name for path in outside]
        # What a library of the system loads in turn is of the system, too.
        if any(matches(name, self._plan.system_libraries) for name in named):
            return
        for path, name in zip(outside, named):
            if not matches(name, BASE_LIBRARIES):
                self._find(
                    "OutsideLibrary",
                    "system_libraries",
                    f"`{what}` loads {path}, a library of this machine; name {name} in "
                    "`system_libraries` if the systems of the users have it",
                )

    def _asked(self, asked: Mapping[str, str]) -> None:
        """Modules that exercises asked for in vain: which of them plain Python has."""
        for name in sorted(import_all(sorted(asked), self._import_plain).imported):
            self._find(
                "MissingModule",
                "hidden_imports",
                f"`{asked[name]}` asks for {name!r}, which is not in the program, and plain Python "
                "has it; name it in `hidden_imports`, or in `excludes` if it is not to be there",
            )

    def _natives(self) -> None:
        plan = self._plan
        root = Path(plan.runtime)
        files = {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*"))}
        names = {path.name for path in files.values()}
        natives = {path: file for path, file in files.items() if native.is_native(file)}
        if native.is_native(Path(plan.program)):
            natives[Path(plan.program).name] = Path(plan.program)
        oldest = native.version(plan.oldest_glibc) if plan.oldest_glibc else ()
        newest: tuple[native.Version, str] = ((), "")
        for path, file in natives.items():
            read = native.read(file)
            newest = max(newest, (read.glibc, path))
            for name in read.needed:
                allowed = (*BASE_LIBRARIES, *plan.system_libraries)
                if name not in names and not matches(name, allowed):
                    self._find(
                        "MissingLibrary",
                        "system_libraries",
                        f"{path} is linked with {name}, which is not in the runtime folder; see "
                        "what leaves it out, or name it in `system_libraries` if the systems of "
                        "the users have it",
                    )
            if oldest and read.glibc > oldest:
                self._find(
                    "NewGlibc",
                    "oldest_glibc",
                    f"{path} needs glibc {_text(read.glibc)}, and the program is for "
                    f"{plan.oldest_glibc}; freeze on an older system, take another version of what "
                    "has it, or say so in `oldest_glibc`",
                )
        self._notes.append(f"{len(natives)} native files were read")
        if newest[0]:
            self._notes.append(f"glibc {_text(newest[0])} or newer is needed, by {newest[1]}")


def _text(version: native.Version) -> str:
    return ".".join(map(str, version))


def main(plan_path: str) -> None:
    """Check what the JSON file *plan_path* says; raises `errors.SandboxError`."""
    plan = Plan(**json.loads(Path(plan_path).read_bytes()))
    if not sys.platform.startswith("linux"):
        raise errors.SandboxError(
            "native files can be checked on Linux only; run `./pants freeze-check` there"
        )
    HOME.mkdir(exist_ok=True)
    _WORK.mkdir()
    checked = _Check(plan).run()
    OUTPUT.write_text(json.dumps(asdict(checked), ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    errors.run(main, sys.argv)
