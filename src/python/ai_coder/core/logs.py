"""Logging of the desktop application: to standard error, and to a file that stays small."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from ai_coder.common.paths import home, user_cache

LEVELS = ("debug", "info", "warning", "error")
DEFAULT_LEVEL = "warning"
FILE_NAME = "ai-coder-core.log"
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_MAX_BYTES = 1_000_000
_BACKUPS = 3

_installed: list[logging.Handler] = []


def setup_logging(level: str = DEFAULT_LEVEL, folder: Path | None = None) -> Path | None:
    """Log from *level* on and return the log file, or ``None`` where none can be written.

    The file is in *folder*; by default in ``logs`` of the distribution or, where that is read-only,
    in the user's cache. Calling this again replaces the earlier setup.
    """
    root = logging.getLogger()
    while _installed:
        handler = _installed.pop()
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level.upper())
    if sys.stderr is not None:
        _install(logging.StreamHandler(sys.stderr))
    for candidate in (folder,) if folder else (home() / "logs", user_cache() / "ai-coder" / "logs"):
        try:
            candidate.mkdir(parents=True, exist_ok=True)
            file = RotatingFileHandler(
                candidate / FILE_NAME, maxBytes=_MAX_BYTES, backupCount=_BACKUPS, encoding="utf-8"
            )
        except OSError:
            continue
        _install(file)
        return candidate / FILE_NAME
    logging.getLogger(__name__).warning("no log file: no folder for it can be written")
    return None


def _install(handler: logging.Handler) -> None:
    handler.setFormatter(logging.Formatter(_FORMAT))
    logging.getLogger().addHandler(handler)
    _installed.append(handler)
