"""Tests of making text and progress from what arrives in pieces."""

from __future__ import annotations

import json
import time

import pytest

from ai_coder.core.feed import Decoder, Progress, ProgressFilter, parse

LINE = json.dumps({"progress": {"label": "scan", "done": 3, "total": 10}}) + "\n"
STATE = Progress("scan", 3, 10)


def test_characters_cut_in_two_come_out_whole() -> None:
    decoder = Decoder()
    data = "grün €\n".encode()
    assert "".join(decoder.feed(bytes([byte])) for byte in data) == "grün €\n"


def test_what_is_not_utf8_is_replaced() -> None:
    decoder = Decoder()
    assert decoder.feed(b"a\xffb\x00c\x1b[0m") == "a\ufffdb\ufffdc\ufffd[0m"
    assert decoder.feed(b"\xe2\x82") == ""
    assert decoder.feed(b"", final=True) == "\ufffd"


def test_all_ends_of_lines_become_one() -> None:
    decoder = Decoder()
    assert decoder.feed(b"a\r\nb\rc\r") + decoder.feed(b"\nd") == "a\nb\nc\nd"


def test_progress_is_not_output() -> None:
    assert ProgressFilter().feed(f"one\n{LINE}two\n") == ("one\ntwo\n", [STATE])


@pytest.mark.parametrize("cut", range(len(LINE) + 1))
def test_progress_cut_in_two_anywhere(cut: int) -> None:
    feed = ProgressFilter()
    output, progress = feed.feed("out\n" + LINE[:cut])
    more_output, more_progress = feed.feed(LINE[cut:] + "rest")
    assert output + more_output == "out\nrest"
    assert progress + more_progress == [STATE]


def test_partial_output_is_shown_at_once() -> None:
    assert ProgressFilter().feed("Continue? ") == ("Continue? ", [])


def test_progress_begins_at_the_start_of_a_line_only() -> None:
    feed = ProgressFilter()
    assert feed.feed("text ")[0] == "text "
    assert feed.feed(LINE) == (LINE, [])


def test_what_is_held_comes_at_the_end() -> None:
    feed = ProgressFilter()
    assert feed.feed('{"pro') == ("", [])
    assert feed.close() == ('{"pro', [])
    assert feed.feed(LINE.rstrip()) == ("", [])
    assert feed.close() == ("", [STATE])


def test_a_line_without_end_is_not_held_for_ever() -> None:
    feed = ProgressFilter()
    text = '{"progress"' + "x" * 10_000
    assert feed.feed(text) == (text, [])


def test_uncommon_ends_of_lines_lose_nothing() -> None:
    text = '{"progress"\u2028more\u0085end\n'
    assert ProgressFilter().feed(text) == (text, [])


@pytest.mark.parametrize(
    "garbage",
    [
        '{"progress"',
        '{"progress": 1}',
        '{"progress": {}}',
        '{"progress": {"label": 1, "done": 1, "total": 1}}',
        '{"progress": {"label": "a", "done": true, "total": 1}}',
        '{"progress": {"label": "a", "done": 1.5, "total": 1}}',
        '{"progress": {"label": "a", "done": 1, "total": "2"}}',
        '{"progress": {"label": "a", "done": 1, "total": 2, "note": 3}}',
        '{"progress": ' + "[" * 4000,
        '["progress"]',
        "",
    ],
)
def test_what_only_looks_like_progress_is_output(garbage: str) -> None:
    assert parse(garbage) is None
    assert ProgressFilter().feed(garbage + "\n") == (garbage + "\n", [])


def test_an_unknown_total() -> None:
    line = '{"progress": {"label": "web", "done": 4, "total": null}}\n'
    assert ProgressFilter().feed(line) == ("", [Progress("web", 4, None)])


def test_a_note() -> None:
    state = {"label": "train", "done": 4, "total": 9, "note": "loss 0.5"}
    line = json.dumps({"progress": state}) + "\n"
    assert ProgressFilter().feed(line) == ("", [Progress("train", 4, 9, "loss 0.5")])


def test_much_output_is_quick() -> None:
    feed = ProgressFilter()
    began = time.monotonic()
    for _ in range(200):
        feed.feed("some line of output\n" * 1000)
    assert time.monotonic() - began < 5
