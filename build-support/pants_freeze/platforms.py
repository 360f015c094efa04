"""The platforms that programs are built on and for."""

from __future__ import annotations

import re

OPERATING_SYSTEMS = ("linux", "macos", "windows")
ARCHITECTURES = ("x86_64", "arm64")


def mismatch(name: str, wanted: str, actual: str) -> str:
    """What is wrong if the *name* ("system", "architecture") is to be *wanted* and is *actual*.

    Empty if nothing is; "auto" is any.
    """
    if wanted in ("auto", actual):
        return ""
    return (
        f"the program is for the {name} {wanted!r}, and this build is on {actual!r}; build it "
        "there, set `environment` to a place that is, or write 'auto'"
    )


# Names of devices, with any suffix; characters that no name may have, and ends that are cut off.
_NOT_ON_WINDOWS = re.compile(
    r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?|.*[<>:\"|?*].*|.*[. ]"
)


def windows_problem(path: str) -> str:
    """What is wrong with *path*, relative with forward slashes, on Windows; empty if nothing is."""
    for name in path.split("/"):
        if _NOT_ON_WINDOWS.fullmatch(name):
            return f"{name!r} is no name of a file on Windows; write another"
    return ""
