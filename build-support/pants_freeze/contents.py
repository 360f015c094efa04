"""What a program consists of, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pants_freeze.requirements import Requirement
from pants_freeze.sizes import Sizes
from pants_freeze.units import format_size


@dataclass(frozen=True)
class Contents:
    """The closure of one program.

    ``sources`` are paths in the repository; ``requirements`` is all of the closure, ``sizes`` what
    of it is in the program; ``imports`` are (dotted name, "path:line") of what the sources import
    from outside; ``hooks`` are names of run-time hooks.
    """

    address: str
    executable: str
    sources: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    sizes: Sizes
    imports: tuple[tuple[str, str], ...]
    hooks: tuple[str, ...]

    def parts(self) -> list[tuple[str, int]]:
        """(label, bytes) of requirements and of all else that the program holds, largest first."""
        sizes = {str(requirement): 0 for requirement in self.requirements}
        sizes.update(self.sizes.requirements)
        return sorted(sizes.items(), key=lambda item: (-item[1], item[0]))


def as_json(found: Iterable[Contents]) -> str:
    """A list of objects, one for each program; bytes of requirements are what they take in it."""
    return json.dumps([_object(each) for each in found], indent=2, ensure_ascii=False)


def _object(each: Contents) -> dict[str, object]:
    others = dict(each.sizes.requirements)
    requirements = [
        {
            "name": requirement.name,
            "version": requirement.version,
            "bytes": others.pop(str(requirement), 0),
        }
        for requirement in each.requirements
    ]
    return {
        "address": each.address,
        "executable": each.executable,
        "executable_bytes": each.sizes.executable_bytes,
        "closure_bytes": each.sizes.closure_bytes,
        "sources": list(each.sources),
        "requirements": requirements,
        "others": others,
        "imports": [{"name": name, "place": place} for name, place in each.imports],
        "hooks": list(each.hooks),
    }


def _lines(each: Contents) -> Iterator[str]:
    yield (
        f"{each.address}: {each.executable}, {format_size(each.sizes.executable_bytes)}; "
        f"closure {format_size(each.sizes.closure_bytes)}"
    )
    yield f"  sources ({len(each.sources)})"
    yield from (f"    {path}" for path in each.sources)
    yield f"  requirements and what else is in it ({len(each.parts())})"
    yield from (f"    {format_size(size):>10}  {label}" for label, size in each.parts())
    yield f"  imports from outside ({len(each.imports)})"
    yield from (f"    {name}  {place}" for name, place in each.imports)
    yield f"  run-time hooks ({len(each.hooks)})"
    yield from (f"    {name}" for name in each.hooks)


def as_text(found: Iterable[Contents]) -> str:
    """The same for people."""
    return "\n".join(line for each in found for line in _lines(each))
