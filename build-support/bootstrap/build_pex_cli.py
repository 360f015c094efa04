"""Builds Pex's command line program: build_pex_cli.py INSTALLATION PEX_VERSION.

Pants fetches this program from a release page, which is out of reach for machines that have only a
package index. But it is one zip file that Pex makes from its own wheel, here always in this one
way: the same wheel gives the same bytes, whatever the machine and the Python.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

# Pants sets PEX_PYTHON to its own Python for the program to run on. Handed down, it would also be
# the one Python that Pex may find for the code of the repository.
PREAMBLE = 'import os\n\nos.environ.pop("PEX_PYTHON", None)\n'


def run_module(*args: str, **env: str) -> None:
    """Run ``python -m``; where that fails, so does this program, with nothing to add to it."""
    status = subprocess.call([sys.executable, "-m", *args], env={**os.environ, **env})
    if status:
        sys.exit(status)


def build(requirement: str, pex: Path, work: Path) -> None:
    """Write the program to *pex*, from what goes into the folder *work*."""
    wheels, library, preamble = work / "wheel", work / "library", work / "preamble.py"
    download = ["download", "--no-deps", "--only-binary", ":all:", "--dest", str(wheels)]
    run_module("pip", *download, requirement)
    for wheel in wheels.glob("pex-*.whl"):
        run_module("zipfile", "-e", str(wheel), str(library))
    preamble.write_bytes(PREAMBLE.encode())
    run_module(
        *("pex", requirement, "--no-pypi", "--find-links", str(wheels), "--console-script", "pex"),
        # As in the released one: else Pex would lose the PEX_ROOT that Pants sets.
        *("--no-strip-pex-env", "--include-tools", "--preamble-file", str(preamble)),
        *("--no-compile", "--no-compress", "--python-shebang", "/usr/bin/env python3"),
        # Else a folder of this machine would be in the file.
        *("--runtime-pex-root", "~/.cache/pex", "--output-file", str(pex)),
        PYTHONPATH=str(library),
        PEX_ROOT=str(work / "pex-root"),
    )


def describe(pex: Path) -> str:
    """What the `pants` script has to know of an installation, a line each."""
    content = pex.read_bytes()
    lines = [
        os.environ.get("PANTS_PYTHON", ""),
        hashlib.sha256(content).hexdigest(),
        str(len(content)),
    ]
    return "".join(f"{line}\n" for line in lines)


def main(installation: Path, version: str) -> None:
    work, pex = installation / "pex-work", installation / "pex"
    work.mkdir()
    build(f"pex=={version}", pex, work)
    shutil.rmtree(work)
    (installation / "installed").write_bytes(os.fsencode(describe(pex)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
