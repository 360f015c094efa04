"""Who needs what in a runtime layer: what freeze writes, and chains of imports are found in."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

GRAPH = "graph.json"


@dataclass(frozen=True)
class Link:
    """One link of a chain: ``importer`` has ``imported`` in the layer because of ``why``.

    ``why`` is a verb: "imports", "is stored in", "brings along" or "is linked with".
    """

    importer: str
    why: str
    imported: str

    def __str__(self) -> str:
        return f"{self.importer} {self.why} {self.imported}"


@dataclass(frozen=True)
class ImportGraph:
    """Modules (dotted names) and files (paths in the runtime folder) of a layer.

    ``imports``  module -> modules of the layer that it imports
    ``stored``   module -> the file that it is stored in
    ``brings``   module -> data files and libraries that the freezer's hook for it collects; also
                 "the spec file a.spec" -> what it collects
    ``needs``    native library -> files that it is linked with
    ``compiled``  module in the executable, whose bytes cannot be told apart -> label of what it
                 comes from
    ``hooks``    what starts before the program, or else adds to it ("the run-time hook pyi_rth_x",
                 "CPython itself", "the spec file a.spec") -> modules that it imports
    """

    imports: dict[str, list[str]]
    stored: dict[str, str]
    brings: dict[str, list[str]]
    needs: dict[str, list[str]]
    hooks: dict[str, list[str]]
    compiled: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write the graph of the layer in *folder*."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        (folder / GRAPH).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def parse(cls, text: str | bytes) -> ImportGraph:
        """The graph from its JSON *text*."""
        return cls(**json.loads(text))

    def __contains__(self, module: str) -> bool:
        """Whether the *module* of that dotted name is in the layer."""
        return module in self.stored or module in self.imports

    def module_of(self, name: str) -> str:
        """The module that an import of the dotted *name* imports: its longest known beginning.

        Empty if there is none: the import is not in the layer.
        """
        while name and name not in self:
            name = name.rpartition(".")[0]
        return name

    def chain(
        self, places: Mapping[str, Iterable[str]], wanted: Iterable[str]
    ) -> tuple[Link, ...] | None:
        """The shortest chain from first-party code to one of the nodes *wanted*.

        *places* are those of first-party code, such as "project/graph.py:7", with the dotted names
        that each imports. What starts before the program is asked last. None if nothing leads
        there.
        """
        goal = set(wanted)
        for starts in (places, self.hooks):
            found = self.shortest(starts, goal)
            if found:
                return found
        return None

    def shortest(
        self, starts: Mapping[str, Iterable[str]], goal: set[str]
    ) -> tuple[Link, ...] | None:
        """The shortest chain from one of *starts*, with what each imports, to a node of *goal*.

        A start may bring files along, too.
        """
        reached: dict[str, Link] = {}
        queue: deque[str] = deque()
        for place in sorted(starts):
            modules = [each for name in sorted(starts[place]) for each in self._imported(name)]
            links = [Link(place, "imports", module) for module in modules]
            for link in (*links, *self._links(place)):
                if link.imported not in reached:
                    reached[link.imported] = link
                    queue.append(link.imported)
        while queue:
            node = queue.popleft()
            if node in goal:
                chain = [reached[node]]
                while chain[0].importer in reached:
                    chain.insert(0, reached[chain[0].importer])
                return tuple(chain)
            for link in self._links(node):
                if link.imported not in reached:
                    reached[link.imported] = link
                    queue.append(link.imported)
        return None

    def reachable(self, names: Iterable[str]) -> set[str]:
        """The modules that an import of each of the dotted *names* could import in the end."""
        found: set[str] = set()
        left = [module for name in names for module in self._imported(name)]
        while left:
            module = left.pop()
            if module not in found:
                found.add(module)
                left += self.imports.get(module, ())
        return found

    def _imported(self, name: str) -> Iterator[str]:
        """The modules that an import of the dotted *name* runs: its packages, then itself."""
        module = self.module_of(name)
        parts = module.split(".")
        for end in range(1, len(parts) + 1):
            package = ".".join(parts[:end])
            if package in self:
                yield package

    def _links(self, node: str) -> Iterator[Link]:
        if node in self.stored:
            yield Link(node, "is stored in", self.stored[node])
        for why, edges in (
            ("imports", self.imports),
            ("brings along", self.brings),
            ("is linked with", self.needs),
        ):
            for other in edges.get(node, ()):
                yield Link(node, why, other)
