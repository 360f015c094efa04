"""What first-party code imports from outside itself, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pants_freeze import errors


@dataclass(frozen=True)
class ExternalImport:
    """A dotted name that first-party code imports, and where first: "src/project/graph.py:7"."""

    name: str
    place: str


def with_places(
    names: Mapping[str, tuple[str, int]], places: Mapping[str, str]
) -> tuple[ExternalImport, ...]:
    """*names* -> (path, line), whose paths are below source roots, with those of *places*."""
    return tuple(
        ExternalImport(name, f"{places.get(path, path)}:{line}")
        for name, (path, line) in names.items()
    )


def excluded_problems(
    excludes: Iterable[str], imports: Iterable[ExternalImport]
) -> list[errors.Problem]:
    """What is wrong with *excludes* if *imports* happen whenever the program starts."""
    imports = tuple(imports)
    found = []
    for name in excludes:
        places = [each for each in imports if f"{each.name}.".startswith(f"{name}.")]
        if places:
            first = min(places, key=lambda each: each.place)
            what = (
                f"{name!r} is left out, and {first.place} imports {first.name!r} whenever the "
                "program starts; remove one of them, or import it in a function or a `try`"
            )
            found.append(errors.Problem("excludes", what))
    return found
