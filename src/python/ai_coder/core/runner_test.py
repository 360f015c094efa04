"""Tests of running a process."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PyQt6.QtCore import QEventLoop, QTimer
from PyQt6.QtWidgets import QApplication

from ai_coder.core.feed import Progress
from ai_coder.core.runner import Outcome, Runner, Stream


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


class Recorder:
    """A runner and everything it told."""

    def __init__(self, grace: float = 5.0) -> None:
        self.runner = Runner(grace=grace)
        self.text = {Stream.OUT: "", Stream.ERR: ""}
        self.progress: list[Progress] = []
        self.outcomes: list[Outcome] = []
        self.runner.written.connect(self._write)
        self.runner.progressed.connect(self.progress.append)
        self.runner.ended.connect(self.outcomes.append)

    def _write(self, stream: Stream, text: str) -> None:
        self.text[stream] += text

    def start(self, code: str) -> None:
        self.runner.start([sys.executable, "-c", code], os.environ)

    def finish(self) -> Outcome:
        count = len(self.outcomes)
        wait(lambda: len(self.outcomes) > count)
        return self.outcomes[-1]


@pytest.fixture
def recorder(application: QApplication) -> Iterator[Recorder]:
    result = Recorder()
    yield result
    result.runner.close()


def gone(pid: int) -> bool:
    """Whether the process has ended; one that nobody waited for yet has, too."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "ZX"


def test_output_is_told_apart_and_the_code_is_told(recorder: Recorder) -> None:
    recorder.start("import sys; print('out'); print('err', file=sys.stderr); sys.exit(4)")
    outcome = recorder.finish()
    assert recorder.text == {Stream.OUT: "out\n", Stream.ERR: "err\n"}
    assert (outcome.code, outcome.signal, outcome.stopped, outcome.error) == (4, None, False, "")
    assert 0 < outcome.seconds < 20
    assert not recorder.runner.running


def test_several_runs_one_after_another(recorder: Recorder) -> None:
    for number in range(3):
        recorder.start(f"print({number})")
        assert recorder.finish().code == 0
    assert recorder.text[Stream.OUT] == "0\n1\n2\n"


def test_a_second_run_at_the_same_time_is_refused(recorder: Recorder) -> None:
    recorder.start("import time; time.sleep(60)")
    with pytest.raises(RuntimeError):
        recorder.start("")


def test_output_is_live(recorder: Recorder) -> None:
    recorder.start("import time; print('now'); time.sleep(60)")
    wait(lambda: recorder.text[Stream.OUT] == "now\n")
    assert recorder.runner.running


def test_progress_is_told_and_not_shown(recorder: Recorder) -> None:
    recorder.start(
        "import sys; print('before', file=sys.stderr);"
        'print(\'{"progress": {"label": "a", "done": 1, "total": null}}\', file=sys.stderr);'
        "sys.stderr.write('after')"
    )
    recorder.finish()
    assert recorder.progress[-1] == Progress("a", 1, None)
    assert recorder.text[Stream.ERR] == "before\nafter"


def test_bytes_that_are_no_text(recorder: Recorder) -> None:
    recorder.start("import os; os.write(1, b'a\\xff\\xe2\\x82')")
    recorder.finish()
    assert recorder.text[Stream.OUT] == "a\ufffd\ufffd"


def test_standard_input_is_empty(recorder: Recorder) -> None:
    recorder.start("import sys; print(repr(sys.stdin.read()))")
    assert recorder.finish().code == 0
    assert recorder.text[Stream.OUT] == "''\n"


def test_a_program_that_is_not_there(recorder: Recorder) -> None:
    recorder.runner.start(["/no/such/program"], os.environ)
    if not recorder.outcomes:
        recorder.finish()
    assert recorder.outcomes[0].error
    assert not recorder.runner.running
    recorder.start("print('still works')")
    assert recorder.finish().code == 0


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_end_by_signal_is_told(recorder: Recorder) -> None:
    recorder.start("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    outcome = recorder.finish()
    assert (outcome.code, outcome.signal, outcome.stopped) == (None, 9, False)


def test_stop_lets_the_process_end_by_itself(recorder: Recorder) -> None:
    recorder.start(
        "import signal, sys, time\n"
        "def end(*_): print('bye'); sys.exit(7)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('ready'); time.sleep(60)"
    )
    wait(lambda: "ready" in recorder.text[Stream.OUT])
    recorder.runner.stop()
    outcome = recorder.finish()
    assert outcome.stopped and outcome.code == 7
    assert recorder.text[Stream.OUT] == "ready\nbye\n"


STUBBORN = (
    "import os, signal, subprocess, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(os.getpid(), child.pid); time.sleep(60)"
)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
@pytest.mark.parametrize("way", ["stop", "close"])
def test_a_stubborn_process_is_killed_with_its_children(
    application: QApplication, way: str
) -> None:
    recorder = Recorder(grace=0.3)
    recorder.start(STUBBORN)
    wait(lambda: recorder.text[Stream.OUT].endswith("\n"))
    pids = [int(word) for word in recorder.text[Stream.OUT].split()]
    assert not any(gone(pid) for pid in pids)
    getattr(recorder.runner, way)()
    if way == "stop":
        recorder.finish()
    assert not recorder.runner.running
    assert recorder.outcomes[-1].stopped
    wait(lambda: all(gone(pid) for pid in pids), 5)


def test_closing_without_a_process_does_nothing(recorder: Recorder) -> None:
    recorder.runner.close()
    recorder.runner.stop()
    assert recorder.outcomes == []
