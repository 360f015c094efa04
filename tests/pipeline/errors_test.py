"""What is wrong in a BUILD file is told in one message, which names the target and the field."""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from pipeline import wrong_builds, wrong_files
from pipeline.foreign import Repository, daemon_of, execute
from pipeline.wrong_builds import SOLVED, Told, put

CASES = {**wrong_builds.CASES, **wrong_files.CASES}


@dataclass(frozen=True)
class Message:
    """What Pants said, what it started before, and after how many seconds."""

    text: str
    started: list[str]
    seconds: float


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    made = Repository.make(tmp_path_factory.mktemp("made") / "repository", {})
    with daemon_of(made):
        # The daemon is warm from now on.
        made.pants("roots", daemon=True).checked()
        yield made


@pytest.fixture(scope="module")
def message(repository: Repository) -> Callable[[str], Message]:
    """What Pants says to the case of a name; each runs once."""

    @functools.cache
    def run(name: str) -> Message:
        case = CASES[name]
        repository.clear()
        put(repository, case)
        start = time.monotonic()
        result = repository.pants(*case.args, daemon=True, timeout=180)
        seconds = time.monotonic() - start
        assert result.returncode == case.status, result.stderr[:10_000]
        assert not (repository.root / "dist").exists()
        return Message(result.stderr, result.started(), seconds)

    return run


@pytest.mark.parametrize("name", CASES)
def test_the_message(repository: Repository, message: Callable[[str], Message], name: str) -> None:
    """It names target and field and says what to do; a traceback is no help to the author."""
    text = message(name).text
    assert [part for part in CASES[name].told if part not in text] == [], text
    assert "Traceback" not in text, text
    assert str(repository.root) not in text, text


@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if case.when is Told.AT_ONCE]
)
def test_nothing_is_started_first(message: Callable[[str], Message], name: str) -> None:
    """What the graph shows to be wrong is told before any process runs."""
    assert message(name).started == []


@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if case.when is Told.SCANNED]
)
def test_nothing_is_frozen_first(message: Callable[[str], Message], name: str) -> None:
    """What the first-party code shows to be wrong is told before minutes of freezing."""
    assert [each for each in message(name).started if each.startswith("Freeze ")] == []


@pytest.mark.parametrize("name", ["version", "syntax error", "hidden_imports: not in the closure"])
def test_what_was_built_before_stays(repository: Repository, name: str) -> None:
    repository.clear()
    put(repository, CASES[name])
    old = {f"dist/{path}": path for path in ("app/app", "app/runtime/x", "dist-v1/app", "other")}
    repository.write(old)
    assert repository.pants(*CASES[name].args, daemon=True).returncode == 1
    files = [path for path in (repository.root / "dist").rglob("*") if path.is_file()]
    assert {
        path.relative_to(repository.root).as_posix(): path.read_text(encoding="utf-8")
        for path in files
    } == old


def test_a_private_runtime_solves_a_conflict(repository: Repository) -> None:
    repository.clear()
    put(repository, SOLVED)
    repository.pants(*SOLVED.args, daemon=True).checked()
    for name in ("left", "right"):
        assert execute(repository.program("dist", name)).checked().stdout == f"{name}\n"
    assert (repository.root / "dist" / "dist" / "runtime-right").is_dir()


def test_figures(message: Callable[[str], Message]) -> None:
    """Not held against anything: how long an author waits for the message, with a warm daemon."""
    print("when it is told              cases  median s  slowest s")
    for when in Told:
        seconds = [message(name).seconds for name, case in CASES.items() if case.when is when]
        print(
            f"{when.value:<28} {len(seconds):5}  {statistics.median(seconds):8.2f}  "
            f"{max(seconds):9.2f}"
        )
    print(f"{len(CASES)} cases")
