"""The folder in which one training keeps its state, and files that survive a loss of power."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from ai_coder.common.errors import InputError

_LOCK = "lock"


def work_folder(output: Path, name: str) -> Path:
    """The hidden folder in *output* in which the model *name* is trained."""
    return output / f".{name}.training"


class WorkFolder:
    """The `work_folder` of *name* in *output*, for one process at a time.

    Entering makes it if need be, locks it and gives its path. Leaving removes it, unless the work
    failed and the file *keep* is in it. Entering raises `InputError` where another process has the
    folder or it cannot be made.
    """

    def __init__(self, output: Path, name: str, keep: str) -> None:
        self._path = work_folder(output, name)
        self._name = name
        self._keep = keep

    def __enter__(self) -> Path:
        with writing(self._path):
            self._lock = self._acquire()
        return self._path

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        remove = exc_type is None or not (self._path / self._keep).exists()
        if remove:
            # Before the lock is given back: who waits for it then finds it gone, and makes another.
            shutil.rmtree(self._path, ignore_errors=True)
        self._lock.close()
        if remove and os.name == "nt":
            # An open file cannot be removed there.
            shutil.rmtree(self._path, ignore_errors=True)

    def _acquire(self) -> BinaryIO:
        path = self._path / _LOCK
        while True:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                file = path.open("ab")
            except FileNotFoundError:
                continue  # the process before this one has just removed the folder
            try:
                if not _lock(file):
                    raise InputError(
                        f"another trainer is at work on {self._name!r} (it holds {path}); wait for "
                        "it, or choose another --name"
                    )
                if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                    return file
            except FileNotFoundError:
                pass
            except BaseException:
                file.close()
                raise
            # The lock is of a file that has been removed since.
            file.close()


def _lock(file: BinaryIO) -> bool:
    """Lock *file* until it is closed or the process ends; whether that worked."""
    if sys.platform == "win32":
        import msvcrt

        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the failure to write *path*, or a file in it, into an `InputError`."""
    try:
        yield
    except OSError as error:
        raise _cannot_write(path, error) from error
    except RuntimeError as error:
        # torch hides the error of the file that it writes to behind one of its own.
        if not isinstance(error.__context__, OSError):
            raise
        raise _cannot_write(path, error.__context__) from error


def write_durably(path: Path, content: str | bytes) -> None:
    """Write *content*, text as UTF-8, to *path*, so that it is on the disk on return."""
    with path.open("wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        flush(file)


def flush(file: BinaryIO) -> None:
    """Bring what was written to *file* to the disk."""
    file.flush()
    os.fsync(file.fileno())


def flush_folder(path: Path) -> None:
    """Bring the names in the folder *path* to the disk, where the system can do that."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_tree(path: Path) -> None:
    """Remove the file, link or folder *path*."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _cannot_write(path: Path, error: OSError) -> InputError:
    return InputError(
        f"cannot write {path}: {error.strerror or error}; make room or choose another --output"
    )
