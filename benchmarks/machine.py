"""The machine and the tools that figures were taken with."""

from __future__ import annotations

import ctypes
import datetime
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from build import Failure

# What Qt takes from the system: library, and the package of Debian that has it.
_QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
}


def describe(tools: Sequence[str]) -> str:
    """One sentence: day, processor, memory, system and versions, with those of *tools*."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"Measured {datetime.date.today()} on {platform.machine()}, {os.cpu_count()} cores "
        f"({_processor()}), {memory:.0f} GiB of memory, {_system()}, with "
        f"{', '.join([python, *tools])}."
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "processor of unknown name")


def _system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())


def require_qt() -> None:
    """Fail if the system lacks a library that Qt needs to start."""
    missing = _missing(_QT_LIBRARIES)
    if missing:
        raise Failure(f"Qt needs system libraries; on Debian: apt install {' '.join(missing)}")


def _missing(libraries: Mapping[str, str]) -> list[str]:
    """The packages of those *libraries* that cannot be loaded."""
    packages = []
    for library, package in libraries.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            packages.append(package)
    return packages
