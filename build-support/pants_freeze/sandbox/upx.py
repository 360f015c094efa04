"""UPX: native files of a program -> the same files packed, each of them proven.

UPX ends well also where what it has made does not run. So each file is loaded or run once it is
packed, in a process of its own, and stays as it was where that fails.

Run as ``python -m pants_freeze.sandbox.upx PLAN``; PLAN is a JSON file with the fields of `Plan`.
Writes the folder ``upx`` with ``packed``, what is packed with all that stays as it was, and
``result.json``, the fields of `Result`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from pants_freeze.sandbox import errors

OUTPUT = Path("upx")
PACKED = "packed"
RESULT = "result.json"

_OLDEST = (4, 2)
_TIMEOUT = 60.0
_HOME = Path("home")
_WORK = Path(".upx")

# A packed library is unpacked at every start, all of it: a few kilobytes are not worth that.
_SMALL = 32_768
# ELF, PE and the kinds of Mach-O.
_NATIVE = tuple(
    bytes.fromhex(magic) for magic in ("7f454c46", "4d5a", "cffaedfe", "cefaedfe", "cafebabe")
)
# The section in which Qt finds what a plugin is, without loading it. Packed files have no sections.
_QT_PLUGIN = b".note.qt.metadata"

# With `--lzma` libraries are packed, and trap when they are loaded. `--best` takes 15 times as long
# as `-9` and saves 0.2 % more of libpython and libcrypto.
_LIBRARY = ("-9",)
_EXECUTABLE = ("--best", "--lzma")

_LOAD = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"

# The end of the package in an executable: magic, length, three more numbers, name of libpython
# (PyInstaller/archive/readers.py).
_COOKIE = struct.Struct("!8sIIII64s")
_MAGIC = b"MEI\014\013\012\013\016"


@dataclass(frozen=True)
class Plan:
    """What to pack: the native files of a runtime folder, or an executable that has one beside it.

    ``upx``        path of UPX, which is not looked for on PATH: Pants has its own in a venv
    ``version``    what tells one UPX from another; only there so that another one packs anew
    ``runtime``    path of the runtime folder, or empty
    ``program``    path of the executable, or empty
    ``arguments``  arguments with which the executable ends at once, and well
    """

    upx: str
    version: str
    runtime: str
    program: str
    arguments: list[str]


@dataclass(frozen=True, order=True)
class Outcome:
    """What became of a file, by its path in the runtime folder, or the name of the executable.

    ``before`` and ``after`` are bytes. ``reason`` says why it stays as it was; it is empty if it is
    packed.
    """

    path: str
    before: int
    after: int
    reason: str


@dataclass(frozen=True)
class Result:
    """All outcomes, sorted. If the program does not start over the packed runtime folder, with its
    own executable as it was, ``problem`` says how it ends; else it is empty."""

    outcomes: tuple[Outcome, ...]
    problem: str

    def write(self, folder: Path) -> None:
        """Write it into *folder*."""
        text = json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False)
        (folder / RESULT).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def parse(cls, text: bytes) -> Result:
        """The result from its JSON *text*."""
        content = json.loads(text)
        return cls(tuple(Outcome(**each) for each in content["outcomes"]), content["problem"])


def check_version(text: str) -> None:
    """Raise `errors.SandboxError` unless *text*, what ``upx --version`` prints, is of a UPX that
    packs today's libraries: 3.9 crashes on them."""
    found = re.match(r"upx (\d+)\.(\d+)\S*", text)
    if not found or (int(found[1]), int(found[2])) < _OLDEST:
        version = found[0] if found else "a program that does not tell its version"
        raise errors.SandboxError(
            f"`upx` on the executable search path is {version}, and it takes UPX "
            f"{'.'.join(map(str, _OLDEST))} or newer; install that, or choose another `compression`"
        )


def _last_line(output: str) -> str:
    # Where the sandbox is says nothing of a file.
    lines = output.replace(os.getcwd() + os.sep, "").strip().splitlines()
    return lines[-1].strip() if lines else ""


