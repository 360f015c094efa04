"""The text of a source file, and where in it something is."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import PurePath

from ai_coder.analyzer import rules
from ai_coder.analyzer.results import Finding, Region

# How much of a file decides whether it is binary; what Git looks at, too.
_SNIFFED_BYTES = 8000
_TEST = re.compile(r"test_.*|.*[_.](?:test|spec)|conftest|tests?|Tests?|.*Tests?|__tests__")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Source:
    """A source file: its *name* in reports, its *text*, and what is wrong with its encoding.

    Each line of the text ends with a line feed, whatever it ends with in the file.
    """

    name: str
    text: str
    findings: tuple[Finding, ...] = ()

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.text.split("\n")

    @cached_property
    def is_test(self) -> bool:
        """Whether it is part of the tests of something, as its name tells."""
        path = PurePath(self.name)
        return any(_TEST.fullmatch(part) for part in (path.stem, *path.parent.parts))

    @property
    def whole(self) -> Region:
        """The region of all of the text."""
        return Region(1, 1, len(self.lines), len(self.lines[-1]) + 1)

    def column(self, line: int, offset: int) -> int:
        """The column in *line* (from 1) of the byte *offset* (from 0) of its UTF-8."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        if text.isascii():
            return offset + 1
        if line not in self._starts:
            self._starts[line] = list(accumulate((len(each.encode()) for each in text), initial=0))
        return bisect_left(self._starts[line], offset) + 1

    @cached_property
    def _starts(self) -> dict[int, list[int]]:
        """Of the lines asked for that are not ASCII, the byte that each character starts with."""
        return {}

    def region(self, line: int, offset: int, end_line: int, end_offset: int) -> Region:
        """The region between two places, each a line from 1 and a byte of its UTF-8 from 0."""
        return Region(line, self.column(line, offset), end_line, self.column(end_line, end_offset))

    def first_line(self, region: Region) -> Region:
        """The part of *region* that is in its first line."""
        if region.end_line == region.line:
            return region
        end = len(self.lines[region.line - 1].rstrip()) + 1
        return Region(region.line, region.column, region.line, max(end, region.column))

    def text_of(self, region: Region) -> str:
        """The text in *region*, without the indentation that its first line has."""
        lines = self.lines[region.line - 1 : region.end_line]
        lines[-1] = lines[-1][: region.end_column - 1]
        before = lines[0][: region.column - 1]
        if before.isspace():
            return "\n".join(line.removeprefix(before) for line in lines)
        lines[0] = lines[0][region.column - 1 :]
        return "\n".join(lines)


def is_binary(content: bytes) -> bool:
    """Whether *content* is no text."""
    return b"\0" in content[:_SNIFFED_BYTES] and not content.startswith(_UTF16_MARKS)


def read_source(name: str, content: bytes, language: str) -> Source:
    """The text of *content*: of Python as it declares, else UTF-8 or by a byte order mark.

    What is neither is read as Latin-1, which has a character for each byte, and a finding says so.
    """
    finding = None
    try:
        if language == "python":
            encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        else:
            encoding = "utf-16" if content.startswith(_UTF16_MARKS) else "utf-8-sig"
        text = content.decode(encoding)
    except (SyntaxError, LookupError, ValueError) as error:
        # The errors of Python's decoding are of several classes, and so are those of its codecs.
        text = content.decode(
            "utf-16" if content.startswith(_UTF16_MARKS) else "latin-1", "replace"
        )
        finding = _undecodable(language, content, error)
    # A codec may give half characters; no report could be written with them.
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return Source(name, text, (finding,) if finding else ())


def _undecodable(language: str, content: bytes, error: Exception) -> Finding:
    start = error.start if isinstance(error, UnicodeDecodeError) else 0
    line = content[:start].count(b"\n") + 1
    region = Region(line, 1, line, 1)
    if language == "python":
        reason = getattr(error, "reason", None) or getattr(error, "msg", None) or str(error)
        return Finding(rules.SYNTAX_ERROR, region, f"cannot be decoded: {reason}")
    return Finding(rules.ENCODING, region, "the file is not UTF-8; it is read as Latin-1")
