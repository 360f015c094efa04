"""The widgets of a form: one editor for each kind of field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ai_coder.core.forms import Field, Form, Kind, Value, Values

_ERROR_STYLE = "color: #d9541e;"
_HEIGHT = 28


class Editor(QWidget):
    """Edits the value of one field and shows below what is wrong with it."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self.error = QLabel()
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setStyleSheet(_ERROR_STYLE)
        self.error.hide()
        self.row = QHBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(self.row)
        column.addWidget(self.error)

    def place(self, widget: QWidget) -> None:
        """Show *widget* in the row; the first one gets the focus and the name of the field."""
        if self.row.count() == 0:
            self.setFocusProxy(widget)
            widget.setAccessibleName(self.field.label)
        self.row.addWidget(widget)

    def value(self) -> Value:
        """What the user entered."""
        raise NotImplementedError

    def set_value(self, value: Value) -> None:
        """Show *value*."""
        raise NotImplementedError

    def show_error(self, message: str) -> None:
        """Show what is wrong; nothing if *message* is empty."""
        self.error.setText(message)
        self.error.setVisible(bool(message))


class TextEditor(Editor):
    """A line of text."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.line = QLineEdit()
        self.line.setPlaceholderText(field.hint)
        self.line.setMinimumHeight(_HEIGHT)
        self.line.setClearButtonEnabled(True)
        self.line.textChanged.connect(lambda: self.show_error(""))
        self.place(self.line)
        self.set_value(field.default)

    def value(self) -> Value:
        """The text as entered."""
        return self.line.text()

    def set_value(self, value: Value) -> None:
        """Show *value*."""
        self.line.setText(str(value))


class PathEditor(TextEditor):
    """A path, typed or picked."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        if field.kind is Kind.PATH:
            self._add_button("File…", self.pick_file)
        if field.kind in (Kind.FOLDER, Kind.PATH):
            self._add_button("Folder…", self.pick_folder)

    def pick_file(self) -> None:
        """Let the user choose a file."""
        self._take(QFileDialog.getOpenFileName(self, self.field.label, self._start())[0])

    def pick_folder(self) -> None:
        """Let the user choose a folder."""
        self._take(QFileDialog.getExistingDirectory(self, self.field.label, self._start()))

    def _add_button(self, text: str, action: Callable[[], None]) -> None:
        button = QPushButton(text)
        button.setAccessibleName(f"{self.field.label}: choose {text.rstrip('…').lower()}")
        button.setMinimumHeight(_HEIGHT)
        button.clicked.connect(action)
        self.place(button)

    def _start(self) -> str:
        return self.line.text() or str(Path.home())

    def _take(self, path: str) -> None:
        if path:
            self.set_value(str(Path(path)))


class ChoiceEditor(Editor):
    """One of some values."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.box = QComboBox()
        self.box.setMinimumHeight(_HEIGHT)
        for value, label in field.choices:
            self.box.addItem(label, value)
        self.place(self.box)
        self.row.addStretch()
        self.set_value(field.default)

    def value(self) -> Value:
        """The value chosen."""
        return str(self.box.currentData())

    def set_value(self, value: Value) -> None:
        """Choose *value*."""
        self.box.setCurrentIndex(max(0, self.box.findData(value)))


class NumberEditor(Editor):
    """A whole number."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.box = QSpinBox()
        self.box.setRange(field.minimum, field.maximum)
        self.box.setMinimumSize(90, _HEIGHT)
        self.place(self.box)
        self.row.addStretch()
        self.set_value(field.default)

    def value(self) -> Value:
        """The number."""
        return self.box.value()

    def set_value(self, value: Value) -> None:
        """Show *value*."""
        self.box.setValue(int(value))


class FlagEditor(Editor):
    """Yes or no."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.box = QCheckBox(field.label)
        self.box.setToolTip(field.hint)
        self.place(self.box)
        self.set_value(field.default)

    def value(self) -> Value:
        """Whether it is checked."""
        return self.box.isChecked()

    def set_value(self, value: Value) -> None:
        """Check it or not."""
        self.box.setChecked(bool(value))


_EDITORS: Mapping[Kind, type[Editor]] = {
    Kind.FOLDER: PathEditor,
    Kind.PATH: PathEditor,
    Kind.URL: TextEditor,
    Kind.WORDS: TextEditor,
    Kind.CHOICE: ChoiceEditor,
    Kind.NUMBER: NumberEditor,
    Kind.FLAG: FlagEditor,
}


class FormPanel(QWidget):
    """The editors of one form."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form
        self.editors: dict[str, Editor] = {}
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(16)
        layout.setVerticalSpacing(10)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for field in form.fields:
            editor = _EDITORS[field.kind](field)
            self.editors[field.key] = editor
            if field.kind is Kind.FLAG:
                layout.addRow("", editor)
            else:
                label = QLabel(field.label)
                label.setBuddy(editor)
                label.setMinimumHeight(_HEIGHT)
                layout.addRow(label, editor)

    def values(self) -> dict[str, Value]:
        """What the user entered, by the key of the field."""
        return {key: editor.value() for key, editor in self.editors.items()}

    def set_values(self, values: Values) -> None:
        """Show *values*; fields without one keep theirs."""
        for key, value in values.items():
            self.editors[key].set_value(value)

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Show what is wrong in which field, and go to the first of them."""
        for key, editor in self.editors.items():
            editor.show_error(errors.get(key, ""))
        for key, editor in self.editors.items():
            if key in errors:
                editor.setFocus()
                return
