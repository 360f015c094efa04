"""Our plugin for Nuitka, which loads this file itself, in a process of its own."""

from __future__ import annotations

import os
from pathlib import Path

from nuitka.plugins.PluginBase import NuitkaPluginBase  # pants: no-infer-dep

# A variable with the folder of sources to compile instead of others: NAME.py for the module NAME.
REPLACEMENTS = "PANTS_FREEZE_REPLACEMENTS"

_C_FILE = Path(__file__).resolve().parents[1] / "frozen" / "hidden_variables.c"


class PantsFreezePlugin(NuitkaPluginBase):  # type: ignore[misc]
    """Adds C code to the executable, and replaces modules that tell of this machine."""

    plugin_name = "pants-freeze"

    def getExtraCodeFiles(self) -> dict[str, str]:  # noqa: N802
        """C files to compile: name -> text."""
        return {_C_FILE.name: _C_FILE.read_text(encoding="utf-8")}

    def onModuleSourceCode(  # noqa: N802
        self, module_name: str, source_filename: str, source_code: str
    ) -> str:
        """The source to compile for a module."""
        replacement = Path(os.environ[REPLACEMENTS], f"{module_name}.py")
        if replacement.exists():
            return replacement.read_text(encoding="utf-8")
        return source_code