def _run(command: list[str], environment: dict[str, str], folder: Path) -> tuple[str, str]:
    """How *command* in *folder* ended, empty if it ended well, and the last line of its output."""
    # Not a pipe, which what the command leaves behind would keep open.
    with tempfile.TemporaryFile(dir=_WORK) as output:
        try:
            status = subprocess.run(
                command,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_TIMEOUT,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return f"no end after {_TIMEOUT:.0f} seconds", ""
        except OSError as error:
            return f"cannot be run: {error.strerror}", ""
        output.seek(0)
        line = _last_line(output.read().decode("utf-8", "replace"))
    if status < 0:
        return f"signal {signal.Signals(-status).name}", line
    return (f"exit code {status}" if status else ""), line


def _sentence(ending: str, line: str) -> str:
    return f"{ending}: {line}" if ending and line else ending


def _load_problem(runtime: Path, name: str) -> str:
    """Why the library *name* in *runtime* cannot be loaded by itself; empty if it can be."""
    environment = {**os.environ, "LD_LIBRARY_PATH": str(runtime.resolve())}
    command = [sys.executable, "-I", "-S", "-c", _LOAD, str((runtime / name).resolve())]
    return _sentence(*_run(command, environment, Path()))


def _start_problem(program: Path, arguments: list[str]) -> str:
    """Why *program* does not end well with *arguments*; empty if it does."""
    command = [str(program.resolve()), *arguments]
    return _sentence(*_run(command, {"HOME": str(_HOME.resolve())}, _HOME))


def _pack(upx: str, source: Path, target: Path, options: tuple[str, ...]) -> str:
    """Pack *source* as the file *target*. The reason why that does not work, or nothing."""
    shutil.copyfile(source, target)
    # It packs what may be executed, and shared libraries.
    target.chmod(0o755)
    ending, line = _run([upx, "-qq", *options, str(target)], {}, Path())
    if ending:
        # "upx: PATH: NameOfException: what is wrong"
        what = line.rpartition(f"{target.name}: ")[2]
        return f"UPX does not pack it: {what or ending}"
    if not target.is_file() or target.stat().st_size >= source.stat().st_size:
        return "it does not get smaller"
    return ""


def _native_files(runtime: Path) -> list[str]:
    """The paths in *runtime* of native files, sorted."""
    found = []
    for path in sorted(runtime.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with open(path, "rb") as file:
                if file.read(4).startswith(_NATIVE):
                    found.append(path.relative_to(runtime).as_posix())
    return found


def _pack_library(upx: str, runtime: Path, packed: Path, name: str) -> str:
    """Pack the file *name* of *runtime* into *packed*, where all files are there already. The
    reason why it stays as it was, or nothing."""
    source, place, trial = runtime / name, packed / name, _WORK / "trial"
    if source.stat().st_size < _SMALL:
        return f"smaller than {_SMALL // 1024} KiB"
    if _QT_PLUGIN in source.read_bytes():
        return "a plugin of Qt, which reads what it is from the file"
    reason = _pack(upx, source, trial, _LIBRARY)
    if not reason and _load_problem(runtime, name):
        reason = "nothing proves it, for it does not load by itself"
    if reason:
        return reason
    trial.chmod(source.stat().st_mode)
    original = _WORK / "original"
    os.replace(place, original)
    os.replace(trial, place)
    problem = _load_problem(packed, name)
    if problem:
        os.replace(original, place)
        return f"packed, it does not load: {problem}"
    original.unlink()
    return ""


def _outcome(path: str, before: Path, after: Path, reason: str) -> Outcome:
    return Outcome(path, before.stat().st_size, after.stat().st_size, reason)


def pack_libraries(upx: str, runtime: Path, packed: Path) -> tuple[Outcome, ...]:
    """Make *packed* of *runtime*, with native files packed where they load after that."""
    shutil.copytree(runtime, packed, symlinks=True, copy_function=os.link)
    reasons = {name: _pack_library(upx, runtime, packed, name) for name in _native_files(runtime)}
    # A library was proven beside some that were not yet packed.
    for name in [name for name, reason in reasons.items() if not reason]:
        problem = _load_problem(packed, name)
        if problem:
            shutil.rmtree(packed)
            shutil.copytree(runtime, packed, symlinks=True, copy_function=os.link)
            why = f"with all others packed, {name} does not load: {problem}"
            reasons = {each: reason or why for each, reason in reasons.items()}
            break
    return tuple(
        _outcome(name, runtime / name, packed / name, why) for name, why in reasons.items()
    )


def split(executable: bytes) -> tuple[bytes, bytes]:
    """The bootloader and the package that follows it, which is empty if there is none."""
    cookie = executable.rfind(_MAGIC)
    if cookie < 0:
        return executable, b""
    length = _COOKIE.unpack_from(executable, cookie)[1]
    start = cookie + _COOKIE.size - length
    return executable[:start], executable[start:]


def pack_program(upx: str, program: Path, arguments: list[str], packed: Path) -> Result:
    """Make *packed* of the executable *program* beside it, packed if it works after that.

    Only the bootloader is packed: it looks for the package in its own file, as it is.
    """
    bootloader, package = split(program.read_bytes())
    plain, trial = _WORK / "bootloader", _WORK / "trial"
    plain.write_bytes(bootloader)
    reason = _pack(upx, plain, trial, _EXECUTABLE)
    # It finds the runtime folder beside itself.
    original = program.with_name(f"{program.name}.original")
    os.replace(program, original)
    if not reason:
        program.write_bytes(trial.read_bytes() + package)
        program.chmod(0o755)
        reason = _start_problem(program, arguments)
        reason = reason and f"packed, it does not run: {reason}"
    problem = ""
    if reason:
        program.unlink(missing_ok=True)
        shutil.copy2(original, program)
        problem = _start_problem(program, arguments)
    shutil.copy2(program, packed)
    return Result((_outcome(program.name, original, packed, reason),), problem)


def main(plan_path: str) -> None:
    """Pack what the JSON file *plan_path* says."""
    plan = Plan(**json.loads(Path(plan_path).read_bytes()))
    for folder in (OUTPUT, _WORK, _HOME):
        folder.mkdir()
    upx = os.path.abspath(plan.upx)
    version = subprocess.run(
        [upx, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    check_version(version.stdout.decode("utf-8", "replace"))
    packed = OUTPUT / PACKED
    if plan.program:
        packed.mkdir()
        program = Path(plan.program)
        result = pack_program(upx, program, plan.arguments, packed / program.name)
    else:
        result = Result(pack_libraries(upx, Path(plan.runtime), packed), "")
    result.write(OUTPUT)


if __name__ == "__main__":
    errors.run(main, sys.argv)
