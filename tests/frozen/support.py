"""Runs the programs of a distribution the way a user would, but with an empty environment."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The distribution without the programs that learn, and the one with all.
LIGHT = "ai-coder-assistant-light-v1.0.0"
WHOLE = "ai-coder-assistant-v1.0.0"
VERSION = "1.0.0"
PROGRAMS = ("core", "launcher", "scanner", "web")
LEARNING_PROGRAMS = ("analyzer", "trainer")
RUNTIME = "shared/runtime"

Argument = str | bytes | Path


@dataclass(frozen=True)
class Result:
    """How a program ended, and what it printed; bytes that are not UTF-8 are surrogate escapes."""

    status: int
    stdout: str
    stderr: str

    @property
    def report(self) -> Any:
        """What a program that ended well printed, read as JSON."""
        assert (self.status, self.stderr) == (0, "")
        return json.loads(self.stdout)


def run(
    *command: Argument,
    env: Mapping[str, str] | None = None,
    cwd: Path | str = "/",
    stdin: bytes = b"",
    timeout: float = 60,
) -> Result:
    """Run *command* to its end; it has no variable but those of *env*, not even a PATH."""
    done = subprocess.run(
        command,
        env=env or {},
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    stdout, stderr = (
        each.decode("utf-8", "surrogateescape") for each in (done.stdout, done.stderr)
    )
    return Result(done.returncode, stdout, stderr)


@dataclass(frozen=True)
class Distribution:
    """A copy of the distribution, or of a program that was packaged alone.

    ``programs`` are those in it to test; ``runtime`` is the folder that they share.
    """

    folder: Path
    programs: tuple[str, ...] = PROGRAMS
    runtime: str = RUNTIME

    def path(self, program: str) -> Path:
        """Where the executable of *program* is."""
        return self.folder / f"ai-coder-{program}"

    def run(
        self,
        program: str,
        *arguments: Argument,
        env: Mapping[str, str] | None = None,
        cwd: Path | str = "/",
        stdin: bytes = b"",
        timeout: float = 60,
    ) -> Result:
        """Run *program* by its path; see `run`."""
        command = (self.path(program), *arguments)
        return run(*command, env=env, cwd=cwd, stdin=stdin, timeout=timeout)

    def replace(self, program: str, script: str) -> None:
        """Put a shell *script* in the place of *program*."""
        path = self.path(program)
        # The file may be a hard link that other copies share.
        path.unlink()
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


def change_modes(folder: Path, *, writable: bool, only_folders: bool = False) -> None:
    """Make *folder* and all below it writable, or read-only."""
    for parent, _, names in os.walk(folder):
        paths = [Path(parent), *(() if only_folders else (Path(parent, name) for name in names))]
        for path in paths:
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | 0o200 if writable else mode & ~0o222)


def moved(built: Distribution, place: Path) -> Distribution:
    """A read-only copy of *built*, in a folder of its own below *place*."""
    folder = Path(tempfile.mkdtemp(dir=place, prefix="copy ")) / "moved"
    shutil.copytree(built.folder, folder, symlinks=True)
    change_modes(folder, writable=False)
    return dataclasses.replace(built, folder=folder)


def files(folder: Path) -> Iterator[Path]:
    """Files and links below *folder*, without following links."""
    for parent, folders, names in os.walk(folder):
        links = (each for each in folders if Path(parent, each).is_symlink())
        yield from (Path(parent, name) for name in (*names, *links))


def snapshot(folder: Path) -> dict[str, str]:
    """What is below *folder*: each path with its content, its link, or nothing for a folder."""
    found = {path.relative_to(folder).as_posix(): "" for path in folder.rglob("*")}
    for path in files(folder):
        content = (
            os.readlink(path)
            if path.is_symlink()
            else hashlib.sha256(path.read_bytes()).hexdigest()
        )
        found[path.relative_to(folder).as_posix()] = content
    return found


def is_elf(path: Path) -> bool:
    """Whether *path* is a native program or library."""
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"
