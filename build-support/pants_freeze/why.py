"""Why something is in a program: the shortest chain of imports, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from pants_freeze.sandbox.environment import normalize_name
from pants_freeze.sandbox.graph import ImportGraph
from pants_freeze.sandbox.modules import module_of
from pants_freeze.sizes import name_of


@dataclass(frozen=True)
class Program:
    """What is known of the closure of one program.

    ``places``   of first-party code ("src/project/graph.py:7"), with the names imported there
    ``origins``  files of the runtime folder, with the labels of what they come from
    ``sources``  first-party files: path below the source root -> path in the repository
    """

    address: str
    graph: ImportGraph
    places: Mapping[str, Iterable[str]]
    origins: Mapping[str, str]
    sources: Mapping[str, str]

    def nodes_of(self, label: str) -> set[str]:
        """The files that come from *label* ("networkx==3.6.1"), and the modules stored in them."""
        compiled = self.graph.compiled
        files = {path for path, origin in self.origins.items() if origin == label}
        stored = {module for module, path in self.graph.stored.items() if path in files}
        return (
            files
            | (stored - compiled.keys())
            | {module for module, origin in compiled.items() if origin == label}
        )

    def nodes(self, word: str) -> set[str]:
        """What *word* means: a module, a path or name of a file, a package, or a requirement."""
        if word in self.graph:
            return {word}
        files = {path for path in self.origins if word in (path, PurePosixPath(path).name)}
        inside = {name for name in self.graph.stored if name.startswith(f"{word}.")}
        labels = {
            label
            for label in (*self.origins.values(), *self.graph.compiled.values())
            if word == label or normalize_name(word) == normalize_name(name_of(label))
        }
        return files or inside or {node for label in labels for node in self.nodes_of(label)}

    def chain_to(self, label: str, through: Iterable[str]) -> str:
        """The shortest chain to something that comes from *label*, in one line; empty if none.

        If there is one that begins with an import of something that comes from one of the labels
        *through*, it is that: what is new is pulled in by what is new, though older imports may
        lead there too.
        """
        wanted = self.nodes_of(label)
        nodes = {node for each in through for node in self.nodes_of(each)}
        new = {
            place: [name for name in names if self.graph.module_of(name) in nodes]
            for place, names in self.places.items()
        }
        chain = self.graph.shortest(new, wanted) or self.graph.chain(self.places, wanted)
        text = ""
        for link in chain or ():
            text += f", which {link.why} {link.imported}" if text else str(link)
        return text

    def explain(self, word: str) -> list[str]:
        """Lines that say why *word* is in the closure, or that it is not."""
        for path, place in self.sources.items():
            if word in (module_of(path), path, place):
                return [f"{word} is first-party code of {self.address}: {place}"]
        nodes = self.nodes(word)
        if not nodes:
            return [f"{word} is not in the closure of {self.address}"]
        known = {**self.origins, **self.graph.compiled}
        paths = {
            node if node in known else self.graph.stored.get(node, node) for node in nodes
        } & known.keys()
        labels = ", ".join(sorted({known[path] for path in paths}))
        title = f"{word} ({labels}) is in the closure of {self.address}"
        chain = self.graph.chain(self.places, nodes)
        if chain is None:
            return [f"{title}; nothing imports it, the freezer collects it by a rule of its own"]
        return [f"{title}:", *(f"  {link}" for link in chain)]
