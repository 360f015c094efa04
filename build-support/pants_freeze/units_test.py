from __future__ import annotations

import pytest

from pants_freeze.units import (
    format_change,
    format_duration,
    format_size,
    parse_duration,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1B", 1),
        ("999 B", 999),
        ("2kB", 2_000),
        ("2 kB", 2_000),
        ("2MB", 2_000_000),
        ("0.5MB", 500_000),
        ("27.15 MB", 27_150_000),
        ("007MB", 7_000_000),
        ("1.5GB", 1_500_000_000),
        ("0.3kB", 300),
        ("1.0004kB", 1_000),
    ],
)
def test_a_size_is_whole_bytes(text: str, size: int) -> None:
    assert parse_size(text) == size
    assert isinstance(parse_size(text), int)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("300ms", 0.3), ("1 ms", 0.001), ("0.5s", 0.5), ("3 s", 3), ("1.5min", 90)],
)
def test_a_duration_is_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "2", "2mb", "2Mb", "2 KB", "2TB", "2MiB", "2ms", "two mb", "infinity"]
)
def test_a_size_without_a_known_unit(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_size(text)
    assert str(caught.value) == (
        f"{text!r} is no number with one of the units B, kB, MB, GB; write a number like '2MB'"
    )


@pytest.mark.parametrize("text", ["", "300", "300MB", "300 sec", "300mS", "1h", "1m", "1:30"])
def test_a_duration_without_a_known_unit(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_duration(text)
    assert str(caught.value) == (
        f"{text!r} is no number with one of the units ms, s, min; write a number like '300ms'"
    )


@pytest.mark.parametrize(
    "number", ["", "-2", "+2", "2,5", "2.", ".5", "1e3", "0x2", "1_000", "٢", "two", "inf", "nan"]
)
def test_a_number_that_is_none(number: str) -> None:
    with pytest.raises(ValueError, match="like '2MB'"):
        parse_size(f"{number}MB")
    with pytest.raises(ValueError, match="like '300ms'"):
        parse_duration(f"{number}s")


@pytest.mark.parametrize(
    "text", [" 2MB", "2MB ", "2MB\n", "2  MB", "2\tMB", "2M B", "2MB/s", "2MB 2MB"]
)
def test_no_other_characters(text: str) -> None:
    with pytest.raises(ValueError, match="like '2MB'") as caught:
        parse_size(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["0B", "0 MB", "0.0GB", "0.4B", "0.0001kB"])
def test_a_size_below_one_byte_allows_nothing(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_size(text)
    assert str(caught.value) == f"{text!r} allows nothing; write a number like '2MB'"


@pytest.mark.parametrize("text", ["0ms", "0.000 s"])
def test_a_duration_of_zero_allows_nothing(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_duration(text)
    assert str(caught.value) == f"{text!r} allows nothing; write a number like '300ms'"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (1_049, "1.0 kB"),
        (1_051, "1.1 kB"),
        (168_405, "168.4 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (999_999, "1.0 MB"),
        (1_000_000, "1.0 MB"),
        (27_100_000, "27.1 MB"),
        (999_949_999, "999.9 MB"),
        (999_950_000, "1.0 GB"),
        (1_000_000_000, "1.0 GB"),
        (1_234_567_890_123, "1234.6 GB"),
    ],
)
def test_no_rounding_gives_a_thousand_of_a_unit(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "+0 B"),
        (1, "+1 B"),
        (-1, "-1 B"),
        (1_234, "+1.2 kB"),
        (-27_100_000, "-27.1 MB"),
        (999_950, "+1.0 MB"),
        (-999_949, "-999.9 kB"),
        (-999_950, "-1.0 MB"),
    ],
)
def test_a_change_always_has_its_sign(size: int, text: str) -> None:
    assert format_change(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0004, "0 ms"),
        (0.068, "68 ms"),
        (0.9994, "999 ms"),
        (1, "1.0 s"),
        (3.74, "3.7 s"),
        (59.96, "60.0 s"),
        (600, "600.0 s"),
    ],
)
def test_a_duration_for_people(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_no_rounding_gives_a_thousand_milliseconds() -> None:
    assert format_duration(0.9996) == "1.0 s"


@pytest.mark.parametrize("size", [1, 999, 2_000, 27_100_000, 1_500_000_000])
def test_what_is_printed_can_be_written_in_a_field(size: int) -> None:
    assert parse_size(format_size(size)) == size
