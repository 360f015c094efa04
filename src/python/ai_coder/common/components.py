"""The components of the application: which there are, where they lie and how to start them."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ai_coder.common.errors import ComponentError, ComponentNotExecutable, ComponentNotFound
from ai_coder.common.paths import is_frozen

_SUFFIX = ".exe" if os.name == "nt" else ""


@dataclass(frozen=True)
class Component:
    """One program of the distribution."""

    name: str
    description: str

    @property
    def executable(self) -> str:
        """The file name of the frozen program."""
        return f"ai-coder-{self.name}{_SUFFIX}"

    @property
    def module(self) -> str:
        """The package that is run from source."""
        return f"ai_coder.{self.name}"


COMPONENTS = (
    Component("core", "Desktop application: fill in a form, run a component, watch it work"),
    Component("analyzer", "Check source files, and judge each function with a trained model"),
    Component("trainer", "Train a model on your own texts"),
    Component("scanner", "Scan a folder of source code for problems"),
    Component("web", "Collect the text of a web site"),
    Component("launcher", "Start any of the components from the command line"),
)
NAMES = tuple(component.name for component in COMPONENTS)


def named(name: str) -> Component:
    """The component called *name*; `ComponentNotFound` suggests the one that was likely meant."""
    for component in COMPONENTS:
        if component.name == name:
            return component
    # Only a mistyped name pays for this import.
    import difflib

    close = difflib.get_close_matches(name, NAMES, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(NAMES)}"
    raise ComponentNotFound(f"there is no component {name!r}; {hint}")


def folder() -> Path:
    """The folder that is searched: the one this program lies in, wherever it was started from.

    Frozen, a symbolic link to the program (as in ``/usr/local/bin``) leads to the distribution.
    """
    if is_frozen():
        return Path(sys.executable).resolve().parent
    return Path(__file__).absolute().parents[1]


def location(component: Component) -> Path:
    """Where *component* lies, or would lie if it were there."""
    if is_frozen():
        return folder() / component.executable
    return folder() / component.name


def defect(component: Component) -> ComponentError | None:
    """Why *component* cannot be started, or ``None`` if it can."""
    path = location(component)
    missing = f"component {component.name!r} is not in {folder()}"
    if not is_frozen():
        spec = importlib.util.find_spec(component.module)
        # A folder without __init__.py (say, with only __pycache__ left) has a spec, but no origin.
        return None if spec is not None and spec.origin else ComponentNotFound(missing)
    if not path.exists():
        if path.is_symlink():
            target = path.readlink()
            return ComponentNotFound(f"{path} is a symbolic link to {target}, which is not there")
        return ComponentNotFound(f"{missing} (no {component.executable})")
    if not path.is_file():
        return ComponentNotExecutable(f"{path} is not a file; reinstall component {component.name}")
    if not os.access(path, os.X_OK):
        return ComponentNotExecutable(f"{path} is not executable; run: chmod +x {path}")
    return None


def available() -> tuple[Component, ...]:
    """The components that can be started."""
    return tuple(component for component in COMPONENTS if defect(component) is None)


def command(component: Component, arguments: Sequence[str]) -> list[str]:
    """The command line that starts *component* with *arguments*."""
    if is_frozen():
        return [str(location(component)), *arguments]
    # -P: modules in the user's working directory must not shadow the component's.
    return [sys.executable, "-P", "-m", component.module, *arguments]


def environment() -> dict[str, str]:
    """The environment for the process that `command` starts."""
    result = dict(os.environ)
    if not is_frozen():
        path = [str(folder().parent), result.get("PYTHONPATH", "")]
        result["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    return result
