"""The trim list of what a program was never seen to open: what `freeze-trim` writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pants_freeze.sandbox.modules import module_of
from pants_freeze.sandbox.trim import Rule, Trim, head, with_reasons
from pants_freeze.units import format_size

_METADATA = (".dist-info", ".egg-info")
_NO_PATTERN = re.compile(r"[\s#*\\]")


@dataclass(frozen=True)
class Runtime:
    """The runtime folder of a component. Paths are relative to it, with forward slashes.

    ``sizes``    path -> bytes of each file
    ``modules``  module -> the file that it is stored in
    ``needed``   the files that were opened, or have to stay although they were not
    """

    sizes: Mapping[str, int]
    modules: Mapping[str, str]
    needed: frozenset[str]

    def drops(self, keep: Iterable[Rule]) -> dict[Rule, int]:
        """The fewest rules that drop all that is not needed and nothing that is -> their bytes.

        What the rules *keep* cover is needed too. A file whose path no pattern can be is left.
        """
        keeping = Trim(Rule("drop", rule.kind, rule.pattern) for rule in keep)
        needed = {
            path
            for path in self.sizes
            if path in self.needed
            or any(part.endswith(_METADATA) for part in path.split("/"))
            or keeping.drops_file(path)
            or (module_of(path) and keeping.drops_module(module_of(path)))
        }
        stored = {path: name for name, path in self.modules.items()}
        modules = _Tree(".", filter(None, map(module_of, needed)))
        files = _Tree("/", needed)
        rules = set()
        for path in sorted(self.sizes.keys() - needed):
            name = module_of(path)
            # The source of a module lies beside what it is stored in.
            is_module = path in stored or (path.endswith(".py") and name in self.modules)
            if is_module and modules.top(name):
                rules.add(Rule("drop", "module", modules.top(name)))
        found: dict[Rule, int] = {}
        for path in sorted(self.sizes.keys() - needed):
            # A library can have the name of a module below a dropped one, and goes with it.
            rule = Rule("drop", "module", modules.top(module_of(path)))
            if rule not in rules:
                rule = Rule("drop", "file", files.top(path))
            if not _NO_PATTERN.search(rule.pattern):
                found[rule] = found.get(rule, 0) + self.sizes[path]
        return found


class _Tree:
    """The *names* that are needed, with all that they lie in."""

    def __init__(self, separator: str, names: Iterable[str]) -> None:
        self._separator = separator
        self._needed = {parent for name in names for parent in self._parents(name)}

    def _parents(self, name: str) -> Iterator[str]:
        parts = name.split(self._separator)
        return (self._separator.join(parts[:end]) for end in range(1, len(parts) + 1))

    def top(self, name: str) -> str:
        """The first part of *name* below which nothing is needed; empty if *name* itself is."""
        return next((each for each in self._parents(name) if each not in self._needed), "")


_WHY = {"module": "never imported", "file": "never opened"}


def trim_list(
    address: str,
    exercises: Iterable[str],
    runtime: Runtime,
    old: str,
    other_rules: Iterable[Rule],
) -> str:
    """The text of the trim list for the target *address*.

    *old* is the text that it replaces, whose `keep` lines stay; raises ``ValueError`` if it is no
    trim list. *other_rules* are those of the other lists of the target.
    """
    keep = {rule: why for rule, why in with_reasons(old).items() if rule.action == "keep"}
    drops = runtime.drops((*keep, *(rule for rule in other_rules if rule.action == "keep")))
    reasons = {rule: f"{format_size(size)}, {_WHY[rule.kind]}" for rule, size in drops.items()}
    reasons.update(keep)
    saved, total = sum(drops.values()), sum(runtime.sizes.values())
    lines = [
        "# What a program does not open, found by",
        head(address),
        "# which ran it with",
        *(f"#     {' '.join(exercise.split()) or '(no arguments)'}" for exercise in exercises),
        f"# Leaves out {format_size(saved)} of {format_size(total)}. To have something stay when "
        "this is written",
        "# again, make its line one of `keep` with your reason.",
        "",
    ]
    # Not in columns: a long line would change all others.
    for rule in sorted(reasons, key=lambda rule: (rule.kind, rule.pattern, rule.action)):
        lines.append(f"{rule}  # {reasons[rule]}")
    return "\n".join([*lines, ""])
