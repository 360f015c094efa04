"""The platforms that programs are built on and for."""

from __future__ import annotations

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
