"""Where a component puts its result: a file, whole or not at all, or standard output."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ai_coder.common.cli import write_out
from ai_coder.common.errors import InputError


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write *content*, text as UTF-8, to *path*; a reader sees the old file or the new one whole.

    Missing parent folders are made. Raises `InputError` where the file cannot be written.
    """
    if isinstance(content, str):
        content = content.encode("utf-8", errors="backslashreplace")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target, because a rename is atomic only within one file system.
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    except OSError as error:
        raise _cannot_write(path, error) from error
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        part.chmod(_permissions(path))
        part.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def publish(text: str, output: Path | None) -> None:
    """Write *text* to the file *output*, or where that is ``None`` to standard output.

    Raises `InputError` where that is not possible.
    """
    if output is not None:
        write_atomically(output, text)
        return
    write_out(text)


def _permissions(path: Path) -> int:
    """Those of the file replaced, or of any new file (`mkstemp` makes it private)."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _cannot_write(path: Path, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError(f"cannot write {path}: {reason}; choose another place for the output")
