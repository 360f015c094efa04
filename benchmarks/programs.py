"""Programs that more than one section builds, and how PyInstaller freezes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from build import Words

_LOCKFILE = Path("3rdparty", "python", "application.lock")
_ENTRY = "import sys\nfrom {package}.main import main\nsys.exit(main())\n"


@dataclass(frozen=True)
class Program:
    """A program called *name*, in *package*; *requirements* are names of its lockfile."""

    name: str
    package: str
    requirements: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Where it is in the repository."""
        return f"src/python/{self.package.replace('.', '/')}"

    @property
    def address(self) -> str:
        """The target that freezes it."""
        return f"{self.folder}:binary"

    @property
    def entry(self) -> str:
        """A script that runs it, for freezers that want one."""
        return _ENTRY.format(package=self.package)

    def pinned(self, repository: Path) -> list[str]:
        """Its requirements as pip takes them, at the versions that *repository* has locked."""
        versions = locked((repository / _LOCKFILE).read_text())
        return [f"{name}=={versions[name]}" for name in self.requirements]

    def plain(self, repository: Path) -> Words:
        """What to tell Python to run it from source."""
        folder = repository / self.folder
        return ["-m", self.package] if (folder / "__main__.py").exists() else [folder / "main.py"]


def locked(lockfile: str) -> dict[str, str]:
    """Versions by name, of a *lockfile* that Pants wrote for one platform."""
    lines = [line for line in lockfile.splitlines() if not line.startswith("//")]
    (resolve,) = json.loads("\n".join(lines))["locked_resolves"]
    return {each["project_name"]: each["version"] for each in resolve["locked_requirements"]}


SCANNER = Program("ai-coder-scanner", "ai_coder.scanner", ("networkx", "pathspec"))
CORE = Program("ai-coder-core", "ai_coder.core", ("pyqt6", "pyqt6-qt6", "pyqt6-sip"))


def pyinstaller(python: Path, program: Program, kind: str, sources: Path) -> Words:
    """What freezes the script ``entry.py``: *kind* is "onedir" or "onefile".

    Stripped, for pants-freeze strips too.
    """
    command: Words = [python, "-m", "PyInstaller", "--noconfirm", "--strip", f"--{kind}"]
    return [*command, "--name", program.name, "--paths", sources, "entry.py"]


def executable(program: Program, content: Path) -> Path:
    """The executable of *content*: a file is one, a folder has one of the program's name."""
    return content if content.is_file() else content / program.name
