"""Tests of the window, with components that are small programs."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PyQt6.QtCore import QEventLoop, QTimer
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QApplication, QMessageBox

from ai_coder.common import components
from ai_coder.common.errors import ComponentNotFound
from ai_coder.common.version import __version__
from ai_coder.core import AICoderAssistant
from ai_coder.core.feed import Progress
from ai_coder.core.pane import MAX_LINE_LENGTH, MAX_LINES, OutputPane
from ai_coder.core.runner import Outcome, Stream
from ai_coder.core.settings import SettingsFile
from ai_coder.core.window import describe


@pytest.fixture(scope="session")
def application() -> QApplication:
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else QApplication(["test"])


def wait(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Let Qt work until *condition* holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        loop = QEventLoop()
        QTimer.singleShot(10, loop.quit)
        loop.exec()


class Fake:
    """Decides which components are there and what they do."""

    def __init__(self) -> None:
        self.present = {"scanner", "web"}
        self.code = ""
        self.arguments: list[str] = []

    def defect(self, component: components.Component) -> ComponentNotFound | None:
        if component.name in self.present:
            return None
        return ComponentNotFound(f"component {component.name!r} is not in /opt/x")

    def command(self, component: components.Component, arguments: list[str]) -> list[str]:
        self.arguments = list(arguments)
        return [sys.executable, "-c", self.code, *arguments]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    result = Fake()
    monkeypatch.setattr(components, "defect", result.defect)
    monkeypatch.setattr(components, "command", result.command)
    return result


@pytest.fixture
def window(application: QApplication, fake: Fake, tmp_path: Path) -> Iterator[AICoderAssistant]:
    result = AICoderAssistant(SettingsFile(tmp_path / "config"))
    result.show()
    yield result
    result.close()
    result.deleteLater()


def run(window: AICoderAssistant, fake: Fake, code: str, folder: Path) -> str:
    """Run *code* as the scanner and return what the pane shows then."""
    fake.code = code
    window.select("scanner")
    window.panel("scanner").set_values({"path": str(folder)})
    window.start()
    wait(lambda: not window.runner.running)
    return window.pane.toPlainText()


def test_the_sidebar_shows_the_components_and_which_are_there(window: AICoderAssistant) -> None:
    rows = [window.sidebar.item(row) for row in range(window.sidebar.count())]
    titles = [item.text() for item in rows if item]
    assert titles == ["Analyzer", "Trainer", "Scanner", "Web", "Launcher"]
    tips = {item.text(): item.toolTip() for item in rows if item}
    assert tips["Scanner"] == ""
    assert "'trainer' is not in /opt/x" in tips["Trainer"]


def test_a_component_that_is_there_is_selected_first(window: AICoderAssistant) -> None:
    assert window.sidebar.currentRow() == 2
    assert window.start_button.isEnabled()


def test_a_missing_component_cannot_be_started(window: AICoderAssistant, fake: Fake) -> None:
    window.select("trainer")
    assert not window.start_button.isEnabled()
    window.start()
    assert not window.runner.running
    fake.present.add("trainer")
    window.select("web")
    window.select("trainer")
    assert window.start_button.isEnabled()


def test_a_run(window: AICoderAssistant, fake: Fake, tmp_path: Path) -> None:
    text = run(window, fake, "import sys; print('out'); sys.exit('err')", tmp_path)
    assert fake.arguments[:4] == ["--progress", "json", "--path", str(tmp_path)]
    lines = text.splitlines()
    assert lines[0].startswith("$ ai-coder-scanner --progress json --path ")
    assert {"out", "err"} <= set(lines)
    status = window.status.text()
    assert status.startswith("Scanner finished with exit code 1 (internal) after ")
    assert window.start_button.isEnabled() and not window.stop_button.isEnabled()


def test_buttons_while_it_runs_and_stop(
    window: AICoderAssistant, fake: Fake, tmp_path: Path
) -> None:
    fake.code = "import time; time.sleep(60)"
    window.panel("scanner").set_values({"path": str(tmp_path)})
    window.start()
    assert not window.start_button.isEnabled() and window.stop_button.isEnabled()
    window.select("web")
    assert not window.start_button.isEnabled()
    window.stop_button.click()
    wait(lambda: not window.runner.running)
    assert window.status.text().startswith("Scanner was stopped after ")
    assert window.start_button.isEnabled()


def test_wrong_fields_are_told_in_place(window: AICoderAssistant) -> None:
    panel = window.panel("scanner")
    panel.set_values({"path": "/no/such/folder", "more": "'open"})
    window.start()
    assert not window.runner.running
    assert "there is no" in panel.editors["path"].error.text()
    assert "quotation mark" in panel.editors["more"].error.text()
    panel.set_values({"path": "/"})
    assert panel.editors["path"].error.text() == ""


def test_standard_error_looks_different(application: QApplication) -> None:
    pane = OutputPane()
    pane.write(Stream.OUT, "out")
    pane.write(Stream.ERR, "err\n")
    pane.flush()
    assert pane.toPlainText() == "out\nerr\n"
    document = pane.document()
    assert document is not None
    colours = [
        document.findBlockByNumber(number).begin().fragment().charFormat().foreground().color()
        for number in (0, 1)
    ]
    assert colours[0] != colours[1]


def test_the_pane_is_bounded(application: QApplication) -> None:
    pane = OutputPane()
    for _ in range(30):
        pane.write(Stream.OUT, "line\n" * 2000)
    pane.flush()
    assert pane.blockCount() == MAX_LINES
    pane.reset()
    pane.write(Stream.OUT, "x" * (MAX_LINE_LENGTH * 3))
    pane.flush()
    pane.write(Stream.OUT, "y")
    pane.flush()
    assert max(map(len, pane.toPlainText().split("\n"))) == MAX_LINE_LENGTH
    assert pane.toPlainText().replace("\n", "") == "x" * (MAX_LINE_LENGTH * 3) + "y"


def test_a_flood_of_output_leaves_the_window_alive(
    window: AICoderAssistant, fake: Fake, tmp_path: Path
) -> None:
    fake.code = "while True: print('flood ' * 10)"
    window.panel("scanner").set_values({"path": str(tmp_path)})
    window.start()
    longest, last = 0.0, time.monotonic()
    until = last + 1.5
    while last < until:
        QApplication.processEvents()
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    assert longest < 1.0
    window.runner.stop()
    wait(lambda: not window.runner.running)
    assert window.pane.blockCount() <= MAX_LINES


def test_progress(window: AICoderAssistant, fake: Fake, tmp_path: Path) -> None:
    fake.code = (
        "import json, sys, time\n"
        'state = {"label": "scan", "done": 3, "total": 9, "note": "a"}\n'
        'print(json.dumps({"progress": state}), file=sys.stderr)\n'
        "time.sleep(60)"
    )
    window.panel("scanner").set_values({"path": str(tmp_path)})
    window.start()
    assert window.progress.isVisible() and window.progress.maximum() == 0
    wait(lambda: window.progress.maximum() > 0)
    assert window.progress.value() / window.progress.maximum() == pytest.approx(1 / 3, abs=0.01)
    assert window.progress_text.text() == "scan 3 of 9 · a"
    window.runner.stop()
    wait(lambda: not window.runner.running)
    assert not window.progress.isVisible()
    assert 'progress"' not in window.pane.toPlainText()


@pytest.mark.parametrize(
    ("done", "total", "part"), [(2**62, 2**63, 0.5), (30, 10, 1.0), (-5, 10, 0.0), (1, None, None)]
)
def test_odd_progress(
    window: AICoderAssistant, done: int, total: int | None, part: float | None
) -> None:
    window.runner.progressed.emit(Progress("<b>x</b>", done, total))
    if part is None:
        assert window.progress.maximum() == 0
    else:
        assert window.progress.value() / window.progress.maximum() == pytest.approx(part)


def test_closing_leaves_no_process(window: AICoderAssistant, fake: Fake, tmp_path: Path) -> None:
    fake.code = "import os, time; print('pid', os.getpid()); time.sleep(60)"
    window.panel("scanner").set_values({"path": str(tmp_path)})
    window.start()
    wait(lambda: "pid" in window.pane.toPlainText())
    pid = int(window.pane.toPlainText().split("pid ")[1].split()[0])
    window.close()
    assert not window.runner.running
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_values_come_back(application: QApplication, fake: Fake, tmp_path: Path) -> None:
    first = AICoderAssistant(SettingsFile(tmp_path))
    first.show()
    first.select("web")
    first.panel("web").set_values({"url": "https://example.org", "depth": 4})
    first.panel("scanner").set_values({"lint": False})
    first.close()
    second = AICoderAssistant(SettingsFile(tmp_path))
    assert second.panel("web").values()["depth"] == 4
    assert second.panel("web").values()["url"] == "https://example.org"
    assert second.panel("scanner").values()["lint"] is False
    assert second.sidebar.currentRow() == 3


def test_bad_settings_are_told(application: QApplication, fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "core.json").write_text("{")
    window = AICoderAssistant(SettingsFile(tmp_path))
    assert "core.json.bad" in window.status.text()


def test_the_choices_of_the_menu_are_kept(
    application: QApplication,
    fake: Fake,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    levels: list[str] = []
    monkeypatch.setattr("ai_coder.core.window.setup_logging", levels.append)
    window = AICoderAssistant(SettingsFile(tmp_path))
    actions = {action.text(): action for action in window.findChildren(QAction)}
    actions["Dark"].trigger()
    base = QApplication.palette().base().color().lightness()
    actions["Debug"].trigger()
    window.close()
    saved = json.loads((tmp_path / "core.json").read_text())
    assert (saved["theme"], saved["log_level"], levels) == ("dark", "debug", ["debug"])
    assert base < 100
    actions["System"].trigger()


def test_open_folder(
    window: AICoderAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ai_coder.core.window.QFileDialog.getExistingDirectory", lambda *_: str(tmp_path)
    )
    window.select("web")
    window.open_folder()
    assert window.sidebar.currentRow() == 2
    assert window.panel("scanner").values()["path"] == str(tmp_path)


def test_about_tells_the_version(window: AICoderAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QMessageBox, "about", lambda parent, title, text: shown.append(text))
    window.about()
    assert __version__ in shown[0]


def test_ends_in_words() -> None:
    assert describe(Outcome(1.24, code=0)) == "finished with exit code 0 (ok) after 1.2 s"
    assert describe(Outcome(1, code=77)) == "finished with exit code 77 after 1.0 s"
    assert describe(Outcome(1, signal=9)) == "was ended by signal 9 after 1.0 s"
    assert describe(Outcome(1, stopped=True, signal=15)) == "was stopped after 1.0 s"
    assert describe(Outcome(0, error="no such file")) == "could not be started: no such file"
