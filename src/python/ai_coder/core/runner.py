"""Runs one component at a time as a process of its own, and tells what it does."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from PyQt6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, pyqtSignal

from ai_coder.core.feed import Decoder, Progress, ProgressFilter

GRACE_SECONDS = 3.0
_log = logging.getLogger(__name__)


class Stream(Enum):
    """Where a component wrote something."""

    OUT = "out"
    ERR = "err"


@dataclass(frozen=True)
class Outcome:
    """How a run ended: with an exit *code*, by a *signal*, or with an *error* before it began."""

    seconds: float
    stopped: bool = False
    code: int | None = None
    signal: int | None = None
    error: str = ""


class Runner(QObject):
    """Runs a command without blocking; `written`, `progressed` and `ended` tell of it."""

    written = pyqtSignal(Stream, str)
    progressed = pyqtSignal(Progress)
    ended = pyqtSignal(Outcome)

    def __init__(self, parent: QObject | None = None, grace: float = GRACE_SECONDS) -> None:
        super().__init__(parent)
        self._grace = grace
        self._process: QProcess | None = None
        self._pid = 0
        self._stopped = False
        self._started = 0.0
        self._kill_timer = QTimer(self)
        self._kill_timer.setSingleShot(True)
        self._kill_timer.timeout.connect(self._kill)
        self._decoders = {stream: Decoder() for stream in Stream}
        self._filter = ProgressFilter()

    @property
    def running(self) -> bool:
        """Whether a process is under way."""
        return self._process is not None

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start *command*; `ended` tells of every end, also of one before the start."""
        if self.running:
            raise RuntimeError("a component is running already")
        self._stopped = False
        self._decoders = {stream: Decoder() for stream in Stream}
        self._filter = ProgressFilter()
        process = QProcess(self)
        variables = QProcessEnvironment()
        for name, value in environment.items():
            variables.insert(name, value)
        # Otherwise Python keeps back what it writes to a pipe, and on Windows encodes it locally.
        variables.insert("PYTHONUNBUFFERED", "1")
        variables.insert("PYTHONIOENCODING", "utf-8")
        process.setProcessEnvironment(variables)
        process.setStandardInputFile(QProcess.nullDevice())
        if os.name == "posix":
            # A session of its own, so that what the component starts can be stopped with it.
            parameters = QProcess.UnixProcessParameters()
            parameters.flags = QProcess.UnixProcessFlag.CreateNewSession
            process.setUnixProcessParameters(parameters)
        process.readyReadStandardOutput.connect(lambda: self._read(Stream.OUT))
        process.readyReadStandardError.connect(lambda: self._read(Stream.ERR))
        process.finished.connect(self._finish)
        process.errorOccurred.connect(self._fail)
        self._process = process
        self._started = time.monotonic()
        _log.info("starting %s", command)
        process.start(command[0], list(command[1:]))
        # The process object forgets its id at the end, but its descendants are found by it.
        self._pid = process.processId() if self.running else 0

    def stop(self) -> None:
        """Ask the process to end, and end it if it has not after the grace period."""
        if self._process is None or self._stopped:
            return
        self._stopped = True
        if not self._signal_all("SIGTERM"):
            self._process.terminate()
        self._kill_timer.start(round(self._grace * 1000))

    def close(self) -> None:
        """End the process and wait for it; afterwards nothing of it is left."""
        if self._process is None:
            return
        self.stop()
        if not self._process.waitForFinished(round(self._grace * 1000)) and self.running:
            self._kill()
            self._process.waitForFinished(-1)

    def _kill(self) -> None:
        if self._process is None:
            return
        if sys.platform == "win32":
            # Also what the process has started, for which Windows has no signal.
            QProcess.execute("taskkill", ["/T", "/F", "/PID", str(self._pid)])
        self._signal_all("SIGKILL")
        self._process.kill()

    def _signal_all(self, name: str) -> bool:
        """Send a signal to the process and all that it started; whether there was any."""
        if sys.platform == "win32" or not self._pid:
            return False
        try:
            os.killpg(self._pid, signal.Signals[name])
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def _read(self, stream: Stream, final: bool = False) -> None:
        process = self._process
        if process is None:
            return
        data = (
            process.readAllStandardOutput()
            if stream is Stream.OUT
            else process.readAllStandardError()
        )
        text = self._decoders[stream].feed(data.data(), final)
        progress: list[Progress] = []
        if stream is Stream.ERR:
            text, progress = self._filter.feed(text)
            if final:
                held, last = self._filter.close()
                text, progress = text + held, progress + last
        if progress:
            # Only the latest is worth drawing.
            self.progressed.emit(progress[-1])
        if text:
            self.written.emit(stream, text)

    def _finish(self, code: int, status: QProcess.ExitStatus) -> None:
        for stream in Stream:
            self._read(stream, final=True)
        # On Windows a crash is an exit code like any other.
        crashed = status is QProcess.ExitStatus.CrashExit and os.name == "posix"
        self._end(code=None if crashed else code, signal=code if crashed else None)

    def _fail(self, error: QProcess.ProcessError) -> None:
        # Every other error comes with an end of its own.
        if self._process is not None and error is QProcess.ProcessError.FailedToStart:
            self._end(error=self._process.errorString())

    def _end(self, code: int | None = None, signal: int | None = None, error: str = "") -> None:
        process, self._process = self._process, None
        if process is None:
            return
        self._kill_timer.stop()
        if self._stopped:
            self._signal_all("SIGKILL")
        process.deleteLater()
        outcome = Outcome(
            time.monotonic() - self._started, self._stopped, code=code, signal=signal, error=error
        )
        _log.info("ended: %s", outcome)
        self.ended.emit(outcome)
