"""What JavaScript and TypeScript modules import, and which files of the tree that is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

# The built-in modules of Node.js that may be named without the prefix `node:`.
# fmt: off
_NODE = frozenset((
    "assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants",
    "crypto", "dgram", "diagnostics_channel", "dns", "domain", "events", "fs", "http", "http2",
    "https", "inspector", "module", "net", "os", "path", "perf_hooks", "process", "punycode",
    "querystring", "readline", "repl", "stream", "string_decoder", "sys", "timers", "tls", "tty",
    "url", "util", "v8", "vm", "wasi", "worker_threads", "zlib",
))
# fmt: on
_EXTENSIONS = (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
# TypeScript sources name the JavaScript file that they will be compiled to.
_COMPILED_FROM = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}

_COMMENT_OR_STRING = re.compile(
    # A quote behind a backslash begins no string. If it did, a string without an end would be read
    # again from each quote in it.
    r"""//[^\n]* | /\*.*?(?:\*/|\Z) | (?<!\\)
        (?: '(?:\\.|[^'\\\n])*' | "(?:\\.|[^"\\\n])*" | `(?:\\.|[^`\\])*` )""",
    re.DOTALL | re.VERBOSE,
)
# A string is its index between NULs by then, so what a string or a comment says is no import.
_IMPORT = re.compile(
    r"(?<![.\w$]) (?: from | import | (?:import|require)\s*\( ) \s* \0(\d+)\0", re.VERBOSE
)


def script_imports(text: str) -> tuple[str, ...]:
    """The specifiers that the source *text* imports, requires or exports from, in order.

    A specifier that is computed at run time is not seen.
    """
    strings: list[str] = []

    def mask(match: re.Match[str]) -> str:
        token = match[0]
        if token.startswith("/"):
            return " "
        strings.append(token[1:-1])
        return f"\0{len(strings) - 1}\0"

    masked = _COMMENT_OR_STRING.sub(mask, text.replace("\0", " "))
    found = (strings[int(match[1])] for match in _IMPORT.finditer(masked))
    return tuple(specifier for specifier in found if specifier and "${" not in specifier)


def is_relative(specifier: str) -> bool:
    """Whether *specifier* names a file beside the importing one, and not a package."""
    return specifier in (".", "..") or specifier.startswith(("./", "../"))


def script_package(specifier: str) -> str | None:
    """The package of a *specifier* that is not relative; ``None`` for a path, a URL or an alias."""
    name = specifier.removeprefix("node:")
    parts = name.split("/")
    package = "/".join(parts[: 2 if name.startswith("@") else 1])
    is_name = re.fullmatch(
        r"(@[a-z0-9~][\w.~-]*/)?[a-z0-9~][\w.~-]*", package, re.ASCII | re.IGNORECASE
    )
    return package if is_name else None


def is_node(package: str) -> bool:
    """Whether *package* comes with Node.js."""
    return package in _NODE


class ScriptModules:
    """Finds the file that a relative specifier in another file means."""

    def __init__(self, files: Iterable[str]) -> None:
        self._files = frozenset(files)

    def resolve(self, importer: str, specifier: str) -> str | None:
        """The file that *specifier* in the file *importer* means, ``None`` if none of the tree."""
        bare = re.split(r"[?#]", specifier, maxsplit=1)[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(importer), bare))
        return next((each for each in _candidates(path) if each in self._files), None)


def _candidates(path: str) -> Iterable[str]:
    yield path
    stem, extension = posixpath.splitext(path)
    for source in _COMPILED_FROM.get(extension, ()):
        yield stem + source
    for each in _EXTENSIONS:
        yield path + each
    for each in _EXTENSIONS:
        yield posixpath.normpath(f"{path}/index{each}")
