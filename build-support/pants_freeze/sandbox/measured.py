"""Measured: any of the sandbox programs, with its time and memory.

Run as ``python -m pants_freeze.sandbox.measured PROGRAM PLAN``. Ends as PROGRAM ends, and writes
``metrics.json`` beside what PROGRAM writes: the fields of `usage.Usage`. It is an output of its
own, because it differs from run to run and what PROGRAM writes does not.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from pants_freeze.sandbox import usage

METRICS = "metrics.json"

# The folder of the system programs that PROGRAM was given.
TOOLS = "tools"


def main(program: str, plan: str) -> int:
    """Run *program* on *plan*, write its metrics and give its exit status."""
    # The script that starts the interpreter of a PEX sets another search path, that of Pants.
    os.environ["PATH"] = os.path.abspath(TOOLS)
    command = [sys.executable, "-m", f"pants_freeze.sandbox.{program}", plan]
    status, used = usage.run(command)
    Path(METRICS).write_text(json.dumps(asdict(used)), encoding="utf-8")
    # A process that a signal ended has a negative status, which no exit status can be.
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
