"""The runtime layer as a folder: what freeze writes and link reads.

``runtime/``
    Interpreter library, standard library, third-party modules, native libraries and data. It is
    copied to the distribution as it is.
``link/index.json``
    A `LayerIndex`: what the linker needs to know of the layer, a few kilobytes.
``link/hooks/NAME.py``, ``link/modules/PATH.py``
    Run-time hooks of this component, in the order of the index, and the helper modules they import.
    They belong to the freezer, not to the closure, so they go into the executable.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

RUNTIME = "runtime"
LINK = "link"
INDEX = f"{LINK}/index.json"


def data_folders(paths: Iterable[str]) -> set[str]:
    """Dotted names of the folders of *paths* that could be imported.

    A folder without modules is a namespace package to Python, and `importlib.resources` finds data
    files through it.
    """
    folders = set()
    for path in paths:
        parts = path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            if not parts[depth - 1].isidentifier():
                break
            folders.add(".".join(parts[:depth]))
    return folders


@dataclass(frozen=True)
class LayerIndex:
    """What a runtime layer holds. Names are dotted; paths are relative, with forward slashes.

    ``python``            version of the interpreter, "3.11.7"
    ``python_library``    file name of its shared library in the runtime folder
    ``packages``, ``modules``, ``namespaces``  pure modules by kind, kept as bytecode
    ``files``             path-derived names of extension modules and modules kept as source
    ``hooks``             names of run-time hooks, in the order they run
    ``hook_modules``      module name -> path below ``link/modules``
    ``console_script``    "module:attributes" of the requested console script, or empty
    ``origins``           file in the runtime folder -> "requests==2.34.2", "CPython 3.11.7", ...
    ``system_libraries``  native libraries left to the system of the user
    ``left_out``          module -> the rule that leaves it out, and the trim list that has the
                          rule, which is empty if the optimisation level has it
    ``excluded``          module that is excluded -> the spec file that says so, which is empty if
                          the field `excludes` does
    ``options``           options of the bootloader, such as "u"
    ``provided``          requirement of the closure, or the interpreter -> the top-level modules
                          that it has, whether they are in the layer or not
    """

    python: str
    python_library: str
    packages: list[str]
    modules: list[str]
    namespaces: list[str]
    files: list[str]
    hooks: list[str]
    hook_modules: dict[str, str]
    console_script: str
    origins: dict[str, str]
    system_libraries: list[str]
    left_out: dict[str, list[str]]
    excluded: dict[str, str]
    options: list[str]
    provided: dict[str, list[str]]

    def write(self, folder: Path) -> None:
        """Write the index of the layer in *folder*."""
        text = json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False)
        (folder / INDEX).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def parse(cls, text: str | bytes) -> LayerIndex:
        """The index from its JSON *text*; raises ``ValueError`` if it is of another version."""
        content = json.loads(text)
        expected = {field.name for field in fields(cls)}
        if not isinstance(content, dict):
            raise ValueError(f"layer index is a {type(content).__name__}, expected an object")
        if set(content) != expected:
            raise ValueError(f"layer index has {sorted(content)}, expected {sorted(expected)}")
        return cls(**content)

    @classmethod
    def read(cls, folder: Path) -> LayerIndex:
        """The index of the layer in *folder*."""
        return cls.parse((folder / INDEX).read_bytes())
