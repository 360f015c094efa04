"""The distribution against what one would ship instead: a PyInstaller one-file with sub-commands.

The single binary has an environment with the same versions, and PyInstaller's default settings.
There are two pairs: with all components, and without those that run torch.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from build import PYINSTALLER, Words, call, clone, environment, pants_version, size, tell
from document import Goal, cut, goals, megabytes, seconds, table
from machine import describe, require_qt
from measure import Usage, fewer, in_turn, separate

TITLE = "Modular against a single binary"

_LIGHT = ("core", "scanner", "web", "launcher")
_AI = ("trainer", "analyzer")
_MB = 1_000_000

# Takes a sub-command; `freeze_support` is what PyInstaller's manual asks for.
_ENTRY = """\
import multiprocessing
import sys

multiprocessing.freeze_support()
component = "".join(sys.argv[1:2])
{branches}
else:
    sys.exit("components: {components}")
sys.exit(main(sys.argv[2:]))
"""
_BRANCH = """\
if component == "{0}":
    from ai_coder.{0}.main import main"""

# Bytes that a one-file writes at each start.
_UNPACKED = """\
import sys
from PyInstaller.archive.readers import CArchiveReader
print(sum(entry[2] for entry in CArchiveReader(sys.argv[1]).toc.values() if entry[4] in "bxZ"))
"""

_CLASSES = {
    "good": "def total_{0}(values):\n    checked = check(values, {0})\n    return sum(checked)\n",
    "risky": "def run_{0}(command):\n    eval(command)\n    os.system(command + '{0}')\n",
}
_TEXTS = 400
_PARAGRAPHS = 100

_SHIPPED = "to ship"
_ABOUT = """\
Single binary: one PyInstaller one-file in its default settings, with the components as sub-commands
and the same versions of their requirements. Modular: the archive of
`//:distribution`, and its folder. Without AI: the same of core, scanner, web and launcher
only, against `//:light`."""
_RUNS = """\
Start is wall time from the command to its end, CPU that of all its processes, memory what the
largest of them had resident at its highest. Medians of {rounds} runs ({long} of training and
judgements) after one that is not counted."""

# The goals: percent of the single binary of all components, and MB.
_MOST_SIZE, _MOST_START, _MOST_MEMORY, _MOST_LIGHT = 30, 20, 40, 15

# What is shipped or on the disk, by label: bytes of the single binary, and of the distribution.
_Sizes = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class _Programs:
    """A single binary and the distribution of the same *components*; *unpacked* is in bytes."""

    components: Sequence[str]
    single: Path
    unpacked: int
    folder: Path
    archive: Path

    def modular(self, component: str) -> Path:
        """The executable of *component* in the distribution."""
        return self.folder / f"ai-coder-{component}"


@dataclass(frozen=True)
class _Task:
    """What a component is run for; a *long* one is run less often."""

    component: str
    label: str
    arguments: Sequence[str | Path]
    long: bool = False


@dataclass(frozen=True)
class _Pair:
    """The figures of a task: of the single binary, and of the distribution."""

    task: _Task
    single: Usage
    modular: Usage


def measure(work: Path, rounds: int) -> str:
    """The section of the document."""
    require_qt()
    with clone(work / "modular") as repository:
        tell("building the distributions with Pants")
        command = ["./pants", "package", "//:distribution", "//:light"]
        call(command, repository, work / "pants.log")
        version = pants_version(repository)
        whole = _programs(work / "whole", repository, "ai-coder-assistant-v", (*_LIGHT, *_AI))
        light = _programs(work / "light", repository, "ai-coder-assistant-light-v", _LIGHT)
        # Before anything runs, for programs keep their settings beside themselves.
        sizes, light_sizes = _sizes(whole), _sizes(light)
        with _site(work / "site") as url:
            tasks = _tasks(work, repository / "src" / "python", url)
            pairs, light_pairs = (_run(each, tasks, work, rounds) for each in (whole, light))
    parts = [
        _ABOUT,
        describe([f"PyInstaller {PYINSTALLER}", f"Pants {version}"]),
        _goals(pairs, sizes, light_sizes),
        "### Size",
        _size_table(sizes, light_sizes),
        "### Start and memory, all components",
        _RUNS.format(rounds=rounds, long=fewer(rounds)),
        _usage_table(pairs),
        "### Start and memory, without AI",
        _usage_table(light_pairs),
    ]
    return "\n\n".join(parts)


# --- Building ------------------------------------------------------------------------------------


def _programs(work: Path, repository: Path, name: str, components: Sequence[str]) -> _Programs:
    """The distribution called *name* and a version, and a single binary of the same in *work*."""
    work.mkdir()
    (archive,) = (repository / "dist").glob(f"{name}*.tar.xz")
    folder = archive.with_name(archive.name.removesuffix(".tar.xz"))
    tell(f"building the single binary of {len(components)} components")
    requirements = folder / "requirements.txt"
    python = environment(
        work / "venv", "--requirement", requirements, f"pyinstaller=={PYINSTALLER}"
    )
    entry = work / "ai-coder.py"
    branches = "\nel".join(map(_BRANCH.format, components))
    entry.write_text(_ENTRY.format(branches=branches, components=", ".join(components)))
    sources = repository / "src" / "python"
    command: Words = [python, "-m", "PyInstaller", "--onefile", "--paths", sources, entry]
    took = call(command, work, work / "build.log")
    single = work / "dist" / "ai-coder"
    log = work / "unpacked.log"
    call([python, "-c", _UNPACKED, single], work, log)
    tell(f"built in {took:.0f} s: {size(single):,} bytes")
    return _Programs(components, single, int(log.read_text()), folder, archive)


# --- Running -------------------------------------------------------------------------------------


@contextlib.contextmanager
def _site(folder: Path) -> Iterator[str]:
    """The address of a page on a server of this process."""
    folder.mkdir()
    text = "".join(f"<h2>Part {n}</h2><p>{'Some text. ' * 20}</p>" for n in range(_PARAGRAPHS))
    (folder / "page.html").write_text(f"<title>Page</title><body>{text}</body>")
    handler = functools.partial(_Quiet, directory=os.fspath(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/page.html"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def _tasks(work: Path, source: Path, url: str) -> list[_Task]:
    """What is measured; the analyzer judges with the model that the trainer makes."""
    rows = [
        {"text": text.format(number), "label": kind}
        for number in range(_TEXTS // len(_CLASSES))
        for kind, text in _CLASSES.items()
    ]
    data, judged = work / "data.jsonl", work / "judged.py"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    judged.write_text("import os\n\n\n" + _CLASSES["risky"].format(0))
    files = len(list(source.rglob("*.py")))
    one_page: Words = ["--url", url, "--output", work / "pages", "--allow-private", "--delay", "0"]
    training: Words = ["--epochs", "2", "--max-length", "48", "--threads", "1", "--name", "model"]
    judgement: Words = ["--file", judged, "--model", work / "models" / "model", "--threads", "1"]
    return [
        *(_Task(component, "`--version`", ["--version"]) for component in (*_LIGHT, *_AI)),
        _Task("core", "window painted", ["--screenshot", work / "window.png"]),
        _Task("scanner", f"scan of {files} modules", ["--path", source, "--no-lint"]),
        _Task("web", "one page", one_page),
        _Task(
            "trainer",
            f"training, {_TEXTS} texts",
            [*training, "--data", data, "--output", work / "models"],
            long=True,
        ),
        *(
            _Task("analyzer", f"judgement, {name}", [*judgement, "--engine", engine], long=True)
            for engine, name in (("onnx", "onnxruntime"), ("torch", "torch"))
        ),
    ]


def _run(programs: _Programs, tasks: Sequence[_Task], work: Path, rounds: int) -> list[_Pair]:
    variables = separate(work)
    pairs = []
    for task in tasks:
        if task.component not in programs.components:
            continue
        usages = in_turn(
            {
                "single": [programs.single, task.component, *task.arguments],
                "modular": [programs.modular(task.component), *task.arguments],
            },
            variables,
            work / "run.log",
            fewer(rounds) if task.long else rounds,
        )
        pair = _Pair(task, usages["single"], usages["modular"])
        tell(f"{task.component}, {task.label}: {pair.single.wall:.2f} s, {pair.modular.wall:.2f} s")
        pairs.append(pair)
    return pairs


# --- Writing -------------------------------------------------------------------------------------


def _sizes(programs: _Programs) -> _Sizes:
    single = size(programs.single)
    executables = {
        f"ai-coder-{component}": (single, size(programs.modular(component)))
        for component in programs.components
    }
    return {
        _SHIPPED: (single, size(programs.archive)),
        "installed": (single, size(programs.folder)),
        "unpacked again at each start": (programs.unpacked, 0),
        **executables,
    }


def _size_table(whole: _Sizes, light: _Sizes) -> str:
    head = ["MB", "single binary", "modular", "cut", "without AI: single binary", "modular", "cut"]
    rows = []
    for label, sizes in whole.items():
        rows.append([label])
        for pair in (sizes, light.get(label)):
            rows[-1] += [*map(megabytes, pair), cut(*pair)] if pair else ["", "", ""]
    return table(head, rows)


def _usage_table(pairs: Sequence[_Pair]) -> str:
    head = ["", "start, s: single binary", "modular", "cut", "CPU, s: single binary", "modular"]
    head += ["cut", "memory, MB: single binary", "modular", "cut"]
    rows = []
    for pair in pairs:
        single, modular = pair.single, pair.modular
        row = [_name(pair)]
        row += [seconds(single.wall), seconds(modular.wall), cut(single.wall, modular.wall)]
        row += [seconds(single.cpu), seconds(modular.cpu), cut(single.cpu, modular.cpu)]
        row += [megabytes(single.peak), megabytes(modular.peak), cut(single.peak, modular.peak)]
        rows.append(row)
    return table(head, rows)


def _goals(pairs: Sequence[_Pair], sizes: _Sizes, light: _Sizes) -> str:
    """What was asked for, against the single binary of all components."""
    shipped, archive = sizes[_SHIPPED]
    others = [pair for pair in pairs if pair.task.component in _LIGHT]
    start = max(others, key=lambda pair: pair.modular.wall / pair.single.wall)
    memory = max(others, key=lambda pair: pair.modular.peak / pair.single.peak)
    return goals(
        [
            Goal("archive of all, of the single binary", 100 * archive / shipped, _MOST_SIZE, " %"),
            Goal(
                f"start without AI, of the single binary (most: {_name(start)})",
                100 * start.modular.wall / start.single.wall,
                _MOST_START,
                " %",
            ),
            Goal(
                f"memory without AI, of the single binary (most: {_name(memory)})",
                100 * memory.modular.peak / memory.single.peak,
                _MOST_MEMORY,
                " %",
            ),
            Goal("archive without AI", light[_SHIPPED][1] / _MB, _MOST_LIGHT, " MB"),
        ]
    )


def _name(pair: _Pair) -> str:
    return f"{pair.task.component}, {pair.task.label}"
