"""The main window: choose a component, fill in its form, run it and watch."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from PyQt6.QtCore import QByteArray, QEvent, QSize, Qt
from PyQt6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence, QPalette
from PyQt6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ai_coder.common import components
from ai_coder.common.errors import ExitCode
from ai_coder.common.paths import shared
from ai_coder.common.version import __version__
from ai_coder.core.editors import FormPanel
from ai_coder.core.feed import Progress
from ai_coder.core.forms import FormError, arguments, form_of
from ai_coder.core.logs import LEVELS, setup_logging
from ai_coder.core.pane import OutputPane
from ai_coder.core.runner import Outcome, Runner
from ai_coder.core.settings import THEMES, Settings, SettingsFile
from ai_coder.core.sidebar import Sidebar
from ai_coder.core.theme import apply as apply_theme

TITLE = "AI Coder Assistant"
_STEPS = 1000
_log = logging.getLogger(__name__)


class AICoderAssistant(QMainWindow):
    """The window of AI Coder Assistant; *settings* is where it remembers what was entered."""

    def __init__(self, settings: SettingsFile | None = None) -> None:
        super().__init__()
        self._file = settings or SettingsFile(shared("config"))
        self._settings, notice = self._file.load()
        # This window is the component that is left out.
        self._components = tuple(each for each in components.COMPONENTS if each.name != "core")
        self.runner = Runner(self)
        self.runner.progressed.connect(self._show_progress)
        self.runner.ended.connect(self._show_outcome)
        self.setWindowTitle(TITLE)
        self._build()
        self.runner.written.connect(self.pane.write)
        self._build_menus()
        self._restore(self._settings)
        self.say(notice or "Ready")
        if notice:
            _log.warning(notice)

    @property
    def log_level(self) -> str:
        """The log level that the settings ask for."""
        return self._settings.log_level

    # What the window shows

    def say(self, text: str) -> None:
        """Show *text* in the status line."""
        self.status.setText(text)

    def select(self, name: str) -> None:
        """Show the form of the component called *name*."""
        names = [component.name for component in self._components]
        if name in names:
            self.sidebar.setCurrentRow(names.index(name))

    def panel(self, name: str) -> FormPanel:
        """The form of the component called *name*."""
        return self._panels[name]

    def _build(self) -> None:
        self.sidebar = Sidebar(self._components)
        self.sidebar.currentRowChanged.connect(self._show_component)
        left = QWidget()
        left.setBackgroundRole(QPalette.ColorRole.Base)
        left.setAutoFillBackground(True)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 14, 0, 6)
        column.addWidget(_heading("Components", indent=18))
        column.addWidget(self.sidebar)

        self._form_part = QWidget()
        column = QVBoxLayout(self._form_part)
        column.setContentsMargins(20, 16, 20, 8)
        column.setSpacing(12)
        column.addLayout(self._build_header())
        self._stack = QStackedWidget()
        self._panels = {each.name: FormPanel(form_of(each.name)) for each in self._components}
        for panel in self._panels.values():
            self._stack.addWidget(panel)
        column.addWidget(self._stack)
        column.addStretch()

        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(self._form_part)
        right.addWidget(self._build_output())
        right.setStretchFactor(1, 1)
        right.setChildrenCollapsible(False)

        whole = QSplitter()
        whole.addWidget(left)
        whole.addWidget(right)
        whole.setStretchFactor(1, 1)
        whole.setSizes([250, 750])
        whole.setChildrenCollapsible(False)
        self.setCentralWidget(whole)

        self.status = _plain_label()
        bar = self.statusBar()
        assert bar is not None
        bar.addWidget(self.status, 1)
        bar.addPermanentWidget(QLabel(f"{TITLE} {__version__}"))
        bar.setContentsMargins(12, 0, 12, 0)

    def _build_header(self) -> QHBoxLayout:
        self._title = _plain_label()
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        font.setBold(True)
        self._title.setFont(font)
        self._description = _plain_label()
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._title)
        texts.addWidget(self._description)
        self.start_button = QPushButton("Start")
        self.start_button.setDefault(True)
        self.start_button.clicked.connect(self.start)
        self.stop_button = QPushButton("Stop")
        self.stop_button.clicked.connect(self.runner.stop)
        header = QHBoxLayout()
        header.addLayout(texts, 1)
        for button in (self.stop_button, self.start_button):
            button.setMinimumSize(QSize(96, 34))
            header.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return header

    def _build_output(self) -> QWidget:
        self.pane = OutputPane()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(6)
        self.progress_text = _plain_label()
        clear = QToolButton()
        clear.setText("Clear")
        clear.setAutoRaise(True)
        clear.setToolTip("Remove the output (Ctrl+L)")
        clear.clicked.connect(self.pane.reset)
        head = QHBoxLayout()
        head.addWidget(_heading("Output"))
        head.addWidget(self.progress_text, 1)
        head.addWidget(clear)
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(20, 6, 20, 12)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.progress)
        column.addWidget(self.pane)
        # It keeps its room, so that the output does not jump when a run begins.
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.progress.hide()
        return part

    def _build_menus(self) -> None:
        bar = self.menuBar()
        assert bar is not None
        file, run, view, help_ = (
            _menu(bar.addMenu(title)) for title in ("&File", "&Run", "&View", "&Help")
        )
        keys = QKeySequence.StandardKey
        self._add(file, "&Open folder…", self.open_folder, keys.Open)
        file.addSeparator()
        self._add(file, "&Quit", self.close, keys.Quit)
        self._start_action = self._add(run, "&Start", self.start, "F5")
        self._stop_action = self._add(run, "S&top", self.runner.stop, "Shift+F5")
        self._stop_action.setEnabled(False)
        theme = _menu(view.addMenu("&Theme"))
        self._add_choices(theme, THEMES, self._settings.theme, self._set_theme)
        levels = _menu(view.addMenu("&Log level"))
        self._add_choices(levels, LEVELS, self._settings.log_level, self._set_log_level)
        view.addSeparator()
        self._add(view, "&Clear output", self.pane.reset, "Ctrl+L")
        self._add(help_, "&About", self.about)

    def _add(
        self,
        menu: QMenu,
        text: str,
        act: Callable[[], object],
        shortcut: QKeySequence.StandardKey | str = "",
    ) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(lambda checked: act())
        action.setShortcut(QKeySequence(shortcut))
        menu.addAction(action)
        return action

    def _add_choices(
        self, menu: QMenu, choices: Iterable[str], current: str, choose: Callable[[str], None]
    ) -> None:
        group = QActionGroup(self)
        for choice in choices:
            action = self._add(menu, choice.capitalize(), partial(choose, choice))
            action.setCheckable(True)
            action.setChecked(choice == current)
            group.addAction(action)

    def _show_component(self, row: int) -> None:
        component = self._components[row]
        self._title.setText(component.name.capitalize())
        self._stack.setCurrentWidget(self._panels[component.name])
        self._refresh()

    def _refresh(self) -> None:
        """Show which components are there now and what can be done."""
        defects = [str(components.defect(each) or "") for each in self._components]
        self.sidebar.show_defects(defects)
        row = max(0, self.sidebar.currentRow())
        self._description.setText(defects[row] or self._components[row].description)
        self._stack.setEnabled(not defects[row])
        running = self.runner.running
        for start in (self.start_button, self._start_action):
            start.setEnabled(not running and not defects[row])
        for stop in (self.stop_button, self._stop_action):
            stop.setEnabled(running)

    # Running

    def start(self) -> None:
        """Run the selected component with what its form says."""
        component = self._components[self.sidebar.currentRow()]
        panel = self._panels[component.name]
        if self.runner.running or components.defect(component):
            self._refresh()
            return
        try:
            words = arguments(panel.form, panel.values())
        except FormError as error:
            panel.show_errors(error.errors)
            self.say("Not started: see the form")
            return
        panel.show_errors({})
        self.pane.note(f"$ {component.executable} {shlex.join(words)}".rstrip())
        self._running_name = component.name
        self.progress.setRange(0, 0)
        self.progress.show()
        self.say(f"{component.name.capitalize()} is running…")
        self.runner.start(components.command(component, words), components.environment())
        self._refresh()
        notice = self._remember()
        if notice:
            self.say(notice)

    def _show_progress(self, progress: Progress) -> None:
        note = f" \N{MIDDLE DOT} {progress.note}" if progress.note else ""
        if not progress.total or progress.total < 0:
            self.progress.setRange(0, 0)
            self.progress_text.setText(f"{progress.label} {progress.done}{note}")
            return
        # The bar counts in 32 bits; a component may count bytes.
        part = min(1.0, max(0.0, progress.done / progress.total))
        self.progress.setRange(0, _STEPS)
        self.progress.setValue(round(part * _STEPS))
        done = f"{progress.label} {progress.done} of {progress.total}"
        self.progress_text.setText(done + note)

    def _show_outcome(self, outcome: Outcome) -> None:
        self.progress.hide()
        self.progress.setRange(0, _STEPS)
        self.progress.reset()
        self.progress_text.clear()
        text = f"{self._running_name} {describe(outcome)}"
        self.pane.note(text)
        self.pane.flush()
        self.say(text[0].upper() + text[1:])
        self._refresh()

    # Commands of the menus

    def open_folder(self) -> None:
        """Choose a folder to scan."""
        folder = QFileDialog.getExistingDirectory(self, "Open folder")
        if folder:
            self.select("scanner")
            self._panels["scanner"].set_values({"path": folder})

    def about(self) -> None:
        """Show the version."""
        QMessageBox.about(
            self,
            f"About {TITLE}",
            f"<h3>{TITLE} {__version__}</h3><p>Analyze, scan, collect and train on code, on your "
            f"own machine.</p><p>Components are searched in<br>{components.folder()}</p>",
        )

    def _set_theme(self, theme: str) -> None:
        self._settings = replace(self._settings, theme=theme)
        apply_theme(theme)

    def _set_log_level(self, level: str) -> None:
        self._settings = replace(self._settings, log_level=level)
        setup_logging(level)

    # Settings and the end

    def _restore(self, settings: Settings) -> None:
        self.resize(1040, 720)
        if settings.geometry:
            self.restoreGeometry(QByteArray.fromBase64(settings.geometry.encode()))
        for name, values in settings.values.items():
            self._panels[name].set_values(values)
        self.sidebar.setCurrentRow(0)
        present = [each.name for each in self._components if not components.defect(each)]
        self.select(settings.component or next(iter(present), ""))
        if settings.theme != THEMES[0]:
            self._set_theme(settings.theme)

    def _remember(self) -> str:
        geometry = self.saveGeometry().toBase64().data().decode()
        self._settings = replace(
            self._settings,
            geometry=geometry,
            component=self._components[self.sidebar.currentRow()].name,
            values={name: panel.values() for name, panel in self._panels.items()},
        )
        return self._file.save(self._settings)

    def changeEvent(self, event: QEvent | None) -> None:  # noqa: N802
        """Look for components again when the user comes back to the window."""
        super().changeEvent(event)
        if event and event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._refresh()

    def closeEvent(self, event: QCloseEvent | None) -> None:  # noqa: N802
        """End what is running, remember what was entered, and close."""
        self._remember()
        self.hide()
        self.runner.close()
        super().closeEvent(event)


def describe(outcome: Outcome) -> str:
    """*outcome* in words, to follow the name of a component."""
    took = f"after {outcome.seconds:.1f} s"
    if outcome.error:
        return f"could not be started: {outcome.error}"
    if outcome.stopped:
        return f"was stopped {took}"
    if outcome.signal is not None:
        return f"was ended by signal {outcome.signal} {took}"
    meaning = next((code.name for code in ExitCode if code == outcome.code), "")
    words = f" ({meaning.lower().replace('_', ' ')})" if meaning else ""
    return f"finished with exit code {outcome.code}{words} {took}"


def _menu(menu: QMenu | None) -> QMenu:
    assert menu is not None
    return menu


def _plain_label() -> QLabel:
    """A label for text from elsewhere: never taken for HTML, never widening the window."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def _heading(text: str, indent: int = 0) -> QLabel:
    label = QLabel(text)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setContentsMargins(indent, 0, 0, 0)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label
