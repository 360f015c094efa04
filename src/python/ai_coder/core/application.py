"""Starts Qt, shows the window and takes its picture."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from pathlib import Path
from types import FrameType, TracebackType

from PyQt6 import sip
from PyQt6.QtCore import (
    QBuffer,
    QEvent,
    QIODevice,
    QMessageLogContext,
    QObject,
    QSocketNotifier,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PyQt6.QtWidgets import QApplication

from ai_coder.common.components import folder
from ai_coder.common.errors import ComponentError, ExitCode
from ai_coder.common.output import write_atomically
from ai_coder.common.paths import shared
from ai_coder.common.version import __version__
from ai_coder.core.logs import DEFAULT_LEVEL, setup_logging
from ai_coder.core.settings import SettingsFile
from ai_coder.core.window import TITLE, AICoderAssistant

_FIRST_FRAME_SECONDS = 30
_log = logging.getLogger(__name__)
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    # Notes on the platform, which nobody can act on.
    QtMsgType.QtWarningMsg: logging.INFO,
    QtMsgType.QtCriticalMsg: logging.ERROR,
}


def show(log_level: str | None, screenshot: Path | None) -> int:
    """Show the window until it is closed or, with *screenshot*, until its picture is saved."""
    setup_logging(log_level or DEFAULT_LEVEL)
    sys.excepthook = _log_defect
    messages = _QtMessages()
    qInstallMessageHandler(messages)
    application = QApplication(["ai-coder-core"])
    messages.starting = False
    application.setApplicationName(TITLE)
    application.setApplicationVersion(__version__)
    window = AICoderAssistant(SettingsFile(shared("config")))
    if log_level is None and window.log_level != DEFAULT_LEVEL:
        setup_logging(window.log_level)
    application.aboutToQuit.connect(window.runner.close)
    waker = _close_on_signals(application, window)
    camera = _Camera(window, screenshot) if screenshot else None
    window.show()
    _log.info("window open; components in %s", folder())
    code = application.exec()
    waker.setEnabled(False)
    signal.set_wakeup_fd(-1)
    if camera is not None and code == ExitCode.OK:
        camera.report()
    return code


class _QtMessages:
    """Logs what Qt says; where Qt gives up, ends with one line rather than with a core dump."""

    def __init__(self) -> None:
        self.starting = True
        self._reasons: list[str] = []

    def __call__(self, kind: QtMsgType, context: QMessageLogContext, text: str | None) -> None:
        if kind is QtMsgType.QtFatalMsg:
            reasons = " ".join(" ".join([*self._reasons, text or ""]).split())
            print(f"ai-coder-core: the window cannot be shown: {reasons}", file=sys.stderr)
            sys.stderr.flush()
            # Qt aborts the process when this returns.
            os._exit(ExitCode.INPUT)
        if self.starting:
            self._reasons.append(text or "")
            return
        _log.log(_LEVELS[kind], "Qt: %s", text)


class _Camera(QObject):
    """Saves a picture of *window* to *path* once it is painted, and ends the application."""

    def __init__(self, window: AICoderAssistant, path: Path) -> None:
        super().__init__(window)
        self._window = window
        self._path = path
        self._painted = False
        self._error: ComponentError | None = ComponentError(
            f"the window was not painted within {_FIRST_FRAME_SECONDS} seconds"
        )
        self._size = ""
        window.installEventFilter(self)
        QTimer.singleShot(_FIRST_FRAME_SECONDS * 1000, self._leave)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802
        """Wait for the first frame; what it shows is complete when its event is over."""
        if event is not None and event.type() == QEvent.Type.Paint and not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._take)
        return False

    def report(self) -> None:
        """Tell what was saved, or raise what went wrong."""
        if self._error is not None:
            raise self._error
        print(f"saved {self._path} ({self._size})")

    def _take(self) -> None:
        picture = self._window.grab()
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture.save(buffer, "PNG")
        try:
            write_atomically(self._path, buffer.data().data())
            self._error = None
        except ComponentError as error:
            self._error = error
        self._size = f"{picture.width()} x {picture.height()}"
        self._leave()

    def _leave(self) -> None:
        QApplication.exit(ExitCode.OK)


def _close_on_signals(application: QApplication, window: AICoderAssistant) -> QSocketNotifier:
    """Close the window on Ctrl-C and SIGTERM, so that it leaves no component running.

    Python handles signals only between its own instructions, of which Qt runs none while it waits;
    a byte on a socket wakes it.
    """
    reader, writer = socket.socketpair()
    for end in (reader, writer):
        end.setblocking(False)
    signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    notifier = QSocketNotifier(sip.voidptr(reader.fileno()), QSocketNotifier.Type.Read, application)
    notifier.activated.connect(lambda: reader.recv(64))

    def close(number: int, frame: FrameType | None) -> None:
        window.close()
        application.exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, close)
    # The notifier uses the number of the socket only; this keeps both ends open.
    notifier.setProperty("ends", [reader, writer])
    return notifier


def _log_defect(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Log what a slot raised; without this hook PyQt would abort the process."""
    _log.critical("internal error", exc_info=(kind, error, trace))
