"""The scanner, frozen here and by plain PyInstaller, side by side in one run.

    python3.11 benchmarks/scanner.py [--rounds N]

Compares what one would use instead: PyInstaller one-folder and one-file of the same program, in a
virtual environment with the same requirements. Measures the time from a one-line edit to a new
executable (wall seconds, medians; each alternative edits its own copy of the repository) and the
CPU time from start to the end of ``--version`` (milliseconds, medians, programs in turn). Prints
Markdown.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_TARGET = "src/python/ai_coder/scanner:binary"
_EDITED = Path("src/python/ai_coder/scanner/main.py")
_PYINSTALLER = "pyinstaller==6.22.3"
_STARTS = 30


def _run(command: list[str], cwd: Path) -> None:
    subprocess.run(
        command, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _clone(folder: Path) -> Path:
    _run(["git", "clone", "--quiet", str(Path(__file__).parents[1]), str(folder)], Path.cwd())
    return folder


def _edit(repository: Path, mark: int) -> None:
    source = repository / _EDITED
    source.write_text(source.read_text().rstrip("\n") + f"\n# edit {mark}\n")


def _plain(repository: Path) -> Callable[[bool], None]:
    """Builds the scanner in *repository* with plain PyInstaller; the argument asks for one file."""
    venv = repository / ".venv"
    _run([sys.executable, "-m", "venv", str(venv)], repository)
    python = str(venv / "bin" / "python")
    requirements = ["networkx==3.6.1", "pathspec==1.1.1", _PYINSTALLER]
    _run([python, "-m", "pip", "install", "--quiet", *requirements], repository)
    entry = repository / "entry.py"
    entry.write_text("import sys\nfrom ai_coder.scanner.main import main\nsys.exit(main())\n")

    def build(one_file: bool) -> None:
        kind = "onefile" if one_file else "onedir"
        options = ["--noconfirm", "--strip", "--log-level", "ERROR", "--paths", "src/python"]
        folders = ["--distpath", f"out-{kind}", "--workpath", f"work-{kind}", f"--{kind}"]
        name = ["--name", "ai-coder-scanner", "--specpath", f"work-{kind}"]
        command = [python, "-m", "PyInstaller", *options, *folders, *name, str(entry)]
        _run(command, repository)

    return build


def _seconds(action: Callable[[], None]) -> float:
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def _cpu_milliseconds(command: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Compare the frozen scanner with its alternatives."
    )
    parser.add_argument("--rounds", type=int, default=3, help="edits of each alternative")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as temporary:
        ours, theirs = (_clone(Path(temporary, name)) for name in ("pants", "plain"))
        plain = _plain(theirs)
        builds: dict[str, tuple[Path, Callable[[], None]]] = {
            "pants-freeze": (ours, lambda: _run(["./pants", "package", _TARGET], ours)),
            "PyInstaller one-folder": (theirs, lambda: plain(False)),
            "PyInstaller one-file": (theirs, lambda: plain(True)),
        }
        first = {name: _seconds(build) for name, (_, build) in builds.items()}
        edits: dict[str, list[float]] = {name: [] for name in builds}
        for mark in range(rounds):
            for name, (repository, build) in builds.items():
                # PyInstaller compares times in whole seconds, and would miss a faster edit.
                time.sleep(1.1)
                _edit(repository, mark)
                edits[name].append(_seconds(build))
        commands = {
            "plain `python -m`": [sys.executable, "-m", "ai_coder.scanner"],
            "pants-freeze": [str(ours / "dist/ai-coder-scanner/ai-coder-scanner")],
            "PyInstaller one-folder": [
                str(theirs / "out-onedir/ai-coder-scanner/ai-coder-scanner")
            ],
            "PyInstaller one-file": [str(theirs / "out-onefile/ai-coder-scanner")],
        }
        environment = {"PYTHONPATH": str(ours / "src/python"), "PATH": os.environ["PATH"]}
        starts: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(_STARTS):
            for name, command in commands.items():
                starts[name].append(_cpu_milliseconds([*command, "--version"], environment))
        sizes = {
            name: Path(command[0]).stat().st_size
            for name, command in commands.items()
            if name in builds
        }
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, CPython {platform.python_version()}\n")
    print("| | first build, s | edit to executable, s | executable, bytes | `--version`, CPU ms |")
    print("|---|---|---|---|---|")
    for name, values in starts.items():
        cells = ["", "", ""]
        if name in builds:
            edit = statistics.median(edits[name])
            cells = [f"{first[name]:.1f}", f"{edit:.2f}", f"{sizes[name]:,}"]
        print(f"| {name} | {' | '.join(cells)} | {statistics.median(values):.1f} |")


if __name__ == "__main__":
    main()
