from __future__ import annotations

import ctypes
import json
import os
import shlex
import shutil
import struct
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from pants_freeze.sandbox import errors, upx
from pants_freeze.sandbox.upx import Outcome, Plan, Result

VERSION = "upx 4.2.2\nUCL data compression library 1.03\n"

# A `upx` that leaves out what programs do not need: of a library the table of its sections, which
# comes last, of a script its comments.
PACKS = """
data = open(path, "rb").read()
if data.startswith(b"\\x7fELF"):
    assert options == ["-9"]
    write(data[:int.from_bytes(data[40:48], "little")])
else:
    assert options == ["--best", "--lzma"]
    write(b"\\n".join(line for line in data.split(b"\\n") if not line.startswith(b"# ")))
"""
BREAKS = 'write(open(path, "rb").read(4096))'
GROWS = 'data = open(path, "rb").read(); write(data + data)'
REFUSES = 'print(f"upx: {path}: NotCompressibleException"); sys.exit(1)'
CRASHES = "os.kill(os.getpid(), signal.SIGSEGV)"

FAKE = """
import os, signal, sys
*options, path = sys.argv[1:]
def write(data):
    with open(path, "wb") as file:
        file.write(data)
if path == "--version":
    print({version!r}, end="")
    sys.exit(0)
assert options.pop(0) == "-qq"
{pack}
"""

# What a bootloader is: it finds its package in its own file, and the runtime folder beside itself.
PROGRAM = """\
#!/bin/sh
# {padding}
here=$(dirname "$0")
test "$1" = --version || exit 3
test -f "$here/runtime/library.so" || exit 4
tail -c 93 "$0" | head -c 5 | grep -q bytes || exit 5
echo 1.0; exit 0
"""


@pytest.fixture(autouse=True)
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def install(pack: str, version: str = VERSION) -> None:
    """Make a UPX that does *pack*."""
    tools = Path("tools")
    tools.mkdir()
    code = tools / "upx.py"
    code.write_text(FAKE.format(version=version, pack=pack), encoding="utf-8")
    fake = tools / "upx"
    command = shlex.join([sys.executable, "-S", str(code.resolve())])
    fake.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    fake.chmod(0o755)


def library(path: str) -> bytes:
    """Copy a native library of the system that loads by itself to *path*; its bytes."""
    ctypes.CDLL("libz.so.1")
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    source = next(line.split()[-1] for line in maps if "/libz." in line)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return target.read_bytes()


def package(content: bytes) -> bytes:
    """*content* as PyInstaller ends a package."""
    length = len(content) + 88
    return content + struct.pack("!8sIIII64s", b"MEI\014\013\012\013\016", length, 0, 0, 311, b"x")


def run(
    runtime: str = "", program: str = "", arguments: tuple[str, ...] = (), tool: str = "tools/upx"
) -> Result:
    """The result of the program, run as the stage runs it."""
    plan = Path("plan.json")
    plan.write_text(json.dumps(asdict(Plan(tool, "id", runtime, program, list(arguments)))))
    upx.main(str(plan))
    return Result.parse(Path("upx/result.json").read_bytes())


# --- Libraries -----------------------------------------------------------------------------------


def test_a_library_is_packed_and_the_rest_is_there() -> None:
    install(PACKS)
    before = library("runtime/p/a.so")
    Path("runtime/p/data.txt").write_text("text")
    Path("runtime/link.so").symlink_to("p/a.so")
    Path("runtime/p/a.so").chmod(0o640)
    found = run("runtime")
    after = Path("upx/packed/p/a.so").read_bytes()
    assert found == Result((Outcome("p/a.so", len(before), len(after), ""),), "")
    assert len(after) < len(before)
    assert Path("upx/packed/p/a.so").stat().st_mode & 0o777 == 0o640
    assert Path("upx/packed/p/data.txt").read_text() == "text"
    assert os.readlink("upx/packed/link.so") == "p/a.so"
    assert Path("runtime/p/a.so").read_bytes() == before


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        pytest.param(BREAKS, "packed, it does not load: ", id="breaks"),
        pytest.param(GROWS, "it does not get smaller", id="grows"),
        pytest.param("os.unlink(path)", "it does not get smaller", id="nothing left"),
        pytest.param(REFUSES, "UPX does not pack it: NotCompressibleException", id="refuses"),
        pytest.param(CRASHES, "UPX does not pack it: signal SIGSEGV", id="crashes"),
    ],
)
def test_a_library_stays_as_it_was(tmp_path: Path, pack: str, reason: str) -> None:
    install(pack)
    before = library("runtime/a.so")
    (outcome,) = run("runtime").outcomes
    assert outcome.reason.startswith(reason)
    assert str(tmp_path) not in outcome.reason
    assert (outcome.before, outcome.after) == (len(before), len(before))
    assert Path("upx/packed/a.so").read_bytes() == before


def test_a_library_that_needs_its_host_is_not_packed() -> None:
    install(PACKS)
    before = library("runtime/a.so").replace(b"libc.so.6\0", b"none.so.6\0")
    Path("runtime/a.so").write_bytes(before)
    (outcome,) = run("runtime").outcomes
    assert outcome.reason == "nothing proves it, for it does not load by itself"
    assert Path("upx/packed/a.so").read_bytes() == before


def test_plugins_of_qt_are_not_packed() -> None:
    install(PACKS)
    library("runtime/a.so")
    with open("runtime/a.so", "ab") as file:
        file.write(b"\0.note.qt.metadata\0")
    (outcome,) = run("runtime").outcomes
    assert outcome.reason == "a plugin of Qt, which reads what it is from the file"


