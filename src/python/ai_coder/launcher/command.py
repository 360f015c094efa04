"""``ai-coder-launcher``: start a component with its arguments, or list what is there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from ai_coder.common import components
from ai_coder.common.errors import ExitCode
from ai_coder.launcher import listing
from ai_coder.launcher.main import PROGRAM
from ai_coder.launcher.start import start

_LIST = "list"


def command(argv: Sequence[str]) -> int:
    """Do what *argv* asks for and return the exit code."""
    # Split by hand: argparse would take options behind COMPONENT for the launcher's own.
    if not argv or argv[0].startswith("-"):
        _parse_own_options(argv)
    name, arguments = argv[0], argv[1:]
    if name == _LIST:
        return _list(arguments)
    component = components.named(name)
    error = components.defect(component)
    if error is not None:
        raise type(error)(f"{error}; available: {_available()}")
    return start(components.command(component, arguments), components.environment())


def _parse_own_options(argv: Sequence[str]) -> NoReturn:
    from ai_coder.common.arguments import parser

    own = parser(PROGRAM, "Start a component of AI Coder Assistant.")
    own.usage = f"{PROGRAM} COMPONENT [ARGS...]\n       {PROGRAM} {_LIST} [--format {{text,json}}]"
    own.add_argument(
        "COMPONENT", help=f"{', '.join(components.NAMES)}; or {_LIST}, to see which are there"
    )
    own.add_argument("ARGS", nargs="*", help="passed on to the component as they are")
    own.parse_args(argv)
    own.error("the launcher's own options do not go with a component")


def _list(argv: Sequence[str]) -> int:
    from ai_coder.common.arguments import parser

    own = parser(f"{PROGRAM} {_LIST}", "List the components and where they lie.")
    own.add_argument("--format", choices=tuple(listing.FORMATS), default="text")
    sys.stdout.write(listing.FORMATS[own.parse_args(argv).format]())
    return ExitCode.OK


def _available() -> str:
    return ", ".join(component.name for component in components.available()) or "none"
