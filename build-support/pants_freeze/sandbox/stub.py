"""Stub: the program in front of the payload of every single file, compiled for this machine.

Run as ``python -m pants_freeze.sandbox.stub PLAN``, with `ziglang` installed; PLAN is an empty JSON
object, for all that the stub depends on is its source. Writes the file ``stub``. It is linked
statically with musl on Linux, so it runs on any, and is the same wherever it is compiled.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from pants_freeze.sandbox import errors

OUTPUT = Path("stub")
_WORK = Path(".zig")
_SOURCES = Path(__file__).resolve().parents[1] / "frozen"

_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
_SYSTEMS = {"linux": "linux-musl", "darwin": "macos"}


def target(system: str, machine: str) -> str:
    """What Zig calls `sys.platform` *system* on *machine*; raises `errors.SandboxError`."""
    if system not in _SYSTEMS or machine.lower() not in _MACHINES:
        raise errors.SandboxError(
            f'`layout="onefile"` is not there on {"Windows" if system == "win32" else system} '
            f'({machine}) yet; write `layout="folder"`'
        )
    return f"{_MACHINES[machine.lower()]}-{_SYSTEMS[system]}"


def command(zig_target: str) -> list[str]:
    """The call of the compiler; it runs in the folder of the sources, for messages name them."""
    return [
        *(sys.executable, "-m", "ziglang", "build-exe", "-target", zig_target, "-lc"),
        *("-OReleaseSmall", "-fstrip", "-fsingle-threaded", "-fno-unwind-tables"),
        # Of musl, only what is used.
        *("-ffunction-sections", "-fdata-sections", "--gc-sections"),
        "decoder.zig",
        *("-cflags", "-std=c11", "-Wall", "-Wextra", "-Werror", "--", "single_file.c"),
        f"-femit-bin={OUTPUT.absolute()}",
    ]


def main(_: str) -> None:
    """Compile the stub."""
    zig_target = target(sys.platform, platform.machine())
    caches = {
        name: str((_WORK / name).absolute())
        for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")
    }
    compiled = subprocess.run(
        command(zig_target),
        cwd=_SOURCES,
        env={**os.environ, **caches},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if compiled.returncode != 0:
        messages = compiled.stdout.decode("utf-8", "replace").strip()
        raise errors.SandboxError(f"the stub of single files cannot be compiled:\n{messages}")


if __name__ == "__main__":
    errors.run(main, sys.argv)
