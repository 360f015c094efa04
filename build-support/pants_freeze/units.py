"""Sizes and durations as people write them: "2MB", "300ms"."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Powers of ten, as in the SI and on the packaging of every disk.
SIZES: Mapping[str, float] = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}
DURATIONS: Mapping[str, float] = {"ms": 1e-3, "s": 1.0, "min": 60.0}

_QUANTITY = re.compile(r"(?P<number>[0-9]{1,15}(\.[0-9]{1,15})?) ?(?P<unit>[A-Za-z]*)")


def _parse(text: str, units: Mapping[str, float], example: str) -> float:
    match = _QUANTITY.fullmatch(text)
    if not match or match["unit"] not in units:
        known = ", ".join(units)
        what = f"is no number with one of the units {known}"
        raise ValueError(f"{text!r} {what}; write a number like '{example}'")
    return float(match["number"]) * units[match["unit"]]


def parse_size(text: str) -> int:
    """Bytes of *text*, such as "2MB"; raises ``ValueError`` saying what to write."""
    size = round(_parse(text, SIZES, "2MB"))
    if not size:
        raise ValueError(f"{text!r} allows nothing; write a number like '2MB'")
    return size


def parse_duration(text: str) -> float:
    """Seconds of *text*, such as "300ms"; raises ``ValueError`` saying what to write."""
    seconds = _parse(text, DURATIONS, "300ms")
    if not seconds:
        raise ValueError(f"{text!r} allows nothing; write a number like '300ms'")
    return seconds


def format_size(size: int) -> str:
    """*size* bytes with one decimal of its unit: "168.4 kB", "27.1 MB"."""
    for unit, factor in SIZES.items():
        if abs(size) < 999.95 * factor or unit == "GB":
            return f"{size} B" if unit == "B" else f"{size / factor:.1f} {unit}"
    raise AssertionError("the last unit takes all")


def format_change(size: int) -> str:
    """*size* bytes more or less, with its sign: "+1.2 kB", "-27.1 MB", "+0 B"."""
    return f"{'-' if size < 0 else '+'}{format_size(abs(size))}"


def format_duration(seconds: float) -> str:
    """*seconds* for people: "68 ms", "3.7 s"."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s"
