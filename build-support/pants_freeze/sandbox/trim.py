"""Trim lists: what a runtime layer leaves out of what the freezer collected, and why.

A trim list is a text file with one rule a line, each with its reason::

    drop module torch._inductor              # compiles with a C++ compiler of the user
    drop file torch/bin                      # protoc and test programs
    keep file torch/bin/torch_shm_manager    # shares tensors with other processes

A pattern covers what it names and all below that. ``*`` stands for any part of one name, ``**`` for
any number of names. Where several rules cover something, the one with the most names (``**`` is
none) decides; if they are equal, it is kept. So the order of the lines means nothing.

The freezer does not analyse modules that are dropped, so what only they need is left out as well. A
list that ``freeze-trim`` wrote, as its head says, names all that it leaves out: its modules are
analysed, for what only they seem to need may have been seen to be used.
"""

from __future__ import annotations

import importlib.util
import itertools
import re
import sys
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pants_freeze.sandbox import errors

# What CPython does not start without: modules, and its library, and where they are stored.
_TO_START = {
    "abc": "abc.pyc",
    "codecs": "codecs.pyc",
    "encodings": "encodings/__init__.pyc",
    "encodings.aliases": "encodings/aliases.pyc",
    "encodings.utf_8": "encodings/utf_8.pyc",
    "io": "io.pyc",
    **{f"libpython3.{minor}": f"libpython3.{minor}.so.1.0" for minor in range(9, 14)},
}
_WRITTEN_BY = "#     ./pants freeze-trim "
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
    return sorted(with_reasons(text), key=str)


def with_reasons(text: str) -> dict[Rule, str]:
    """The rules in *text*, each with its reason; raises ``ValueError`` as `parse` does."""
    rules = {}
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
            rules[Rule(**match.groupdict())] = reason
            continue
        problems.append(f"line {number}: {problem}")
    if problems:
        raise ValueError("; ".join(problems))
    return rules


def written_for(text: str) -> str:
    """The address of the target that `freeze-trim` wrote the list *text* for; empty if by hand."""
    heads = (line for line in text.splitlines() if line.startswith(_WRITTEN_BY))
    return next(heads, "")[len(_WRITTEN_BY) :].strip()


def head(address: str) -> str:
    """The line that says that a list was written for the target *address*."""
    return _WRITTEN_BY + address


def _is_no_path(pattern: str) -> bool:
    return "\\" in pattern or any(part in ("", ".", "..") for part in pattern.split("/"))


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
        self._rules = list(dict.fromkeys(rules))
        # Lists that are written by a program have thousands of lines without a wildcard.
        self._plain: dict[tuple[str, str], list[Rule]] = {}
        self._globs: dict[str, list[Rule]] = {"module": [], "file": []}
        for rule in self._rules:
            if "*" in rule.pattern:
                self._globs[rule.kind].append(rule)
            else:
                self._plain.setdefault((rule.kind, rule.pattern), []).append(rule)
        others = list(others)
        self._others = Trim(others) if others else None

    def drops_module(self, name: str) -> bool:
        """Whether the module of the dotted *name* is left out."""
        return self._dropping("module", ".", name) is not None

    def drops_file(self, path: str) -> bool:
        """Whether the file at *path* of the runtime folder, with forward slashes, is left out."""
        return self._dropping("file", "/", path) is not None

    def _dropping(self, kind: str, separator: str, name: str) -> Rule | None:
        """The rule that decides on *name*, if that is to leave it out."""
        plain = (self._plain.get((kind, each), ()) for each in _beginnings(name, separator))
        globs = (
            rule for rule in self._globs[kind] if _compiled(rule.pattern, separator).fullmatch(name)
        )
        decisive = max(
            itertools.chain(*plain, globs),
            key=lambda rule: (_names(rule.pattern, separator), rule.action == "keep"),
            default=None,
        )
        if decisive is None:
            return self._others._dropping(kind, separator, name) if self._others else None
        return decisive if decisive.action == "drop" else None

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

    def left_out(self, known: Mapping[str, str], present: Container[str]) -> dict[str, Rule]:
        """Which modules are missing because of which rule: the fewest that say it all.

        *known* is module -> the file that it would be stored in; *present* are the modules of the
        layer. A package that is left out covers all below it; a folder without one can be, too.
        """
        files = {parent: parent.replace(".", "/") for name in known for parent in _ancestors(name)}
        rules: dict[str, Rule] = {}
        for name, path in sorted({**files, **known}.items()):
            rule = self._dropping("module", ".", name) or self._dropping("file", "/", path)
            if rule is not None and name not in present and not _ancestors(name) & rules.keys():
                rules[name] = rule
        return rules

    def idle(self, modules: Iterable[str], files: Iterable[str]) -> list[Rule]:
        """The rules, without the others, that cover nothing of *modules* and *files*.

        What is built into this interpreter is covered, too, for in others it is a file, and so is
        what the standard library has on other systems only: a list is for all.
        """
        known = (*modules, *sys.builtin_module_names, *_on_other_systems())
        names = {"module": known, "file": tuple(files)}
        separators = {"module": ".", "file": "/"}
        covered = {
            kind: {each for name in names[kind] for each in _beginnings(name, separators[kind])}
            for kind in {rule.kind for rule in self._rules}
        }
        return [
            rule
            for rule in sorted(self._rules, key=lambda rule: rule.kind, reverse=True)
            if rule.pattern not in covered[rule.kind]
            and not any(
                map(_compiled(rule.pattern, separators[rule.kind]).fullmatch, names[rule.kind])
            )
        ]


def _on_other_systems() -> Iterator[str]:
    """Modules of the standard library that this interpreter does not have; needs Python 3.10."""
    for name in getattr(sys, "stdlib_module_names", ()):
        if importlib.util.find_spec(name) is None:
            yield name


def _beginnings(name: str, separator: str) -> Iterator[str]:
    """What *name* lies in, from the outside, and *name* itself."""
    parts = name.split(separator)
    return (separator.join(parts[:end]) for end in range(1, len(parts) + 1))


def _ancestors(name: str) -> set[str]:
    return set(_beginnings(name, ".")) - {name}


def without_start(rules: Iterable[Rule]) -> dict[Rule, str]:
    """Those of *rules* that leave out what no program starts without, each with what that is."""
    found: dict[Rule, str] = {}
    for name, rule in Trim(rules).left_out(_TO_START, ()).items():
        found.setdefault(rule, _TO_START.get(name, name))
    return found


def check_rules(idle: Iterable[Rule], lists: Iterable[tuple[Rule, str]]) -> None:
    """Raise `errors.TrimError` if there are *idle* rules, which cover nothing.

    *lists* are the rules with the paths of the lists that have them.
    """
    paths: dict[Rule, list[str]] = {}
    for rule, path in lists:
        paths.setdefault(rule, []).append(path)
    lines = [f"{str(rule)!r} in {' and '.join(paths[rule])}" for rule in idle]
    if lines:
        raise errors.TrimError(
            f"`trim`: {', '.join(lines)}: the closure has nothing that this covers; "
            "correct the line or remove it"
        )
