"""Observe: a frozen program and its exercises -> the files of its runtime folder that it opens.

Native code and child processes open files too, so the system is asked and not the interpreter:
inotify(7) tells of every open in the folders of the runtime. That is there on Linux only.

Run as ``python -m pants_freeze.sandbox.observe PLAN``; PLAN is a JSON file with the fields of
`Plan`. Writes ``opened.json``: the paths relative to the runtime folder, sorted.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pants_freeze.sandbox import errors
from pants_freeze.sandbox.execute import HOME, Problem, run_once

OUTPUT = Path("opened.json")
_WAIT_MS = 100


@dataclass(frozen=True)
class Plan:
    """What to observe.

    ``program``    path of the executable
    ``runtime``    its runtime folder
    ``exercises``  starts of it, as `execute.run_once` takes them, in order
    """

    program: str
    runtime: str
    exercises: list[dict[str, Any]]


class _Recorder:
    """Notes which files below *root* are opened for as long as it is entered."""

    def __init__(self, root: Path) -> None:
        from inotify_simple import INotify, flags  # pants: no-infer-dep

        self.opened: set[str] = set()
        self._flags = flags
        self._overflowed = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._folders: dict[int, Path] = {}
        try:
            self._inotify = INotify()
            for folder, _, _ in os.walk(root):
                watch = self._inotify.add_watch(folder, flags.OPEN)
                self._folders[watch] = Path(folder).relative_to(root)
        except OSError as error:
            raise errors.ExerciseError(
                f"the system does not let the runtime folder be watched: {error.strerror}; raise "
                "its limits fs.inotify.max_user_watches and fs.inotify.max_user_instances"
            ) from None

    def __enter__(self) -> _Recorder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._inotify.close()
        if self._overflowed:
            raise errors.ExerciseError(
                "files were opened faster than they could be recorded; raise the limit "
                "fs.inotify.max_queued_events of the system"
            )

    def _drain(self) -> None:
        while True:
            # What was opened before the end is in the queue by then.
            is_last = self._ended.is_set()
            events = self._inotify.read(timeout=0 if is_last else _WAIT_MS)
            for event in events:
                if event.mask & self._flags.Q_OVERFLOW:
                    self._overflowed = True
                elif event.mask & self._flags.OPEN and not event.mask & self._flags.ISDIR:
                    self.opened.add((self._folders[event.wd] / event.name).as_posix())
            if is_last and not events:
                return


def links_to(root: Path, opened: set[str]) -> set[str]:
    """The symbolic links below *root* that lead to a file of *opened*, or to a folder of one."""
    folders = {parent.as_posix() for path in opened for parent in Path(path).parents}
    found = set()
    for parent, directories, files in os.walk(root):
        for link in (Path(parent, name) for name in (*directories, *files)):
            if link.is_symlink():
                target = os.path.relpath(os.path.realpath(link), os.path.realpath(root))
                if Path(target).as_posix() in opened | folders:
                    found.add(link.relative_to(root).as_posix())
    return found


def _exercise(program: str, start: dict[str, Any]) -> None:
    try:
        run_once(program, start)
    except Problem as problem:
        variables = (f"{name}={value}" for name, value in start["environment"].items())
        what = shlex.join([*variables, *start["arguments"]]) or "no arguments"
        raise errors.ExerciseError(f"the exercise `{what}` does not work: {problem}") from None


def main(plan_path: str) -> None:
    """Observe what the JSON file *plan_path* says; raises `errors.ExerciseError`."""
    plan = Plan(**json.loads(Path(plan_path).read_bytes()))
    if not sys.platform.startswith("linux"):
        raise errors.ExerciseError(
            "recording which files a program opens needs Linux; run `./pants freeze-trim` there"
        )
    HOME.mkdir(exist_ok=True)
    runtime = Path(plan.runtime)
    with _Recorder(runtime) as recorder:
        for start in plan.exercises:
            _exercise(plan.program, start)
    if not recorder.opened:
        raise errors.ExerciseError(
            "no file of the runtime folder was seen to be opened; the file system of the sandbox "
            "does not tell, so use another one"
        )
    opened = recorder.opened | links_to(runtime, recorder.opened)
    OUTPUT.write_text(json.dumps(sorted(opened)), encoding="utf-8")


if __name__ == "__main__":
    errors.run(main, sys.argv)
