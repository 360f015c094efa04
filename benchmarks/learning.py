"""The analyzer and the trainer, frozen here and by plain PyInstaller, side by side in one run.

    python3.11 benchmarks/learning.py [--rounds N]

Compares what one would use instead: PyInstaller one-folder and one-file of the same programs with
its default settings, in a virtual environment with the same versions. Measures the time of a build
whose requirements are downloaded (wall seconds), the sizes of folder and archive (`xz -6`), the
time from start to the end of ``--version`` and to the first judgement of a model (wall seconds,
medians, programs in turn) and the memory of all processes of a program at its highest
(proportional set size, MB, Linux only). Prints Markdown. Takes about an hour.

pip has to find torch's build for CPUs, in a find-links folder or by
``PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# The analyzer judges with the model that the trainer makes.
_PROGRAMS = ("trainer", "analyzer")
_PYINSTALLER = "pyinstaller==6.22.3"
_SAMPLE_SECONDS = 0.01
_MB = 1_000_000

_CLASSES = {
    "good": "def total_{0}(values):\n    checked = check(values, {0})\n    return sum(checked)\n",
    "risky": "def run_{0}(command):\n    eval(command)\n    os.system(command + '{0}')\n",
}


@dataclass(frozen=True)
class _Frozen:
    """A frozen program: *path* is the executable, *content* what has to be shipped."""

    path: Path
    content: Path
    build_seconds: float


@dataclass(frozen=True)
class _Run:
    """One run of a program: wall seconds, and its memory at the highest in bytes."""

    seconds: float
    memory: int


def _call(command: list[str], cwd: Path, **environment: str) -> float:
    """Run *command* with more *environment*, and how many seconds that took."""
    begin = time.monotonic()
    variables = {**os.environ, **environment}
    subprocess.run(command, cwd=cwd, env=variables, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


def _processes(process: int) -> Iterator[int]:
    yield process
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        children = " ".join((task / "children").read_text() for task in tasks)
    except OSError:
        return
    for child in children.split():
        yield from _processes(int(child))


def _memory(process: int) -> int:
    """Bytes that *process* and its descendants hold; what they share is counted once."""
    total = 0
    for each in _processes(process):
        try:
            lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def _run(command: list[str]) -> _Run:
    begin = time.monotonic()
    process = subprocess.Popen(command, env={}, stdout=subprocess.DEVNULL)
    highest = 0
    while process.poll() is None:
        highest = max(highest, _memory(process.pid))
        time.sleep(_SAMPLE_SECONDS)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return _Run(time.monotonic() - begin, highest)


def _bytes(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(each.lstat().st_size for each in path.rglob("*") if not each.is_dir())


def _archived(path: Path, work: Path) -> int:
    if path.is_file():
        return path.stat().st_size  # compressed by PyInstaller already
    archive = work / "archive.tar.xz"
    environment = {**os.environ, "XZ_OPT": "-6 -T0"}
    command = ["tar", "-cJf", str(archive), "-C", str(path.parent), path.name]
    subprocess.run(command, check=True, env=environment)
    return archive.stat().st_size


def _ours(repository: Path, program: str) -> _Frozen:
    target = f"src/python/ai_coder/{program}:binary"
    # An empty store, so that everything is really done.
    store = str(repository.parent / "store")
    command = ["./pants", "--no-pantsd", "package", target]
    seconds = _call(command, repository, PANTS_LOCAL_STORE_DIR=store)
    folder = repository / "dist" / f"ai-coder-{program}"
    return _Frozen(folder / folder.name, folder, seconds)


def _plain(repository: Path, work: Path, program: str) -> Iterator[tuple[str, _Frozen]]:
    venv = work / "venv"
    _call([sys.executable, "-m", "venv", str(venv)], work)
    python = str(venv / "bin" / "python")
    closure = repository / "dist" / f"ai-coder-{program}" / "requirements.txt"
    options = ["--quiet", "--requirement", str(closure)]
    _call([python, "-m", "pip", "install", *options, _PYINSTALLER], work)
    entry = work / "entry.py"
    entry.write_text(f"import sys\nfrom ai_coder.{program}.main import main\nsys.exit(main())\n")
    name = f"ai-coder-{program}"
    for kind, label in (("onedir", "one-folder"), ("onefile", "one-file")):
        output = work / kind
        command = [python, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", f"--{kind}"]
        command += ["--name", name, "--paths", str(repository / "src" / "python")]
        command += ["--distpath", str(output), "--workpath", str(work / f"{kind}.work")]
        command += ["--specpath", str(work), str(entry)]
        seconds = _call(command, work)
        content = output / name
        executable = content / name if kind == "onedir" else content
        yield f"PyInstaller {label}", _Frozen(executable, content, seconds)


def _tasks(program: str, work: Path) -> dict[str, list[str]]:
    """What is measured: arguments by the heading of the column."""
    data, models = work / "data.jsonl", work / "models"
    if program == "trainer":
        options = ["--epochs", "2", "--max-length", "48", "--threads", "1", "--name", "m"]
        return {"training": ["--data", str(data), "--output", str(models), *options]}
    source = work / "source.py"
    judged = ["--file", str(source), "--model", str(models / "m"), "--threads", "1"]
    return {
        f"first judgement, {engine}": [*judged, "--engine", engine] for engine in ("onnx", "torch")
    }


def _write_inputs(work: Path) -> None:
    rows = [
        {"text": text.format(number), "label": kind}
        for number in range(200)
        for kind, text in _CLASSES.items()
    ]
    (work / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (work / "source.py").write_text("import os\n\n\n" + _CLASSES["risky"].format(0))


def _row(
    name: str, frozen: _Frozen, tasks: dict[str, list[str]], runs: dict[str, list[_Run]], work: Path
) -> str:
    cells = [
        f"{frozen.build_seconds:.0f}",
        f"{frozen.path.stat().st_size:,}",
        f"{_bytes(frozen.content) / _MB:.0f}",
        f"{_archived(frozen.content, work) / _MB:.0f}",
    ]
    cells.append(f"{statistics.median(run.seconds for run in runs['--version']):.2f}")
    for task in tasks:
        cells.append(f"{statistics.median(run.seconds for run in runs[task]):.2f}")
        cells.append(f"{max(run.memory for run in runs[task]) / _MB:.0f}")
    return f"| {name} | {' | '.join(cells)} |"


def _compare(program: str, repository: Path, work: Path, rounds: int) -> None:
    alternatives = {"pants-freeze": _ours(repository, program)}
    folder = work / program
    folder.mkdir()
    alternatives.update(_plain(repository, folder, program))
    tasks = _tasks(program, work)
    commands = {"--version": ["--version"], **tasks}
    runs: dict[str, dict[str, list[_Run]]] = {
        name: {task: [] for task in commands} for name in alternatives
    }
    for turn in range(rounds + 1):
        for task, arguments in commands.items():
            for name, frozen in alternatives.items():
                run = _run([str(frozen.path), *arguments])
                # The first run reads the files from the disk.
                if turn:
                    runs[name][task].append(run)
    columns = ["build, s", "executable, bytes", "content, MB", "archive, MB", "`--version`, s"]
    for task in tasks:
        columns += [f"{task}, s", "memory, MB"]
    print(f"\n| {program} | {' | '.join(columns)} |")
    print("|---" * (len(columns) + 1) + "|")
    for name, frozen in alternatives.items():
        print(_row(name, frozen, tasks, runs[name], work), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Compare analyzer and trainer with plain PyInstaller."
    )
    parser.add_argument("--rounds", type=int, default=5, help="runs of each program")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        repository = work / "pants"
        source = str(Path(__file__).parents[1])
        _call(["git", "clone", "--quiet", source, str(repository)], work)
        _write_inputs(work)
        print(f"{platform.machine()}, {os.cpu_count()} CPUs, CPython {platform.python_version()}")
        for program in _PROGRAMS:
            _compare(program, repository, work, rounds)


if __name__ == "__main__":
    main()
