"""``ai-coder-launcher``: start a component with its arguments, or look at the distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ai_coder.common import components
from ai_coder.common.cli import write_out
from ai_coder.common.errors import ExitCode, InputError
from ai_coder.common.paths import shared
from ai_coder.launcher.main import PROGRAM
from ai_coder.launcher.start import start

if TYPE_CHECKING:
    from ai_coder.launcher.limits import Limits

_LIST = "list"
_VERIFY = "verify"
_LIMITS_FILE = "performance.toml"


def command(argv: Sequence[str]) -> int:
    """Do what *argv* asks for and return the exit code."""
    given: Limits = {}
    rest = argv
    # Only who gives options, or wrong ones, waits for the import of their parser.
    if not argv or argv[0].startswith("-"):
        given, rest = _parse_own_options(argv)
    name, arguments = rest[0], rest[1:]
    if name == _LIST:
        return _list(arguments)
    if name == _VERIFY:
        return _verify(arguments)
    component = components.named(name)
    error = components.defect(component)
    if error is not None:
        raise type(error)(f"{error}; available: {_available()}")
    environment = components.environment()
    allowed = {**_limits_of_file(), **given}
    if allowed:
        from ai_coder.launcher.limits import apply

        apply(allowed, name, environment)
    return start(components.command(component, arguments), environment)


def _parse_own_options(argv: Sequence[str]) -> tuple[Limits, Sequence[str]]:
    """What the options before the component say, and *argv* from the component on."""
    from ai_coder.common.arguments import parser
    from ai_coder.launcher import limits

    # Split by hand: argparse would take options behind COMPONENT for the launcher's own.
    with_value = {each.option for each in limits.SETTINGS if each.parse is not None}
    at = 0
    while at < len(argv) and argv[at].startswith("-"):
        at += 2 if argv[at] in with_value else 1
    own, rest = argv[:at], argv[at:]
    options = parser(PROGRAM, "Start a component of AI Coder Assistant.")
    options.allow_abbrev = False
    options.usage = (
        f"{PROGRAM} [LIMITS...] COMPONENT [ARGS...]\n"
        f"       {PROGRAM} {_LIST} [--format {{text,json}}]\n"
        f"       {PROGRAM} {_VERIFY} [--format {{text,json}}]"
    )
    options.add_argument(
        "COMPONENT",
        help=f"{', '.join(components.NAMES)}; {_LIST}, to see which are there; or {_VERIFY}, to "
        "hold all files against the manifest",
    )
    options.add_argument("ARGS", nargs="*", help="passed on to the component as they are")
    limits.add_options(options)
    if "--" in own:
        options.error("the component comes first, without --")
    given = limits.of_options(options.parse_args([*own, *rest[:1]]))
    if rest[0] in (_LIST, _VERIFY):
        options.error(f"limits do not go with {rest[0]}")
    return given, rest


def _limits_of_file() -> Limits:
    """What `_LIMITS_FILE` of the shared folder ``config`` says; nothing if it is not there.

    Raises `InputError` for each thing in it that is unknown or wrong.
    """
    path = shared("config") / _LIMITS_FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; make it readable") from None
    # As shipped it says nothing, and whoever leaves it so shall not wait for the imports.
    if all(line.strip()[:1] in (b"", b"#") for line in content.splitlines()):
        return {}
    from ai_coder.launcher.limits import of_file

    return of_file(path, content)


def _list(argv: Sequence[str]) -> int:
    from ai_coder.common.arguments import parser
    from ai_coder.launcher import listing

    own = parser(f"{PROGRAM} {_LIST}", "List the components and where they lie.")
    own.add_argument("--format", choices=tuple(listing.FORMATS), default="text")
    write_out(listing.FORMATS[own.parse_args(argv).format]())
    return ExitCode.OK


def _verify(argv: Sequence[str]) -> int:
    from ai_coder.common.arguments import add_report_options, parser
    from ai_coder.launcher import verification
    from ai_coder.launcher.verify import verify

    own = parser(
        f"{PROGRAM} {_VERIFY}",
        "Hold each file of the distribution against manifest.json, and that against SHA256SUMS if "
        f"it is there; exit with {ExitCode.DAMAGED.value} if one is changed, missing, added or of "
        "another mode. What lies in shared/data, shared/models and shared/config is yours.",
    )
    add_report_options(own)
    options = own.parse_args(argv)
    result = verify(components.folder(), options.progress)
    write_out(verification.FORMATS[options.format](result))
    return ExitCode.DAMAGED if result.problems else ExitCode.OK


def _available() -> str:
    return ", ".join(component.name for component in components.available()) or "none"
