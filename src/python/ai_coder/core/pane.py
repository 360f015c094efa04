"""The pane that shows what a component writes."""

from __future__ import annotations

from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QColor, QFont, QFontDatabase, QTextCharFormat, QTextCursor
from PyQt6.QtWidgets import QPlainTextEdit, QWidget

from ai_coder.core.runner import Stream

MAX_LINES = 10_000
MAX_LINE_LENGTH = 4_000
_MAX_PENDING = 1_000_000
_REDRAW_MILLISECONDS = 40
# Legible on white as well as on black, so that a change of the theme needs no new colours.
_ERROR_COLOUR = QColor("#d9541e")
_NOTE_COLOUR = QColor("#3584a6")


class OutputPane(QPlainTextEdit):
    """Shows the latest lines of output; standard error is coloured, notes are bold.

    Output is collected and drawn some times a second, so that a component that writes without end
    neither blocks the window nor fills the memory.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setMaximumBlockCount(MAX_LINES)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setPlaceholderText("The output of the component appears here.")
        self.setAccessibleName("Output")
        self.setUndoRedoEnabled(False)
        self._pending: list[tuple[Stream | None, str]] = []
        self._pending_length = 0
        self._column = 0
        self._last: Stream | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REDRAW_MILLISECONDS)
        self._timer.timeout.connect(self.flush)

    def write(self, stream: Stream, text: str) -> None:
        """Add output of *stream*."""
        self._add(stream, text)

    def note(self, text: str) -> None:
        """Add a line of the application's own."""
        self._add(None, f"{text}\n")

    def reset(self) -> None:
        """Remove everything, also what is not drawn yet."""
        self._pending.clear()
        self._pending_length = self._column = 0
        self.clear()

    def flush(self) -> None:
        """Draw what was collected."""
        self._timer.stop()
        pending, self._pending, self._pending_length = self._pending, [], 0
        if not pending:
            return
        bar = self.verticalScrollBar()
        follows = bar is None or bar.value() >= bar.maximum() - 1
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for stream, text in pending:
            # Streams do not share a line.
            start = "\n" if stream is not self._last and self._column else ""
            self._last = stream
            cursor.insertText(self._fold(start + text), _FORMATS[stream])
        cursor.endEditBlock()
        if follows and bar is not None:
            bar.setValue(bar.maximum())

    def _add(self, stream: Stream | None, text: str) -> None:
        if self._pending and self._pending[-1][0] is stream and len(self._pending[-1][1]) < 65_536:
            self._pending[-1] = (stream, self._pending[-1][1] + text)
        else:
            self._pending.append((stream, text))
        self._pending_length += len(text)
        while self._pending_length > _MAX_PENDING and len(self._pending) > 1:
            # Would scroll out at once.
            self._pending_length -= len(self._pending.pop(0)[1])
        if not self._timer.isActive():
            self._timer.start()

    def _fold(self, text: str) -> str:
        """The lines of *text* that can stay, none of them too long to lay out."""
        result: list[str] = []
        for number, line in enumerate(text.split("\n")[-MAX_LINES:]):
            if number:
                result.append("\n")
                self._column = 0
            rest = line
            while self._column + len(rest) > MAX_LINE_LENGTH:
                room = MAX_LINE_LENGTH - self._column
                result += (rest[:room], "\n")
                rest, self._column = rest[room:], 0
            result.append(rest)
            self._column += len(rest)
        return "".join(result)


def _format(colour: QColor | None, bold: bool = False) -> QTextCharFormat:
    result = QTextCharFormat()
    if colour is not None:
        result.setForeground(colour)
    if bold:
        result.setFontWeight(QFont.Weight.Bold)
    return result


_FORMATS: dict[Stream | None, QTextCharFormat] = {
    Stream.OUT: _format(None),
    Stream.ERR: _format(_ERROR_COLOUR),
    None: _format(_NOTE_COLOUR, bold=True),
}
