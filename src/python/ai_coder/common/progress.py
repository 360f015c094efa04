"""Progress of long work: a bar for people, JSON lines for the desktop UI, nothing for pipes.

One JSON line on standard error is
``{"progress": {"label": str, "done": int, "total": int | null}}``, with ``"note": str`` beside
``"total"`` if there is more to say.
"""

from __future__ import annotations

import json
import sys
import time
from types import TracebackType
from typing import TextIO

MODES = ("auto", "json", "none")
_BAR_WIDTH = 24
_REDRAW_SECONDS = 0.1


class Progress:
    """Reports how much of *total* units of work is done; use as a context manager.

    *mode* is one of `MODES`; ``auto`` draws a bar only where *stream* is a terminal.
    *total* is ``None`` while the amount of work is unknown. *note* is shown after the bar: a few
    words on how the work goes, empty for none.
    """

    def __init__(
        self, label: str, total: int | None = None, mode: str = "auto", stream: TextIO | None = None
    ) -> None:
        if mode not in MODES:
            raise ValueError(f"progress mode must be one of {MODES}, not {mode!r}")
        self.label = label
        self.total = total
        self.done = 0
        self.note = ""
        self._stream = stream if stream is not None else sys.stderr
        # There is no standard error where it was closed before the start.
        self._draws_bar = mode == "auto" and self._stream is not None and self._stream.isatty()
        self._writes_json = mode == "json" and self._stream is not None
        self._last_shown = float("-inf")
        self._drawn = 0

    def __enter__(self) -> Progress:
        self._show(force=True)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._show(force=True)
        if self._draws_bar:
            print(file=self._stream)

    def advance(self, units: int = 1, note: str = "") -> None:
        """Count *units* of work as done, and show *note* until the next units."""
        self.done += units
        self.note = note
        self._show(force=self.done == self.total)

    def _show(self, force: bool) -> None:
        if not (self._draws_bar or self._writes_json):
            return
        now = time.monotonic()
        if not force and now - self._last_shown < _REDRAW_SECONDS:
            return
        self._last_shown = now
        if self._writes_json:
            state = {"label": self.label, "done": self.done, "total": self.total}
            if self.note:
                state["note"] = self.note
            print(json.dumps({"progress": state}), file=self._stream, flush=True)
        else:
            line = f"{self._bar()} {self.note}".rstrip()
            # A shorter line must cover the longer one before it.
            print(f"\r{line:<{self._drawn}}", end="", file=self._stream, flush=True)
            self._drawn = len(line)

    def _bar(self) -> str:
        if not self.total:
            return f"{self.label}: {self.done}"
        filled = min(_BAR_WIDTH, _BAR_WIDTH * self.done // self.total)
        return (
            f"{self.label} [{'#' * filled}{'.' * (_BAR_WIDTH - filled)}] {self.done}/{self.total}"
        )
