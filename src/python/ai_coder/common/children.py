"""How a component starts a program of the system."""

from __future__ import annotations

import os

from ai_coder.common.paths import is_frozen

_LIBRARY_PATH = "LD_LIBRARY_PATH"


def system_environment() -> dict[str, str]:
    """A copy of this process's environment that is fit for a system tool.

    A frozen program runs with `LD_LIBRARY_PATH` at its own bundled libraries, and the value from
    before in `LD_LIBRARY_PATH_ORIG`. A system tool that inherits that loads the wrong libraries,
    so the value from before is put back, or the variable dropped where there was none.
    """
    environment = dict(os.environ)
    original = environment.pop(f"{_LIBRARY_PATH}_ORIG", None)
    if original is not None:
        environment[_LIBRARY_PATH] = original
    elif is_frozen():
        environment.pop(_LIBRARY_PATH, None)
    return environment
