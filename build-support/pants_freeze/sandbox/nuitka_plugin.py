"""Our plugin for Nuitka, which loads this file itself, in a process of its own."""

from __future__ import annotations

import importlib.metadata
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nuitka.plugins.PluginBase import NuitkaPluginBase  # pants: no-infer-dep

# The folder of sources to compile instead of others: NAME.py for the module NAME.
_REPLACEMENTS = Path(os.environ["PANTS_FREEZE_REPLACEMENTS"])
# Normalised names of the distributions of the closure.
_CLOSURE = frozenset(os.environ["PANTS_FREEZE_CLOSURE"].split())

_C_FILE = Path(__file__).resolve().parents[1] / "frozen" / "hidden_variables.c"


def _hide_metadata_of_the_freezer() -> None:
    """Have only distributions of the closure found: Nuitka answers `importlib.metadata` itself."""
    find = importlib.metadata.MetadataPathFinder.find_distributions

    def find_of_closure(
        *arguments: importlib.metadata.DistributionFinder.Context,
    ) -> Iterator[importlib.metadata.Distribution]:
        for found in find(*arguments):
            if re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower() in _CLOSURE:
                yield found

    finder: Any = importlib.metadata.MetadataPathFinder
    finder.find_distributions = find_of_closure


_hide_metadata_of_the_freezer()


class PantsFreezePlugin(NuitkaPluginBase):  # type: ignore[misc]
    """Adds C code to the executable, and replaces modules that tell of this machine."""

    plugin_name = "pants-freeze"

    def getExtraCodeFiles(self) -> dict[str, str]:  # noqa: N802
        """C files to compile: name -> text."""
        return {_C_FILE.name: _C_FILE.read_text(encoding="utf-8")}

    @staticmethod
    def createPostModuleLoadCode(  # noqa: N802
        module: Any,
    ) -> Iterator[tuple[str, str]]:
        """Code to run after a module: pairs of the code and the reason for it."""
        if module.getFullName() == "multiprocessing":
            # In a child that Nuitka starts itself, ours begins later and sets it then.
            yield (
                "import sys\n"
                "if 'pants_freeze_start' in sys.modules:\n"
                "    sys.modules['pants_freeze_start'].restore_executable()\n",
                "The path of the executable is that of the program.",
            )

    def onModuleSourceCode(  # noqa: N802
        self, module_name: str, source_filename: str, source_code: str
    ) -> str:
        """The source to compile for a module."""
        replacement = _REPLACEMENTS / f"{module_name}.py"
        if replacement.exists():
            return replacement.read_text(encoding="utf-8")
        return source_code
