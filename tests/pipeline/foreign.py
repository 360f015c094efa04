"""Repositories made from nothing, the real Pants run on them, and the frozen programs run.

A made repository has a copy of the plugin and of the `pants` script, its own `pants.toml`, and the
lockfiles of this repository, so that nothing is resolved anew.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "3rdparty" / "python"

_OPTIONS = """
[GLOBAL]
pants_version = "{version}"
pythonpath = ["%(buildroot)s/plugin"]
backend_packages = ["pants.backend.python", "pants_freeze"]

[anonymous-telemetry]
enabled = false

[source]
root_patterns = ["/src", "/left", "/right"]

[python]
interpreter_constraints = ["CPython==3.11.*"]
enable_resolves = true

[python.resolves]
python-default = "3rdparty/default.lock"
other = "3rdparty/other.lock"
old = "3rdparty/old.lock"

[python.resolves_to_interpreter_constraints]
other = ["CPython>=3.9,<3.14"]
old = ["CPython==3.9.*"]

[python-infer]
use_rust_parser = true

[python-repos]
indexes = ["https://pypi.org/simple/"]
"""

# With the versions that the lockfiles say they were made for: Pants compares them.
_REQUIREMENTS = """
python_requirement(name="networkx", requirements=["networkx>=3.6,<4"])
python_requirement(name="pathspec", requirements=["pathspec>=1.1,<2"])
python_requirement(name="requests", requirements=["requests>=2.34,<3"])
python_requirement(
    name="pytest",
    resolve=parametrize("python-default", "other", "old"),
    requirements=["pytest>=8.4,<9"],
    modules=["pytest", "iniconfig", "packaging"],
)
"""

_VERSION = re.compile(r'^pants_version = "([0-9a-z.]+)"', re.MULTILINE)
_NO_BUILD = shutil.ignore_patterns("BUILD")
_STARTED = re.compile(r"\bStarting: (.+)")
_COMPLETED = re.compile(r"\bCompleted: (.+)")
_COUNTER = re.compile(r"^ +(\w+): (\d+)$", re.MULTILINE)
_LOCKED = r'"project_name": "{}",.*?"version": "([^"]+)"'
_TIMEOUT = 600

# Waits for its standard input to end, which it does also when the tests are killed. A client that
# is still there may start the daemon after that.
_WATCHER = """
cat
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
  cat .pids/*/pantsd/pid 2>/dev/null | xargs -r kill -9 2>/dev/null
  sleep 5
done
"""


def pants_version() -> str:
    """The version of Pants that this repository has."""
    found = _VERSION.search((ROOT / "pants.toml").read_text(encoding="utf-8"))
    assert found
    return found.group(1)


def locked_version(requirement: str, lock: str = "application") -> str:
    """The version of *requirement* in the lockfile *lock* of this repository."""
    text = (LOCKS / f"{lock}.lock").read_text(encoding="utf-8")
    found = re.search(_LOCKED.format(re.escape(requirement)), text, re.DOTALL)
    assert found, f"{requirement} is not in {lock}.lock"
    return found.group(1)


@dataclass(frozen=True)
class Run:
    """A finished process."""

    returncode: int
    stdout: str
    stderr: str

    def checked(self) -> Run:
        """This run, which must have succeeded."""
        assert self.returncode == 0, self.stdout + self.stderr
        return self

    def started(self) -> list[str]:
        """What each process of a Pants run does; those taken from a cache are not among them."""
        return sorted(_STARTED.findall(self.stderr))

    def completed(self) -> list[str]:
        """What each process does that a Pants run has run to its end. One that is in a remote cache
        is started, too, and ended as soon as the cache has answered."""
        return sorted(_COMPLETED.findall(self.stderr))

    def counters(self) -> dict[str, int]:
        """The counters of a Pants run with ``--stats-log``."""
        return {name: int(count) for name, count in _COUNTER.findall(self.stderr)}


def execute(program: Path, *args: str, **env: str) -> Run:
    """Run a frozen program with nothing but *env* in its environment."""
    result = subprocess.run(
        [program, *args],
        env=env,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Run(result.returncode, result.stdout, result.stderr)


@dataclass(frozen=True)
class Repository:
    """A repository with Pants and the plugin, and no more than `write` puts there."""

    root: Path

    @classmethod
    def bare(cls, root: Path) -> Repository:
        """Make one at *root* with a way to start Pants, and nothing else."""
        root.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "pants", root)
        tools = Path("build-support", "bootstrap")
        shutil.copytree(ROOT / tools, root / tools, ignore=_NO_BUILD)
        return cls(root)

    @classmethod
    def with_plugin(cls, root: Path) -> Repository:
        """Make one at *root* with a way to start Pants, and the plugin below ``plugin``."""
        repository = cls.bare(root)
        shutil.copytree(
            ROOT / "build-support" / "pants_freeze",
            root / "plugin" / "pants_freeze",
            ignore=_NO_BUILD,
        )
        return repository

    @classmethod
    def make(cls, root: Path, files: Mapping[str, str]) -> Repository:
        """Make one at *root* with *files*: path -> text."""
        repository = cls.with_plugin(root)
        repository.write(
            {
                "pants.toml": _OPTIONS.format(version=pants_version()),
                "3rdparty/BUILD": _REQUIREMENTS,
                **files,
            }
        )
        for name, lock in (("default", "application"), ("other", "pytest"), ("old", "plugin")):
            shutil.copy(LOCKS / f"{lock}.lock", root / "3rdparty" / f"{name}.lock")
        return repository

    def write(self, files: Mapping[str, str]) -> None:
        """Write *files*, path -> text; texts may begin with an empty line, which is left out."""
        for path, text in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text.removeprefix("\n"), encoding="utf-8")

    def pants(
        self,
        *args: str,
        daemon: bool = False,
        timeout: float = _TIMEOUT,
        umask: int = -1,
        env: Mapping[str, str] | None = None,
        within: Sequence[str] = (),
    ) -> Run:
        """Run Pants; its log tells of each process that it starts.

        With *daemon*, which needs `daemon_of`, runs after the first one start in a second. A run
        that takes longer than *timeout* seconds has the exit status -1. *within* is a command that
        runs the command behind it.
        """
        process = self.start(*args, daemon=daemon, umask=umask, env=env, within=within)
        try:
            stdout, stderr = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            self.stop()
            stdout, stderr = process.communicate()
            return Run(-1, stdout, f"no end after {timeout} seconds:\n{stderr}")
        return Run(process.returncode, stdout, stderr)

    def start(
        self,
        *args: str,
        daemon: bool = False,
        umask: int = -1,
        env: Mapping[str, str] | None = None,
        within: Sequence[str] = (),
    ) -> subprocess.Popen[str]:
        """Start Pants as `pants` does, in a process group of its own."""
        passed = {
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "HOME", "XDG_CACHE_HOME") or name.startswith("PIP_")
        }
        pantsd = "--pantsd" if daemon else "--no-pantsd"
        return subprocess.Popen(
            [*within, "./pants", pantsd, "--no-dynamic-ui", "--level=info", *args],
            cwd=self.root,
            env={**passed, **(env or {})},
            umask=umask,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def stop(self) -> None:
        """End the daemon, if there is one."""
        for file in (self.root / ".pids").glob("*/pantsd/pid"):
            with contextlib.suppress(ValueError, ProcessLookupError):
                os.kill(int(file.read_text()), signal.SIGKILL)
            file.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove what `write` has put into the source roots and the root, and what was built."""
        for name in ("src", "left", "right", "lists", "specs", "a", "b", "c", "dist"):
            shutil.rmtree(self.root / name, ignore_errors=True)
        (self.root / "BUILD").unlink(missing_ok=True)

    def program(self, folder: str, name: str = "") -> Path:
        """The executable *name* in a folder of `dist`; by default the one named like the folder."""
        return self.root / "dist" / folder / (name or folder)


@contextlib.contextmanager
def daemon_of(repository: Repository) -> Iterator[Repository]:
    """Lets Pants keep a daemon for *repository* meanwhile, and ends it whatever happens."""
    watcher = subprocess.Popen(
        ["sh", "-c", _WATCHER], cwd=repository.root, stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        yield repository
    finally:
        repository.stop()
        watcher.kill()
        watcher.communicate()
