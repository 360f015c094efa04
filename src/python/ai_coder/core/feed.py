"""What a component writes, piece by piece: bytes to text, and progress apart from output."""

from __future__ import annotations

import codecs
import io
import json
import re
from dataclasses import dataclass

# Not str.splitlines, which knows more ends of a line than a component means.
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_PREFIX = '{"progress"'
# A line that starts like progress but goes on for longer is none.
_LONGEST_LINE = 4096
# Would be drawn as boxes or not at all; NUL even ends the text for some receivers of the clipboard.
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), 127), "\N{REPLACEMENT CHARACTER}")


@dataclass(frozen=True)
class Progress:
    """How far a component is; *total* is ``None`` where that is unknown, *note* mostly empty."""

    label: str
    done: int
    total: int | None
    note: str = ""


class Decoder:
    """Turns UTF-8 that arrives in pieces into text; what is not UTF-8 is replaced."""

    def __init__(self) -> None:
        utf8 = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._decoder = io.IncrementalNewlineDecoder(utf8, translate=True)

    def feed(self, data: bytes, final: bool = False) -> str:
        """The text of *data* so far; *final* also gives what waited for its other half."""
        return self._decoder.decode(data, final).translate(_CONTROL)


class ProgressFilter:
    """Takes the progress lines out of text that arrives in pieces."""

    def __init__(self) -> None:
        self._held = ""
        self._line_begins = True

    def feed(self, text: str) -> tuple[str, list[Progress]]:
        """The output in *text*, and the progress; part of a progress line waits for its rest."""
        output: list[str] = []
        progress: list[Progress] = []
        for line in _LINES.findall(self._held + text):
            self._held = ""
            if self._line_begins and line.endswith("\n"):
                state = parse(line)
                if state is not None:
                    progress.append(state)
                    continue
            elif self._line_begins and _may_become_progress(line):
                self._held = line
                continue
            output.append(line)
            self._line_begins = line.endswith("\n")
        return "".join(output), progress

    def close(self) -> tuple[str, list[Progress]]:
        """What was still held when the text ended."""
        held, self._held = self._held, ""
        state = parse(held)
        return ("", [state]) if state is not None else (held, [])


def parse(line: str) -> Progress | None:
    """The progress that *line* tells of, or ``None`` if it is ordinary output."""
    if not line.startswith(_PREFIX) or len(line) > _LONGEST_LINE:
        return None
    try:
        state = json.loads(line)["progress"]
        label, done, total = state["label"], state["done"], state["total"]
        note = state.get("note", "")
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    counts = type(done) is int and (total is None or type(total) is int)
    if counts and isinstance(label, str) and isinstance(note, str):
        return Progress(label, done, total, note)
    return None


def _may_become_progress(part: str) -> bool:
    return len(part) <= _LONGEST_LINE and (part.startswith(_PREFIX) or _PREFIX.startswith(part))
