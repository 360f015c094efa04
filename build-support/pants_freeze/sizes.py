"""What the bytes of a component come from, and the record of what was accepted of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze.report import Change
from pants_freeze.sandbox.environment import FIRST_PARTY


def name_of(label: str) -> str:
    """The name in a label: "networkx" of "networkx==3.6.1", "CPython" of "CPython 3.11.7"."""
    name = label.partition("==")[0]
    return "CPython" if name.startswith("CPython ") else name


@dataclass(frozen=True)
class Sizes:
    """Bytes of one component: its executable, and its closure by what the files come from.

    ``requirements`` are (label, bytes), sorted; their sum is the closure. The executable is part of
    the first-party code. Of a program in one file, ``executable_bytes`` are those of that file, and
    the closure is what it unpacks.
    """

    executable_bytes: int
    requirements: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, executable_bytes: int, files: Iterable[tuple[str, int]]) -> Sizes:
        """Sizes of an executable and of the (label, bytes) of each file of its runtime folder."""
        sums: Counter[str] = Counter({FIRST_PARTY: executable_bytes})
        for label, size in files:
            sums[label] += size
        return cls(executable_bytes, tuple(sorted(sums.items())))

    @property
    def closure_bytes(self) -> int:
        """All that the component needs."""
        return sum(size for _, size in self.requirements)

    def record(self) -> bytes:
        """The record to accept: JSON, one requirement a line."""
        content = {
            "executable_bytes": self.executable_bytes,
            "requirements": dict(self.requirements),
        }
        return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()

    @classmethod
    def parse(cls, text: bytes) -> Sizes:
        """The sizes in a record; raises ``ValueError`` if *text* is none."""
        try:
            content = json.loads(text)
            executable, requirements = content["executable_bytes"], content["requirements"]
            found = cls(executable, tuple(sorted(requirements.items())))
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            found = None
        if found is None or not all(
            type(size) is int and size >= 0
            for size in (found.executable_bytes, *(size for _, size in found.requirements))
        ):
            raise ValueError("it is no record of sizes")
        return found

    def change_since(self, accepted: Sizes) -> Change:
        """Bytes more than *accepted*, by the names of requirements that differ, largest first."""
        difference: Counter[str] = Counter()
        for sizes, sign in ((self, 1), (accepted, -1)):
            for label, size in sizes.requirements:
                difference[name_of(label)] += sign * size
        changed = sorted(
            ((name, size) for name, size in difference.items() if size),
            key=lambda item: (-abs(item[1]), item[0]),
        )
        return Change(
            executable_bytes=self.executable_bytes - accepted.executable_bytes,
            closure_bytes=self.closure_bytes - accepted.closure_bytes,
            requirements=dict(changed),
        )


@dataclass(frozen=True)
class Record:
    """The sizes that were accepted, in the file at ``path``; None if there is no such file."""

    path: str
    sizes: Sizes | None
