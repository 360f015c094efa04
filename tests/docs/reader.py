"""Somebody who does what a page says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.foreign import Run

from docs.pages import File, steps

# The pages about this repository; `readme_test.py` follows them in a copy of it.
HERE = ("README.md", "docs/without-pants.md", "docs/dependencies.md")
# Each goes on where the tutorial ends; `commands_test.py` follows them in a new repository.
AFTER_TUTORIAL = (
    "component",
    "missing-import",
    "budget",
    "trim",
    "sign",
    "spec-file",
    "freezers",
    "single-file",
    "pants",
)

# All of this repository, from nothing and on a machine that does something else, too.
_TIMEOUT = 2400
# What a user's shell has, and Pants needs.
_PASSED = ("PATH", "HOME", "XDG_CACHE_HOME")


@dataclass(frozen=True)
class Reader:
    """Works in the folder ``root``, with ``variables`` in the environment."""

    root: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def follow(self, page: Path) -> None:
        """Write the files of *page* and run its commands, which must do as it says."""
        for step in steps(page.read_text(encoding="utf-8")):
            if isinstance(step, File):
                path = self.root / step.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(step.text, encoding="utf-8")
                continue
            # As a terminal shows it.
            run = self.run(f"exec 2>&1\n{step.command}")
            printed = run.stdout
            where = f"{page.name}:{step.line}: {step.command}\n{printed}"
            assert run.returncode == 0, f"exit status {run.returncode} of {where}"
            assert step.missing(printed) == [], f"is not printed by {where}"

    def run(self, command: str) -> Run:
        """Run *command* in a shell."""
        passed = {
            name: value
            for name, value in os.environ.items()
            if name in _PASSED or name.startswith("PIP_")
        }
        result = subprocess.run(
            ["sh", "-c", command],
            cwd=self.root,
            env={**passed, "PANTS_DYNAMIC_UI": "false", **self.variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
        return Run(result.returncode, result.stdout, result.stderr)
