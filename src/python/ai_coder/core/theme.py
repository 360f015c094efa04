"""Light and dark."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import QApplication

_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}
_ROLE = QPalette.ColorRole
_DARK = {
    _ROLE.Window: "#26282b",
    _ROLE.WindowText: "#e4e6e9",
    _ROLE.Base: "#1b1d1f",
    _ROLE.AlternateBase: "#222427",
    _ROLE.Text: "#e4e6e9",
    _ROLE.PlaceholderText: "#8a8f96",
    _ROLE.Button: "#34373b",
    _ROLE.ButtonText: "#e4e6e9",
    _ROLE.ToolTipBase: "#34373b",
    _ROLE.ToolTipText: "#e4e6e9",
    _ROLE.Highlight: "#2f7fb8",
    _ROLE.HighlightedText: "#ffffff",
    _ROLE.Link: "#6db3e2",
}
_DISABLED = (_ROLE.WindowText, _ROLE.Text, _ROLE.ButtonText)


def apply(theme: str) -> None:
    """Make the application look as *theme* says: ``system``, ``light`` or ``dark``."""
    hints = QApplication.styleHints()
    if hints is None:
        return
    QApplication.setPalette(QPalette())
    hints.setColorScheme(_SCHEMES[theme])
    # Some desktops have no dark colours to offer.
    if theme == "dark" and hints.colorScheme() is not Qt.ColorScheme.Dark:
        QApplication.setPalette(_dark_palette())


def _dark_palette() -> QPalette:
    palette = QPalette(QColor(_DARK[_ROLE.Button]), QColor(_DARK[_ROLE.Window]))
    for role, colour in _DARK.items():
        palette.setColor(role, QColor(colour))
    for role in _DISABLED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#75797f"))
    return palette
