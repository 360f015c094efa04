"""A folder of entries that never has more than so many bytes; what was not used longest goes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOCK = ".lock"
_PART = ".part"
_DIGEST_LENGTH = 64
# New entries that are kept back to be written together: for each writing the folder is listed.
_AT_ONCE = 500


class Store:
    """Entries of bytes by key in *folder*, with at most *most* bytes in all.

    Several processes may use it at once. It only ever saves work: whatever is damaged, is not there
    or cannot be written is no error. A key is a valid file name.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most
        self._new: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        """What was put by *key*; ``None`` if it is not there, or not as it was put."""
        path = self._folder / key
        try:
            entry = path.read_bytes()
            digest, body = entry[:_DIGEST_LENGTH], entry[_DIGEST_LENGTH:]
            if digest != _digest(body):
                return None
            # Its turn to go comes anew.
            os.utime(path)
        except OSError:
            return None
        return body

    def put(self, key: str, body: bytes) -> None:
        """Have *body* there by *key*, at the latest after `flush`."""
        self._new[key] = _digest(body) + body
        if len(self._new) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what is new; before that, remove as much of what is old as there is no room for."""
        new, self._new = self._new, {}
        with suppress(OSError), _locked(self._folder / _LOCK):
            room = self._most - self._evict(sum(map(len, new.values())))
            # The last ones, if there is not room for all of them.
            for key, entry in reversed(new.items()):
                if len(entry) <= room:
                    self._write(key, entry)
                    room -= len(entry)

    def _evict(self, needed: int) -> int:
        """Remove entries until there is room for *needed* bytes; the bytes of those left."""
        entries = []
        for entry in os.scandir(self._folder):
            if entry.name.endswith(_PART):
                # Of a process that was killed: only one writes at a time.
                os.unlink(entry)
            elif entry.name != _LOCK:
                status = entry.stat(follow_symlinks=False)
                entries.append((status.st_mtime_ns, status.st_size, entry.path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total + needed <= self._most:
                break
            os.unlink(path)
            total -= size
        return total

    def _write(self, key: str, entry: bytes) -> None:
        path = self._folder / key
        with suppress(FileNotFoundError):
            # It counts already, and so it goes before its successor comes.
            path.unlink()
        part = self._folder / f"{key}{_PART}"
        part.write_bytes(entry)
        part.replace(path)


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock that the file *path* is, where the system has locks of that kind."""
    with path.open("ab") as file:
        try:
            import fcntl
        except ImportError:
            pass
        else:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
