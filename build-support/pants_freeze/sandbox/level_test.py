from __future__ import annotations

import pytest

from pants_freeze.sandbox.level import Level
from pants_freeze.sandbox.trim import Trim


@pytest.mark.parametrize(
    ("level", "strips", "bytecode"),
    [(Level.low, False, 0), (Level.medium, True, 0), (Level.high, True, 1)],
)
def test_what_a_level_does(level: Level, strips: bool, bytecode: int) -> None:
    assert (level.strips, level.bytecode) == (strips, bytecode)


def test_each_level_drops_what_the_one_before_it_does_and_more() -> None:
    rules = [set(level.rules()) for level in Level]
    assert rules[0] == set()
    assert all(lower < higher for lower, higher in zip(rules, rules[1:]))


QT = "PyQt6/Qt6"


@pytest.mark.parametrize(
    ("path", "medium", "high"),
    [
        ("numpy/__init__.pyi", False, False),
        ("numpy/core/multiarray.pyi", True, True),
        ("a/py.typed", True, True),
        ("a/lib/libnpymath.a", True, True),
        ("a/b.a", False, False),
        (f"{QT}/translations/qtbase_de.qm", False, True),
        ("PySide6/Qt/translations/qtbase_de.qm", False, True),
        (f"{QT}/plugins/platforms/libqvnc.so", False, True),
        (f"{QT}/plugins/platforms/libqxcb.so", False, False),
        (f"{QT}/plugins/platforms/libqoffscreen.so", False, False),
        (f"{QT}/plugins/platforms/libqwayland.so", False, False),
        (f"{QT}/plugins/imageformats/libqpdf.so", False, True),
        (f"{QT}/plugins/imageformats/libqjpeg.so", False, False),
        (f"{QT}/plugins/wayland-shell-integration/libxdg-shell.so", False, False),
        (f"{QT}/lib/libQt6Core.so.6", False, False),
        ("plugins/generic/a", False, False),
    ],
)
def test_what_levels_drop(path: str, medium: bool, high: bool) -> None:
    dropped = [Trim([], level.rules()).drops_file(path) for level in Level]
    assert dropped == [False, medium, high]
