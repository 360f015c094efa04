"""Trim lists: what a runtime layer leaves out of what the freezer collected, and why.

A trim list is a text file with one rule a line, each with its reason::

    drop module torch._inductor              # compiles with a C++ compiler of the user
    drop file torch/bin                      # protoc and test programs
    keep file torch/bin/torch_shm_manager    # shares tensors with other processes

A pattern covers what it names and all below that. ``*`` stands for any part of one name, ``**`` for
any number of names. Where several rules cover something, the one with the most names (``**`` is
none) decides; if they are equal, it is kept. So the order of the lines means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

# Each level has the built-in lists of those before it, too.
LEVELS = ("low", "medium", "high")

_LINE = re.compile(r"(?P<action>drop|keep) +(?P<kind>module|file) +(?P<pattern>\S+)")
_MODULE = re.compile(r"[\w*]+(\.[\w*]+)*")


@dataclass(frozen=True)
class Rule:
    """One line of a trim list, without its reason.

    ``action``   "drop" or "keep"
    ``kind``     "module" (``pattern`` is a dotted name) or "file" (a path in the runtime folder)
    """

    action: str
    kind: str
    pattern: str

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.pattern}"


def parse(text: str) -> list[Rule]:
    """The rules in *text*, sorted; raises ``ValueError`` with a message for each wrong line."""
    rules = set()
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        content, hash_sign, reason = map(str.strip, line.partition("#"))
        if not content:
            continue
        match = _LINE.fullmatch(content)
        if not match:
            problem = f"{content!r} is no rule; write 'drop module NAME  # REASON' or 'drop file …'"
        elif match["kind"] == "module" and not _MODULE.fullmatch(match["pattern"]):
            problem = f"{match['pattern']!r} is no module; write a dotted name, with * where needed"
        elif match["kind"] == "file" and _is_no_path(match["pattern"]):
            problem = f"{match['pattern']!r} is no path in the runtime folder; write one like 'a/b'"
        elif not hash_sign or not reason:
            problem = f"{content!r} has no reason; add one after '#'"
        else:
            rules.add(Rule(**match.groupdict()))
            continue
        problems.append(f"line {number}: {problem}")
    if problems:
        raise ValueError("; ".join(problems))
    return sorted(rules, key=str)


def _is_no_path(pattern: str) -> bool:
    return "\\" in pattern or any(part in ("", ".", "..") for part in pattern.split("/"))


def level_rules(level: str) -> list[Rule]:
    """The built-in rules of the optimisation *level*, one of `LEVELS`; the lowest has none."""
    folder = Path(__file__).with_name("levels")
    names = LEVELS[1 : LEVELS.index(level) + 1]
    return [
        rule
        for name in names
        for rule in parse(folder.joinpath(f"{name}.trim").read_text(encoding="utf-8"))
    ]


@lru_cache(maxsize=4096)
def _compiled(pattern: str, separator: str) -> re.Pattern[str]:
    names = pattern.split(separator)
    if names[-1] == "**":  # all below is covered anyway
        names[-1] = "*"
    escaped = re.escape(separator)
    expression = ""
    for position, name in enumerate(names):
        if name == "**":
            expression += f"([^{escaped}]+{escaped})*"
        else:
            stars = re.escape(name).replace(r"\*", f"[^{escaped}]*")
            expression += stars + (escaped if position < len(names) - 1 else "")
    return re.compile(f"{expression}({escaped}.*)?")


def _names(pattern: str, separator: str) -> int:
    return sum(name != "**" for name in pattern.split(separator))


class Trim:
    """Decides by *rules* what a runtime layer leaves out, and where none covers it, by *others*."""

    def __init__(self, rules: Iterable[Rule], others: Iterable[Rule] = ()) -> None:
        self._rules: dict[str, list[Rule]] = {"module": [], "file": []}
        for rule in rules:
            self._rules[rule.kind].append(rule)
        others = list(others)
        self._others = Trim(others) if others else None

    def drops_module(self, name: str) -> bool:
        """Whether the module of the dotted *name* is left out."""
        return self._drops("module", ".", name)

    def drops_file(self, path: str) -> bool:
        """Whether the file at *path* of the runtime folder, with forward slashes, is left out."""
        return self._drops("file", "/", path)

    def _drops(self, kind: str, separator: str, name: str) -> bool:
        decisive = max(
            (
                (_names(rule.pattern, separator), rule.action == "keep")
                for rule in self._rules[kind]
                if _compiled(rule.pattern, separator).fullmatch(name)
            ),
            default=None,
        )
        if decisive is None:
            return self._others is not None and self._others._drops(kind, separator, name)
        return not decisive[1]

    def excluded(self, modules: Iterable[str]) -> list[str]:
        """The fewest names whose modules, with all below them, are the ones of *modules* to drop.

        A package that is dropped while something in it is kept is not among them.
        """
        dropped: set[str] = set()
        needed: set[str] = set()
        for name in modules:
            if self.drops_module(name):
                dropped.add(name)
            else:
                parts = name.split(".")
                needed.update(".".join(parts[:end]) for end in range(1, len(parts)))
        whole = dropped - needed
        return sorted(name for name in whole if not _ancestors(name) & whole)

    def idle(self, modules: Iterable[str], files: Iterable[str]) -> list[Rule]:
        """The rules, without the others, that cover nothing of *modules* and *files*."""
        names = {"module": list(modules), "file": list(files)}
        separators = {"module": ".", "file": "/"}
        return [
            rule
            for kind, rules in self._rules.items()
            for rule in rules
            if not any(map(_compiled(rule.pattern, separators[kind]).fullmatch, names[kind]))
        ]


def _ancestors(name: str) -> set[str]:
    parts = name.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts))}
