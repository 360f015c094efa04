"""The suites of other projects: where they come from, and what is run of each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import results
from differences import PYINSTALLER, PYINSTALLER_LIBRARIES
from results import Difference, Outcome

HERE = Path(__file__).resolve().parent
BACKEND = HERE.parents[1] / "build-support"
_REQUIREMENTS = HERE / "requirements"


class Failure(Exception):
    """What keeps a suite from being run; the message says what to do."""


@dataclass(frozen=True)
class Suite:
    """A suite of tests that build a program by PyInstaller and run it.

    ``title`` is that of its section, ``archive`` the requirement whose source archive it comes
    from, ``tests`` are the files and folders of that archive that pytest runs, without those that
    are ``left_out``, and ``libraries`` is the requirements file of what they use. ``own`` is a file
    of tests here, for an archive that has programs and no tests.
    """

    title: str
    archive: str
    tests: tuple[str, ...]
    libraries: Path
    left_out: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    own: str = ""


@dataclass(frozen=True)
class How:
    """How to run a suite: by freeze and link or as it is, which cases, and how many at a time.

    ``select`` is an expression of pytest's option ``-k``, or empty.
    """

    is_own: bool
    select: str
    jobs: int


# Their programs have large closures, and take up to two minutes each.
_OF_LIBRARIES = tuple(
    f"tests/functional/test_{name}.py"
    for name in ("django", "gi", "libraries", "matplotlib", "pil", "qt", "scipy")
)

SUITES = {
    "pyinstaller": Suite(
        title="PyInstaller's functional tests",
        archive="pyinstaller==6.22.3",
        tests=("tests/functional",),
        libraries=_REQUIREMENTS / "pyinstaller.txt",
        left_out=_OF_LIBRARIES,
        differences=PYINSTALLER,
    ),
    "pyinstaller-libraries": Suite(
        title="PyInstaller's functional tests of libraries",
        archive="pyinstaller==6.22.3",
        tests=_OF_LIBRARIES,
        libraries=_REQUIREMENTS / "pyinstaller.txt",
        differences=PYINSTALLER_LIBRARIES,
    ),
    "hooks-contrib": Suite(
        title="Tests of libraries of pyinstaller-hooks-contrib",
        archive="pyinstaller-hooks-contrib==2026.9",
        tests=("tests",),
        libraries=_REQUIREMENTS / "hooks-contrib.txt",
    ),
    "cx-freeze": Suite(
        title="Samples of cx_Freeze",
        archive="cx-freeze==8.7.3",
        tests=(),
        libraries=_REQUIREMENTS / "cx-freeze.txt",
        own="samples.py",
    ),
}


def environment(suite: Suite, work: Path) -> Path:
    """The interpreter of a virtual environment in *work* with PyInstaller and the libraries."""
    folder = work / f"environment of {suite.archive}"
    python = folder / "bin" / "python"
    done = folder / "done"
    if not done.exists():
        _call(sys.executable, "-m", "venv", "--clear", str(folder))
        files = (_REQUIREMENTS / "tools.txt", suite.libraries)
        options = (option for file in files for option in ("--requirement", str(file)))
        _call(str(python), "-m", "pip", "install", "--quiet", *options)
        done.touch()
    return python


def sources(suite: Suite, work: Path) -> Path:
    """The unpacked source archive of *suite*, in *work*."""
    folder = work / suite.archive
    if not folder.exists():
        downloads = work / "downloads" / suite.archive
        _call(
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"),
            *("--dest", str(downloads), suite.archive),
        )
        (archive,) = downloads.iterdir()
        beside = work / f"{suite.archive}.new"
        with tarfile.open(archive) as file:
            file.extractall(beside, filter="data")
        (unpacked,) = beside.iterdir()
        unpacked.rename(folder)
        beside.rmdir()
    return folder


def stub(python: Path, work: Path) -> Path:
    """The program in front of single files, compiled in *work*."""
    compiled = work / "stub"
    if not compiled.exists():
        (work / "stub.json").write_text("{}")
        _call(str(python), "-m", "pants_freeze.sandbox.stub", "stub.json", folder=work)
    return compiled


def outcomes(suite: Suite, python: Path, work: Path, how: How) -> dict[str, Outcome]:
    """Run *suite*; case -> outcome. Raises `Failure` if pytest itself does not run.

    What all cases of stock PyInstaller come to is kept in *work*, and read there the next time.
    """
    side = "own" if how.is_own else "stock"
    report = work / f"{suite.title}, {side}{', selected' if how.select else ''}.xml"
    if how.is_own or how.select or not report.exists():
        _run(suite, python, work, how, report)
    return results.outcomes(report)


def _run(suite: Suite, python: Path, work: Path, how: How, report: Path) -> None:
    folder = sources(suite, work)
    report.unlink(missing_ok=True)
    variables = {
        "PYTHONPATH": str(BACKEND),
        "PYTHONDONTWRITEBYTECODE": "1",
        # Nobody looks at the windows, and there may be no screen.
        "QT_QPA_PLATFORM": "offscreen",
    }
    plugins = ["PyInstaller.utils.conftest"]
    if how.is_own:
        variables["PYTHONPATH"] += f"{os.pathsep}{HERE}"
        variables["FREEZE_STUB"] = str(stub(python, work))
        plugins.append("freezing")
    tests = [str(folder / test) for test in suite.tests]
    if suite.own:
        tests = [str(HERE / suite.own)]
        variables["SAMPLES"] = str(folder / "samples")
    with tempfile.TemporaryDirectory(prefix="fidelity-") as temporary:
        beside = Path(temporary, "report.xml")
        command = [
            *(str(python), "-m", "pytest", "-p", "no:cacheprovider", "-n", str(how.jobs)),
            # Cases that differ in the layout only stay together.
            "--dist=worksteal",
            *(f"--basetemp={temporary}/tests", f"--junitxml={beside}", f"--rootdir={folder}"),
            *(option for plugin in plugins for option in ("-p", plugin)),
            *(("-k", how.select) if how.select else ()),
            *(f"--ignore={folder / test}" for test in suite.left_out),
            *tests,
        ]
        # Not in the archive: its PyInstaller has no bootloader, and would be found first there.
        result = subprocess.run(
            command,
            cwd=temporary,
            env={**os.environ, **variables},
            stdout=sys.stderr,
            check=False,
        )
        if result.returncode not in (0, 1):
            raise Failure(f"pytest ends with {result.returncode} in {suite.title}; look above")
        shutil.move(beside, report)


def _call(*command: str, folder: Path | None = None) -> None:
    variables = {**os.environ, "PYTHONPATH": str(BACKEND), "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(command, cwd=folder, env=variables, check=False)
    if result.returncode:
        raise Failure(f"`{' '.join(command)}` ends with {result.returncode}; look above")