def test_only_native_files_that_are_not_small_are_tried() -> None:
    install("sys.exit(99)")
    Path("runtime").mkdir()
    Path("runtime/small.so").write_bytes(b"\x7fELF" + bytes(32_000))
    Path("runtime/text.so").write_bytes(b"text" * 100_000)
    Path("runtime/empty.so").write_bytes(b"")
    size = 32_004
    assert run("runtime") == Result((Outcome("small.so", size, size, "smaller than 32 KiB"),), "")


def test_all_are_put_back_where_they_do_not_load_together(monkeypatch: pytest.MonkeyPatch) -> None:
    install(PACKS)
    before = library("runtime/a.so")
    library("runtime/b.so")
    loaded: list[str] = []

    def load_problem(runtime: Path, name: str) -> str:
        loaded.append(name)
        return "exit code 1" if loaded.count("a.so") == 3 else ""

    monkeypatch.setattr(upx, "_load_problem", load_problem)
    why = "with all others packed, a.so does not load: exit code 1"
    assert [each.reason for each in run("runtime").outcomes] == [why, why]
    assert Path("upx/packed/a.so").read_bytes() == before
    assert Path("upx/packed/b.so").read_bytes() == before


# --- The executable ------------------------------------------------------------------------------


def executable() -> bytes:
    """Write the executable and what it needs; its bytes."""
    library("runtime/library.so")
    before = PROGRAM.format(padding="x" * 9000).encode() + package(b"bytes")
    Path("program").write_bytes(before)
    Path("program").chmod(0o755)
    return before


def test_the_bootloader_is_packed_and_the_package_is_not() -> None:
    install(PACKS)
    before = executable()
    found = run("", "program", ("--version",))
    packed = Path("upx/packed/program")
    after = packed.read_bytes()
    assert found == Result((Outcome("program", len(before), len(after), ""),), "")
    assert len(after) < len(before)
    assert after.endswith(package(b"bytes"))
    assert os.access(packed, os.X_OK)
    assert os.listdir("upx/packed") == ["program"]


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        (
            'write(b"#!/bin/sh\\necho wrong; exit 7\\n")',
            "packed, it does not run: exit code 7: wrong",
        ),
        ('write(b"#!/bin/sh\\nkill -SEGV $$\\n")', "packed, it does not run: signal SIGSEGV"),
        ('write(b"nothing")', "packed, it does not run: "),
        (GROWS, "it does not get smaller"),
        (CRASHES, "UPX does not pack it: signal SIGSEGV"),
    ],
)
def test_the_executable_stays_as_it_was(pack: str, reason: str) -> None:
    install(pack)
    before = executable()
    found = run("", "program", ("--version",))
    assert found.outcomes[0].reason.startswith(reason)
    assert found.problem == ""
    assert Path("upx/packed/program").read_bytes() == before
    assert os.access("upx/packed/program", os.X_OK)


def test_a_program_that_does_not_run_over_its_packed_runtime() -> None:
    install(PACKS)
    before = executable()
    Path("runtime/library.so").unlink()
    found = run("", "program", ("--version",))
    assert found.problem == "exit code 4"
    assert found.outcomes[0].reason == "packed, it does not run: exit code 4"
    assert Path("upx/packed/program").read_bytes() == before


def test_a_program_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    install('write(b"#!/bin/sh\\nexec sleep 60\\n")')
    monkeypatch.setattr(upx, "_TIMEOUT", 0.5)
    executable()
    (outcome,) = run("", "program", ("--version",)).outcomes
    assert outcome.reason.startswith("packed, it does not run: no end after ")


@pytest.mark.parametrize("tail", [b"", b"\0" * 16])
def test_split(tail: bytes) -> None:
    boot = b"\x7fELF" + bytes(100)
    assert upx.split(boot + package(b"content") + tail) == (boot, package(b"content") + tail)


def test_split_without_a_package() -> None:
    assert upx.split(b"\x7fELF") == (b"\x7fELF", b"")


# --- Version -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["upx 4.2.0\n", "upx 4.2.2\nCopyright", "upx 5.0.1", "upx 10.1"])
def test_versions_that_do(text: str) -> None:
    upx.check_version(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("upx 3.96\n", "is upx 3.96, "),
        ("upx 4.1.0-git\n", "is upx 4.1.0-git, "),
        ("", "a program that does not tell its version"),
        ("sh: upx: broken\n", "a program that does not tell its version"),
    ],
)
def test_versions_that_do_not(text: str, named: str) -> None:
    with pytest.raises(errors.SandboxError) as raised:
        upx.check_version(text)
    assert named in str(raised.value)
    assert "UPX 4.2 or newer; install that" in str(raised.value)


def test_one_that_is_too_old_packs_nothing() -> None:
    install("sys.exit(99)", "upx 3.94\n")
    library("runtime/a.so")
    with pytest.raises(errors.SandboxError, match=r"is upx 3\.94, and it takes UPX 4\.2 or newer"):
        run("runtime")
    assert not Path("upx/result.json").exists()


# --- The real one --------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("upx"), reason="upx is not installed")
def test_the_real_one_makes_the_same_bytes_each_time(tmp_path: Path) -> None:
    real = shutil.which("upx")
    assert real
    made = []
    for name in ("a", "another/folder"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        os.chdir(folder)
        before = library("runtime/a.so")
        assert [each.reason for each in run("runtime", tool=real).outcomes] == [""]
        made.append(Path("upx/packed/a.so").read_bytes())
    assert made[0] == made[1]
    assert len(made[0]) < len(before)
    load = "import ctypes, sys; print(ctypes.CDLL(sys.argv[1]).crc32(0, b'123456789', 9) % 2**32)"
    found = subprocess.run(
        [sys.executable, "-c", load, "upx/packed/a.so"],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    assert int(found.stdout) == 0xCBF43926
