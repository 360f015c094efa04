"""Core and scanner at each optimisation level and compression, and by PyInstaller.

The variants are more targets in a copy of the repository, each like the program's own.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from build import PYINSTALLER, Failure, Words, call, clone, environment, pants_version, size, tell
from document import Goal, as_block, goals, megabytes, seconds, table
from machine import describe, require_qt
from measure import Usage, fewer, forget, in_turn, separate
from programs import CORE, SCANNER, Program, executable, pyinstaller

TITLE = "Levels, compression and single files"

_LAUNCHER = Program("ai-coder-launcher", "ai_coder.launcher")
_WEB = Program("ai-coder-web", "ai_coder.web")
_LEVELS = ("low", "medium", "high")
_SMALLEST = "high"
_COMPRESSIONS = ("none", "zlib", "lzma", "zstd", "upx")
_DEFAULT_COMPRESSION = "lzma"
_NO_UPX = "UPX is not on this machine"
_MB = 1_000_000

# The goals, MB: of single files, and of the archive without AI.
_MOST_SINGLE = {_LAUNCHER: 2, SCANNER: 4, _WEB: 5.5, CORE: 15}
_MOST_LIGHT = 20

_ABOUT = """\
Folder: what `./pants package` writes at each `optimization_level`, and its archive as a
`frozen_distribution` makes it. Single file: `layout="onefile"` at level `{level}`, with each
`compression`. PyInstaller freezes the same sources with `--strip`, and the same versions of their
requirements; its one-folder is archived in the same way."""
_RUNS = """\
A start is wall time from the command to its end. Core: `--screenshot`, so until the window is
painted. Scanner: a scan of {files} modules. First start: a single file unpacks itself into an empty
cache, once; PyInstaller's one-file does so at each start. Cold start: the files of the program, of
the cache too, are not in memory and come from the disk; those of the system are in memory. Memory
is what the largest of the processes had resident at its highest. Medians of {rounds} runs ({fewer}
of first and cold starts) after one that is not counted, in turn."""


@dataclass(frozen=True)
class _Variant:
    """Something to build of a program: *fields* are those of its target, none if by PyInstaller.

    *key* tells it from the others.
    """

    key: str
    label: str
    fields: Mapping[str, str] = field(default_factory=dict)


_FOLDERS = [
    _Variant(level, f"folder, level `{level}`", {"optimization_level": level}) for level in _LEVELS
]
_FILES = [
    _Variant(
        compression,
        f"single file, `{compression}`",
        {"optimization_level": _SMALLEST, "layout": "onefile", "compression": compression},
    )
    for compression in _COMPRESSIONS
]
_PYINSTALLER = [
    _Variant("onedir", "PyInstaller one-folder"),
    _Variant("onefile", "PyInstaller one-file"),
]


@dataclass(frozen=True)
class Figures:
    """Bytes of a folder and its archive, or of a single file; its starts, in memory and not.

    *first* are wall seconds, if the first start unpacks.
    """

    size: int
    archive: int | None
    first: float | None
    cold: Usage
    warm: Usage


# What was measured of a program, by key.
_Program = Mapping[str, Figures]


def measure(work: Path, rounds: int) -> str:
    """The section of the document."""
    require_qt()
    with clone(work / "levels") as repository:
        single, light = _package(repository, work / "pants.log")
        source = repository / SCANNER.folder
        arguments: dict[Program, Words] = {
            CORE: ["--screenshot", work / "window.png"],
            SCANNER: ["--path", source, "--no-lint"],
        }
        figures = {}
        for program, words in arguments.items():
            built = {
                variant.key: _content(repository / "dist", program, variant)
                for variant in [*_FOLDERS, *_available()]
            }
            built.update(_freeze(work / program.package, program, repository))
            tell(f"compressing folders of {program.name}")
            archives = _archives(built, repository)
            commands = {
                key: [executable(program, content), *words] for key, content in built.items()
            }
            tell(f"starting {program.name}")
            figures[program] = _measure(work, built, archives, commands, rounds)
        files = len(list(source.rglob("*.py")))
        pants = pants_version(repository)
    parts = [
        _ABOUT.format(level=_SMALLEST),
        describe([f"PyInstaller {PYINSTALLER}", f"Pants {pants}"]),
        _goals(single, light),
        as_block(summary(figures[CORE], figures[SCANNER])),
        _RUNS.format(files=files, rounds=rounds, fewer=fewer(rounds)),
        "### Core",
        details(figures[CORE]),
        "### Scanner",
        details(figures[SCANNER]),
    ]
    return "\n\n".join(parts)


def _available() -> list[_Variant]:
    """The single files that can be made on this machine."""
    return [each for each in _FILES if each.key != "upx" or shutil.which("upx")]


# --- Building ------------------------------------------------------------------------------------


def like(build_file: str, target: str, fields: Mapping[str, str]) -> str:
    """A target like the program *target* of *build_file*, with *fields* in place of its own.

    It has no budgets, for those are for one of the variants.
    """
    for node in ast.walk(ast.parse(build_file)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pyinstaller_binary":
            own = {each.arg: ast.unparse(each.value) for each in node.keywords if each.arg}
            if own.get("name") == repr(target):
                kept = {key: value for key, value in own.items() if not key.endswith("_budget")}
                kept.update({key: repr(value) for key, value in fields.items()})
                lines = [f"    {key}={value},\n" for key, value in kept.items()]
                # `**NAME`, of which the file has the value.
                shared = [ast.unparse(each.value) for each in node.keywords if not each.arg]
                lines += [f"    **{value},\n" for value in shared]
                return f"\npyinstaller_binary(\n{''.join(lines)})\n"
    raise Failure(f"there is no `pyinstaller_binary` called `{target}` in the BUILD file")


def _content(dist: Path, program: Program, variant: _Variant) -> Path:
    return dist / variant.key / program.package / program.name


def _package(repository: Path, log: Path) -> tuple[dict[Program, int], int]:
    """Build all variants with Pants.

    Returns the bytes of single files by program, and of the archive without AI.
    """
    single = next(each for each in _FILES if each.key == _DEFAULT_COMPRESSION)
    wanted = {program: [single] for program in (_LAUNCHER, _WEB)}
    wanted.update({program: [*_FOLDERS, *_available()] for program in (CORE, SCANNER)})
    dist = repository / "dist"
    addresses = []
    for program, variants in wanted.items():
        file = repository / program.folder / "BUILD"
        own = file.read_text()
        with file.open("a") as build_file:
            for variant in variants:
                name = f"benchmark-{variant.key}"
                path = str(_content(dist, program, variant).relative_to(dist))
                fields = {"name": name, "output_path": path, **variant.fields}
                target = "onefile" if variant in _FILES else "binary"
                build_file.write(like(own, target, fields))
                addresses.append(f"{program.folder}:{name}")
    tell(f"building {len(addresses)} variants with Pants")
    call(["./pants", "package", *addresses], repository, log)
    tell("building the distribution without AI")
    level = f"--freeze-optimization-level={_SMALLEST}"
    call(["./pants", level, "package", "//:light"], repository, log)
    (light,) = dist.glob("ai-coder-assistant-light-v*.tar.xz")
    sizes = {program: size(_content(dist, program, single)) for program in _MOST_SINGLE}
    return sizes, size(light)


def _freeze(work: Path, program: Program, repository: Path) -> Iterator[tuple[str, Path]]:
    """The program as PyInstaller freezes it, by key."""
    work.mkdir()
    tell(f"freezing {program.name} with PyInstaller")
    tool = f"pyinstaller=={PYINSTALLER}"
    python = environment(work / "venv", *program.pinned(repository), tool)
    for variant in _PYINSTALLER:
        folder = work / variant.key
        folder.mkdir()
        (folder / "entry.py").write_text(program.entry)
        command = pyinstaller(python, program, variant.key, repository / "src" / "python")
        call(command, folder, folder / "build.log")
        yield variant.key, folder / "dist" / program.name


def _archives(built: Mapping[str, Path], repository: Path) -> dict[str, int]:
    """The bytes of an archive of each folder of *built*, as a distribution would have it."""

    def archived(folder: Path) -> int:
        beside = folder.parent
        plan = {"folder": folder.name, "format": "tar.xz", "is_last": True}
        (beside / "plan.json").write_text(json.dumps(plan))
        command: Words = [sys.executable, "-m", "pants_freeze.sandbox.archive", "plan.json"]
        variables = {"PYTHONPATH": str(repository / "build-support")}
        call(command, beside, beside / "archive.log", variables)
        return size(beside / "archive")

    folders = {key: content for key, content in built.items() if content.is_dir()}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(folders, pool.map(archived, folders.values()), strict=True))


# --- Running -------------------------------------------------------------------------------------


def _measure(
    work: Path,
    built: Mapping[str, Path],
    archives: Mapping[str, int],
    commands: Mapping[str, Words],
    rounds: int,
) -> dict[str, Figures]:
    """The figures of what is *built* of a program, which *commands* start; all by key."""
    # Before anything runs, for programs keep their settings beside themselves.
    sizes = {key: size(content) for key, content in built.items()}
    variables, log = separate(work), work / "run.log"
    cache = Path(variables["HOME"], ".cache", "pants-freeze")
    caching = {each.key: commands[each.key] for each in _FILES if each.key in commands}
    first = in_turn(caching, variables, log, fewer(rounds), lambda _: _remove(cache))
    warm = in_turn(commands, variables, log, rounds)
    cold = in_turn(commands, variables, log, fewer(rounds), lambda key: forget([built[key], cache]))
    if not all(usage.read for usage in cold.values()):
        raise Failure(f"{work} is not on a disk, so no start is cold; set TMPDIR to where one is")
    return {
        key: Figures(
            sizes[key],
            archives.get(key),
            first[key].wall if key in first else None,
            cold[key],
            warm[key],
        )
        for key in built
    }


def _remove(cache: Path) -> None:
    if cache.exists():
        shutil.rmtree(cache)


# --- Writing -------------------------------------------------------------------------------------


def summary(core: _Program, scanner: _Program) -> str:
    """Two small tables, of levels and of compressions; for the README."""
    head = ["folder, MB", "`tar.xz`, MB", "start, s"]
    folders = [
        [f"`{each.key}`", *_folder(core, each), *_folder(scanner, each)] for each in _FOLDERS
    ]
    levels = table(_heads("`optimization_level`", head), folders)
    head = ["single file, MB", "first start, s", "start, s"]
    files = [[f"`{each.key}`", *_file(core, each), *_file(scanner, each)] for each in _FILES]
    return f"{levels}\n\n{table(_heads('`compression`', head), files)}"


def _heads(first: str, each: Sequence[str]) -> list[str]:
    return [first, *(f"{name}: {label}" for name in ("core", "scanner") for label in each)]


def _folder(program: _Program, variant: _Variant) -> list[str]:
    figures = program[variant.key]
    return [megabytes(figures.size), _megabytes(figures.archive), seconds(figures.warm.wall)]


def _file(program: _Program, variant: _Variant) -> list[str]:
    figures = program.get(variant.key)
    if figures is None:
        return [_NO_UPX, "", ""]
    return [megabytes(figures.size), _seconds(figures.first), seconds(figures.warm.wall)]


def details(program: _Program) -> str:
    """All variants of *program*, and PyInstaller's."""
    head = ["", "folder, MB", "`tar.xz`, MB", "single file, MB"]
    head += ["first start, s", "cold start, s", "start, s", "memory, MB"]
    rows = []
    for variant in [*_FOLDERS, *_FILES, *_PYINSTALLER]:
        figures = program.get(variant.key)
        if figures is None:
            rows.append([variant.label, _NO_UPX, *[""] * (len(head) - 2)])
            continue
        sizes = ["", "", megabytes(figures.size)]
        if figures.archive is not None:
            sizes = [megabytes(figures.size), megabytes(figures.archive), ""]
        starts = [_seconds(figures.first), seconds(figures.cold.wall), seconds(figures.warm.wall)]
        rows.append([variant.label, *sizes, *starts, megabytes(figures.warm.peak)])
    return table(head, rows)


def _seconds(value: float | None) -> str:
    return "" if value is None else seconds(value)


def _megabytes(value: int | None) -> str:
    return "" if value is None else megabytes(value)


def _goals(single: Mapping[Program, int], light: int) -> str:
    label = f"single file, `{_DEFAULT_COMPRESSION}`, level `{_SMALLEST}`"
    rows = [
        Goal(f"{program.name}, {label}", single[program] / _MB, most, " MB")
        for program, most in _MOST_SINGLE.items()
    ]
    label = f"archive of `//:light`, level `{_SMALLEST}`"
    return goals([*rows, Goal(label, light / _MB, _MOST_LIGHT, " MB")])
