"""Tests of progress."""

from __future__ import annotations

import io
import json
import sys

import pytest

from ai_coder.common import progress
from ai_coder.common.progress import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def always_redraw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_REDRAW_SECONDS", 0)


def states(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line)["progress"] for line in stream.getvalue().splitlines()]


def test_json_has_a_note_only_if_there_is_one() -> None:
    stream = io.StringIO()
    with Progress("work", 2, "json", stream) as work:
        work.advance(note="half")
        work.advance()
    state = {"label": "work", "total": 2}
    assert states(stream) == [
        {**state, "done": 0},
        {**state, "done": 1, "note": "half"},
        {**state, "done": 2},
        {**state, "done": 2},
    ]


def test_the_note_is_after_the_bar() -> None:
    stream = Terminal()
    with Progress("work", 2, "auto", stream) as work:
        work.advance(note="half")
    assert "\rwork [############............] 1/2 half" in stream.getvalue()


def test_a_shorter_note_leaves_nothing_of_the_longer() -> None:
    stream = Terminal()
    with Progress("work", 3, "auto", stream) as work:
        work.advance(note="a long note")
        work.advance(note="short")
    long, short = stream.getvalue().split("\r")[2:4]
    assert short.rstrip().endswith("2/3 short")
    assert len(short) == len(long)


@pytest.mark.parametrize(("mode", "stream"), [("auto", io.StringIO()), ("none", Terminal())])
def test_pipes_get_nothing(mode: str, stream: io.StringIO) -> None:
    with Progress("work", 2, mode, stream) as work:
        work.advance(note="half")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("mode", progress.MODES)
def test_without_a_standard_error(
    mode: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with Progress("work", 1, mode) as work:
        work.advance()
    assert capsys.readouterr().out == ""


def test_an_unknown_total() -> None:
    stream = Terminal()
    with Progress("work", None, "auto", stream) as work:
        work.advance(5, "so far")
    assert "\rwork: 5 so far" in stream.getvalue()


def test_an_unknown_mode() -> None:
    with pytest.raises(ValueError, match="loud"):
        Progress("work", mode="loud")
