"""``ai-coder-core``: the desktop application's command line."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from ai_coder.common.arguments import parser
from ai_coder.common.errors import InputError
from ai_coder.core.logs import LEVELS
from ai_coder.core.main import PROGRAM


def command(argv: Sequence[str]) -> int:
    """Do what *argv* asks for and return the exit code."""
    arguments = parser(PROGRAM, "The desktop application of AI Coder Assistant.")
    arguments.add_argument(
        "--log-level", choices=LEVELS, help="how much to log (default: as set in the menu)"
    )
    arguments.add_argument(
        "--screenshot",
        metavar="FILE",
        type=Path,
        help="save a picture of the window as PNG, once it is painted, and quit",
    )
    options = arguments.parse_args(argv)
    _require_display()
    application = _application()
    return int(application.show(options.log_level, options.screenshot))


def _require_display() -> None:
    """Fail with a message where Qt would abort the process."""
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in variables):
        raise InputError(
            "there is no display: DISPLAY and WAYLAND_DISPLAY are not set; "
            "start it from a desktop session, or use the other components from the command line"
        )


def _application() -> ModuleType:
    """Import everything that needs Qt; the only place that does, so the rest starts without."""
    try:
        from ai_coder.core import application
    except ImportError as error:
        if not (error.name or "").startswith("PyQt6") and "PyQt6" not in str(error.path):
            raise
        raise InputError(_explain(error)) from None
    return application


def _explain(error: ImportError) -> str:
    library = re.search(r"lib[\w.+-]+\.so[\w.]*", error.msg)
    if library:
        return (
            f"the system library {library[0]} is missing; "
            f"install the package of your system that provides {library[0]}"
        )
    return f"PyQt6 cannot be loaded ({error.msg}); reinstall AI Coder Assistant"
