"""What the window of the desktop program shows."""

from __future__ import annotations

from pathlib import Path

from frozen.png import Picture, read_picture
from frozen.support import Distribution

OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
# The dot of an available component that is not selected, and where the list of them is.
GREEN = (47, 158, 87)
SIDEBAR = 250


def screenshot(distribution: Distribution, path: Path) -> Picture:
    result = distribution.run("core", "--screenshot", path, env=OFFSCREEN)
    # If a system library is missing, the program says which.
    assert result.status == 0, result.stderr
    picture = read_picture(path)
    assert result.stdout == f"saved {path} ({picture.width} x {picture.height})\n"
    return picture


def green_dots(picture: Picture) -> int:
    """How many components the list shows as available, without the selected one."""
    has_green = [
        any(picture.pixel(x, y) == GREEN for x in range(SIDEBAR)) for y in range(picture.height)
    ]
    return sum(now and not before for before, now in zip(has_green, has_green[1:], strict=False))
