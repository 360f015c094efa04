"""Fuzzing with coverage: ``python3.11 -m fuzz MODULE.TARGET -runs=N``. See README.md.

Not a part of the test suite: this searches for as long as it is let, and what it finds becomes a
plain test beside the code.
"""

from __future__ import annotations

import importlib
import inspect
import sys

import atheris  # pants: no-infer-dep

_MODULES = ("application", "sandbox")
# These are imported late by what is fuzzed, which would leave them without instruments.
_LATE = ("bs4", "email.message", "html.parser", "pathspec", "urllib.robotparser")
_PACKAGES = ["ai_coder", "pants_freeze", "bs4", "email", "html", "pathspec", "urllib"]


def main() -> None:
    """Search with the target that the first argument names; the others are libFuzzer's."""
    targets = {}
    for name in _MODULES:
        with atheris.instrument_imports(include=_PACKAGES):
            for late in _LATE:
                importlib.import_module(late)
            module = importlib.import_module(f"fuzz.{name}")
        for target, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not target.startswith("_"):
                targets[f"{name}.{target}"] = function
    chosen = sys.argv[1] if len(sys.argv) > 1 else ""
    if chosen not in targets:
        raise SystemExit(f"usage: python3.11 -m fuzz TARGET [-runs=N]; one of {', '.join(targets)}")
    atheris.Setup([sys.argv[0], *sys.argv[2:]], targets[chosen])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
