"""Fuzz targets of the application: each takes bytes, and raises only if something is wrong."""

from __future__ import annotations

import argparse
import contextlib
import email.utils
import tempfile
import warnings
from pathlib import Path

from ai_coder.common.errors import InputError, NetworkError
from ai_coder.common.size import size
from ai_coder.core.feed import Decoder, ProgressFilter
from ai_coder.scanner import lint as linting
from ai_coder.scanner.ignore import IgnoreRules
from ai_coder.scanner.languages import count_lines, decode
from ai_coder.scanner.python_imports import python_imports
from ai_coder.scanner.script_imports import script_imports
from ai_coder.web import fetch
from ai_coder.web.address import check_url, origin
from ai_coder.web.extract import extract
from ai_coder.web.transport import PRODUCT

URL = "http://example.org/a"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def html(data: bytes) -> None:
    """A page, and before its first line the parameters of its content type."""
    parameters, _, body = data.partition(b"\n")
    extract(body, f"text/html;{parameters.decode('latin-1')}", URL)


def markdown(data: bytes) -> None:
    """A text in any character set."""
    charset, _, body = data.partition(b"\n")
    extract(body, f"text/markdown; charset={charset.decode('latin-1')}", URL)


def robots(data: bytes) -> None:
    """A robots.txt."""
    rules = fetch._robots(data.decode("utf-8-sig", "replace").splitlines())
    rules.can_fetch(PRODUCT, URL)
    int(rules.crawl_delay(PRODUCT) or 0)


def url(data: bytes) -> None:
    """A URL, and where a site redirects."""
    with contextlib.suppress(InputError):
        origin(check_url(_text(data)))
    with contextlib.suppress(NetworkError):
        fetch._redirect(URL, data.decode("latin-1"))


def headers(data: bytes) -> None:
    """A time to wait."""
    assert 0 <= fetch._retry_after({"retry-after": data.decode("latin-1")}, 1.0) <= 60
    with contextlib.suppress(ValueError):
        email.utils.parsedate_to_datetime(data.decode("latin-1"))


def python(data: bytes) -> None:
    """Source of Python."""
    with warnings.catch_warnings(), contextlib.suppress(SyntaxError):
        warnings.simplefilter("ignore")
        python_imports(data)


def script(data: bytes) -> None:
    """Source of JavaScript."""
    text = decode(data)
    script_imports(text)
    count_lines(text, "JavaScript")


def ignore(data: bytes) -> None:
    """An ignore file, and the name that it is asked for."""
    name, _, rules = data.partition(b"\n")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, ".gitignore").write_bytes(rules)
        IgnoreRules().reading(Path(folder)).ignores(_text(name), False)


def linter(data: bytes) -> None:
    """What a linter prints; the first byte chooses which."""
    if data:
        chosen = linting._LINTERS[data[0] % len(linting._LINTERS)]
        with contextlib.suppress(linting.NotUnderstood):
            linting._parsed(chosen, data[1:])


def feed(data: bytes) -> None:
    """What a component prints."""
    decoder, progress = Decoder(), ProgressFilter()
    for at in range(0, len(data), 7):
        progress.feed(decoder.feed(data[at : at + 7]))
    progress.feed(decoder.feed(b"", True))
    progress.close()


def sizes(data: bytes) -> None:
    """A size on a command line."""
    with contextlib.suppress(argparse.ArgumentTypeError):
        assert size(_text(data)) > 0
