"""The one runtime folder of a distribution: the layers of its components, merged by content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from pants_freeze.sandbox.environment import FIRST_PARTY

_PACKED = " (packed with UPX)"


@dataclass(frozen=True)
class RuntimeFile:
    """One file of a layer: ``content`` identifies its bytes and mode, or its link target."""

    content: str
    origin: str
    is_packed: bool = False

    def side(self, address: str) -> tuple[str, str]:
        """Its side of a conflict: who needs it, and where it comes from."""
        return address + (_PACKED if self.is_packed else ""), self.origin


def runtime_files(
    contents: Iterable[tuple[str, str]],
    origins: Iterable[tuple[str, str]],
    packed: Container[str] = (),
) -> dict[str, RuntimeFile]:
    """Path -> file, of (path, content) and (path, origin) pairs; *packed* are paths."""
    origin_of = dict(origins)
    return {
        path: RuntimeFile(content, origin_of[path], path in packed) for path, content in contents
    }


@dataclass(frozen=True, order=True)
class Conflict:
    """Two components need different content at ``path``; each side is (address, origin)."""

    path: str
    left: tuple[str, str]
    right: tuple[str, str]

    def __str__(self) -> str:
        left, right = (f"{origin} of {address}" for address, origin in (self.left, self.right))
        return f"{self.path}: {left}, {right}"


def find_conflicts(layers: Mapping[str, Mapping[str, RuntimeFile]]) -> tuple[Conflict, ...]:
    """The conflicts between *layers* (address -> path -> file), sorted by path.

    A path that is a file in one layer and a folder in another is a conflict too.
    """
    owners: dict[str, tuple[str, RuntimeFile]] = {}
    conflicts = []
    for address in sorted(layers):
        for path, file in sorted(layers[address].items()):
            other_address, other = owners.setdefault(path, (address, file))
            if other.content != file.content:
                left, right = other.side(other_address), file.side(address)
                conflicts.append(Conflict(path, left, right))
    for path in sorted(owners):
        parent = path.rpartition("/")[0]
        while parent:
            if parent in owners:
                (outer_address, outer), (inner_address, inner) = owners[parent], owners[path]
                left, right = outer.side(outer_address), inner.side(inner_address)
                conflicts.append(Conflict(parent, left, right))
            parent = parent.rpartition("/")[0]
    return tuple(sorted(set(conflicts)))


def _same_settings(sides: Iterable[tuple[tuple[str, str], tuple[str, str]]]) -> str:
    """What to do where the content differs although it comes from the same place."""
    sides = tuple(sides)
    if any(
        left.endswith(_PACKED) is not right.endswith(_PACKED) for (left, _), (right, _) in sides
    ):
        return "give the targets the same `compression`, "
    if any(left == right != FIRST_PARTY for (_, left), (_, right) in sides):
        return "give the targets the same `optimization_level`, `strip` and `optimize`, "
    return ""


def conflict_message(conflicts: Iterable[Conflict], shown: int = 3) -> str:
    """What is wrong and what to do, naming the first conflict of each pair of origins."""
    by_sides: dict[tuple[tuple[str, str], tuple[str, str]], list[Conflict]] = defaultdict(list)
    for conflict in conflicts:
        by_sides[(conflict.left, conflict.right)].append(conflict)
    lines = []
    for group in list(by_sides.values())[:shown]:
        others = len(group) - 1
        more = f" (and {others} more {'file' if others == 1 else 'files'})" if others else ""
        lines.append(f"\n  {group[0]}{more}")
    if len(by_sides) > shown:
        lines.append(f"\n  ... and {len(by_sides) - shown} more pairs")
    return (
        "components need different files at one path of the shared runtime folder:"
        + "".join(lines)
        + f"\n  {_same_settings(by_sides)}"
        + "use one version in one resolve, or set `private_runtime=True` on one of the targets"
    )
