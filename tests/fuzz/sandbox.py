"""Fuzz targets of the sandbox programs: each takes bytes, and raises only if something is wrong."""

from __future__ import annotations

import contextlib
import struct
import warnings

from pants_freeze.sandbox import errors, icu, imports, start, trim


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def source(data: bytes) -> None:
    """Source of Python."""
    with warnings.catch_warnings(), contextlib.suppress(errors.SandboxError):
        warnings.simplefilter("ignore")
        list(imports.imported_names(data, "a.b", False, "a/b.py"))


def trim_list(data: bytes) -> None:
    """A trim list."""
    with contextlib.suppress(ValueError):
        rules = trim.Trim(trim.parse(_text(data)))
        rules.drops_file("a/b/c")
        rules.drops_module("a.b.c")


def icu_data(data: bytes) -> None:
    """Data of ICU, alone and in a library."""
    with contextlib.suppress(ValueError, IndexError, struct.error):
        icu.Package.parse(data)
    with contextlib.suppress(ValueError):
        icu.filtered(b"\x7fELF\x02\x01" + data)


def trace(data: bytes) -> None:
    """A trace of imports."""
    start.import_tree(_text(data))
