"""Virtual environments with hash-pinned requirements, and the sandbox programs run in them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pants_freeze.portable.errors import InstallError
from pants_freeze.portable.work import Work
from pants_freeze.programs import ENVIRONMENT, failure_message
from pants_freeze.requirements import Requirement
from pants_freeze.sandbox.errors import SandboxError

_PLAN = "plan.json"
_CLOSURE = "closure.json"
_NAMED = re.compile(r"([a-z0-9-]+)==([^ ]+)")
_SHOWN_LINES = 15
_IS_WINDOWS = sys.platform == "win32"

# Evaluates markers with the pip that will read them.
_EVALUATE = """
import json, sys
from pip._vendor.packaging.markers import Marker
print(json.dumps([not each or Marker(each).evaluate() for each in json.load(sys.stdin)]))
"""


@dataclass(frozen=True)
class Environment:
    """A virtual environment: its interpreter, and what of the closure is in it."""

    folder: Path
    closure: tuple[Requirement, ...]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return _python_of(self.folder / "venv")


def _python_of(venv: Path) -> Path:
    if _IS_WINDOWS:
        return venv / "Scripts" / "python.exe"
    return venv / "bin" / "python"


def blocks(text: str) -> list[str]:
    """The requirements and options of the requirements file *text*, each with its hashes."""
    return [each for each in re.split(r"(?<!\\)\n", text) if each]


def pinned(block: str) -> Requirement | None:
    """The requirement that *block* pins; None if it is an option."""
    found = _NAMED.match(block)
    return Requirement.of(found[1], found[2]) if found else None


def _plain_environment() -> dict[str, str]:
    """The environment of this process without what would change what programs do."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PYINSTALLER_")) and name != "LD_LIBRARY_PATH"
    }


class Environments:
    """Makes environments in *work*; *tools* is the folder of the modules of the programs."""

    def __init__(self, work: Work, tools: Path) -> None:
        self._work = work
        self._tools = tools.resolve()

    def check_missing(self, missing: Iterable[Iterable[str]]) -> None:
        """Raise `InstallError` if one of *missing*, (name, marker, user), is needed here."""
        entries = [tuple(each) for each in missing]
        if not entries:
            return
        result = subprocess.run(
            [str(_python_of(self._installer() / "venv")), "-c", _EVALUATE],
            input=json.dumps([marker for _, marker, _ in entries]),
            env=_plain_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        absent = [
            f"{name}, which {user} needs here"
            for (name, _, user), is_needed in zip(entries, json.loads(result.stdout))
            if is_needed
        ]
        if absent:
            raise InstallError(
                f"the lockfile has no {'; no '.join(absent)}; name it in a `python_requirement`, "
                "lock again (./pants generate-lockfiles) and write the plan again"
            )

    def environment(self, closure: str, tools: str, who: str) -> Environment:
        """An environment of two requirements files.

        What *closure* has is not installed in the version that *tools* has.
        """

        def make(folder: Path) -> None:
            self._venv(folder, "--without-pip")
            self._install(folder, "closure", blocks(closure))
            found = self._installed(folder)
            rest = []
            for each in blocks(tools):
                tool = pinned(each)
                if tool is None or tool.name not in {name for name, _ in found}:
                    rest.append(each)
            self._install(folder, "tools", rest)
            (folder / _CLOSURE).write_text(json.dumps(found), encoding="utf-8")

        folder = self._work.step("environment", [closure, tools], make, who)
        found = json.loads((folder / _CLOSURE).read_bytes())
        return Environment(folder, tuple(sorted(Requirement.of(*each) for each in found)))

    def run(
        self, environment: Environment, program: str, plan: Mapping[str, object], folder: Path
    ) -> None:
        """Run a sandbox *program* on *plan* in *folder*.

        Raises `SandboxError` with the message and exit code of the program.
        """
        (folder / _PLAN).write_text(json.dumps(plan, sort_keys=True), encoding="utf-8")
        variables = {
            **_plain_environment(),
            **ENVIRONMENT,
            "PYTHONPATH": str(self._tools),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if sys.platform.startswith("linux"):
            variables["PATH"] = f"{variables.get('PATH', '')}:/usr/sbin:/sbin"
        result = subprocess.run(
            [str(environment.python), "-m", f"pants_freeze.sandbox.{program}", _PLAN],
            cwd=folder,
            env=variables,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        message = failure_message(result.returncode, result.stderr)
        if message:
            failure = SandboxError(message)
            if result.returncode in range(10, 20):
                failure.exit_code = result.returncode
            raise failure

    def _installer(self) -> Path:
        return self._work.step("pip", [], self._venv)

    def _venv(self, folder: Path, *options: str) -> None:
        result = subprocess.run(
            [sys.executable, "-m", "venv", *options, str(folder / "venv")],
            env=_plain_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if result.returncode:
            raise InstallError(
                f"{sys.executable} makes no virtual environment (Debian: install "
                f"python3-venv):\n{_tail(result.stdout)}"
            )

    def _pip(self, folder: Path, *arguments: str) -> str:
        python = str(_python_of(folder / "venv"))
        result = subprocess.run(
            [
                str(_python_of(self._installer() / "venv")),
                "-m",
                "pip",
                "--disable-pip-version-check",
                "--python",
                python,
                *arguments,
            ],
            env=_plain_environment(),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if result.returncode:
            raise InstallError(
                f"pip fails; look whether the package index can be reached:\n{_tail(result.stderr)}"
            )
        return result.stdout

    def _install(self, folder: Path, name: str, requirements: list[str]) -> None:
        if not any(map(pinned, requirements)):
            return
        file = folder / f"{name}.txt"
        file.write_text("".join(f"{each}\n" for each in requirements), encoding="utf-8")
        options = ("--quiet", "--no-deps", "--require-hashes", "--no-compile")
        self._pip(folder, "install", *options, "--requirement", str(file))

    def _installed(self, folder: Path) -> list[tuple[str, str]]:
        """Name and version of each distribution in the environment."""
        listed = json.loads(self._pip(folder, "list", "--format", "json"))
        return [(Requirement.of(each["name"], "").name, each["version"]) for each in listed]


def _tail(output: str) -> str:
    return "\n".join(output.strip().splitlines()[-_SHOWN_LINES:])
