"""Writes `learning.lock` from `learning.txt`: python3 build-support/lock_learning.py

`./pants generate-lockfiles` cannot: torch for Linux on x86_64 has to be PyTorch's own build for
CPUs, while other systems take the one of PyPI (whose build for Linux needs gigabytes of CUDA), and
Pants 2.17 has no option for the index of one requirement. Pex has, so this runs the Pex that
`./pants` has set up.

The wheel for CPUs is looked for in pip's find-links folders first and in PyTorch's index then. The
lockfile names it by its public address and its SHA-256 in either case.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

FOLDER = Path(__file__).resolve().parents[1] / "3rdparty" / "python"
REQUIREMENTS = FOLDER / "learning.txt"
LOCKFILE = FOLDER / "learning.lock"

INTERPRETERS = "CPython==3.11.*"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CPU_ONLY = 'torch; sys_platform == "linux" and platform_machine == "x86_64"'

LOCAL_URL = re.compile(r'"url": "file://[^"]*/([^"/]+)"')


def pex_cli() -> Path:
    """The Pex of `./pants`, made by its last run."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "pants-freeze")
    found = sorted(cache.glob("*/pex"), key=lambda path: path.stat().st_mtime)
    if not found:
        sys.exit("lock_learning.py: Pex is not set up; run ./pants --version first")
    return found[-1]


def pip_setting(name: str) -> list[str]:
    """What pip is told by its option *name*, in its files and in the environment."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    values = re.findall(rf"^\S*\.{name}='([^']*)'$", printed, re.M)
    return list(dict.fromkeys(each for value in values for each in value.split()))


def metadata(requirements: list[str]) -> str:
    """What Pants expects in front of a lockfile."""
    content = {
        "version": 3,
        "valid_for_interpreter_constraints": [INTERPRETERS],
        "generated_with_requirements": requirements,
        "manylinux": "manylinux2014",
        "requirement_constraints": [],
        "only_binary": [],
        "no_binary": [],
    }
    lines = [
        "This lockfile was made by build-support/lock_learning.py; run it to make it again.",
        "",
        "--- BEGIN PANTS LOCKFILE METADATA: DO NOT EDIT OR REMOVE ---",
        *json.dumps(content, indent=2).splitlines(),
        "--- END PANTS LOCKFILE METADATA ---",
    ]
    return "".join(f"// {line}".rstrip() + "\n" for line in lines)


def lock(output: Path) -> None:
    """Resolve `learning.txt` into the file *output*."""
    sources = [f"--find-links=CPU={folder}" for folder in pip_setting("find-links")]
    certificates = [f"--cert={file}" for file in pip_setting("cert")[:1]]
    command = [
        *(sys.executable, str(pex_cli()), "lock", "create", f"--output={output}", "--indent=2"),
        *("--style=universal", "--target-system=linux", "--target-system=mac"),
        *("--pip-version=23.1.2", "--resolver-version=pip-2020-resolver"),
        *("--manylinux=manylinux2014", f"--interpreter-constraint={INTERPRETERS}"),
        *certificates,
        *("--no-pypi", "--index=https://pypi.org/simple/"),
        *(sources or [f"--index=CPU={CPU_INDEX}"]),
        *(f"--source=CPU={CPU_ONLY}", f"--requirement={REQUIREMENTS}"),
    ]
    print(shlex.join(command), file=sys.stderr)
    environment = {**os.environ, "PEX_SCRIPT": "pex3", "PIP_CONFIG_FILE": os.devnull}
    subprocess.run(command, check=True, env=environment)


def main() -> None:
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        made = Path(folder, "lock.json")
        lock(made)
        text = LOCAL_URL.sub(
            lambda found: f'"url": "{CPU_INDEX}/{quote(found[1])}"', made.read_text()
        )
        result = Path(folder, LOCKFILE.name)
        result.write_text(metadata(json.loads(text)["requirements"]) + "\n" + text + "\n")
        result.chmod(0o644)
        result.rename(LOCKFILE)


if __name__ == "__main__":
    main()
