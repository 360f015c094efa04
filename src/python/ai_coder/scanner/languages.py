"""The language of a file, and what its lines are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

OTHER = "Other"
BINARY = "Binary"

# How much of a file decides whether it is binary; what Git looks at, too.
_SNIFFED_BYTES = 8000


@dataclass(frozen=True)
class _Language:
    name: str
    extensions: str = ""
    names: str = ""
    interpreters: str = ""
    line_comments: tuple[str, ...] = ()
    block_comment: tuple[str, str] | None = None


@dataclass(frozen=True)
class Lines:
    """How many lines a text has, and how many are blank or nothing but a comment."""

    total: int = 0
    blank: int = 0
    comment: int = 0

    @property
    def code(self) -> int:
        """Lines that are neither."""
        return self.total - self.blank - self.comment


_HASH = ("#",)
_SLASHES = ("//",)
_DASHES = ("--",)
_C = ("/*", "*/")
_XML = ("<!--", "-->")

_LANGUAGES = (
    _Language("Assembly", "asm s", line_comments=(";", "#")),
    _Language("Batch", "bat cmd", line_comments=("rem ", "REM ", "::")),
    _Language("C", "c h", line_comments=_SLASHES, block_comment=_C),
    _Language("C#", "cs", line_comments=_SLASHES, block_comment=_C),
    _Language("C++", "cc cpp cxx hh hpp hxx", line_comments=_SLASHES, block_comment=_C),
    _Language("CMake", "cmake", "CMakeLists.txt", line_comments=_HASH),
    _Language("CSS", "css scss sass less", line_comments=_SLASHES, block_comment=_C),
    _Language("CSV", "csv tsv"),
    _Language("Clojure", "clj cljs cljc edn", line_comments=(";",)),
    _Language("Dart", "dart", line_comments=_SLASHES, block_comment=_C),
    _Language("Dockerfile", "dockerfile", "Dockerfile Containerfile", line_comments=_HASH),
    _Language("Elixir", "ex exs", interpreters="elixir", line_comments=_HASH),
    _Language("Erlang", "erl hrl", interpreters="escript", line_comments=("%",)),
    _Language("Fish", "fish", interpreters="fish", line_comments=_HASH),
    _Language("Fortran", "f f90 f95 f03 f08", line_comments=("!",)),
    _Language("Go", "go", line_comments=_SLASHES, block_comment=_C),
    _Language("Groovy", "groovy gradle", "Jenkinsfile", "groovy", _SLASHES, _C),
    _Language("HTML", "html htm xhtml", block_comment=_XML),
    _Language("Haskell", "hs", interpreters="runhaskell", line_comments=_DASHES),
    _Language("INI", "ini cfg conf properties editorconfig", line_comments=("#", ";")),
    _Language("JSON", "json jsonc json5 jsonl"),
    _Language("Java", "java", line_comments=_SLASHES, block_comment=_C),
    _Language("JavaScript", "js jsx mjs cjs", "", "node nodejs", _SLASHES, _C),
    _Language("Julia", "jl", interpreters="julia", line_comments=_HASH),
    _Language("Jupyter Notebook", "ipynb"),
    _Language("Kotlin", "kt kts", line_comments=_SLASHES, block_comment=_C),
    _Language("LaTeX", "tex sty cls bib", line_comments=("%",)),
    _Language("Lisp", "lisp lsp el scm rkt", line_comments=(";",)),
    _Language("Lua", "lua", interpreters="lua", line_comments=_DASHES),
    _Language("Makefile", "mk mak", "Makefile makefile GNUmakefile", "make", _HASH),
    _Language("Markdown", "md markdown mdx", block_comment=_XML),
    _Language("Nix", "nix", line_comments=_HASH, block_comment=_C),
    _Language("OCaml", "ml mli", interpreters="ocaml", block_comment=("(*", "*)")),
    _Language("Objective-C", "m mm", line_comments=_SLASHES, block_comment=_C),
    _Language("PHP", "php", "", "php", ("//", "#"), _C),
    _Language("Perl", "pl pm", interpreters="perl", line_comments=_HASH),
    _Language("PowerShell", "ps1 psm1 psd1", "", "pwsh", _HASH, ("<#", "#>")),
    _Language("Protocol Buffers", "proto", line_comments=_SLASHES, block_comment=_C),
    _Language("Python", "py pyi pyw", "SConstruct SConscript", "python", _HASH),
    _Language("R", "r", interpreters="Rscript", line_comments=_HASH),
    _Language("Ruby", "rb rake gemspec", "Gemfile Rakefile Vagrantfile", "ruby", _HASH),
    _Language("Rust", "rs", line_comments=_SLASHES, block_comment=_C),
    _Language("SQL", "sql", line_comments=_DASHES, block_comment=_C),
    _Language("SVG", "svg", block_comment=_XML),
    _Language("Scala", "scala sc", interpreters="scala", line_comments=_SLASHES, block_comment=_C),
    _Language("Shell", "sh bash ksh dash bats", ".bashrc .profile", "sh bash ksh dash", _HASH),
    _Language(
        "Starlark",
        "bzl bazel star",
        "BUILD BUCK WORKSPACE MODULE.bazel",
        line_comments=_HASH,
    ),
    _Language("Swift", "swift", "", "swift", _SLASHES, _C),
    _Language("TOML", "toml", "Pipfile", line_comments=_HASH),
    _Language("Tcl", "tcl", interpreters="tclsh wish", line_comments=_HASH),
    _Language("Terraform", "tf tfvars hcl", "", "", ("#", "//"), _C),
    _Language("Text", "txt text", "README LICENSE COPYING AUTHORS NOTICE CHANGES"),
    _Language("TypeScript", "ts tsx mts cts", "", "deno ts-node tsx bun", _SLASHES, _C),
    _Language("Visual Basic", "vb vbs bas", line_comments=("'",)),
    _Language("Vue", "vue svelte", block_comment=_XML),
    _Language("XML", "xml xsd xsl xslt plist csproj", block_comment=_XML),
    _Language("YAML", "yaml yml", ".clang-format .clang-tidy", line_comments=_HASH),
    _Language("Zig", "zig", line_comments=_SLASHES),
    _Language("Zsh", "zsh", ".zshrc", "zsh", _HASH),
    _Language("reStructuredText", "rst", line_comments=(".. #",)),
)
_BY_LANGUAGE = {each.name: each for each in _LANGUAGES}
_BY_EXTENSION = {word: each.name for each in _LANGUAGES for word in each.extensions.split()}
_BY_NAME = {word: each.name for each in _LANGUAGES for word in each.names.split()}
_BY_INTERPRETER = {word: each.name for each in _LANGUAGES for word in each.interpreters.split()}


def language_of(name: str, content: bytes | None) -> str:
    """The language of the file *name*, `OTHER` if unknown.

    *content* is ``None`` for a file too large to read; then the name alone decides, and otherwise
    also a shebang, and whether it is `BINARY`.
    """
    base = PurePath(name).name
    if content is not None and _is_binary(content):
        return BINARY
    # Dockerfile.dev and Makefile.am are what their first word says.
    known = _BY_NAME.get(base) or _BY_EXTENSION.get(PurePath(base).suffix.lower().lstrip("."))
    known = known or _BY_NAME.get(base.partition(".")[0])
    return known or _by_shebang(content or b"") or OTHER


def count_lines(text: str, language: str) -> Lines:
    """The lines of *text*; a line counts as comment when it starts as one in *language*."""
    syntax = _BY_LANGUAGE.get(language, _Language(language))
    opening, closing = syntax.block_comment or ("", "")
    blank = comment = 0
    in_block = False
    lines = text.removesuffix("\n").split("\n") if text else []
    for line in map(str.strip, lines):
        if not line:
            blank += 1
        elif in_block:
            comment += 1
            in_block = closing not in line
        elif opening and line.startswith(opening):
            comment += 1
            in_block = closing not in line[len(opening) :]
        elif line.startswith(syntax.line_comments):
            comment += 1
    return Lines(len(lines), blank, comment)


def decode(content: bytes) -> str:
    """The text of *content*, which is UTF-8 or says what it is; other bytes become U+FFFD."""
    return content.decode("utf-16" if _is_utf16(content) else "utf-8-sig", "replace")


def _is_binary(content: bytes) -> bool:
    return b"\0" in content[:_SNIFFED_BYTES] and not _is_utf16(content)


def _is_utf16(content: bytes) -> bool:
    return content.startswith((b"\xff\xfe", b"\xfe\xff"))


def _by_shebang(content: bytes) -> str | None:
    if not content.startswith(b"#!"):
        return None
    words = content[2:].split(b"\n", 1)[0].decode("utf-8", "replace").split()
    if words and PurePath(words[0]).name == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    if not words:
        return None
    interpreter = PurePath(words[0]).name
    # python3.11 is python.
    versionless = re.sub(r"[\d.]+$", "", interpreter)
    return _BY_INTERPRETER.get(interpreter) or _BY_INTERPRETER.get(versionless)
