"""Decodes PNG pictures; just enough for what Qt writes of a window."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

_CHANNELS = {2: 3, 6: 4}


@dataclass(frozen=True)
class Picture:
    """A picture; *rows* hold the red, green and blue of each pixel, one byte each."""

    width: int
    height: int
    rows: tuple[bytes, ...]

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """The colour at *x* and *y*."""
        red, green, blue = self.rows[y][3 * x : 3 * x + 3]
        return red, green, blue


def read_picture(path: Path) -> Picture:
    """The picture in the file *path*, of 8 bits a channel, with or without transparency."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks = []
    position = 8
    while position < len(data):
        (length,) = struct.unpack_from("!I", data, position)
        content = data[position + 8 : position + 8 + length]
        chunks.append((data[position + 4 : position + 8], content))
        position += 12 + length
    width, height, depth, colour, *rest = struct.unpack("!IIBBBBB", chunks[0][1])
    assert chunks[-1][0] == b"IEND"
    assert (depth, rest) == (8, [0, 0, 0])
    channels = _CHANNELS[colour]
    raw = zlib.decompress(b"".join(content for kind, content in chunks if kind == b"IDAT"))
    stride = width * channels
    above = bytes(stride)
    rows = []
    for start in range(0, len(raw), stride + 1):
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + stride], above, channels)
        rows.append(above if channels == 3 else _without_alpha(above))
    assert len(rows) == height
    return Picture(width, height, tuple(rows))


def _unfiltered(kind: int, line: bytes, above: bytes, channels: int) -> bytes:
    if kind == 0 or (kind == 2 and not any(above)):
        return line
    if kind == 2:
        return bytes((one + other) & 255 for one, other in zip(line, above, strict=True))
    result = bytearray(channels)
    corner = bytes(channels) + above
    for each, up, diagonal in zip(line, above, corner, strict=False):
        left = result[-channels]
        if kind == 1:
            predicted = left
        elif kind == 3:
            predicted = (left + up) // 2
        else:
            # Paeth: whichever of the three is nearest to left + up - diagonal, in this order.
            guess = left + up - diagonal
            predicted = min((left, up, diagonal), key=lambda value: abs(guess - value))
        result.append((each + predicted) & 255)
    return bytes(result[channels:])


def _without_alpha(row: bytes) -> bytes:
    colours = bytearray(len(row) // 4 * 3)
    for channel in range(3):
        colours[channel::3] = row[channel::4]
    return bytes(colours)
