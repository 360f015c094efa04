"""Run-time hook: tells Qt where its plugins are, without importing Qt.

In place of PyInstaller's `pyi_rth_pyqt6` (see `core.spec`), with which `--version` takes twice as
long.
"""

from __future__ import annotations

import os
import sys

_QT = os.path.join(sys._MEIPASS, "PyQt6", "Qt6")  # type: ignore[attr-defined]
os.environ["QT_PLUGIN_PATH"] = os.path.join(_QT, "plugins")
os.environ["QML2_IMPORT_PATH"] = os.path.join(_QT, "qml")
