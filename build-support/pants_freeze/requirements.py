"""The requirements of a closure, and the ``requirements.txt`` written from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pants_freeze.sandbox.environment import normalize_name


@dataclass(frozen=True, order=True)
class Requirement:
    """One distribution of a closure: normalised name and version."""

    name: str
    version: str

    @classmethod
    def of(cls, name: str, version: object) -> Requirement:
        """The requirement *name* in the spelling that PEP 503 gives it."""
        return cls(normalize_name(name), str(version))

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


def requirements_txt(requirements: Iterable[Requirement], title: str) -> bytes:
    """A ``requirements.txt`` with each requirement once, sorted; *title* is its comment line."""
    lines = [f"# {title}", *(str(requirement) for requirement in sorted(set(requirements)))]
    return ("\n".join(lines) + "\n").encode()
