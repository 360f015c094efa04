"""What is measured is built here: copies of the repository, environments, commands with logs."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# A command line that is being put together.
Words = list[str | Path]

PYINSTALLER = "6.22.3"
_TAIL_LINES = 20


class Failure(Exception):
    """The benchmarks cannot go on; the message is for the user."""


def tell(text: str) -> None:
    """Report progress."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def tail(log: Path) -> str:
    """The end of *log*, for the message of a failure."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_TAIL_LINES:])


def call(
    command: Sequence[str | Path],
    folder: Path,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> float:
    """Run *command* in *folder* with more *environment*, output to *log*; its wall seconds."""
    begin = time.monotonic()
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise Failure(f"{error.filename} is not there") from None
        try:
            code = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
    if code:
        name = " ".join(Path(word).name for word in command[:4])
        raise Failure(f"'{name} ...' ended with {code}:\n{tail(log)}")
    return time.monotonic() - begin


@contextlib.contextmanager
def clone(folder: Path) -> Iterator[Path]:
    """A copy of the repository, as committed; a Pants daemon that was started in it is ended."""
    call(["git", "clone", "--quiet", ROOT, folder], folder.parent, folder.with_suffix(".log"))
    try:
        yield folder
    finally:
        for file in folder.glob(".pids/*/pantsd/pid"):
            _end(int(file.read_text()))


def _end(process: int) -> None:
    for each in (signal.SIGTERM, *[0] * 100, signal.SIGKILL):
        try:
            os.kill(process, each)
        except ProcessLookupError:
            return
        time.sleep(0.1)


def environment(folder: Path, *arguments: str | Path) -> Path:
    """The Python of a new virtual environment with what pip's *arguments* ask for, if any."""
    log = folder.with_suffix(".log")
    call([sys.executable, "-m", "venv", folder], folder.parent, log)
    python = folder / "bin" / "python"
    if arguments:
        call([python, "-m", "pip", "install", *arguments], folder.parent, log)
    return python


def size(path: Path) -> int:
    """The bytes of a file, or of all files of a folder; links count as what they take."""
    if path.is_file():
        return path.stat().st_size
    return sum(each.lstat().st_size for each in path.rglob("*") if not each.is_dir())


def pants_version(repository: Path) -> str:
    """The version of Pants that *repository* asks for."""
    found = re.search(r'^pants_version = "(.+)"$', (repository / "pants.toml").read_text(), re.M)
    return found[1] if found else "of unknown version"
